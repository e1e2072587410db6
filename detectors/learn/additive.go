package learn

import (
	"math"
	"slices"

	"tallystick/detectors/feature"
	"tallystick/detectors/model"
)

// additive is a sum of terms and lines over the columns of a table: what both ways of fitting come down to. The inputs
// of its axes are numbers of columns.
type additive struct {
	base  float64
	terms []model.Term
	lines []model.Line
}

// predict returns the log-odds of rows.
func (m *additive) predict(t *Table, rows []int) []float64 {
	out := make([]float64, len(rows))
	for i := range out {
		out[i] = m.base
	}
	for k := range m.terms {
		term := &m.terms[k]
		bins := binsOf(t.Columns[term.Axes[0].Input], &term.Axes[0], rows)
		if len(term.Axes) == 1 {
			for i, bin := range bins {
				out[i] += term.Scores[bin]
			}
			continue
		}
		second := &term.Axes[1]
		c := t.Columns[second.Input]
		width := second.Bins(c.Kind == feature.Category)
		for i, bin := range binsOf(c, second, rows) {
			out[i] += term.Scores[int(bins[i])*width+int(bin)]
		}
	}
	for k := range m.lines {
		l := &m.lines[k]
		numbers := t.Columns[l.Input].numbers
		for i, row := range rows {
			out[i] += onLine(l, numbers[row])
		}
	}
	return out
}

func onLine(l *model.Line, x float64) float64 {
	if math.IsNaN(x) {
		return l.Missing
	}
	return l.Weight * deviations(l, x)
}

func deviations(l *model.Line, x float64) float64 {
	if l.Log {
		x = math.Log1p(max(x, 0))
	}
	return min(max((x-l.Mean)/l.Spread, -l.Cut), l.Cut)
}

// plus adds share times another sum. Terms over the same bins become one.
func (m *additive) plus(o *additive, share float64) {
	m.base += share * o.base
	for k := range o.terms {
		t := &o.terms[k]
		at := slices.IndexFunc(m.terms, func(own model.Term) bool {
			return slices.EqualFunc(own.Axes, t.Axes, sameAxis)
		})
		if at < 0 {
			at = len(m.terms)
			m.terms = append(m.terms, model.Term{Axes: t.Axes, Scores: make([]float64, len(t.Scores))})
		}
		for i, v := range t.Scores {
			m.terms[at].Scores[i] += share * v
		}
	}
	for _, l := range o.lines {
		l.Weight *= share
		l.Missing *= share
		m.lines = append(m.lines, l)
	}
}

func sameAxis(a, b model.Axis) bool {
	return a.Input == b.Input && slices.Equal(a.Cuts, b.Cuts) && slices.Equal(a.Levels, b.Levels)
}

// scale multiplies the log-odds by slope and adds shift.
func (m *additive) scale(slope, shift float64) {
	m.base = m.base*slope + shift
	for k := range m.terms {
		for i := range m.terms[k].Scores {
			m.terms[k].Scores[i] *= slope
		}
	}
	for k := range m.lines {
		m.lines[k].Weight *= slope
		m.lines[k].Missing *= slope
	}
}

// sum turns what was boosted into a sum of terms. Neighbouring bins of a number with one score become one.
func (b *boosted) sum(t *Table) *additive {
	out := &additive{base: b.base}
	for c, scores := range b.mains {
		if !slices.ContainsFunc(scores, func(v float64) bool { return v != 0 }) {
			continue
		}
		axis, scores := b.axes[c], slices.Clone(scores)
		if t.Columns[c].Kind == feature.Number {
			axis, scores = merged(axis, scores)
		}
		out.terms = append(out.terms, model.Term{Axes: []model.Axis{axis}, Scores: scores})
	}
	for _, p := range b.pairs {
		out.terms = append(out.terms, model.Term{Axes: []model.Axis{p.axes[0], p.axes[1]},
			Scores: slices.Clone(p.scores)})
	}
	return out
}

func merged(a model.Axis, scores []float64) (model.Axis, []float64) {
	out := model.Axis{Input: a.Input}
	kept := []float64{scores[0], scores[1]}
	for i, cut := range a.Cuts {
		if v := scores[i+2]; math.Abs(v-kept[len(kept)-1]) > 1e-12 {
			out.Cuts = append(out.Cuts, cut)
			kept = append(kept, v)
		}
	}
	return out, kept
}
