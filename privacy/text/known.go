package text

import (
	"context"
	"strings"
	"unicode/utf8"
)

// plain is a text without what is between its letters and digits, and where each byte of it stands in the text. A
// known value is looked for in it however its parts are separated.
type plain struct {
	text string
	at   []int32
}

func (sc *scan) plain() plain {
	b := make([]byte, 0, len(sc.low))
	at := make([]int32, 0, len(sc.low)+1)
	for _, t := range sc.toks {
		for i := t.from; i < t.to; i++ {
			if sc.low[i] != '\'' {
				b, at = append(b, sc.low[i]), append(at, int32(i))
			}
		}
	}
	return plain{string(b), at}
}

// squeeze returns the letters and digits of a known value, folded as the text is.
func squeeze(s string) string {
	var b strings.Builder
	low := lowASCII(fold(s))
	for _, t := range lex(low, nil) {
		b.WriteString(strings.ReplaceAll(low[t.from:t.to], "'", ""))
	}
	return b.String()
}

// Lengths in bytes from which a value is looked for, and from which it may have one letter wrong.
const (
	minKnown      = 3
	minMisspelt   = 5
	maxKnownBytes = 256
)

// known finds the values that the claim holds, also with one letter wrong, missing, added or changed with its
// neighbour.
func (sc *scan) known(ctx context.Context, known []Known) error {
	if len(known) == 0 {
		return nil
	}
	p := sc.plain()
	for _, k := range known {
		if len(k.Value) > maxKnownBytes {
			continue
		}
		values := []string{squeeze(k.Value)}
		if k.Kind == Person {
			for w := range strings.FieldsSeq(k.Value) { // a first or last name alone
				if w = squeeze(w); w != values[0] && sc.lists.words.of(w)&ordinary == 0 && len(w) > minKnown {
					values = append(values, w)
				}
			}
			if words := strings.Fields(k.Value); len(words) == 2 { // Smith, John
				values = append(values, squeeze(words[1]+words[0]))
			}
		}
		for _, v := range values {
			if err := sc.value(ctx, p, k.Kind, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// value finds one value. One wrong letter leaves one half of it as it is, so only where a half stands is compared.
func (sc *scan) value(ctx context.Context, p plain, kind Kind, v string) error {
	if len(v) < minKnown {
		return nil
	}
	if len(v) < minMisspelt || utf8.RuneCountInString(v) < 3 {
		return sc.everywhere(ctx, p.text, v, func(at int) { sc.take(p, at, at+len(v), kind, 0.95) })
	}
	half := len(v) / 2
	for half > 0 && !utf8.RuneStart(v[half]) {
		half--
	}
	if half == 0 {
		return nil
	}
	err := sc.everywhere(ctx, p.text, v[:half], func(at int) {
		for _, n := range [...]int{0, 1, -1, 3, -3} {
			end := at + len(v) + n
			if end <= len(p.text) && end > at+half && oneOff(p.text[at+half:end], v[half:]) &&
				sc.take(p, at, end, kind, 0.95) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	rest := len(v) - half
	if err = sc.everywhere(ctx, p.text, v[half:], func(at int) {
		for _, n := range [...]int{0, 1, -1, 3, -3} {
			from := at - half - n
			if from >= 0 && from < at && oneOff(p.text[from:at], v[:half]) && sc.take(p, from, at+rest, kind, 0.95) {
				return
			}
		}
	}); err != nil || half < 1 || !ascii(v[half-1:half+1]) {
		return err
	}
	// The two letters around the middle changed places: neither half is whole.
	turned := v[:half-1] + v[half:half+1] + v[half-1:half] + v[half+1:]
	return sc.everywhere(ctx, p.text, turned, func(at int) { sc.take(p, at, at+len(v), kind, 0.95) })
}

// maxEverywhere is after how many places the context is looked at.
const maxEverywhere = 1 << 10

func (sc *scan) everywhere(ctx context.Context, text, part string, f func(at int)) error {
	for at, n := 0, 0; ; n++ {
		if n%maxEverywhere == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		k := strings.Index(text[at:], part)
		if k < 0 {
			return nil
		}
		f(at + k)
		at += k + 1
	}
}

// take adds what stands between two bytes of the plain text, if it begins and ends as words do.
func (sc *scan) take(p plain, at, end int, kind Kind, score float64) bool {
	from, to := int(p.at[at]), int(p.at[end-1])+1
	if !utf8.RuneStart(sc.s[from]) || to < len(sc.s) && !utf8.RuneStart(sc.s[to]) {
		return false
	}
	if from > 0 && alnum(sc.s[from]) && alnum(sc.s[from-1]) || to < len(sc.s) && alnum(sc.s[to-1]) && alnum(sc.s[to]) {
		return false
	}
	if to-from > 3*(end-at)+8 || strings.Contains(sc.s[from:to], "\n\n") {
		return false
	}
	sc.add(from, to, kind, score)
	return true
}

// oneOff tells whether two strings are one letter apart or the same: a letter that is wrong, missing, added or has
// changed places.
func oneOff(a, b string) bool {
	x, y := []rune(a), []rune(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return len(x) <= 1 && len(y) <= 1 || len(x) == 2 && len(y) == 2 && x[0] == y[1] && x[1] == y[0]
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
