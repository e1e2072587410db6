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

// Late returns raised entries for members of rings that several instances decided at the same moment.
func (d *Desk) Late(ctx context.Context, owned, fresh []int) ([]pipeline.LateEntry, error) {
	now := d.cfg.Now().UTC().Truncate(time.Millisecond)
	raises := d.cfg.Engine.Late(ctx, owned, fresh, now)
	if len(raises) == 0 {
		return nil, nil
	}
	w := d.workers.Get().(*worker)
	defer d.workers.Put(w)
	out := make([]pipeline.LateEntry, len(raises))
	for i := range raises {
		raised, err := w.raise(&raises[i].Raise, raises[i].Cause, now)
		if err != nil {
			return nil, err
		}
		out[i] = pipeline.LateEntry{Partition: raises[i].Partition, Entry: raised}
	}
	return out, nil
}

// raise returns the entry that raises the decision on a claim.
func (w *worker) raise(r *detectors.Raise, by claim.SourceRef, at time.Time) (claim.Entry, error) {
	raised := claim.Entry{
		Kind: claim.Rescored, Insurer: r.Ref.Insurer, Claim: r.Ref.Claim,
		Revision: r.Revision, Line: r.Line, Source: by, At: at, Decision: &r.Decision,
		Context: claim.Context{Cause: &claim.Cause{Journal: pipeline.SourceName, Partition: by.Partition, Offset: by.Offset, Epoch: by.Epoch}},
	}
	return raised, w.commit(&raised)
}
