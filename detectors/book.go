package detectors

import (
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
	claims     pages[claimRec]
	freeClaims []uint32
	byClaim    map[string]uint32
	keys       pages[keyRec] // number 0 is nothing
	freeKeys   []uint32
	tokens     map[string]uint32
	composites map[[2]uint64]uint32
	currencies map[string]uint16
	order      byAge
	awaited    map[string]cause // raised claims that are not here yet
	newest     int32            // newest event day
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
	lossMinute int64 // since 1970; 0 when not known to the instant
	amount     int64
	currency   uint16             // 0 when no amount is known
	ids        [identities]uint64 // hashes of the tokens that tell claims apart; 0 when not known
	slots      []slot
	changed    []uint16 // places whose token differs from an earlier revision's
	logodds    float64  // of the latest decision, without the ring's reasons
	ringedBy   cause
	source     position // of the latest decision
	partition  int
}

// slot is a claim's membership of a key.
type slot struct {
	key   uint32
	pos   uint32 // in the key's members; noPos when another slot of the claim holds the membership
	place uint16 // of a token, 0 for a composite key
	kind  int8   // of link, -1 for none
	flags slotFlags
}

type slotFlags uint8

const (
	slotBusiness slotFlags = 1 << iota // held by a business role
	slotParty                          // held by someone else than the claimant
	slotAdverse                        // held by a third party or witness
	slotMember                         // counted under the key; else the claim only asks it
)

const noPos = ^uint32(0)

// drafted is a slot on its way: what it is looked up by, and what asks it.
type drafted struct {
	slot
	value string // of a token
	hash  [2]uint64
	info  *placeInfo
	asks  []uint16
}

// keyRec is what shares one token or one composite key.
type keyRec struct {
	value    string // the token; empty for composites
	first    uint32 // the member, while it is the only one
	count    uint32
	business uint32   // members that hold it by a business role
	many     []uint32 // the members, once there have been two
	table    *dayTable
	hash     [2]uint64 // of a composite
}

func (k *keyRec) members(one *[1]uint32) []uint32 {
	if k.many != nil {
		return k.many
	}
	one[0] = k.first
	return one[:k.count]
}

func (k *keyRec) push(no uint32) (pos uint32) {
	pos = k.count
	k.count++
	switch {
	case k.many != nil:
		k.many = append(k.many, no)
	case pos == 0:
		k.first = no
	default:
		k.many = append(make([]uint32, 0, 4), k.first, no)
	}
	return pos
}

// cut removes the member at pos and returns the member that took its place, if another did.
func (k *keyRec) cut(pos uint32) (moved uint32, ok bool) {
	k.count--
	if k.many == nil {
		return 0, false
	}
	last := k.many[k.count]
	k.many[pos] = last
	k.many = k.many[:k.count]
	return last, pos != k.count
}

func newBook() *book {
	b := &book{byClaim: map[string]uint32{}, tokens: map[string]uint32{}, composites: map[[2]uint64]uint32{},
		currencies: map[string]uint16{}, awaited: map[string]cause{}, newest: -1 << 30, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
	b.keys.add()
	return b
}

// bytes estimates the memory held, from the sizes of the records and of the maps around them.
func (b *book) bytes() int64 {
	return int64(b.claims.len())*300 + b.slotCount*20 + int64(len(b.tokens))*190 + int64(len(b.composites))*150
}

func (b *book) newKey() uint32 {
	if n := len(b.freeKeys); n > 0 {
		no := b.freeKeys[n-1]
		b.freeKeys = b.freeKeys[:n-1]
		return no
	}
	return b.keys.add()
}

// create makes the keys that the drafted slots of a claim lack. The new tokens share one copy of their text.
func (b *book) create(slots []drafted) {
	size := 0
	for i := range slots {
		if slots[i].key == 0 && slots[i].pos != noPos {
			size += len(slots[i].value)
		}
	}
	var text strings.Builder
	text.Grow(size)
	for i := range slots {
		sl := &slots[i]
		switch {
		case sl.key != 0 || sl.flags&slotMember == 0:
		case sl.info == nil:
			sl.key = b.newKey()
			b.keys.at(sl.key).hash = sl.hash
			b.composites[sl.hash] = sl.key
		case sl.pos == noPos:
			sl.key = b.tokens[sl.value] // made by the slot that holds the membership
		default:
			at := text.Len()
			text.WriteString(sl.value)
			sl.key = b.newKey()
			b.keys.at(sl.key).value = text.String()[at:]
			b.tokens[b.keys.at(sl.key).value] = sl.key
		}
	}
}

// describe sets c to what the input says, apart from its slots.
func (b *book) describe(c *claimRec, in *Input, day int32, places []*placeInfo, e *environment) {
	*c = claimRec{id: in.Claim, revision: in.Revision, line: in.Event.Line, lineNo: lineNo(in.Event.Line), live: true,
		confirmed: in.Event.Outcome == fraudConfirmed, day: day, generation: c.generation}
	if w := in.Event.Loss.Time; w.Precision() >= claim.Day {
		c.lossDay = civilDay(w)
		if w.Precision() == claim.Instant {
			c.lossMinute = w.Time().Unix() / 60
		}
	}
	if m := e.Amounts.Claimed; m != nil {
		if v, ok := minor(m.Amount); ok {
			c.amount, c.currency = v, b.currency(m.Currency)
		}
	}
	for i, p := range places {
		if p.identity != identityNone && c.ids[p.identity] == 0 {
			c.ids[p.identity] = maphash.String(b.seeds[0], in.Tokens[i].Value)
		}
	}
}

// fraudConfirmed is the outcome of a claim that the insurer found to be fraud.
const fraudConfirmed = "fraud-confirmed"

// civilDay numbers the calendar day of w in its own zone.
func civilDay(w claim.When) int32 {
	y, m, d := w.Time().Date()
	return int32(y)*512 + int32(m)*32 + int32(d)
}

// minor returns the amount in units of 10^-4, cut off below.
func minor(d udecimal.Decimal) (int64, bool) {
	n, err := d.Mul64(10_000).Trunc(0).Int64()
	return n, err == nil && n >= 0 && n <= largestAmount
}

// currency numbers a currency from 1. Only a recording caller may bring a new one: it holds the write lock.
func (b *book) currency(code string) uint16 {
	if c, ok := b.currencies[code]; ok {
		return c
	}
	return newCurrency
}

// newCurrency is the number of a currency in which no claim is recorded.
const newCurrency = ^uint16(0)

func (b *book) learnCurrency(e *environment) {
	if m := e.Amounts.Claimed; m != nil && b.currencies[m.Currency] == 0 && len(b.currencies) < int(newCurrency)-1 {
		b.currencies[strings.Clone(m.Currency)] = uint16(len(b.currencies) + 1)
	}
}

// insert adds a claim whose slots have their keys.
func (b *book) insert(in *Input, day int32, w *scratch, changed []uint16) {
	slots := w.drafted
	b.learnCurrency(&w.env)
	var no uint32
	if n := len(b.freeClaims); n > 0 {
		no = b.freeClaims[n-1]
		b.freeClaims = b.freeClaims[:n-1]
	} else {
		no = b.claims.add()
	}
	c := b.claims.at(no)
	b.describe(c, in, day, w.places, &w.env)
	c.id = strings.Clone(in.Claim)
	c.changed = changed
	members := 0
	for i := range slots {
		if slots[i].flags&slotMember != 0 {
			members++
		}
	}
	c.slots = make([]slot, 0, members)
	for i := range slots {
		sl := &slots[i]
		if sl.flags&slotMember == 0 {
			continue
		}
		if sl.pos != noPos {
			k := b.keys.at(sl.key)
			sl.pos = k.push(no)
			if sl.flags&slotBusiness != 0 {
				k.business++
			}
			k.added(b, c)
		}
		c.slots = append(c.slots, sl.slot)
	}
	b.slotCount += int64(len(c.slots))
	b.byClaim[c.id] = no
	b.order.push(mark{day, no, c.generation})
}

// remove takes a claim out of every key. Keys that nothing shares any more go too.
func (b *book) remove(no uint32) {
	c := b.claims.at(no)
	for i := range c.slots {
		sl := &c.slots[i]
		if sl.pos == noPos {
			continue
		}
		k := b.keys.at(sl.key)
		k.removed(c)
		if sl.flags&slotBusiness != 0 {
			k.business--
		}
		if moved, ok := k.cut(sl.pos); ok {
			m := b.claims.at(moved)
			for j := range m.slots {
				if m.slots[j].key == sl.key && m.slots[j].pos != noPos {
					m.slots[j].pos = sl.pos
				}
			}
		}
		if k.count == 0 {
			b.free(sl.key)
		}
	}
	b.slotCount -= int64(len(c.slots))
	delete(b.byClaim, c.id)
	*c = claimRec{generation: c.generation + 1}
	b.freeClaims = append(b.freeClaims, no)
}

func (b *book) free(no uint32) {
	k := b.keys.at(no)
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
func (b *book) changedPlaces(c *claimRec, slots []drafted) []uint16 {
	changed := c.changed
	for i := range slots {
		p := slots[i].place
		if p == 0 || slices.Contains(changed, p) {
			continue
		}
		had, same := false, false
		for j := range c.slots {
			if o := &c.slots[j]; o.place == p {
				had = true
				same = same || slices.ContainsFunc(slots, func(n drafted) bool { return n.place == p && n.key == o.key })
			}
		}
		if had && !same {
			changed = append(slices.Clone(changed), p)
		}
	}
	return changed
}
