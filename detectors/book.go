package detectors

import (
	"container/heap"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// amountDigits is how many decimals of an amount the windows keep: ISO 4217 has no currency with more.
const amountDigits = 4

// largestAmount bounds an amount that the windows take, in units of 10^-4 of the currency.
const largestAmount = int64(1e16)

// book is what is remembered of one insurer's claims. Tokens of two insurers never meet.
type book struct {
	claims     []claimRec
	freeClaims []uint32
	byClaim    map[string]uint32
	keys       []keyRec // keys[0] is nothing
	freeKeys   []uint32
	tokens     map[string]uint32
	composites map[[2]uint64]uint32
	currencies map[string]uint16
	order      byAge
	newest     int32 // newest event day
	slotCount  int64
	seeds      [2]maphash.Seed
}

// claimRec is one claim in its latest revision.
type claimRec struct {
	id         string
	revision   int
	line       claim.Line
	lineNo     uint8
	live       bool
	confirmed  bool // the insurer confirmed fraud
	decided    bool
	ringed     bool
	generation uint32
	day        int32 // of the event, for the windows
	lossDay    int32 // 0 when not known to the day
	amount     int64
	currency   uint16             // 0 when no amount is known
	ids        [identities]uint32 // keys of the tokens that tell claims apart; 0 when not known
	slots      []slot
	changed    []uint16 // places whose token differs from an earlier revision's
	logodds    float64  // of the latest decision, without the ring's reasons
	ringedBy   cause
	source     claim.SourceRef
}

// slot is a claim's membership of a key.
type slot struct {
	key      uint32
	pos      uint32 // in the key's members; noPos when another slot of the claim holds the membership
	place    uint16
	def      int16 // of a composite key, else -1
	kind     int8  // of link, -1 for none
	business bool
	party    bool
	member   bool // false: the claim asks the key but is not counted under it
	identity identity

	value string    // of a token, while drafting
	hash  [2]uint64 // of a composite, while drafting
}

const noPos = ^uint32(0)

// keyRec is what shares one token or one composite key.
type keyRec struct {
	value    string // the token; empty for composites
	members  []uint32
	business uint32 // members that hold it by a business role
	table    *dayTable
	hash     [2]uint64
}

func newBook() *book {
	return &book{byClaim: map[string]uint32{}, keys: make([]keyRec, 1), tokens: map[string]uint32{}, composites: map[[2]uint64]uint32{},
		currencies: map[string]uint16{}, newest: -1 << 31 / 2, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

// bytes estimates the memory held, from the sizes of the records and of the maps around them.
func (b *book) bytes() int64 {
	return int64(len(b.claims))*280 + b.slotCount*80 + int64(len(b.tokens))*220 + int64(len(b.composites))*170
}

// draft appends the slots of a claim. With create, keys that the book lacks are made; else their slot has key 0.
func (s *State) draft(to []slot, b *book, in *Input, e *environment, create bool) []slot {
	for i := range in.Tokens {
		t := &in.Tokens[i]
		no := s.places.of(t)
		p := s.places.info(no)
		if !p.kept {
			continue
		}
		sl := slot{place: no, def: -1, kind: p.kind, business: p.business, party: p.party, member: true, identity: p.identity, value: t.Value}
		for j := range to {
			if to[j].value == t.Value { // one membership a token: the first slot's, with what the others add
				to[j].business = to[j].business || p.business
				to[j].kind = max(to[j].kind, p.kind)
				sl.pos = noPos
			}
		}
		sl.key = b.tokens[t.Value]
		if sl.key == 0 && create {
			sl.key = b.newKey(keyRec{value: strings.Clone(t.Value)})
			b.tokens[b.keys[sl.key].value] = sl.key
		}
		to = append(to, sl)
	}
	for i := range s.rs.keys {
		to = s.composites(to, b, i, in, e, create)
	}
	return to
}

// composites appends the slots of one key definition: one for each combination of its parts, none when a part is absent.
func (s *State) composites(to []slot, b *book, def int, in *Input, e *environment, create bool) []slot {
	k := &s.rs.keys[def]
	for i := range k.parts {
		if l := k.parts[i]; l.selector == "" && !e.known.has(l.variable) {
			return to
		}
	}
	var buf, buf2 [maxListedKeys]string
	combos := append(buf[:0], k.name)
	for i := range k.parts {
		var texts []string
		texts = s.part(buf2[:0], in, e, &k.parts[i])
		if len(texts) == 0 {
			return to
		}
		if len(texts) == 1 {
			for j := range combos {
				combos[j] += "\x00" + texts[0]
			}
			continue
		}
		var next []string
		for _, c := range combos {
			for _, t := range texts {
				if len(next) < maxListedKeys {
					next = append(next, c+"\x00"+t)
				}
			}
		}
		combos = next
	}
	member := true
	if k.members != nil {
		ok, known, err := k.members.eval(e)
		member = ok && known && err == nil
	}
	slices.Sort(combos)
	for _, c := range slices.Compact(combos) {
		sl := slot{def: int16(def), kind: -1, member: member}
		sl.hash = [2]uint64{maphash.String(b.seeds[0], c), maphash.String(b.seeds[1], c)}
		sl.key = b.composites[sl.hash]
		if sl.key == 0 && create && member {
			sl.key = b.newKey(keyRec{hash: sl.hash})
			b.composites[sl.hash] = sl.key
		}
		to = append(to, sl)
	}
	return to
}

func (s *State) part(to []string, in *Input, e *environment, p *keyPart) []string {
	if p.selector == "" {
		return partTexts(to, e, *p)
	}
	for i := range in.Tokens {
		if selects(p.selector, s.places.info(s.places.of(&in.Tokens[i])).name) && len(to) < maxListedKeys {
			to = append(to, in.Tokens[i].Value)
		}
	}
	return to
}

func (b *book) newKey(k keyRec) uint32 {
	if n := len(b.freeKeys); n > 0 {
		no := b.freeKeys[n-1]
		b.freeKeys = b.freeKeys[:n-1]
		b.keys[no] = k
		return no
	}
	b.keys = append(b.keys, k)
	return uint32(len(b.keys) - 1)
}

// describe sets c to what the input says, apart from its slots.
func (b *book) describe(c *claimRec, in *Input, day int32, slots []slot, e *environment) {
	*c = claimRec{id: in.Claim, revision: in.Revision, line: in.Event.Line, lineNo: lineNo(in.Event.Line), live: true,
		confirmed: in.Event.Outcome == "fraud-confirmed", day: day, generation: c.generation}
	if w := in.Event.Loss.Time; w.Precision() >= claim.Day {
		y, m, d := w.Time().Date()
		c.lossDay = int32(y)*512 + int32(m)*32 + int32(d)
	}
	if m := e.Amounts.Claimed; m != nil {
		if v, ok := minor(m.Amount); ok {
			c.amount, c.currency = v, b.currency(m.Currency)
		}
	}
	for i := range slots {
		key := slots[i].key
		if key == 0 {
			key = newToken
		}
		if id := slots[i].identity; id != identityNone && c.ids[id] == 0 {
			c.ids[id] = key
		}
	}
}

// newToken is the key of a token that the book has not seen.
const newToken = ^uint32(0)

// minor returns the amount in units of 10^-4, cut off below.
func minor(d udecimal.Decimal) (int64, bool) {
	n, err := d.Mul64(10_000).Trunc(0).Int64()
	return n, err == nil && n >= 0 && n <= largestAmount
}

func (b *book) currency(code string) uint16 {
	c := b.currencies[code]
	if c == 0 && len(b.currencies) < 1<<16-2 {
		c = uint16(len(b.currencies) + 1)
		b.currencies[strings.Clone(code)] = c
	}
	return c
}

// insert adds a claim whose slots were drafted with create.
func (b *book) insert(in *Input, day int32, slots []slot, changed []uint16, e *environment) {
	var no uint32
	if n := len(b.freeClaims); n > 0 {
		no = b.freeClaims[n-1]
		b.freeClaims = b.freeClaims[:n-1]
	} else {
		b.claims = append(b.claims, claimRec{})
		no = uint32(len(b.claims) - 1)
	}
	c := &b.claims[no]
	b.describe(c, in, day, slots, e)
	c.id = strings.Clone(in.Claim)
	c.changed = changed
	members := 0
	for i := range slots {
		if slots[i].member {
			members++
		}
	}
	c.slots = make([]slot, 0, members)
	for i := range slots {
		sl := slots[i]
		if !sl.member {
			continue
		}
		sl.value, sl.hash = "", [2]uint64{}
		if sl.pos != noPos {
			k := &b.keys[sl.key]
			sl.pos = uint32(len(k.members))
			k.members = append(k.members, no)
			if sl.business {
				k.business++
			}
			k.added(b, c)
		}
		c.slots = append(c.slots, sl)
	}
	b.slotCount += int64(len(c.slots))
	b.byClaim[c.id] = no
	heap.Push(&b.order, mark{day, no, c.generation})
}

// remove takes a claim out of every key. Keys that nothing shares any more go too.
func (b *book) remove(no uint32) {
	c := &b.claims[no]
	for i := range c.slots {
		sl := &c.slots[i]
		if sl.pos == noPos {
			continue
		}
		k := &b.keys[sl.key]
		k.removed(c)
		if sl.business {
			k.business--
		}
		last := len(k.members) - 1
		if moved := k.members[last]; int(sl.pos) != last {
			k.members[sl.pos] = moved
			m := &b.claims[moved]
			for j := range m.slots {
				if m.slots[j].key == sl.key && m.slots[j].pos != noPos {
					m.slots[j].pos = sl.pos
				}
			}
		}
		k.members = k.members[:last]
		if last == 0 {
			b.dropKey(sl.key)
		}
	}
	b.slotCount -= int64(len(c.slots))
	delete(b.byClaim, c.id)
	*c = claimRec{generation: c.generation + 1}
	b.freeClaims = append(b.freeClaims, no)
}

func (b *book) dropKey(no uint32) {
	k := &b.keys[no]
	if k.value != "" {
		delete(b.tokens, k.value)
	} else {
		delete(b.composites, k.hash)
	}
	*k = keyRec{}
	b.freeKeys = append(b.freeKeys, no)
}

// changedPlaces returns the places at which the new slots have none of the tokens that c has there, and what c changed
// before.
func (b *book) changedPlaces(c *claimRec, slots []slot) []uint16 {
	changed := c.changed
	for i := range slots {
		p := slots[i].place
		if slots[i].def >= 0 || slices.Contains(changed, p) {
			continue
		}
		had, same := false, false
		for j := range c.slots {
			if o := &c.slots[j]; o.def < 0 && o.place == p {
				had = true
				same = same || slices.ContainsFunc(slots, func(n slot) bool { return n.place == p && n.def < 0 && n.key == o.key })
			}
		}
		if had && !same {
			changed = append(slices.Clone(changed), p)
		}
	}
	return changed
}
