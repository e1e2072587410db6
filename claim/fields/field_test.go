package fields_test

import (
	"testing"

	"tallystick/claim/fields"
)

func TestNumbersAndPathsNameOneField(t *testing.T) {
	paths, last := map[string]bool{}, fields.First-1
	for _, f := range fields.All() {
		if f.Number <= last {
			t.Errorf("%s has number %d after %d: numbers ascend", f.Path, f.Number, last)
		}
		last = f.Number
		if paths[f.Path] {
			t.Errorf("%s stands twice", f.Path)
		}
		paths[f.Path] = true
		if fields.Of(f.Number) == nil || fields.Of(f.Number).Path != f.Path || fields.ByPath(f.Path).Number != f.Number {
			t.Errorf("%s is not found by its number and path", f.Path)
		}
		if g := fields.Of(f.Group); f.Group != 0 && (g == nil || g.Type != fields.TypeGroup && g.Type != fields.TypeMoney) {
			t.Errorf("%s is in a group that is none", f.Path)
		}
	}
	if fields.Of(0) != nil || fields.Of(last+1) != nil || fields.ByPath("nothing") != nil {
		t.Error("a field that there is not was found")
	}
	if f := fields.ByPath("attributes.driverRating.number"); f == nil || f.Path != "attributes.*.number" {
		t.Errorf("an attribute with its name: %v", f)
	}
}
