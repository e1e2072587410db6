package feature

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tallystick/claim"
	"tallystick/detectors/party"
)

// registry is every feature that does not depend on a feed, by name.
var registry = func() map[string]Feature {
	m := make(map[string]Feature, len(ofClaim)+len(ofParties))
	for _, f := range slices.Concat(ofClaim, ofParties) {
		m[f.Name] = f
	}
	return m
}()

// Registered returns the features that do not depend on a feed, in the order of the documentation.
func Registered() []Feature { return slices.Concat(ofClaim, ofParties) }

// Lookup returns the feature of a name, also one of an attribute, whose kind is not known before a claim is read.
func Lookup(name string) (Feature, error) {
	if f, ok := registry[name]; ok {
		return f, nil
	}
	inner := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(name, attributePrefix), ".days"), ".weeks")
	if !strings.HasPrefix(name, attributePrefix) || !claim.ValidAttributeName(inner) {
		return Feature{}, fmt.Errorf("no feature has the name %q", name)
	}
	return attribute(name), nil
}

// Extractor reads a chosen list of features from claims.
type Extractor struct{ features []Feature }

// Compile returns an extractor of the named features, in this order. An unknown name is an error: a model of another
// schema must not score claims.
func Compile(names []string) (*Extractor, error) {
	x := &Extractor{features: make([]Feature, len(names))}
	for i, name := range names {
		f, err := Lookup(name)
		if err != nil {
			return nil, err
		}
		x.features[i] = f
	}
	return x, nil
}

// Extract sets dst, which must have the length of the list, to the values of a claim. Event holds the open fields
// alone; known is what the memory of parties said before the claim was recorded in it.
func (x *Extractor) Extract(event *claim.Event, known *party.Known, dst []Value) {
	r := reading{event, known}
	for i := range x.features {
		dst[i] = x.features[i].get(&r)
	}
}

// Attributes returns the names and kinds of the features that the attributes of an event are, added to found. An
// attribute that comes in two kinds is a category.
func Attributes(event *claim.Event, found map[string]Kind) {
	for name := range maps.Keys(event.Attributes) {
		a := event.Attributes[name]
		if !a.When.IsZero() {
			found[attributePrefix+name+".days"] = Number
			continue
		}
		if _, is := monthOf(a.Text); is && strings.HasSuffix(name, monthEnd) {
			found[attributePrefix+name+".weeks"] = Number
		}
		_, kind := ofAttribute(&a)
		if before, ok := found[attributePrefix+name]; ok && before != kind {
			kind = Category
		}
		found[attributePrefix+name] = kind
	}
}
