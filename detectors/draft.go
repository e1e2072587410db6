package detectors

import (
	"encoding/binary"
	"slices"

	"tallystick/claim"
)

// maxCombinations bounds the keys of one definition that one claim can have.
const maxCombinations = 32

// drafted is a slot on its way: what it is looked up by, and what asks it.
type drafted struct {
	slot
	wants wants  // what rules ask of the key
	hash  uint32 // of id
	first int32  // of the same claim's slots: which holds the membership of one that is marked slotAgain
	id    tokenID
	text  string // of a token
	at    string // its path: what a fact says of it, since a token itself stands in its party's section alone
	asks  []uint16
}

// prepare leaves in w what of a claim does not depend on other claims: it needs no lock.
func (s *State) prepare(w *scratch, in *Input) {
	w.env.fill(s.rs, in.Event)
	w.day, w.ids = eventDay(in), [identities]uint64{}
	w.drafted, w.tokens, w.candidates, w.omitted = w.drafted[:0], w.tokens[:0], w.candidates[:0], claim.Omitted{}
	for len(w.parts) < len(s.rs.partSelectors) {
		w.parts = append(w.parts, nil)
	}
	for i := range w.parts {
		w.parts[i] = w.parts[i][:0]
	}
	for i := range in.Tokens {
		t := &in.Tokens[i]
		p := s.places.of(t)
		w.tokens = append(w.tokens, tokenID{})
		if !p.kept && p.identity == identityNone && len(p.parts) == 0 {
			continue
		}
		id := s.tokens.of(t.Value)
		hash := id.hash()
		w.tokens[i] = id
		if p.identity != identityNone && w.ids[p.identity] == 0 {
			w.ids[p.identity] = max(hash, 1)
		}
		for _, part := range p.parts {
			w.parts[part] = append(w.parts[part], int32(i))
		}
		if p.kept {
			w.candidates = append(w.candidates, candidate{token: i, place: p})
		}
	}
	for _, c := range w.choose(w.candidates, in.Tokens) {
		p, id := c.place, w.tokens[c.token]
		w.draft(drafted{slot: slot{place: p.no, kind: p.kind, flags: p.flags}, id: id, hash: uint32(id.hash()),
			text: in.Tokens[c.token].Value, at: in.Tokens[c.token].Path, asks: p.asks, wants: p.wants})
	}
	for i := range s.rs.keys {
		s.composites(w, i)
	}
}

// draft adds a token's slot. A claim is a member once of what a token stands for: by the first slot, with what the
// others add.
func (w *scratch) draft(d drafted) {
	for j := range w.drafted {
		o := &w.drafted[j]
		if o.hash != d.hash || o.id != d.id {
			continue
		}
		if d.flags&slotAgain == 0 {
			d.flags |= slotAgain
			d.first = int32(j)
		}
		o.flags |= d.flags &^ slotAgain
		o.kind = max(o.kind, d.kind)
	}
	w.drafted = append(w.drafted, d)
}

// lookup finds the keys of the drafted slots. Those that the book lacks are 0. It asks for all before it looks at the
// first, so that the memory is fetched for several at once.
func (b *book) lookup(slots []drafted) {
	for i := range slots {
		if d := &slots[i]; d.flags&slotAgain == 0 {
			d.key = b.index[d.hash]
		}
	}
	for i := range slots {
		d := &slots[i]
		if d.flags&slotAgain != 0 {
			d.key = slots[d.first].key
			continue
		}
		d.key = b.keyTable.find(&d.id, d.key)
	}
}

// create makes the keys that the drafted slots of a claim lack.
func (b *book) create(slots []drafted) {
	for i := range slots {
		d := &slots[i]
		switch {
		case d.key != 0 || d.flags&slotMember == 0:
		case d.flags&slotAgain != 0:
			d.key = slots[d.first].key
		default:
			d.key = b.make(&d.id, d.hash, d.text)
		}
	}
}

// composites drafts one key definition: a key for each combination of its parts, none when a part is absent.
func (s *State) composites(w *scratch, def int) {
	k := &s.rs.keys[def]
	if !w.env.known.covers(&k.needs) {
		return
	}
	w.texts = append(w.texts[:0], byte(def), byte(def>>8))
	w.ends = append(w.ends[:0], len(w.texts))
	first := 0 // of the combinations so far, in w.ends; w.ends[first-1] is where the first begins
	for i := range k.parts {
		from := len(w.ends)
		for c := first; c < from; c++ {
			begin := 0
			if c > 0 {
				begin = w.ends[c-1]
			}
			w.extend(&k.parts[i], begin, w.ends[c])
		}
		if len(w.ends) == from {
			return
		}
		first = from
	}
	member := slotFlags(slotMember)
	if k.members != nil {
		if ok, known, err := k.members.run(&w.vm, &w.env); !ok || !known || err != nil {
			member = 0
		}
	}
	mine := len(w.drafted)
	for c := first; c < len(w.ends); c++ {
		d := drafted{slot: slot{kind: -1, flags: member}, wants: k.wants, asks: k.asks,
			id: s.tokens.composite(w.texts[w.ends[c-1]:w.ends[c]])}
		if slices.ContainsFunc(w.drafted[mine:], func(o drafted) bool { return o.id == d.id }) {
			continue
		}
		d.hash = uint32(d.id.hash())
		w.drafted = append(w.drafted, d)
	}
}

// extend appends the combination between begin and end once for each text of the part.
func (w *scratch) extend(p *keyPart, begin, end int) {
	if p.selector == "" {
		w.extendVariable(p, begin, end)
		return
	}
	for _, i := range w.parts[p.number] {
		id := &w.tokens[i]
		if !w.combine(begin, end, "") {
			return
		}
		w.texts = append(binary.LittleEndian.AppendUint16(w.texts, id.prefix), id.bits[:]...)
		w.ends[len(w.ends)-1] = len(w.texts)
	}
}

// combine reports whether there was room.
func (w *scratch) combine(begin, end int, text string) bool {
	if len(w.ends) > maxCombinations*4 {
		return false
	}
	w.texts = append(w.texts, w.texts[begin:end]...)
	w.texts = append(w.texts, 0)
	w.texts = append(w.texts, text...)
	w.ends = append(w.ends, len(w.texts))
	return true
}

func (w *scratch) extendVariable(p *keyPart, begin, end int) {
	switch l := w.env.keyed(p.variable); {
	case l.text != "":
		w.combine(begin, end, l.text)
	case l.texts != nil:
		for _, t := range l.texts {
			w.combine(begin, end, t)
		}
	case l.money != nil:
		if !w.combine(begin, end, l.money.Amount.String()) {
			return
		}
		w.texts = append(w.texts, l.money.Currency...)
		w.ends[len(w.ends)-1] = len(w.texts)
	case l.when != nil:
		if l.when.Precision() < p.round || !w.combine(begin, end, "") {
			return
		}
		day := civilDay(*l.when)
		if p.round == claim.Month {
			day &^= 31
		}
		w.texts = binary.BigEndian.AppendUint32(w.texts, uint32(day))
		w.ends[len(w.ends)-1] = len(w.texts)
	}
}
