package fields_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"tallystick/claim"
	"tallystick/claim/fields"
	"tallystick/privacy"
)

// TestANewFieldOwesNothing says what is still owed for a field that the registry has, or that the event has and the
// registry has not. Schema, docs, import targets, paths and limits are made of the registry and owe nothing.
func TestANewFieldOwesNothing(t *testing.T) {
	event := map[string]fields.Type{}
	leaves(t, "", reflect.TypeFor[claim.Event](), event)
	policy, err := privacy.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, f := range policy.Fields() {
		named[f.Path] = true
	}
	for _, f := range fields.All() {
		if !f.Leaf() {
			continue
		}
		typ, ok := event[f.Path]
		switch {
		case !ok:
			t.Errorf("%s: claim/event.go has no such field", f.Path)
		case typ != f.Type:
			t.Errorf("%s: is of type %d in claim/event.go and %d in the registry", f.Path, typ, f.Type)
		}
		if !named[f.Path] && !strings.HasPrefix(f.Path, "attributes.") {
			t.Errorf("%s: privacy/policy/default.yaml does not say what becomes of it", f.Path)
		}
		delete(event, f.Path)
	}
	for path := range event {
		t.Errorf("%s: the registry has no such field; the next number is %d", path,
			fields.All()[len(fields.All())-1].Number+1)
	}
	for typ, words := range map[string][]string{
		"line": {string(claim.LineMotor), string(claim.LineHealth), string(claim.LineProperty),
			string(claim.LineLife), string(claim.LineTravel), string(claim.LineDevice)},
		"stage": {string(claim.Notified), string(claim.Assessed), string(claim.Approved), string(claim.Paid),
			string(claim.Closed)},
		"parties[].role": {string(claim.Agent), string(claim.Handler), string(claim.Vendor), string(claim.Repairer),
			string(claim.Provider), string(claim.Driver), string(claim.Witness), string(claim.Attorney),
			string(claim.Insured), string(claim.ThirdParty)},
	} {
		if got := fields.ByPath(typ).Form.Examples(); !slices.Equal(got, words) {
			t.Errorf("%s: the registry has the words %v, claim/event.go %v", typ, got, words)
		}
	}
}

// leaves collects the values that a type of the event has.
func leaves(t *testing.T, path string, typ reflect.Type, into map[string]fields.Type) {
	t.Helper()
	switch {
	case typ == reflect.TypeFor[claim.When]():
		into[path] = fields.TypeWhen
	case typ == reflect.TypeFor[claim.Money]():
		into[path+".amount"], into[path+".currency"] = fields.TypeAmount, fields.TypeCurrency
	case typ.Kind() == reflect.Pointer:
		leaves(t, path, typ.Elem(), into)
	case typ.Kind() == reflect.Slice:
		leaves(t, path+"[]", typ.Elem(), into)
	case typ.Kind() == reflect.Map:
		leaves(t, path+".*", typ.Elem(), into)
	case typ.Kind() == reflect.Struct:
		for f := range typ.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" { // filled in for rules, of what the policy put beside sealed values
				continue
			}
			leaves(t, strings.TrimPrefix(path+"."+name, "."), f.Type, into)
		}
	case typ.Kind() == reflect.String:
		into[path] = fields.TypeText
	case typ.Kind() == reflect.Int:
		into[path] = fields.TypeInteger
	case typ.Kind() == reflect.Float64:
		into[path] = fields.TypeNumber
	case typ.Kind() == reflect.Bool:
		into[path] = fields.TypeFlag
	default:
		t.Fatalf("%s has a type of kind %s", path, typ.Kind())
	}
}
