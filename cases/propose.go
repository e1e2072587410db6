package cases

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// proposal is what a command is checked with: the state, the case as it stands there, and who asks when.
type proposal struct {
	cfg   *Config
	state *state
	actor Actor
	now   time.Time
	cmd   Command
	c     *Case
}

// event is an entry about the case by the actor.
func (p *proposal) event(kind Kind) Event {
	return Event{Kind: kind, Case: p.c.ID, At: p.now, By: p.actor.Person, Command: p.cmd.ID}
}

// conflict says who moved the case.
func (c *Case) conflict() error {
	return &ConflictError{
		Case:     c.ID,
		Version:  c.Version,
		Kind:     c.MovedAs,
		By:       c.MovedBy,
		At:       c.MovedAt,
		Assignee: c.Assignee,
	}
}

// takenBy says who has the case, and since when as far as that was its last move.
func (p *proposal) takenBy() error {
	e := &ConflictError{
		Case:     p.c.ID,
		Version:  p.c.Version,
		Kind:     Assigned,
		By:       p.c.AssignedBy,
		At:       p.c.AssignedAt,
		Assignee: p.c.Assignee,
	}
	return e
}

// check is what holds for every act: the right, the case, its version.
func (p *proposal) check() error {
	if err := p.actor.need(p.cmd.Act.right()); err != nil {
		return err
	}
	if p.c == nil || !p.actor.sees(p.c) {
		return ErrNotFound
	}
	switch p.cmd.Act.(type) {
	case AddNote, AddExhibit, View, Take:
		return nil // two people who write lose nothing, and who takes is told by the assignee
	}
	if p.cmd.Expect == 0 {
		return &InvalidError{Field: "expect", Problem: "is missing: name the version of the case that was seen"}
	}
	if p.cmd.Expect != p.c.Version {
		return p.c.conflict()
	}
	return nil
}

// events are the entries of the act; none if there is nothing to do.
func (p *proposal) events() ([]Event, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	switch act := p.cmd.Act.(type) {
	case Take:
		return p.take()
	case Release:
		return p.release()
	case Assign:
		return p.assign(act)
	case View:
		return p.view()
	case Snooze:
		return p.snooze(act)
	case Decide:
		return p.decide(act)
	case Determine:
		return p.determine()
	case Refer:
		return p.refer(act)
	case Contest:
		return p.contest(act)
	case Reopen:
		return p.reopen(act)
	case Merge:
		return p.merge(act)
	case Detach:
		return p.detach(act)
	case SetDeadline:
		return p.deadline(act)
	case Restrict:
		return p.restrict(act)
	}
	return nil, &InvalidError{Field: "act", Problem: fmt.Sprintf("%T is none that can be done so", p.cmd.Act)}
}

func one(e Event) ([]Event, error) { return []Event{e}, nil }

// mustBeOpen refuses what makes no sense on a case that is answered.
func (p *proposal) mustBeOpen() error {
	if !p.c.open() {
		return p.c.conflict()
	}
	return nil
}

// mustBeOurs refuses to act on what another person works on, save for who may give cases to others.
func (p *proposal) mustBeOurs() error {
	if p.c.Assignee == "" || p.c.Assignee == p.actor.Person || p.actor.May(RightAssign) {
		return nil
	}
	return p.takenBy()
}

func (p *proposal) take() ([]Event, error) {
	if err := p.mustBeOpen(); err != nil {
		return nil, err
	}
	if p.c.Assignee == p.actor.Person {
		return nil, nil
	}
	if p.c.Assignee != "" {
		return nil, p.takenBy()
	}
	e := p.event(Assigned)
	e.To = p.actor.Person
	return one(e)
}

func (p *proposal) release() ([]Event, error) {
	if err := p.mustBeOpen(); err != nil {
		return nil, err
	}
	if p.c.Assignee == "" {
		return nil, nil
	}
	if err := p.mustBeOurs(); err != nil {
		return nil, err
	}
	return one(p.event(Assigned))
}

func (p *proposal) assign(act Assign) ([]Event, error) {
	if err := p.mustBeOpen(); err != nil {
		return nil, err
	}
	to := act.To
	if act.Auto {
		var err error
		if to, err = p.state.leastLoaded(p.c, p.now); err != nil {
			return nil, err
		}
	}
	if to == "" || len(to) > 200 {
		return nil, &InvalidError{Field: "to", Problem: "names nobody"}
	}
	if person, ok := p.state.people[to]; ok && person.Left {
		return nil, &InvalidError{Field: "to", Problem: "has left"}
	}
	if to == p.c.Assignee {
		return nil, nil
	}
	e := p.event(Assigned)
	e.To = to
	return one(e)
}

func (p *proposal) view() ([]Event, error) {
	if last, ok := p.c.viewed[p.actor.Person]; ok && p.now.Sub(last) < time.Minute {
		return nil, nil
	}
	return one(p.event(Viewed))
}

// maxSnooze is how far a case may be put off.
const maxSnooze = 366 * 24 * time.Hour

func (p *proposal) snooze(act Snooze) ([]Event, error) {
	if err := p.mustBeOpen(); err != nil {
		return nil, err
	}
	if err := p.mustBeOurs(); err != nil {
		return nil, err
	}
	if !act.Until.After(p.now) {
		return nil, &InvalidError{Field: "until", Problem: "lies in the past"}
	}
	if act.Until.Sub(p.now) > maxSnooze {
		return nil, &InvalidError{Field: "until", Problem: "lies more than a year ahead"}
	}
	e := p.event(Snoozed)
	until := act.Until.UTC()
	e.Until = &until
	return one(e)
}

func (p *proposal) decide(act Decide) ([]Event, error) {
	if err := p.mustBeOpen(); err != nil {
		return nil, err
	}
	if err := p.mustBeOurs(); err != nil {
		return nil, err
	}
	allowed, ok := p.cfg.Codes.Verdicts[act.Verdict]
	if !ok {
		return nil, &InvalidError{Field: "verdict", Problem: "want confirm, clear or refer"}
	}
	if err := codes("reasons", act.Reasons, allowed); err != nil {
		return nil, err
	}
	if len(act.Reasons) == 0 {
		return nil, &InvalidError{Field: "reasons", Problem: "are mandatory: name at least one code"}
	}
	if act.Verdict == ReferCase && act.To == "" {
		return nil, &InvalidError{Field: "to", Problem: "is missing: to whom is it referred?"}
	}
	if len(act.To) > 200 || len(act.Viewed) > 50 {
		return nil, &InvalidError{Field: "to", Problem: "is too long"}
	}
	if act.Saved != nil && (act.Saved.Currency == "" || act.Saved.Amount.IsNeg()) {
		return nil, &InvalidError{Field: "saved", Problem: "wants an amount of 0 or more and a currency"}
	}
	e := p.event(Disposed)
	e.Disposition = &Disposition{
		Verdict: act.Verdict, Reasons: slices.Clone(act.Reasons), To: act.To, Saved: act.Saved,
		Viewed: slices.Clone(act.Viewed),
	}
	for i := range p.c.Claims {
		item := &p.c.Claims[i]
		e.Disposition.Claims = append(e.Disposition.Claims, Answered{item.ClaimRef, item.Revision, item.Score,
			item.Place})
	}
	e.Deadlines = p.c.meet(FromOpened, FromContested)
	return one(e)
}

// codes checks a list of codes against those that the install knows.
func codes(field string, got, allowed []string) error {
	if len(got) > 20 {
		return &InvalidError{Field: field, Problem: "are more than 20"}
	}
	for _, code := range got {
		if !slices.Contains(allowed, code) {
			return &InvalidError{Field: field, Problem: "holds a code that is none of " + strings.Join(allowed, ", ")}
		}
	}
	return nil
}

// reason checks the code of an act that must say why.
func (p *proposal) reason(kind Kind, code string) error {
	allowed := p.cfg.Codes.Acts[kind]
	if code == "" || !slices.Contains(allowed, code) {
		return &InvalidError{Field: "reason", Problem: "want one of " + strings.Join(allowed, ", ")}
	}
	return nil
}

func (p *proposal) determine() ([]Event, error) {
	if d := p.c.Disposition; d == nil || d.Verdict == Clear {
		return nil, &InvalidError{Field: "act", Problem: "a case is determined after it was confirmed or referred"}
	}
	if !p.c.Determined.IsZero() {
		return nil, nil
	}
	e := p.event(Determined)
	e.Deadlines = p.cfg.Deadlines.from(FromDetermined, p.c, p.now)
	return one(e)
}

func (p *proposal) refer(act Refer) ([]Event, error) {
	if act.To == "" || len(act.To) > 200 {
		return nil, &InvalidError{Field: "to", Problem: "is missing or too long: to which authority?"}
	}
	e := p.event(Referred)
	e.To = act.To
	e.Deadlines = p.c.meet(FromDetermined)
	return one(e)
}

func (p *proposal) contest(act Contest) ([]Event, error) {
	if p.c.Into != 0 {
		return nil, p.c.conflict()
	}
	if err := p.reason(Contested, act.Reason); err != nil {
		return nil, err
	}
	e := p.event(Contested)
	e.Reason = act.Reason
	e.Deadlines = p.cfg.Deadlines.from(FromContested, p.c, p.now)
	return one(e)
}

func (p *proposal) reopen(act Reopen) ([]Event, error) {
	if p.c.open() || p.c.Into != 0 {
		return nil, p.c.conflict()
	}
	if err := p.reason(Reopened, act.Reason); err != nil {
		return nil, err
	}
	e := p.event(Reopened)
	e.Reason = act.Reason
	e.Deadlines = p.cfg.Deadlines.from(FromOpened, p.c, p.now)
	return one(e)
}

func (p *proposal) merge(act Merge) ([]Event, error) {
	if err := p.mustBeOpen(); err != nil {
		return nil, err
	}
	if err := p.reason(Merged, act.Reason); err != nil {
		return nil, err
	}
	into := p.state.get(act.Into)
	if into == nil || !p.actor.sees(into) {
		return nil, ErrNotFound
	}
	switch {
	case into.ID == p.c.ID:
		return nil, &InvalidError{Field: "into", Problem: "is the same case"}
	case into.Insurer != p.c.Insurer:
		return nil, &InvalidError{Field: "into", Problem: "is a case of another insurer"}
	case into.Group != p.c.Group:
		return nil, &InvalidError{Field: "into", Problem: "is under another need-to-know group"}
	case !into.open():
		return nil, into.conflict()
	}
	gone := p.event(Merged)
	gone.Other, gone.Reason = into.ID, act.Reason
	came := p.event(Joined)
	came.Case, came.Other, came.Claims, came.Reason = into.ID, p.c.ID, p.c.Claims, act.Reason
	return []Event{gone, came}, nil
}

func (p *proposal) detach(act Detach) ([]Event, error) {
	if err := p.mustBeOpen(); err != nil {
		return nil, err
	}
	if err := p.reason(Detached, act.Reason); err != nil {
		return nil, err
	}
	i := p.c.claim(act.Claim)
	if i < 0 {
		return nil, &InvalidError{Field: "claim", Problem: "is not in the case"}
	}
	if len(p.c.Claims) < 2 {
		return nil, &InvalidError{Field: "claim", Problem: "is the only one of the case"}
	}
	item := p.c.Claims[i]
	gone := p.event(Detached)
	gone.Claim, gone.Reason = &act.Claim, act.Reason
	own := p.event(Opened)
	own.Case, own.Other, own.Cause, own.Reason = 0, p.c.ID, ByPerson, act.Reason
	// Its rings stay with the case that it leaves: this is what the person decides.
	own.Finding = &Finding{
		ClaimRef: item.ClaimRef, Revision: item.Revision, Line: item.Line, Score: item.Score, Outcome: item.Outcome,
		Hold:    item.Hold,
		Reasons: item.Reasons, Money: item.Money, At: item.At, Place: item.Place, Jurisdiction: p.c.Jurisdiction,
	}
	own.Deadlines = p.cfg.Deadlines.fromFinding(own.Finding, p.now)
	own.Group = p.c.Group
	return []Event{gone, own}, nil
}

func (p *proposal) deadline(act SetDeadline) ([]Event, error) {
	if err := p.reason(DeadlineChanged, act.Reason); err != nil {
		return nil, err
	}
	d := act.Deadline
	if d.Name == "" || len(d.Name) > 64 || len(d.Law) > 200 {
		return nil, &InvalidError{Field: "deadline", Problem: "wants a name of 1 to 64 characters"}
	}
	if !d.Met && !d.Due.IsZero() && !d.Due.After(p.now) {
		return nil, &InvalidError{Field: "deadline", Problem: "lies in the past"}
	}
	d.Due = d.Due.UTC()
	e := p.event(DeadlineChanged)
	e.Deadlines, e.Reason = []Deadline{d}, act.Reason
	return one(e)
}

func (p *proposal) restrict(act Restrict) ([]Event, error) {
	if err := p.reason(Restricted, act.Reason); err != nil {
		return nil, err
	}
	if len(act.Group) > 64 {
		return nil, &InvalidError{Field: "group", Problem: "is too long"}
	}
	if act.Group == p.c.Group {
		return nil, nil
	}
	e := p.event(Restricted)
	e.Group, e.Reason = act.Group, act.Reason
	return one(e)
}
