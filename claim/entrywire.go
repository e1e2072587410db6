package claim

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// EncodeEntry appends the JSON form of an entry to dst. The same entry gives the same bytes, and they are those of the
// JSON library: a test holds this encoder against it. It is written out by hand since every claim passes here, and costs
// a quarter of the library's time. entry.Event must be compact, valid JSON; it is copied as it is.
func EncodeEntry(dst []byte, entry *Entry) ([]byte, error) {
	w := writer{b: dst}
	w.entry(entry)
	if w.err != nil {
		return dst, fmt.Errorf("encode entry: %w", w.err)
	}
	return w.b, nil
}

// DecodeEntry replaces entry by the one in data, which must be of [EntryVersion]. It does not retain data. Its errors
// name no value.
func DecodeEntry(data []byte, entry *Entry) error {
	*entry = Entry{}
	if err := json.Unmarshal(data, entry); err != nil {
		return fmt.Errorf("decode entry: %s at byte %d", problemOf(err).Code, problemOf(err).Offset)
	}
	if entry.Version != EntryVersion {
		return fmt.Errorf("decode entry: version %d, this program reads version %d", entry.Version, EntryVersion)
	}
	return nil
}

var (
	errFloat = errors.New("a score or weight is not a finite number")
	errText  = errors.New("a text is not UTF-8")
)

// written tells the bytes that are written in a string as they are, without a closer look.
var written = func() (as [256]bool) {
	for c := byte(' '); c < utf8.RuneSelf; c++ {
		as[c] = c != '"' && c != '\\'
	}
	return as
}()

// writer appends JSON. Members are written in the order of the struct; open tells whether a comma is due.
type writer struct {
	b   []byte
	err error
}

// name begins a member. key comes with its quotes and colon, such as `"v":`.
func (w *writer) name(key string) {
	if last := w.b[len(w.b)-1]; last != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, key...)
}

func (w *writer) text(key, s string) {
	w.name(key)
	w.quote(s)
}

func (w *writer) quote(s string) {
	i := 0
	for i < len(s) && written[s[i]] {
		i++
	}
	if i == len(s) {
		w.b = append(w.b, '"')
		w.b = append(w.b, s...)
		w.b = append(w.b, '"')
		return
	}
	b, err := jsontext.AppendQuote(w.b, s)
	if err != nil {
		w.err = errText
		return
	}
	w.b = b
}

func (w *writer) optional(key, s string) {
	if s != "" {
		w.text(key, s)
	}
}

func (w *writer) integer(key string, n int64) {
	w.name(key)
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *writer) bytes(key string, v []byte) {
	w.name(key)
	w.b = append(w.b, '"')
	w.b = base64.StdEncoding.AppendEncode(w.b, v)
	w.b = append(w.b, '"')
}

func (w *writer) time(key string, t time.Time) {
	w.name(key)
	b, err := t.AppendText(append(w.b, '"'))
	if err != nil {
		w.err = errors.New("a time is outside the years 0 to 9999")
		return
	}
	w.b = append(b, '"')
}

// float follows ECMAScript's number format, as the library and RFC 8785 do.
func (w *writer) float(key string, f float64) {
	w.name(key)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		w.err = errFloat
		return
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	w.b = strconv.AppendFloat(w.b, f, format, -1, 64)
	if n := len(w.b); format == 'e' && w.b[n-4] == 'e' && w.b[n-3] == '-' && w.b[n-2] == '0' {
		w.b[n-2] = w.b[n-1] // e-09 is written e-9
		w.b = w.b[:n-1]
	}
}

// list writes a list; item is called for each index.
func (w *writer) list(key string, n int, item func(i int)) {
	w.name(key)
	w.b = append(w.b, '[')
	for i := range n {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		item(i)
	}
	w.b = append(w.b, ']')
}

func (w *writer) entry(e *Entry) {
	w.b = append(w.b, '{')
	w.integer(`"v":`, int64(e.Version))
	w.text(`"kind":`, string(e.Kind))
	w.optional(`"insurer":`, e.Insurer)
	w.optional(`"claim":`, e.Claim)
	if e.Revision != 0 {
		w.integer(`"revision":`, int64(e.Revision))
	}
	w.optional(`"line":`, string(e.Line))
	w.source(&e.Source)
	w.time(`"at":`, e.At)
	if e.Content != nil {
		w.bytes(`"content":`, e.Content)
	}
	if e.Event != nil {
		w.name(`"event":`)
		if len(e.Event) == 0 {
			w.err = errors.New("the open event is empty")
		}
		w.b = append(w.b, e.Event...)
	}
	if e.Tokens != nil {
		w.list(`"tokens":`, len(e.Tokens), func(i int) { w.token(&e.Tokens[i]) })
	}
	if e.Sealed != nil {
		w.list(`"sealed":`, len(e.Sealed), func(i int) { w.sealed(&e.Sealed[i]) })
	}
	if e.Decision != nil {
		w.decision(e.Decision)
	}
	if e.Dead != nil {
		w.dead(e.Dead)
	}
	w.bytes(`"seed":`, e.Seed)
	w.bytes(`"commitment":`, e.Commitment)
	w.b = append(w.b, '}')
}

func (w *writer) source(s *SourceRef) {
	w.name(`"source":`)
	w.b = append(w.b, '{')
	w.integer(`"partition":`, int64(s.Partition))
	w.integer(`"offset":`, s.Offset)
	if s.Epoch != 0 {
		w.integer(`"epoch":`, int64(s.Epoch))
	}
	if !s.Time.IsZero() {
		w.time(`"time":`, s.Time)
	}
	w.b = append(w.b, '}')
}

func (w *writer) token(t *Token) {
	w.b = append(w.b, '{')
	w.text(`"path":`, t.Path)
	w.optional(`"role":`, string(t.Role))
	w.text(`"token":`, t.Value)
	w.b = append(w.b, '}')
}

func (w *writer) sealed(s *Sealed) {
	w.b = append(w.b, '{')
	w.text(`"party":`, s.Party)
	w.bytes(`"key":`, s.Key)
	w.bytes(`"root":`, s.Root)
	w.bytes(`"data":`, s.Data)
	w.b = append(w.b, '}')
}

func (w *writer) decision(d *Decision) {
	w.name(`"decision":`)
	w.b = append(w.b, '{')
	w.float(`"score":`, d.Score)
	w.float(`"base":`, d.Base)
	w.text(`"outcome":`, string(d.Outcome))
	if d.Hold {
		w.name(`"hold":true`)
	}
	w.text(`"ruleset":`, d.RuleSet)
	if d.Reasons != nil {
		w.list(`"reasons":`, len(d.Reasons), func(i int) { w.reason(&d.Reasons[i]) })
	}
	if d.Failed != nil {
		w.list(`"failed":`, len(d.Failed), func(i int) {
			w.b = append(w.b, '{')
			w.text(`"rule":`, d.Failed[i].Rule)
			w.text(`"error":`, d.Failed[i].Error)
			w.b = append(w.b, '}')
		})
	}
	if d.Rings != nil {
		w.list(`"rings":`, len(d.Rings), func(i int) { w.ring(&d.Rings[i]) })
	}
	w.b = append(w.b, '}')
}

func (w *writer) reason(r *Reason) {
	w.b = append(w.b, '{')
	w.text(`"rule":`, r.Rule)
	if r.Indicators != nil {
		w.list(`"indicators":`, len(r.Indicators), func(i int) { w.b = strconv.AppendInt(w.b, int64(r.Indicators[i]), 10) })
	}
	w.float(`"weight":`, r.Weight)
	w.text(`"text":`, r.Text)
	if r.Facts != nil {
		w.list(`"facts":`, len(r.Facts), func(i int) {
			w.b = append(w.b, '{')
			w.text(`"name":`, r.Facts[i].Name)
			w.text(`"value":`, r.Facts[i].Value)
			w.optional(`"threshold":`, r.Facts[i].Threshold)
			w.b = append(w.b, '}')
		})
	}
	w.b = append(w.b, '}')
}

func (w *writer) ring(r *Ring) {
	w.b = append(w.b, '{')
	w.text(`"id":`, r.ID)
	w.list(`"tokens":`, len(r.Tokens), func(i int) { w.quote(r.Tokens[i]) })
	w.list(`"claims":`, len(r.Claims), func(i int) {
		w.b = append(w.b, '{')
		w.text(`"insurer":`, r.Claims[i].Insurer)
		w.text(`"claim":`, r.Claims[i].Claim)
		w.b = append(w.b, '}')
	})
	w.b = append(w.b, '}')
}

func (w *writer) dead(d *DeadLetter) {
	w.name(`"dead":`)
	w.b = append(w.b, '{')
	w.text(`"code":`, string(d.Code))
	w.optional(`"path":`, d.Path)
	w.integer(`"partition":`, int64(d.Partition))
	w.integer(`"offset":`, d.Offset)
	w.b = append(w.b, '}')
}
