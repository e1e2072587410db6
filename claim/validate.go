package claim

import (
	"cmp"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"tallystick/claim/fields"
)

// Limits bounds what is accepted beside what the registry says. A zero field means its default.
type Limits struct {
	Skew time.Duration // how far a past event may be ahead of the clock; default 10 minutes
}

// The limits of an event's text, for whoever reads it.
const (
	MaxBytes  = 1 << 20 // size; installs may set a lower one
	MaxDepth  = 32      // objects and lists in each other, unknown fields included; the schema itself needs five levels
	MaxValues = 4096    // single values, unknown fields included, and as many objects and lists
)

// east is how far the first time zone is ahead of UTC: a day begins there first.
const east = 14 * time.Hour

// Checker is the one judge of what an event may hold. Whoever reads an event, or has one, tells it every value and list, in
// any order, and asks in the end. It keeps nothing of the values. The zero value waits for Begin; it is not safe for
// concurrent use.
type Checker struct {
	latest time.Time // of a past event
	year   int

	required uint8 // a bit a required field that was seen
	parties  int
	roles    int
	index    int // the largest into parties, and
	indexAt  *fields.Field
}

// Begin forgets what was told.
func (c *Checker) Begin(now time.Time, limits Limits) {
	if limits.Skew == 0 {
		limits.Skew = 10 * time.Minute
	}
	*c = Checker{latest: now.Add(limits.Skew), year: now.Year(), index: -1}
}

// Value returns what is wrong with a value, nil if nothing is. The value of a string is its decoded text; kind is that of the
// field's type, of which the caller has made sure.
func (c *Checker) Value(f *fields.Field, value []byte) *Problem {
	if hint := f.Refuses(value); hint != "" {
		return refused(Invalid, f, hint)
	}
	switch f.Type {
	case fields.TypeText:
		if len(value) == 0 {
			return nil // an empty text is an absent one
		}
	case fields.TypeWhen:
		return c.when(f, value)
	case fields.TypeAmount:
		if _, ok := parseAmount(value); !ok {
			return refused(Invalid, f, errAmount.Hint)
		}
		if value[0] == '-' && strings.Trim(string(value), "-0.") != "" {
			return &Problem{Code: Negative, Path: strings.TrimSuffix(f.Path, ".amount"), Offset: -1, Hint: "money is not below zero"}
		}
	case fields.TypeCurrency:
		if !KnownCurrency(string(value)) {
			return refused(Invalid, f, f.Form.Hint)
		}
	case fields.TypeInteger:
		return c.integer(f, value)
	}
	c.note(f)
	return nil
}

// note remembers that a required field is there.
func (c *Checker) note(f *fields.Field) {
	if !f.Form.Required {
		return
	}
	if f.Depth() > 0 {
		c.roles++
		return
	}
	c.required |= 1 << (f.Number - fields.First)
}

func (c *Checker) when(f *fields.Field, value []byte) *Problem {
	var w When
	if !w.parse(value) {
		return refused(Invalid, f, errTime.Hint)
	}
	if !f.Form.Past {
		return nil
	}
	latest := c.latest
	if w.Precision() != Instant {
		latest = latest.Add(east)
	}
	if w.Time().After(latest) {
		return refused(Future, f, "has not happened yet")
	}
	return nil
}

func (c *Checker) integer(f *fields.Field, value []byte) *Problem {
	n, ok := Whole(value)
	switch {
	case !ok:
		return refused(WrongType, f, f.Type.String())
	case f.Form.Ahead > 0 && n > c.year+f.Form.Ahead:
		return refused(Invalid, f, f.Form.Hint)
	case f.Form.IndexOf != "" && n > c.index:
		c.index, c.indexAt = n, f
	}
	c.note(f)
	return nil
}

// Whole reads a JSON number that is a whole one, however it is written: 3, 3.0 and 0.3e1 are the same number.
func Whole(number []byte) (int, bool) {
	if n, ok := natural(number); ok {
		return n, true
	}
	if n, err := strconv.Atoi(string(number)); err == nil {
		return n, true
	}
	if n, err := strconv.ParseFloat(string(number), 64); err != nil || !(-fields.MaxNumber <= n && n <= fields.MaxNumber) {
		return 0, false
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(string(number)), "e")
	if strings.Trim(mantissa, "-0.") == "" {
		return 0, true
	}
	if e, err := strconv.Atoi(cmp.Or(exponent, "0")); err != nil || e < -100 || len(mantissa) > 100 {
		return 0, false // it has a fraction, or is written by nobody
	}
	exact, ok := new(big.Rat).SetString(string(number))
	if !ok || !exact.IsInt() {
		return 0, false
	}
	return int(exact.Num().Int64()), true
}

// List returns what is wrong with a list of n elements, or with n attributes.
func (c *Checker) List(pattern string, n int) *Problem {
	if pattern == fields.Parties {
		c.parties = n
	}
	if n > fields.MaxList {
		return &Problem{Code: Invalid, Path: pattern, Offset: -1, Hint: "too many"}
	}
	return nil
}

// Money returns what is wrong with money that has one of its halves or both.
func (c *Checker) Money(pattern string, amount, currency bool) *Problem {
	switch {
	case !amount:
		return &Problem{Code: Missing, Path: pattern + ".amount", Offset: -1, Hint: errHalf.Hint}
	case !currency:
		return &Problem{Code: Missing, Path: pattern + ".currency", Offset: -1, Hint: errCurrency.Hint}
	}
	return nil
}

// Attribute returns what is wrong with an attribute that has so many values.
func (c *Checker) Attribute(name string, values int) *Problem {
	switch {
	case !ValidAttributeName(name):
		return &Problem{Code: Invalid, Path: fields.Attribute, Offset: -1, Hint: HintAttribute}
	case values != 1:
		return &Problem{Code: Invalid, Path: fields.Attribute, Offset: -1, Hint: "exactly one of text, number, flag, when and money"}
	}
	return nil
}

// Done returns what is wrong with the event as a whole.
func (c *Checker) Done() *Problem {
	for i := range fields.All() {
		f := &fields.All()[i]
		if f.Form == nil || !f.Form.Required {
			break // they come first
		}
		if c.required&(1<<(f.Number-fields.First)) == 0 {
			return refused(Missing, f, "required")
		}
	}
	if c.roles < c.parties {
		return refused(Missing, fields.ByPath(fields.Role), fields.ByPath(fields.Role).Form.Hint)
	}
	if c.index >= c.parties && c.indexAt != nil {
		return refused(Invalid, c.indexAt, c.indexAt.Form.Hint)
	}
	return nil
}

func refused(code Code, f *fields.Field, hint string) *Problem {
	return &Problem{Code: code, Path: f.Path, Offset: -1, Hint: hint}
}

// Validate returns the first thing in e that the schema does not allow, or nil. It checks a whole event. What is odd but
// possible, such as a loss reported before it happened, is for the indicators, not an error.
func Validate(e *Event, now time.Time, limits Limits) *Problem {
	v := validator{text: make([]byte, 0, 64)}
	v.Begin(now, limits)
	if p := v.walk(shapeOfEvent(), reflect.ValueOf(e).Elem()); p != nil {
		return p
	}
	return v.Done()
}

// validator tells a Checker what an Event holds.
type validator struct {
	Checker
	text []byte
}

// shape is a Go type of the event with what the registry says of it.
type shape struct {
	pattern string
	leaf    *fields.Field
	members []*shape // of a struct, in its order
	element *shape   // of a list, pointer or map
}

var shapeOfEvent = sync.OnceValue(func() *shape { return shapeOf(reflect.TypeFor[Event](), "") })

func shapeOf(t reflect.Type, pattern string) *shape {
	s := &shape{pattern: pattern, leaf: fields.ByPath(pattern)}
	switch {
	case t == reflect.TypeFor[When]():
	case t == reflect.TypeFor[Money]():
		s.members = []*shape{{leaf: fields.ByPath(pattern + ".amount")}, {leaf: fields.ByPath(pattern + ".currency")}}
	case t.Kind() == reflect.Slice:
		s.element = shapeOf(t.Elem(), pattern+"[]")
	case t.Kind() == reflect.Map:
		s.element = shapeOf(t.Elem(), pattern+".*")
	case t.Kind() == reflect.Pointer:
		s.element = shapeOf(t.Elem(), pattern)
	case t.Kind() == reflect.Struct:
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" {
				s.members = append(s.members, nil)
				continue
			}
			s.members = append(s.members, shapeOf(f.Type, strings.TrimPrefix(pattern+"."+name, ".")))
		}
	}
	return s
}

func (v *validator) walk(s *shape, at reflect.Value) *Problem {
	if at.IsZero() {
		return nil // absent
	}
	switch value := at.Addr().Interface().(type) {
	case *When:
		return v.value(s, value.append(v.text[:0]))
	case *Money:
		if p := v.value(s.members[0], append(v.text[:0], value.Amount.StringFixed(value.Amount.PrecUint())...)); p != nil {
			return p
		}
		return v.value(s.members[1], append(v.text[:0], value.Currency...))
	case *map[string]Attribute:
		return v.attributes(s, *value)
	}
	switch at.Kind() {
	case reflect.Pointer:
		return v.leaf(s.element, at.Elem())
	case reflect.Slice:
		return v.list(s, at)
	case reflect.Struct:
		for i, m := range s.members {
			if m == nil { // derived
				continue
			}
			if p := v.walk(m, at.Field(i)); p != nil {
				return p
			}
		}
		return nil
	}
	return v.leaf(s, at)
}

func (v *validator) list(s *shape, at reflect.Value) *Problem {
	if p := v.List(s.pattern, at.Len()); p != nil {
		return p
	}
	for i := range at.Len() {
		if p := v.walk(s.element, at.Index(i)); p != nil {
			return p
		}
	}
	return nil
}

func (v *validator) attributes(s *shape, all map[string]Attribute) *Problem {
	if p := v.List(s.pattern, len(all)); p != nil {
		return p
	}
	for name, a := range all {
		value, set := reflect.ValueOf(&a).Elem(), 0
		for i := range value.NumField() {
			if !value.Field(i).IsZero() {
				set++
			}
		}
		if p := v.Attribute(name, set); p != nil {
			return p
		}
		if p := v.walk(s.element, value); p != nil {
			return p
		}
	}
	return nil
}

// leaf tells of a value that is there, if it is zero too.
func (v *validator) leaf(s *shape, at reflect.Value) *Problem {
	switch at.Kind() {
	case reflect.String:
		return v.value(s, append(v.text[:0], at.String()...))
	case reflect.Int:
		return v.value(s, strconv.AppendInt(v.text[:0], at.Int(), 10))
	case reflect.Float64:
		return v.value(s, strconv.AppendFloat(v.text[:0], at.Float(), 'g', -1, 64))
	}
	return nil
}

func (v *validator) value(s *shape, text []byte) *Problem {
	v.text = text
	return v.Value(s.leaf, text)
}

// HintAttribute says what names attributes may have.
const HintAttribute = "an attribute's name is up to 64 letters and digits and begins with a small letter"

// ValidAttributeName reports whether name matches [a-z][A-Za-z0-9]* and has at most 64 bytes.
func ValidAttributeName(name string) bool {
	if name == "" || len(name) > 64 || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// ValidInsurer reports whether name may name an insurer. It is the one rule: keys, topics and files are named after insurers.
func ValidInsurer(name string) bool { return valid("insurer", name) }

// ValidID reports whether id may number a claim. It is the one rule for schema, import and pipeline: houses write their
// numbers with blanks, signs and letters of any script.
func ValidID(id string) bool { return valid("claim", id) }

func valid(path, text string) bool {
	return text != "" && utf8.ValidString(text) && fields.ByPath(path).Refuses([]byte(text)) == ""
}

// What the rules for names say, for errors.
var (
	HintInsurer = fields.ByPath("insurer").Form.Hint
	HintID      = fields.ByPath("claim").Form.Hint
)
