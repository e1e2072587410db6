package detectors

import (
	"math"
	"math/bits"
	"slices"
)

// dayTable sums the members of a crowd by event day, so that a window costs a step a day.
type dayTable struct {
	days       series // by day
	blocks     series // the same by 32 days: day is the number of the block
	currencies []currencyCount
}

// series is sums by day, with lines of business only where they are asked for.
type series struct {
	sums     []daySum
	lines    []lineCounts // of the same days, or nil
	hasLines bool
}

type daySum struct {
	day     int32
	claims  int32
	amounts int32 // claims with a known amount
	sum     int64
	squares square
}

// lineCounts are claims by line of business.
type lineCounts [len(allLines) + 1]int32

type currencyCount struct {
	currency uint16
	claims   int32
}

// countLines makes an empty table count lines of business too.
func (d *dayTable) countLines() { d.days.hasLines, d.blocks.hasLines = true, true }

func (d *dayTable) lines() bool { return d.days.hasLines }

// oldest returns the day of the oldest member.
func (d *dayTable) oldest() int32 { return d.days.sums[0].day }

// tally adds the days from and to, and those between, to t: whole blocks where they fit, days at the ends.
func (d *dayTable) tally(t *tally, from, to int32) {
	first, end := (from+31)>>5, (to+1)>>5
	if first >= end {
		d.days.tally(t, from, to)
		return
	}
	d.days.tally(t, from, first<<5-1)
	d.blocks.tally(t, first, end-1)
	d.days.tally(t, end<<5, to)
}

func (s *series) tally(t *tally, from, to int32) {
	first, _ := s.find(from)
	end := first
	for ; end < len(s.sums) && s.sums[end].day <= to; end++ {
		d := &s.sums[end]
		t.claims += int64(d.claims)
		t.amounts += int64(d.amounts)
		t.sum += d.sum
		t.squares.plus(d.squares)
	}
	if !s.hasLines {
		return
	}
	for i := range s.lines[first:end] {
		for l, n := range s.lines[first+i] {
			t.lines[l] += n
		}
	}
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

// find returns where the day stands, or belongs.
func (s *series) find(day int32) (int, bool) {
	n := len(s.sums)
	if n > 0 && s.sums[n-1].day <= day {
		if s.sums[n-1].day == day {
			return n - 1, true
		}
		return n, false
	}
	lo, hi := 0, n
	for lo < hi {
		if mid := (lo + hi) / 2; s.sums[mid].day < day {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < n && s.sums[lo].day == day
}

func (d *dayTable) add(f *facts) {
	d.days.add(f.day, f)
	d.blocks.add(f.day>>5, f)
	if f.currency == 0 {
		return
	}
	i := slices.IndexFunc(d.currencies, func(c currencyCount) bool { return c.currency == f.currency })
	if i < 0 {
		i = len(d.currencies)
		d.currencies = append(d.currencies, currencyCount{currency: f.currency})
	}
	d.currencies[i].claims++
}

func (d *dayTable) sub(f *facts) {
	d.days.sub(f.day, f)
	d.blocks.sub(f.day>>5, f)
	if f.currency == 0 {
		return
	}
	i := slices.IndexFunc(d.currencies, func(c currencyCount) bool { return c.currency == f.currency })
	if d.currencies[i].claims--; d.currencies[i].claims == 0 {
		d.currencies = slices.Delete(d.currencies, i, i+1)
	}
}

func (s *series) add(day int32, f *facts) {
	i, ok := s.find(day)
	if !ok {
		s.sums = slices.Insert(s.sums, i, daySum{day: day})
		if s.hasLines {
			s.lines = slices.Insert(s.lines, i, lineCounts{})
		}
	}
	d := &s.sums[i]
	d.claims++
	if s.hasLines {
		s.lines[i][f.lineNo]++
	}
	if f.currency != 0 {
		d.amounts++
		d.sum += f.amount
		d.squares.add(f.amount)
	}
}

func (s *series) sub(day int32, f *facts) {
	i, ok := s.find(day)
	if !ok {
		return
	}
	d := &s.sums[i]
	d.claims--
	if s.hasLines {
		s.lines[i][f.lineNo]--
	}
	if f.currency != 0 {
		d.amounts--
		d.sum -= f.amount
		d.squares.sub(f.amount)
	}
	if d.claims > 0 {
		return
	}
	s.sums = slices.Delete(s.sums, i, i+1)
	if s.hasLines {
		s.lines = slices.Delete(s.lines, i, i+1)
	}
}
