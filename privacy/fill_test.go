package privacy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/quagmt/udecimal"
	"pgregory.net/rapid"

	"tallystick/claim"
)

// keepingAll is a policy that keeps every field of the schema, and all of some attributes.
func keepingAll(t testing.TB) string {
	t.Helper()
	policy, err := DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	text := "version: 1\nfields:\n"
	for _, f := range policy.Fields() {
		if f.Type != "object" {
			text += fmt.Sprintf("  %s: {class: open, action: keep, type: %s}\n", f.Path, f.Type)
		}
	}
	for _, name := range []string{"a0", "a1", "a2", "a3", "a4"} {
		for path, typ := range map[string]string{"text": "string", "number": "number", "flag": "boolean", "when": "when", "money.amount": "string", "money.currency": "string"} {
			text += fmt.Sprintf("  attributes.%s.%s: {class: open, action: keep, type: %s}\n", name, path, typ)
		}
	}
	return text
}

func protectorOf(t testing.TB, policy string) *Protector {
	t.Helper()
	p, err := LoadPolicy(Source{Name: "test", Text: []byte(policy)})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := New(Config{Keys: keySet(t, 1), Policy: p})
	if err != nil {
		t.Fatal(err)
	}
	return shared.Protector()
}

var equalEvents = cmp.Options{
	cmp.Comparer(func(a, b udecimal.Decimal) bool { return a.String() == b.String() && a.PrecUint() == b.PrecUint() }),
	cmp.Comparer(func(a, b claim.When) bool { return a.String() == b.String() && a.Time().Equal(b.Time()) }),
}

// checkFilled holds the event that is filled of what was protected against what the decoder makes of the open part.
func checkFilled(t testing.TB, f *claim.Filler, out *Protected) {
	t.Helper()
	want, failed := claim.Decode(out.Open)
	got, err := f.Fill(out.Open, out.OpenLists, out.OpenLeaves)
	if failed != nil {
		if diff := cmp.Diff(failed, err); diff != "" {
			t.Fatalf("another problem with %s:\n%s", out.Open, diff)
		}
		return
	}
	if err != nil {
		t.Fatalf("%v with %s", err, out.Open)
	}
	if diff := cmp.Diff(want, got, equalEvents); diff != "" {
		t.Fatalf("another event of %s:\n%s", out.Open, diff)
	}
}

// TestFilledIsDecoded changes claims in all ways and fills one event after another with them, so that nothing may be left of
// the one before.
func TestFilledIsDecoded(t *testing.T) {
	protectors := []*Protector{protectorOf(t, string(defaultPolicy)), protectorOf(t, keepingAll(t))}
	fillers := make([]claim.Filler, len(protectors))
	var seeds []any
	for _, name := range []string{"../claim/testdata/full.json", "../claim/testdata/motor.json", "testdata/motor.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var seed map[string]any
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.UseNumber()
		if err := decoder.Decode(&seed); err != nil {
			t.Fatal(err)
		}
		seed["insurer"] = "alpha"
		seeds = append(seeds, seed)
	}
	rapid.Check(t, func(r *rapid.T) {
		m := mutation{r: r}
		for range rapid.IntRange(1, 3).Draw(r, "claims") {
			raw, err := json.Marshal(m.of(rapid.SampledFrom(seeds).Draw(r, "seed"), true))
			if err != nil {
				r.Fatal(err)
			}
			for i, p := range protectors {
				var out Protected
				if p.Protect(raw, &out) == nil {
					checkFilled(t, &fillers[i], &out)
				}
			}
		}
	})
}

// TestFilledWhereThePolicyIsNotTheSchema holds policies that keep what the schema does not have, or has otherwise.
func TestFilledWhereThePolicyIsNotTheSchema(t *testing.T) {
	const identity = "version: 1\nfields:\n  insurer: {class: open, action: keep}\n  claim: {class: open, action: keep}\n" +
		"  revision: {class: open, action: keep, type: integer}\n  line: {class: open, action: keep}\n" +
		"  parties[].role: {class: open, action: keep}\n"
	for name, c := range map[string]struct{ field, typ, event string }{
		"unknown value":             {"x", "string", `"x":"1"`},
		"unknown object":            {"x.y.z", "string", `"x":{"y":{"z":"1"}}`},
		"unknown list":              {"x[].y", "string", `"x":[{"y":"1"},null,{"z":2}]`},
		"unknown list in one":       {"parties[].x[]", "string", `"parties":[{"role":"agent","x":["1",null]},{}]`},
		"value for an object":       {"policy", "string", `"policy":"1"`},
		"value for a list":          {"items", "string", `"items":"1"`},
		"value for money":           {"amounts.paid", "string", `"amounts":{"paid":"1"}`},
		"object for a value":        {"stage.x", "string", `"stage":{"x":"1"}`},
		"object for a time":         {"recorded.x", "string", `"recorded":{"x":"1"}`},
		"object for a list":         {"items.code", "string", `"items":{"code":"1"}`},
		"object for an amount":      {"amounts.paid.amount.x", "string", `"amounts":{"paid":{"amount":{"x":"1"}}}`},
		"object in a list of texts": {"items[].modifiers[].x", "string", `"items":[{"modifiers":[{"x":"1"},{}]}]`},
		"list for a value":          {"stage[]", "string", `"stage":["1"]`},
		"list for an object":        {"policy[].number", "string", `"policy":[{"number":"1"}]`},
		"list of nothing kept":      {"policy[].number", "string", `"policy":[{},{"x":1}]`},
		"list for money":            {"amounts.paid[]", "string", `"amounts":{"paid":["1"]}`},
		"list for attributes":       {"attributes[].text", "string", `"attributes":[{"text":"1"}]`},
		"value for attributes":      {"attributes", "string", `"attributes":"1"`},
		"value for an attribute":    {"attributes.a", "string", `"attributes":{"a":"1"}`},
		"unknown part of one":       {"attributes.a.x", "string", `"attributes":{"a":{"x":"1"}}`},
		"list in one":               {"attributes.a.x[]", "string", `"attributes":{"a":{"x":["1"]}}`},
		"unknown part of money":     {"amounts.paid.x", "string", `"amounts":{"paid":{"x":"1"}}`},
		"text for a number":         {"vehicle.year", "string", `"vehicle":{"year":"2020"}`},
		"text for a measure":        {"loss.place.latitude", "string", `"loss":{"place":{"latitude":"1"}}`},
		"text for a flag":           {"loss.policeReport", "string", `"loss":{"policeReport":"true"}`},
		"text that is no time":      {"recorded", "string", `"recorded":"now"`},
		"number for a text":         {"stage", "number", `"stage":1`},
		"flag for a text":           {"stage", "boolean", `"stage":true`},
		"number for an amount":      {"amounts.paid.amount", "number", `"amounts":{"paid":{"amount":1,"currency":"EUR"}}`},
		"flag for a currency":       {"amounts.paid.currency", "boolean", `"amounts":{"paid":{"amount":"1","currency":true}}`},
		"flag for a time":           {"recorded", "boolean", `"recorded":true`},
		"fraction for a count":      {"loss.witnesses", "number", `"loss":{"witnesses":1.5}`},
		"exponent for a count":      {"loss.witnesses", "number", `"loss":{"witnesses":1e1}`},
		"large count":               {"loss.witnesses", "number", `"loss":{"witnesses":9223372036854775807}`},
		"too large a count":         {"loss.witnesses", "number", `"loss":{"witnesses":9223372036854775808}`},
		"negative count":            {"loss.witnesses", "number", `"loss":{"witnesses":-1}`},
		"too large a measure":       {"loss.place.latitude", "number", `"loss":{"place":{"latitude":1e999}}`},
	} {
		t.Run(name, func(t *testing.T) {
			p := protectorOf(t, identity+fmt.Sprintf("  %s: {class: open, action: keep, type: %s}\n", c.field, c.typ))
			var out Protected
			if err := p.Protect([]byte(head+c.event+"}"), &out); err != nil {
				t.Fatal(err)
			}
			var f claim.Filler
			checkFilled(t, &f, &out)
			checkFilled(t, &f, &out)
		})
	}
}

// mutation changes few values of a JSON text at a time.
type mutation struct{ r *rapid.T }

var odd = []any{
	nil, true, false, "", "x", "EUR", "US", "2026-02-30", "2026-02", "2025-01-02T03:04:05+01:00", "9e5", "12.50", "-3", "alpha",
	json.Number("0"), json.Number("-0"), json.Number("7"), json.Number("-7"), json.Number("1.5"), json.Number("1e2"), json.Number("1e400"),
	json.Number("9223372036854775807"), json.Number("9223372036854775808"), json.Number("12345678901234567890123"), "ü\n",
	map[string]any{}, []any{}, []any{nil}, []any{nil, map[string]any{}}, map[string]any{"amount": "1"}, map[string]any{"currency": "EUR"},
	map[string]any{"name": "x", "text": "y", "more": "z", "value": "1"}, []any{"a", nil, "b"},
}

func (m mutation) of(v any, top bool) any {
	if !top && rapid.IntRange(0, 150).Draw(m.r, "changed") == 150 {
		return rapid.SampledFrom(odd).Draw(m.r, "value")
	}
	switch v := v.(type) {
	case map[string]any:
		to := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if rapid.IntRange(0, 40).Draw(m.r, "left out") < 40 {
				to[name] = m.of(v[name], top && (name == "insurer" || name == "claim" || name == "revision"))
			}
		}
		if rapid.IntRange(0, 50).Draw(m.r, "more") == 50 {
			name := rapid.SampledFrom([]string{"name", "a", "b", "a0", "a4", "code", "time", "tyres", "role", "flag", "number", "when", "money"}).Draw(m.r, "name")
			to[name] = rapid.SampledFrom(odd).Draw(m.r, "value")
		}
		return to
	case []any:
		var to []any
		for _, value := range v {
			for range rapid.SampledFrom([]int{1, 1, 1, 0, 2, 5}).Draw(m.r, "times") {
				to = append(to, m.of(value, false))
			}
		}
		return to
	default:
		return v
	}
}

func FuzzFill(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(head + `"attributes":{"a0":{"money":{"amount":"-0.00","currency":"EUR"}},"a1":{"flag":false}},"parties":[null,{"role":"agent"}]}`))
	f.Add([]byte(head + `"items":[{"modifiers":[null,"25"],"party":0}],"vehicle":{"year":-1,"commercial":true},"loss":{"time":"1994"}}`))
	protectors := []*Protector{protectorOf(f, string(defaultPolicy)), protectorOf(f, keepingAll(f))}
	fillers := make([]claim.Filler, len(protectors))
	var out Protected
	f.Fuzz(func(t *testing.T, raw []byte) {
		for i, p := range protectors {
			var problem *claim.Problem
			if err := p.Protect(raw, &out); err == nil {
				checkFilled(t, &fillers[i], &out)
			} else if !errors.As(err, &problem) {
				t.Fatalf("not a problem: %v", err)
			}
		}
	})
}
