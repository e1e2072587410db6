package journal

import (
	"context"
	"errors"
	"fmt"

	"tallystick/journal/fetch"
)

// log is one Kafka partition as the journal uses it. Implementations retry what passes until ctx is done.
type log interface {
	// Fetch returns batches from offset on, up to the high watermark; it may wait a moment when there are none. It
	// returns a *fetch.RangeError when the offset is not in the log.
	Fetch(ctx context.Context, offset int64) (page, error)
	// Start and End are the bounds of what Fetch can return.
	Start(ctx context.Context) (int64, error)
	End(ctx context.Context) (int64, error)
	// Produce appends the records as one Kafka batch, at most once a call, and returns the offset of the first. An error
	// that matches ErrRefused means that it was not appended and never will be; one that matches errMissing that the
	// topic is not known; any other leaves the outcome unknown. It is the one call that does not retry.
	Produce(ctx context.Context, header []byte, created int64, records []Record) (int64, error)
}

// page is a piece of a partition. Next is the offset to go on at: past control markers and holes.
type page struct {
	batches   []fetch.Batch
	next, end int64
}

// Fold reads one partition of a journal and hands on its valid batches, each once, in order. Not for concurrent use.
type Fold struct {
	log    log
	chain  chain
	onVoid func(Void)

	pending []fetch.Batch
	next    int64
	end     int64
	// checked says that the partition was compared with the position since the last valid batch.
	checked bool
}

// OpenFold begins to fold a partition at a position: the zero Position, or that of a batch taken before. It reads the
// position's last batch again and compares; a position that does not belong to the partition is a *ChainError.
// A position whose last batch was deleted by retention is accepted if nothing after it was.
func OpenFold(ctx context.Context, cfg Config, partition int, from Position) (*Fold, error) {
	cfg, err := cfg.check()
	if err != nil {
		return nil, err
	}
	l, err := newKafkaLog(cfg, partition)
	if err != nil {
		return nil, err
	}
	return openFold(ctx, l, cfg, partition, from)
}

func openFold(ctx context.Context, l log, cfg Config, partition int, from Position) (*Fold, error) {
	f := &Fold{log: l, onVoid: cfg.OnVoid}
	f.chain = chain{topic: cfg.Topic, partition: partition, pos: from}
	genesis := Genesis(cfg.Name, partition)
	if from.IsZero() {
		f.chain.pos = Position{Base: -1, Digest: genesis}
	}
	pos := f.chain.pos
	if pos.Offset < 0 || pos.Base >= pos.Offset || pos.To < 0 {
		return nil, f.chain.fail(ErrForked, "impossible position")
	}
	if pos.Base < 0 && pos.Digest != genesis {
		return nil, f.chain.fail(ErrForked, fmt.Sprintf("its beginning is not that of partition %d of the journal %q", partition, cfg.Name))
	}
	if _, err := f.verify(ctx); err != nil {
		return nil, fmt.Errorf("opening %s/%d: %w", cfg.Topic, partition, err)
	}
	return f, nil
}

// Position is the state after the last batch handed on and the void ones after it.
func (f *Fold) Position() Position { return f.chain.pos }

// End is the partition's end (high watermark) as last seen; 0 before the first fetch. End - Position().Offset is the lag.
func (f *Fold) End() int64 { return f.end }

// Next returns the next valid batch and blocks until there is one or ctx is done. After a *ChainError the fold is over.
func (f *Fold) Next(ctx context.Context) (Batch, error) {
	for {
		b, ok, err := f.pop(ctx)
		if ok || err != nil {
			return b, err
		}
		if err := f.fetch(ctx); err != nil {
			return Batch{}, err
		}
	}
}

// CatchUp folds up to the partition's end at the time of the call, hands each valid batch to take, and returns. It
// stops at the first error of take; the batch counts as handed on.
func (f *Fold) CatchUp(ctx context.Context, take func(Batch) error) error {
	end, err := f.log.End(ctx)
	if err != nil {
		return err
	}
	return f.until(ctx, end, take)
}

// until folds up to offset end.
func (f *Fold) until(ctx context.Context, end int64, take func(Batch) error) error {
	for {
		b, ok, err := f.pop(ctx)
		if err != nil {
			return err
		}
		if ok {
			if err := take(b); err != nil {
				return err
			}
			continue
		}
		if f.chain.pos.Offset >= end {
			return nil
		}
		if err := f.fetch(ctx); err != nil {
			return err
		}
	}
}

// fetch reads the next page. Nothing must be pending.
func (f *Fold) fetch(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	p, err := f.log.Fetch(ctx, f.chain.pos.Offset)
	if err != nil {
		return f.outside(err)
	}
	f.pending, f.next, f.end = p.batches, p.next, p.end
	if len(f.pending) == 0 {
		f.skipTo(f.next)
	}
	return nil
}

// skipTo moves over offsets that hold no records: control markers of foreign transactions.
func (f *Fold) skipTo(offset int64) { f.chain.pos.Offset = max(f.chain.pos.Offset, offset) }

// pop folds pending Kafka batches until one is valid.
func (f *Fold) pop(ctx context.Context) (Batch, bool, error) {
	for len(f.pending) > 0 {
		kb := &f.pending[0]
		before := f.chain.pos
		b, ok, reason, err := f.chain.take(kb)
		if err != nil {
			return Batch{}, false, err
		}
		if !ok {
			if err := f.doubt(ctx, before, reason); err != nil {
				return Batch{}, false, err
			}
			if f.onVoid != nil {
				f.onVoid(Void{f.chain.partition, kb.Base, len(kb.Records), reason})
			}
		}
		f.pending[0] = fetch.Batch{}
		f.pending = f.pending[1:]
		if ok {
			f.checked = false
			return b, true, nil
		}
		if len(f.pending) == 0 {
			f.skipTo(f.next)
		}
	}
	return Batch{}, false, nil
}

// doubt asks, at a void batch, whether it is void because this fold's own history was cut off and written over. The
// first void batch after a valid one is reason enough to compare once; one ahead of the state always is, because an
// honest writer's state is never ahead of the log before its batch. On an error the state is put back to before the
// batch, so that the same batch is met again.
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
	if !compared && reason == VoidAhead {
		return f.chain.fail(ErrForked, "a batch follows a state that this position never reached, and the position's own batch is no longer there to compare")
	}
	f.chain.pos, f.checked = after, true
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
		if err != nil || int(h.Count) != len(kb.Records)-1 || probe.sum(kb) != pos.Digest {
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
		return f.chain.fail(ErrForked, fmt.Sprintf("a batch that counts lies at %d, where the position has none", kb.Base))
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
