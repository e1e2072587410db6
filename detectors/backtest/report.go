package backtest

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"time"

	"tallystick/detectors/measure"
	"tallystick/detectors/model"
)

// Claim is a scored claim whose outcome is known.
type Claim struct {
	Insurer string
	ID      string
	Line    string
	At      time.Time
	Amount  float64 // claimed; 0 if unknown
	Score   float64 // a probability where the model is calibrated
	Fraud   bool
}

// Report is what a backtest found.
type Report struct {
	Title      string          `json:"title"`
	How        string          `json:"how"` // what was fitted on and what judged
	Capacity   float64         `json:"capacityPerDay"`
	Claims     int             `json:"claims"`
	Fraud      int             `json:"fraud"`
	Unreviewed int             `json:"unreviewed"` // scored, but of unknown outcome: not judged
	From       string          `json:"from"`
	To         string          `json:"to"`
	Days       float64         `json:"days"`
	All        Figures         `json:"all"`
	Lines      []Part          `json:"byLine"`
	Months     []Part          `json:"byMonth"`
	Bins       []measure.Bin   `json:"calibration"`
	ROC        []measure.Point `json:"roc"`
	Precision  []measure.Point `json:"precisionOverRecall"`
	Capacities []At            `json:"capacities"`
	Folds      []Fold          `json:"folds,omitempty"`
	Left       []model.Leaver  `json:"left,omitempty"`
}

// Figures judge a set of claims. What cannot be said of them, such as an AUC without a fraud, is absent.
type Figures struct {
	Claims int      `json:"claims"`
	Fraud  int      `json:"fraud"`
	AUC    *float64 `json:"auc,omitempty"`
	AP     *float64 `json:"averagePrecision,omitempty"`
	Brier  *float64 `json:"brier,omitempty"`
}

// Part is a line of business or a month.
type Part struct {
	Name string `json:"name"`
	Figures
	Alerts   int     `json:"alerts"`   // at the capacity
	Innocent int     `json:"innocent"` // of them
	Caught   int     `json:"caught"`
	Money    float64 `json:"moneyCaught"`
}

// At is what a team would have found at a capacity.
type At struct {
	measure.At
	PerDay      float64 `json:"alertsPerDay"`
	MoneyCaught float64 `json:"moneyCaught"`
	MoneyFraud  float64 `json:"moneyFraud"` // claimed by all frauds
}

// Fold is one of several ways of judging.
type Fold struct {
	Name string  `json:"name"`
	AUC  float64 `json:"auc"`
	AP   float64 `json:"averagePrecision"`
}

// ErrNothing is returned where no claim with a known outcome is left to judge by.
var ErrNothing = errors.New("no claim with a known outcome is left to judge by")

// New judges claims. Capacity is how many alerts a day the team looks at; 0 means as many as 5 % of the claims.
func New(title, how string, claims []Claim, capacity float64) (*Report, error) {
	if len(claims) == 0 {
		return nil, ErrNothing
	}
	slices.SortStableFunc(claims, func(a, b Claim) int { return a.At.Compare(b.At) })
	r := &Report{Title: title, How: how, Claims: len(claims)}
	first, last := claims[0].At, claims[len(claims)-1].At
	r.From, r.To = first.Format(time.DateOnly), last.Format(time.DateOnly)
	r.Days = math.Max(last.Sub(first).Hours()/24, 1)
	scores, fraud := split(claims)
	for _, f := range fraud {
		if f {
			r.Fraud++
		}
	}
	r.All = figures(scores, fraud)
	if capacity <= 0 {
		capacity = float64(len(claims)) * 0.05 / r.Days
	}
	r.Capacity = capacity
	for _, share := range []float64{0.25, 0.5, 1, 2, 4} {
		r.Capacities = append(r.Capacities, r.at(claims, scores, fraud, capacity*share))
	}
	threshold := r.at(claims, scores, fraud, capacity).Threshold
	r.Lines = parts(claims, threshold, func(c *Claim) string { return c.Line })
	r.Months = parts(claims, threshold, func(c *Claim) string { return c.At.Format("2006-01") })
	r.Bins = measure.Calibration(scores, fraud, 10)
	r.ROC, r.Precision = measure.Curves(scores, fraud)
	return r, nil
}

func split(claims []Claim) (scores []float64, fraud []bool) {
	for i := range claims {
		scores = append(scores, claims[i].Score)
		fraud = append(fraud, claims[i].Fraud)
	}
	return scores, fraud
}

func figures(scores []float64, fraud []bool) Figures {
	f := Figures{Claims: len(scores)}
	for _, y := range fraud {
		if y {
			f.Fraud++
		}
	}
	f.AUC, f.AP, f.Brier = said(measure.AUC(scores, fraud)), said(measure.AveragePrecision(scores, fraud)),
		said(measure.Brier(scores, fraud))
	return f
}

// said is nil for what is no number: JSON has none, and neither has the reader use for it.
func said(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func (r *Report) at(claims []Claim, scores []float64, fraud []bool, perDay float64) At {
	n := min(max(int(perDay*r.Days+0.5), 1), len(claims))
	a := At{At: measure.AtCapacity(scores, fraud, n), PerDay: float64(n) / r.Days}
	for i := range claims {
		if !claims[i].Fraud {
			continue
		}
		a.MoneyFraud += claims[i].Amount
		if claims[i].Score >= a.Threshold {
			a.MoneyCaught += claims[i].Amount
		}
	}
	return a
}

func parts(claims []Claim, threshold float64, of func(*Claim) string) []Part {
	groups := map[string][]Claim{}
	for i := range claims {
		name := of(&claims[i])
		groups[name] = append(groups[name], claims[i])
	}
	var out []Part
	for name, group := range groups {
		scores, fraud := split(group)
		p := Part{Name: name, Figures: figures(scores, fraud)}
		for i := range group {
			if group[i].Score < threshold {
				continue
			}
			p.Alerts++
			if group[i].Fraud {
				p.Caught++
				p.Money += group[i].Amount
			} else {
				p.Innocent++
			}
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Part) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
