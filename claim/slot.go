package claim

import (
	"reflect"
	"strconv"
	"strings"
)

// slot is the way to one value or list of a [Filler]'s event.
type slot struct {
	path      string
	next      *slot      // the one that came after this last time
	record    uint64     // the event that last had it
	moves     uint64     // of the Filler when to was found
	attribute *attribute // that the value is part of
	// to is where the value goes: *string, *When, *int, *pointed, amountOf, currencyOf or a list; unknown if the schema does not
	// have the path, nil if it has something else there.
	to any
}

type unknown struct{}

// pointed is a value that the event has a pointer to, or nil.
type pointed[T any] struct {
	to  **T
	own T
}

func (p *pointed[T]) set(v T) {
	p.own = v
	*p.to = &p.own
}

// money is where an amount and a currency meet.
type money struct {
	to       *Money
	record   uint64
	amount   bool // there is one
	currency string
}

type (
	amountOf   struct{ *money }
	currencyOf struct{ *money }
)

// done completes the money once both are there. One without an amount is absent: see [Money.UnmarshalJSONFrom].
func (m *money) done() bool {
	if m.amount {
		m.to.Currency = m.currency
	}
	return !m.amount || m.currency != ""
}

// attribute is one on its way into the event's map.
type attribute struct {
	name   string
	value  Attribute
	record uint64
}

type list interface {
	// resize makes the list n empty elements and reports whether there were some elsewhere before.
	resize(n int) (moved bool)
}

type listOf[T any] struct {
	to  *[]T
	all []T
}

func (l *listOf[T]) resize(n int) bool {
	had := cap(l.all)
	if n > had {
		l.all = make([]T, n, 2*n)
	}
	l.all = l.all[:n]
	clear(l.all)
	*l.to = l.all[:n:n]
	return had > 0 && n > had
}

// take begins with a value of the slot. It fails if the event has it twice.
func (s *slot) take(f *Filler) bool {
	if s.record == f.record {
		return false
	}
	s.record = f.record
	if s.to == nil || s.moves != f.moves {
		s.moves = f.moves
		s.to = s.find(f)
	}
	if a := s.attribute; a != nil && a.record != f.record {
		a.record, a.value = f.record, Attribute{}
		f.named = append(f.named, a)
	}
	return true
}

// resize reports whether there is a list to resize.
func (s *slot) resize(f *Filler, n int) bool {
	switch to := s.to.(type) {
	case unknown:
		return true
	case list:
		if to.resize(n) {
			f.moves++
			s.moves = f.moves // the list's own place is the same
		}
		return true
	default:
		return false
	}
}

// set reports whether the value is of the schema's type.
func (s *slot) set(f *Filler, kind LeafKind, value []byte) bool {
	switch to := s.to.(type) {
	case unknown:
		return true
	case *string:
		*to = f.texts.of(value)
		return kind == LeafString
	case *When:
		return kind == LeafString && to.parse(value)
	case *int:
		n, ok := Whole(value)
		*to = n
		return kind == LeafNumber && ok
	case *pointed[int]:
		n, ok := Whole(value)
		to.set(n)
		return kind == LeafNumber && ok
	case *pointed[float64]:
		n, err := strconv.ParseFloat(string(value), 64)
		to.set(n)
		return kind == LeafNumber && err == nil
	case *pointed[bool]:
		to.set(kind == LeafTrue)
		return kind == LeafTrue || kind == LeafFalse
	case amountOf:
		var ok bool
		m := f.meet(to.money)
		m.to.Amount, ok = parseAmount(value)
		m.amount = true
		return kind == LeafString && ok
	case currencyOf:
		f.meet(to.money).currency = f.texts.of(value)
		return kind == LeafString
	default:
		return false
	}
}

// meet returns m, emptied if this event has nothing of it yet.
func (f *Filler) meet(m *money) *money {
	if m.record != f.record {
		m.record, m.amount, m.currency = f.record, false, ""
		f.moneys = append(f.moneys, m)
	}
	return m
}

// natural reads digits alone. The few other whole numbers are left to the decoder.
func natural(b []byte) (int, bool) {
	if len(b) > 18 { // more may not fit
		return 0, false
	}
	n := digits(b)
	return n, n >= 0
}

// find finds the slot's place in the event as it stands.
func (s *slot) find(f *Filler) any {
	if strings.Count(s.path, ".")+strings.Count(s.path, "[") >= MaxDepth-1 {
		return nil // too deep for the decoder, if only just
	}
	v := reflect.ValueOf(&f.event).Elem()
	for rest := s.path; rest != ""; {
		var step string
		step, rest = cutStep(rest)
		index, isIndex := strings.CutPrefix(step, "[")
		switch t := v.Type(); {
		case t == reflect.TypeFor[Money]() && !isIndex:
			return s.findMoney(f, v.Addr().Interface().(*Money), step, rest)
		case t.Kind() == reflect.Struct && t != reflect.TypeFor[When]() && !isIndex:
			if v = fieldNamed(v, step); v.IsValid() {
				continue
			}
			if s.attribute != nil {
				return nil // it makes an attribute nevertheless
			}
			return unknown{}
		case t.Kind() == reflect.Slice && isIndex:
			i, err := strconv.Atoi(index)
			if err != nil || i >= v.Len() {
				return nil
			}
			v = v.Index(i)
		case t.Kind() == reflect.Map && !isIndex:
			if f.names[step] == nil {
				f.names[step] = &attribute{name: step}
			}
			s.attribute = f.names[step]
			v = reflect.ValueOf(&s.attribute.value).Elem()
		default:
			return nil
		}
	}
	return s.leaf(v)
}

// cutStep cuts a name, or an index such as [3, off a path.
func cutStep(path string) (step, rest string) {
	end := strings.IndexAny(path[1:], ".[]") + 1
	switch {
	case end == 0:
		return path, ""
	case path[end] == '[':
		return path[:end], path[end:]
	case path[end] == ']':
		return path[:end], strings.TrimPrefix(path[end+1:], ".")
	default:
		return path[:end], path[end+1:]
	}
}

func fieldNamed(v reflect.Value, name string) reflect.Value {
	for field := range v.Type().Fields() {
		if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == name || field.Tag.Get("derived") == name {
			return v.FieldByIndex(field.Index)
		}
	}
	return reflect.Value{}
}

func (s *slot) findMoney(f *Filler, to *Money, name, rest string) any {
	if name != "amount" && name != "currency" {
		return unknown{}
	}
	if rest != "" {
		return nil
	}
	at := strings.TrimSuffix(s.path, name)
	m := f.meeting[at]
	if m == nil {
		m = &money{}
		f.meeting[at] = m
	}
	m.to = to
	if name == "amount" {
		return amountOf{m}
	}
	return currencyOf{m}
}

// leaf returns where a value or list of the schema goes.
func (s *slot) leaf(v reflect.Value) any {
	switch to := v.Addr().Interface().(type) {
	case *When, *int:
		return to
	case **int:
		return &pointed[int]{to: to}
	case **float64:
		return &pointed[float64]{to: to}
	case **bool:
		return &pointed[bool]{to: to}
	case *[]Party:
		return listAt(s.to, to)
	case *[]NationalID:
		return listAt(s.to, to)
	case *[]Endorsement:
		return listAt(s.to, to)
	case *[]Item:
		return listAt(s.to, to)
	case *[]string:
		return listAt(s.to, to)
	case *[]Admission:
		return listAt(s.to, to)
	case *[]Payment:
		return listAt(s.to, to)
	case *[]Document:
		return listAt(s.to, to)
	case *[]TelematicsEvent:
		return listAt(s.to, to)
	}
	if v.Kind() != reflect.String {
		return nil
	}
	return v.Addr().Convert(reflect.TypeFor[*string]()).Interface() // of the types made of string
}

// listAt returns the list with its memory, or a new one.
func listAt[T any](old any, to *[]T) list {
	l, ok := old.(*listOf[T])
	if !ok {
		l = &listOf[T]{}
	}
	l.to = to
	return l
}
