package model

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tallystick/detectors/feature"
)

// Format is the first thing in a file. Another one is refused.
const Format = "tallystick-model/1"

// Model is a fitted score. Its JSON form is the file.
type Model struct {
	Format    string   `json:"format"`
	ID        string   `json:"id"`
	Version   int      `json:"version"`
	About     string   `json:"about"` // what was fitted and chosen, for people
	Data      Data     `json:"data"`
	Intercept float64  `json:"intercept"` // log-odds of a claim to which no term says anything
	Inputs    []Input  `json:"inputs"`    // the features, in the order in which Score wants them
	Terms     []Term   `json:"terms"`
	Lines     []Line   `json:"lines,omitempty"`
	Chosen    Chosen   `json:"chosen"`
	Left      []Leaver `json:"left,omitempty"` // features that were at hand and are not used

	tables []table
	lines  []line
	groups []group
	levels []map[string]int32 // of each input, a number a level over all its axes
}

// Data says what a model was fitted on.
type Data struct {
	Digest string `json:"digest"` // SHA-256 of the values, outcomes and times
	Claims int    `json:"claims"` // with a known outcome
	Fraud  int    `json:"fraud"`
	From   string `json:"from"` // first and last day
	To     string `json:"to"`
	// Quantiles are the 1st to 99th hundredth of the scores of the rows fitted on, as probabilities: where to cut for a
	// capacity, and what later scores are compared with.
	Quantiles []float64 `json:"quantiles,omitempty"`
}

// Input is a feature that the model wants.
type Input struct {
	Feature string `json:"feature"`
	Kind    string `json:"kind"` // number or category
}

// Term is a table over one or two features.
type Term struct {
	Axes   []Axis    `json:"axes"`
	Scores []float64 `json:"scores"` // log-odds by bin of the first axis, then of the second
}

// Axis divides a feature into bins: bin 0 is missing. Of a number, bin 1 lies below the first cut and bin k at or above
// cut k-1. Of a category, bin 1 is every other value and bin k+2 the level k.
type Axis struct {
	Input  int       `json:"input"`
	Cuts   []float64 `json:"cuts,omitempty"`
	Levels []string  `json:"levels,omitempty"`
}

// Bins returns how many bins an axis of a kind has.
func (a *Axis) Bins(category bool) int {
	if category {
		return len(a.Levels) + 2
	}
	return len(a.Cuts) + 2
}

// Line is a straight line over a number: Weight for each standard deviation from the mean, cut off at Cut deviations.
type Line struct {
	Input   int     `json:"input"`
	Log     bool    `json:"log,omitempty"` // of the logarithm of 1 plus the number
	Mean    float64 `json:"mean"`
	Spread  float64 `json:"spread"`
	Cut     float64 `json:"cut"`
	Weight  float64 `json:"weight"`
	Missing float64 `json:"missing"` // log-odds where it is missing
}

// Chosen is what was decided by forward validation, from years of the fitting alone.
type Chosen struct {
	Pairs       int     `json:"pairs"`
	Share       float64 `json:"share"`   // of the boosted part; the rest is the logistic regression's
	Ridge       float64 `json:"ridge"`   // of the logistic regression
	Crossed     bool    `json:"crossed"` // it has the ten best pairs as cells
	Rounds      int     `json:"rounds"`  // of boosting, mean of the bags
	Slope       float64 `json:"slope"`   // of the calibration, already in the scores
	Shift       float64 `json:"shift"`   // likewise
	AUC         float64 `json:"auc"`     // in forward validation
	Precision   float64 `json:"averagePrecision"`
	Calibration string  `json:"calibration"` // calibrated, or why not
}

// Leaver is a feature that was at hand and left out.
type Leaver struct {
	Feature string `json:"feature"`
	Why     string `json:"why"`
}

// Contribution is what one feature, or two together, add to the log-odds of a claim.
type Contribution struct {
	Features []string
	LogOdds  float64
}

type table struct {
	term  *Term
	axes  [2]axis
	n     int
	width int // bins of the second axis
	group int
}

type axis struct {
	input  int
	cuts   []float64
	levels []int32 // of a category, the bin of each level of its input; 0 is none of this axis
}

type line struct {
	*Line
	group int
}

// group is what one contribution sums up: a feature or a pair.
type group struct{ features []string }

// Limits of a file.
const (
	maxInputs = 4096
	maxTerms  = 8192
	maxScores = 4 << 20
)

var errDamaged = errors.New("the model is damaged or was written by something else")

// Seal checks the model and makes it ready. It must be called once, after which the model must not be changed.
func (m *Model) Seal() error {
	if m.Format != Format {
		return fmt.Errorf("the model has the format %q, and this program reads %q: fit it again", m.Format, Format)
	}
	if len(m.Inputs) > maxInputs || len(m.Terms) > maxTerms {
		return fmt.Errorf("%w: more than %d features or %d terms", errDamaged, maxInputs, maxTerms)
	}
	if q := m.Data.Quantiles; len(q) != 0 && (len(q) != 99 || !finite(q...) || !slices.IsSorted(q) || q[0] < 0 ||
		q[98] > 1) {
		return fmt.Errorf("%w: the quantiles are not 99 rising probabilities", errDamaged)
	}
	if !finite(m.Intercept) {
		return fmt.Errorf("%w: the intercept is not a number", errDamaged)
	}
	for i, in := range m.Inputs {
		if in.Kind != feature.Number.String() && in.Kind != feature.Category.String() {
			return fmt.Errorf("%w: input %d is neither a number nor a category", errDamaged, i)
		}
	}
	m.tables, m.lines, m.groups = nil, nil, nil
	m.levels = make([]map[string]int32, len(m.Inputs))
	for i := range m.levels {
		m.levels[i] = map[string]int32{}
	}
	byGroup := map[[2]int]int{}
	groupOf := func(a, b int) int {
		key := [2]int{min(a, b), max(a, b)}
		no, ok := byGroup[key]
		if !ok {
			no = len(m.groups)
			byGroup[key] = no
			g := group{[]string{m.Inputs[a].Feature}}
			if a != b {
				g.features = append(g.features, m.Inputs[b].Feature)
			}
			m.groups = append(m.groups, g)
		}
		return no
	}
	total := 0
	for i := range m.Terms {
		t := &m.Terms[i]
		tb, err := m.table(t)
		if err != nil {
			return fmt.Errorf("%w: term %d %w", errDamaged, i, err)
		}
		if total += len(t.Scores); total > maxScores {
			return fmt.Errorf("%w: more than %d scores", errDamaged, maxScores)
		}
		tb.group = groupOf(t.Axes[0].Input, t.Axes[len(t.Axes)-1].Input)
		m.tables = append(m.tables, tb)
	}
	for i := range m.Lines {
		l := &m.Lines[i]
		if l.Input < 0 || l.Input >= len(m.Inputs) || m.Inputs[l.Input].Kind != feature.Number.String() ||
			!finite(l.Mean, l.Spread, l.Cut, l.Weight, l.Missing) || l.Spread <= 0 || l.Cut <= 0 {
			return fmt.Errorf("%w: line %d", errDamaged, i)
		}
		m.lines = append(m.lines, line{l, groupOf(l.Input, l.Input)})
	}
	return nil
}

func (m *Model) table(t *Term) (table, error) {
	tb := table{term: t, n: len(t.Axes), width: 1}
	if tb.n < 1 || tb.n > 2 {
		return tb, errors.New("has not one or two axes")
	}
	size := 1
	for i := range t.Axes {
		a := &t.Axes[i]
		if a.Input < 0 || a.Input >= len(m.Inputs) {
			return tb, errors.New("names no input")
		}
		isCategory := m.Inputs[a.Input].Kind == feature.Category.String()
		if isCategory && len(a.Cuts) > 0 || !isCategory && len(a.Levels) > 0 || !finite(a.Cuts...) ||
			!slices.IsSorted(a.Cuts) {
			return tb, errors.New("has an axis whose cuts do not rise or do not fit its kind")
		}
		ax := axis{input: a.Input, cuts: a.Cuts}
		if isCategory {
			ax.levels = []int32{}
			for k, level := range a.Levels {
				no, ok := m.levels[a.Input][level]
				if !ok {
					no = int32(len(m.levels[a.Input]))
					m.levels[a.Input][level] = no
				}
				for int(no) >= len(ax.levels) {
					ax.levels = append(ax.levels, 0)
				}
				if ax.levels[no] != 0 {
					return tb, errors.New("has a level twice")
				}
				ax.levels[no] = int32(k + 2)
			}
		}
		bins := a.Bins(isCategory)
		if bins > maxScores || size > maxScores/bins {
			return tb, errors.New("is too large")
		}
		size *= bins
		if i == 1 {
			tb.width = bins
		}
		tb.axes[i] = ax
	}
	if size != len(t.Scores) || !finite(t.Scores...) {
		return tb, fmt.Errorf("has %d scores and wants %d", len(t.Scores), size)
	}
	return tb, nil
}

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// bin returns where a value falls; level is its number as a level of the input, -1 if it is none.
func (a *axis) bin(v *feature.Value, level int32) int {
	switch {
	case !v.Known:
		return 0
	case a.levels != nil:
		if level < 0 || int(level) >= len(a.levels) || a.levels[level] == 0 {
			return 1
		}
		return int(a.levels[level])
	default:
		lo, hi := 0, len(a.cuts)
		for lo < hi {
			mid := int(uint(lo+hi) >> 1)
			if a.cuts[mid] <= v.Number {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		return lo + 1
	}
}

func (t *table) score(values []feature.Value, levels []int32) float64 {
	i := t.axes[0].input
	at := t.axes[0].bin(&values[i], levels[i])
	if t.n == 2 {
		i = t.axes[1].input
		at = at*t.width + t.axes[1].bin(&values[i], levels[i])
	}
	return t.term.Scores[at]
}

// usualInputs is up to how many a score needs no memory of its own.
const usualInputs = 128

// number sets the level of each input's value, looked up once for all tables that ask for it.
func (m *Model) number(levels []int32, values []feature.Value) {
	for i := range levels {
		levels[i] = -1
		if len(m.levels[i]) == 0 || !values[i].Known {
			continue
		}
		if no, ok := m.levels[i][values[i].Text]; ok {
			levels[i] = no
		}
	}
}

func (l *line) score(values []feature.Value) float64 {
	v := &values[l.Input]
	if !v.Known || math.IsNaN(v.Number) {
		return l.Missing
	}
	x := v.Number
	if l.Log {
		x = math.Log1p(max(x, 0))
	}
	return l.Weight * min(max((x-l.Mean)/l.Spread, -l.Cut), l.Cut)
}

// Features returns the names that [Model.Score] wants values of, in its order.
func (m *Model) Features() []string {
	names := make([]string, len(m.Inputs))
	for i := range m.Inputs {
		names[i] = m.Inputs[i].Feature
	}
	return names
}

// Score returns the log-odds of a claim, whose values stand in the order of [Model.Features].
func (m *Model) Score(values []feature.Value) float64 {
	var usual [usualInputs]int32
	levels := usual[:]
	if len(m.Inputs) > len(levels) {
		levels = make([]int32, len(m.Inputs))
	}
	levels = levels[:len(m.Inputs)]
	m.number(levels, values)
	sum := m.Intercept
	for i := range m.tables {
		sum += m.tables[i].score(values, levels)
	}
	for i := range m.lines {
		sum += m.lines[i].score(values)
	}
	return sum
}

// Contributions appends to dst what each feature and pair adds; with the intercept they sum to the score.
func (m *Model) Contributions(dst []Contribution, values []feature.Value) []Contribution {
	start := len(dst)
	for i := range m.groups {
		dst = append(dst, Contribution{Features: m.groups[i].features})
	}
	levels := make([]int32, len(m.Inputs))
	m.number(levels, values)
	for i := range m.tables {
		dst[start+m.tables[i].group].LogOdds += m.tables[i].score(values, levels)
	}
	for i := range m.lines {
		dst[start+m.lines[i].group].LogOdds += m.lines[i].score(values)
	}
	return dst
}

// Probability turns log-odds into a probability.
func Probability(logOdds float64) float64 { return 1 / (1 + math.Exp(-logOdds)) }
