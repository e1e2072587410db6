package detectors

import (
	"encoding/binary"
	"hash/maphash"
	"slices"

	"tallystick/claim"
)

// maxCombinations bounds the keys of one definition that one claim can have.
const maxCombinations = 32

// draft looks up the slots of a claim and leaves them in w.drafted. Keys that the book lacks are 0. It changes nothing.
func (s *State) draft(w *scratch, b *book, in *Input) {
	w.drafted, w.places = w.drafted[:0], w.places[:0]
	for i := range in.Tokens {
		t := &in.Tokens[i]
		p := s.places.of(t)
		w.places = append(w.places, p)
		if !p.kept {
			continue
		}
		d := drafted{slot: slot{place: p.no, kind: p.kind, flags: p.flags}, value: t.Value, info: p, asks: p.asks}
		for j := range w.drafted {
			if o := &w.drafted[j]; o.value == t.Value { // one membership a token: the first slot's, with what the others add
				o.flags |= p.flags
				o.kind = max(o.kind, p.kind)
				d.key, d.pos = o.key, noPos
			}
		}
		if d.pos != noPos {
			d.key = b.tokens[t.Value]
		}
		w.drafted = append(w.drafted, d)
	}
	for i := range s.rs.keys {
		s.composites(w, b, i, in)
	}
}

// composites drafts one key definition: a key for each combination of its parts, none when a part is absent.
func (s *State) composites(w *scratch, b *book, def int, in *Input) {
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
			s.extend(w, in, &k.parts[i], begin, w.ends[c])
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
		text := w.texts[w.ends[c-1]:w.ends[c]]
		d := drafted{slot: slot{kind: -1, flags: member}, asks: k.asks,
			hash: [2]uint64{maphash.Bytes(b.seeds[0], text), maphash.Bytes(b.seeds[1], text)}}
		if slices.ContainsFunc(w.drafted[mine:], func(o drafted) bool { return o.hash == d.hash }) {
			continue
		}
		d.key = b.composites[d.hash]
		w.drafted = append(w.drafted, d)
	}
}

// extend appends to w the combination between begin and end once for each text of the part.
func (s *State) extend(w *scratch, in *Input, p *keyPart, begin, end int) {
	if p.selector == "" {
		s.extendVariable(w, p, begin, end)
		return
	}
	for i, info := range w.places {
		if slices.Contains(info.parts, p.number) {
			w.combine(begin, end, in.Tokens[i].Value)
		}
	}
}

func (w *scratch) combine(begin, end int, text string) {
	if len(w.ends) > maxCombinations*4 {
		return
	}
	w.texts = append(w.texts, w.texts[begin:end]...)
	w.texts = append(w.texts, 0)
	w.texts = append(w.texts, text...)
	w.ends = append(w.ends, len(w.texts))
}

func (s *State) extendVariable(w *scratch, p *keyPart, begin, end int) {
	switch l := w.env.keyed(p.variable); {
	case l.text != "":
		w.combine(begin, end, l.text)
	case l.texts != nil:
		for _, t := range l.texts {
			w.combine(begin, end, t)
		}
	case l.money != nil:
		w.combine(begin, end, l.money.Amount.String())
		w.texts = append(w.texts, l.money.Currency...)
		w.ends[len(w.ends)-1] = len(w.texts)
	case l.when != nil:
		if l.when.Precision() < p.round {
			return
		}
		day := civilDay(*l.when)
		if p.round == claim.Month {
			day &^= 31
		}
		w.combine(begin, end, "")
		w.texts = binary.BigEndian.AppendUint32(w.texts, uint32(day))
		w.ends[len(w.ends)-1] = len(w.texts)
	}
}
