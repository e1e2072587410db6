package console

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/quagmt/udecimal"

	"tallystick/cases"
)

// QueueRow is a case in the queue: no payload, what a row shows.
type QueueRow struct {
	ID         cases.ID   `json:"id"`
	Version    int64      `json:"version"`
	Status     string     `json:"status"`
	Insurer    string     `json:"insurer"`
	Claim      string     `json:"claim"`
	Claims     int        `json:"claims"`
	Line       string     `json:"line"`
	Score      float64    `json:"score"`
	Base       float64    `json:"base"` // log-odds before any reason
	Weights    []float64  `json:"weights"`
	Outcome    string     `json:"outcome"`
	Hold       bool       `json:"hold"`
	Reason     string     `json:"reason"` // id@version of the strongest rule besides the ring's
	Reasons    int        `json:"reasons"`
	Ring       string     `json:"ring,omitempty"`
	RingSize   int        `json:"ringSize,omitempty"`
	Money      *Money     `json:"money,omitempty"`
	Opened     time.Time  `json:"opened"`
	Due        *time.Time `json:"due,omitempty"`
	Until      *time.Time `json:"until,omitempty"`
	Assignee   string     `json:"assignee,omitempty"`
	Verdict    string     `json:"verdict,omitempty"`
	Contested  bool       `json:"contested,omitempty"`
	Questioned bool       `json:"questioned,omitempty"`
	Record     string     `json:"record"` // decided, anchored, final
}

func (s *Server) row(r *cases.Row) QueueRow {
	q := QueueRow{
		ID: r.ID, Version: r.Version, Status: string(r.Status), Insurer: r.Insurer, Claim: r.Claim, Claims: r.Claims,
		Line:  r.Line,
		Score: r.Score, Base: baseOf(r.Score, r.Weights), Weights: r.Weights, Outcome: r.Outcome, Hold: r.Hold,
		Reason: r.Reason, Reasons: r.Reasons,
		Ring: r.Ring, RingSize: r.RingSize, Money: moneyOf(r.Money), Opened: r.OpenedAt, Due: some(r.Due),
		Until:    some(r.Until),
		Assignee: r.Assignee, Verdict: string(r.Verdict), Contested: r.Contested, Questioned: r.Questioned,
		Record: s.cfg.Anchors.State(r.Place.Partition, r.Place.Offset),
	}
	if q.Weights == nil {
		q.Weights = []float64{}
	}
	return q
}

// baseOf returns the log-odds before any reason: a score is the logistic of base and weights.
func baseOf(score float64, weights []float64) float64 {
	p := min(max(score, 1e-9), 1-1e-9)
	base := math.Log(p / (1 - p))
	for _, w := range weights {
		base -= w
	}
	return base
}

func moneyOf(m *cases.Money) *Money {
	if m == nil {
		return nil
	}
	return &Money{m.Amount.StringFixed(2), m.Currency}
}

func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// QueueQuery is what the address of the queue says.
type QueueQuery struct {
	Status    []string `query:"status,explode" maxItems:"5" enum:"new,taken,snoozed,closed,merged"`
	Insurers  []string `query:"insurer,explode" maxItems:"50"`
	Lines     []string `query:"line,explode" maxItems:"20"`
	Outcomes  []string `query:"outcome,explode" maxItems:"3" enum:"settle,review,investigate"`
	Assignee  []string `query:"assignee,explode" maxItems:"20" doc:"ids of people; me; - is nobody"`
	Rules     []string `query:"rule,explode" maxItems:"20"`
	Ring      string   `query:"ring" maxLength:"200"`
	InRing    string   `query:"inRing" enum:"yes,no"`
	Hold      string   `query:"hold" enum:"yes,no"`
	Contested string   `query:"contested" enum:"yes,no"`
	ScoreMin  float64  `query:"scoreMin" minimum:"0" maximum:"1"`
	ScoreMax  float64  `query:"scoreMax" minimum:"0" maximum:"1"`
	Currency  string   `query:"currency" maxLength:"3"`
	MoneyMin  string   `query:"moneyMin" maxLength:"24"`
	DueDays   int      `query:"dueDays" minimum:"0" maximum:"365" doc:"due within so many days"`
	Claim     string   `query:"claim" maxLength:"200" doc:"part of the claim's number"`
	Sort      string   `query:"sort" enum:"score,money,opened,moved,due,ring,line,assignee,reason"`
	Order     string   `query:"order" enum:"asc,desc"`
	Cursor    string   `query:"cursor" maxLength:"1000"`
	Limit     int      `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

func (q *QueueQuery) query(p *Person) (cases.Query, error) {
	out := cases.Query{Sort: cases.Sort(q.Sort), Desc: q.Order == "desc", Cursor: q.Cursor, Limit: q.Limit}
	f, err := q.filter(p)
	out.Filter = f
	return out, err
}

func (q *QueueQuery) filter(p *Person) (cases.Filter, error) {
	f := cases.Filter{
		Insurers: q.Insurers, Lines: q.Lines, Outcomes: q.Outcomes, Rules: q.Rules, Ring: q.Ring,
		InRing: yesNo(q.InRing), Hold: yesNo(q.Hold),
		Contested: yesNo(q.Contested), ScoreMin: q.ScoreMin, ScoreMax: q.ScoreMax,
		Currency: strings.ToUpper(q.Currency), Claim: q.Claim,
	}
	for _, status := range q.Status {
		f.Status = append(f.Status, cases.Status(status))
	}
	for _, a := range q.Assignee {
		if a == "me" {
			a = p.ID
		}
		f.Assignees = append(f.Assignees, a)
	}
	if q.DueDays > 0 {
		f.DueBefore = time.Now().Add(time.Duration(q.DueDays) * 24 * time.Hour)
	}
	if q.MoneyMin != "" {
		least, err := udecimal.Parse(q.MoneyMin)
		if err != nil {
			return f, huma.Error422UnprocessableEntity("moneyMin: want an amount such as 1000.00")
		}
		f.MoneyMin = least
	}
	return f, nil
}

func yesNo(text string) *bool {
	if text == "" {
		return nil
	}
	yes := text == "yes"
	return &yes
}

// Band counts the rows of an outcome, with their money by currency.
type Band struct {
	Outcome string  `json:"outcome"`
	Count   int     `json:"count"`
	Sums    []Money `json:"sums"`
}

// QueuePage is a part of the queue.
type QueuePage struct {
	Rows  []QueueRow `json:"rows"`
	Next  string     `json:"next,omitempty"`
	Total int        `json:"total"`
	Bands []Band     `json:"bands"`
}

// views are the saved views that every install has.
var views = map[string]QueueQuery{
	"mine":      {Assignee: []string{"me"}, DueDays: 7, Status: []string{"taken"}},
	"high":      {ScoreMin: 0.2},
	"hold":      {Hold: "yes"},
	"ring":      {InRing: "yes"},
	"snoozed":   {Status: []string{"snoozed"}},
	"contested": {Contested: "yes"},
	"closed":    {Status: []string{"closed"}},
}

func (s *Server) queueRoutes() {
	read := Right(cases.RightRead)
	type page struct{ Body QueuePage }
	handle(s, endpoint{Method: "GET", Path: "/api/v1/queue", ID: "queue",
		Summary: "A part of the queue, with what all that match come to", Right: read},
		func(ctx context.Context, p *Person, in *QueueQuery) (*page, error) {
			q, err := in.query(p)
			if err != nil {
				return nil, err
			}
			if len(p.Insurers) == 0 {
				return &page{QueuePage{Rows: []QueueRow{}, Bands: []Band{}}}, nil
			}
			got, err := s.cfg.Cases.Queue(ctx, p.actor(), q)
			if err != nil {
				return nil, err
			}
			out := &page{QueuePage{Rows: make([]QueueRow, len(got.Rows)), Next: got.Next, Total: got.Total,
				Bands: []Band{}}}
			for i := range got.Rows {
				out.Body.Rows[i] = s.row(&got.Rows[i])
			}
			for _, b := range got.Bands {
				band := Band{Outcome: b.Outcome, Count: b.Count, Sums: []Money{}}
				for i := range b.Sums {
					band.Sums = append(band.Sums, *moneyOf(&b.Sums[i]))
				}
				out.Body.Bands = append(out.Body.Bands, band)
			}
			return out, nil
		})

	type counts struct {
		Body struct {
			Views map[string]int `json:"views"`
			Open  int            `json:"open"`
			Rings int            `json:"rings"`
		}
	}
	handle(s, endpoint{Method: "GET", Path: "/api/v1/counts", ID: "counts", Summary: "How many cases each view has",
		Right: read},
		func(ctx context.Context, p *Person, _ *struct{}) (*counts, error) {
			var out counts
			out.Body.Views = map[string]int{}
			if len(p.Insurers) == 0 {
				return &out, nil
			}
			for name, v := range views {
				q, err := v.query(p)
				if err != nil {
					return nil, err
				}
				q.Limit = 1
				got, err := s.cfg.Cases.Queue(ctx, p.actor(), q)
				if err != nil {
					return nil, err
				}
				out.Body.Views[name] = got.Total
			}
			got, err := s.cfg.Cases.Queue(ctx, p.actor(), cases.Query{Limit: 1})
			if err != nil {
				return nil, err
			}
			out.Body.Open = got.Total
			return &out, nil
		})

	type answers struct {
		Body struct {
			Answers []BulkAnswer `json:"answers"`
			Done    int          `json:"done"`
		}
	}
	handle(s, endpoint{Method: "POST", Path: "/api/v1/bulk", ID: "bulk",
		Summary: "One act on many cases, with an answer for each", Right: Right(cases.RightWork), Audit: true},
		func(ctx context.Context, p *Person, in *bulkInput) (*answers, error) {
			c, err := in.command(p)
			if err != nil {
				return nil, err
			}
			if len(p.Insurers) == 0 {
				return nil, ErrNotFound
			}
			got, err := s.cfg.Cases.Bulk(ctx, p.actor(), c)
			if err != nil {
				return nil, err
			}
			var out answers
			out.Body.Answers = []BulkAnswer{}
			for _, a := range got {
				one := BulkAnswer{Case: a.Case, OK: a.Err == nil}
				if a.Err != nil {
					one.Problem = answerTo(a.Err).Error()
				} else {
					out.Body.Done++
				}
				out.Body.Answers = append(out.Body.Answers, one)
			}
			return &out, nil
		})
}

// BulkAnswer says what came of a case in a bulk act.
type BulkAnswer struct {
	Case    cases.ID `json:"case"`
	OK      bool     `json:"ok"`
	Problem string   `json:"problem,omitempty"`
}

type bulkInput struct {
	QueueQuery
	Body struct {
		Command string   `json:"command" minLength:"8" maxLength:"64"`
		Cases   []target `json:"cases,omitempty" maxItems:"1000"`
		All     bool     `json:"all,omitempty" doc:"all that match the query of the address, instead of cases"`
		ActBody
	}
}

// reason implements reasoned. A command on all that match has no count before it is done.
func (in *bulkInput) reason() (int, string) { return len(in.Body.Cases), in.Body.Act }

type target struct {
	Case   cases.ID `json:"case"`
	Expect int64    `json:"expect,omitempty"`
}

func (in *bulkInput) command(p *Person) (cases.BulkCommand, error) {
	c := cases.BulkCommand{ID: in.Body.Command}
	switch {
	case in.Body.All == (len(in.Body.Cases) > 0):
		return c, huma.Error422UnprocessableEntity("name cases, or say all: one of the two")
	case in.Body.All:
		f, err := in.filter(p)
		if err != nil {
			return c, err
		}
		c.All = &f
	default:
		for _, t := range in.Body.Cases {
			c.Cases = append(c.Cases, cases.Target{Case: t.Case, Expect: t.Expect})
		}
	}
	var err error
	c.Act, err = in.Body.ActBody.act()
	return c, err
}
