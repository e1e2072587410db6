package pipeline_test

import (
	"context"
	"sync"
	"testing"

	"tallystick/claim"
	"tallystick/pipeline"
)

// registrar answers a claim that it decided from another record as a duplicate, and calls before once, before its first
// answer.
type registrar struct {
	clerk
	before func()
	once   sync.Once
	seen   map[string]claim.SourceRef
}

func (r *registrar) Decide(ctx context.Context, records []pipeline.Record) (pipeline.Verdicts, error) {
	r.once.Do(r.before)
	v, err := r.clerk.Decide(ctx, records)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range v.Entries {
		e := &v.Entries[i]
		if have, ok := r.seen[e.Claim]; ok && have != e.Source {
			e.Kind, e.Decision = claim.Duplicate, nil
			continue
		}
		r.seen[e.Claim] = e.Source
	}
	return v, err
}

func (r *registrar) Undecided(entries []claim.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range entries {
		if e := &entries[i]; r.seen[e.Claim] == e.Source {
			delete(r.seen, e.Claim)
		}
	}
}

// The source is reset while its claims are decided, so their batches are superseded; they are decided again from the
// start of what is a new source then.
func TestClaimsWhoseBatchDidNotCountAreNoDuplicates(t *testing.T) {
	in, shelf := newInstall(t), newShelf()
	in.send(t, 9)
	cfg := in.config(shelf)
	cfg.Decider = &registrar{seen: map[string]claim.SourceRef{}, before: func() {
		for p := range partitions {
			if _, err := pipeline.ResetSource(t.Context(), in.config(), p); err != nil {
				t.Error(err)
			}
		}
	}}
	stop := start(t, cfg)
	eventually(t, "all claims on the shelf",
		func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == 9 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, e := range shelf.entries {
		if e.Kind != claim.Decided || e.Source.Epoch != 1 {
			t.Errorf("claim %s of epoch %d is %s", e.Claim, e.Source.Epoch, e.Kind)
		}
	}
}
