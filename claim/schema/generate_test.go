package schema

import (
	"bytes"
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
)

var update = flag.Bool("update", false, "write the schemas and the reference page again")

const (
	whenForm = `^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-]((0[0-9]|1[0-7]):[0-5][0-9]|18:00)))?)?)?$`
	// Below zero is refused as negative-money, so the schema has no minus.
	amountForm = `^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$`
)

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

// generator turns Go types into definitions, in the order in which they are met.
type generator struct {
	*source
	output bool // what we write has no limits of length
	defs   object
	met    []reflect.Type // structs, for the reference page
}

// closed are the types whose constants are all there is; of the others they are examples.
var closed = []string{"Line", "Stage", "Outcome", "Action"}

func (g *generator) property(owner reflect.Type, f reflect.StructField, name string) object {
	o := g.schemaOf(f.Type, name)
	if text := g.fields[owner.Name()+"."+f.Name]; text != "" {
		o = append(object{{"description", text}}, o...)
	}
	return o
}

func (g *generator) schemaOf(t reflect.Type, name string) object {
	switch {
	case t.Kind() == reflect.Pointer:
		return g.schemaOf(t.Elem(), name)
	case t == reflect.TypeFor[time.Time]():
		return object{{"type", "string"}, {"format", "date-time"}}
	case t.Kind() == reflect.Slice:
		list := object{{"type", "array"}, {"items", g.schemaOf(t.Elem(), "")}}
		if g.output {
			return list
		}
		return append(list, member{"maxItems", 1000})
	case t.Kind() == reflect.Map:
		return object{{"type", "object"}, {"propertyNames", object{{"pattern", "^[a-z][A-Za-z0-9]{0,63}$"}}}, {"additionalProperties", g.schemaOf(t.Elem(), "")}, {"maxProperties", 1000}}
	case t.Kind() == reflect.Struct:
		return g.ref(t)
	case t.Kind() == reflect.Bool:
		return object{{"type", "boolean"}}
	case t.Kind() == reflect.Int:
		return append(object{{"type", "integer"}}, bounds(name)...)
	case t.Kind() == reflect.Float64:
		return append(object{{"type", "number"}}, bounds(name)...)
	case t.Kind() == reflect.String:
		return g.text(t, name)
	}
	panic("no schema for " + t.String())
}

// bounds are the limits of the number of the given name.
func bounds(name string) object {
	switch name {
	case "v":
		return object{{"const", claim.PublicVersion}}
	case "revision":
		return object{{"minimum", 1}, {"maximum", 1_000_000}}
	case "year":
		return object{{"minimum", 1885}}
	case "latitude":
		return object{{"minimum", -90}, {"maximum", 90}}
	case "longitude":
		return object{{"minimum", -180}, {"maximum", 180}}
	case "score":
		return object{{"minimum", 0}, {"maximum", 1}}
	case "number": // of an attribute
		return nil
	default:
		return object{{"minimum", 0}}
	}
}

func (g *generator) text(t reflect.Type, name string) object {
	if values := g.consts[t.Name()]; t.Name() != "string" && values != nil {
		if slices.Contains(closed, t.Name()) {
			return object{{"enum", values}}
		}
		return object{{"type", "string"}, {"minLength", 1}, {"maxLength", 1024}, {"examples", values}}
	}
	hash := func(n int) object { return object{{"type", "string"}, {"pattern", fmt.Sprintf("^[0-9a-f]{%d}$", n)}} }
	switch name {
	case "country":
		return object{{"type", "string"}, {"pattern", "^[A-Z]{2}$"}}
	case "sha256", "termsDigest":
		return hash(64)
	case "perceptualHash":
		return hash(16)
	case "insurer":
		return object{{"type", "string"}, {"minLength", 1}, {"maxLength", 64}, {"pattern", `^[a-z0-9_-]+$`}}
	case "claim":
		return object{{"type", "string"}, {"minLength", 1}, {"maxLength", 128}, {"pattern", `^[^\x00-\x1f\x7f-\x9f]+$`}}
	case "narrative":
		return object{{"type", "string"}, {"maxLength", 65536}}
	}
	if g.output {
		return object{{"type", "string"}}
	}
	return object{{"type", "string"}, {"maxLength", 1024}}
}

func (g *generator) ref(t reflect.Type) object {
	ref := object{{"$ref", "#/$defs/" + t.Name()}}
	if slices.ContainsFunc(g.defs, func(m member) bool { return m.name == t.Name() }) {
		return ref
	}
	at := len(g.defs)
	g.defs = append(g.defs, member{t.Name(), nil}) // so that the order is that of meeting
	def := object{{"description", g.source.types[t.Name()]}}
	switch t {
	case reflect.TypeFor[claim.When]():
		def = append(def, member{"type", "string"}, member{"pattern", whenForm})
	case reflect.TypeFor[claim.Money]():
		def = append(def, member{"type", "object"}, member{"properties", object{
			{"amount", object{{"type", "string"}, {"pattern", amountForm}}},
			{"currency", object{{"description", "ISO 4217"}, {"type", "string"}, {"pattern", "^[A-Z]{3}$"}}}}}, member{"required", []string{"amount", "currency"}})
	default:
		def = append(def, g.structure(t)...)
	}
	g.defs[at].value = def
	return ref
}

func (g *generator) structure(t reflect.Type) object {
	g.met = append(g.met, t)
	var properties object
	var required []string
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		properties = append(properties, member{name, g.property(t, f, name)})
		if !strings.Contains(options, "omitzero") {
			required = append(required, name)
		}
	}
	o := object{{"type", "object"}, {"properties", properties}}
	if required != nil {
		o = append(o, member{"required", required})
	}
	if t == reflect.TypeFor[claim.Attribute]() {
		o = append(o, member{"minProperties", 1}, member{"maxProperties", 1})
	}
	return o
}

// schemaFile writes the schema of a type and returns the structs that it met.
func schemaFile(t *testing.T, src *source, root reflect.Type, title string) ([]byte, *generator) {
	t.Helper()
	g := &generator{source: src, output: root != reflect.TypeFor[claim.Event]()}
	body := g.structure(root)
	file := object{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"$id", "urn:tallystick:" + title}, {"title", title}, {"description", src.types[root.Name()]}}
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
			kind := typeName(f.Type)
			text := src.fields[t.Name()+"."+f.Name]
			if values := src.consts[f.Type.Name()]; f.Type.Name() != "string" && values != nil {
				more := "one of "
				if !slices.Contains(closed, f.Type.Name()) {
					more = "such as "
				}
				text = strings.TrimPrefix(text+"; "+more+strings.Join(values, ", "), "; ")
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
			return "[" + strings.ToLower(t.Name()) + "](#" + map[string]string{"When": "times", "Money": "money"}[t.Name()] + ")"
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
