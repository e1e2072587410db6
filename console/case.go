package console

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tallystick/cases"
)

// CasePage is all that the page of a case shows.
type CasePage struct {
	Case       QueueRow    `json:"case"`
	Claims     []CaseClaim `json:"claims"`
	Cause      string      `json:"cause"`
	Taken      *time.Time  `json:"taken,omitempty"`
	Closed     *time.Time  `json:"closed,omitempty"`
	Group      string      `json:"group,omitempty"`
	Deadlines  []Deadline  `json:"deadlines"`
	Determined *time.Time  `json:"determined,omitempty"`
	Referred   *time.Time  `json:"referred,omitempty"`
	Decided    *Verdict    `json:"decided,omitempty"`
	Proposed   []cases.ID  `json:"proposed"` // cases that it might be merged with
	Into       cases.ID    `json:"into,omitempty"`
	Chronology []CaseEvent `json:"chronology"` // oldest first
	Record     *RecordPage `json:"record,omitempty"`
	Here       []Here      `json:"here"` // who else
}

// CaseClaim is a claim of a case.
type CaseClaim struct {
	Ref
	Score   float64 `json:"score"`
	Outcome string  `json:"outcome"`
	Money   *Money  `json:"money,omitempty"`
}

// Deadline is a time by which something must be done.
type Deadline struct {
	Name string     `json:"name"`
	Due  *time.Time `json:"due,omitempty"`
	Law  string     `json:"law,omitempty"`
	Met  bool       `json:"met"`
}

// Verdict is the answer of a person.
type Verdict struct {
	Verdict string    `json:"verdict"`
	Reasons []string  `json:"reasons"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	To      string    `json:"to,omitempty"`
	Saved   *Money    `json:"saved,omitempty"`
	Viewed  []string  `json:"viewed"`
}

// CaseEvent is one thing that happened in a case.
type CaseEvent struct {
	Seq       int64      `json:"seq"`
	Kind      string     `json:"kind"`
	At        time.Time  `json:"at"`
	By        string     `json:"by"`
	Cause     string     `json:"cause,omitempty"`
	To        string     `json:"to,omitempty"`
	Until     *time.Time `json:"until,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Text      string     `json:"text,omitempty"`   // of a note, where the reader may read it
	Digest    string     `json:"digest,omitempty"` // of a note or exhibit, hex
	Sealed    bool       `json:"sealed,omitempty"` // a note that the reader may not read, or whose key is gone
	Exhibit   int        `json:"exhibit,omitempty"`
	Type      string     `json:"type,omitempty"` // of an exhibit
	Size      int64      `json:"size,omitempty"` // of an exhibit, bytes
	Source    string     `json:"source,omitempty"`
	Collected *time.Time `json:"collected,omitempty"`
	Name      string     `json:"name,omitempty"`
	Verdict   *Verdict   `json:"verdict,omitempty"`
	Deadlines []Deadline `json:"deadlines,omitempty"`
	Score     float64    `json:"score,omitempty"`
	Outcome   string     `json:"outcome,omitempty"`
	Revision  int        `json:"revision,omitempty"`
	Ring      string     `json:"ring,omitempty"`
	RingSize  int        `json:"ringSize,omitempty"`
	Other     cases.ID   `json:"other,omitempty"`
	Claim     *Ref       `json:"claim,omitempty"`
	Bulk      bool       `json:"bulk,omitempty"`
}

// RecordPage is what the page shows of a claim's record.
type RecordPage struct {
	Ref
	Revision   int               `json:"revision"`
	Line       string            `json:"line"`
	Stage      string            `json:"stage,omitempty"`
	Score      float64           `json:"score"`
	Base       float64           `json:"base"`
	Outcome    string            `json:"outcome"`
	Hold       bool              `json:"hold"`
	Ring       string            `json:"ring,omitempty"`
	RingSize   int               `json:"ringSize,omitempty"`
	Reported   *time.Time        `json:"reported,omitempty"`
	Reasons    []Reason          `json:"reasons"` // of the decision in force, heaviest first
	Decisions  []Decision        `json:"decisions"`
	Tokens     []Token           `json:"tokens"`
	Sealed     []string          `json:"sealed"`
	Open       map[string]string `json:"open"`
	Record     string            `json:"record"`
	Commitment string            `json:"commitment"`
	Partition  int               `json:"partition"`
	Offset     int64             `json:"offset"`
	Case       cases.ID          `json:"case,omitempty"`
}

// SimilarClaim is a claim with some of the same reasons.
type SimilarClaim struct {
	Ref
	Score    float64   `json:"score"`
	Base     float64   `json:"base"`
	Weights  []float64 `json:"weights"`
	Money    *Money    `json:"money,omitempty"`
	Line     string    `json:"line"`
	Outcome  string    `json:"outcome"`
	Case     cases.ID  `json:"case,omitempty"`
	Status   string    `json:"status,omitempty"` // of its case
	Verdict  string    `json:"verdict,omitempty"`
	Assignee string    `json:"assignee,omitempty"`
}

func (s *Server) caseRoutes() {
	read := Right(cases.RightRead)
	type page struct{ Body *CasePage }
	type caseInput struct {
		CasePath
		Claim string `query:"claim" maxLength:"256" doc:"which of the case's claims; without it the one with the highest score"`
	}
	handle(s, endpoint{Method: "GET", Path: "/api/v1/cases/{case}", ID: "case",
		Summary: "A case, its chronology and the record of its claim; that the person looked is an entry of the case",
		Right:   read},
		func(ctx context.Context, p *Person, in *caseInput) (*page, error) {
			s.looked(ctx, p, in.id())
			c, err := s.casePage(ctx, p, in.id(), in.Claim)
			return &page{c}, err
		})

	type beside struct {
		Body struct {
			Before cases.ID `json:"before,omitempty"`
			After  cases.ID `json:"after,omitempty"`
			Total  int      `json:"total"`
		}
	}
	type besideInput struct {
		CasePath
		QueueQuery
	}
	handle(s, endpoint{Method: "GET", Path: "/api/v1/cases/{case}/beside", ID: "beside",
		Summary: "The neighbours of a case in a queue", Right: read},
		func(ctx context.Context, p *Person, in *besideInput) (*beside, error) {
			q, err := in.query(p)
			if err != nil {
				return nil, err
			}
			var out beside
			if out.Body.Before, out.Body.After, err = s.cfg.Cases.Beside(ctx, p.actor(), q, in.id()); err != nil {
				return nil, err
			}
			q.Limit, q.Cursor = 1, ""
			got, err := s.cfg.Cases.Queue(ctx, p.actor(), q)
			out.Body.Total = got.Total
			return &out, err
		})

	type here struct {
		Body struct {
			Here []Here `json:"here"`
		}
	}
	type hereInput struct {
		CasePath
		Body struct {
			Doing string `json:"doing" enum:"reading,writing,left"`
		}
	}
	handle(s, endpoint{Method: "PUT", Path: "/api/v1/cases/{case}/presence", ID: "presence",
		Summary: "Say that one is at a case, and hear who else is", Right: read},
		func(ctx context.Context, p *Person, in *hereInput) (*here, error) {
			now := time.Now().UTC()
			if s.present.set(in.id(), p.ID, in.Body.Doing, now) {
				insurer, _, group, err := in.scope(ctx, s)
				if err != nil {
					return nil, err
				}
				s.live.send(message{Kind: "presence", Case: in.id(), Person: p.ID, Doing: in.Body.Doing,
					insurer: insurer, group: group})
			}
			var out here
			out.Body.Here = s.present.others(in.id(), p.ID, now)
			return &out, nil
		})
	s.actRoutes()
	s.exhibitRoutes()
	s.referralRoutes()
	s.claimRoutes()
}

// looked notes in the case's journal that a person looks, once a minute. While the journal is away reading goes on.
func (s *Server) looked(ctx context.Context, p *Person, id cases.ID) {
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	if _, err := s.cfg.Cases.Do(ctx, p.actor(), cases.Command{Case: id, Act: cases.View{}}); err != nil {
		s.cfg.Log.Warn("that a person looks at a case could not be noted", "case", id, "error", err)
	}
}

func (s *Server) casePage(ctx context.Context, p *Person, id cases.ID, claim string) (*CasePage, error) {
	d, err := s.cfg.Cases.Get(ctx, p.actor(), id)
	if err != nil {
		return nil, err
	}
	first := d.Claims[0]
	for _, item := range d.Claims {
		if claim == "" && item.Score > first.Score || claim != "" && item.Claim == claim {
			first = item
		}
	}
	row := cases.Row{
		ID: d.ID, Version: d.Version, Status: d.Status, Insurer: d.Insurer, Claim: first.Claim, Claims: len(d.Claims),
		Revision: first.Revision,
		Place:    first.Place, Line: first.Line, Score: first.Score, Outcome: first.Outcome, Hold: d.Hold,
		Reasons: len(first.Reasons), Money: first.Money,
		OpenedAt: d.OpenedAt, MovedAt: d.MovedAt, Due: d.Due, Until: d.Until, Assignee: d.Assignee, Group: d.Group,
		Contested:  d.Contested,
		Questioned: d.Questioned, Proposed: len(d.Proposed),
	}
	for _, r := range first.Reasons {
		row.Weights = append(row.Weights, r.Weight)
	}
	if len(first.Reasons) > 0 {
		row.Reason = first.Reasons[0].Rule
	}
	if len(d.Rings) > 0 {
		row.Ring, row.RingSize = d.Rings[0].ID, d.Rings[0].Size
	}
	c := &CasePage{
		Case: s.row(&row), Claims: []CaseClaim{}, Cause: string(d.Cause), Taken: some(d.TakenAt),
		Closed: some(d.ClosedAt), Group: d.Group,
		Deadlines: deadlines(d.Clocks), Determined: some(d.Determined), Referred: some(d.Referred),
		Proposed: d.Proposed, Into: d.Into,
		Chronology: []CaseEvent{}, Here: s.present.others(id, p.ID, time.Now()),
	}
	if c.Proposed == nil {
		c.Proposed = []cases.ID{}
	}
	for _, item := range d.Claims {
		c.Claims = append(c.Claims, CaseClaim{Ref{item.Insurer, item.Claim}, item.Score, item.Outcome,
			moneyOf(item.Money)})
	}
	c.Decided = verdict(d.Disposition)
	texts, err := s.notes(ctx, p, id)
	if err != nil {
		return nil, err
	}
	for i := range d.Chronology {
		c.Chronology = append(c.Chronology, eventOf(&d.Chronology[i], texts))
	}
	c.Record, err = s.record(ctx, p, Ref{d.Insurer, first.Claim})
	if errors.Is(err, ErrNotFound) {
		return c, nil // the journal is ahead of the analytics
	}
	return c, err
}

// notes returns the texts by entry, of those that the person may read.
func (s *Server) notes(ctx context.Context, p *Person, id cases.ID) (map[int64]string, error) {
	if !p.May(Right(cases.RightNotes)) {
		return nil, nil
	}
	all, err := s.cfg.Cases.Notes(ctx, p.actor(), id)
	if err != nil {
		s.cfg.Log.Warn("the notes of a case cannot be read", "case", id, "error", err)
		return nil, nil // the rest of the page goes on; the notes stand as sealed
	}
	texts := map[int64]string{}
	for _, n := range all {
		if !n.Erased {
			texts[n.Seq] = n.Text
		}
	}
	return texts, nil
}

func deadlines(all []cases.Deadline) []Deadline {
	out := []Deadline{}
	for _, d := range all {
		out = append(out, Deadline{d.Name, some(d.Due), d.Law, d.Met})
	}
	return out
}

func verdict(d *cases.Disposition) *Verdict {
	if d == nil {
		return nil
	}
	v := &Verdict{string(d.Verdict), d.Reasons, d.By, d.At, d.To, moneyOf(d.Saved), d.Viewed}
	if v.Viewed == nil {
		v.Viewed = []string{}
	}
	return v
}

func eventOf(e *cases.Event, texts map[int64]string) CaseEvent {
	out := CaseEvent{
		Seq: e.Seq, Kind: string(e.Kind), At: e.At, By: e.By, Cause: string(e.Cause), To: e.To, Until: e.Until,
		Reason: e.Reason, Other: e.Other,
		Verdict: verdict(e.Disposition), Bulk: e.Bulk != "",
	}
	if len(e.Deadlines) > 0 {
		out.Deadlines = deadlines(e.Deadlines)
	}
	if f := e.Finding; f != nil {
		out.Score, out.Outcome, out.Revision = f.Score, f.Outcome, f.Revision
		out.Claim = &Ref{f.Insurer, f.Claim}
		if len(f.Rings) > 0 {
			out.Ring, out.RingSize = f.Rings[0].ID, f.Rings[0].Size
		}
	}
	if e.Claim != nil {
		out.Claim = &Ref{e.Claim.Insurer, e.Claim.Claim}
	}
	if e.Note != nil {
		text, readable := texts[e.Seq]
		out.Text, out.Sealed, out.Digest = text, !readable, hex.EncodeToString(e.Note.Digest)
	}
	if e.Exhibit != nil {
		x := e.Exhibit
		out.Exhibit, out.Name, out.Digest = x.Number, x.Name, hex.EncodeToString(x.Digest)
		out.Type, out.Size, out.Source, out.Collected, out.To = x.Type, x.Size, x.Source, some(x.Collected), x.To
	}
	return out
}

// record reads the record of a claim. Claims that the person may not know of are left out of it.
func (s *Server) record(ctx context.Context, p *Person, ref Ref) (*RecordPage, error) {
	r, err := s.cfg.Records.Record(ctx, ref)
	if err != nil {
		return nil, err
	}
	out := &RecordPage{
		Ref: r.Ref, Revision: r.Revision, Line: r.Line, Stage: r.Stage, Score: r.Score, Base: r.Base,
		Outcome: r.Outcome, Hold: r.Hold, Ring: r.Ring,
		RingSize: r.RingSize, Reported: some(r.Reported), Decisions: r.Decisions, Tokens: r.Tokens, Sealed: r.Sealed,
		Open:       r.Open,
		Commitment: r.Commitment, Partition: r.Partition, Offset: r.Offset,
		Record: s.cfg.Anchors.State(r.Partition, r.Offset), Reasons: []Reason{},
	}
	for i := range out.Decisions {
		d := &out.Decisions[i]
		d.Record = s.cfg.Anchors.State(d.Partition, d.Offset)
	}
	out.Reasons = reasonsInForce(r)
	if out.Tokens == nil {
		out.Tokens = []Token{}
	}
	if out.Sealed == nil {
		out.Sealed = []string{}
	}
	for i := range out.Tokens {
		t := &out.Tokens[i]
		kept := t.Where[:0:0]
		for _, other := range t.Where {
			if ok, err := s.sees(ctx, p, other); err != nil {
				return nil, err
			} else if ok {
				kept = append(kept, other)
			}
		}
		if t.Where = kept; kept == nil {
			t.Where = []Ref{}
		}
	}
	if id, err := s.cfg.Cases.ByClaim(ctx, s.self(),
		cases.ClaimRef{Insurer: ref.Insurer, Claim: ref.Claim}); err == nil {
		out.Case = id
	}
	return out, nil
}

// reasonsInForce are the reasons of the summary with the words and facts of the decisions that they come from.
func reasonsInForce(r *Record) []Reason {
	known := map[string]Reason{}
	for _, d := range r.Decisions {
		for _, reason := range d.Reasons {
			known[reason.Rule] = reason
		}
	}
	all := []Reason{}
	for i, rule := range r.Rules {
		reason := known[rule]
		reason.Rule, reason.Weight = rule, r.Weights[i]
		if reason.Facts == nil {
			reason.Facts = []Fact{}
		}
		all = append(all, reason)
	}
	return all
}

// sees reports whether a person may know of a claim.
func (s *Server) sees(ctx context.Context, p *Person, ref Ref) (bool, error) {
	if !p.Sees(ref.Insurer, "") {
		return false, nil
	}
	group, err := s.groupOf(ctx, ref)
	return p.Sees(ref.Insurer, group), err
}

func (s *Server) similar(ctx context.Context, x Summary) SimilarClaim {
	out := SimilarClaim{Ref: x.Ref, Score: x.Score, Base: x.Base, Weights: x.Weights, Money: x.Claimed, Line: x.Line,
		Outcome: x.Outcome}
	id, err := s.cfg.Cases.ByClaim(ctx, s.self(), cases.ClaimRef{Insurer: x.Insurer, Claim: x.Claim})
	if err != nil {
		return out
	}
	d, err := s.cfg.Cases.Get(ctx, s.self(), id)
	if err != nil {
		return out
	}
	out.Case, out.Status, out.Assignee = id, string(d.Status), d.Assignee
	if d.Disposition != nil {
		out.Verdict = string(d.Disposition.Verdict)
	}
	return out
}

func (s *Server) claimRoutes() {
	type page struct{ Body *RecordPage }
	handle(s, endpoint{Method: "GET", Path: "/api/v1/claims/{insurer}/{claim}", ID: "claim",
		Summary: "The record of a claim", Right: Right(cases.RightRead), Audit: true},
		func(ctx context.Context, p *Person, in *ClaimPath) (*page, error) {
			r, err := s.record(ctx, p, in.ref())
			return &page{r}, err
		})

	type similar struct {
		Body struct {
			Claims []SimilarClaim `json:"claims"`
		}
	}
	handle(s, endpoint{Method: "GET", Path: "/api/v1/claims/{insurer}/{claim}/similar", ID: "similar",
		Summary: "Claims with some of the same reasons", Right: Right(cases.RightRead)},
		func(ctx context.Context, p *Person, in *ClaimPath) (*similar, error) {
			all, err := s.cfg.Records.Similar(ctx, in.ref())
			if err != nil {
				return nil, err
			}
			var out similar
			out.Body.Claims = []SimilarClaim{}
			for _, x := range all {
				if ok, err := s.sees(ctx, p, x.Ref); err != nil {
					return nil, err
				} else if ok {
					out.Body.Claims = append(out.Body.Claims, s.similar(ctx, x))
				}
			}
			return &out, nil
		})

	type opened struct{ Body ActAnswer }
	type openInput struct {
		ClaimPath
		Body struct {
			Command string `json:"command" minLength:"8" maxLength:"64"`
		}
	}
	handle(s, endpoint{Method: "POST", Path: "/api/v1/claims/{insurer}/{claim}/case", ID: "open-case",
		Summary: "Open a case on a claim by hand", Right: Right(cases.RightOpen), Audit: true},
		func(ctx context.Context, p *Person, in *openInput) (*opened, error) {
			r, err := s.cfg.Records.Record(ctx, in.ref())
			if err != nil {
				return nil, err
			}
			f := cases.Finding{
				ClaimRef: cases.ClaimRef{Insurer: r.Insurer, Claim: r.Claim}, Revision: r.Revision, Line: r.Line,
				Score: r.Score, Base: r.Base,
				Outcome: r.Outcome, Hold: r.Hold, At: r.Decided,
				Place: cases.Place{Partition: r.Partition, Offset: r.Offset},
			}
			for i := range r.Rules {
				f.Reasons = append(f.Reasons, cases.Reason{Rule: r.Rules[i], Weight: r.Weights[i]})
			}
			a, err := s.cfg.Cases.OpenByHand(ctx, p.actor(), in.Body.Command, cases.ByPerson, f)
			return &opened{ActAnswer{a.Case, a.Seq, a.Version}}, err
		})

	type proofInput struct {
		ClaimPath
		Body struct {
			Fields []string `json:"fields" maxItems:"50"`
		}
	}
	type proof struct {
		Type        string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Body        []byte
	}
	handle(s, endpoint{Method: "POST", Path: "/api/v1/claims/{insurer}/{claim}/proof", ID: "prove",
		Summary: "A proof bundle that shows the fields named", Right: Prove, Audit: true, Big: true},
		func(ctx context.Context, _ *Person, in *proofInput) (*proof, error) {
			if s.cfg.Prover == nil {
				return nil, huma.NewError(http.StatusConflict,
					"this install anchors nothing: there is nothing to prove")
			}
			if _, err := s.cfg.Records.Record(ctx, in.ref()); err != nil {
				return nil, err
			}
			bundle, err := s.cfg.Prover.Prove(ctx, in.ref(), in.Body.Fields)
			if err != nil {
				return nil, huma.NewError(http.StatusConflict, err.Error())
			}
			return &proof{"application/octet-stream", `attachment; filename="claim.proof"`, bundle}, nil
		})

	type found struct {
		Body struct {
			Claims []SimilarClaim `json:"claims"`
		}
	}
	type findInput struct {
		Body struct {
			Text string `json:"text" minLength:"2" maxLength:"200"`
		}
	}
	handle(s, endpoint{Method: "POST", Path: "/api/v1/search", ID: "search", Summary: "Claims by part of their number",
		Right: Right(cases.RightRead)},
		func(ctx context.Context, p *Person, in *findInput) (*found, error) {
			all, err := s.cfg.Records.Find(ctx, in.Body.Text, 20)
			if err != nil {
				return nil, err
			}
			var out found
			out.Body.Claims = []SimilarClaim{}
			for _, x := range all {
				if ok, err := s.sees(ctx, p, x.Ref); err != nil {
					return nil, err
				} else if ok && len(out.Body.Claims) < 8 {
					out.Body.Claims = append(out.Body.Claims, s.similar(ctx, x))
				}
			}
			return &out, nil
		})
}
