package learn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"tallystick/detectors/feature"
	"tallystick/detectors/measure"
	"tallystick/detectors/model"
)

// Options of [Fit]. The zero value is what `tallystick train` uses.
type Options struct {
	ID      string
	Version int
	Keep    []string // columns that stay whatever [Screen] says
	Drop    []string // columns that are left out
	Seed    uint64
	Workers int // 0 is one a processor
	// Fixed, if set, is what was chosen before: nothing is validated again.
	Fixed *model.Chosen
	// Log, if set, is told what is being done.
	Log func(format string, args ...any)
}

// Errors of [Fit].
var (
	ErrOneOutcome = errors.New("the label has one value alone: a score needs claims that were fraud and claims that were cleared")
	ErrTooFew     = errors.New("too few to learn from: at least 20 claims of each outcome are needed")
)

const fewest = 20

// Fit fits a model on the rows of the table, which stand in the order of time, with a known outcome each.
func Fit(ctx context.Context, t *Table, rows []int, fraud []bool, o Options) (*model.Model, error) {
	frauds := 0
	for _, f := range fraud {
		if f {
			frauds++
		}
	}
	switch {
	case len(rows) == 0 || frauds == 0 || frauds == len(rows):
		return nil, fmt.Errorf("%d claims with a known outcome, %d of them fraud: %w", len(rows), frauds, ErrOneOutcome)
	case frauds < fewest || len(rows)-frauds < fewest:
		return nil, fmt.Errorf("%d claims with a known outcome, %d of them fraud: %w", len(rows), frauds, ErrTooFew)
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	left := Screen(t, rows, fraud, o.Keep)
	for _, name := range o.Drop {
		left = append(left, model.Leaver{Feature: name, Why: "left out by who fitted it"})
	}
	used := &Table{Rows: t.Rows}
	for _, c := range t.Columns {
		if !slices.ContainsFunc(left, func(l model.Leaver) bool { return l.Feature == c.Name }) {
			used.Columns = append(used.Columns, c)
		}
	}
	if len(used.Columns) == 0 {
		return nil, errors.New("no feature is left to learn from")
	}
	f := &fitter{o: o, t: used, cfg: boosting{rate: 0.02, steps: 20000, patient: 400, greedy: 10, least: 4, ridge: 0.5,
		smooth: 10, bags: 14, held: 0.15, seed: o.Seed}}
	chosen, err := f.choose(ctx, rows, fraud)
	if err != nil {
		return nil, err
	}
	o.Log("fitting on all %d claims: %d pairs, %.0f %% boosted, ridge %g", len(rows), chosen.Pairs, 100*chosen.Share,
		chosen.Ridge)
	sum, rounds, err := f.fit(ctx, rows, fraud, chosen)
	if err != nil {
		return nil, err
	}
	chosen.Rounds = int(math.Round(rounds))
	sum.scale(chosen.Slope, chosen.Shift)
	m := f.model(sum, chosen, left)
	m.Data = model.Data{Digest: used.digest(rows, fraud), Claims: len(rows), Fraud: frauds}
	if err := m.Seal(); err != nil {
		return nil, err
	}
	m.Data.Quantiles = quantiles(m, used, rows)
	return m, nil
}

// quantiles returns the hundredths of the scores of the rows.
func quantiles(m *model.Model, t *Table, rows []int) []float64 {
	scores := make([]float64, len(rows))
	names := m.Features()
	values := make([]feature.Value, len(names))
	for i, row := range rows {
		t.Values(names, row, values)
		scores[i] = model.Probability(m.Score(values))
	}
	slices.Sort(scores)
	out := make([]float64, 99)
	for i := range out {
		out[i] = scores[min(len(scores)*(i+1)/100, len(scores)-1)]
	}
	return out
}

type fitter struct {
	o   Options
	t   *Table
	cfg boosting
}

// stage is what was fitted on one set of rows: the boosted mains with each number of pairs, and the logistic regression
// with each ridge, with crosses and without.
type stage struct {
	boosted  map[int]*boosted
	logistic map[float64]*additive
	crossed  map[float64]*additive
}

var (
	pairChoices  = []int{0, 5, 10, 20}
	ridgeChoices = []float64{0.3, 1, 3, 10, 30, 100}
	shareChoices = []float64{1, 0.75, 0.5, 0.25, 0}
)

// enoughForPairs is how many frauds it takes before pairs are worth a look.
const enoughForPairs = 400

// crossesOfLogistic is how many of the best pairs the logistic regression gets as cells where it is crossed.
const crossesOfLogistic = 10

func (f *fitter) stage(ctx context.Context, rows []int, fraud []bool, pairs []int, ridges []float64, plain,
	crossed bool, bags int) (*stage, error) {
	cfg := f.cfg
	cfg.bags = bags
	e := newEBM(f.t, rows, fraud, cfg)
	drawn := make([]*bag, cfg.bags)
	f.parallel(len(drawn), func(i int) {
		drawn[i] = e.draw(i)
		e.boostMains(ctx, drawn[i])
	})
	for _, b := range drawn {
		b.pairs = nil
	}
	s := &stage{boosted: map[int]*boosted{}, logistic: map[float64]*additive{}, crossed: map[float64]*additive{}}
	mains := e.average(drawn, nil)
	var ranked []pair
	if crossed || slices.Max(pairs) > 0 {
		axes, bins, widths := e.pairAxes()
		ranked = e.rank(ctx, e.scores(mains), axes, bins, widths)
	}
	for _, n := range pairs {
		if n == 0 {
			s.boosted[0] = mains
			continue
		}
		some := ranked[:min(n, len(ranked))]
		f.parallel(len(drawn), func(i int) { e.boostPairs(ctx, drawn[i], some) })
		s.boosted[n] = e.average(drawn, some)
	}
	for _, way := range []struct {
		want bool
		to   map[float64]*additive
		with []pair
	}{{plain, s.logistic, e.stated},
		{crossed, s.crossed, slices.Concat(e.stated, ranked[:min(crossesOfLogistic, len(ranked))])}} {
		if !way.want {
			continue
		}
		d := newDesign(f.t, rows, way.with, e.firmness(mains))
		var w []float64
		for _, ridge := range slices.Backward(ridges) {
			w = d.solve(fraud, ridge, w)
			way.to[ridge] = d.sum(w)
		}
	}
	return s, ctx.Err()
}

func (f *fitter) parallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(f.o.Workers, n) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// folds of forward validation: each is fitted on what came before it.
var foldEnds = []float64{0.55, 0.7, 0.85, 1}

// choose picks pairs, ridge and share by the log loss of claims that came after those that were fitted on, and
// calibrates on the same.
func (f *fitter) choose(ctx context.Context, rows []int, fraud []bool) (model.Chosen, error) {
	if f.o.Fixed != nil {
		return *f.o.Fixed, nil
	}
	type fold struct {
		s    *stage
		rows []int
	}
	frauds := 0
	for _, y := range fraud {
		if y {
			frauds++
		}
	}
	pairs, crossed := pairChoices, true
	if frauds < enoughForPairs {
		pairs, crossed = pairChoices[:1], false
	}
	var folds []fold
	var truth []bool
	for k := range len(foldEnds) - 1 {
		from, to := int(foldEnds[k]*float64(len(rows))), int(foldEnds[k+1]*float64(len(rows)))
		some := 0
		for _, y := range fraud[:from] {
			if y {
				some++
			}
		}
		if some < 8 || from-some < 8 {
			continue
		}
		f.o.Log("forward validation %d of %d: fitting on %d claims, judging by the next %d", k+1, len(foldEnds)-1, from,
			to-from)
		s, err := f.stage(ctx, rows[:from], fraud[:from], pairs, ridgeChoices, true, crossed, 6)
		if err != nil {
			return model.Chosen{}, err
		}
		folds = append(folds, fold{s, rows[from:to]})
		truth = append(truth, fraud[from:to]...)
	}
	chosen := model.Chosen{Share: 0.5, Ridge: 10, Slope: 1, Calibration: "uncalibrated: too few claims to validate on"}
	if len(folds) == 0 {
		return chosen, nil
	}
	gather := func(of func(*stage) predictor) []float64 {
		var all []float64
		for _, fd := range folds {
			all = append(all, of(fd.s).predict(f.t, fd.rows)...)
		}
		return all
	}
	loss := func(scores []float64) float64 { return measure.LogLoss(probabilities(scores), truth) }
	var boost, line []float64
	for _, n := range pairs {
		p := gather(func(s *stage) predictor { return s.boosted[n] })
		f.report("pairs %d", n, p, truth)
		if boost == nil || clearlyBetter(p, boost, truth) {
			chosen.Pairs, boost = n, p
		}
	}
	best := math.Inf(1)
	for _, way := range []bool{false, true} {
		if way && !crossed {
			continue
		}
		for _, ridge := range ridgeChoices {
			p := gather(func(s *stage) predictor {
				if way {
					return s.crossed[ridge]
				}
				return s.logistic[ridge]
			})
			f.report(map[bool]string{false: "ridge %g", true: "ridge %g, crossed"}[way], ridge, p, truth)
			if l := loss(p); l < best-1e-6 {
				best, chosen.Ridge, chosen.Crossed, line = l, ridge, way, p
			}
		}
	}
	best = math.Inf(1)
	var mixed []float64
	for _, share := range shareChoices {
		p := make([]float64, len(truth))
		for i := range p {
			p[i] = share*boost[i] + (1-share)*line[i]
		}
		f.report("share %g", share, p, truth)
		if l := loss(p); l < best-1e-6 {
			best, chosen.Share, mixed = l, share, p
		}
	}
	chosen.AUC, chosen.Precision = measure.AUC(mixed, truth), measure.AveragePrecision(mixed, truth)
	chosen.Slope, chosen.Shift = calibrate(mixed, truth)
	chosen.Calibration = "calibrated by forward validation"
	return chosen, nil
}

// clearlyBetter reports whether a loses less than b by more than half the standard error of the difference: what is
// less simple must earn it.
func clearlyBetter(a, b []float64, truth []bool) bool {
	var sum, squares float64
	for i, y := range truth {
		d := surprise(b[i], y) - surprise(a[i], y)
		sum += d
		squares += d * d
	}
	n := float64(len(truth))
	mean := sum / n
	return mean > math.Sqrt(max(squares/n-mean*mean, 0)/n)/2
}

func surprise(logOdds float64, fraud bool) float64 {
	if fraud {
		return math.Log1p(math.Exp(-logOdds))
	}
	return math.Log1p(math.Exp(logOdds))
}

func (f *fitter) report(what string, of any, p []float64, truth []bool) {
	f.o.Log("  "+what+": log loss %.5f, AUC %.4f, average precision %.4f", of, measure.LogLoss(probabilities(p), truth),
		measure.AUC(p, truth),
		measure.AveragePrecision(p, truth))
}

type predictor interface {
	predict(t *Table, rows []int) []float64
}

func probabilities(logOdds []float64) []float64 {
	out := make([]float64, len(logOdds))
	for i, s := range logOdds {
		out[i] = model.Probability(s)
	}
	return out
}

// calibrate fits slope and shift of the log-odds (Platt). The slope is kept from turning a score around or into a
// verdict.
func calibrate(scores []float64, fraud []bool) (slope, shift float64) {
	slope = 1
	for range 50 {
		var ga, gb, haa, hab, hbb float64
		for i, s := range scores {
			p := model.Probability(slope*s + shift)
			g, h := p, max(p*(1-p), 1e-9)
			if fraud[i] {
				g--
			}
			ga += g * s
			gb += g
			haa += h * s * s
			hab += h * s
			hbb += h
		}
		ga += slope - 1 // a weak prior on leaving it as it is
		haa++
		det := haa*hbb - hab*hab
		if det <= 0 {
			break
		}
		da, db := (hbb*ga-hab*gb)/det, (haa*gb-hab*ga)/det
		slope -= da
		shift -= db
		if math.Abs(da)+math.Abs(db) < 1e-9 {
			break
		}
	}
	if slope < 0.3 || slope > 2 || math.IsNaN(slope) || math.Abs(shift) > 5 {
		return 1, 0
	}
	return slope, shift
}

func (f *fitter) fit(ctx context.Context, rows []int, fraud []bool, c model.Chosen) (*additive, float64, error) {
	s, err := f.stage(ctx, rows, fraud, []int{c.Pairs}, []float64{c.Ridge}, !c.Crossed, c.Crossed, f.cfg.bags)
	if err != nil {
		return nil, 0, err
	}
	out := new(additive)
	b := s.boosted[c.Pairs]
	if c.Share > 0 {
		out.plus(b.sum(f.t), c.Share)
	}
	if c.Share < 1 {
		l := s.logistic[c.Ridge]
		if c.Crossed {
			l = s.crossed[c.Ridge]
		}
		out.plus(l, 1-c.Share)
	}
	return out, b.rounds, nil
}

// model makes the file: only the columns that some term reads are inputs.
func (f *fitter) model(sum *additive, chosen model.Chosen, left []model.Leaver) *model.Model {
	m := &model.Model{Format: model.Format, ID: f.o.ID, Version: f.o.Version, Intercept: sum.base, Chosen: chosen,
		Left: left}
	m.About = "boosted tables (EBM) and a logistic regression, mixed and calibrated by forward validation"
	to := map[int]int{}
	input := func(column int) int {
		at, ok := to[column]
		if !ok {
			at = len(m.Inputs)
			to[column] = at
			c := f.t.Columns[column]
			m.Inputs = append(m.Inputs, model.Input{Feature: c.Name, Kind: c.Kind.String()})
		}
		return at
	}
	for _, t := range sum.terms {
		axes := slices.Clone(t.Axes)
		for i := range axes {
			axes[i].Input = input(axes[i].Input)
		}
		m.Terms = append(m.Terms, model.Term{Axes: axes, Scores: t.Scores})
	}
	for _, l := range sum.lines {
		l.Input = input(l.Input)
		m.Lines = append(m.Lines, l)
	}
	return m
}

// firmest is how many times the ridge a feature gets of which the boosted part makes nothing.
const firmest = 10.0

// firmness is the ridge on a feature, in times of the chosen one: the less the boosted part makes of a feature, the
// firmer, so that many features that say nothing do not add up.
func (e *ebm) firmness(b *boosted) func(input int) float64 {
	moves := make([]float64, len(e.axes))
	for c, bins := range e.bins[:len(e.axes)] {
		var sum, squares float64
		for _, bin := range bins {
			v := b.mains[c][bin]
			sum += v
			squares += v * v
		}
		n := float64(max(len(bins), 1))
		moves[c] = math.Sqrt(max(squares/n-sum/n*sum/n, 0))
	}
	most := slices.Max(moves)
	return func(input int) float64 {
		if most == 0 {
			return 1
		}
		return 1 / max(moves[input]/most, 1/firmest)
	}
}
