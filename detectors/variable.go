package detectors

import (
	"reflect"
	"slices"
	"strings"

	"tallystick/claim"
	"tallystick/claim/fields"
)

// Variable is a value of the claim that expressions can name.
type Variable struct {
	Path string // as written in an expression
	Doc  string
	Type string // as the documentation shows it
	Key  bool   // whether it can be part of a key
}

// Variables lists what expressions can name, in the order of the documentation. A variable that a claim does not have
// makes every condition that names it unknown.
func Variables() []Variable {
	out := make([]Variable, len(variables))
	for l := range variables {
		out[l] = variables[l].Variable
	}
	return out
}

// leaf numbers a variable. Its bit in environment.known says whether the claim has it.
type leaf uint8

// maxLeaves bounds the variables: known has so many bits.
const maxLeaves = 128

// known is a set of leaves.
type known [maxLeaves / 64]uint64

func (k *known) add(l leaf)           { k[l>>6] |= 1 << (l & 63) }
func (k *known) has(l leaf) bool      { return k[l>>6]&(1<<(l&63)) != 0 }
func (k *known) covers(n *known) bool { return k[0]&n[0] == n[0] && k[1]&n[1] == n[1] }
func (k *known) within(n *known) bool { return n.covers(k) }
func (k *known) meets(n *known) bool  { return k[0]&n[0] != 0 || k[1]&n[1] != 0 }

func (k *known) union(n *known) known { return known{k[0] | n[0], k[1] | n[1]} }

// variable is a field of the environment.
type variable struct {
	Variable
	at     []int // index in the environment
	from   []int // in the event, or in the party of the role; nil for what is worked out
	source reflect.Type
	role   claim.Role
}

// variables are the fields of the environment in their order.
var variables = func() (all []variable) {
	collectVariables(reflect.TypeFor[environment](), "", nil, &all)
	return all
}()

func collectVariables(t reflect.Type, prefix string, index []int, to *[]variable) {
	for f := range t.Fields() {
		tag, at := f.Tag.Get("expr"), append(slices.Clip(index), f.Index...)
		switch {
		case tag == "":
			continue
		case f.Type.Kind() == reflect.Struct:
			collectVariables(f.Type, prefix+tag+".", at, to)
			continue
		}
		v := variable{at: at}
		v.Path, v.Type, v.Key = prefix+tag, typeName(f.Type), f.Tag.Get("key") != ""
		v.find()
		*to = append(*to, v)
	}
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return t.Elem().Name()
	case reflect.Slice:
		return "list of " + t.Elem().Name()
	}
	return t.Name()
}

// find finds what the variable is copied from, and its meaning.
func (v *variable) find() {
	if v.Doc = derived[v.Path]; v.Doc != "" {
		return
	}
	first, rest, _ := strings.Cut(v.Path, ".")
	if f := fields.ByPath(v.Path); f != nil {
		v.Doc = f.Meaning()
		v.from, v.source = member(reflect.TypeFor[claim.Event](), v.Path)
	} else if f := fields.ByPath(fields.Parties + "[]." + rest); f != nil {
		v.Doc, v.role = f.Meaning()+"; of the first "+first, claim.Role(first)
		v.from, v.source = member(reflect.TypeFor[claim.Party](), rest)
	}
}

// member returns where in a type of the event a path leads.
func member(t reflect.Type, path string) (index []int, typ reflect.Type) {
	name, rest, more := strings.Cut(path, ".")
	for f := range t.Fields() {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != name {
			continue
		}
		if !more {
			return f.Index, f.Type
		}
		index, typ = member(f.Type, rest)
		return append(slices.Clip(f.Index), index...), typ
	}
	return nil, nil
}

// bound are pointers to the variables of one environment and of the event that it was filled from last, which is the
// same from claim to claim: a worker has one.
type bound struct {
	own   []any // by leaf
	event *claim.Event
	from  []any // of copied
}

// bind finds the variables again where the event is another.
func (b *bound) bind(e *environment, ev *claim.Event) {
	if b.own == nil {
		at := reflect.ValueOf(e).Elem()
		for l := range variables {
			b.own = append(b.own, at.FieldByIndex(variables[l].at).Addr().Interface())
		}
	}
	if b.event == ev {
		return
	}
	b.event, b.from = ev, b.from[:0]
	at := reflect.ValueOf(ev).Elem()
	for _, l := range copied {
		b.from = append(b.from, variables[l].in(at))
	}
}

// in returns a pointer to what the variable is copied from.
func (v *variable) in(at reflect.Value) any {
	at = at.FieldByIndex(v.from).Addr()
	if at.Elem().Kind() == reflect.String {
		at = at.Convert(reflect.TypeFor[*string]()) // of the types made of string
	}
	return at.Interface()
}

// take copies a variable, unless it is known or the claim lacks it.
func (e *environment) take(l leaf, from any) {
	if !e.known.has(l) && copyTo(e.bound.own[l], from) {
		e.known.add(l)
	}
}

func copyTo(to, from any) bool {
	switch from := from.(type) {
	case *string:
		*to.(*string) = *from
		return *from != ""
	case *claim.When:
		if from.IsZero() {
			return false
		}
		*to.(**claim.When) = from
	case *claim.Money:
		if from.IsZero() {
			return false
		}
		*to.(**claim.Money) = from
	case *int:
		*to.(*int) = *from
	case **int:
		return scalar(to.(*int), *from)
	case **float64:
		return scalar(to.(*float64), *from)
	case **bool:
		return scalar(to.(*bool), *from)
	}
	return true
}

func scalar[T any](to, from *T) bool {
	if from == nil {
		return false
	}
	*to = *from
	return true
}

// copied are the variables of the event itself, and of parties by role.
var copied, copiedOf = func() (own []leaf, of map[claim.Role][]leaf) {
	of = map[claim.Role][]leaf{}
	for l := range variables {
		switch v := &variables[l]; {
		case v.source == nil:
		case v.role != "":
			of[v.role] = append(of[v.role], leaf(l))
		default:
			own = append(own, leaf(l))
		}
	}
	return own, of
}()

var leafByPath = func() map[string]leaf {
	m := make(map[string]leaf, len(variables))
	for l := range variables {
		m[variables[l].Path] = leaf(l)
	}
	return m
}()

// when returns a time by its number, absent when the claim lacks it.
func (e *environment) when(l leaf) claim.When {
	if w, ok := e.bound.own[l].(**claim.When); ok && *w != nil {
		return **w
	}
	return claim.When{}
}

// moneyAt returns an amount by its number, absent when the claim lacks it.
func (e *environment) moneyAt(l leaf) claim.Money {
	if m, ok := e.bound.own[l].(**claim.Money); ok && *m != nil {
		return **m
	}
	return claim.Money{}
}

// keyedValue is a value that can be part of a key: one of its fields is set.
type keyedValue struct {
	text  string
	texts []string
	money *claim.Money
	when  *claim.When
}

// keyed returns what of the environment can be part of a key.
func (e *environment) keyed(l leaf) (v keyedValue) {
	if !variables[l].Key {
		return v
	}
	switch at := e.bound.own[l].(type) {
	case *string:
		v.text = *at
	case *[]string:
		v.texts = *at
	case **claim.Money:
		v.money = *at
	case **claim.When:
		v.when = *at
	}
	return v
}

// keyable reports whether a variable can be part of a key, and whether it is a time.
func keyable(l leaf) (ok, isTime bool) { return variables[l].Key, variables[l].Type == "When" }
