package desk

import (
	"context"
	"time"

	"tallystick/claim"
	"tallystick/detectors"
	"tallystick/pipeline"
)

var (
	_ pipeline.LateDecider = (*Desk)(nil)
	_ pipeline.Undecider   = (*Desk)(nil)
	_ pipeline.Keeper      = (*Desk)(nil)
)

// Tell takes in news of a claim, also of one that is not known yet. It may be told again, from the beginning.
func (d *Desk) Tell(n *claim.News) { d.cfg.State.Tell(n) }

// Told says that the news is complete up to now: from here on it scores claims anew.
func (d *Desk) Told() { d.cfg.State.Told() }

// Late returns entries that score claims anew: for news of others, and for rings whose members several instances
// decided at the same moment.
func (d *Desk) Late(ctx context.Context, owned, fresh []int) ([]pipeline.LateEntry, error) {
	now := d.cfg.Now().UTC().Truncate(time.Millisecond)
	lates := d.cfg.Engine.Late(ctx, owned, fresh, now)
	if len(lates) == 0 {
		return nil, nil
	}
	w := d.workers.Get().(*worker)
	defer d.workers.Put(w)
	out := make([]pipeline.LateEntry, len(lates))
	for i := range lates {
		l := &lates[i]
		cause := l.News
		if cause == nil {
			cause = ringCause(l.Cause)
		}
		e, err := w.rescore(&l.Raise, l.Cause, cause, now)
		if err != nil {
			return nil, err
		}
		out[i] = pipeline.LateEntry{Partition: l.Partition, Entry: e}
	}
	return out, nil
}

// raise returns the entry that scores a claim anew for a ring that a record completed.
func (w *worker) raise(r *detectors.Raise, by claim.SourceRef, at time.Time) (claim.Entry, error) {
	return w.rescore(r, by, ringCause(by), at)
}

func ringCause(by claim.SourceRef) *claim.Cause {
	return &claim.Cause{Journal: claim.SourceJournal, Partition: by.Partition, Offset: by.Offset, Epoch: by.Epoch}
}

func (w *worker) rescore(r *detectors.Raise, by claim.SourceRef, cause *claim.Cause, at time.Time) (claim.Entry,
	error) {
	e := claim.Entry{
		Kind: claim.Rescored, Insurer: r.Ref.Insurer, Claim: r.Ref.Claim,
		Revision: r.Revision, Line: r.Line, Source: by, At: at, Decision: &r.Decision,
		Context: claim.Context{Cause: cause},
	}
	return e, w.commit(&e)
}
