package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	endian "encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
)

// canary is a marked value that is looked for wherever it must not be.
type canary struct {
	name  string // where it was put
	value string
}

// form is one way in which a canary may be written down.
type form struct {
	canary *canary
	how    string
	bytes  []byte
}

// hit is a canary that was found.
type hit struct {
	form   *form
	offset int
}

// searcher finds any form of many canaries in one pass. Case makes no difference to it.
type searcher struct {
	forms  map[uint64][]*form // by their first eight bytes
	begins []bool             // by their first three: most places of the data need no look into the map
}

const shortestForm = 8 // shorter ones are found by chance

func newSearcher(canaries []*canary) *searcher {
	s := &searcher{forms: map[uint64][]*form{}, begins: make([]bool, 1<<24)}
	for _, c := range canaries {
		s.add(c)
	}
	return s
}

func (s *searcher) add(c *canary) {
	for how, text := range formsOf(c.value) {
		b := lowered([]byte(text))
		if len(b) < shortestForm || len(b) < 11 && digitsOnly(b) { // dates and times make eight digits by chance
			continue
		}
		key := endian.LittleEndian.Uint64(b)
		s.begins[key&(1<<24-1)] = true
		same := slices.IndexFunc(s.forms[key], func(f *form) bool { return f.canary == c && bytes.Equal(f.bytes, b) })
		if same < 0 {
			s.forms[key] = append(s.forms[key], &form{c, how, b})
		} else if f := s.forms[key][same]; len(how) < len(f.how) { // told by the simplest name
			f.how = how
		}
	}
}

// find returns the canaries in data, each form of each once.
func (s *searcher) find(data []byte) []hit {
	data = lowered(data)
	var hits []hit
	seen := map[*form]bool{}
	for i := 0; i+shortestForm <= len(data); i++ {
		key := endian.LittleEndian.Uint64(data[i:])
		if !s.begins[key&(1<<24-1)] {
			continue
		}
		for _, f := range s.forms[key] {
			if !seen[f] && bytes.HasPrefix(data[i:], f.bytes) {
				seen[f] = true
				hits = append(hits, hit{f, i})
			}
		}
	}
	return hits
}

// formsOf returns what a value may look like, by the name of the form: as it is and as normalising changes it, each of
// these in plain and in every encoding that a program may put it into without meaning to.
func formsOf(value string) map[string]string {
	forms := map[string]string{}
	seen := map[string]bool{}
	normal := normalForms(value)
	// as it is first
	for _, how := range slices.SortedFunc(maps.Keys(normal), func(a, b string) int { return len(a) - len(b) }) {
		v := normal[how]
		if seen[v] {
			continue
		}
		seen[v] = true
		for encoding, text := range encodings(v) {
			forms[strings.TrimPrefix(how+" "+encoding, " ")] = text
		}
	}
	if f, err := strconv.ParseFloat(value, 64); err == nil && !digitsOnly([]byte(value)) {
		forms["binary float, little end first"] = string(endian.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
		forms["binary float, big end first"] = string(endian.BigEndian.AppendUint64(nil, math.Float64bits(f)))
	}
	if n, err := strconv.ParseUint(value, 10, 64); err == nil && n > 1<<56 {
		forms["binary integer, little end first"] = string(endian.LittleEndian.AppendUint64(nil, n))
		forms["binary integer, big end first"] = string(endian.BigEndian.AppendUint64(nil, n))
	}
	if raw, err := hex.DecodeString(value); err == nil && len(raw) >= 8 {
		for encoding, text := range encodings(string(raw)) {
			forms["bytes of the hash, "+encoding] = text
		}
	}
	return forms
}

// normalForms are the spellings that normalising a value for its token may give.
func normalForms(value string) map[string]string {
	keep := func(ok func(rune) bool) string {
		return strings.Map(func(r rune) rune {
			if ok(r) {
				return r
			}
			return -1
		}, value)
	}
	alnum := keep(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	words := strings.Join(strings.FieldsFunc(value, func(r rune) bool {
		return !unicode.IsLetter(r) &&
			!unicode.IsDigit(r)
	}), " ")
	forms := map[string]string{"": value, "letters and digits": alnum, "words": words,
		"no spaces": keep(func(r rune) bool { return !unicode.IsSpace(r) })}
	for how, v := range forms {
		forms[strings.TrimPrefix(how+" small", " ")] = strings.ToLower(v)
		forms[strings.TrimPrefix(how+" capital", " ")] = strings.ToUpper(v)
	}
	return forms
}

func encodings(v string) map[string]string {
	b := []byte(v)
	forms := map[string]string{
		"plain":             v,
		"hex":               hex.EncodeToString(b),
		"hex with spaces":   fmt.Sprintf("% x", b),
		"UTF-16LE":          wide(v, endian.LittleEndian),
		"UTF-16BE":          wide(v, endian.BigEndian),
		"URL query":         url.QueryEscape(v),
		"URL path":          url.PathEscape(v),
		"Go quoted":         unquoted(strconv.QuoteToASCII(v)),
		"byte list":         strings.Trim(fmt.Sprint(b), "[]"),
		"byte list, commas": strings.ReplaceAll(strings.Trim(fmt.Sprint(b), "[]"), " ", ","),
	}
	backwards := []rune(v)
	slices.Reverse(backwards)
	forms["reversed"] = string(backwards)
	once, _ := json.Marshal(v)
	twice, _ := json.Marshal(unquoted(string(once)))
	forms["JSON"], forms["JSON twice"] = unquoted(string(once)), unquoted(string(twice))
	for offset := range 3 {
		for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding,
			"base64 URL": base64.RawURLEncoding} {
			// The first and the last character depend on the neighbours, unless they begin or end with the value.
			text := enc.EncodeToString(append(make([]byte, offset), b...))
			from, to := (offset*8+5)/6, (offset+len(b))*8/6
			forms[fmt.Sprintf("%s at %d", name, offset)] = text[min(from, to):to]
		}
	}
	return forms
}

func wide(v string, order endian.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(v)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func unquoted(s string) string { return s[1 : len(s)-1] }

// lowered changes only A to Z: the data need not be text.
func lowered(data []byte) []byte {
	out := make([]byte, len(data))
	for i, c := range data {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		out[i] = c
	}
	return out
}

func digitsOnly(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r < '0' || r > '9' })
}

// TestSearcherFindsEveryEncoding shows that the search for canaries can fail a test.
func TestSearcherFindsEveryEncoding(t *testing.T) {
	c := &canary{"claimant.name", `Zoë "Kqxwv" <Plmtr-Hjgbn> & Söhne`}
	phone := &canary{"claimant.phone", "+49 30 5551 7204-93"}
	latitude := &canary{"latitude", "51.48293017465"}
	image := &canary{"perceptualHash", "d1c3b5a79f0e2d4c"}
	s := newSearcher([]*canary{c, phone, latitude, image})
	noise := make([]byte, 1<<16)
	rand.Read(noise)
	if hits := s.find(noise); len(hits) > 0 {
		t.Fatalf("found in noise as %s", hits[0].form.how)
	}
	quoted, _ := json.Marshal(c.value)
	raw, _ := hex.DecodeString(image.value)
	for how, text := range map[string]string{
		"plain":            c.value,
		"small":            strings.ToLower(c.value),
		"capital":          strings.ToUpper(c.value),
		"words":            "zoë kqxwv plmtr hjgbn söhne",
		"no separators":    "ZOËKQXWVPLMTRHJGBNSÖHNE",
		"JSON":             string(quoted),
		"URL query":        url.QueryEscape(c.value),
		"URL path":         url.PathEscape(c.value),
		"UTF-16LE":         wide(c.value, endian.LittleEndian),
		"UTF-16BE":         wide(c.value, endian.BigEndian),
		"hex":              hex.EncodeToString([]byte(c.value)),
		"hex capital":      strings.ToUpper(hex.EncodeToString([]byte(c.value))),
		"Go bytes":         fmt.Sprint([]byte(c.value)),
		"E.164":            "+49305551720493",
		"digits":           "0049305551720493",
		"reversed":         "39402715550394+",
		"number":           "1.0,51.48293017465,2",
		"binary number":    string(endian.LittleEndian.AppendUint64([]byte{1, 2, 3}, math.Float64bits(51.48293017465))),
		"hash bytes":       string(raw),
		"hash base64":      base64.StdEncoding.EncodeToString(raw),
		"normal in base64": base64.StdEncoding.EncodeToString([]byte("phn|+49305551720493|1")),
	} {
		if len(s.find([]byte("before "+text+" after"))) == 0 {
			t.Errorf("not found: %s", how)
		}
	}
	for offset := range 6 {
		for name, enc := range map[string]*base64.Encoding{"std": base64.StdEncoding, "url": base64.URLEncoding} {
			text := enc.EncodeToString([]byte(strings.Repeat("x", offset) + c.value + strings.Repeat("y", 5)))
			if len(s.find([]byte(text))) == 0 {
				t.Errorf("not found: base64 %s after %d bytes", name, offset)
			}
		}
	}
}
