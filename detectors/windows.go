package detectors

import (
	"math"
	"slices"

	"tallystick/claim"
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
	namedBusiness
	overHub
	allColleagues
	changedToken
	showToken
)

// constant returns the days of a query that names none, or 0.
func (k queryKind) constant() int32 {
	switch k {
	case keyAge, heldByBusiness, namedBusiness, overHub, allColleagues:
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
	wants    wants
	queries  []uint16
}

// wants is what of a window some query of an ask needs, beside how many claims it holds.
type wants uint8

const (
	wantClaims   wants = 1 << iota // the window at all
	wantAmounts                    // sums and their currencies
	wantSquares                    // of amounts
	wantLines                      // lines of business
	wantDistinct                   // policies and persons
)

func (k queryKind) wants() wants {
	switch k {
	case changedToken, showToken, heldByBusiness, namedBusiness, overHub:
		return 0
	case sumAmounts, meanAmount:
		return wantClaims | wantAmounts
	case zScore:
		return wantClaims | wantAmounts | wantSquares
	case countLines:
		return wantClaims | wantLines
	case countPolicies, countPersons, allColleagues:
		return wantClaims | wantDistinct
	default:
		return wantClaims
	}
}

func (rs *RuleSet) groupQueries() {
	for i, q := range rs.queries {
		no := slices.IndexFunc(rs.asks, func(a ask) bool {
			return a.key == q.key && a.selector == q.selector &&
				a.days == q.days
		})
		if no < 0 {
			no = len(rs.asks)
			rs.asks = append(rs.asks, ask{key: q.key, selector: q.selector, days: q.days})
			if q.key >= 0 {
				rs.keys[q.key].asks = append(rs.keys[q.key].asks, uint16(no))
			}
		}
		if q.key >= 0 {
			rs.keys[q.key].wants |= q.kind.wants()
		}
		a := &rs.asks[no]
		a.lines |= q.lines
		a.wants |= q.kind.wants()
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
	answers []answer
	ring    ring
	hops    int // to a confirmed fraud; farAway beyond two
	// Of the claims one step away, those that were confirmed as fraud and those that were cleared.
	confirmed, cleared int
	signals            claim.Signals
	linkable           bool // the claim has a token of a linked kind
	tally              tally
	looked             int // at so many claims of windows
}

func (v *view) answer(q int) (answer, bool) {
	if v == nil || q >= len(v.answers) {
		return answer{}, false
	}
	return v.answers[q], v.answers[q].ok
}

const (
	leastForMean = 1
	leastForZ    = 30
)

// tally is what a window holds, without the claim that asks.
type tally struct {
	claims, amounts int64
	lines           [len(allLines) + 1]int32
	sum             int64
	squares         square
	currency        uint16
	mixed           bool
	policies        distinct
	persons         distinct
	strangers       int   // claims of people with another employer, or none known
	oldest          int32 // event day of any claim with the key, the future left out
}

// distinct is a small set of keys. A window is listed up to 64 claims; of a crowd there are at least as many as it
// holds.
type distinct struct {
	n    int
	keys [atLeast]uint64
}

func (d *distinct) add(key uint64) {
	if d.n < len(d.keys) && !slices.Contains(d.keys[:d.n], key) {
		d.keys[d.n] = key
		d.n++
	}
}

// window tallies a key's claims of the days up to self's, as far as the ask wants. self is left out of a list; see
// drop.
func (b *book) window(t *tally, k *keyRec, a *ask, self *asking) {
	from, to := self.day-a.days, self.day
	if c := b.crowd(k); c != nil {
		t.oldest = c.table.oldest()
		if c.table.lacks(a.wants) {
			b.count(t, c, from, to, a.wants)
			return
		}
		c.table.tally(t, from, to, a.wants)
		for i := range c.table.currencies {
			if cur := &c.table.currencies[i]; cur.within(from, to) {
				t.mixed = t.mixed || t.currency != 0
				t.currency = cur.currency
			}
		}
		return
	}
	var one [1]uint32
	for _, no := range b.members(k, &one) {
		day := *b.days.at(no)
		if day > to || no == self.no {
			continue
		}
		t.oldest = min(t.oldest, day)
		if day < from {
			continue
		}
		t.claims++
		if a.wants&(wantAmounts|wantLines) != 0 {
			t.take(b.facts.at(no), a.wants)
		}
		if a.wants&wantDistinct != 0 {
			t.meet(b.claims.at(no), &self.claimRec)
		}
	}
}

// count tallies a crowd claim by claim: nobody of it holds the key at a place of which rules ask what is wanted here.
func (b *book) count(t *tally, c *crowd, from, to int32, w wants) {
	for _, v := range c.visitors {
		if !b.isHere(v) {
			continue
		}
		f := b.facts.at(v.claim)
		if f.day >= from && f.day <= to {
			t.claims++
			t.take(f, w|wantSquares)
		}
	}
}

func (t *tally) take(f *facts, w wants) {
	t.lines[f.lineNo]++
	if f.currency == 0 || w&wantAmounts == 0 {
		return
	}
	t.amounts++
	t.sum += f.amount
	t.mixed = t.mixed || t.currency != 0 && t.currency != f.currency
	t.currency = f.currency
	if w&wantSquares != 0 {
		t.squares.add(f.amount)
	}
}

// meet notes who made the claim and under which policy.
func (t *tally) meet(c, self *claimRec) {
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

// drop takes one claim that a table counted back out.
func (t *tally) drop(f *facts) {
	t.claims--
	t.lines[f.lineNo]--
	if f.currency != 0 {
		t.amounts--
		t.sum -= f.amount
		t.squares.sub(f.amount)
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

// look answers every query for a claim. The claim as the book has it is not counted.
func (s *State) look(v *view, b *book, self *asking, w *scratch) {
	if cap(v.answers) < len(s.rs.queries) {
		v.answers = make([]answer, len(s.rs.queries))
	}
	v.answers = v.answers[:len(s.rs.queries)]
	clear(v.answers)
	v.looked = 0
	for i := range w.drafted {
		for _, no := range w.drafted[i].asks {
			if a := &s.rs.asks[no]; a.lines&(1<<self.lineNo) != 0 {
				s.ask(v, b, a, self, &w.drafted[i])
			}
		}
	}
}

func (s *State) ask(v *view, b *book, a *ask, self *asking, sl *drafted) {
	t := &v.tally
	if a.wants != 0 {
		t.reset()
		if sl.key != 0 {
			k := b.keys.at(sl.key)
			b.window(t, k, a, self)
			v.looked += k.looks()
			if k.count == crowded && self.no != noClaim {
				if f := b.facts.at(self.no); f.day <= self.day && f.day >= self.day-a.days && b.holds(self.no, sl.key) {
					t.drop(f)
				}
			}
			if c := b.crowd(k); c != nil && a.wants&wantDistinct != 0 {
				t.meetCrowd(b, c, self, self.no != noClaim && b.holds(self.no, sl.key))
			}
		}
	}
	for _, no := range a.queries {
		have, got := &v.answers[no], answer{}
		switch kind := s.rs.queries[no].kind; kind {
		case heldByBusiness:
			got = truth(sl.key != 0 && s.trades(b, sl.key, self.holding(&sl.slot)) || sl.key == 0 &&
				s.registered(b, &sl.id))
		case namedBusiness:
			got = truth(sl.key != 0 && sl.flags&slotBusiness == 0 && b.tradesElsewhere(sl.key, self.no) &&
				!s.trades(b, sl.key, self.holding(&sl.slot)))
		case overHub:
			got = truth(s.isHub(b, &sl.slot, self.no))
		case showToken:
			got = answer{s: sl.at, ok: true}
		case changedToken:
			got.ok = true
			if slices.Contains(self.changed, sl.place) {
				got.n = 1
			}
		default:
			got = t.answer(kind, self)
		}
		if !have.ok || got.ok && (got.n > have.n || got.f > have.f) {
			*have = got
		}
	}
}

func truth(v bool) answer { return answer{n: int64(number(v)), ok: true} }

const never = int32(1<<31 - 1)

// reset empties t without clearing what n guards.
func (t *tally) reset() {
	t.claims, t.amounts, t.sum, t.squares, t.currency, t.mixed = 0, 0, 0, square{}, 0, false
	t.lines = [len(allLines) + 1]int32{}
	t.policies.n, t.persons.n, t.strangers, t.oldest = 0, 0, 0, never
}

func (t *tally) answer(kind queryKind, self *asking) answer {
	switch kind {
	case countClaims:
		return answer{n: t.claims, ok: true}
	case keyAge:
		return answer{n: int64(self.day - t.oldest), ok: t.oldest <= self.day}
	case allColleagues:
		a := answer{ok: true}
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
		return answer{n: int64(t.policies.n), ok: self.ids[identityPolicy] != 0}
	case countPersons:
		return answer{n: int64(t.persons.n), ok: self.person() != 0}
	case sumAmounts:
		return answer{n: t.sum, ok: !t.foreign(self) && t.sum >= 0}
	case meanAmount:
		if t.foreign(self) || t.amounts < leastForMean || t.sum < 0 {
			return answer{}
		}
		return answer{n: t.sum / t.amounts, ok: true}
	case zScore:
		return t.deviation(self)
	}
	return answer{}
}

// foreign reports whether the amounts are not all in one currency, self's where it has one.
func (t *tally) foreign(self *asking) bool {
	return t.mixed || self.currency != 0 && t.currency != 0 && self.currency != t.currency
}

// deviation is how many standard deviations self's amount lies above the mean.
func (t *tally) deviation(self *asking) answer {
	if t.mixed || t.amounts < leastForZ || self.currency == 0 || self.currency != t.currency {
		return answer{}
	}
	n := float64(t.amounts)
	mean := float64(t.sum) / 10_000 / n
	variance := (t.squares.float()/1e8 - n*mean*mean) / (n - 1)
	if variance <= 0 {
		return answer{}
	}
	return answer{f: (float64(self.amount)/10_000 - mean) / math.Sqrt(variance), ok: true}
}
