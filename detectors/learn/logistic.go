package learn

import (
	"math"
	"slices"

	"tallystick/detectors/feature"
	"tallystick/detectors/model"
)

// cutOff is where a number stops to count, in standard deviations: one wild value must not carry a claim.
const cutOff = 4

// design is the rows of a logistic regression, sparse: levels and cells are 0 or 1, numbers are deviations from their
// mean.
type design struct {
	terms  []model.Term // with the columns of their scores from first on; bin 0 and 1 included
	lines  []model.Line
	cells  [][]int // column of each score of a term; 0 for one that too few rows have
	second []int   // column of each line; the next is that of missing
	rising []bool
	firm   []float64 // how many times the ridge a column gets
	width  int
	column []int32
	value  []float64
	start  []int
}

// newDesign lays out columns and, as cells, the crosses.
func newDesign(t *Table, rows []int, crosses []pair, weight func(input int) float64) *design {
	d := &design{}
	var joint [][]uint16
	for i, c := range t.Columns {
		if c.Kind == feature.Category {
			a := axisOf(c, rows, i, mainBins)
			if len(a.Levels) == 0 {
				continue
			}
			d.terms = append(d.terms, model.Term{Axes: []model.Axis{a}, Scores: make([]float64, a.Bins(true))})
			joint = append(joint, binsOf(c, &a, rows))
			continue
		}
		if l, ok := lineOf(c, rows, i); ok {
			d.lines = append(d.lines, l)
		}
	}
	for k := range crosses {
		p := &crosses[k]
		ca, cb := t.Columns[p.a], t.Columns[p.b]
		wb := p.axes[1].Bins(cb.Kind == feature.Category)
		first, second := binsOf(ca, &p.axes[0], rows), binsOf(cb, &p.axes[1], rows)
		for i := range first {
			first[i] = first[i]*uint16(wb) + second[i]
		}
		size := p.axes[0].Bins(ca.Kind == feature.Category) * wb
		d.terms = append(d.terms, model.Term{Axes: []model.Axis{p.axes[0], p.axes[1]}, Scores: make([]float64, size)})
		joint = append(joint, first)
	}
	d.newColumn(0, false) // the base
	for k := range d.terms {
		counts := make([]int, len(d.terms[k].Scores))
		for _, cell := range joint[k] {
			counts[cell]++
		}
		firm := 1.0
		if axes := d.terms[k].Axes; len(axes) == 1 {
			firm = weight(axes[0].Input)
		}
		cells := make([]int, len(counts))
		for cell, n := range counts {
			if n >= minLevel {
				cells[cell] = d.newColumn(firm, false)
			}
		}
		d.cells = append(d.cells, cells)
	}
	for k := range d.lines {
		c, firm := d.lines[k].Input, weight(d.lines[k].Input)
		d.second = append(d.second, d.newColumn(firm, t.Columns[c].Rising))
		d.newColumn(firm, false)
	}
	for i, row := range rows {
		d.start = append(d.start, len(d.column))
		d.put(0, 1)
		for k := range d.terms {
			if column := d.cells[k][joint[k][i]]; column > 0 {
				d.put(column, 1)
			}
		}
		for k := range d.lines {
			l := &d.lines[k]
			x := t.Columns[l.Input].numbers[row]
			if math.IsNaN(x) {
				d.put(d.second[k]+1, 1)
			} else {
				d.put(d.second[k], deviations(l, x))
			}
		}
	}
	d.start = append(d.start, len(d.column))
	return d
}

// newColumn adds a column and returns its number.
func (d *design) newColumn(firm float64, rising bool) int {
	d.firm, d.rising = append(d.firm, firm), append(d.rising, rising)
	d.width++
	return d.width - 1
}

func (d *design) put(column int, value float64) {
	if value != 0 {
		d.column = append(d.column, int32(column))
		d.value = append(d.value, value)
	}
}

// lineOf measures a number. A long tail is taken as its logarithm.
func lineOf(c *Column, rows []int, input int) (model.Line, bool) {
	l := model.Line{Input: input, Cut: cutOff}
	measure := func() (n, skew float64) {
		var sum, squares, cubes float64
		each := func(do func(x float64)) {
			for _, row := range rows {
				if x := c.numbers[row]; !math.IsNaN(x) {
					if l.Log {
						x = math.Log1p(max(x, 0))
					}
					do(x)
				}
			}
		}
		each(func(x float64) { n++; sum += x })
		l.Mean = sum / max(n, 1)
		each(func(x float64) {
			squares += (x - l.Mean) * (x - l.Mean)
			cubes += (x - l.Mean) * (x - l.Mean) * (x - l.Mean)
		})
		l.Spread = math.Sqrt(squares / max(n, 1))
		return n, cubes / max(n, 1) / (l.Spread * l.Spread * l.Spread)
	}
	n, skew := measure()
	if n < minLevel || !(l.Spread > 1e-12*max(1, math.Abs(l.Mean))) {
		return l, false
	}
	if skew > 2 && !slices.ContainsFunc(rows, func(row int) bool { return c.numbers[row] < 0 }) {
		l.Log = true
		measure()
	}
	return l, l.Spread > 0
}

// solve fits the weights by Newton's steps, the ridge on all but the base. Start may be nil.
func (d *design) solve(fraud []bool, ridge float64, start []float64) []float64 {
	w := make([]float64, d.width)
	if start != nil {
		copy(w, start)
	}
	banned := make([]bool, d.width)
	for range 8 {
		d.newton(fraud, ridge, w, banned)
		again := false
		for j, up := range d.rising {
			if up && w[j] < 0 {
				w[j], banned[j], again = 0, true, true
			}
		}
		if !again {
			break
		}
	}
	return w
}

func (d *design) newton(fraud []bool, ridge float64, w []float64, banned []bool) {
	n := d.width
	h, g := make([]float64, n*n), make([]float64, n)
	for range 30 {
		clear(h)
		clear(g)
		for i := range fraud {
			cols, vals := d.column[d.start[i]:d.start[i+1]], d.value[d.start[i]:d.start[i+1]]
			var s float64
			for k, c := range cols {
				s += w[c] * vals[k]
			}
			p := model.Probability(s)
			slope, bend := p, max(p*(1-p), 1e-6)
			if fraud[i] {
				slope--
			}
			for k, c := range cols {
				g[c] += slope * vals[k]
				v := bend * vals[k]
				row := h[int(c)*n : int(c)*n+n]
				for j, other := range cols[:k+1] { // columns of a row rise
					row[other] += v * vals[j]
				}
			}
		}
		for j := range n {
			r := ridge * d.firm[j]
			if j == 0 {
				r = 1e-6
			}
			g[j] += r * w[j]
			h[j*n+j] += r
			if banned[j] {
				g[j] = 0
				for k := range n {
					h[max(j, k)*n+min(j, k)] = 0
				}
				h[j*n+j] = 1
			}
		}
		if !cholesky(h, n) {
			return
		}
		back(h, n, g)
		var most float64
		for j := range w {
			step := min(max(g[j], -5), 5)
			w[j] -= step
			most = max(most, math.Abs(step))
		}
		if most < 1e-5 {
			return
		}
	}
}

// cholesky replaces the lower half of a symmetric matrix by its factor.
func cholesky(a []float64, n int) bool {
	for j := range n {
		row := a[j*n : j*n+n]
		for k := range j {
			s := row[k]
			other := a[k*n : k*n+n]
			for i := range k {
				s -= row[i] * other[i]
			}
			row[k] = s / other[k]
		}
		s := row[j]
		for i := range j {
			s -= row[i] * row[i]
		}
		if s <= 0 || math.IsNaN(s) {
			return false
		}
		row[j] = math.Sqrt(s)
	}
	return true
}

// back solves with the factor; b becomes the solution.
func back(l []float64, n int, b []float64) {
	for i := range n {
		s := b[i]
		for k := range i {
			s -= l[i*n+k] * b[k]
		}
		b[i] = s / l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		s := b[i]
		for k := i + 1; k < n; k++ {
			s -= l[k*n+i] * b[k]
		}
		b[i] = s / l[i*n+i]
	}
}

// sum turns weights into terms and lines.
func (d *design) sum(w []float64) *additive {
	out := &additive{base: w[0]}
	for k := range d.terms {
		t := d.terms[k]
		t.Scores = make([]float64, len(t.Scores))
		for cell, column := range d.cells[k] {
			if column > 0 {
				t.Scores[cell] = w[column]
			}
		}
		out.terms = append(out.terms, t)
	}
	for k, l := range d.lines {
		l.Weight, l.Missing = w[d.second[k]], w[d.second[k]+1]
		if l.Weight != 0 || l.Missing != 0 {
			out.lines = append(out.lines, l)
		}
	}
	return out
}
