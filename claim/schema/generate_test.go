package schema

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
	"tallystick/claim/fields"
)

var update = flag.Bool("update", false, "write the schemas and the reference page again")

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range o {
		if err := enc.WriteToken(jsontext.String(m.name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, m.value); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// source is what the Go source says beside the types.
type source struct {
	types  map[string]string   // doc comment
	fields map[string]string   // Type.Field: comment
	consts map[string][]string // type: values of its constants
}

func readSource(t *testing.T) *source {
	t.Helper()
	s := &source{make(map[string]string), make(map[string]string), make(map[string][]string)}
	for _, name := range []string{"event.go", "entry.go", "money.go", "when.go", "public.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), "../"+name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if g, ok := decl.(*ast.GenDecl); ok {
				s.declaration(g)
			}
		}
	}
	return s
}

func (s *source) declaration(g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.types[spec.Name.Name] = oneLine(g.Doc.Text())
			structure, ok := spec.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, f := range structure.Fields.List {
				for _, name := range f.Names {
					s.fields[spec.Name.Name+"."+name.Name] = oneLine(f.Comment.Text())
				}
			}
		case *ast.ValueSpec:
			name, ok := spec.Type.(*ast.Ident)
			if !ok {
				continue
			}
			for _, v := range spec.Values {
				if literal, ok := v.(*ast.BasicLit); ok {
					s.consts[name.Name] = append(s.consts[name.Name], strings.Trim(literal.Value, `"`))
				}
			}
		}
	}
}

var links = regexp.MustCompile(`\[([A-Za-z.]+)\]`)

func oneLine(text string) string {
	return links.ReplaceAllString(strings.Join(strings.Fields(text), " "), "$1")
}

// met is a struct and where the event has it first.
type met struct {
	reflect.Type
	path string
}

// generator turns Go types and what the registry says of their fields into definitions, in the order in which they are
// met.
type generator struct {
	*source
	output bool // what we write has no limits of length
	defs   object
	met    []met // structs, for the reference page
}

// closed are the types of what we write whose constants are all there is.
var closed = []string{"Outcome", "Action"}

// orNull lets a value be left out as null, which is what the event's schema takes for absent.
func (g *generator) orNull(kind string) any {
	if g.output {
		return kind
	}
	return []string{kind, "null"}
}

func (g *generator) property(owner reflect.Type, f reflect.StructField, path string, required bool) object {
	o := g.schemaOf(f.Type, path)
	if required && !g.output {
		o[0].value = o[0].value.([]string)[0]
	}
	if text := g.meaning(owner, f, path); text != "" {
		o = append(object{{"description", text}}, o...)
	}
	return o
}

// meaning is what the registry says of a path, or, of what holds others, the comment in the Go source.
func (g *generator) meaning(owner reflect.Type, f reflect.StructField, path string) string {
	if r := fields.ByPath(path); r != nil && r.Type != fields.TypeToken && !g.output {
		return r.Doc
	}
	return g.fields[owner.Name()+"."+f.Name]
}

func (g *generator) schemaOf(t reflect.Type, path string) object {
	leaf := fields.ByPath(path)
	switch {
	case t.Kind() == reflect.Pointer:
		return g.schemaOf(t.Elem(), path)
	case t == reflect.TypeFor[time.Time]():
		return object{{"type", "string"}, {"format", "date-time"}}
	case t.Kind() == reflect.Slice && g.output:
		return object{{"type", "array"}, {"items", g.schemaOf(t.Elem(), path+"[]")}}
	case t.Kind() == reflect.Slice:
		items := g.schemaOf(t.Elem(), path+"[]")
		if path == "parties" { // only the claimant has no role
			items = append(items, member{"type", "object"}, member{"required", []string{"role"}},
				member{"properties", object{{"role", object{{"type", "string"}, {"minLength", 1}}}}})
		}
		return object{{"type", g.orNull("array")}, {"items", items}, {"maxItems", fields.MaxList}}
	case t.Kind() == reflect.Map:
		return object{{"type", g.orNull("object")}, {"propertyNames", object{{"pattern", "^[a-z][A-Za-z0-9]{0,63}$"}}},
			{"additionalProperties", append(g.schemaOf(t.Elem(), path+".*"), member{"type", "object"})},
			{"maxProperties", fields.MaxList}}
	case t.Kind() == reflect.Struct:
		return g.ref(t, path)
	case t.Kind() == reflect.Bool:
		return object{{"type", g.orNull("boolean")}}
	case t.Kind() == reflect.Int && path == "v":
		return object{{"const", claim.PublicVersion}}
	case t.Kind() == reflect.Float64 && path == "score":
		return object{{"type", "number"}, {"minimum", 0}, {"maximum", 1}}
	case t.Kind() == reflect.Int:
		return object{{"type", g.orNull("integer")}, {"minimum", leaf.Form.Least}, {"maximum", leaf.Form.Most}}
	case t.Kind() == reflect.Float64:
		return object{{"type", g.orNull("number")}, {"minimum", leaf.Form.Least}, {"maximum", leaf.Form.Most}}
	case t.Kind() == reflect.String:
		return g.text(t, leaf)
	}
	panic("no schema for " + t.String())
}

func (g *generator) text(t reflect.Type, leaf *fields.Field) object {
	o := object{{"type", g.orNull("string")}}
	if values := g.consts[t.Name()]; slices.Contains(closed, t.Name()) {
		return object{{"enum", values}}
	} else if leaf == nil {
		return o // of what we write
	}
	form := leaf.Form
	switch {
	case form.Words != nil && form.Strict && form.Required:
		return append(o, member{"enum", form.Words})
	case form.Words != nil && form.Strict:
		all := []any{"", nil}
		for _, w := range form.Words {
			all = append(all, w)
		}
		return append(o, member{"enum", all})
	case form.Pattern != "" && form.Required:
		return append(o, member{"minLength", 1}, member{"maxLength", form.Longest()}, member{"pattern", form.Pattern})
	case form.Pattern != "":
		return append(o, member{"pattern", "^$|" + form.Pattern})
	}
	o = append(o, member{"maxLength", form.Longest()})
	if examples := form.Examples(); examples != nil {
		o = append(o, member{"examples", examples})
	}
	return o
}

func (g *generator) ref(t reflect.Type, path string) object {
	ref := object{{"$ref", "#/$defs/" + t.Name()}}
	if slices.ContainsFunc(g.defs, func(m member) bool { return m.name == t.Name() }) {
		return ref
	}
	at := len(g.defs)
	g.defs = append(g.defs, member{t.Name(), nil}) // so that the order is that of meeting
	def := object{{"description", g.source.types[t.Name()]}}
	switch t {
	case reflect.TypeFor[claim.When]():
		def = append(def, member{"type", g.orNull("string")}, member{"pattern", fields.WhenPattern})
	case reflect.TypeFor[claim.Money]():
		def = append(def, member{"type", g.orNull("object")}, member{"properties", object{
			{"amount", object{{"type", "string"}, {"pattern", fields.AmountPattern}}},
			{"currency", object{{"description", "ISO 4217"}, {"type", "string"}, {"enum", claim.Currencies()}}}}},
			member{"required", []string{"amount", "currency"}})
	default:
		def = append(def, g.structure(t, path)...)
	}
	g.defs[at].value = def
	return ref
}

func (g *generator) structure(t reflect.Type, path string) object {
	g.met = append(g.met, met{t, path})
	var properties object
	var required []string
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		needed := !strings.Contains(options, "omitzero")
		properties = append(properties, member{name, g.property(t, f, strings.TrimPrefix(path+"."+name, "."), needed)})
		if needed {
			required = append(required, name)
		}
	}
	o := object{{"type", "object"}, {"properties", properties}}
	if path != "" {
		o[0].value = g.orNull("object")
	}
	if required != nil {
		o = append(o, member{"required", required})
	}
	if t == reflect.TypeFor[claim.Attribute]() {
		o = append(o, member{"oneOf", exactlyOne(t)})
	}
	return o
}

// exactlyOne says that one member has a value that is not null, and no other.
func exactlyOne(t reflect.Type) (all []object) {
	kinds := map[string]string{"number": "number", "flag": "boolean", "money": "object"}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		value := object{{"type", cmp.Or(kinds[name], "string")}}
		if name == "text" {
			value = append(value, member{"minLength", 1})
		}
		all = append(all, object{{"required", []string{name}}, {"properties", object{{name, value}}}})
	}
	return all
}

// schemaFile writes the schema of a type and returns the structs that it met.
func schemaFile(t *testing.T, src *source, root reflect.Type, title string) ([]byte, *generator) {
	t.Helper()
	g := &generator{source: src, output: root != reflect.TypeFor[claim.Event]()}
	body := g.structure(root, "")
	file := object{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"$id", "urn:tallystick:" + title},
		{"title", title}, {"description", src.types[root.Name()]}}
	file = append(append(file, body...), member{"$defs", g.defs})
	if g.defs == nil {
		file = file[:len(file)-1]
	}
	data, err := json.Marshal(file, jsontext.WithIndent("  "))
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n'), g
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the Go types say; run go test ./claim/schema -update", name)
	}
}

func TestSchemasAreTheTypes(t *testing.T) {
	src := readSource(t)
	data, g := schemaFile(t, src, reflect.TypeFor[claim.Event](), "claim-event")
	golden(t, "claim-event.schema.json", data)
	golden(t, "../../docs/claim-event.md", reference(src, g))
	data, _ = schemaFile(t, src, reflect.TypeFor[claim.PublicDecision](), "decision")
	golden(t, "decision.schema.json", data)
}

// reference writes the page for people.
func reference(src *source, g *generator) []byte {
	var b bytes.Buffer
	b.WriteString(referenceHead)
	for _, t := range g.met {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| field | type | meaning |\n|---|---|---|\n", t.Name(), src.types[t.Name()])
		for f := range t.Fields() {
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			path := strings.TrimPrefix(t.path+"."+name, ".")
			kind, text := typeName(f.Type), g.meaning(t.Type, f, path)
			if r := fields.ByPath(path); r != nil && r.Form != nil {
				text = r.Meaning()
			}
			if !strings.Contains(options, "omitzero") {
				kind += ", required"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, kind, text)
		}
	}
	return b.Bytes()
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "list of " + typeName(t.Elem())
	case reflect.Map:
		return "names to " + typeName(t.Elem())
	case reflect.Struct:
		switch t.Name() {
		case "When", "Money":
			return "[" + strings.ToLower(t.Name()) + "](#" + map[string]string{"When": "times",
				"Money": "money"}[t.Name()] + ")"
		}
		return "[" + t.Name() + "](#" + strings.ToLower(t.Name()) + ")"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "whole number"
	case reflect.Float64:
		return "number"
	default:
		return "text"
	}
}
