package claim

import (
	"errors"
	"hash/maphash"
)

// List is a list of an event and how many elements it has.
type List struct {
	Path string // indexed, such as parties[2].nationalIds
	Len  int
}

// Filler makes events of values that somebody has already read. It keeps the way to each value that it has met, and the
// memory of its event, so that a claim costs it next to nothing. The zero value is ready. It is not safe for concurrent use.
type Filler struct {
	event      Event
	attributes map[string]Attribute
	slots      map[string]*slot
	names      map[string]*attribute
	first      slot   // nothing but its next
	record     uint64 // number of the event
	moves      uint64 // times that a list moved: whoever points into one must look again
	moneys     []*money
	named      []*attribute
	meeting    map[string]*money // by the path before .amount and .currency
	texts      texts
	lists      []List
}

// fillerLimit bounds the ways that a Filler keeps against events made to fill its memory.
const fillerLimit = 1 << 16

// Fill does what [DecodeInto] does with the event that the values are of. lists are its lists, an outer one before those in
// it; nil takes them from the values, which leaves out elements at the end of a list that hold no value. The event, its lists,
// maps and pointers belong to the Filler and are used again by the next Fill; strings stay. The error is a *[Problem].
func (f *Filler) Fill(lists []List, values []Value) (*Event, error) {
	if lists == nil {
		f.lists = appendLists(f.lists[:0], values)
		lists = f.lists
	}
	if f.fill(lists, values) {
		return &f.event, nil
	}
	// Something does not fit. The decoder knows what comes first and how it is called.
	e := new(Event)
	if err := DecodeInto(new(Renderer).Append(nil, values), e); err != nil {
		var p *Problem
		if errors.As(err, &p) {
			p.Offset = -1 // nobody has the text
		}
		return nil, err
	}
	return e, nil
}

// appendLists appends the lists that values are in.
func appendLists(lists []List, values []Value) []List {
	for i := range values {
		path, depth := values[i].Path, 0
		for at := 0; at < len(path.Text); at++ {
			if path.Text[at] != '[' {
				continue
			}
			lists = lengthen(lists, path.Text[:at], int(path.At[depth])+1)
			depth++
		}
	}
	return lists
}

func lengthen(lists []List, path string, length int) []List {
	for i := len(lists) - 1; i >= 0; i-- {
		if lists[i].Path == path {
			lists[i].Len = max(lists[i].Len, length)
			return lists
		}
	}
	return append(lists, List{path, length})
}

// fill reports whether every value had its place.
func (f *Filler) fill(lists []List, values []Value) bool {
	if f.slots == nil || len(f.slots) > fillerLimit {
		*f = Filler{slots: map[string]*slot{}, names: map[string]*attribute{}, attributes: map[string]Attribute{},
			meeting: map[string]*money{}, moves: 1, texts: f.texts, lists: f.lists}
	}
	f.event = Event{}
	f.record++
	f.moneys, f.named = f.moneys[:0], f.named[:0]
	at := &f.first
	for i := range lists {
		at = f.follow(at, lists[i].Path)
		if !at.take(f) || !at.resize(f, lists[i].Len) {
			return false
		}
	}
	for i := range values {
		at = f.follow(at, values[i].Path.Text)
		if !at.take(f) || !at.set(f, values[i].Kind, values[i].Bytes) {
			return false
		}
	}
	for _, m := range f.moneys {
		if !m.done() {
			return false
		}
	}
	if len(f.named) > 0 {
		clear(f.attributes)
		for _, a := range f.named {
			f.attributes[a.name] = a.value
		}
		f.event.Attributes = f.attributes
	}
	return true
}

// follow returns the slot of a path. Most events have the same paths in the same order, so it looks first where it went
// from the slot before last time.
func (f *Filler) follow(before *slot, path string) *slot {
	if s := before.next; s != nil && s.path == path {
		return s
	}
	s := f.slots[path]
	if s == nil {
		s = &slot{path: path}
		f.slots[path] = s
	}
	before.next = s
	return s
}

// texts keeps short strings that came lately, since most texts of a claim are words that come again and again.
type texts struct {
	seed maphash.Seed
	kept []string
}

const (
	keptTexts   = 1 << 11
	longestKept = 64 // bytes
)

func (t *texts) of(b []byte) string {
	if len(b) == 0 || len(b) > longestKept {
		return string(b)
	}
	if t.kept == nil {
		t.seed, t.kept = maphash.MakeSeed(), make([]string, keptTexts)
	}
	at := &t.kept[maphash.Bytes(t.seed, b)%keptTexts]
	if *at != string(b) {
		*at = string(b)
	}
	return *at
}
