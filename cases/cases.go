package cases

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"tallystick/journal"
	"tallystick/journal/statelog"
)

// Name is the logical name of the journal of cases.
const Name = "cases"

// Config says which journal, and what the install decided about cases. Journal is required.
type Config struct {
	Journal   journal.Config
	Codes     Codes // empty: DefaultCodes
	Deadlines Table // nil: DefaultTable
	Keys      Keys  // of notes and exhibits; nil: neither can be written
	Exhibits  Store // nil: no exhibits
	// State is a file in which the fold is kept between two starts, of this process alone; empty: folded anew each
	// time.
	State  string
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discard
}

// Cases are the cases of an install. Make it with Open.
type Cases struct {
	cfg Config
	log *statelog.Log[*state]
}

// Open folds the journal to its present end. Run must be called for changes, of others too.
func Open(ctx context.Context, cfg Config) (*Cases, error) {
	var err error
	if len(cfg.Codes.Verdicts) == 0 {
		if cfg.Codes, err = DefaultCodes(); err != nil {
			return nil, err
		}
	}
	if cfg.Deadlines == nil {
		if cfg.Deadlines, err = DefaultTable(); err != nil {
			return nil, err
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Cases{cfg: cfg}
	s, at, err := keptState(cfg.State)
	if err == nil {
		c.log, err = statelog.Open(ctx, statelog.Config{Journal: cfg.Journal, At: at, Logger: cfg.Logger}, s)
	}
	if err != nil && !at.IsZero() || errors.Is(err, errKept) {
		// The file is a shortcut: of another form, damaged, or of a journal that is not there any more.
		cfg.Logger.Warn("the kept state of cases is left aside: the journal is folded from its beginning", "error", err)
		c.log, err = statelog.Open(ctx, statelog.Config{Journal: cfg.Journal, Logger: cfg.Logger}, newState())
	}
	if err != nil {
		return nil, fmt.Errorf("opening the cases: %w", err)
	}
	return c, nil
}

// Run follows the journal and writes what is asked for, until ctx ends or the journal cannot be followed any more.
func (c *Cases) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.log.Run(ctx) })
	if c.cfg.State != "" {
		g.Go(func() error { c.keepOn(ctx); return nil })
	}
	return g.Wait()
}

// keepEvery is how often the state is kept, if anything has happened.
const keepEvery = 10 * time.Minute

// keepOn keeps the state from time to time and at the end.
func (c *Cases) keepOn(ctx context.Context) {
	kept := c.log.Position()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-time.After(keepEvery):
		}
		if at := c.log.Position(); at == kept {
			continue
		}
		if err := c.Keep(); err != nil {
			c.cfg.Logger.Warn("the state of cases was not kept: the next start folds more", "error", err)
			continue
		}
		kept = c.log.Position()
	}
}

// Keep writes the state to Config.State. Commands wait meanwhile.
func (c *Cases) Keep() (err error) {
	c.log.ViewAt(func(s *state, at journal.Position) { err = keepState(c.cfg.State, s, at) })
	return err
}

// Codes are the reason codes of the install.
func (c *Cases) Codes() Codes { return c.cfg.Codes }

// Seq is the number of the last entry that is folded; 0 before the first.
func (c *Cases) Seq() (seq int64) {
	c.log.View(func(s *state) { seq = s.seq })
	return seq
}

// Do carries out a command.
func (c *Cases) Do(ctx context.Context, actor Actor, cmd Command) (Answer, error) {
	if err := checkID(&cmd.ID); err != nil {
		return Answer{}, err
	}
	switch act := cmd.Act.(type) {
	case nil:
		return Answer{}, &InvalidError{Field: "act", Problem: "is missing"}
	case AddNote:
		return c.addNote(ctx, actor, cmd, act)
	case AddExhibit:
		return c.addExhibit(ctx, actor, cmd, act)
	}
	wait, err := c.send(ctx, actor, cmd, "")
	if err != nil {
		return Answer{Case: cmd.Case}, err
	}
	return wait()
}

// checkID makes an id for a command that has none.
func checkID(id *string) error {
	if *id == "" {
		*id = rand.Text()
	}
	if len(*id) > 64 {
		return &InvalidError{Field: "id", Problem: "has more than 64 characters"}
	}
	return nil
}

// send queues a command and returns what waits for its answer.
func (c *Cases) send(ctx context.Context, actor Actor, cmd Command, bulk string) (func() (Answer, error), error) {
	return c.submit(ctx, actor, cmd, func(p *proposal) ([]Event, error) {
		events, err := p.events()
		for i := range events {
			events[i].Bulk = bulk
		}
		return events, err
	})
}

// submit queues what propose makes of a command, once: a command that was seen before is answered as it was then.
func (c *Cases) submit(
	ctx context.Context,
	actor Actor,
	cmd Command,
	propose func(*proposal) ([]Event, error),
) (func() (Answer, error), error) {
	keys := []string{cmd.Case.String()}
	if merge, ok := cmd.Act.(Merge); ok {
		keys = append(keys, merge.Into.String())
	}
	var seen Answer
	wait, err := c.log.Send(ctx, statelog.Command[*state]{
		Keys: keys,
		Propose: func(s *state) ([]journal.Record, error) {
			if done, ok := s.done.get(actor.Person + "/" + cmd.ID); ok {
				seen = done
				return nil, nil
			}
			p := &proposal{cfg: &c.cfg, state: s, actor: actor, now: c.now(), cmd: cmd, c: s.get(cmd.Case)}
			events, err := propose(p)
			if err != nil {
				return nil, err
			}
			if len(events) == 0 {
				seen = Answer{Case: cmd.Case, Version: p.c.Version}
			}
			return records(events)
		},
	})
	if err != nil {
		return nil, err
	}
	return func() (Answer, error) {
		res, err := wait()
		switch {
		case err != nil:
			return Answer{Case: cmd.Case}, err
		case len(res.Records) == 0:
			return seen, nil
		}
		last := res.First + int64(len(res.Records))
		a := Answer{Case: cmd.Case, Seq: last, Version: last}
		c.log.View(func(s *state) {
			if k := s.get(cmd.Case); k != nil {
				a.Version = k.Version
			}
			if d, ok := cmd.Act.(Detach); ok {
				a.Opened = s.byClaim[d.Claim.key()]
			}
		})
		return a, nil
	}, nil
}

// now is the clock as entries have it.
func (c *Cases) now() time.Time { return c.cfg.Now().UTC().Truncate(time.Millisecond) }

// records encodes events.
func records(events []Event) ([]journal.Record, error) {
	out := make([]journal.Record, len(events))
	for i := range events {
		data, err := events[i].encode()
		if err != nil {
			return nil, err
		}
		out[i] = journal.Record{Value: data}
	}
	return out, nil
}

// Queue returns a page of the cases that match and that the actor may see.
func (c *Cases) Queue(_ context.Context, actor Actor, q Query) (Page, error) {
	if err := actor.need(RightRead); err != nil {
		return Page{}, err
	}
	if err := q.fill(); err != nil {
		return Page{}, err
	}
	var after *rank
	if q.Cursor != "" {
		r, err := parseCursor(q.Cursor)
		if err != nil {
			return Page{}, err
		}
		after = &r
	}
	now := c.cfg.Now()
	var page Page
	c.log.View(func(s *state) { page = s.page(&q, actor, after, now) })
	return page, nil
}

// Beside returns the neighbours of a case in a queue; 0 where there is none. The case itself need not match any more:
// its neighbours are those of the place where it would be.
func (c *Cases) Beside(_ context.Context, actor Actor, q Query, id ID) (before, after ID, err error) {
	if err := actor.need(RightRead); err != nil {
		return 0, 0, err
	}
	if err := q.fill(); err != nil {
		return 0, 0, err
	}
	now := c.cfg.Now()
	c.log.View(func(s *state) {
		own := s.get(id)
		if own == nil || !actor.sees(own) {
			err = ErrNotFound
			return
		}
		at := q.rank(own)
		var prev, next *rank
		for _, k := range s.cases {
			if k == own || !q.Filter.match(k, now) || !actor.sees(k) {
				continue
			}
			r := q.rank(k)
			if q.compare(r, at) < 0 {
				if prev == nil || q.compare(r, *prev) > 0 {
					prev = &r
				}
			} else if next == nil || q.compare(r, *next) < 0 {
				next = &r
			}
		}
		if prev != nil {
			before = prev.ID
		}
		if next != nil {
			after = next.ID
		}
	})
	return before, after, err
}

// Detail is a case with all that happened.
type Detail struct {
	Case
	Chronology []Event `json:"chronology"` // oldest first; notes' texts come from Notes
	At         int64   `json:"at"`         // Seq up to which the journal is folded
}

// Get returns a case with its chronology.
func (c *Cases) Get(ctx context.Context, actor Actor, id ID) (Detail, error) {
	d, log, err := c.get(actor, id)
	if err != nil {
		return Detail{}, err
	}
	for _, kept := range log {
		e, err := c.read(ctx, id, kept)
		if err != nil {
			return Detail{}, err
		}
		d.Chronology = append(d.Chronology, e)
	}
	return d, nil
}

// get copies a case out of the state.
func (c *Cases) get(actor Actor, id ID) (d Detail, log []entry, err error) {
	if err := actor.need(RightRead); err != nil {
		return d, nil, err
	}
	now := c.cfg.Now()
	c.log.View(func(s *state) {
		k := s.get(id)
		if k == nil || !actor.sees(k) {
			err = ErrNotFound
			return
		}
		d.Case, d.At, log = k.copyAt(now), s.seq, slices.Clone(k.log)
	})
	return d, log, err
}

// read is the entry of a chronology.
func (c *Cases) read(ctx context.Context, id ID, kept entry) (Event, error) {
	var e Event
	if kept.raw == nil {
		raw, err := c.fetch(ctx, kept.offset)
		if err != nil {
			return e, fmt.Errorf("reading entry %d of case %s from the journal: %w", kept.seq, id, err)
		}
		if sumOf(raw) != kept.sum {
			return e, fmt.Errorf("entry %d of case %s is not what the journal held when it was folded", kept.seq, id)
		}
		kept.raw = raw
	}
	if err := json.Unmarshal(kept.raw, &e); err != nil {
		return e, fmt.Errorf("reading entry %d of case %s: %w", kept.seq, id, err)
	}
	e.Case, e.Seq = id, kept.seq
	if e.Note != nil {
		e.Note.Sealed = nil
	}
	return e, nil
}

// ByClaim returns the case that holds a claim.
func (c *Cases) ByClaim(_ context.Context, actor Actor, claim ClaimRef) (ID, error) {
	if err := actor.need(RightRead); err != nil {
		return 0, err
	}
	var id ID
	c.log.View(func(s *state) {
		if k := s.get(s.byClaim[claim.key()]); k != nil && actor.sees(k) {
			id = k.ID
		}
	})
	if id == 0 {
		return 0, ErrNotFound
	}
	return id, nil
}

// Workload returns what each person of the roster has to do, by id.
func (c *Cases) Workload(_ context.Context, actor Actor) ([]Load, error) {
	if err := actor.need(RightRead); err != nil {
		return nil, err
	}
	now := c.cfg.Now()
	out := []Load{}
	c.log.View(func(s *state) {
		for _, p := range s.persons() {
			out = append(out, Load{Person: p, Open: s.load[p.ID], There: p.there(now)})
		}
	})
	return out, nil
}

// SetPerson puts a person on the roster, or changes them.
func (c *Cases) SetPerson(ctx context.Context, actor Actor, id string, person Person) error {
	if err := actor.need(RightPeople); err != nil {
		return err
	}
	if err := checkID(&id); err != nil {
		return err
	}
	if err := person.check(); err != nil {
		return err
	}
	_, err := c.log.Submit(ctx, statelog.Command[*state]{
		Keys: []string{"person/" + person.ID},
		Propose: func(s *state) ([]journal.Record, error) {
			if _, ok := s.done.get(actor.Person + "/" + id); ok {
				return nil, nil
			}
			return records([]Event{{Kind: PersonSet, At: c.now(), By: actor.Person, Command: id, Person: &person}})
		},
	})
	return err
}

// OpenByHand opens a case on a claim, by a person or from a backlog (cause ByPerson or ByImport). A claim that has a
// case is a *ConflictError that names it.
func (c *Cases) OpenByHand(ctx context.Context, actor Actor, id string, cause Cause, f Finding) (Answer, error) {
	if err := actor.need(RightOpen); err != nil {
		return Answer{}, err
	}
	if cause != ByPerson && cause != ByImport {
		return Answer{}, &InvalidError{Field: "cause", Problem: "want person or import"}
	}
	if err := f.check(); err != nil {
		return Answer{}, err
	}
	if len(actor.Insurers) > 0 && !slices.Contains(actor.Insurers, f.Insurer) {
		return Answer{}, ErrNotFound
	}
	if err := checkID(&id); err != nil {
		return Answer{}, err
	}
	_, err := c.log.Submit(ctx, statelog.Command[*state]{
		Keys: f.keys(),
		Propose: func(s *state) ([]journal.Record, error) {
			if _, ok := s.done.get(actor.Person + "/" + id); ok {
				return nil, nil
			}
			if k := s.get(s.byClaim[f.key()]); k != nil {
				return nil, k.conflict()
			}
			now := c.now()
			return records([]Event{{
				Kind: Opened, At: now, By: actor.Person, Command: id, Cause: cause, Finding: &f,
				Deadlines: c.cfg.Deadlines.fromFinding(&f, now),
			}})
		},
	})
	if err != nil {
		return Answer{}, err
	}
	a := Answer{}
	c.log.View(func(s *state) {
		if a.Case = s.byClaim[f.key()]; a.Case != 0 {
			a.Opened, a.Version, a.Seq = a.Case, s.get(a.Case).Version, s.get(a.Case).Version
		}
	})
	return a, nil
}

// keys are what a finding shares with others that must not be opened beside it.
func (f *Finding) keys() []string {
	keys := []string{"claim/" + f.key()}
	for _, r := range f.Rings {
		keys = append(keys, "ring/"+r.ID)
		for _, m := range r.Members {
			if m != f.ClaimRef {
				keys = append(keys, "claim/"+m.key())
			}
		}
	}
	return keys
}

func (f *Finding) check() error {
	switch {
	case f.Insurer == "" || f.Claim == "":
		return &InvalidError{Field: "claim", Problem: "names no insurer or no claim"}
	case len(f.Insurer) > 63 || len(f.Claim) > 200 || len(f.Line) > 32 || len(f.Outcome) > 32 ||
		len(f.Jurisdiction) > 16:
		return &InvalidError{Field: "claim", Problem: "has a name that is too long"}
	case !(f.Score >= 0 && f.Score <= 1):
		return &InvalidError{Field: "score", Problem: "want 0 to 1"}
	case len(f.Reasons) > 200 || len(f.Rings) > 20:
		return &InvalidError{Field: "claim", Problem: "has too many reasons or rings"}
	}
	for _, r := range f.Rings {
		if len(r.Members) > MaxMembers {
			return &InvalidError{Field: "rings", Problem: "name too many members"}
		}
	}
	return nil
}

// ErrNoKeys says that the install keeps no keys for notes.
var ErrNoKeys = errors.New("notes and exhibits are off: no key service for cases is configured (cases.keys)")
