package fields

import "strings"

// Number names a field for good: it stands in journal entries, and one that was given is never given again. Numbers
// below First belong to the entry itself.
type Number uint16

// First is the lowest number of a field of the event.
const First Number = 32

// Type is what a field holds.
type Type uint8

// The types of fields. A group and money are objects whose members are committed to together; a token is the place at
// which a token made of several fields stands.
const (
	TypeText     Type = iota // a JSON string
	TypeWhen                 // a string that is a claim.When
	TypeAmount               // a string of digits: the amount of a claim.Money
	TypeCurrency             // a string: ISO 4217
	TypeNumber               // a JSON number
	TypeInteger              // a JSON number without fraction
	TypeFlag                 // true or false
	TypeMoney                // the object of an amount and a currency
	TypeGroup                // an element of a list whose members belong together
	TypeToken                // nothing but a token
)

// Takes reports whether values of the type are JSON values of a kind, named by its first character: " t f 0 { or [.
func (t Type) Takes(kind byte) bool {
	switch t {
	case TypeNumber, TypeInteger:
		return kind == '0'
	case TypeFlag:
		return kind == 't' || kind == 'f'
	default:
		return kind == '"' && t < TypeMoney
	}
}

func (t Type) String() string {
	switch t {
	case TypeNumber:
		return "a number"
	case TypeInteger:
		return "a whole number"
	case TypeFlag:
		return "true or false"
	case TypeMoney, TypeGroup:
		return "an object"
	default:
		return "a string"
	}
}

// Class says what a field tells about a person.
type Class uint8

// The classes of a field.
const (
	Direct    Class = iota // names one person by itself
	Quasi                  // narrows down who it is, together with others
	Sensitive              // what is nobody's business
	FreeText               // may hold anything
	Open                   // tells of the claim, not of a person
)

var classNames = [...]string{Direct: "direct", Quasi: "quasi", Sensitive: "sensitive", FreeText: "text", Open: "open"}

func (c Class) String() string { return classNames[c] }

// ParseClass returns the class of a name.
func ParseClass(name string) (Class, bool) {
	for c, n := range classNames {
		if n == name {
			return Class(c), true
		}
	}
	return 0, false
}

// Field is one entry of the registry.
type Field struct {
	Number  Number
	Path    string // pattern: [] stands for an index, * for the name of an attribute
	Type    Type
	Class   Class
	Form    *Form  // of what has values, else nil
	Doc     string // for people, may be empty
	Group   Number // the group or money it is a member of, 0 if none
	Derived bool   // not in the event: a coarser value that the field policy puts beside a sealed one
}

// Depth is how many indexes a value of the field has: 0, 1 or 2.
func (f *Field) Depth() int { return strings.Count(f.Path, "[]") }

// Named reports whether a value of the field lies under the name of an attribute.
func (f *Field) Named() bool { return strings.Contains(f.Path, "*") }

// Leaf reports whether events hold values of the field.
func (f *Field) Leaf() bool { return f.Type < TypeMoney && !f.Derived }

// Name is the last name of the path.
func (f *Field) Name() string { return f.Path[strings.LastIndexByte(f.Path, '.')+1:] }

// Meaning is what the field is, with the words, form or unit that its values have.
func (f *Field) Meaning() string {
	more := ""
	switch form := f.Form; {
	case form == nil:
	case form.Words != nil:
		more = "one of " + strings.Join(form.Words, ", ")
	case form.Such != nil:
		more = "such as " + strings.Join(form.Such, ", ")
	case form.Pattern != "" && f.Type == TypeText, form.Hint != "" && f.Type == TypeInteger:
		more = form.Hint
	case form.Unit != "":
		more = form.Unit
	}
	if f.Doc == "" || more == "" {
		return f.Doc + more
	}
	return f.Doc + "; " + more
}

// Coarser returns the derived field that stands for this one, nil if there is none.
func (f *Field) Coarser() *Field {
	for i := range table {
		d := &table[i]
		if d.Derived && strings.TrimSuffix(d.Path, d.Name())+d.Form.From == f.Path {
			return d
		}
	}
	return nil
}

// All returns every field, ascending by number. The slice must not be changed.
func All() []Field { return table }

// Of returns the field of a number, nil if there is none.
func Of(n Number) *Field {
	if n < First || int(n-First) >= len(byNumber) {
		return nil
	}
	return byNumber[n-First]
}

// ByPath returns the field of a pattern, nil if there is none. An attribute may be written with its name.
func ByPath(pattern string) *Field {
	if f := byPath[pattern]; f != nil {
		return f
	}
	rest, ok := strings.CutPrefix(pattern, "attributes.")
	if !ok {
		return nil
	}
	if dot := strings.IndexByte(rest, '.'); dot > 0 {
		return byPath["attributes.*"+rest[dot:]]
	}
	return nil
}

// entry is how a field is written down.
type entry struct {
	number Number
	path   string
	typ    Type
	class  Class
	form   *Form
	doc    string
}

func made(entries []entry) []Field {
	out := make([]Field, len(entries))
	groups := map[string]Number{} // by path
	for i, e := range entries {
		f := Field{Number: e.number, Path: e.path, Type: e.typ, Class: e.class, Form: finished(e.form), Doc: e.doc}
		f.Derived = e.form != nil && e.form.From != ""
		for path, n := range groups {
			if rest, ok := strings.CutPrefix(f.Path, path); ok && rest[0] == '.' && f.Type < TypeMoney {
				f.Group = n
			}
		}
		if f.Type == TypeMoney || f.Type == TypeGroup {
			groups[f.Path] = f.Number
		}
		out[i] = f
	}
	return out
}

// byNumber and byPath are the table's indexes, made once before anything else runs.
var byNumber, byPath = func() ([]*Field, map[string]*Field) {
	last := table[len(table)-1].Number
	numbers, paths := make([]*Field, last-First+1), make(map[string]*Field, len(table))
	for i := range table {
		f := &table[i]
		numbers[f.Number-First], paths[f.Path] = f, f
	}
	return numbers, paths
}()
