package learn

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"tallystick/detectors/feature"
	"tallystick/detectors/model"
)

// boosting says how the trees are grown. It is not chosen by data: see the design note.
type boosting struct {
	rate    float64 // of learning
	steps   int     // at the most
	patient int     // steps without a better validation before it stops
	greedy  int     // passes by gain after each by turns
	least   int     // rows of a leaf
	ridge   float64 // added to the second derivative of a leaf
	smooth  float64 // added to that of a level, when levels are put in order
	bags    int
	held    float64 // share of a bag that is held out to stop by
	seed    uint64
}

// boosted is a fitted sum of tables, averaged over bags.
type boosted struct {
	base   float64
	axes   []model.Axis // of the columns
	mains  [][]float64
	pairs  []pair
	rounds float64
}

type pair struct {
	a, b   int // columns
	axes   [2]model.Axis
	scores []float64
	bins   [2][]uint16 // of the rows that it was fitted on
}

// ebm holds the rows to boost on, by column.
type ebm struct {
	cfg     boosting
	table   *Table
	rows    []int
	fraud   []bool
	axes    []model.Axis
	bins    [][]uint16
	widths  []int
	nominal []bool
	rising  []bool
	stated  []pair // crosses that the field knows: boosted with the mains, each as one category of many levels
}

func newEBM(t *Table, rows []int, fraud []bool, cfg boosting) *ebm {
	e := &ebm{cfg: cfg, table: t, rows: rows, fraud: fraud}
	for i, c := range t.Columns {
		a := axisOf(c, rows, i, mainBins)
		e.axes = append(e.axes, a)
		e.bins = append(e.bins, binsOf(c, &a, rows))
		e.nominal = append(e.nominal, c.Kind == feature.Category)
		e.widths = append(e.widths, a.Bins(c.Kind == feature.Category))
		e.rising = append(e.rising, c.Rising)
	}
	e.state()
	return e
}

// state adds the stated crosses behind the columns.
func (e *ebm) state() {
	names := make([]string, len(e.table.Columns))
	for i, c := range e.table.Columns {
		names[i] = c.Name
	}
	for _, at := range feature.Crosses(names) {
		p := pair{a: at[0], b: at[1]}
		width := [2]int{}
		for k, i := range at {
			c := e.table.Columns[i]
			p.axes[k] = axisOf(c, e.rows, i, pairBins)
			p.bins[k] = binsOf(c, &p.axes[k], e.rows)
			width[k] = p.axes[k].Bins(e.nominal[i])
		}
		if e.rising[p.a] || e.rising[p.b] || !divides(&p.axes[0]) || !divides(&p.axes[1]) {
			continue
		}
		e.stated = append(e.stated, p)
		e.bins = append(e.bins, p.joint(width[1]))
		e.widths = append(e.widths, width[0]*width[1])
		e.nominal = append(e.nominal, true)
		e.rising = append(e.rising, false)
	}
}

// joint returns the cell of each row.
func (p *pair) joint(width int) []uint16 {
	cells := make([]uint16, len(p.bins[0]))
	for i := range cells {
		cells[i] = p.bins[0][i]*uint16(width) + p.bins[1][i]
	}
	return cells
}

// bag is a sample of the rows: those to fit on and those to stop by.
type bag struct {
	fit, stop []int32
	mains     [][]float64
	pairs     [][]float64
	base      float64
	rounds    int
}

// draw shares rows out by outcome, so that each bag has as many frauds.
func (e *ebm) draw(no int) *bag {
	r := rand.New(rand.NewPCG(e.cfg.seed, uint64(no)))
	b := new(bag)
	for _, want := range []bool{true, false} {
		var rows []int32
		for i, f := range e.fraud {
			if f == want {
				rows = append(rows, int32(i))
			}
		}
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		n := int(math.Round(float64(len(rows)) * e.cfg.held))
		b.stop = append(b.stop, rows[:n]...)
		b.fit = append(b.fit, rows[n:]...)
	}
	slices.Sort(b.fit)
	slices.Sort(b.stop)
	frauds := 0
	for _, i := range b.fit {
		if e.fraud[i] {
			frauds++
		}
	}
	p := (float64(frauds) + 0.5) / (float64(len(b.fit)) + 1)
	b.base = math.Log(p / (1 - p))
	return b
}

// side is the rows that are fitted on, or those that are stopped by, with the odds as they stand.
type side struct {
	bins  [][]uint16
	fraud []float64
	odds  []float64
}

func newSide(rows []int32, bins [][]uint16, fraud []bool, start func(i int32) float64) *side {
	s := &side{fraud: make([]float64, len(rows)), odds: make([]float64, len(rows))}
	for k, i := range rows {
		if fraud[i] {
			s.fraud[k] = 1
		}
		s.odds[k] = math.Exp(start(i))
	}
	for _, all := range bins {
		own := make([]uint16, len(rows))
		for k, i := range rows {
			own[k] = all[i]
		}
		s.bins = append(s.bins, own)
	}
	return s
}

// multiply applies a step: the odds of each row times the factor of its bin.
func (s *side) multiply(c int, factor []float64) {
	odds := s.odds
	for k, bin := range s.bins[c][:len(odds)] {
		odds[k] *= factor[bin]
	}
}

func (s *side) loss() float64 {
	var sum float64
	for k, o := range s.odds {
		sum += math.Log1p(o)
		if s.fraud[k] == 1 {
			sum -= math.Log(o)
		}
	}
	return sum / float64(max(len(s.odds), 1))
}

// cell sums up the rows of a bin: first and second derivative of the loss, and how many.
type cell struct{ g, h, n float64 }

func (s *side) histogram(c int, cells []cell) {
	clear(cells)
	odds, fraud := s.odds, s.fraud
	for k, bin := range s.bins[c][:len(odds)] {
		p := odds[k] / (1 + odds[k])
		at := &cells[bin]
		at.g += p - fraud[k]
		at.h += p * (1 - p)
		at.n++
	}
}

// boostMains grows one tree after the other. Of every eleven passes one goes through the features by turns; in the
// others each step takes the feature that gained most when it was last looked at, so that a feature that says nothing
// is left alone.
func (e *ebm) boostMains(ctx context.Context, b *bag) {
	fit := newSide(b.fit, e.bins, e.fraud, func(int32) float64 { return b.base })
	stop := newSide(b.stop, e.bins, e.fraud, func(int32) float64 { return b.base })
	b.mains = make([][]float64, len(e.bins))
	steps := make([][]float64, len(e.bins))
	var useful []int
	for c, w := range e.widths {
		b.mains[c], steps[c] = make([]float64, w), make([]float64, w)
		if c >= len(e.axes) || divides(&e.axes[c]) || hasMissing(e.bins[c]) {
			useful = append(useful, c)
		}
	}
	widest := slices.Max(e.widths)
	cells, step := make([]cell, widest), make([]float64, widest)
	t := splitter{cfg: e.cfg}
	move := func(c int) float64 {
		w := e.widths[c]
		fit.histogram(c, cells[:w])
		gain := t.split(cells[:w], e.nominal[c], e.rising[c], step[:w])
		if gain <= 0 {
			return 0
		}
		for bin, v := range step[:w] {
			steps[c][bin] += v
			step[bin] = math.Exp(v)
		}
		fit.multiply(c, step)
		stop.multiply(c, step)
		return gain
	}
	e.walk(ctx, useful, move, func() float64 { return stop.loss() }, func(taken int) {
		b.rounds = taken
		for c := range steps {
			copy(b.mains[c], steps[c])
		}
	})
}

// walk takes steps until the loss of the rows held out has not fallen for a while, and keeps what was best.
func (e *ebm) walk(ctx context.Context, of []int, move func(c int) float64, loss func() float64, keep func(taken int)) {
	const look = 4 // steps between two looks at the rows held out
	gains := make([]float64, len(of))
	best, at := loss(), 0
	patience := max(e.cfg.patient, 3*len(of))
	for taken := 0; taken < e.cfg.steps && taken-at < patience && len(of) > 0 && ctx.Err() == nil; {
		next := taken % len(of)
		if (taken/len(of))%(1+e.cfg.greedy) != 0 {
			next = 0
			for k := range gains {
				if gains[k] > gains[next] {
					next = k
				}
			}
		}
		gains[next] = move(of[next])
		if taken++; taken%look == 0 {
			if l := loss(); l < best-1e-8 {
				best, at = l, taken
				keep(taken)
			}
		}
	}
}

func hasMissing(bins []uint16) bool { return slices.Contains(bins, 0) }

// splitter finds the best cut of a histogram in two.
type splitter struct {
	cfg   boosting
	order []int
}

func (t *splitter) value(s cell) float64 { return -s.g / (s.h + t.cfg.ridge) }

func (t *splitter) gain(s cell) float64 { return s.g * s.g / (s.h + t.cfg.ridge) }

// split sets step to what each bin is moved by, and returns what it gains, 0 if there is no cut. Missing goes to the
// side where it gains more. Of a category, the bins are ordered by their own slope first, so that any two sets of them
// can be parted.
func (t *splitter) split(cells []cell, nominal, rising bool, step []float64) float64 {
	t.order = t.order[:0]
	var all cell
	for bin, s := range cells {
		all = add(all, s)
		if s.n > 0 && (bin > 0 || nominal) {
			t.order = append(t.order, bin)
		}
	}
	if nominal {
		slices.SortFunc(t.order, func(a, b int) int {
			return compare(-cells[a].g/(cells[a].h+t.cfg.smooth), -cells[b].g/(cells[b].h+t.cfg.smooth))
		})
	}
	var missing cell
	if !nominal {
		missing = cells[0]
	}
	least, whole := float64(t.cfg.least), t.gain(all)
	bestGain, bestAt, missingLeft := 1e-9, -1, false
	var left cell
	try := func(l cell, at int, withMissing bool) {
		r := cell{all.g - l.g, all.h - l.h, all.n - l.n}
		if l.n < least || r.n < least {
			return
		}
		if rising && t.value(l) > t.value(r) {
			return
		}
		if g := t.gain(l) + t.gain(r) - whole; g > bestGain {
			bestGain, bestAt, missingLeft = g, at, withMissing
		}
	}
	for i, bin := range t.order {
		left = add(left, cells[bin])
		last := i == len(t.order)-1
		if missing.n > 0 && !last {
			try(add(left, missing), i, true)
		}
		if !last || missing.n > 0 && !rising {
			try(left, i, false)
		}
	}
	if bestAt < 0 {
		return 0
	}
	var l cell
	for _, bin := range t.order[:bestAt+1] {
		l = add(l, cells[bin])
	}
	if missingLeft {
		l = add(l, missing)
	}
	r := cell{all.g - l.g, all.h - l.h, all.n - l.n}
	lv, rv := t.cfg.rate*t.value(l), t.cfg.rate*t.value(r)
	if nominal {
		clear(step) // a level that the bag has no row of stays where it is
		for i, bin := range t.order {
			if i <= bestAt {
				step[bin] = lv
			} else {
				step[bin] = rv
			}
		}
		return bestGain
	}
	edge := t.order[bestAt]
	for bin := range step {
		step[bin] = rv
		if bin <= edge {
			step[bin] = lv
		}
	}
	switch {
	case missing.n == 0:
		step[0] = 0
	case missingLeft:
		step[0] = lv
	default:
		step[0] = rv
	}
	return bestGain
}

func add(a, b cell) cell { return cell{a.g + b.g, a.h + b.h, a.n + b.n} }

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
