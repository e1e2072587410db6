package journal

import (
	"context"
	"errors"
	"fmt"

	"tallystick/journal/fetch"
)

// doubt asks, at a void batch, whether it is void because this fold's own history was cut off and written over. The
// first void batch after a valid one is reason enough to look at the last valid batch again. One ahead of the state is
// reason to fold the history again up to here, because an honest writer's state is never ahead of the partition before
// its batch. On an error the state is put back to before the batch, so that the same batch is met again.
func (f *Fold) doubt(ctx context.Context, before Position, reason VoidReason) error {
	if f.checked && reason != VoidAhead {
		return nil
	}
	after := f.chain.pos
	f.chain.pos = before
	compared, err := f.verify(ctx)
	if err != nil {
		return err
	}
	if reason == VoidAhead {
		if !compared {
			return f.chain.fail(ErrForked,
				"a batch follows a state that this position never reached, and the position's own batch is no longer there to compare")
		}
		if err := f.refold(ctx); err != nil {
			return err
		}
	}
	f.chain.pos, f.checked = after, true
	return nil
}

// refold folds the history again up to the position and requires the same state. It begins at the beginning, or, if
// that was deleted, where this fold was opened, or where it did so before.
func (f *Fold) refold(ctx context.Context) error {
	pos := f.chain.pos
	start, err := f.log.Start(ctx)
	if err != nil {
		return err
	}
	if start > f.sure.Offset {
		f.sure = f.opened
	}
	if start > f.sure.Offset {
		return f.chain.fail(ErrForked,
			"a batch follows a state that this position never reached, and the history is no longer there to compare")
	}
	again := Fold{log: f.log, chain: chain{topic: f.chain.topic, partition: f.chain.partition, pos: f.sure},
		checked: true}
	for again.chain.pos.Offset < pos.Offset {
		if err := again.fetch(ctx); err != nil {
			return err
		}
		if err := again.replay(pos.Offset); err != nil {
			return err
		}
	}
	if again.chain.pos != pos {
		return f.chain.fail(ErrForked, fmt.Sprintf("folded again the partition is at %s", again.chain.pos))
	}
	f.sure = pos
	return nil
}

// replay folds the pending Kafka batches below end, without doubts.
func (f *Fold) replay(end int64) error {
	for i := range f.pending {
		if f.pending[i].Base >= end {
			f.skipTo(end)
			return nil
		}
		if _, _, _, err := f.chain.take(&f.pending[i]); err != nil {
			return err
		}
	}
	f.skipTo(min(f.next, end))
	return nil
}

// verify compares the partition with the position: the last valid batch must still be at Base with the same digest,
// and what follows it up to Offset must be void. It reports false if the batch was deleted by retention.
func (f *Fold) verify(ctx context.Context) (bool, error) {
	pos := f.chain.pos
	start, err := f.log.Start(ctx)
	if err != nil {
		return false, err
	}
	if start > pos.Offset {
		return false, f.chain.fail(ErrRetention, fmt.Sprintf("the partition now begins at %d", start))
	}
	from := max(pos.Base, 0)
	if err := f.inside(ctx); err != nil || start > from {
		return false, err
	}
	probe := chain{topic: f.chain.topic, partition: f.chain.partition, pos: Position{Base: -1, Digest: pos.Digest}}
	next := from
	for next < pos.Offset {
		if err := ctx.Err(); err != nil {
			return false, context.Cause(ctx)
		}
		p, err := f.log.Fetch(ctx, next)
		if err != nil {
			return false, f.outside(err)
		}
		for i := range p.batches {
			kb := &p.batches[i]
			if kb.Records[0].Offset >= pos.Offset {
				break
			}
			if err := f.compare(&probe, kb); err != nil {
				return false, err
			}
		}
		if p.next <= next {
			if err := f.inside(ctx); err != nil {
				return false, err
			}
		}
		next = max(next, p.next)
	}
	if pos.Base >= 0 && probe.pos.Base != pos.Base {
		return false, f.chain.fail(ErrForked, "its last batch is not in the partition")
	}
	return true, nil
}

// compare checks one Kafka batch between Base and Offset.
func (f *Fold) compare(probe *chain, kb *fetch.Batch) error {
	pos := f.chain.pos
	if end := kb.Records[len(kb.Records)-1].Offset + 1; kb.Base < pos.Base || end > pos.Offset {
		return f.chain.fail(ErrForked, fmt.Sprintf("a batch lies across the position, at [%d, %d)", kb.Base, end))
	}
	if kb.Base == pos.Base {
		h, err := decodeHeader(kb.Records[0].Key, kb.Records[0].Value)
		same := err == nil && int(h.Count) == len(kb.Records)-1
		if same {
			digest, err := probe.sum(kb, h.Form)
			same = err == nil && digest == pos.Digest
		}
		if !same {
			return f.chain.fail(ErrForked, fmt.Sprintf("the batch at %d is another one", kb.Base))
		}
		probe.pos = pos
		probe.pos.Offset = kb.Records[len(kb.Records)-1].Offset + 1
		return nil
	}
	if pos.Base < 0 {
		probe.pos = pos
		probe.pos.Offset = kb.Base
	}
	_, ok, _, err := probe.take(kb)
	if err != nil {
		return err
	}
	if ok {
		return f.chain.fail(ErrForked, fmt.Sprintf("a batch that counts lies at %d, where the position has none",
			kb.Base))
	}
	return nil
}

// inside makes sure that the partition still reaches the position. The high watermark is no witness: it may trail after
// a leader moved, so the fetch itself is asked.
func (f *Fold) inside(ctx context.Context) error {
	end, err := f.log.End(ctx)
	if err != nil {
		return err
	}
	if end >= f.chain.pos.Offset {
		return nil
	}
	_, err = f.log.Fetch(ctx, f.chain.pos.Offset)
	return f.outside(err)
}

// outside turns the log's range error into the chain's.
func (f *Fold) outside(err error) error {
	var r *fetch.RangeError
	if !errors.As(err, &r) {
		return err
	}
	if f.chain.pos.Offset < r.Start {
		return f.chain.fail(ErrRetention, fmt.Sprintf("the partition now begins at %d", r.Start))
	}
	return f.chain.fail(ErrTruncated, fmt.Sprintf("the partition now ends at %d", r.End))
}
