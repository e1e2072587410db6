package detectors

import (
	"math"
	"math/bits"
	"slices"
)

// queryKind is what a window function asks.
type queryKind uint8

const (
	countClaims queryKind = iota
	countPolicies
	countPersons
	countLines
	sumAmounts
	meanAmount
	zScore
	changedToken
	showToken
)

// query is a window function with its constants.
type query struct {
	kind     queryKind
	days     int32
	key      int    // of the rule set's keys, or -1
	selector string // when key is -1
	lines    uint16 // of the rules that ask
}

// answer of a query; of amounts n counts units of 10^-4.
type answer struct {
	n  int64
	f  float64
	s  string
	ok bool
}

// view is what the state says to one claim.
type view struct {
	answers  []answer
	ring     ring
	hops     int  // to a confirmed fraud; farAway beyond two
	linkable bool // the claim has a token of a linked kind
}

func (v *view) answer(q int) (answer, bool) {
	if v == nil || q >= len(v.answers) {
		return answer{}, false
	}
	return v.answers[q], v.answers[q].ok
}

const (
	listed       = 64 // members up to which windows are counted claim by claim, above by day
	leastForMean = 1
	leastForZ    = 30
)

// dayTable sums a key with many members by event day, so that a window costs a step a day.
type dayTable struct {
	days       []daySum // by day
	currencies map[uint16]int
}

type daySum struct {
	day     int32
	claims  int32
	amounts int32 // claims with a known amount
	lines   [len(allLines) + 1]int32
	sum     int64
	squares square
}

// square is an exact sum of squares of whole currency units: exact, so that the order of claims does not matter.
type square struct{ hi, lo uint64 }

func (q *square) add(amount int64) {
	hi, lo := bits.Mul64(uint64(amount)/10_000, uint64(amount)/10_000)
	var carry uint64
	q.lo, carry = bits.Add64(q.lo, lo, 0)
	q.hi, _ = bits.Add64(q.hi, hi, carry)
}

func (q *square) sub(amount int64) {
	hi, lo := bits.Mul64(uint64(amount)/10_000, uint64(amount)/10_000)
	var borrow uint64
	q.lo, borrow = bits.Sub64(q.lo, lo, 0)
	q.hi, _ = bits.Sub64(q.hi, hi, borrow)
}

func (q *square) plus(o square) {
	var carry uint64
	q.lo, carry = bits.Add64(q.lo, o.lo, 0)
	q.hi, _ = bits.Add64(q.hi, o.hi, carry)
}

func (q square) float() float64 { return math.Ldexp(float64(q.hi), 64) + float64(q.lo) }

// added notes that c was appended to the members.
func (k *keyRec) added(b *book, c *claimRec) {
	if k.table != nil {
		k.table.add(c)
		return
	}
	if len(k.members) <= listed {
		return
	}
	k.table = &dayTable{currencies: map[uint16]int{}}
	for _, no := range k.members {
		k.table.add(&b.claims[no])
	}
}

// removed notes that c is about to leave the members.
func (k *keyRec) removed(c *claimRec) {
	if k.table == nil {
		return
	}
	k.table.sub(c)
	if len(k.members)-1 <= listed {
		k.table = nil
	}
}

func (t *dayTable) at(day int32) (int, bool) {
	if n := len(t.days); n > 0 && t.days[n-1].day == day {
		return n - 1, true
	}
	return slices.BinarySearchFunc(t.days, day, func(d daySum, day int32) int { return int(d.day) - int(day) })
}

func (t *dayTable) add(c *claimRec) {
	i, ok := t.at(c.day)
	if !ok {
		t.days = slices.Insert(t.days, i, daySum{day: c.day})
	}
	d := &t.days[i]
	d.claims++
	d.lines[c.lineNo]++
	if c.currency != 0 {
		d.amounts++
		d.sum += c.amount
		d.squares.add(c.amount)
		t.currencies[c.currency]++
	}
}

func (t *dayTable) sub(c *claimRec) {
	i, ok := t.at(c.day)
	if !ok {
		return
	}
	d := &t.days[i]
	d.claims--
	d.lines[c.lineNo]--
	if c.currency != 0 {
		d.amounts--
		d.sum -= c.amount
		d.squares.sub(c.amount)
		if t.currencies[c.currency]--; t.currencies[c.currency] == 0 {
			delete(t.currencies, c.currency)
		}
	}
	if d.claims == 0 {
		t.days = slices.Delete(t.days, i, i+1)
	}
}

// tally is what a window holds, without the claim that asks.
type tally struct {
	claims, amounts int64
	lines           [len(allLines) + 1]int32
	sum             int64
	squares         square
	currency        uint16
	mixed           bool
	listed          bool // false: policies and persons are not known
	policies        []uint32
	persons         []uint32
}

// window tallies a key's claims of the days up to self's. self is left out wherever it stands.
func (b *book) window(k *keyRec, days int32, self *claimRec, distinct bool) (t tally) {
	from, to := self.day-days, self.day
	if k.table == nil {
		t.listed = true
		for _, no := range k.members {
			c := &b.claims[no]
			if c.day < from || c.day > to || c.id == self.id {
				continue
			}
			t.take(c, self, distinct)
		}
		return t
	}
	i, _ := k.table.at(from)
	for ; i < len(k.table.days) && k.table.days[i].day <= to; i++ {
		d := &k.table.days[i]
		t.claims += int64(d.claims)
		t.amounts += int64(d.amounts)
		t.sum += d.sum
		t.squares.plus(d.squares)
		for l, n := range d.lines {
			t.lines[l] += n
		}
	}
	t.mixed = len(k.table.currencies) > 1
	for c := range k.table.currencies {
		t.currency = c
	}
	return t
}

func (t *tally) take(c, self *claimRec, distinct bool) {
	t.claims++
	t.lines[c.lineNo]++
	if c.currency != 0 {
		t.amounts++
		t.sum += c.amount
		t.squares.add(c.amount)
		t.mixed = t.mixed || t.currency != 0 && t.currency != c.currency
		t.currency = c.currency
	}
	if !distinct {
		return
	}
	if p := c.ids[identityPolicy]; p != 0 && p != self.ids[identityPolicy] && !slices.Contains(t.policies, p) {
		t.policies = append(t.policies, p)
	}
	if p := c.person(); p != 0 && !c.samePerson(self) && !slices.Contains(t.persons, p) {
		t.persons = append(t.persons, p)
	}
}

// drop takes one claim that the table counted back out.
func (t *tally) drop(c *claimRec) {
	t.claims--
	t.lines[c.lineNo]--
	if c.currency != 0 {
		t.amounts--
		t.sum -= c.amount
		t.squares.sub(c.amount)
	}
}

// person returns the key that tells claimants apart: of a national id, else of name and birth date, else of the
// insurer's number, else of the name.
func (c *claimRec) person() uint32 {
	for _, id := range [...]identity{identityNationalID, identityPerson, identityCustomer, identityName} {
		if c.ids[id] != 0 {
			return c.ids[id]
		}
	}
	return 0
}

// samePerson reports whether two claims are known to be of one claimant. A national id under two names is not.
func (c *claimRec) samePerson(o *claimRec) bool {
	if c.same(o, identityPerson) || c.same(o, identityCustomer) {
		return true
	}
	names := c.ids[identityName] != 0 && o.ids[identityName] != 0
	return c.same(o, identityNationalID) && (!names || c.same(o, identityName))
}

// look answers every query for a claim. stored is the claim as the book has it, or nil; it is not counted.
func (s *State) look(v *view, b *book, self, stored *claimRec, slots []slot) {
	if cap(v.answers) < len(s.rs.queries) {
		v.answers = make([]answer, len(s.rs.queries))
	}
	v.answers = v.answers[:len(s.rs.queries)]
	clear(v.answers)
	for i := range slots {
		sl := &slots[i]
		if sl.def >= 0 {
			for _, q := range s.rs.keys[sl.def].queries {
				s.ask(v, b, int(q), self, stored, sl)
			}
			continue
		}
		for _, q := range s.places.info(sl.place).queries {
			s.ask(v, b, int(q), self, stored, sl)
		}
	}
}

func (s *State) ask(v *view, b *book, no int, self, stored *claimRec, sl *slot) {
	q, a := &s.rs.queries[no], &v.answers[no]
	switch q.kind {
	case showToken:
		*a = answer{s: sl.value, ok: true}
		return
	case changedToken:
		a.ok = true
		if slices.Contains(self.changed, sl.place) {
			a.n = 1
		}
		return
	}
	if q.lines&(1<<self.lineNo) == 0 {
		return
	}
	var t tally
	if sl.key == 0 {
		t.listed = true
	} else {
		k := &b.keys[sl.key]
		t = b.window(k, q.days, self, q.kind == countPolicies || q.kind == countPersons)
		if k.table != nil && stored != nil && stored.member(sl.key) && stored.day <= self.day && stored.day >= self.day-q.days {
			t.drop(stored)
		}
	}
	got := t.answer(q.kind, self)
	if !a.ok || got.n > a.n || got.f > a.f {
		*a = got
	}
}

func (c *claimRec) member(key uint32) bool {
	for i := range c.slots {
		if c.slots[i].key == key {
			return true
		}
	}
	return false
}

func (t *tally) answer(kind queryKind, self *claimRec) answer {
	switch kind {
	case countClaims:
		return answer{n: t.claims, ok: true}
	case countLines:
		n := int64(0)
		for _, c := range t.lines {
			if c > 0 {
				n++
			}
		}
		return answer{n: n, ok: true}
	case countPolicies:
		return answer{n: int64(len(t.policies)), ok: t.listed && self.ids[identityPolicy] != 0}
	case countPersons:
		return answer{n: int64(len(t.persons)), ok: t.listed && self.person() != 0}
	case sumAmounts:
		return answer{n: t.sum, ok: !t.mixed && t.sum >= 0}
	case meanAmount:
		if t.mixed || t.amounts < leastForMean || t.sum < 0 {
			return answer{}
		}
		return answer{n: t.sum / t.amounts, ok: true}
	case zScore:
		return t.deviation(self)
	}
	return answer{}
}

// deviation is how many standard deviations self's amount lies above the mean.
func (t *tally) deviation(self *claimRec) answer {
	if t.mixed || t.amounts < leastForZ || self.currency == 0 || self.currency != t.currency {
		return answer{}
	}
	n := float64(t.amounts)
	mean := float64(t.sum) / 10_000 / n
	variance := (t.squares.float() - n*mean*mean) / (n - 1)
	if variance <= 0 {
		return answer{}
	}
	return answer{f: (float64(self.amount)/10_000 - mean) / math.Sqrt(variance), ok: true}
}
