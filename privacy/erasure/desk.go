package erasure

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tallystick/audit"
	"tallystick/claim"
	"tallystick/journal"
	"tallystick/journal/statelog"
	"tallystick/privacy"
)

// Right is what each act takes: that of an officer.
const Right = "erase"

// The acts in the audit trail.
const (
	actRequest  = "erase.request"
	actApprove  = "erase.approve"
	actWithdraw = "erase.withdraw"
	actRun      = "erase.run"
	actCertify  = "erase.certify"
	actHold     = "erase.hold"
	actRelease  = "erase.release"
)

// Code is a fixed word with what it means.
type Code struct{ Code, Text string }

// Grounds are what somebody may be erased for.
func Grounds() []Code {
	return []Code{
		{"court-order", "a court or an authority orders it"},
		{"gdpr-17", "the person asks for it: GDPR article 17"},
		{"objection", "the person objects and nothing outweighs it: GDPR article 21"},
		{"pipl-47", "the person asks for it: PIPL article 47"},
		{"retention", "the time for which the data may be kept is over"},
	}
}

// HoldReasons are why a claim is under legal hold.
func HoldReasons() []Code {
	return []Code{
		{"authority", "an authority asked that nothing be destroyed"},
		{"litigation", "a claim is before a court, or may come there"},
		{"reinsurance", "a reinsurer's audit is open"},
	}
}

// Errors, which also are the results in the trail. None of them quotes a value.
var (
	ErrUnknown    = errors.New("there is no such erasure")
	ErrNobody     = errors.New("no claim names this subject, or it was erased before")
	ErrSamePerson = errors.New("the same person asked for it: a second person must approve")
	ErrState      = errors.New("the erasure is not in a state for this")
	ErrPeople     = errors.New("only who asked for the erasure or approved it runs it")
	ErrHeld       = errors.New("the claim is under legal hold")
	ErrRequest    = errors.New("request not valid")
	ErrRemains    = errors.New("not everything is gone yet")
)

func code(err error) string {
	for e, c := range map[error]string{
		ErrUnknown: "unknown", ErrNobody: "nobody", ErrSamePerson: "same-person", ErrState: "state",
		ErrPeople: "people", ErrHeld: "held",
		ErrRemains: "remains",
	} {
		if errors.Is(err, e) {
			return c
		}
	}
	return ""
}

// DeskConfig says where things are. All are required but Now and Logger.
type DeskConfig struct {
	Trail    audit.Writer
	Rights   audit.Rights // asked for Right
	Follower *Follower    // running
	Ground   *Ground
	Keys     privacy.Keys     // to recognise a subject by
	Now      func() time.Time // nil: time.Now
	Logger   *slog.Logger     // nil: discard
}

// Desk is where erasures are asked for, approved and run.
type Desk struct {
	cfg  DeskConfig
	gate audit.Gate
}

// New returns a desk.
func New(cfg DeskConfig) *Desk {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Desk{cfg, audit.Gate{Trail: cfg.Trail, Rights: cfg.Rights, Code: code, Logger: cfg.Logger}}
}

// Ask is what somebody wants.
type Ask struct {
	Subject
	Ground string        // a code of Grounds
	Watch  time.Duration // how long who comes again is recognised and left out
}

// MaxWatch is the longest that marks of a person are kept to recognise them.
const MaxWatch = 3 * 366 * 24 * time.Hour

// perEvent is how many targets one event has: with their marks it stays well below its limit.
const perEvent = 400

// Request looks for the subject in all claims and asks for their erasure. It returns the number by which the erasure is
// known.
func (d *Desk) Request(ctx context.Context, person string, a Ask) (int64, error) {
	if a.Watch <= 0 || a.Watch > MaxWatch {
		return 0, fmt.Errorf("%w: the subject is recognised for more than nothing and at most %d days", ErrRequest,
			int(MaxWatch.Hours()/24))
	}
	if !hasCode(Grounds(), a.Ground) {
		return 0, fmt.Errorf("%w: unknown ground; there are %s", ErrRequest, Codes(Grounds()))
	}
	s, err := a.resolve(d.cfg.Keys)
	if err != nil {
		return 0, err
	}
	targets, marks, err := d.search(ctx, s)
	if err != nil {
		return 0, fmt.Errorf("looking for the subject: %w", err)
	}
	if len(targets) == 0 {
		return 0, ErrNobody
	}
	now := d.cfg.Now()
	object := audit.Object{Insurer: a.Insurer, Claim: a.Claim, Party: a.Party, Count: len(targets)}
	act := audit.Act{Person: person, Act: actRequest, Right: Right, Reason: a.Ground, Object: object}
	var number int64
	err = d.gate.Do(ctx, act, func(ctx context.Context, trail int64) error {
		// A crash behind the first event leaves a request that names some of the claims; approved, its run finds the
		// others.
		n := min(perEvent, len(targets))
		first := Event{
			Kind: Requested, At: now, By: person, Ground: a.Ground, Trail: trail,
			Until:   now.Add(a.Watch).UTC().Truncate(time.Second),
			Targets: targets[:n], Marks: marksFor(marks, targets[:n], true),
		}
		if number, err = d.submit(ctx, first, nil); err != nil {
			return err
		}
		return d.found(ctx, number, person, targets[n:], marks)
	})
	return number, err
}

// found tells of more targets of an erasure, with the marks that are good in their claims.
func (d *Desk) found(ctx context.Context, number int64, person string, targets []Target, marks []Mark) error {
	for piece := range slices.Chunk(targets, perEvent) {
		e := Event{Kind: Found, Number: number, At: d.cfg.Now(), By: person, Targets: piece,
			Marks: marksFor(marks, piece, false)}
		if _, err := d.submit(ctx, e, nil); err != nil {
			return err
		}
	}
	return nil
}

// marksFor returns the marks of the claims of targets, and those that are good everywhere if wanted, each once.
func marksFor(marks []Mark, targets []Target, everywhere bool) []Mark {
	claims := map[string]bool{}
	for _, t := range targets {
		claims[keyOf(t.Insurer, t.Claim)] = true
	}
	seen := map[string]bool{}
	var out []Mark
	for _, m := range marks {
		id := keyOf(m.Insurer, m.Claim) + "\x00" + string(m.Sum)
		if seen[id] || m.Claim == "" && !everywhere || m.Claim != "" && !claims[keyOf(m.Insurer, m.Claim)] {
			continue
		}
		seen[id] = true
		out = append(out, m)
	}
	return out
}

// search finds the subject: first by what was asked for, then by what is this person's own there.
func (d *Desk) search(ctx context.Context, s *subject) (targets []Target, marks []Mark, err error) {
	seen := map[Target]bool{}
	take := func(e *claim.Entry, parties []string, everywhere bool) {
		for _, party := range parties {
			t := Target{e.Insurer, e.Claim, e.Revision, party}
			if !seen[t] {
				seen[t] = true
				targets = append(targets, t)
			}
		}
		for _, m := range s.marksOf(e, parties) {
			if everywhere || m.Claim != "" {
				marks = append(marks, m)
			}
		}
	}
	err = d.cfg.Ground.scanAll(ctx, func(e *claim.Entry, _ placed) error {
		if e.Kind == claim.Decided {
			take(e, s.parties(e), true)
		}
		return nil
	})
	if err != nil || len(targets) == 0 {
		return targets, marks, err
	}
	known := newBook()
	forever := d.cfg.Now().Add(MaxWatch)
	known.mark(slices.Clone(marks), forever)
	err = d.cfg.Ground.scanAll(ctx, func(e *claim.Entry, _ placed) error {
		if e.Kind == claim.Decided && e.Insurer == s.Insurer {
			take(e, known.caught(e.Insurer, e.Claim, e.Tokens, s.mark, d.cfg.Now()), false)
		}
		return nil
	})
	return targets, marks, err
}

// submit appends an event if the state, which check sees, still allows it. It returns the event's number.
func (d *Desk) submit(ctx context.Context, e Event, check func(*book) error) (int64, error) {
	data, err := e.encode()
	if err != nil {
		return 0, err
	}
	res, err := d.cfg.Follower.log.Submit(ctx,
		statelog.Command[*book]{Propose: func(b *book) ([]journal.Record, error) {
			if e.Number > 0 && b.erasures[e.Number] == nil {
				return nil, ErrUnknown
			}
			if check != nil {
				if err := check(b); err != nil {
					return nil, err
				}
			}
			return []journal.Record{{Value: data}}, nil
		}})
	if err != nil {
		return 0, fmt.Errorf("writing to the journal of erasures: %w", err)
	}
	return res.First + 1, nil
}

// Approve lets an erasure be run. The second person is another than who asked. From here on who comes again is left
// out, and every reader that begins anew leaves out what was found.
func (d *Desk) Approve(ctx context.Context, person string, number int64) error {
	return d.answer(ctx, person, number, actApprove, Approved, func(x *Erasure) error {
		if x.Requester == person {
			return ErrSamePerson
		}
		return expect(x, Waiting)
	})
}

// Withdraw ends a request that nobody has approved.
func (d *Desk) Withdraw(ctx context.Context, person string, number int64) error {
	return d.answer(ctx, person, number, actWithdraw, Withdrawn, func(x *Erasure) error { return expect(x, Waiting) })
}

func expect(x *Erasure, states ...State) error {
	if slices.Contains(states, x.State) {
		return nil
	}
	return fmt.Errorf("%w: it is %s", ErrState, x.State)
}

func (d *Desk) answer(ctx context.Context, person string, number int64, act string, kind Kind,
	check func(*Erasure) error) error {
	x, err := d.Find(number)
	if err != nil {
		return err
	}
	return d.gate.Do(ctx, d.act(person, act, x), func(ctx context.Context, _ int64) error {
		_, err := d.submit(ctx, Event{Kind: kind, Number: number, At: d.cfg.Now(), By: person}, func(b *book) error {
			return check(b.erasures[number])
		})
		return err
	})
}

// act is an act on an erasure.
func (d *Desk) act(person, act string, x *Erasure) audit.Act {
	object := audit.Object{Insurer: x.Targets[0].Insurer, Count: len(x.Targets)}
	if len(x.Targets) == 1 {
		object.Claim, object.Party = x.Targets[0].Claim, x.Targets[0].Party
	}
	return audit.Act{Person: person, Act: act, Right: Right, Reason: x.Ground, On: x.Trail, Object: object}
}

// Find returns an erasure.
func (d *Desk) Find(number int64) (out *Erasure, err error) {
	d.cfg.Follower.log.View(func(b *book) {
		if x := b.erasures[number]; x != nil {
			c := *x
			c.Targets, c.Marks = slices.Clone(x.Targets), slices.Clone(x.Marks)
			out = &c
		}
	})
	if out == nil {
		return nil, ErrUnknown
	}
	return out, nil
}

// List returns all erasures, oldest first.
func (d *Desk) List() (out []Erasure) {
	d.cfg.Follower.log.View(func(b *book) {
		for _, x := range b.erasures {
			out = append(out, *x)
		}
	})
	slices.SortFunc(out, func(a, b Erasure) int { return int(a.Number - b.Number) })
	return out
}

// Holds returns the claims under legal hold, by key.
func (d *Desk) Holds() (out []Hold) {
	d.cfg.Follower.log.View(func(b *book) {
		for _, h := range b.holds {
			out = append(out, h)
		}
	})
	slices.SortFunc(out, func(a, b Hold) int {
		return strings.Compare(keyOf(a.Ref.Insurer, a.Ref.Claim), keyOf(b.Ref.Insurer, b.Ref.Claim))
	})
	return out
}

// Hold puts a claim under legal hold: nothing of it is erased until it is released.
func (d *Desk) Hold(ctx context.Context, person string, ref claim.ClaimRef, reason string) error {
	if !hasCode(HoldReasons(), reason) {
		return fmt.Errorf("%w: unknown reason; there are %s", ErrRequest, Codes(HoldReasons()))
	}
	return d.hold(ctx, person, ref, reason, actHold, Held)
}

// Release ends a legal hold. What is to be erased of the claim goes with the next run.
func (d *Desk) Release(ctx context.Context, person string, ref claim.ClaimRef) error {
	return d.hold(ctx, person, ref, "", actRelease, Released)
}

func (d *Desk) hold(ctx context.Context, person string, ref claim.ClaimRef, reason, act string, kind Kind) error {
	a := audit.Act{Person: person, Act: act, Right: Right, Reason: reason,
		Object: audit.Object{Insurer: ref.Insurer, Claim: ref.Claim}}
	return d.gate.Do(ctx, a, func(ctx context.Context, _ int64) error {
		e := Event{Kind: kind, At: d.cfg.Now(), By: person, Ground: reason, Insurer: ref.Insurer, Claim: ref.Claim}
		_, err := d.submit(ctx, e, func(b *book) error {
			if _, held := b.holds[keyOf(ref.Insurer, ref.Claim)]; kind == Released && !held {
				return fmt.Errorf("%w: the claim is not under legal hold", ErrState)
			}
			return nil
		})
		return err
	})
}

func hasCode(list []Code, code string) bool {
	return slices.ContainsFunc(list, func(c Code) bool { return c.Code == code })
}

// Codes lists the codes of a vocabulary.
func Codes(list []Code) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Code
	}
	return strings.Join(names, ", ")
}
