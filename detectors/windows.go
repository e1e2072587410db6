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
	keyAge
	heldByBusiness
	allColleagues
	changedToken
	showToken
)

// constant returns the days of a query that names none, or 0.
func (k queryKind) constant() int32 {
	switch k {
	case keyAge, heldByBusiness, allColleagues:
		return windowDays
	case changedToken, showToken:
		return 1
	default:
		return 0
	}
}

// query is a window function with its constants.
type query struct {
	kind     queryKind
	days     int32
	key      int    // of the rule set's keys, or -1
	selector string // when key is -1
	lines    uint16 // of the rules that ask
}

// ask is the queries about one window.
type ask struct {
	key      int
	selector string
	days     int32
	lines    uint16
	distinct bool // some query counts policies or persons
	queries  []uint16
}

func (rs *RuleSet) groupQueries() {
	for i, q := range rs.queries {
		no := slices.IndexFunc(rs.asks, func(a ask) bool { return a.key == q.key && a.selector == q.selector && a.days == q.days })
		if no < 0 {
			no = len(rs.asks)
			rs.asks = append(rs.asks, ask{key: q.key, selector: q.selector, days: q.days})
			if q.key >= 0 {
				rs.keys[q.key].asks = append(rs.keys[q.key].asks, uint16(no))
			}
		}
		a := &rs.asks[no]
		a.lines |= q.lines
		a.distinct = a.distinct || q.kind == countPolicies || q.kind == countPersons || q.kind == allColleagues
		a.queries = append(a.queries, uint16(i))
	}
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
	tally    tally
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
	blocks     []daySum // the same by 32 days: day is the number of the block
	currencies map[uint16]int
}

// tally adds the days from and to, and those between, to t: whole blocks where they fit, days at the ends.
func (d *dayTable) tally(t *tally, from, to int32) {
	first, end := (from+31)>>5, (to+1)>>5
	if first >= end {
		t.addDays(d.days, from, to)
		return
	}
	t.addDays(d.days, from, first<<5-1)
	t.addDays(d.blocks, first, end-1)
	t.addDays(d.days, end<<5, to)
}

func (t *tally) addDays(days []daySum, from, to int32) {
	for i, _ := find(days, from); i < len(days) && days[i].day <= to; i++ {
		d := &days[i]
		t.claims += int64(d.claims)
		t.amounts += int64(d.amounts)
		t.sum += d.sum
		t.squares.plus(d.squares)
		for l, n := range d.lines {
			t.lines[l] += n
		}
	}
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
	if k.count <= listed {
		return
	}
	k.table = &dayTable{currencies: map[uint16]int{}}
	for _, no := range k.many {
		k.table.add(b.claims.at(no))
	}
}

// removed notes that c is about to leave the members.
func (k *keyRec) removed(c *claimRec) {
	if k.table == nil {
		return
	}
	k.table.sub(c)
	if k.count-1 <= listed {
		k.table = nil
	}
}

// find returns where the day stands, or belongs.
func find(days []daySum, day int32) (int, bool) {
	if n := len(days); n > 0 && days[n-1].day <= day {
		if days[n-1].day == day {
			return n - 1, true
		}
		return n, false
	}
	lo, hi := 0, len(days)
	for lo < hi {
		if mid := (lo + hi) / 2; days[mid].day < day {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(days) && days[lo].day == day
}

func (t *dayTable) add(c *claimRec) {
	t.days = plus(t.days, c.day, c)
	t.blocks = plus(t.blocks, c.day>>5, c)
	if c.currency != 0 {
		t.currencies[c.currency]++
	}
}

func (t *dayTable) sub(c *claimRec) {
	t.days = minus(t.days, c.day, c)
	t.blocks = minus(t.blocks, c.day>>5, c)
	if c.currency == 0 {
		return
	}
	if t.currencies[c.currency]--; t.currencies[c.currency] == 0 {
		delete(t.currencies, c.currency)
	}
}

func plus(days []daySum, day int32, c *claimRec) []daySum {
	i, ok := find(days, day)
	if !ok {
		days = slices.Insert(days, i, daySum{day: day})
	}
	d := &days[i]
	d.claims++
	d.lines[c.lineNo]++
	if c.currency != 0 {
		d.amounts++
		d.sum += c.amount
		d.squares.add(c.amount)
	}
	return days
}

func minus(days []daySum, day int32, c *claimRec) []daySum {
	i, ok := find(days, day)
	if !ok {
		return days
	}
	d := &days[i]
	d.claims--
	d.lines[c.lineNo]--
	if c.currency != 0 {
		d.amounts--
		d.sum -= c.amount
		d.squares.sub(c.amount)
	}
	if d.claims == 0 {
		return slices.Delete(days, i, i+1)
	}
	return days
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
	policies        distinct
	persons         distinct
	strangers       int   // claims of people with another employer, or none known
	oldest          int32 // event day of any claim with the key, the future left out
}

// distinct is a small set of keys. A window is listed up to 64 claims, so it never overflows.
type distinct struct {
	n    int
	keys [listed]uint64
}

func (d *distinct) add(key uint64) {
	if d.n < len(d.keys) && !slices.Contains(d.keys[:d.n], key) {
		d.keys[d.n] = key
		d.n++
	}
}

// window tallies a key's claims of the days up to self's. self is left out wherever it stands.
func (b *book) window(t *tally, k *keyRec, days int32, self *claimRec, distinct bool) {
	from, to := self.day-days, self.day
	if k.table == nil {
		var one [1]uint32
		for _, no := range k.members(&one) {
			c := b.claims.at(no)
			if c.day > to || c.id == self.id {
				continue
			}
			t.oldest = min(t.oldest, c.day)
			if c.day < from {
				continue
			}
			t.take(c, self, distinct)
		}
		return
	}
	t.listed = false
	t.oldest = k.table.days[0].day
	k.table.tally(t, from, to)
	t.mixed = len(k.table.currencies) > 1
	for c := range k.table.currencies {
		t.currency = c
	}
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
	if !c.same(self, identityEmployer) {
		t.strangers++
	}
	if p := c.ids[identityPolicy]; p != 0 && p != self.ids[identityPolicy] {
		t.policies.add(p)
	}
	if p := c.person(); p != 0 && !c.samePerson(self) {
		t.persons.add(p)
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

// person returns what tells claimants apart: of a national id, else of name and birth date, else of the
// insurer's number, else of the name.
func (c *claimRec) person() uint64 {
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
func (s *State) look(v *view, b *book, self, stored *claimRec, slots []drafted) {
	if cap(v.answers) < len(s.rs.queries) {
		v.answers = make([]answer, len(s.rs.queries))
	}
	v.answers = v.answers[:len(s.rs.queries)]
	clear(v.answers)
	for i := range slots {
		for _, no := range slots[i].asks {
			if a := &s.rs.asks[no]; a.lines&(1<<self.lineNo) != 0 {
				s.ask(v, b, a, self, stored, &slots[i])
			}
		}
	}
}

func (s *State) ask(v *view, b *book, a *ask, self, stored *claimRec, sl *drafted) {
	t := &v.tally
	if kind := s.rs.queries[a.queries[0]].kind; kind != changedToken && kind != showToken || len(a.queries) > 1 {
		t.reset()
		if sl.key != 0 {
			k := b.keys.at(sl.key)
			b.window(t, k, a.days, self, a.distinct)
			if k.table != nil && stored != nil && stored.day <= self.day && stored.day >= self.day-a.days && stored.member(sl.key) {
				t.drop(stored)
			}
		}
	}
	for _, no := range a.queries {
		have, got := &v.answers[no], answer{}
		switch kind := s.rs.queries[no].kind; kind {
		case heldByBusiness:
			got.ok = true
			if sl.flags&slotBusiness != 0 || sl.key != 0 && b.keys.at(sl.key).business > 0 {
				got.n = 1
			}
		case showToken:
			got = answer{s: sl.value, ok: true}
		case changedToken:
			got.ok = true
			if slices.Contains(self.changed, sl.place) {
				got.n = 1
			}
		default:
			got = t.answer(kind, self)
		}
		if !have.ok || got.n > have.n || got.f > have.f {
			*have = got
		}
	}
}

const never = int32(1<<31 - 1)

// reset empties t without clearing what n guards.
func (t *tally) reset() {
	t.claims, t.amounts, t.sum, t.squares, t.currency, t.mixed, t.listed = 0, 0, 0, square{}, 0, false, true
	t.lines = [len(allLines) + 1]int32{}
	t.policies.n, t.persons.n, t.strangers, t.oldest = 0, 0, 0, never
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
	case keyAge:
		return answer{n: int64(self.day - t.oldest), ok: t.oldest <= self.day}
	case allColleagues:
		a := answer{ok: t.listed}
		if t.claims > 0 && t.strangers == 0 {
			a.n = 1
		}
		return a
	case countLines:
		n := int64(0)
		for _, c := range t.lines {
			if c > 0 {
				n++
			}
		}
		return answer{n: n, ok: true}
	case countPolicies:
		return answer{n: int64(t.policies.n), ok: t.listed && self.ids[identityPolicy] != 0}
	case countPersons:
		return answer{n: int64(t.persons.n), ok: t.listed && self.person() != 0}
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
