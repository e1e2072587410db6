package console

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tallystick/cases"
)

// Delay is how long something takes, in hours.
type Delay struct {
	Count   int     `json:"count"`
	Median  float64 `json:"median"`
	P90     float64 `json:"p90"`
	Longest float64 `json:"longest"`
}

// LineDelay is how long the claims of a line wait.
type LineDelay struct {
	Line       string `json:"line"`
	Claims     int    `json:"claims"`
	Settled    int    `json:"settled" doc:"by the machine alone"`
	Decision   Delay  `json:"decision" doc:"reported to decided by the machine"`
	Person     Delay  `json:"person" doc:"case opened to answered by a person"`
	Payment    Delay  `json:"payment" doc:"decided to first payment, of those paid after the decision"`
	PaidBefore int    `json:"paidBefore" doc:"claims whose first payment is older than the decision"`
	Open       int    `json:"open"`
	Oldest     Delay  `json:"oldest" doc:"of what is open: how long it has been open"`
}

// Waiting is a case that is open for long.
type Waiting struct {
	Case     cases.ID   `json:"case"`
	Insurer  string     `json:"insurer"`
	Claim    string     `json:"claim"`
	Line     string     `json:"line"`
	Money    *Money     `json:"money,omitempty"`
	Opened   time.Time  `json:"opened"`
	Due      *time.Time `json:"due,omitempty"`
	Assignee string     `json:"assignee,omitempty"`
}

// Objection is a subject's objection that nobody has answered.
type Objection struct {
	Waiting
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// DelaysPage is what a supervisor looks at: who waits, who decided, who objects.
type DelaysPage struct {
	Lines      []LineDelay `json:"lines"`
	Open       int         `json:"open"`
	PastDue    int         `json:"pastDue"`
	Settled    int         `json:"settled"` // by the machine alone
	With       int         `json:"with"`    // answered by a person, with the score
	Against    int         `json:"against"`
	Objections int         `json:"objections"`
	Partial    bool        `json:"partial" doc:"there are more closed cases than were looked at, the youngest"`
	Oldest     []Waiting   `json:"oldest" doc:"for who may read cases"`
	Contested  []Objection `json:"contested" doc:"for who may read cases"`
}

// mostListed bounds the lists of the page.
const mostListed = 10

func (s *Server) delayRoutes() {
	type page struct{ Body *DelaysPage }
	handle(s, endpoint{Method: "GET", Path: "/api/v1/delays", ID: "delays",
		Summary: "How long claims wait for a decision and for payment, who decided, who objects", Right: ReadDelays},
		func(ctx context.Context, p *Person, _ *struct{}) (*page, error) {
			if len(p.Insurers) == 0 {
				return nil, ErrNotFound
			}
			d, err := s.delays(ctx, p)
			return &page{d}, err
		})
}

func (s *Server) delays(ctx context.Context, p *Person) (*DelaysPage, error) {
	lines, err := s.cfg.Records.Delays(ctx, p.Insurers)
	if err != nil {
		return nil, err
	}
	d := &DelaysPage{Lines: lines, Oldest: []Waiting{}, Contested: []Objection{}}
	at := map[string]int{}
	for i, l := range d.Lines {
		at[l.Line] = i
		d.Settled += l.Settled
	}
	line := func(name string) *LineDelay {
		i, ok := at[name]
		if !ok {
			i = len(d.Lines)
			at[name] = i
			d.Lines = append(d.Lines, LineDelay{Line: name})
		}
		return &d.Lines[i]
	}
	// Figures count what the person's insurers have; an officer, who reads no case, is told no claim.
	reader := cases.Actor{Person: p.ID, Insurers: p.Insurers, Groups: p.Groups, Rights: []cases.Right{cases.RightRead}}
	open, _, err := s.rows(ctx, reader, cases.Filter{Status: []cases.Status{cases.New, cases.Taken, cases.Asleep}})
	if err != nil {
		return nil, err
	}
	closed, more, err := s.rows(ctx, reader, cases.Filter{Status: []cases.Status{cases.Closed}})
	if err != nil {
		return nil, err
	}
	d.Open, d.Partial = len(open), more
	now := time.Now()
	waits, answers := map[string][]float64{}, map[string][]float64{}
	for _, r := range open {
		waits[r.Line] = append(waits[r.Line], now.Sub(r.OpenedAt).Hours())
		if !r.Due.IsZero() && r.Due.Before(now) {
			d.PastDue++
		}
	}
	for _, r := range closed {
		if r.Verdict == "" {
			continue
		}
		answers[r.Line] = append(answers[r.Line], r.MovedAt.Sub(r.OpenedAt).Hours())
		if r.Verdict == cases.Clear && r.Outcome == "investigate" || r.Verdict == cases.Confirm &&
			r.Outcome == "settle" {
			d.Against++
		} else {
			d.With++
		}
	}
	for name, hours := range waits {
		l := line(name)
		l.Open, l.Oldest = len(hours), delayOf(hours)
	}
	for name, hours := range answers {
		line(name).Person = delayOf(hours)
	}
	slices.SortFunc(d.Lines, func(a, b LineDelay) int {
		return cmp.Or(cmp.Compare(b.Claims, a.Claims), cmp.Compare(a.Line, b.Line))
	})
	return d, s.waiting(ctx, p, reader, open, d)
}

// waiting adds the lists of claims, for who may read cases.
func (s *Server) waiting(ctx context.Context, p *Person, reader cases.Actor, open []cases.Row, d *DelaysPage) error {
	reads := p.May(Right(cases.RightRead))
	slices.SortFunc(open, func(a, b cases.Row) int { return a.OpenedAt.Compare(b.OpenedAt) })
	for _, r := range open {
		w := Waiting{r.ID, r.Insurer, r.Claim, r.Line, moneyOf(r.Money), r.OpenedAt, some(r.Due), r.Assignee}
		if reads && len(d.Oldest) < mostListed {
			d.Oldest = append(d.Oldest, w)
		}
		if !r.Contested {
			continue
		}
		d.Objections++
		if !reads || len(d.Contested) >= mostListed {
			continue
		}
		full, err := s.cfg.Cases.Get(ctx, reader, r.ID)
		if err != nil {
			return err
		}
		o := Objection{Waiting: w, At: r.MovedAt}
		for _, e := range full.Chronology {
			if e.Kind == cases.Contested {
				o.At, o.Reason = e.At, e.Reason
			}
		}
		d.Contested = append(d.Contested, o)
	}
	return nil
}

func delayOf(hours []float64) Delay {
	slices.Sort(hours)
	n := len(hours)
	if n == 0 {
		return Delay{}
	}
	return Delay{n, hours[n/2], hours[min(n-1, n*9/10)], hours[n-1]}
}

// rows reads the youngest rows that match, up to leadLimit; more says that there are others.
func (s *Server) rows(ctx context.Context, reader cases.Actor, f cases.Filter) (rows []cases.Row, more bool,
	err error) {
	q := cases.Query{Filter: f, Sort: cases.SortOpened, Desc: true, Limit: cases.MaxPage}
	for {
		page, err := s.cfg.Cases.Queue(ctx, reader, q)
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, page.Rows...)
		if q.Cursor = page.Next; q.Cursor == "" || len(rows) >= leadLimit {
			return rows, q.Cursor != "", nil
		}
	}
}
