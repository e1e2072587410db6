package console

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tallystick/cases"
)

// LeadPage is what a lead needs to see whether the team copes and the score is right.
type LeadPage struct {
	Open       int         `json:"open"`
	Nobody     int         `json:"nobody"`
	PastDue    int         `json:"pastDue"`
	DueSoon    int         `json:"dueSoon"` // within two days
	Workload   []Load      `json:"workload"`
	Steps      []Step      `json:"steps"`
	Decided    int         `json:"decided"`  // by people
	Override   int         `json:"override"` // of these, against the score: cleared at investigate, confirmed at settle
	Saved      []Money     `json:"saved"`
	Partial    bool        `json:"partial" doc:"there are more closed cases than were looked at, the youngest"`
	Thresholds Thresholds  `json:"thresholds"`
	Statistics *Statistics `json:"statistics"`
}

// Thresholds are the bands in force.
type Thresholds struct {
	Review      float64 `json:"review"`
	Investigate float64 `json:"investigate"`
}

// Load is what a person has to do.
type Load struct {
	Person   string `json:"person"`
	Name     string `json:"name"`
	Open     int    `json:"open"`
	PastDue  int    `json:"pastDue"`
	Capacity int    `json:"capacity"`
	There    bool   `json:"there"`
}

// Step is how long a step of a case takes, in hours.
type Step struct {
	Name   string  `json:"name"` // taken, decided
	Median float64 `json:"median"`
	P90    float64 `json:"p90"`
	Count  int     `json:"count"`
}

// leadLimit bounds the cases that the lead's figures look at one by one.
const leadLimit = 5000

func (s *Server) leadRoutes() {
	type page struct{ Body *LeadPage }
	handle(s, endpoint{Method: "GET", Path: "/api/v1/lead", ID: "lead",
		Summary: "Workload, ages, times and how right the rules are", Right: ReadStatistics},
		func(ctx context.Context, p *Person, _ *struct{}) (*page, error) {
			if len(p.Insurers) == 0 {
				return nil, ErrNotFound
			}
			l, err := s.lead(ctx, p)
			return &page{l}, err
		})
}

func (s *Server) lead(ctx context.Context, p *Person) (*LeadPage, error) {
	stats, err := s.cfg.Records.Statistics(ctx, p.Insurers)
	if err != nil {
		return nil, err
	}
	l := &LeadPage{Statistics: stats, Workload: []Load{}, Steps: []Step{}, Saved: []Money{},
		Thresholds: s.cfg.Thresholds}
	loads, err := s.cfg.Cases.Workload(ctx, p.actor())
	if err != nil {
		return nil, err
	}
	byPerson := map[string]int{}
	for _, w := range loads {
		byPerson[w.Person.ID] = len(l.Workload)
		l.Workload = append(l.Workload, Load{Person: w.Person.ID, Name: w.Person.Name, Open: w.Open,
			Capacity: w.Person.Capacity, There: w.There})
	}
	open, _, err := s.rows(ctx, p.actor(), cases.Filter{})
	if err != nil {
		return nil, err
	}
	now := time.Now()
	l.Open = len(open)
	for _, r := range open {
		late := !r.Due.IsZero() && r.Due.Before(now)
		if late {
			l.PastDue++
		} else if !r.Due.IsZero() && r.Due.Before(now.Add(48*time.Hour)) {
			l.DueSoon++
		}
		if r.Assignee == "" {
			l.Nobody++
		} else if i, ok := byPerson[r.Assignee]; ok && late {
			l.Workload[i].PastDue++
		}
	}
	return l, s.closed(ctx, p, l)
}

// closed adds what the closed cases tell.
func (s *Server) closed(ctx context.Context, p *Person, l *LeadPage) error {
	closed, more, err := s.rows(ctx, p.actor(), cases.Filter{Status: []cases.Status{cases.Closed}})
	if err != nil {
		return err
	}
	l.Partial = more
	var take, decide []float64
	sums := map[string]cases.Money{}
	for _, r := range closed {
		d, err := s.cfg.Cases.Get(ctx, p.actor(), r.ID)
		if err != nil {
			return err
		}
		if d.Disposition == nil {
			continue
		}
		l.Decided++
		v, flagged := d.Disposition.Verdict, d.Outcome == "investigate"
		if v == cases.Clear && flagged || v == cases.Confirm && d.Outcome == "settle" {
			l.Override++
		}
		if !d.TakenAt.IsZero() {
			take = append(take, d.TakenAt.Sub(d.OpenedAt).Hours())
			decide = append(decide, d.ClosedAt.Sub(d.TakenAt).Hours())
		}
		if m := d.Disposition.Saved; m != nil {
			sum := sums[m.Currency]
			sums[m.Currency] = cases.Money{Amount: sum.Amount.Add(m.Amount), Currency: m.Currency}
		}
	}
	l.Steps = append(l.Steps, step("taken", take), step("decided", decide))
	for _, m := range sums {
		l.Saved = append(l.Saved, *moneyOf(&m))
	}
	slices.SortFunc(l.Saved, func(a, b Money) int { return cmp.Compare(a.Currency, b.Currency) })
	return nil
}

func step(name string, hours []float64) Step {
	st := Step{Name: name, Count: len(hours)}
	if len(hours) > 0 {
		slices.Sort(hours)
		st.Median, st.P90 = hours[len(hours)/2], hours[min(len(hours)-1, len(hours)*9/10)]
	}
	return st
}
