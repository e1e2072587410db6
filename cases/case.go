package cases

import (
	"slices"
	"time"
)

// Status is where a case stands.
type Status string

// The statuses.
const (
	New     Status = "new"     // nobody has it
	Taken   Status = "taken"   // somebody works on it
	Asleep  Status = "snoozed" // put off until a time
	Closed  Status = "closed"  // a person has answered
	Merging Status = "merged"  // it went on in another case
)

// Case is a case as all its entries together leave it.
type Case struct {
	ID      ID     `json:"id"`
	Version int64  `json:"version"` // Seq of the last entry that moved it; a command names it in Expect
	Status  Status `json:"status"`  // at the time of reading: a snooze ends by itself

	Insurer      string      `json:"insurer"`
	Claims       []ClaimItem `json:"claims"` // the one that it was opened for first
	Cause        Cause       `json:"cause"`
	Line         string      `json:"line"`
	Score        float64     `json:"score"` // the highest of its claims
	Outcome      string      `json:"outcome"`
	Hold         bool        `json:"hold"`
	Jurisdiction string      `json:"jurisdiction,omitzero"`
	Loss         string      `json:"loss,omitzero"`
	Rings        []RingRef   `json:"rings,omitzero"`

	Group      string     `json:"group,omitzero"` // need to know
	Assignee   string     `json:"assignee,omitzero"`
	OpenedAt   time.Time  `json:"openedAt"`
	TakenAt    time.Time  `json:"takenAt,omitzero"` // first
	AssignedBy string     `json:"assignedBy,omitzero"`
	AssignedAt time.Time  `json:"assignedAt,omitzero"`
	MovedAt    time.Time  `json:"movedAt"`
	MovedBy    string     `json:"movedBy"`
	MovedAs    Kind       `json:"movedAs"`
	ClosedAt   time.Time  `json:"closedAt,omitzero"`
	Until      time.Time  `json:"until,omitzero"` // of the snooze
	Due        time.Time  `json:"due,omitzero"`   // the next deadline that is not met
	Clocks     []Deadline `json:"deadlines,omitzero"`

	Disposition *Disposition `json:"disposition,omitzero"` // stands until a new cause
	Determined  time.Time    `json:"determined,omitzero"`
	Referred    time.Time    `json:"referred,omitzero"`
	Contested   bool         `json:"contested,omitzero"`
	Questioned  bool         `json:"questioned,omitzero"` // a machine found a new cause after a person's answer
	Into        ID           `json:"into,omitzero"`       // merged into
	Proposed    []ID         `json:"proposed,omitzero"`   // cases that it might be merged with
	Notes       int          `json:"notes"`
	Exhibits    int          `json:"exhibits"`

	log    []entry // oldest first
	top    int     // index of the claim with the highest score: what a queue shows of the case
	viewed map[string]time.Time
}

// entry is what the state keeps of an entry of the journal.
type entry struct {
	seq    int64
	offset int64
	raw    []byte  // as in the journal, save that a note's text is left there; nil: read it there
	sum    [8]byte // of what the journal holds, so that what is read there later is what was folded
}

// open reports whether the case waits for a person's answer.
func (c *Case) open() bool { return c.ClosedAt.IsZero() && c.Into == 0 }

// statusAt is the status at a time.
func (c *Case) statusAt(now time.Time) Status {
	switch {
	case c.Into != 0:
		return Merging
	case !c.ClosedAt.IsZero():
		return Closed
	case c.Until.After(now):
		return Asleep
	case c.Assignee != "":
		return Taken
	}
	return New
}

// copyAt is the case for a reader: what it shares with the state does not change any more.
func (c *Case) copyAt(now time.Time) Case {
	out := *c
	out.Status = c.statusAt(now)
	out.Claims, out.Rings, out.Clocks = slices.Clone(c.Claims), slices.Clone(c.Rings), slices.Clone(c.Clocks)
	out.Proposed = slices.Clone(c.Proposed)
	out.log, out.viewed = nil, nil
	return out
}

// claim finds a claim of the case.
func (c *Case) claim(ref ClaimRef) int {
	return slices.IndexFunc(c.Claims, func(i ClaimItem) bool { return i.ClaimRef == ref })
}

// weigh makes the case's own score, line and money those of its claims.
func (c *Case) weigh() {
	c.Score, c.Hold, c.top = 0, false, 0
	for i := range c.Claims {
		item := &c.Claims[i]
		if i == 0 || item.Score > c.Score {
			c.Score, c.Outcome, c.Line, c.top = item.Score, item.Outcome, item.Line, i
		}
		c.Hold = c.Hold || item.Hold
	}
}

// lead is the claim with the highest score.
func (c *Case) lead() *ClaimItem { return &c.Claims[c.top] }

// next finds the deadline that comes first.
func (c *Case) next() {
	c.Due = time.Time{}
	for _, d := range c.Clocks {
		if !d.Met && !d.Due.IsZero() && (c.Due.IsZero() || d.Due.Before(c.Due)) {
			c.Due = d.Due
		}
	}
}

// setClocks takes over deadlines by name.
func (c *Case) setClocks(ds []Deadline) {
	for _, d := range ds {
		if i := slices.IndexFunc(c.Clocks, func(o Deadline) bool { return o.Name == d.Name }); i >= 0 {
			c.Clocks[i] = d
		} else {
			c.Clocks = append(c.Clocks, d)
		}
	}
	c.next()
}

// item is what the case keeps of a finding.
func (f *Finding) item() ClaimItem {
	rings := make([]RingRef, len(f.Rings))
	for i, r := range f.Rings {
		rings[i] = RingRef{ID: r.ID, Size: r.Size}
	}
	return ClaimItem{
		ClaimRef: f.ClaimRef, Revision: f.Revision, Line: f.Line, Score: f.Score, Outcome: f.Outcome, Hold: f.Hold,
		Money: f.Money, Reasons: f.Reasons, Rings: rings, Place: f.Place, At: f.At,
	}
}

// Row is a case in a queue.
type Row struct {
	ID         ID        `json:"id"`
	Version    int64     `json:"version"`
	Status     Status    `json:"status"`
	Insurer    string    `json:"insurer"`
	Claim      string    `json:"claim"`
	Claims     int       `json:"claims"`
	Revision   int       `json:"revision"`
	Place      Place     `json:"place"`
	Line       string    `json:"line"`
	Score      float64   `json:"score"`
	Outcome    string    `json:"outcome"`
	Hold       bool      `json:"hold"`
	Reason     string    `json:"reason,omitzero"` // the strongest rule besides those of the ring
	Reasons    int       `json:"reasons"`
	Weights    []float64 `json:"weights,omitzero"` // of the reasons, heaviest first
	Ring       string    `json:"ring,omitzero"`
	RingSize   int       `json:"ringSize,omitzero"`
	Money      *Money    `json:"money,omitzero"`
	OpenedAt   time.Time `json:"openedAt"`
	MovedAt    time.Time `json:"movedAt"`
	Due        time.Time `json:"due,omitzero"`
	Until      time.Time `json:"until,omitzero"`
	Assignee   string    `json:"assignee,omitzero"`
	Group      string    `json:"group,omitzero"`
	Verdict    Verdict   `json:"verdict,omitzero"`
	Contested  bool      `json:"contested,omitzero"`
	Questioned bool      `json:"questioned,omitzero"`
	Proposed   int       `json:"proposed,omitzero"`
}

func (c *Case) row(now time.Time) Row {
	first := c.lead()
	r := Row{
		ID: c.ID, Version: c.Version, Status: c.statusAt(now), Insurer: c.Insurer, Claim: first.Claim,
		Claims:   len(c.Claims),
		Revision: first.Revision, Place: first.Place, Line: c.Line, Score: c.Score, Outcome: c.Outcome, Hold: c.Hold,
		Reasons: len(first.Reasons), Money: first.Money, OpenedAt: c.OpenedAt, MovedAt: c.MovedAt, Due: c.Due,
		Until:    c.Until,
		Assignee: c.Assignee, Group: c.Group, Contested: c.Contested, Questioned: c.Questioned,
		Proposed: len(c.Proposed),
	}
	for _, reason := range first.Reasons {
		r.Weights = append(r.Weights, reason.Weight)
		if r.Reason == "" && !isRing(reason.Rule) {
			r.Reason = reason.Rule
		}
	}
	if r.Reason == "" && len(first.Reasons) > 0 {
		r.Reason = first.Reasons[0].Rule
	}
	if len(c.Rings) > 0 {
		r.Ring, r.RingSize = c.Rings[0].ID, c.Rings[0].Size
	}
	if c.Disposition != nil {
		r.Verdict = c.Disposition.Verdict
	}
	return r
}

// isRing reports whether a rule speaks of the ring, which has a column of its own.
func isRing(rule string) bool { return len(rule) >= 5 && rule[:5] == "ring@" }
