package detectors

import (
	"reflect"
	"testing"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// paths walks the tags of the environment: the path of each leaf and its type.
func paths(t reflect.Type, prefix string, index []int, to map[string][]int) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("expr")
		if tag == "" || f.Type.Kind() == reflect.Func {
			continue
		}
		at := append(append([]int(nil), index...), i)
		if f.Type.Kind() == reflect.Struct {
			paths(f.Type, prefix+tag+".", at, to)
			continue
		}
		to[prefix+tag] = at
	}
}

// Every variable of the table is a field that expressions can name, and the other way round.
func TestVariablesAreTheEnvironment(t *testing.T) {
	fields := map[string][]int{}
	paths(reflect.TypeFor[environment](), "", nil, fields)
	for _, v := range Variables() {
		if fields[v.Path] == nil {
			t.Errorf("%s is not in the environment", v.Path)
		}
		if v.Doc == "" || v.Type == "" {
			t.Errorf("%q is not documented", v.Path)
		}
		delete(fields, v.Path)
	}
	for path := range fields {
		t.Errorf("%s is not in the table of variables", path)
	}
}

// full gives every field of an event a value.
func full(v reflect.Value, depth int) {
	switch v.Type() {
	case reflect.TypeFor[claim.When]():
		w, _ := claim.ParseWhen("2024-05-06T07:08:09Z")
		v.Set(reflect.ValueOf(w))
		return
	case reflect.TypeFor[claim.Money]():
		v.Set(reflect.ValueOf(claim.Money{Amount: udecimal.MustParse("12.50"), Currency: "USD"}))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int:
		v.SetInt(3)
	case reflect.Float64:
		v.SetFloat(3)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		full(p.Elem(), depth)
		v.Set(p)
	case reflect.Slice:
		n := 3
		if v.Type().Elem() == reflect.TypeFor[claim.Party]() {
			n = len(partyRoles)
		}
		s := reflect.MakeSlice(v.Type(), n, n)
		for i := range n {
			full(s.Index(i), depth+1)
		}
		v.Set(s)
	case reflect.Struct:
		for i := range v.NumField() {
			full(v.Field(i), depth)
		}
	}
}

var partyRoles = []claim.Role{claim.Handler, claim.Attorney, claim.Provider, claim.Vendor}

// A full event makes every variable known that comes from the event; an empty one makes none known but its revision.
func TestFillKnowsWhatIsThere(t *testing.T) {
	var ev claim.Event
	full(reflect.ValueOf(&ev).Elem(), 0)
	for i := range ev.Parties {
		ev.Parties[i].Role = partyRoles[i]
	}
	ev.Documents[0].Kind = "photo"
	ev.Policy.Endorsements[0].Kind = "cover-added"
	ev.Telematics[0].Kind = "crash"
	no := false
	ev.Items[0].Receipt = &no
	var e environment
	e.fill(nil, &ev)
	for l := range leafCount {
		fromLinks := l >= leafRingClaims
		if e.known.has(l) == fromLinks {
			t.Errorf("%s: known %v in a full event", variables[l].path, !fromLinks)
		}
	}
	e.fill(nil, new(claim.Event))
	for l := range leafCount {
		if e.known.has(l) != (l == leafRevision) {
			t.Errorf("%s: known %v in an empty event", variables[l].path, e.known.has(l))
		}
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		token claim.Token
		want  string
	}{
		{claim.Token{Path: "claimant.phone"}, "claimant.phone"},
		{claim.Token{Path: "claimant.nationalIds[1].number"}, "claimant.nationalIds.number"},
		{claim.Token{Path: "parties[12].bankAccount", Role: claim.Vendor}, "vendor.bankAccount"},
		{claim.Token{Path: "parties[0].nationalIds[0].number", Role: claim.ThirdParty}, "third-party.nationalIds.number"},
		{claim.Token{Path: "items[3].invoice"}, "items.invoice"},
		{claim.Token{Path: "parties["}, ""},
	} {
		if got := place(&c.token); got != c.want {
			t.Errorf("%s: %q, want %q", c.token.Path, got, c.want)
		}
	}
	for _, c := range []struct {
		selector, place string
		want            bool
	}{
		{"claimant.bankAccount", "claimant.bankAccount.iban", true},
		{"claimant.bankAccount", "claimant.bankAccountOld", false},
		{"vendor.id", "vendor.id", true},
		{"vendor.id", "vendor", false},
	} {
		if got := selects(c.selector, c.place); got != c.want {
			t.Errorf("%s selects %s: %v", c.selector, c.place, got)
		}
	}
}
