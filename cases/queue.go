package cases

import (
	"container/heap"
	"slices"
	"strings"
	"time"

	"github.com/quagmt/udecimal"
)

// page is the part of the queue after a rank; nil: its beginning. q is filled.
func (s *state) page(q *Query, actor Actor, after *rank, now time.Time) Page {
	page := Page{Rows: []Row{}, At: s.seq}
	bands := bandCount{}
	top := best{q: q, limit: q.Limit + 1}
	for _, c := range s.cases {
		if !q.Filter.match(c, now) || !actor.sees(c) {
			continue
		}
		page.Total++
		bands.add(c)
		if r := q.rank(c); after == nil || q.compare(r, *after) > 0 {
			top.offer(r)
		}
	}
	ranks := top.sorted()
	if len(ranks) > q.Limit {
		ranks = ranks[:q.Limit]
		page.Next = q.cursor(ranks[q.Limit-1])
	}
	for _, r := range ranks {
		page.Rows = append(page.Rows, s.get(r.ID).row(now))
	}
	page.Bands = bands.sorted()
	return page
}

// best keeps the first ranks of an order, at most limit of them: a heap whose top is the worst kept.
type best struct {
	q     *Query
	limit int
	ranks []rank
}

func (b *best) Len() int           { return len(b.ranks) }
func (b *best) Less(i, j int) bool { return b.q.compare(b.ranks[i], b.ranks[j]) > 0 }
func (b *best) Swap(i, j int)      { b.ranks[i], b.ranks[j] = b.ranks[j], b.ranks[i] }
func (b *best) Push(x any)         { b.ranks = append(b.ranks, x.(rank)) }

func (b *best) Pop() any {
	last := b.ranks[len(b.ranks)-1]
	b.ranks = b.ranks[:len(b.ranks)-1]
	return last
}

func (b *best) offer(r rank) {
	if len(b.ranks) < b.limit {
		heap.Push(b, r)
		return
	}
	if b.q.compare(r, b.ranks[0]) < 0 {
		b.ranks[0] = r
		heap.Fix(b, 0)
	}
}

func (b *best) sorted() []rank {
	slices.SortFunc(b.ranks, b.q.compare)
	return b.ranks
}

// bandCount counts by outcome, money by currency.
type bandCount map[string]*bandSum

type bandSum struct {
	count int
	sums  map[string]udecimal.Decimal
}

func (b bandCount) add(c *Case) {
	sum := b[c.Outcome]
	if sum == nil {
		sum = &bandSum{sums: map[string]udecimal.Decimal{}}
		b[c.Outcome] = sum
	}
	sum.count++
	for i := range c.Claims {
		if m := c.Claims[i].Money; m != nil {
			sum.sums[m.Currency] = sum.sums[m.Currency].Add(m.Amount)
		}
	}
}

// bandOrder is how bands stand: the gravest first.
var bandOrder = []string{"investigate", "review", "settle"}

func (b bandCount) sorted() []Band {
	out := make([]Band, 0, len(b))
	for outcome, sum := range b {
		band := Band{Outcome: outcome, Count: sum.count, Sums: []Money{}}
		for currency, amount := range sum.sums {
			band.Sums = append(band.Sums, Money{Amount: amount, Currency: currency})
		}
		slices.SortFunc(band.Sums, func(a, b Money) int { return strings.Compare(a.Currency, b.Currency) })
		out = append(out, band)
	}
	slices.SortFunc(out, func(a, b Band) int {
		if d := place(a.Outcome) - place(b.Outcome); d != 0 {
			return d
		}
		return strings.Compare(a.Outcome, b.Outcome)
	})
	return out
}

func place(outcome string) int {
	if i := slices.Index(bandOrder, outcome); i >= 0 {
		return i
	}
	return len(bandOrder)
}
