package pipeline

import (
	"context"
	"fmt"

	"tallystick/claim"
	"tallystick/journal"
)

// Erasures knows which people were erased. It is folded before the journal of claims is.
type Erasures interface {
	// Without returns a record of the journal as it stands without what was erased of it.
	Without(key, value []byte) ([]byte, error)
	// Reach returns when the first n entries of the journal of erasures are known.
	Reach(ctx context.Context, n int64) error
	// Changed returns a channel that is closed when the journal of erasures has more entries.
	Changed() <-chan struct{}
}

func changed(erasures Erasures) <-chan struct{} {
	if erasures == nil {
		return nil
	}
	return erasures.Changed()
}

func without(erasures Erasures, r *journal.Record) ([]byte, error) {
	if erasures == nil {
		return r.Value, nil
	}
	return erasures.Without(r.Key, r.Value)
}

// reach waits for what an entry says was erased: the claims behind it are decided by who knows of that.
func reach(ctx context.Context, erasures Erasures, e *claim.Entry) error {
	if erasures == nil || e.Kind != claim.Erased || e.Context.Cause == nil {
		return nil
	}
	return erasures.Reach(ctx, e.Context.Cause.Offset)
}

// meet looks for batches that others appended: what erases people comes from no instance, and an owner without claims
// would not meet it. It is superseded then like by any other batch.
func (w *worker) meet(ctx context.Context) error {
	batches, err := w.app.CatchUp(ctx)
	if err != nil {
		return fmt.Errorf("looking for what was erased in partition %d: %w", w.p.id, err)
	}
	if len(batches) > 0 {
		return &journal.SupersededError{Batches: batches}
	}
	return nil
}
