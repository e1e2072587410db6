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
	"tallystick/claim/fields"
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
		action := Keep
		if f.Class == fields.Direct || f.Class == fields.FreeText || f.Path == fields.Attributes {
			action = Seal
		}
		text += fmt.Sprintf("  %s: {action: %s}\n", f.Path, action)
	}
	for _, name := range []string{"a0", "a1", "a2", "a3", "a4"} {
		for _, path := range []string{"text", "number", "flag", "when", "money.amount", "money.currency"} {
			text += fmt.Sprintf("  attributes.%s.%s: {class: open, action: keep}\n", name, path)
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
	// What was found to be a placeholder is the protector's word: no producer can send it.
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Placeholders" }, cmp.Ignore()),
}

// checkFilled holds the event that is filled of what was protected against what the decoder makes of the open part.
func checkFilled(t testing.TB, f *claim.Filler, out *Protected) {
	t.Helper()
	open := openPart(out)
	want, failed := claim.Decode([]byte(open))
	got, err := f.Fill(out.OpenLists, out.Values)
	if failed != nil {
		if err == nil && len(out.Values) > 3 { // what the registry does not have is sealed, whatever the policy says
			t.Fatalf("nothing wrong is found in %s", open)
		}
		return
	}
	if err != nil {
		t.Fatalf("%v with %s", err, open)
	}
	if diff := cmp.Diff(want, got, equalEvents); diff != "" {
		t.Fatalf("another event of %s:\n%s", open, diff)
	}
}

// TestFilledIsDecoded changes claims in all ways and fills one event after another with them, so that nothing may be
// left of the one before.
func TestFilledIsDecoded(t *testing.T) {
	protectors := []*Protector{protectorOf(t, string(defaultPolicy)), protectorOf(t, keepingAll(t))}
	fillers := make([]claim.Filler, len(protectors))
	var seeds []any
	for _, name := range []string{"../claim/testdata/full.json", "../claim/testdata/motor.json",
		"testdata/motor.json"} {
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

// mutation changes few values of a JSON text at a time.
type mutation struct{ r *rapid.T }

var odd = []any{
	nil, true, false, "", "x", "EUR", "US", "2026-02-30", "2026-02", "2025-01-02T03:04:05+01:00", "9e5", "12.50", "-3",
	"alpha",
	json.Number("0"), json.Number("-0"), json.Number("7"), json.Number("-7"), json.Number("1.5"), json.Number("1e2"),
	json.Number("1e400"),
	json.Number("9223372036854775807"), json.Number("9223372036854775808"), json.Number("12345678901234567890123"),
	"ü\n",
	map[string]any{}, []any{}, []any{nil}, []any{nil, map[string]any{}}, map[string]any{"amount": "1"},
	map[string]any{"currency": "EUR"},
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
			name := rapid.SampledFrom([]string{"name", "a", "b", "a0", "a4", "code", "time", "tyres", "role", "flag",
				"number", "when", "money"}).Draw(m.r, "name")
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
