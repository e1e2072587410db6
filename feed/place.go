package feed

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"tallystick/claim"
)

// step leads from a value of the event to one below it: a field, an element of a list, or an attribute.
type step struct {
	field int    // of a struct; -1 otherwise
	slot  int    // of a list; -1 otherwise
	name  string // of an attribute
}

// place is a path of a mapping, resolved against the event's type.
type place struct {
	steps []step
	leaf  reflect.Type
	list  bool // has a list on its way
}

// labels are what stands in the brackets of a path.
var labels = regexp.MustCompile(`\[[^\]]*\]`)

var segmentForm = regexp.MustCompile(`^([A-Za-z0-9]+)(?:\[([A-Za-z0-9-]+)\])?$`)

// plan resolves the paths of a mapping. Elements of a list are named by labels, as in parties[agent].name; they come
// out in the order in which the mapping first names them.
type plan struct {
	labels map[string][]string // of a list's path
}

// resolve returns the place of path, or what is wrong with it.
func (p *plan) resolve(path string) (place, string) {
	pl := place{leaf: reflect.TypeFor[claim.Event]()}
	done := ""
	for _, segment := range strings.Split(path, ".") {
		parts := segmentForm.FindStringSubmatch(segment)
		if parts == nil {
			return pl, "a path is names joined by full stops, with a label for each element of a list, such as parties[agent].name"
		}
		name, label := parts[1], parts[2]
		if pl.leaf.Kind() == reflect.Map {
			if !claim.ValidAttributeName(name) || label != "" {
				return pl, "an attribute's name is up to 64 letters and digits and begins with a small letter"
			}
			pl.steps = append(pl.steps, step{-1, -1, name})
			pl.leaf = pl.leaf.Elem()
			done += "." + name
			continue
		}
		field, ok := fieldNamed(pl.leaf, name)
		if !ok {
			return pl, "no such path; " + allowedBelow(pl.leaf, done)
		}
		pl.steps = append(pl.steps, step{field.Index[0], -1, ""})
		pl.leaf = field.Type
		done = strings.TrimPrefix(done+"."+name, ".")
		isList := pl.leaf.Kind() == reflect.Slice
		switch {
		case isList && label == "":
			return pl, done + " is a list; name its element, such as " + done + "[1]"
		case !isList && label != "":
			return pl, done + " is not a list"
		case isList:
			pl.steps = append(pl.steps, step{-1, p.slot(done, label), ""})
			pl.leaf, pl.list = pl.leaf.Elem(), true
			done += "[" + label + "]"
		}
	}
	for pl.leaf.Kind() == reflect.Pointer {
		pl.leaf = pl.leaf.Elem()
	}
	if k := pl.leaf.Kind(); k == reflect.Map || k == reflect.Struct && !isScalar(pl.leaf) {
		return pl, "this holds other paths; " + allowedBelow(pl.leaf, done)
	}
	return pl, ""
}

func (p *plan) slot(list, label string) int {
	if i := slices.Index(p.labels[list], label); i >= 0 {
		return i
	}
	p.labels[list] = append(p.labels[list], label)
	return len(p.labels[list]) - 1
}

func isScalar(t reflect.Type) bool {
	return t == reflect.TypeFor[claim.When]() || t == reflect.TypeFor[claim.Money]()
}

func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	if t.Kind() != reflect.Struct || isScalar(t) {
		return reflect.StructField{}, false
	}
	for field := range t.Fields() {
		if jsonName(field) == name {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// allowedBelow lists what a path may continue with.
func allowedBelow(t reflect.Type, done string) string {
	if done == "" {
		done = "the event"
	}
	if t.Kind() == reflect.Map {
		return done + " continues with a name of your own and text, number, flag, when or money"
	}
	if t.Kind() != reflect.Struct || isScalar(t) {
		return done + " is a value of its own"
	}
	var names []string
	for field := range t.Fields() {
		if name := jsonName(field); name != "-" {
			names = append(names, name)
		}
	}
	return done + " has " + strings.Join(names, ", ")
}

// set stores v at the place, making the elements and attributes on the way.
func (pl *place) set(e *claim.Event, v reflect.Value) {
	store(reflect.ValueOf(e).Elem(), pl.steps, v)
}

func store(at reflect.Value, steps []step, v reflect.Value) {
	if len(steps) == 0 {
		if at.Kind() == reflect.Pointer {
			at.Set(reflect.New(at.Type().Elem()))
			at = at.Elem()
		}
		at.Set(v.Convert(at.Type()))
		return
	}
	switch s := steps[0]; {
	case s.field >= 0:
		store(at.Field(s.field), steps[1:], v)
	case s.slot >= 0:
		for at.Len() <= s.slot {
			at.Set(reflect.Append(at, reflect.Zero(at.Type().Elem())))
		}
		store(at.Index(s.slot), steps[1:], v)
	default: // values of a map cannot be set in place
		if at.IsNil() {
			at.Set(reflect.MakeMap(at.Type()))
		}
		key := reflect.ValueOf(s.name)
		value := reflect.New(at.Type().Elem()).Elem()
		if was := at.MapIndex(key); was.IsValid() {
			value.Set(was)
		}
		store(value, steps[1:], v)
		at.SetMapIndex(key, value)
	}
}

// compactParties drops the parties that nothing was stored in, and lets the indices into them follow. An index of one
// that is dropped goes with it.
func compactParties(e *claim.Event) {
	places := make([]int, len(e.Parties))
	kept := e.Parties[:0]
	for i := range e.Parties {
		party := reflect.ValueOf(&e.Parties[i]).Elem()
		if compact(party); party.IsZero() {
			places[i] = -1
			continue
		}
		places[i], kept = len(kept), append(kept, e.Parties[i])
	}
	e.Parties = kept
	follow := func(index **int) {
		if *index == nil || **index < 0 || **index >= len(places) {
			return // what is wrong is said when the event is validated
		}
		if **index = places[**index]; **index < 0 {
			*index = nil
		}
	}
	for i := range e.Items {
		follow(&e.Items[i].Party)
	}
	for i := range e.Admissions {
		follow(&e.Admissions[i].Party)
	}
}

// compact drops the elements of lists that nothing was stored in.
func compact(at reflect.Value) {
	switch at.Kind() {
	case reflect.Struct:
		if isScalar(at.Type()) {
			return
		}
		for i := range at.NumField() {
			compact(at.Field(i))
		}
	case reflect.Slice:
		kept := 0
		for i := range at.Len() {
			compact(at.Index(i))
			if at.Index(i).IsZero() {
				continue
			}
			at.Index(kept).Set(at.Index(i))
			kept++
		}
		if kept == 0 {
			at.SetZero()
			return
		}
		at.SetLen(kept)
	}
}
