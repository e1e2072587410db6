package pipeline_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"tallystick/claim"
	"tallystick/journal"
	"tallystick/pipeline"
)

// detective raises each claim that it finds named in what is still open, until it observes that it was raised.
type detective struct {
	clerk
	mu     sync.Mutex
	open   map[string]int // partition by claim
	looked []int          // partitions, each time they were fresh
	heads  func() []journal.Position
	seen   map[string]int64 // end of the claim's partition when it was observed that it was raised here, by claim
}

func (d *detective) Late(_ context.Context, owned, fresh []int) (out []pipeline.LateEntry, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looked = append(d.looked, fresh...)
	for id, p := range d.open {
		if !slices.Contains(owned, p) {
			continue
		}
		out = append(out, pipeline.LateEntry{Partition: p, Entry: claim.Entry{
			Kind: claim.Rescored, Insurer: "acme", Claim: id, Revision: 1,
			Source: claim.SourceRef{Partition: 2, Offset: 1},
			Seed:   make([]byte, claim.SeedSize), Commitment: make([]byte, 32),
			Decision: &claim.Decision{Outcome: claim.Review, RuleSet: "none@1"},
		}})
	}
	return out, nil
}

func (d *detective) Observe(e *claim.Entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e.Kind != claim.Rescored {
		return
	}
	if p, ok := d.open[e.Claim]; ok {
		d.seen[e.Claim] = d.heads()[p].Offset
	}
	delete(d.open, e.Claim)
}

func (d *detective) raise(id string, p int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open[id] = p
}

func (d *detective) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.open)
}

// Raises that no decision made go to the partition of the claim, once each, whether records come or not; a life that
// begins anew has every partition looked through.
func TestLateEntriesAreAppendedOnce(t *testing.T) {
	in := newInstall(t)
	s := newShelf()
	sent := in.send(t, 60)
	d := &detective{open: map[string]int{}, seen: map[string]int64{}}
	for life, ids := range [][]string{{"c0", "c1", "c2", "c3"}, {"c4"}} {
		cfg := in.config(s)
		cfg.Decider = d
		pl, err := pipeline.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		d.heads = pl.Heads
		stop := run(pl)
		eventually(t, "the records to be decided", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.entries) >= sent
		})
		for i, id := range ids {
			d.raise(id, (i+4*life)%partitions)
		}
		eventually(t, "claims to be raised", func() bool { return d.waiting() == 0 })
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	raised := map[string]int{}
	for at, e := range s.entries {
		if e.Kind != claim.Rescored {
			continue
		}
		raised[e.Claim]++
		if want := int64(e.Claim[1]-'0') % partitions; at[0] != want {
			t.Errorf("claim %s was raised in partition %d, want %d", e.Claim, at[0], want)
		}
		// Whoever notes the head and then has the decider write what it knows must get all that is before the head.
		if d.seen[e.Claim] > at[1] {
			t.Errorf("claim %s: the decider was told of entry %d when the head was at %d", e.Claim, at[1],
				d.seen[e.Claim])
		}
	}
	for _, id := range []string{"c0", "c1", "c2", "c3", "c4"} {
		if raised[id] != 1 {
			t.Errorf("claim %s was raised %d times", id, raised[id])
		}
	}
	for p := range partitions {
		if n := len(slices.DeleteFunc(slices.Clone(d.looked), func(l int) bool { return l != p })); n < 2 {
			t.Errorf("partition %d was looked through %d times in two lives", p, n)
		}
	}
	if entries, _ := in.audit(t); entries != sent {
		t.Errorf("%d entries that are not raised, want %d", entries, sent)
	}
}
