package detectors

import (
	"reflect"
	"testing"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// Every variable is of the event or worked out, and says what it means; the types of both sides are the same.
func TestVariablesHaveAMeaningAndASource(t *testing.T) {
	if len(variables) > maxLeaves {
		t.Errorf("%d variables, known has bits for %d", len(variables), maxLeaves)
	}
	for _, v := range variables {
		switch {
		case v.Doc == "" || v.Type == "":
			t.Errorf("%s: neither the registry of fields nor derived knows it", v.Path)
		case v.source == nil && derived[v.Path] == "":
			t.Errorf("%s has no source", v.Path)
		case v.source != nil && typeName(v.source) != v.Type && v.source.Kind() != reflect.String:
			t.Errorf("%s is a %s in the event and a %s here", v.Path, typeName(v.source), v.Type)
		}
	}
	for path := range derived {
		if _, ok := leafByPath[path]; !ok {
			t.Errorf("%s is no variable", path)
		}
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
	for l := range variables {
		fromLinks := leaf(l) >= leafRingClaims
		if e.known.has(leaf(l)) == fromLinks {
			t.Errorf("%s: known %v in a full event", variables[l].Path, !fromLinks)
		}
	}
	e.fill(nil, new(claim.Event))
	for l := range variables {
		if e.known.has(leaf(l)) != (variables[l].Path == "revision") {
			t.Errorf("%s: known %v in an empty event", variables[l].Path, e.known.has(leaf(l)))
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
		{claim.Token{Path: "parties[0].nationalIds[0].number", Role: claim.ThirdParty},
			"third-party.nationalIds.number"},
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
