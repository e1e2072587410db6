package privacy

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tallystick/claim"
	"tallystick/claim/fields"
	"tallystick/claim/schema"
)

// TestSchemaDecoderAndProtectorAgree changes claims in ten thousand ways: what the schema allows the decoder and the
// protector take, and what it does not they refuse. What a schema cannot say is left out: the clock, whether an index
// leads to a party, who the install's insurers are, and how large and deep a text is.
func TestSchemaDecoderAndProtectorAgree(t *testing.T) {
	now := time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC)
	shared, err := New(Config{Keys: keySet(t, 1), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	p, s := shared.Protector(), compiledSchema(t)
	seeds := []any{
		allowed("", readEvent(t, "../claim/testdata/full.json")), readEvent(t, "../claim/testdata/motor.json"),
		readEvent(t, "testdata/motor.json"),
	}
	m := mutator{rand.New(rand.NewPCG(1, 2))}
	taken, refusals := 0, map[claim.Code]int{}
	for range 10_000 {
		event := m.change(clone(seeds[m.IntN(len(seeds))])).(map[string]any)
		raw, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		refusal := s.Validate(doc)
		var out Protected
		for who, err := range map[string]error{"protector": p.Protect(raw, &out), "decoder": decoded(raw, now)} {
			var problem *claim.Problem
			if errors.As(err, &problem) && beyondSchema(problem) {
				continue
			}
			if (err == nil) != (refusal == nil) {
				t.Fatalf("the %s says %v, the schema %v, of\n%s", who, err, refusal, raw)
			}
			if who == "protector" && err != nil {
				refusals[problem.Code]++
			}
		}
		if refusal == nil {
			taken++
		}
	}
	t.Logf("%d taken, refused %v", taken, refusals)
	for _, code := range []claim.Code{claim.WrongType, claim.Missing, claim.Invalid, claim.Negative} {
		if refusals[code] < 20 {
			t.Errorf("only %d were refused for %s", refusals[code], code)
		}
	}
	if taken < 2000 {
		t.Errorf("only %d were taken", taken)
	}
}

func decoded(raw []byte, now time.Time) error {
	e, err := claim.Decode(raw)
	if err != nil {
		return err
	}
	if problem := claim.Validate(e, now, claim.Limits{}); problem != nil {
		return problem
	}
	return nil
}

func beyondSchema(p *claim.Problem) bool {
	f := fields.ByPath(p.Path)
	switch p.Code {
	case claim.Future, claim.UnknownInsurer, claim.TooLarge, claim.TooDeep:
		return true
	case claim.Invalid:
		return f != nil && f.Form != nil && f.Form.IndexOf != ""
	}
	return false
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.Event()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func readEvent(t *testing.T, name string) (event map[string]any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&event); err != nil {
		t.Fatal(err)
	}
	event["insurer"] = "alpha"
	return event
}

// allowed puts in place of each value one that the schema allows there.
func allowed(pattern string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			below := name
			if pattern == fields.Attributes {
				below = "*"
			}
			v[name] = allowed(joinPath(pattern, below), value)
		}
		return v
	case []any:
		for i := range v {
			v[i] = allowed(pattern+"[]", v[i])
		}
		return v
	}
	f := fields.ByPath(pattern)
	if f == nil {
		return v
	}
	number, _ := v.(json.Number)
	text, _ := v.(string)
	switch form := f.Form; {
	case form.IndexOf != "":
		return json.Number("0")
	case form.Ahead > 0:
		return json.Number("2019")
	case f.Refuses([]byte(text+string(number))) == "":
		return v
	case form.Words != nil:
		return form.Words[0]
	case form.Unit != "":
		return json.Number("12.5")
	}
	for _, text := range []string{"alpha", "DE", strings.Repeat("0a", 32), strings.Repeat("0a", 8)} {
		if f.Refuses([]byte(text)) == "" {
			return text
		}
	}
	return v
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		to := make(map[string]any, len(v))
		for name, value := range v {
			to[name] = clone(value)
		}
		return to
	case []any:
		to := make([]any, len(v))
		for i := range v {
			to[i] = clone(v[i])
		}
		return to
	}
	return v
}

// mutator changes one or two places of an event.
type mutator struct{ *rand.Rand }

// odder are values at the edge of what some field allows.
var odder = []any{
	nil, true, "", " ", "x", "ü\u0007", strings.Repeat("ü", 1024), strings.Repeat("ü", 1025), strings.Repeat("粤", 64),
	strings.Repeat("粤", 128),
	strings.Repeat("x", 129), strings.Repeat("ab", 32), strings.Repeat("AB", 32), strings.Repeat("0a", 8), "de", "DE",
	"DEU", "EUR", "eur", "QQQ", "DEM",
	"motor", "paid", "lost", "agent", "粤B-2024-0001 #7", "a/b", "Acme", "a\nb",
	"2026-02-30", "2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2026-04-31", "2026-13", "2026-00", "0000",
	"1994", "1994-12", "94",
	"2026-02-03T24:00:00Z", "2016-12-31T23:59:60Z", "2026-02-03T10:00:00", "2026-02-03T10:00:00z",
	"2026-02-03t10:00:00Z", "2026-02-03T10:00Z",
	"2026-02-03T10:00:00.5+18:00", "2026-02-03T10:00:00+18:01", "2026-02-03T10:00:00,5Z", "2026-02-03T10:00:00.Z",
	"2026-02-30T10:00:00Z", "2026-02-03T10:00:00-00:00",
	"0", "00", "-0", "-0.00", "-1", "-0.01", "1.", ".5", "1.2345", "1.23456", "999999999999999", "1234567890123456",
	"1e3", "+1", "1,5", "１",
	json.Number("0"), json.Number("-0"), json.Number("1.0"), json.Number("1e0"), json.Number("10e-1"),
	json.Number("1.5"), json.Number("2e3"), json.Number("-1"),
	json.Number("1000000"), json.Number("1000001"), json.Number("1885"), json.Number("1884"), json.Number("2200"),
	json.Number("2201"), json.Number("90"), json.Number("-90.0001"),
	json.Number("180.5"), json.Number("1e15"), json.Number("1e16"), json.Number("-1e16"), json.Number("1e400"),
	json.Number("-1e400"), json.Number("1e-400"),
	json.Number("9223372036854775808"), json.Number("0.0000000000000000000000001"),
	map[string]any{}, []any{}, []any{nil}, []any{"x"}, []any{map[string]any{}},
	[]any{nil, map[string]any{"role": "agent"}},
	map[string]any{"amount": "1"}, map[string]any{"currency": "EUR"}, map[string]any{"amount": nil, "currency": "EUR"},
	map[string]any{"amount": "1", "currency": "EUR"},
	map[string]any{"amount": "1", "currency": "EUR", "note": []any{json.Number("1")}},
	map[string]any{"amount": "-2.50", "currency": "EUR"},
	map[string]any{"text": "x"}, map[string]any{"text": ""}, map[string]any{"text": "", "number": json.Number("1")},
	map[string]any{"text": "x", "flag": nil},
	map[string]any{"number": json.Number("1"), "flag": true}, map[string]any{"when": "2026"},
	map[string]any{"more": "x"}, map[string]any{"text": "x", "more": "y"},
	map[string]any{"a": map[string]any{"flag": true}},
	map[string]any{"Driver rating": map[string]any{"number": json.Number("3")}}, map[string]any{"a": nil},
	map[string]any{"role": "agent"}, map[string]any{"role": ""}, map[string]any{"role": nil},
}

// change changes the value, or one below it.
func (m mutator) change(v any) any {
	for range 1 + m.IntN(2) {
		v = m.once(v, true)
	}
	return v
}

func (m mutator) once(v any, top bool) any {
	if !top && m.IntN(4) == 0 {
		return m.value()
	}
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		switch _, money := v["amount"].(string); {
		case money && m.IntN(4) == 0:
			v["amount"] = []string{"-1", "-0.01", "-0.00", "-0", "-12.5"}[m.IntN(5)]
		case len(names) == 0 || m.IntN(10) == 0:
			v[[]string{"role", "amount", "currency", "party", "text", "more", "country", "year", "attributes",
				"money"}[m.IntN(10)]] = m.value()
		case m.IntN(10) == 0:
			delete(v, names[m.IntN(len(names))])
		default:
			name := names[m.IntN(len(names))]
			v[name] = m.once(v[name], false)
		}
		return v
	case []any:
		switch {
		case len(v) == 0 || m.IntN(8) == 0:
			return append(v, m.value())
		case m.IntN(40) == 0:
			return slices.Repeat(v, 1+1000/len(v))
		}
		i := m.IntN(len(v))
		v[i] = m.once(v[i], false)
		return v
	}
	return m.value()
}

func (m mutator) value() any { return clone(odder[m.IntN(len(odder))]) }
