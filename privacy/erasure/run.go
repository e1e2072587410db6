package erasure

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
)

// Report is what a run did, or found done.
type Report struct {
	Records int // of claims that were rewritten
	Parties int // left out of them
	Keys    int // given up
	Notes   int // without a key
	Held    []Target
}

// Run does what was approved. Each step looks first at what is done already, so that a run which died is run again, and
// whoever runs one that was done finds nothing to do. The order is what a crash may cut:
//  1. A mark in each partition: behind it claims are decided by who knows the subject, so nobody comes in any more.
//  2. What came in before it is told to the journal of erasures. From here every rebuild is without the subject.
//  3. For each record an entry that says what is left of it: rows, windows, links and rings follow it.
//  4. The keys of what was sealed are given up, and those of notes.
//  5. The erasure is done.
func (d *Desk) Run(ctx context.Context, person string, number int64) (Report, error) {
	x, err := d.Find(number)
	if err != nil {
		return Report{}, err
	}
	act := d.act(person, actRun, x)
	act.Second = x.Approver
	if person == x.Approver {
		act.Second = x.Requester
	}
	var report Report
	err = d.gate.Do(ctx, act, func(ctx context.Context, _ int64) error {
		if err := expect(x, Pending, Finished, Attested); err != nil {
			return err
		}
		if person != x.Requester && person != x.Approver {
			return ErrPeople
		}
		r := &run{Desk: d, x: x, person: person, kept: map[string]bool{}, gone: map[string]bool{}}
		if err := r.do(ctx); err != nil {
			return err
		}
		report = r.report
		return nil
	})
	return report, err
}

// run is one run of an erasure.
type run struct {
	*Desk
	x      *Erasure
	person string
	report Report

	records []rewriting
	kept    map[string]bool // ids of keys that a record counts on still
	gone    map[string]bool // claim.Key and party of what is erased
}

// rewriting is a record of which something is to be left out.
type rewriting struct {
	placed
	target  Target // of its claim and revision, without a party
	parties []string
	told    []string // parties that an entry of this journal has left out already
}

func (r *run) do(ctx context.Context) error {
	g := r.cfg.Ground
	for p := range g.Partitions {
		if err := r.barrier(ctx, p); err != nil {
			return fmt.Errorf("marking partition %d: %w", p, err)
		}
	}
	if err := r.find(ctx); err != nil {
		return fmt.Errorf("looking for records of the subject: %w", err)
	}
	for p := range g.Partitions {
		if err := r.rewrite(ctx, p); err != nil {
			return fmt.Errorf("telling partition %d what is left: %w", p, err)
		}
	}
	if err := r.giveUpKeys(ctx); err != nil {
		return err
	}
	if g.Notes != nil {
		var err error
		if r.report.Notes, err = g.Notes.Forget(ctx, r.targets()); err != nil {
			return fmt.Errorf("giving up the keys of notes: %w", err)
		}
	}
	done := Event{Kind: Done, Number: r.x.Number, At: r.cfg.Now(), By: r.person, Keys: r.report.Keys,
		Notes: r.report.Notes}
	_, err := r.submit(ctx, done, nil)
	return err
}

// barrier makes sure that the partition has the mark of this erasure.
func (r *run) barrier(ctx context.Context, partition int) error {
	g := r.cfg.Ground
	fold, err := journal.OpenFold(ctx, g.Scored, partition, journal.Position{})
	if err != nil {
		return err
	}
	marked := false
	err = g.scan(ctx, fold, func(e *claim.Entry, _ placed) error {
		c := e.Context.Cause
		marked = marked || e.Kind == claim.Erased && c != nil && c.Journal == Name && c.Offset >= r.x.Approval
		return nil
	})
	if err != nil || marked {
		return err
	}
	mark := &claim.Entry{
		Kind: claim.Erased, Source: claim.SourceRef{Partition: partition},
		At:      r.cfg.Now().UTC().Truncate(time.Millisecond),
		Context: claim.Context{Cause: &claim.Cause{Journal: Name, Offset: r.x.Approval}},
	}
	return g.append(ctx, partition, []*claim.Entry{mark})
}

// find looks through all records: which are the subject's, which of them the journal does not know yet, and which keys
// others count on.
func (r *run) find(ctx context.Context) error {
	wanted := map[Target]bool{}
	for _, t := range r.x.Targets {
		wanted[t] = true
	}
	now := r.cfg.Now()
	var fresh []Target
	var marks []Mark
	told := map[Target][]string{} // by claim and revision: the parties that an entry says are left
	err := r.cfg.Ground.scanAll(ctx, func(e *claim.Entry, at placed) error {
		if e.Insurer != r.x.Targets[0].Insurer || e.Kind != claim.Decided && e.Kind != claim.Erased || e.Claim == "" {
			return nil
		}
		of := Target{Insurer: e.Insurer, Claim: e.Claim, Revision: e.Revision}
		if e.Kind == claim.Erased {
			told[of] = names(e)
			return nil
		}
		k, err := r.cfg.Keys.Insurer(e.Insurer)
		if err != nil {
			return err
		}
		s := &subject{Subject: Subject{Insurer: e.Insurer}, mark: k.Mark}
		var parties []string
		var held bool
		r.cfg.Follower.log.View(func(b *book) {
			_, held = b.holds[keyOf(e.Insurer, e.Claim)]
			parties = b.caught(e.Insurer, e.Claim, e.Tokens, k.Mark, now)
			for _, name := range names(e) {
				t := of
				t.Party = name
				if wanted[t] && !slices.Contains(parties, name) {
					parties = append(parties, name)
				}
			}
			for _, name := range parties {
				t := of
				t.Party = name
				switch {
				case b.erased(t):
				case held:
					r.report.Held = append(r.report.Held, t)
				default:
					fresh = append(fresh, t)
				}
			}
		})
		if held {
			parties = nil
		}
		for _, m := range s.marksOf(e, parties) {
			if m.Claim != "" {
				marks = append(marks, m)
			}
		}
		for i := range e.Sections {
			if key := e.Sections[i].Key; len(key) > 0 && !slices.Contains(parties, e.Sections[i].Party) {
				r.kept[string(key)] = true
			}
		}
		if len(parties) > 0 {
			own := placed{at.partition, at.offset, slices.Clone(at.key), slices.Clone(at.value)}
			r.records = append(r.records, rewriting{placed: own, target: of, parties: parties})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range r.records {
		r.records[i].told = told[r.records[i].target]
	}
	return r.found(ctx, r.x.Number, r.person, fresh, marks)
}

// names are the parties that have a section in an entry.
func names(e *claim.Entry) []string {
	out := []string{} // not nil: it is known that there is none
	for i := range e.Sections {
		if e.Sections[i].Left == nil {
			out = append(out, e.Sections[i].Party)
		}
	}
	return out
}

// rewrite appends, behind each record of the subject, an entry that says what is left of it.
func (r *run) rewrite(ctx context.Context, partition int) error {
	var entries []*claim.Entry
	seq := r.cfg.Follower.Entries()
	for i := range r.records {
		w := &r.records[i]
		if w.partition != partition {
			continue
		}
		r.report.Records++
		r.report.Parties += len(w.parties)
		for _, name := range w.parties {
			r.gone[string(w.key)+"\x00"+name] = true
		}
		if w.told != nil && !slices.ContainsFunc(w.parties, func(p string) bool { return slices.Contains(w.told, p) }) {
			continue
		}
		// What the journal of erasures knows of this claim by now, also from other erasures.
		value, err := r.cfg.Follower.Without(w.key, w.value)
		if err != nil {
			return err
		}
		var e claim.Entry
		if err := entry.Decode(value, &e); err != nil {
			return err
		}
		e.Kind, e.Decision, e.At = claim.Erased, nil, r.cfg.Now().UTC().Truncate(time.Millisecond)
		e.Context = claim.Context{Cause: &claim.Cause{Journal: Name, Offset: seq}}
		entries = append(entries, &e)
	}
	for piece := range slices.Chunk(entries, 200) {
		if err := r.cfg.Ground.append(ctx, partition, piece); err != nil {
			return err
		}
	}
	return nil
}

// giveUpKeys writes the tombstones of all keys of the erased parties that no record counts on, also of those that a
// batch brought which counts for nobody.
func (r *run) giveUpKeys(ctx context.Context) error {
	var keys []wrapped
	err := r.cfg.Ground.keys(ctx, func(k wrapped, gone bool) {
		if !r.gone[keyOf(k.of.Insurer, k.of.Claim)+"\x00"+k.of.Party] || r.kept[k.id] {
			return
		}
		r.report.Keys++
		if !gone {
			keys = append(keys, k)
		}
	})
	if err != nil {
		return err
	}
	return r.cfg.Ground.tombstone(ctx, keys)
}

// targets are what was erased, in order.
func (r *run) targets() (out []Target) {
	for i := range r.records {
		for _, name := range r.records[i].parties {
			t := r.records[i].target
			t.Party = name
			out = append(out, t)
		}
	}
	slices.SortFunc(out, compareTargets)
	return out
}

func compareTargets(a, b Target) int {
	if c := strings.Compare(keyOf(a.Insurer, a.Claim), keyOf(b.Insurer, b.Claim)); c != 0 {
		return c
	}
	if a.Revision != b.Revision {
		return a.Revision - b.Revision
	}
	return strings.Compare(a.Party, b.Party)
}
