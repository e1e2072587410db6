package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/privacy"
)

// aviary makes claims whose every value that the field policy does not keep is a canary, and remembers them.
type aviary struct {
	t        testing.TB
	policy   map[string]privacy.Action
	canaries []*canary // must be found nowhere
	kept     []*canary // stay in clear, by the policy: that they are found shows that the search works
}

func newAviary(t testing.TB) *aviary {
	t.Helper()
	p, err := privacy.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	a := &aviary{t: t, policy: map[string]privacy.Action{}}
	for _, f := range p.Fields() {
		a.policy[f.Path] = f.Action
	}
	return a
}

func (a *aviary) keeps(pattern string) bool { return a.policy[pattern] == privacy.Keep }

// put remembers a canary.
func (a *aviary) put(name, value string) string {
	a.canaries = append(a.canaries, &canary{name, value})
	return value
}

// word is a canary of letters.
func (a *aviary) word(name string) string {
	return a.put(name, randomOf("abcdefghijklmnopqrstuvwxyz", 14))
}

func (a *aviary) digits(name string, n int) string { return a.put(name, number(n)) }

// mark is a value that stays in clear.
func (a *aviary) mark(name string) string {
	w := randomOf("abcdefghijklmnopqrstuvwxyz", 14)
	a.kept = append(a.kept, &canary{name, w})
	return w
}

// claim is a claim with a canary at every path of the schema that the policy does not keep.
func (a *aviary) claim(insurer, id string, line claim.Line) map[string]any {
	e := a.build(reflect.TypeFor[claim.Event](), "").(map[string]any)
	a.kept = append(a.kept, &canary{"claim", id})
	e["insurer"], e["claim"], e["revision"], e["line"], e["stage"] = insurer, id, 1, string(line), "notified"
	who := e["claimant"].(map[string]any)
	e["narrative"] = fmt.Sprintf("I am %s, born %s, %s, call %s or write to %s; pay to %s. %s", who["name"],
		who["birthDate"], a.word("narrative"),
		who["phone"], who["email"], who["bankAccount"].(map[string]any)["iban"], a.word("narrative"))
	return e
}

func (a *aviary) build(t reflect.Type, pattern string) any {
	at := func(name string) string { return strings.TrimPrefix(pattern+"."+name, ".") }
	switch {
	case t == reflect.TypeFor[claim.When]():
		if a.keeps(pattern) {
			return "2026-01-15"
		}
		return a.put(pattern, date())
	case t == reflect.TypeFor[claim.Money]():
		if a.keeps(at("amount")) {
			return map[string]any{"amount": "1250.00", "currency": "USD"}
		}
		return map[string]any{"amount": a.digits(pattern, 13), "currency": "USD"}
	case t == reflect.TypeFor[map[string]claim.Attribute]():
		all := map[string]any{}
		for f := range reflect.TypeFor[claim.Attribute]().Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			all[a.word(pattern+" (name)")] = map[string]any{name: a.build(f.Type, pattern+".*."+name)}
		}
		return all
	case t.Kind() == reflect.Pointer:
		return a.build(t.Elem(), pattern)
	case t.Kind() == reflect.Slice:
		return []any{a.build(t.Elem(), pattern+"[]"), a.build(t.Elem(), pattern+"[]")}
	case t.Kind() == reflect.Struct:
		object := map[string]any{}
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if pattern == "claimant" && name == "role" {
				continue
			}
			object[name] = a.build(f.Type, at(name))
		}
		return object
	case t.Kind() == reflect.String:
		return a.text(pattern)
	case t.Kind() == reflect.Bool:
		return true
	case t.Kind() == reflect.Float64 || t.Kind() == reflect.Int:
		switch {
		case !a.keeps(pattern):
			return json.Number(a.put(pattern, "51."+number(11)))
		case pattern == "vehicle.year":
			return 2020
		}
		return 1
	}
	a.t.Fatalf("no canary for a value of type %s at %s", t, pattern)
	return nil
}

// text is a value for a string path: what its kind asks for, or a word.
func (a *aviary) text(pattern string) string {
	name := pattern[strings.LastIndexByte(pattern, '.')+1:]
	if a.keeps(pattern) {
		switch name {
		case "country", "plateCountry":
			return "US"
		case "role":
			return "repairer"
		case "termsDigest":
			return hexes(32)
		}
		return a.mark(pattern)
	}
	switch name {
	case "name":
		return a.word(pattern) + " " + strings.ToUpper(a.word(pattern)) + "-" +
			a.put(pattern, "ö"+randomOf("abcdefgh", 12)+"é")
	case "phone":
		return a.put(pattern, "+49 30 "+number(4)+" "+number(4))
	case "email":
		return a.put(pattern, randomOf("ABCDEFGHIJ", 10)+"."+number(3)+"@"+randomOf("klmnopqrst", 8)+".example")
	case "line1", "line2":
		return number(2) + " " + a.word(pattern) + " Street"
	case "iban":
		return a.put(pattern, iban())
	case "routing", "postcode":
		return a.put(pattern, randomOf("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 10))
	case "ip":
		return a.put(pattern, fmt.Sprintf("2001:db8:%s:%s:%s:%s:%s:%s", group(), group(), group(), group(), group(),
			group()))
	case "imei":
		return a.digits(pattern, 15)
	case "sha256":
		return a.put(pattern, hexes(32))
	case "perceptualHash":
		return a.put(pattern, hexes(8))
	case "description", "narrative":
		return "It was " + a.word(pattern) + ", " + a.word(pattern) + "."
	}
	return a.put(pattern, randomOf("ABCDEFGHJKLMNPQRSTUVWXYZ", 6)+"-"+number(4)+"/"+randomOf("abcdefghjkmnpq", 6))
}

// misplace writes identifiers of the claim into fields that the policy keeps, too.
func misplace(e map[string]any) {
	in := func(name string) map[string]any { return e[name].(map[string]any) }
	who := in("claimant")
	in("loss")["cause"], in("vehicle")["make"] = who["phone"], who["email"]
	in("policy")["product"] = who["bankAccount"].(map[string]any)["iban"]
	in("loss")["damageClass"], in("device")["model"] = in("policy")["number"], in("device")["imei"]
	who["specialty"] = fmt.Sprint(who["id"], " ", in("vehicle")["vin"])
}

// strangers adds fields that no schema knows, at every depth: names and values are canaries.
func (a *aviary) strangers(e map[string]any) {
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		switch v := v.(type) {
		case map[string]any:
			for _, child := range v {
				walk(child, depth+1)
			}
			if _, money := v["currency"]; money {
				return
			}
			v[a.word("unknown name")] = a.word("unknown value")
			v[a.word("unknown name")] = map[string]any{a.word("unknown name"): []any{a.word("unknown value"),
				json.Number(a.digits("unknown number", 14)), true, nil}}
		case []any:
			for _, child := range v {
				walk(child, depth+1)
			}
		}
	}
	attributes := e["attributes"]
	delete(e, "attributes")
	walk(e, 0)
	e["attributes"] = attributes
	e["CLAIMANT"] = map[string]any{"NAME": a.word("CLAIMANT.NAME")}
}

func encoded(t testing.TB, e map[string]any) []byte {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func randomOf(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		k, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err)
		}
		b[i] = alphabet[k.Int64()]
	}
	return string(b)
}

func number(n int) string { return randomOf("123456789", 1) + randomOf("0123456789", n-1) }
func hexes(n int) string  { b := make([]byte, n); rand.Read(b); return hex.EncodeToString(b) }
func group() string       { return randomOf("123456789abcdef", 4) }

// date is the day of a birth long ago: not a day that programs write by themselves.
func date() string {
	days, _ := rand.Int(rand.Reader, big.NewInt(28*365))
	return time.Date(1931, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days.Int64())).Format(time.DateOnly)
}

// iban is a valid German account number (ISO 7064 mod 97-10).
func iban() string {
	account := number(18)
	n, _ := new(big.Int).SetString(account+"131400", 10)
	check := 98 - new(big.Int).Mod(n, big.NewInt(97)).Int64()
	return fmt.Sprintf("DE%02d%s", check, account)
}

// TestCanariesStandAtEveryPathThatIsNotKept holds the claims of the canary test against the schema and the policy.
func TestCanariesStandAtEveryPathThatIsNotKept(t *testing.T) {
	a := newAviary(t)
	e := a.claim("acme", "C-1", claim.LineMotor)
	var event claim.Event
	if err := claim.DecodeInto(encoded(t, e), &event); err != nil {
		t.Fatal(err)
	}
	if p := claim.Validate(&event, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), claim.Limits{}); p != nil {
		t.Fatal(p)
	}
	for _, path := range claim.Paths() {
		flag := strings.HasSuffix(path, ".flag") || strings.HasPrefix(path, "attributes.*.money")
		if a.keeps(path) || flag || path == "claimant.role" {
			continue
		}
		if !slices.ContainsFunc(a.canaries, func(c *canary) bool { return c.name == path }) {
			t.Errorf("no canary at %s", path)
		}
	}
	a.strangers(e)
	if err := claim.DecodeInto(encoded(t, e), &event); err != nil {
		t.Errorf("with unknown fields: %v", err)
	}
}
