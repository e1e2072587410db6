package text

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind says what a span is.
type Kind string

// Kinds of spans. The first are checked by a digit that their issuer computes, the rest by form and context.
const (
	Card         Kind = "card"
	IBAN         Kind = "iban"
	SSN          Kind = "us_ssn" // no check digit: areas, groups and serials that are never given out
	ResidentID   Kind = "cn_resident_id"
	NPI          Kind = "npi"
	VIN          Kind = "vin"
	Routing      Kind = "aba_routing"
	IMEI         Kind = "imei"
	Phone        Kind = "phone"
	Email        Kind = "email"
	IP           Kind = "ip"
	Plate        Kind = "plate"
	Policy       Kind = "policy_number"
	Claim        Kind = "claim_number"
	Account      Kind = "account"
	Document     Kind = "document" // passport, driving licence, member or record number
	Person       Kind = "person"
	Address      Kind = "address"
	Organisation Kind = "organisation"
	Date         Kind = "date"
)

// Bounds of one scan. What is larger is refused, not cut.
const (
	MaxBytes = 4 << 20
	MaxKnown = 256
)

// ErrTooLarge means that the text or the list of known values is beyond the bounds. The caller seals the text.
var ErrTooLarge = errors.New("text is too large to be scanned")

// Span is what was found. Start and End count characters (code points; a byte that is not UTF-8 counts as one), End
// is the first that is no longer in it.
type Span struct {
	Start int     `json:"start"`
	End   int     `json:"end"`
	Kind  Kind    `json:"kind"`
	Score float64 `json:"score"` // 0 to 1, how sure
}

// Known is a value that the claim holds, such as the name of the insured.
type Known struct {
	Kind  Kind   `json:"kind"`
	Value string `json:"value"`
}

// Scan returns what identifies people in s, in order and without overlap. It takes time linear in s, and stops with
// an error when ctx ends or s is larger than MaxBytes; it never returns some of the spans.
func Scan(ctx context.Context, s string, known []Known) ([]Span, error) {
	if len(s) > MaxBytes || len(known) > MaxKnown {
		return nil, fmt.Errorf("scanning: %w: at most %d bytes and %d known values", ErrTooLarge, MaxBytes, MaxKnown)
	}
	sc := newScan(s)
	for _, find := range []func(context.Context) error{
		sc.numbers, sc.codes, sc.marks, sc.people, sc.places, sc.chinese,
		func(ctx context.Context) error { return sc.known(ctx, known) },
		sc.again,
	} {
		if err := find(ctx); err != nil {
			return nil, fmt.Errorf("scanning %d bytes: %w", len(s), err)
		}
	}
	return sc.spans(), nil
}

// Replace returns s with each span replaced by what with returns. Spans are those of Scan on the same s; one that is
// out of order or outside is left out.
func Replace(s string, spans []Span, with func(Span) string) string {
	var out strings.Builder
	out.Grow(len(s))
	at, char := 0, 0
	skip := func(to int) int {
		for ; char < to && at < len(s); char++ {
			_, size := utf8.DecodeRuneInString(s[at:])
			at += size
		}
		return at
	}
	for _, span := range spans {
		if span.Start < char || span.End <= span.Start {
			continue
		}
		from := at
		out.WriteString(s[from:skip(span.Start)])
		if at == len(s) {
			break
		}
		out.WriteString(with(span))
		skip(span.End)
	}
	out.WriteString(s[at:])
	return out.String()
}

// found is a span in bytes of the folded text.
type found struct {
	from, to int
	kind     Kind
	score    float64
}

// scan is the state of one Scan.
type scan struct {
	s     string // folded character by character, so that characters count as in the original
	low   string // s with the capitals of ASCII as small letters, byte by byte
	toks  []token
	lists *lists
	found []found
}

func newScan(s string) *scan {
	sc := &scan{s: fold(s), lists: loadLists()}
	sc.low = lowASCII(sc.s)
	sc.toks = lex(sc.s, make([]token, 0, len(sc.s)/5+8))
	sc.understand()
	return sc
}

func (sc *scan) add(from, to int, kind Kind, score float64) {
	if from < to {
		sc.found = append(sc.found, found{from, to, kind, score})
	}
}

// checkEvery is how many words are looked at between two looks at the context.
const checkEvery = 1 << 12

// each calls f for each word, until the context ends. F returns how many words it took.
func (sc *scan) each(ctx context.Context, f func(i int) int) error {
	next := 0
	for i := 0; i < len(sc.toks); {
		if i >= next {
			if err := ctx.Err(); err != nil {
				return err
			}
			next = i + checkEvery
		}
		i += max(1, f(i))
	}
	return ctx.Err()
}

// spans joins what overlaps: the surer one names the whole, since what either of them covers must not be shown.
func (sc *scan) spans() []Span {
	all := sc.found
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(a.from-b.from, b.to-a.to, cmp.Compare(b.score, a.score), cmp.Compare(a.kind, b.kind))
	})
	joined := all[:0]
	for _, f := range all {
		if len(joined) == 0 || f.from >= joined[len(joined)-1].to {
			joined = append(joined, f)
			continue
		}
		last := &joined[len(joined)-1]
		if f.score > last.score || f.score == last.score && f.to-f.from > last.to-last.from {
			last.kind, last.score = f.kind, f.score
		}
		last.to = max(last.to, f.to)
	}
	out := make([]Span, 0, len(joined))
	at, char := 0, 0
	count := func(to int) int {
		char += utf8.RuneCountInString(sc.s[at:to])
		at = to
		return char
	}
	for _, f := range joined {
		start := count(f.from)
		out = append(out, Span{Start: start, End: count(f.to), Kind: f.kind, Score: f.score})
	}
	return out
}
