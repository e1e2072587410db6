package cases

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tallystick/journal"
)

// state is the fold of the journal of cases: a pure function of its batches.
type state struct {
	seq     int64         // number of the last entry, from 1
	cases   []*Case       // by number, from 1
	byClaim map[string]ID // the case that holds a claim
	byRing  map[string]ID // the last case that was found by a ring
	people  map[string]Person
	load    map[string]int    // open cases by assignee
	relayed map[string]string // positions by Relay.key
	done    *recent
	changes *changeLog
	closed  []ID  // cases that are closed and have their entries in memory, longest closed first
	faults  int64 // entries that say nothing that could be: written by a faulty program
}

func newState() *state {
	return &state{
		byClaim: map[string]ID{}, byRing: map[string]ID{}, people: map[string]Person{}, load: map[string]int{},
		relayed: map[string]string{}, done: newRecent(keptCommands), changes: newChangeLog(keptChanges),
	}
}

// get returns a case; nil if there is none.
func (s *state) get(id ID) *Case {
	if id < 1 || int(id) > len(s.cases) {
		return nil
	}
	return s.cases[id-1]
}

// Apply implements statelog.State.
func (s *state) Apply(batch journal.Batch) error {
	for i, r := range batch.Records {
		seq := batch.From + int64(i) + 1
		s.seq = seq
		e, err := DecodeEvent(r.Value)
		if errors.Is(err, errNewer) {
			return fmt.Errorf("entry %d: %w", seq, err)
		}
		if err == nil {
			e.Seq = seq
			err = s.take(&e, r)
		}
		if err != nil {
			// What says nothing is left out by every reader alike: one bad entry must not end the work.
			s.faults++
		}
	}
	return nil
}

// take moves the state by one entry. On an error nothing has moved.
func (s *state) take(e *Event, r journal.Record) error {
	switch e.Kind {
	case PersonSet:
		s.people[e.Person.ID] = *e.Person
		s.remember(e)
		return nil
	case Relayed:
		s.relayed[e.Relay.key()] = e.Relay.Position
		return nil
	}
	c := s.get(e.Case)
	if e.Kind == Opened {
		if id, ok := s.byClaim[e.Finding.key()]; ok && s.get(id).claim(e.Finding.ClaimRef) >= 0 {
			return errors.New("the claim has a case")
		}
		c = s.open(e)
	}
	if c == nil {
		return errors.New("there is no such case")
	}
	s.account(c, -1)
	err := s.move(c, e)
	s.account(c, 1)
	if err != nil {
		return err
	}
	kept, err := keep(e, r)
	if err != nil {
		return err
	}
	c.log = append(c.log, kept)
	if e.Kind == Viewed || e.Kind == ExhibitSeen || e.Kind == Exported {
		s.changes.add(e) // who looks moves nothing
		return nil
	}
	if e.Kind == Disposed {
		s.shelve(c.ID)
	}
	c.Version, c.MovedAt, c.MovedBy, c.MovedAs = e.Seq, e.At, e.By, e.Kind
	s.remember(e)
	s.changes.add(e)
	return nil
}

// open makes a case. Its number is how many were opened before it.
func (s *state) open(e *Event) *Case {
	c := &Case{
		ID:       ID(len(s.cases) + 1),
		Insurer:  e.Finding.Insurer,
		Cause:    e.Cause,
		OpenedAt: e.At,
		viewed:   map[string]time.Time{},
	}
	c.Jurisdiction, c.Loss, c.Group = e.Finding.Jurisdiction, e.Finding.Loss, e.Group
	e.Case = c.ID
	s.cases = append(s.cases, c)
	s.join(c, e.Finding.item())
	c.weigh()
	c.setClocks(e.Deadlines)
	return c
}

// join takes a claim into a case.
func (s *state) join(c *Case, item ClaimItem) {
	if i := c.claim(item.ClaimRef); i >= 0 {
		c.Claims[i] = item
	} else {
		c.Claims = append(c.Claims, item)
	}
	s.byClaim[item.key()] = c.ID
	for _, r := range item.Rings {
		if i := slices.IndexFunc(c.Rings, func(o RingRef) bool { return o.ID == r.ID }); i >= 0 {
			c.Rings[i] = r
		} else {
			c.Rings = append(c.Rings, r)
		}
		s.byRing[r.ID] = c.ID
	}
}

// account counts a case for the load of its assignee.
func (s *state) account(c *Case, n int) {
	if c.Assignee == "" || !c.open() {
		return
	}
	if s.load[c.Assignee] += n; s.load[c.Assignee] == 0 {
		delete(s.load, c.Assignee)
	}
}

// move changes a case as an entry says.
func (s *state) move(c *Case, e *Event) error {
	switch e.Kind {
	case Opened:
		return nil // open has done it
	case Joined:
		if e.Finding != nil {
			s.join(c, e.Finding.item())
		}
		for _, item := range e.Claims {
			s.join(c, item)
		}
		c.weigh()
	case Rescored:
		s.join(c, e.Finding.item())
		c.weigh()
	case Questioned:
		s.join(c, e.Finding.item())
		c.weigh()
		c.ClosedAt, c.Assignee, c.Questioned = time.Time{}, "", true
		c.setClocks(e.Deadlines)
	case Assigned:
		c.Assignee, c.AssignedBy, c.AssignedAt = e.To, e.By, e.At
		if e.To != "" && c.TakenAt.IsZero() {
			c.TakenAt = e.At
		}
	case Noted:
		c.Notes++
		c.wake(e)
	case Exhibited:
		c.Exhibits++
		c.wake(e)
	case Viewed:
		if c.viewed == nil {
			c.viewed = map[string]time.Time{}
		}
		c.viewed[e.By] = e.At
	case Snoozed:
		c.Until = *e.Until
	case Disposed:
		d := *e.Disposition
		d.By, d.At = e.By, e.At
		c.Disposition, c.ClosedAt = &d, e.At
		c.Until, c.Contested, c.Questioned = time.Time{}, false, false
		c.setClocks(e.Deadlines)
	case Determined:
		c.Determined = e.At
		c.setClocks(e.Deadlines)
	case Referred:
		c.Referred = e.At
		c.setClocks(e.Deadlines)
	case Contested:
		c.Contested = true
		s.again(c, e)
	case Reopened:
		s.again(c, e)
	case MergeProposed:
		if !slices.Contains(c.Proposed, e.Other) {
			c.Proposed = append(c.Proposed, e.Other)
		}
	case Merged:
		if s.get(e.Other) == nil || e.Other == c.ID {
			return errors.New("merged into no case")
		}
		c.Into, c.Until = e.Other, time.Time{}
	case Detached:
		return s.detach(c, *e.Claim)
	case DeadlineChanged:
		c.setClocks(e.Deadlines)
	case Restricted:
		c.Group = e.Group
	case ExhibitSeen, Exported:
	}
	return nil
}

// again opens a closed case once more; a person's disposition stands until there is another.
func (s *state) again(c *Case, e *Event) {
	c.ClosedAt, c.Assignee = time.Time{}, ""
	c.setClocks(e.Deadlines)
}

func (c *Case) wake(e *Event) {
	if e.Wake {
		c.Until = time.Time{}
	}
}

// detach takes a claim out. A ring goes with the last claim that is in it.
func (s *state) detach(c *Case, ref ClaimRef) error {
	i := c.claim(ref)
	if i < 0 || len(c.Claims) < 2 {
		return errors.New("the claim is not in the case, or its only one")
	}
	c.Claims = slices.Delete(slices.Clone(c.Claims), i, i+1)
	if s.byClaim[ref.key()] == c.ID {
		delete(s.byClaim, ref.key())
	}
	c.Rings = slices.DeleteFunc(slices.Clone(c.Rings), func(r RingRef) bool {
		still := slices.ContainsFunc(c.Claims, func(item ClaimItem) bool {
			return slices.ContainsFunc(item.Rings, func(o RingRef) bool { return o.ID == r.ID })
		})
		if !still && s.byRing[r.ID] == c.ID {
			delete(s.byRing, r.ID)
		}
		return !still
	})
	c.weigh()
	return nil
}

// keep is the entry as a case keeps it: a note's text stays in the journal.
func keep(e *Event, r journal.Record) (entry, error) {
	kept := entry{seq: e.Seq, offset: r.Offset, raw: r.Value, sum: sumOf(r.Value)}
	if e.Note != nil && len(e.Note.Sealed) > 0 {
		small, note := *e, *e.Note
		note.Sealed = nil
		small.Note = &note
		raw, err := small.encode()
		if err != nil {
			return kept, err
		}
		kept.raw = raw
	}
	return kept, nil
}

// sumOf tells entries apart.
func sumOf(raw []byte) [8]byte {
	sum := sha256.Sum256(raw)
	return [8]byte(sum[:8])
}

// keptClosed is how many closed cases have their entries in memory. Those of older ones are read from the journal.
const keptClosed = 10_000

// shelve lets the entries of the case that is closed for longest go from memory.
func (s *state) shelve(id ID) {
	s.closed = append(s.closed, id)
	if len(s.closed) <= keptClosed {
		return
	}
	oldest := s.get(s.closed[0])
	s.closed = s.closed[1:]
	if !oldest.ClosedAt.IsZero() { // one that is open again comes back when it is closed
		oldest.unload()
	}
}

// unload lets the entries go from memory. They are read from the journal when they are asked for.
func (c *Case) unload() {
	unloaded := make([]entry, len(c.log)) // readers may hold the old one
	for i, e := range c.log {
		unloaded[i] = entry{seq: e.seq, offset: e.offset, sum: e.sum}
	}
	c.log, c.viewed = unloaded, nil
}

// remember keeps what became of a command.
func (s *state) remember(e *Event) {
	if e.Command != "" {
		s.done.add(e.By+"/"+e.Command, Answer{Case: e.Case, Seq: e.Seq, Version: e.Seq})
	}
}

// persons are those of the roster, by id.
func (s *state) persons() []Person {
	out := make([]Person, 0, len(s.people))
	for _, id := range slices.Sorted(maps.Keys(s.people)) {
		out = append(out, s.people[id])
	}
	return out
}
