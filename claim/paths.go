package claim

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
)

// node is a place in the event: what a path pattern may name next. Patterns write each list index as [] and each
// attribute name as *, so that they never carry what a producer wrote.
type node struct {
	pattern string
	names   map[string]*node // of an object
	element *node            // of a list
	any     *node            // of a map: attributes
	want    string           // the JSON type of a leaf
}

var tree = sync.OnceValue(func() *node { return grow(reflect.TypeFor[Event](), "") })

// Paths returns the patterns of all leaves of the event, sorted: parties[].phone, attributes.*.text and so on.
func Paths() []string {
	var paths []string
	tree().walk(func(n *node) {
		if n.want != "" {
			paths = append(paths, n.pattern)
		}
	})
	slices.Sort(paths)
	return paths
}

// KnownPath reports whether pattern names a leaf of the event or an object or list that holds leaves. An attribute may
// be written with its name: attributes.vehicleAge.text is the same as attributes.*.text.
func KnownPath(pattern string) bool {
	n := tree()
	for _, part := range strings.Split(pattern, ".") {
		name, lists := part, 0
		for strings.HasSuffix(name, "[]") {
			name, lists = strings.TrimSuffix(name, "[]"), lists+1
		}
		if n = n.step(name); n == nil {
			return false
		}
		for range lists {
			if n = n.element; n == nil {
				return false
			}
		}
	}
	return true
}

// PatternOf turns a JSON pointer into the pattern of the deepest place that the schema knows: /parties/2/phone gives
// parties[].phone. Names that the schema does not know are left out, since they are the producer's words.
func PatternOf(pointer string) string {
	n := tree()
	for _, name := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		next := n.step(name)
		if n.element != nil {
			next = n.element
		}
		if next == nil {
			break
		}
		n = next
	}
	return n.pattern
}

func (n *node) step(name string) *node {
	if n.any != nil {
		return n.any
	}
	return n.names[name]
}

func (n *node) walk(visit func(*node)) {
	visit(n)
	for _, child := range n.names {
		child.walk(visit)
	}
	if n.element != nil {
		n.element.walk(visit)
	}
	if n.any != nil {
		n.any.walk(visit)
	}
}

func grow(t reflect.Type, pattern string) *node {
	n := &node{pattern: pattern}
	switch {
	case t == reflect.TypeFor[When]():
		n.want = "string"
	case t == reflect.TypeFor[Money]():
		n.names = map[string]*node{
			"amount":   {pattern: pattern + ".amount", want: "string"},
			"currency": {pattern: pattern + ".currency", want: "string"},
		}
	case t.Kind() == reflect.Pointer:
		return grow(t.Elem(), pattern)
	case t.Kind() == reflect.Slice:
		n.element = grow(t.Elem(), pattern+"[]")
	case t.Kind() == reflect.Map:
		n.any = grow(t.Elem(), pattern+".*")
	case t.Kind() == reflect.Struct:
		n.names = make(map[string]*node)
		for field := range t.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			n.names[name] = grow(field.Type, strings.TrimPrefix(pattern+"."+name, "."))
		}
	case t.Kind() == reflect.String:
		n.want = "string"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Float64:
		n.want = "number"
	case t.Kind() == reflect.Bool:
		n.want = "boolean"
	default:
		panic(fmt.Sprintf("claim: an event field of kind %s", t.Kind())) // unreachable: a test walks the whole type
	}
	return n
}

// wanted names the JSON type that the Go type of a semantic error asks for.
func wanted(err *json.SemanticError) string {
	t := err.GoType
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == nil:
		return ""
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
		return "an object"
	case t.Kind() == reflect.Slice:
		return "a list"
	case t.Kind() == reflect.String:
		return "a string"
	case t.Kind() == reflect.Int:
		return "a whole number"
	case t.Kind() == reflect.Float64:
		return "a number"
	case t.Kind() == reflect.Bool:
		return "true or false"
	default:
		return ""
	}
}
