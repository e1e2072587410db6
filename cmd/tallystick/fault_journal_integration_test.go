//go:build integration

package main

import (
	"fmt"
	"time"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
)

// entries yields what counts in the journal, partition by partition.
func (s *site) entries(yield func(b *journal.Batch, e *claim.Entry)) {
	s.t.Helper()
	for p := range s.cfg.Kafka.Partitions {
		_, err := journal.Scan(s.t.Context(), s.cfg.Scored(), p, func(b journal.Batch) error {
			for _, r := range b.Records {
				var e claim.Entry
				if err := entry.Decode(r.Value, &e); err != nil {
					return err
				}
				yield(&b, &e)
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// decidedOnce checks that so many claims are decided, each in one entry.
func (s *site) decidedOnce(claims int) {
	s.t.Helper()
	times := map[string]int{}
	s.entries(func(_ *journal.Batch, e *claim.Entry) {
		if e.Kind == claim.Decided {
			times[e.Claim]++
		}
	})
	for id, n := range times {
		if n != 1 {
			s.t.Errorf("%s is decided %d times", id, n)
		}
	}
	if len(times) != claims {
		s.t.Errorf("%d claims are decided, want %d", len(times), claims)
	}
}

// journalBatches returns where the batches of both journals that count begin, and why others do not.
func (s *site) journalBatches() (counting map[landed]bool, void map[landed]journal.VoidReason) {
	s.t.Helper()
	counting, void = map[landed]bool{}, map[landed]journal.VoidReason{}
	scan := func(cfg journal.Config, partition int) {
		cfg.OnVoid = func(v journal.Void) { void[landed{cfg.Topic, v.Partition, v.Base}] = v.Reason }
		_, err := journal.Scan(s.t.Context(), cfg, partition, func(b journal.Batch) error {
			counting[landed{cfg.Topic, partition, b.Base}] = true
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	for p := range s.cfg.Kafka.Partitions {
		scan(s.cfg.Scored(), p)
	}
	scan(s.cfg.Closings(), 0)
	return counting, void
}

// follower reads the journal along, which costs less than reading it anew to see what is new.
type follower struct {
	s       *site
	folds   []*journal.Fold
	decided int
	writers map[[16]byte]bool
	latest  map[string]*claim.Entry // of the claims in it the newest entry with a decision, raised ones included
}

func (s *site) follow() *follower {
	s.t.Helper()
	f := &follower{s: s, writers: map[[16]byte]bool{}, latest: map[string]*claim.Entry{}}
	for p := range s.cfg.Kafka.Partitions {
		fold, err := journal.OpenFold(s.t.Context(), s.cfg.Scored(), p, journal.Position{})
		if err != nil {
			s.t.Fatal(err)
		}
		f.folds = append(f.folds, fold)
	}
	return f
}

// catchUp reads to the journal's end.
func (f *follower) catchUp() {
	f.s.t.Helper()
	for _, fold := range f.folds {
		if err := fold.CatchUp(f.s.t.Context(), f.take); err != nil {
			f.s.t.Fatal(err)
		}
	}
}

func (f *follower) take(b journal.Batch) error {
	f.writers[b.Writer] = true
	for _, r := range b.Records {
		var e claim.Entry
		if err := entry.Decode(r.Value, &e); err != nil {
			return err
		}
		if e.Kind == claim.Decided {
			f.decided++
		}
		// A raised entry stands in the partition of its cause, so the order of partitions says nothing.
		if have, watched := f.latest[e.Claim]; watched && e.Decision != nil && (have == nil || !e.At.Before(have.At)) {
			f.latest[e.Claim] = &e
		}
	}
	return nil
}

// decides waits until so many more claims are decided, or all that are sent, on a machine that is slow.
func (f *follower) decides(load *producing, more int) {
	f.s.t.Helper()
	f.catchUp()
	want := f.decided + more
	f.s.eventually(fmt.Sprintf("%d claims to be decided", want), time.Minute, func() bool {
		f.catchUp()
		select {
		case <-load.done:
			want = min(want, load.sent)
		default:
		}
		return f.decided >= want
	})
}
