package cases

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"tallystick/journal"
	"tallystick/journal/statelog"
)

// RelayConfig says which entries open cases. Journal and Read are required.
type RelayConfig struct {
	Journal journal.Config // of the decided claims
	// Read returns what a case needs of an entry; false for entries that decide nothing. It hides the entry's form.
	Read func(partition int, record journal.Record) (Finding, bool, error)
	// Threshold is the score from which a claim gets a case; a ring gets one at any score. 0: 0.5.
	Threshold float64
	// Every is how often it is noted how far the journal was read; 0: 10 s.
	Every time.Duration
}

// relayAhead is how many findings are on their way at once.
const relayAhead = 256

// Relay opens cases for the decided claims of one partition until ctx ends. Any number of processes may do so on the
// same partition: a finding that was taken is not taken again.
func (c *Cases) Relay(ctx context.Context, cfg RelayConfig, partition int) error {
	if cfg.Read == nil {
		return errors.New("relay of cases: Read is missing")
	}
	if cfg.Threshold == 0 {
		cfg.Threshold = 0.5
	}
	if cfg.Every <= 0 {
		cfg.Every = 10 * time.Second
	}
	r := Relay{Name: "claims", Partition: partition}
	var from journal.Position
	if text := c.relayed(r); text != "" {
		if err := from.UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("relay of cases, partition %d: %w", partition, err)
		}
	}
	fold, err := journal.OpenFold(ctx, cfg.Journal, partition, from)
	if err != nil {
		return fmt.Errorf("relay of cases: %w", err)
	}
	noted := time.Now()
	for {
		batch, err := fold.Next(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("relay of cases: %w", err)
		}
		if err := c.relayBatch(ctx, cfg, batch); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		if time.Since(noted) < cfg.Every {
			continue // a crash here reads some entries again, which changes nothing
		}
		r.Position = batch.Next.String()
		if err := c.noteRelay(ctx, r); err != nil && ctx.Err() == nil {
			return err
		}
		noted = time.Now()
	}
}

func (c *Cases) relayed(r Relay) (position string) {
	c.log.View(func(s *state) { position = s.relayed[r.key()] })
	return position
}

func (c *Cases) noteRelay(ctx context.Context, r Relay) error {
	_, err := c.log.Submit(ctx, statelog.Command[*state]{
		Keys: []string{r.key()},
		Propose: func(*state) ([]journal.Record, error) {
			return records([]Event{{Kind: Relayed, At: c.now(), By: Machine, Relay: &r}})
		},
	})
	return err
}

// relayBatch hands the findings of a batch on and waits until all count.
func (c *Cases) relayBatch(ctx context.Context, cfg RelayConfig, batch journal.Batch) error {
	var waits []func() (statelog.Result, error)
	sent := map[ClaimRef]bool{}
	for _, record := range batch.Records {
		f, ok, err := cfg.Read(batch.Partition, record)
		if err == nil && (!ok || f.History) {
			continue
		}
		f.bound()
		if err == nil {
			err = f.check()
		}
		if err != nil {
			// One entry that cannot be read must not keep the others from their cases.
			c.cfg.Logger.Warn(
				"an entry opens no case: it cannot be read",
				"partition",
				batch.Partition,
				"offset",
				record.Offset,
				"error",
				err,
			)
			continue
		}
		if f.Score < cfg.Threshold && len(f.Rings) == 0 && !sent[f.ClaimRef] && !c.known(&f) {
			continue // most claims: no case holds it or is on its way
		}
		sent[f.ClaimRef] = true
		wait, err := c.log.Send(ctx, statelog.Command[*state]{
			Keys: f.keys(),
			More: func(s *state) []string { return s.touched(&f) },
			Propose: func(s *state) ([]journal.Record, error) {
				return records(s.found(&f, cfg.Threshold, c.cfg.Deadlines, c.now()))
			},
		})
		if err != nil {
			return err
		}
		waits = append(waits, wait)
		if len(waits) > relayAhead {
			if _, err := waits[0](); err != nil {
				return err
			}
			waits = waits[1:]
		}
	}
	for _, wait := range waits {
		if _, err := wait(); err != nil {
			return err
		}
	}
	return nil
}

// known reports whether a case holds the claim.
func (c *Cases) known(f *Finding) (yes bool) {
	c.log.View(func(s *state) { _, yes = s.byClaim[f.key()] })
	return yes
}

// bound cuts what a finding may not have more of.
func (f *Finding) bound() {
	f.Reasons = f.Reasons[:min(len(f.Reasons), 200)]
	f.Rings = f.Rings[:min(len(f.Rings), 20)]
	for i := range f.Rings {
		f.Rings[i].Members = f.Rings[i].Members[:min(len(f.Rings[i].Members), MaxMembers)]
	}
}

// final follows merges to the case that goes on; nil if there is none.
func (s *state) final(id ID) *Case {
	c := s.get(id)
	for c != nil && c.Into != 0 {
		c = s.get(c.Into)
	}
	return c
}

// related are the open cases that a finding's rings lead to, lowest number first.
func (s *state) related(f *Finding) []*Case {
	var out []*Case
	add := func(id ID) {
		if c := s.final(id); c != nil && c.open() && c.Insurer == f.Insurer && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for _, r := range f.Rings {
		add(s.byRing[r.ID])
		for _, m := range r.Members {
			add(s.byClaim[m.key()])
		}
	}
	slices.SortFunc(out, func(a, b *Case) int { return int(a.ID - b.ID) })
	return out
}

// touched are the keys of the cases that a finding may change.
func (s *state) touched(f *Finding) []string {
	var keys []string
	for _, c := range s.related(f) {
		keys = append(keys, c.ID.String())
	}
	if c := s.final(s.byClaim[f.key()]); c != nil {
		keys = append(keys, c.ID.String())
	}
	return keys
}

// newCause is by how much a score must rise over the one that a person answered to ask them again.
const newCause = 0.1

// found is what a finding means for cases: the entries that the machine appends, often none.
func (s *state) found(f *Finding, threshold float64, table Table, now time.Time) []Event {
	own := s.final(s.byClaim[f.key()])
	event := func(kind Kind, id ID) Event { return Event{Kind: kind, Case: id, At: now, By: Machine, Finding: f} }
	related := s.related(f)
	if own == nil {
		if f.Score < threshold && len(f.Rings) == 0 {
			return nil
		}
		if len(related) > 0 {
			return append([]Event{event(Joined, related[0].ID)}, proposals(related[0], related[1:], now)...)
		}
		e := event(Opened, 0)
		e.Cause, e.Deadlines = ByScore, table.fromFinding(f, now)
		if len(f.Rings) > 0 {
			e.Cause = ByRing
		}
		return []Event{e}
	}
	i := own.claim(f.ClaimRef)
	if i < 0 {
		return nil
	}
	item := &own.Claims[i]
	if f.Place.Partition == item.Place.Partition && f.Place.Offset <= item.Place.Offset || f.Revision < item.Revision {
		return nil // taken already
	}
	if !own.open() {
		if f.Score >= item.Score+newCause && f.Score >= threshold || newRing(f, own) {
			e := event(Questioned, own.ID)
			e.Cause, e.Deadlines = ByScore, table.from(FromOpened, own, now)
			if newRing(f, own) {
				e.Cause = ByRing
			}
			return []Event{e}
		}
		if same(f, item) {
			return nil
		}
		return []Event{event(Rescored, own.ID)}
	}
	others := slices.DeleteFunc(related, func(o *Case) bool { return o == own })
	out := proposals(own, others, now)
	if !same(f, item) {
		out = append(out, event(Rescored, own.ID))
	}
	return out
}

// proposals say that a case might be merged with others, each once.
func proposals(c *Case, others []*Case, now time.Time) []Event {
	var out []Event
	for _, o := range others {
		if !slices.Contains(c.Proposed, o.ID) && !slices.Contains(o.Proposed, c.ID) {
			out = append(out, Event{Kind: MergeProposed, Case: c.ID, At: now, By: Machine, Other: o.ID})
		}
	}
	return out
}

func newRing(f *Finding, c *Case) bool {
	return slices.ContainsFunc(f.Rings, func(r RingRef) bool {
		return !slices.ContainsFunc(c.Rings, func(o RingRef) bool { return o.ID == r.ID })
	})
}

// same reports whether a finding says what a case knows of the claim already.
func same(f *Finding, item *ClaimItem) bool {
	if f.Revision != item.Revision || f.Outcome != item.Outcome || f.Hold != item.Hold ||
		math.Abs(f.Score-item.Score) > 0.005 {
		return false
	}
	if len(f.Rings) != len(item.Rings) || len(f.Reasons) != len(item.Reasons) {
		return false
	}
	for i := range f.Rings {
		if f.Rings[i].ID != item.Rings[i].ID || f.Rings[i].Size != item.Rings[i].Size {
			return false
		}
	}
	return true
}
