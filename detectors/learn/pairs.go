package learn

import (
	"cmp"
	"context"
	"math"
	"slices"

	"tallystick/detectors/model"
)

// axes of pairs are coarser than those of mains.
func (e *ebm) pairAxes() (axes []model.Axis, bins [][]uint16, widths []int) {
	for i, c := range e.table.Columns {
		a := axisOf(c, e.rows, i, pairBins)
		axes = append(axes, a)
		bins = append(bins, binsOf(c, &a, e.rows))
		widths = append(widths, a.Bins(e.nominal[i]))
	}
	return axes, bins, widths
}

// rank is FAST made honest: a cut in four is found on every other row and its gain is counted on the rest, both ways,
// so that a pair of many cells does not win by chance. It returns the pairs that gain, the best first.
func (e *ebm) rank(ctx context.Context, scores []float64, axes []model.Axis, bins [][]uint16, widths []int) []pair {
	type ranked struct {
		pair
		gain float64
	}
	var all []ranked
	g, h := make([]float64, len(scores)), make([]float64, len(scores))
	for i, s := range scores {
		p := model.Probability(s)
		g[i], h[i] = p, p*(1-p)
		if e.fraud[i] {
			g[i]--
		}
	}
	q := newQuarters(e.cfg)
	twin := e.twins(bins, widths)
	var half [2][]cell
	for a := range bins {
		for b := a + 1; b < len(bins); b++ {
			if ctx.Err() != nil {
				return nil
			}
			wa, wb := widths[a], widths[b]
			if !divides(&axes[a]) || !divides(&axes[b]) || twin[a] != a || twin[b] != b || e.rising[a] || e.rising[b] ||
				e.isStated(a, b) {
				continue
			}
			for k := range half {
				half[k] = slices.Grow(half[k][:0], wa*wb)[:wa*wb]
				clear(half[k])
			}
			ba, bb := bins[a], bins[b]
			for i := range ba {
				at := &half[i&1][int(ba[i])*wb+int(bb[i])]
				at.g += g[i]
				at.h += h[i]
				at.n++
			}
			gain := 0.0
			for k := range half {
				if q.split(half[k], wa, wb, e.nominal[a], e.nominal[b]) <= 0 {
					continue
				}
				for at, s := range half[1-k] {
					v := q.step[at]
					gain -= s.g*v + s.h*v*v/2
				}
			}
			if gain > 0 {
				all = append(all, ranked{pair{a: a, b: b, axes: [2]model.Axis{axes[a], axes[b]},
					bins: [2][]uint16{ba, bb}}, gain})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.gain, a.gain) })
	out := make([]pair, len(all))
	for i := range all {
		out[i] = all[i].pair
	}
	return out
}

func divides(a *model.Axis) bool { return len(a.Cuts)+len(a.Levels) > 0 }

// quarters finds the best cut of a table in four: one on each axis. An axis of a category is ordered by how differently
// its levels behave on the two sides of the other axis' cut.
type quarters struct {
	cfg   boosting
	step  []float64
	order []int
	sides [][2]cell
}

func newQuarters(cfg boosting) *quarters { return &quarters{cfg: cfg} }

func (q *quarters) value(s cell) float64 { return -s.g / (s.h + q.cfg.ridge) }

func (q *quarters) gain(s cell) float64 { return s.g * s.g / (s.h + q.cfg.ridge) }

// split sets q.step, a value a cell not yet multiplied by the rate, and returns what it gains, 0 if there is no cut.
func (q *quarters) split(cells []cell, wa, wb int, nominalA, nominalB bool) float64 {
	q.step = slices.Grow(q.step[:0], len(cells))[:len(cells)]
	var all cell
	for _, s := range cells {
		all = add(all, s)
	}
	none := q.gain(all)
	best := none + 1e-9
	found := false
	// Candidates on the second axis: prefixes of a number, one level against the rest of a category; the first axis is
	// cut best for each. Where both are categories the other way round is tried too.
	if q.along(cells, wa, wb, wb, 1, nominalA, nominalB, &best) {
		found = true
	}
	if nominalA || nominalB {
		if q.along(cells, wb, wa, 1, wb, nominalB, nominalA, &best) {
			found = true
		}
	}
	if !found {
		return 0
	}
	return best - none
}

// along cuts axis y at each candidate and axis x at its best for it. The cell of (x, y) is at x*sx + y*sy.
func (q *quarters) along(cells []cell, wx, wy, sx, sy int, nominalX, nominalY bool, best *float64) bool {
	found := false
	least := float64(q.cfg.least)
	q.sides = slices.Grow(q.sides[:0], wx)[:wx]
	for cut := range wy {
		if !nominalY && cut == wy-1 {
			break
		}
		in := func(y int) bool {
			if nominalY {
				return y == cut
			}
			return y <= cut // missing, bin 0, counts as low
		}
		q.order = q.order[:0]
		var low, high cell
		for x := range wx {
			q.sides[x] = [2]cell{}
			for y := range wy {
				k := 1
				if in(y) {
					k = 0
				}
				q.sides[x][k] = add(q.sides[x][k], cells[x*sx+y*sy])
			}
			low, high = add(low, q.sides[x][0]), add(high, q.sides[x][1])
			if q.sides[x][0].n+q.sides[x][1].n > 0 {
				q.order = append(q.order, x)
			}
		}
		if low.n < least || high.n < least {
			continue
		}
		if nominalX {
			contrast := func(x int) float64 {
				s := &q.sides[x]
				return s[0].g/(s[0].h+1) - s[1].g/(s[1].h+1)
			}
			slices.SortFunc(q.order, func(a, b int) int { return compare(contrast(a), contrast(b)) })
		}
		var l, h cell
		for i, x := range q.order[:max(len(q.order)-1, 0)] {
			l, h = add(l, q.sides[x][0]), add(h, q.sides[x][1])
			l2, h2 := cell{low.g - l.g, low.h - l.h, low.n - l.n}, cell{high.g - h.g, high.h - h.h, high.n - h.n}
			if l.n+h.n < least || l2.n+h2.n < least {
				continue
			}
			gain := q.gain(l) + q.gain(h) + q.gain(l2) + q.gain(h2)
			if gain <= *best {
				continue
			}
			*best, found = gain, true
			values := [2][2]float64{{q.value(l), q.value(h)}, {q.value(l2), q.value(h2)}}
			for k, x := range q.order {
				part := 1
				if k <= i {
					part = 0
				}
				for y := range wy {
					s := 1
					if in(y) {
						s = 0
					}
					q.step[x*sx+y*sy] = values[part][s]
				}
			}
		}
	}
	return found
}

// boostPairs goes on from the mains of the bag.
func (e *ebm) boostPairs(ctx context.Context, b *bag, pairs []pair) {
	b.pairs = make([][]float64, len(pairs))
	if len(pairs) == 0 {
		return
	}
	joint := make([][]uint16, len(pairs))
	widths := make([][2]int, len(pairs))
	widest := 0
	for k := range pairs {
		p := &pairs[k]
		widths[k] = [2]int{p.axes[0].Bins(e.nominal[p.a]), p.axes[1].Bins(e.nominal[p.b])}
		widest = max(widest, widths[k][0]*widths[k][1])
		joint[k] = p.joint(widths[k][1])
	}
	start := func(i int32) float64 {
		s := b.base
		for c := range e.bins {
			s += b.mains[c][e.bins[c][i]]
		}
		return s
	}
	fit, stop := newSide(b.fit, joint, e.fraud, start), newSide(b.stop, joint, e.fraud, start)
	steps := make([][]float64, len(pairs))
	cells, factor := make([]cell, widest), make([]float64, widest)
	for k, w := range widths {
		b.pairs[k], steps[k] = make([]float64, w[0]*w[1]), make([]float64, w[0]*w[1])
	}
	q := newQuarters(e.cfg)
	all := make([]int, len(pairs))
	for k := range all {
		all[k] = k
	}
	move := func(k int) float64 {
		p, size := &pairs[k], widths[k][0]*widths[k][1]
		fit.histogram(k, cells[:size])
		gain := q.split(cells[:size], widths[k][0], widths[k][1], e.nominal[p.a], e.nominal[p.b])
		if gain <= 0 {
			return 0
		}
		for at := range size {
			v := e.cfg.rate * q.step[at]
			if cells[at].n == 0 && (e.nominal[p.a] || e.nominal[p.b]) {
				v = 0 // no row says anything of this cell
			}
			steps[k][at] += v
			factor[at] = math.Exp(v)
		}
		fit.multiply(k, factor)
		stop.multiply(k, factor)
		return gain
	}
	e.walk(ctx, all, move, func() float64 { return stop.loss() }, func(int) {
		for k := range steps {
			copy(b.pairs[k], steps[k])
		}
	})
}

// average puts the bags together.
func (e *ebm) average(bags []*bag, pairs []pair) *boosted {
	out := &boosted{axes: e.axes, mains: make([][]float64, len(e.axes))}
	n := float64(len(bags))
	for c := range out.mains {
		out.mains[c] = make([]float64, e.widths[c])
	}
	for k, p := range e.stated {
		p.scores = make([]float64, e.widths[len(e.axes)+k])
		out.pairs = append(out.pairs, p)
	}
	for k := range pairs {
		p := pairs[k]
		p.scores = make([]float64, len(bags[0].pairs[k]))
		out.pairs = append(out.pairs, p)
	}
	for _, b := range bags {
		out.base += b.base / n
		out.rounds += float64(b.rounds) / n
		for c := range b.mains {
			if c < len(e.axes) {
				addTo(out.mains[c], b.mains[c], 1/n)
			} else {
				addTo(out.pairs[c-len(e.axes)].scores, b.mains[c], 1/n)
			}
		}
		for k := range pairs {
			addTo(out.pairs[len(e.stated)+k].scores, b.pairs[k], 1/n)
		}
	}
	return out
}

// scores returns the log-odds of the rows that were fitted on, without pairs.
func (e *ebm) scores(b *boosted) []float64 {
	out := make([]float64, len(e.rows))
	for i := range out {
		out[i] = b.base
	}
	for c, bins := range e.bins {
		var scores []float64
		if c < len(e.axes) {
			scores = b.mains[c]
		} else {
			scores = b.pairs[c-len(e.axes)].scores
		}
		for i, bin := range bins {
			out[i] += scores[bin]
		}
	}
	return out
}

func addTo(to, from []float64, share float64) {
	for i, v := range from {
		to[i] += share * v
	}
}

// predict returns the log-odds of any rows of the table.
func (b *boosted) predict(t *Table, rows []int) []float64 {
	out := make([]float64, len(rows))
	for i := range out {
		out[i] = b.base
	}
	for c, scores := range b.mains {
		for i, bin := range binsOf(t.Columns[c], &b.axes[c], rows) {
			out[i] += scores[bin]
		}
	}
	for k := range b.pairs {
		p := &b.pairs[k]
		width := len(p.scores) / p.axes[0].Bins(t.Columns[p.a].index != nil)
		first, second := binsOf(t.Columns[p.a], &p.axes[0], rows), binsOf(t.Columns[p.b], &p.axes[1], rows)
		for i := range out {
			out[i] += p.scores[int(first[i])*width+int(second[i])]
		}
	}
	return out
}

// twins returns for each column the first one that parts the rows in the same way, such as a range in words and its
// lower end as a number. Only one of them is paired.
func (e *ebm) twins(bins [][]uint16, widths []int) []int {
	of := make([]int, len(bins))
	for b := range bins {
		of[b] = b
		for a := range b {
			if of[a] == a && sameParts(bins[a], bins[b], widths[a], widths[b]) {
				of[b] = a
				break
			}
		}
	}
	return of
}

func sameParts(a, b []uint16, wa, wb int) bool {
	to, from := make([]int, wa), make([]int, wb)
	for i := range a {
		x, y := int(a[i]), int(b[i])
		switch {
		case to[x] == 0 && from[y] == 0:
			to[x], from[y] = y+1, x+1
		case to[x] != y+1 || from[y] != x+1:
			return false
		}
	}
	return true
}

func (e *ebm) isStated(a, b int) bool {
	return slices.ContainsFunc(e.stated, func(p pair) bool { return p.a == a && p.b == b || p.a == b && p.b == a })
}
