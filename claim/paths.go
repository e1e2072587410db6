package claim

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"

	"tallystick/claim/fields"
)

// places are the patterns of all leaves of the event and of the objects and lists that they are in. Patterns write each list
// index as [] and each attribute name as *, so that they never carry what a producer wrote.
var places = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{"": true}
	for i := range fields.All() {
		f := &fields.All()[i]
		if !f.Leaf() {
			continue
		}
		for end := range f.Path {
			if f.Path[end] == '.' || f.Path[end] == '[' {
				known[f.Path[:end]] = true
			} else if f.Path[end] == ']' {
				known[f.Path[:end+1]] = true
			}
		}
		known[f.Path] = true
	}
	return known
})

// Paths returns the patterns of all leaves of the event, sorted: parties[].phone, attributes.*.text and so on.
func Paths() []string {
	var paths []string
	for _, f := range fields.All() {
		if f.Leaf() {
			paths = append(paths, f.Path)
		}
	}
	slices.Sort(paths)
	return paths
}

// KnownPath reports whether pattern names a leaf of the event or an object or list that holds leaves. An attribute may
// be written with its name: attributes.vehicleAge.text is the same as attributes.*.text.
func KnownPath(pattern string) bool {
	if rest, ok := strings.CutPrefix(pattern, "attributes."); ok {
		_, member, below := strings.Cut(rest, ".")
		if pattern = "attributes.*"; below {
			pattern += "." + member
		}
	}
	return pattern != "" && places()[pattern]
}

// PatternOf turns a JSON pointer into the pattern of the deepest place that the schema knows: /parties/2/phone gives
// parties[].phone. Names that the schema does not know are left out, since they are the producer's words.
func PatternOf(pointer string) string {
	at := ""
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		next := strings.TrimPrefix(at+"."+name, ".")
		switch {
		case at == "attributes":
			next = "attributes.*"
		case places()[at+"[]"]:
			next = at + "[]"
		}
		if !places()[next] {
			break
		}
		at = next
	}
	return at
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
