package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"
	"unicode/utf8"
)

// Name is the logical name of the journal.
const Name = "audit"

// Kind says what an entry records.
type Kind string

// The kinds.
const (
	Intent Kind = "intent" // somebody is about to do something, and may
	Denied Kind = "denied" // somebody wanted to, and may not: nothing was done
	Done   Kind = "done"   // what entry Of announced was done
	Failed Kind = "failed" // it was not, or not wholly
)

// Object is what an act is about.
type Object struct {
	Insurer string `json:"insurer,omitzero"`
	Claim   string `json:"claim,omitzero"`
	Party   string `json:"party,omitzero"` // claimant, parties[0] or record
	Case    int64  `json:"case,omitzero"`
	Count   int    `json:"count,omitzero"` // of a bulk act: how many claims
}

// Entry is one line of the trail.
type Entry struct {
	Kind   Kind      `json:"kind"`
	Number int64     `json:"number,omitzero"` // from 1; not in the journal: its place gives it
	At     time.Time `json:"at"`
	Person string    `json:"person"`          // who acts; a process acts under its own name
	Act    string    `json:"act"`             // fixed words, such as case.decide
	Right  string    `json:"right,omitzero"`  // that it takes
	Object Object    `json:"object,omitzero"` // of intent and denied
	Reason string    `json:"reason,omitzero"` // a code: the purpose
	Second string    `json:"second,omitzero"` // the second person, where an act takes two
	// What an act asks for or rests on, of intent and denied.
	Fields  []string  `json:"fields,omitzero"`  // paths of the registry, ascending
	Expires time.Time `json:"expires,omitzero"` // when what is asked for is void
	On      int64     `json:"on,omitzero"`      // the number of the earlier intent that this one answers or uses
	Digest  []byte    `json:"digest,omitzero"`  // SHA-256 of a document that the act issues

	Of     int64  `json:"of,omitzero"`     // of done and failed: the number of the intent
	Result string `json:"result,omitzero"` // of done and failed: a code
}

// MaxEntryBytes bounds an entry.
const MaxEntryBytes = 4 << 10

// maxFields bounds the fields that an act asks for.
const maxFields = 32

// ErrEntry says that an entry is not one that the trail takes.
var ErrEntry = errors.New("entry of the audit trail not valid")

var (
	words  = regexp.MustCompile(`^[a-z][a-z0-9.-]{0,63}$`)
	party  = regexp.MustCompile(`^(record|claimant|parties\[[0-9]{1,3}\])$`)
	field  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9.\[\]]{0,127}$`)
	tokens = regexp.MustCompile(`[a-z]{2,4}_[0-9]+_[a-z2-7]{16,}`)
)

// check holds an entry to what the trail takes: fixed words where words are fixed, nothing that looks like a token
// anywhere.
func (e *Entry) check() error {
	bad := func(field, problem string) error { return fmt.Errorf("%w: %s %s", ErrEntry, field, problem) }
	o := &e.Object
	for field, s := range map[string]string{"person": e.Person, "second": e.Second, "insurer": o.Insurer,
		"claim": o.Claim} {
		if len(s) > 256 || !utf8.ValidString(s) {
			return bad(field, "is too long, or no text")
		}
		if tokens.MatchString(s) {
			return bad(field, "looks like a token")
		}
	}
	for field, s := range map[string]string{"right": e.Right, "reason": e.Reason, "result": e.Result} {
		if s != "" && !words.MatchString(s) {
			return bad(field, "is no fixed word: lower-case letters, digits, dots and dashes")
		}
	}
	if len(e.Fields) > maxFields {
		return bad("fields", "are too many")
	}
	for _, f := range e.Fields {
		if !field.MatchString(f) {
			return bad("fields", "hold something that is no path of a field")
		}
	}
	result := e.Kind == Done || e.Kind == Failed
	switch {
	case e.Kind != Intent && e.Kind != Denied && !result:
		return bad("kind", "is not known to this program")
	case e.At.IsZero() || e.Number != 0:
		return bad("time or number", "is not as it is written")
	case e.Person == "":
		return bad("person", "is missing")
	case !words.MatchString(e.Act):
		return bad("act", "is no fixed word")
	case o.Party != "" && !party.MatchString(o.Party):
		return bad("party", "is not claimant, parties[n] or record")
	case o.Case < 0 || o.Count < 0:
		return bad("object", "has a negative number")
	case len(e.Digest) != 0 && len(e.Digest) != 32:
		return bad("digest", "is no SHA-256")
	case e.On < 0:
		return bad("on", "does not name an intent")
	case result && (len(e.Fields) > 0 || !e.Expires.IsZero() || e.On != 0 || len(e.Digest) > 0):
		return bad("fields, expires, on or digest", "stands in a result")
	case result && (e.Of < 1 || *o != Object{}):
		return bad("of", "does not name an intent")
	case !result && (e.Of != 0 || e.Result != ""):
		return bad("result", "stands before the act")
	}
	return nil
}

// encode writes the form of the journal.
func (e Entry) encode() ([]byte, error) {
	e.Number = 0
	if err := e.check(); err != nil {
		return nil, err
	}
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encoding an entry of the audit trail: %w", err)
	}
	if len(data) > MaxEntryBytes {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrEntry, len(data), MaxEntryBytes)
	}
	return data, nil
}

// Decode reads an entry as the journal has it.
func Decode(data []byte) (Entry, error) {
	if len(data) > MaxEntryBytes {
		return Entry{}, fmt.Errorf("%w: %d bytes, limit %d", ErrEntry, len(data), MaxEntryBytes)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var e Entry
	if err := d.Decode(&e); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Entry{}, fmt.Errorf("%w: data after its end", ErrEntry)
	}
	return e, e.check()
}
