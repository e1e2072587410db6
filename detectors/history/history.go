package history

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"tallystick/detectors/feature"
	"tallystick/detectors/learn"
	"tallystick/detectors/party"
)

// Claim is a past claim and what became of it.
type Claim struct {
	party.Claim
	Seen    time.Time // when it was decided, where that is not its time; the order of the claims
	Outcome party.Outcome
	KnownAt time.Time // from when the outcome is known; of no meaning for [party.Unknown]
}

// seen returns when the claim was looked at.
func (c *Claim) seen() time.Time {
	if c.Seen.IsZero() {
		return c.At
	}
	return c.Seen
}

// History is past claims in the order of time.
type History struct {
	Claims []Claim

	columns []feature.Feature
	extract *feature.Extractor
	told    []int // claims with an outcome, by when it is known
}

// New sorts the claims by time, those of one moment as they came, and finds the features that their attributes are.
func New(claims []Claim) (*History, error) {
	h := &History{Claims: claims, columns: feature.Registered()}
	slices.SortStableFunc(h.Claims, func(a, b Claim) int { return a.seen().Compare(b.seen()) })
	found := map[string]feature.Kind{}
	for i := range h.Claims {
		feature.Attributes(h.Claims[i].Event, found)
		if h.Claims[i].Outcome != party.Unknown {
			h.told = append(h.told, i)
		}
	}
	slices.SortStableFunc(h.told, func(a, b int) int { return h.Claims[a].KnownAt.Compare(h.Claims[b].KnownAt) })
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := feature.Lookup(name)
		if err != nil {
			return nil, err
		}
		f.Kind = found[name]
		h.columns = append(h.columns, f)
	}
	all := make([]string, len(h.columns))
	for i := range h.columns {
		all[i] = h.columns[i].Name
	}
	var err error
	h.extract, err = feature.Compile(all)
	return h, err
}

// Features returns the features of the rows.
func (h *History) Features() []feature.Feature { return slices.Clone(h.columns) }

// Table runs the claims through. An outcome of a claim for which hidden says so is never told; nil hides none.
func (h *History) Table(hidden func(i int) bool) *learn.Table {
	columns := make([]*learn.Column, len(h.columns))
	for i := range h.columns {
		columns[i] = &learn.Column{Name: h.columns[i].Name, Kind: h.columns[i].Kind, Rising: h.columns[i].Rising}
	}
	t := learn.NewTable(columns)
	memory := party.New(party.Limits{})
	values := make([]feature.Value, len(columns))
	var known party.Known
	next := 0
	for i := range h.Claims {
		c := &h.Claims[i]
		for next < len(h.told) && !h.Claims[h.told[next]].KnownAt.After(c.seen()) {
			if k := h.told[next]; (hidden == nil || !hidden(k)) && k < i {
				memory.Tell(h.Claims[k].Insurer, h.Claims[k].ID, h.Claims[k].Outcome)
			}
			next++
		}
		memory.Know(&c.Claim, &known)
		h.extract.Extract(c.Event, &known, values)
		t.Add(values)
		memory.Record(&c.Claim)
	}
	return t
}

// Part is one way of judging: rows to fit on and rows to judge by, each with a known outcome, and the table as it was
// for them.
type Part struct {
	Fit, Judge []int
	Table      *learn.Table
}

// Since parts the history at a moment: fitted is on what was known by then, judged what came from then on.
func (h *History) Since(from time.Time) Part {
	p := Part{Table: h.Table(nil)}
	for i := range h.Claims {
		c := &h.Claims[i]
		switch {
		case c.Outcome == party.Unknown:
		case !c.At.Before(from):
			p.Judge = append(p.Judge, i)
		case !c.KnownAt.After(from):
			p.Fit = append(p.Fit, i)
		}
	}
	return p
}

// Last returns the moment from which on the last share of the claims came.
func (h *History) Last(share float64) time.Time {
	at := min(max(int(float64(len(h.Claims))*(1-share)+0.5), 0), len(h.Claims)-1)
	return h.Claims[at].At
}

// Known returns the rows with an outcome.
func (h *History) Known() (rows []int) {
	for i := range h.Claims {
		if h.Claims[i].Outcome != party.Unknown {
			rows = append(rows, i)
		}
	}
	return rows
}

// Fraud says of rows with an outcome whether it was fraud.
func (h *History) Fraud(rows []int) []bool {
	out := make([]bool, len(rows))
	for k, i := range rows {
		out[k] = h.Claims[i].Outcome == party.Fraud
	}
	return out
}

// Folds shares out the rows with an outcome by chance, alike in fraud. What became of a claim that is judged is not
// told to the memory of parties either, so each fold has a table of its own, which part makes when it is asked.
func (h *History) Folds(n int, seed uint64) []func() Part {
	r := rand.New(rand.NewPCG(seed, 0xf01d))
	fold := make([]int, len(h.Claims))
	for i := range fold {
		fold[i] = -1
	}
	for _, o := range []party.Outcome{party.Fraud, party.Cleared} {
		var rows []int
		for i := range h.Claims {
			if h.Claims[i].Outcome == o {
				rows = append(rows, i)
			}
		}
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for k, i := range rows {
			fold[i] = k % n
		}
	}
	parts := make([]func() Part, n)
	for k := range parts {
		parts[k] = func() Part {
			p := Part{Table: h.Table(func(i int) bool { return fold[i] == k })}
			for i, f := range fold {
				switch f {
				case -1:
				case k:
					p.Judge = append(p.Judge, i)
				default:
					p.Fit = append(p.Fit, i)
				}
			}
			return p
		}
	}
	return parts
}

// Span returns the first and last day of rows.
func (h *History) Span(rows []int) (from, to time.Time) {
	if len(rows) == 0 {
		return from, to
	}
	first := slices.MinFunc(rows, func(a, b int) int { return cmp.Compare(a, b) })
	last := slices.Max(rows)
	return h.Claims[first].At, h.Claims[last].At
}
