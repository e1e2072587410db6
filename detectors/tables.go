package detectors

import (
	"math"
	"math/bits"
	"slices"
)

// dayTable sums the members of a crowd by event day, so that a window costs a step a day. Beside how many they are it
// sums what some rule asks of the key.
type dayTable struct {
	has        wants  // wantAmounts and wantLines
	days       series // by day
	blocks     series // the same by 32 days: day is the number of the block
	currencies []currencyCount
}

// series is sums by day. Amounts and lines are of the same days as counts, or nil.
type series struct {
	counts  []dayCount
	amounts []amountSum
	lines   []lineCounts
}

type dayCount struct{ day, claims int32 }

type amountSum struct {
	sum     int64
	squares square
	claims  int32 // with a known amount
}

// lineCounts are claims by line of business.
type lineCounts [len(allLines) + 1]int32

type currencyCount struct {
	currency uint16
	days     series // counts alone
}

// within reports whether some claim of the days has the currency.
func (c *currencyCount) within(from, to int32) bool {
	i, _ := c.days.find(from)
	return i < len(c.days.counts) && c.days.counts[i].day <= to
}

// lacks reports whether a table does not sum all that is wanted of it.
func (d *dayTable) lacks(w wants) bool { return w&(wantAmounts|wantLines)&^d.has != 0 }

// oldest returns the day of the oldest member.
func (d *dayTable) oldest() int32 { return d.days.counts[0].day }

// tally adds the days from and to, and those between, to t: whole blocks where they fit, days at the ends.
func (d *dayTable) tally(t *tally, from, to int32, w wants) {
	first, end := (from+31)>>5, (to+1)>>5
	if first >= end {
		d.days.tally(t, from, to, w)
		return
	}
	d.days.tally(t, from, first<<5-1, w)
	d.blocks.tally(t, first, end-1, w)
	d.days.tally(t, end<<5, to, w)
}

func (s *series) tally(t *tally, from, to int32, w wants) {
	first, _ := s.find(from)
	end := first
	for ; end < len(s.counts) && s.counts[end].day <= to; end++ {
		t.claims += int64(s.counts[end].claims)
	}
	if w&wantAmounts != 0 {
		for i := range s.amounts[first:end] {
			a := &s.amounts[first+i]
			t.amounts += int64(a.claims)
			t.sum += a.sum
			t.squares.plus(a.squares)
		}
	}
	if w&wantLines != 0 {
		for i := range s.lines[first:end] {
			for l, n := range s.lines[first+i] {
				t.lines[l] += n
			}
		}
	}
}

// square is an exact sum of squares of amounts in units of 10^-4: exact, so that the order of claims does not matter.
type square struct{ hi, lo uint64 }

func (q *square) add(amount int64) {
	hi, lo := bits.Mul64(uint64(amount), uint64(amount))
	var carry uint64
	q.lo, carry = bits.Add64(q.lo, lo, 0)
	q.hi, _ = bits.Add64(q.hi, hi, carry)
}

func (q *square) sub(amount int64) {
	hi, lo := bits.Mul64(uint64(amount), uint64(amount))
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

// find returns where the day stands, or belongs.
func (s *series) find(day int32) (int, bool) {
	n := len(s.counts)
	if n > 0 && s.counts[n-1].day <= day {
		if s.counts[n-1].day == day {
			return n - 1, true
		}
		return n, false
	}
	lo, hi := 0, n
	for lo < hi {
		if mid := (lo + hi) / 2; s.counts[mid].day < day {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < n && s.counts[lo].day == day
}

func (d *dayTable) add(f *facts) {
	d.days.add(f.day, f, d.has)
	d.blocks.add(f.day>>5, f, d.has)
	if f.currency == 0 || d.has&wantAmounts == 0 {
		return
	}
	i := slices.IndexFunc(d.currencies, func(c currencyCount) bool { return c.currency == f.currency })
	if i < 0 {
		i = len(d.currencies)
		d.currencies = append(d.currencies, currencyCount{currency: f.currency})
	}
	d.currencies[i].days.add(f.day, f, 0)
}

func (d *dayTable) sub(f *facts) {
	d.days.sub(f.day, f, d.has)
	d.blocks.sub(f.day>>5, f, d.has)
	if f.currency == 0 || d.has&wantAmounts == 0 {
		return
	}
	i := slices.IndexFunc(d.currencies, func(c currencyCount) bool { return c.currency == f.currency })
	if d.currencies[i].days.sub(f.day, f, 0); len(d.currencies[i].days.counts) == 0 {
		d.currencies = slices.Delete(d.currencies, i, i+1)
	}
}

func (s *series) add(day int32, f *facts, has wants) {
	i, ok := s.find(day)
	if !ok {
		s.counts = slices.Insert(s.counts, i, dayCount{day: day})
		if has&wantAmounts != 0 {
			s.amounts = slices.Insert(s.amounts, i, amountSum{})
		}
		if has&wantLines != 0 {
			s.lines = slices.Insert(s.lines, i, lineCounts{})
		}
	}
	s.counts[i].claims++
	if has&wantLines != 0 {
		s.lines[i][f.lineNo]++
	}
	if has&wantAmounts != 0 && f.currency != 0 {
		a := &s.amounts[i]
		a.claims++
		a.sum += f.amount
		a.squares.add(f.amount)
	}
}

func (s *series) sub(day int32, f *facts, has wants) {
	i, ok := s.find(day)
	if !ok {
		return
	}
	s.counts[i].claims--
	if has&wantLines != 0 {
		s.lines[i][f.lineNo]--
	}
	if has&wantAmounts != 0 && f.currency != 0 {
		a := &s.amounts[i]
		a.claims--
		a.sum -= f.amount
		a.squares.sub(f.amount)
	}
	if s.counts[i].claims > 0 {
		return
	}
	s.counts = slices.Delete(s.counts, i, i+1)
	if has&wantAmounts != 0 {
		s.amounts = slices.Delete(s.amounts, i, i+1)
	}
	if has&wantLines != 0 {
		s.lines = slices.Delete(s.lines, i, i+1)
	}
}
