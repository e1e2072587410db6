package detectors

import (
	"hash/maphash"
	"reflect"
	"slices"
	"strings"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// amountDigits is how many decimals of an amount the windows keep: ISO 4217 has no currency with more.
const amountDigits = 4

// largestAmount bounds an amount that the windows take, in units of 10^-4 of the currency.
const largestAmount = int64(1e16)

// book is what is remembered of one insurer's claims. Tokens of two insurers never meet. Almost all of it is records
// without pointers that name each other by number, in pages: the garbage collector passes over them.
type book struct {
	keyTable
	insurer    string
	claims     pages[claimRec]
	facts      pages[facts] // of the claims, by the same numbers
	days       pages[int32] // of the facts, again
	freeClaims []uint32
	byClaim    map[uint32]uint32      // by 32 bits of a hash of the claim's number; goes on from claim to claim
	rare       map[uint32]*claimExtra // what few claims have
	lists      runs                   // members of keys, and slots of claims
	currencies map[string]uint16
	order      byAge
	awaited    awaited
	standings  map[string]*standing // by the claim's number, also of claims that are not known
	newest     int32                // newest event day
	live       int                  // claims
	seed       maphash.Seed
	keeping    *keeping // while the book is written to a file
}

// facts is what windows count of a claim. It is apart from the rest of the claim, because a window looks at many; and
// so is the day, which is all that most windows ask for.
type facts struct {
	amount   int64
	day      int32  // of the event
	currency uint16 // 0 when no amount is known
	lineNo   uint8
}

// claimRec is one claim in its latest revision.
type claimRec struct {
	lossMinute int64              // since 1970; 0 when not known to the instant
	ids        [identities]uint64 // hashes of the tokens that tell claims apart; 0 when not known
	logodds    float64            // of the latest decision, without the ring's reasons
	source     cause              // of the latest decision
	revision   int32
	generation uint32
	lossDay    int32  // 0 when not known to the day
	slots      uint32 // list of tokens, two numbers each, and after them of the keys that are composed
	tokens     uint16
	composed   uint16
	next       uint32 // claim with the same number in byClaim, or noClaim
	flags      claimFlags
	ring       ringState
	number     [shortNumber + 1]byte // what the insurer calls the claim, and its length; see number
}

type claimFlags uint8

const (
	claimLive      claimFlags = 1 << iota
	claimConfirmed            // the insurer confirmed fraud
	claimDecided
	claimRare   // it has a claimExtra
	claimStands // there is news of it, see standing
)

func (c *claimRec) is(f claimFlags) bool { return c.flags&f != 0 }

// claimExtra is what few claims have.
type claimExtra struct {
	number   string     // longer than shortNumber
	line     claim.Line // that is not one of allLines
	changed  []uint16   // places whose token differs from an earlier revision's
	ringedBy cause
	// What rules that read news hold against the claim in the decision in force, in log-odds, and which of them said so
	// there or in the decision on its record: bits by their place in RuleSet.newsRules.
	news float64
	said uint64
}

// shortNumber is up to how many bytes a claim's number is kept in its record.
const shortNumber = 26

const noClaim = ^uint32(0)

// asking is the claim that asks.
type asking struct {
	claimRec
	facts
	no       uint32 // of the claim as the book has it, or noClaim
	recorded bool   // the book has it in this revision
	changed  []uint16
}

// holding returns how the claim holds a token, nil where the book knows.
func (a *asking) holding(sl *slot) *holding {
	if a.recorded {
		return nil
	}
	return &holding{no: a.no, day: a.day, held: true, business: sl.flags&slotBusiness != 0}
}

// slot is a claim's membership of the key of a token.
type slot struct {
	key   uint32
	place uint16
	kind  int8 // of link, -1 for none
	flags slotFlags
}

type slotFlags uint8

const (
	slotBusiness slotFlags = 1 << iota // held by a business role
	slotParty                          // held by someone else than the claimant
	slotAdverse                        // held by a third party or witness
	slotMember                         // counted under the key; else the claim only asks it
	slotAgain                          // an earlier slot of the claim holds the membership
)

// A slot is kept as two numbers.
func (s slot) packed() (key, rest uint32) {
	return s.key, uint32(s.place)<<16 | uint32(uint8(s.kind))<<8 | uint32(s.flags)
}

func unpack(key, rest uint32) slot {
	return slot{key: key, place: uint16(rest >> 16), kind: int8(rest >> 8), flags: slotFlags(rest)}
}

func newBook() *book {
	b := &book{byClaim: map[uint32]uint32{}, rare: map[uint32]*claimExtra{}, currencies: map[string]uint16{},
		standings: map[string]*standing{}, newest: -1 << 30, seed: maphash.MakeSeed()}
	b.keyTable.init()
	return b
}

// tokensOf appends the slots of a recorded claim's tokens.
func (b *book) tokensOf(to []slot, c *claimRec) []slot {
	list := b.lists.at(c.slots, 2*uint32(c.tokens))
	for i := 0; i < len(list); i += 2 {
		to = append(to, unpack(list[i], list[i+1]))
	}
	return to
}

// composedOf returns the composed keys of a recorded claim.
func (b *book) composedOf(c *claimRec) []uint32 {
	n := 2 * uint32(c.tokens)
	return b.lists.at(c.slots, n+uint32(c.composed))[n:]
}

// holds reports whether a recorded claim is a member of a key.
func (b *book) holds(no, key uint32) bool {
	c := b.claims.at(no)
	list := b.lists.at(c.slots, 2*uint32(c.tokens))
	for i := 0; i < len(list); i += 2 {
		if list[i] == key {
			return true
		}
	}
	return slices.Contains(b.composedOf(c), key)
}

// claim returns the number of the claim that the insurer calls id, or noClaim.
func (b *book) claim(id string) uint32 {
	no, ok := b.byClaim[b.hash(id)]
	for ok && no != noClaim && !b.isCalled(no, id) {
		no = b.claims.at(no).next
	}
	if !ok {
		return noClaim
	}
	return no
}

func (b *book) hash(id string) uint32 { return uint32(maphash.String(b.seed, id)) }

func (b *book) isCalled(no uint32, id string) bool {
	c := b.claims.at(no)
	if n := c.number[shortNumber]; n <= shortNumber {
		return string(c.number[:n]) == id
	}
	return b.rare[no].number == id
}

// number returns what the insurer calls the claim.
func (b *book) number(no uint32) string {
	c := b.claims.at(no)
	if n := c.number[shortNumber]; n <= shortNumber {
		return string(c.number[:n])
	}
	return b.rare[no].number
}

func (b *book) line(no uint32) claim.Line {
	if l := b.facts.at(no).lineNo; int(l) < len(allLines) {
		return allLines[l]
	}
	if b.claims.at(no).is(claimRare) {
		return b.rare[no].line
	}
	return ""
}

// extra returns what few claims have of a claim, made if need be.
func (b *book) extra(no uint32) *claimExtra {
	c := b.claims.at(no)
	if !c.is(claimRare) {
		c.flags |= claimRare
		b.rare[no] = &claimExtra{}
	}
	return b.rare[no]
}

func (b *book) changed(no uint32) []uint16 {
	if !b.claims.at(no).is(claimRare) {
		return nil
	}
	return b.rare[no].changed
}

// describe sets c and f to what the input says, apart from its number and its slots.
func (b *book) describe(c *claimRec, f *facts, in *Input, w *scratch) {
	*c = claimRec{revision: int32(in.Revision), flags: claimLive, generation: c.generation, next: noClaim, ids: w.ids}
	*f = facts{day: w.day, lineNo: lineNo(in.Event.Line)}
	if in.Event.Outcome == fraudConfirmed {
		c.flags |= claimConfirmed
	}
	if w := in.Event.Loss.Time; w.Precision() >= claim.Day {
		c.lossDay = civilDay(w)
		if w.Precision() == claim.Instant {
			c.lossMinute = w.Time().Unix() / 60
		}
	}
	if m := w.env.Amounts.Claimed; m != nil {
		if v, ok := minor(m.Amount); ok {
			f.amount, f.currency = v, b.currency(m.Currency)
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
	if m := e.Amounts.Claimed; m != nil {
		b.addCurrency(m.Currency)
	}
}

// addCurrency numbers a currency and reports whether it had no number and there was one left.
func (b *book) addCurrency(code string) bool {
	if b.currencies[code] != 0 || len(b.currencies) >= int(newCurrency)-1 {
		return false
	}
	b.currencies[strings.Clone(code)] = uint16(len(b.currencies) + 1)
	return true
}

// insert adds a claim whose drafted slots have their keys, and returns its number.
func (b *book) insert(in *Input, w *scratch, changed []uint16) uint32 {
	b.learnCurrency(&w.env)
	no := b.room()
	b.describe(b.claims.at(no), b.facts.at(no), in, w)
	b.enter(no, in.Claim, in.Event.Line, w, changed)
	return no
}

// room returns the number of a claim that is none yet.
func (b *book) room() uint32 {
	if n := len(b.freeClaims); n > 0 {
		no := b.freeClaims[n-1]
		b.freeClaims = b.freeClaims[:n-1]
		return no
	}
	b.facts.add()
	b.days.add()
	return b.claims.add()
}

// enter joins a described claim to the keys of the drafted slots.
func (b *book) enter(no uint32, id string, line claim.Line, w *scratch, changed []uint16) {
	c, f := b.claims.at(no), b.facts.at(no)
	*b.days.at(no) = f.day
	b.call(no, id)
	if int(f.lineNo) == len(allLines) && line != "" {
		b.extra(no).line = claim.Line(strings.Clone(string(line)))
	}
	if len(changed) > 0 {
		b.extra(no).changed = changed
	}
	list := w.numbers[:0]
	for i := range w.drafted {
		d := &w.drafted[i]
		if d.flags&slotMember == 0 {
			continue
		}
		if d.flags&slotAgain == 0 {
			b.join(b.keys.at(d.key), no, d.flags&slotBusiness != 0, d.wants)
		}
		if d.place == 0 {
			list = append(list, d.key)
			c.composed++
			continue
		}
		key, rest := d.slot.packed()
		list = append(list, key, rest)
		c.tokens++
	}
	w.numbers = list
	c.slots = b.lists.add(uint32(len(list)))
	copy(b.lists.at(c.slots, uint32(len(list))), list)
	b.live++
	b.order.push(mark{f.day, no, c.generation})
}

// call gives a claim its number.
func (b *book) call(no uint32, id string) {
	c := b.claims.at(no)
	if len(id) <= shortNumber {
		copy(c.number[:], id)
		c.number[shortNumber] = byte(len(id))
	} else {
		b.extra(no).number = strings.Clone(id)
		c.number[shortNumber] = shortNumber + 1
	}
	hash := b.hash(id)
	if first, ok := b.byClaim[hash]; ok {
		c.next = first
	}
	b.byClaim[hash] = no
}

// uncall takes its number from a claim.
func (b *book) uncall(no uint32) {
	c, hash := b.claims.at(no), b.hash(b.number(no))
	switch first := b.byClaim[hash]; {
	case first == no && c.next == noClaim:
		delete(b.byClaim, hash)
	case first == no:
		b.byClaim[hash] = c.next
	default:
		before := b.claims.at(first)
		for before.next != no {
			before = b.claims.at(before.next)
		}
		before.next = c.next
	}
}

// remove takes a claim out of every key. Keys that nothing shares any more go too.
func (b *book) remove(no uint32) {
	b.keeping.leaves(b, no)
	c := b.claims.at(no)
	c.generation++
	n := uint32(c.tokens)*2 + uint32(c.composed)
	list := b.lists.at(c.slots, n)
	for i := range int(c.tokens) {
		if sl := unpack(list[2*i], list[2*i+1]); sl.flags&slotAgain == 0 {
			b.quit(sl.key, no, sl.flags&slotBusiness != 0)
		}
	}
	for _, key := range b.composedOf(c) {
		b.quit(key, no, false)
	}
	b.lists.drop(c.slots, n)
	b.uncall(no)
	delete(b.rare, no)
	b.live--
	*c = claimRec{generation: c.generation}
	*b.facts.at(no) = facts{}
	b.freeClaims = append(b.freeClaims, no)
}

func (b *book) quit(key, no uint32, business bool) {
	k := b.keys.at(key)
	b.leave(k, no, business)
	if k.count == 0 {
		b.free(key)
	}
}

// changedPlaces returns the places at which the new slots have none of the tokens that the claim has there, and what it
// changed before.
func (b *book) changedPlaces(no uint32, slots []drafted) []uint16 {
	changed := b.changed(no)
	var memory [64]slot
	old := b.tokensOf(memory[:0], b.claims.at(no))
	for i := range slots {
		p := slots[i].place
		if p == 0 { // combinations follow the tokens
			break
		}
		if slices.Contains(changed, p) || slices.ContainsFunc(slots[:i], func(n drafted) bool { return n.place == p }) {
			continue
		}
		had, same := false, false
		for j := range old {
			if o := &old[j]; o.place == p && !same {
				had = true
				same = slices.ContainsFunc(slots[i:], func(n drafted) bool { return n.place == p && n.key == o.key })
			}
		}
		if had && !same {
			changed = append(slices.Clone(changed), p)
		}
	}
	return changed
}

// bytes estimates the memory held, from the sizes of the pages and of the maps around them.
func (b *book) bytes() int64 {
	const mapped = 14 // an entry of two numbers in a map of the usual load
	n := b.claims.bytes() + b.facts.bytes() + b.days.bytes() + b.keys.bytes() + b.lists.bytes() + mapped*int64(len(b.index)+len(b.byClaim))
	n += int64(cap(b.order))*sizeOf[mark]() + 4*int64(cap(b.freeClaims)+cap(b.freeKeys)) + 100*int64(len(b.rare)+b.awaited.len()+len(b.misshapen))
	for _, c := range b.crowds {
		if c != nil {
			n += c.bytes()
		}
	}
	return n
}

func (c *crowd) bytes() int64 {
	n := 8*int64(cap(c.visitors)) + c.table.days.bytes() + c.table.blocks.bytes() + 200
	if c.who != nil {
		n += c.who.bytes()
	}
	return n
}

func (s *series) bytes() int64 {
	return int64(cap(s.counts))*sizeOf[dayCount]() + int64(cap(s.amounts))*sizeOf[amountSum]() + int64(cap(s.lines))*sizeOf[lineCounts]()
}

func (r *runs) bytes() int64 { return int64(len(r.pages)) * runPage * 4 }

func (p *pages[T]) bytes() int64 {
	return int64(len(p.pages)) * pageSize * sizeOf[T]()
}

func sizeOf[T any]() int64 { return int64(reflect.TypeFor[T]().Size()) }
