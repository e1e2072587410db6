package schema

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/quagmt/udecimal"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"tallystick/claim"
)

func compiled(t testing.TB, data []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func check(s *jsonschema.Schema, data []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// What Validate accepts, the schema accepts.
func TestValidEventsFitTheSchema(t *testing.T) {
	s := compiled(t, Event())
	valid := 0
	rapid.Check(t, func(t *rapid.T) {
		var e claim.Event
		fill(t, reflect.ValueOf(&e).Elem(), "")
		if claim.Validate(&e, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), claim.Limits{}) == nil {
			valid++
			data, err := claim.Encode(&e)
			if err != nil {
				t.Fatal(err)
			}
			if err := check(s, data); err != nil {
				t.Fatalf("%s\n%v", data, err)
			}
		}
	})
	if valid < 10 {
		t.Errorf("only %d of the drawn events were valid", valid)
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compiled(t, Event())
	const good = `{"insurer":"acme","claim":"1","revision":1,"line":"motor"%s}`
	if err := check(s, fmt.Appendf(nil, good, `,"x":{"unknown":[1]}`)); err != nil {
		t.Errorf("unknown fields are allowed: %v", err)
	}
	for _, bad := range []string{`,"amounts":{"claimed":{"amount":990.5,"currency":"EUR"}}`,
		`,"amounts":{"claimed":{"amount":"-1","currency":"EUR"}}`, `,"amounts":{"claimed":{"amount":"1"}}`,
		`,"loss":{"time":"2026-02-03T10:00:00"}`, `,"loss":{"place":{"latitude":91}}`,
		`,"attributes":{"Rating":{"number":1}}`, `,"attributes":{"rating":{}}`,
		`,"attributes":{"rating":{"number":1,"flag":true}}`, `,"parties":[{"role":""}]`, `,"stage":"lost"`,
		`,"vehicle":{"year":1066}`, `,"claimant":{"address":{"country":"USA"}}`} {
		if err := check(s, fmt.Appendf(nil, good, bad)); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
	for _, bad := range []string{`{}`, `[]`, `{"insurer":"a/b","claim":"1","revision":1,"line":"motor"}`,
		`{"insurer":"a","claim":"1","revision":0,"line":"motor"}`,
		`{"insurer":"a","claim":"1","revision":1,"line":"pets"}`} {
		if err := check(s, []byte(bad)); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
}

func TestPublicDecisionsFitTheSchema(t *testing.T) {
	s := compiled(t, Decision())
	rapid.Check(t, func(t *rapid.T) {
		entry := claim.Entry{Insurer: "acme", Claim: "C-1", Revision: 1, At: time.Unix(1.7e9, 5e6).UTC(),
			Decision: &claim.Decision{
				Score: rapid.Float64Range(0, 1).Draw(t, "score"), Hold: rapid.Bool().Draw(t, "hold"),
				Outcome: rapid.SampledFrom([]claim.Outcome{claim.Settle, claim.Review, claim.Investigate}).Draw(t,
					"outcome")}}
		for range rapid.IntRange(0, 2).Draw(t, "reasons") {
			entry.Decision.Reasons = append(entry.Decision.Reasons, claim.Reason{Rule: "a@1", Text: "because"})
		}
		d, _ := claim.Public(&entry, rapid.IntRange(0, 9).Draw(t, "partition"),
			rapid.Int64Range(0, math.MaxInt64).Draw(t, "offset"))
		if rapid.Bool().Draw(t, "supersedes") {
			d.Supersedes = claim.DecisionVersion(1, 2)
		}
		data, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := check(s, data); err != nil {
			t.Fatalf("%s\n%v", data, err)
		}
	})
	if err := check(s, []byte(`{"v":1,"insurer":"acme","claim":"C-1","revision":1,"version":"0-1","score":2,"decision":"deny","reasons":[],"action":"pay","decidedAt":"now"}`)); err == nil {
		t.Error("accepted a decision that is none")
	}
}

// fill draws a value for a field of the given name, mostly one that Validate accepts.
func fill(t *rapid.T, v reflect.Value, name string) {
	switch v.Type() {
	case reflect.TypeFor[claim.When]():
		w, err := claim.ParseWhen(rapid.SampledFrom([]string{"1994", "2020-12", "2024-02-29",
			"2025-12-31T23:59:59.5+05:30", "2020-01-01T00:00:00Z"}).Draw(t, "when"))
		if err != nil {
			t.Fatal(err)
		}
		v.Set(reflect.ValueOf(w))
		return
	case reflect.TypeFor[claim.Money]():
		amount, err := udecimal.NewFromUint64(rapid.Uint64Range(1, 1e15-1).Draw(t, "amount"),
			uint8(rapid.IntRange(0, 4).Draw(t, "scale")))
		if err != nil {
			t.Fatal(err)
		}
		v.Set(reflect.ValueOf(claim.Money{Amount: amount, Currency: rapid.SampledFrom([]string{"EUR", "JPY"}).Draw(t,
			"currency")}))
		return
	case reflect.TypeFor[claim.Attribute]():
		fill(t, v.Field(rapid.IntRange(0, v.NumField()-1).Draw(t, "one")), "text")
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text(t, name))
	case reflect.Int:
		v.SetInt(int64(map[string]int{"revision": 3, "year": 2019}[name]))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(0, 90).Draw(t, "number"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), name)
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, "length")
		if n == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), "")
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		fill(t, value, "")
		v.SetMapIndex(reflect.ValueOf("rating2"), value)
	case reflect.Struct:
		for f, value := range v.Fields() {
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" || name == "party" || strings.Contains(options, "omitzero") && name != "role" &&
				rapid.Bool().Draw(t, "absent") {
				continue
			}
			fill(t, value, name)
		}
	}
}

func text(t *rapid.T, name string) string {
	switch name {
	case "line":
		return rapid.SampledFrom([]string{"motor", "health", "property", "life", "travel", "device"}).Draw(t, name)
	case "stage":
		return rapid.SampledFrom([]string{"notified", "assessed", "approved", "paid", "closed"}).Draw(t, name)
	case "country":
		return "DE"
	case "sha256", "termsDigest":
		return strings.Repeat("0a", 32)
	case "perceptualHash":
		return "0123456789abcdef"
	case "insurer", "role":
		return "acme"
	}
	return rapid.StringMatching(`[a-zA-Z0-9 ./äΩ-]{1,12}`).Draw(t, name)
}

func TestSchemasAreJSON(t *testing.T) {
	for _, data := range [][]byte{Event(), Decision()} {
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Error(err)
		}
	}
}
