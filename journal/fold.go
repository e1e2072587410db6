package journal

import (
	"context"
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
	// Produce appends the records as one Kafka batch, at most once a call, and returns the offset of the first. An
	// error that matches ErrRefused means that it was not appended and never will be; one that matches errMissing that
	// the topic is not known; any other leaves the outcome unknown. It is the one call that does not retry.
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
	// sure is where a fold of the whole history begins: a position known to be that of the history. opened is where
	// this fold began.
	sure, opened Position
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
	older := genesis("tallystick journal v1 genesis\n", cfg.Name, partition)
	f.chain = chain{topic: cfg.Topic, partition: partition, pos: from, older: older}
	first := Genesis(cfg.Name, partition)
	f.sure = Position{Base: -1, Digest: first}
	if from.IsZero() {
		f.chain.pos = f.sure
	}
	pos := f.chain.pos
	f.opened = pos
	if pos.Offset < 0 || pos.Base >= pos.Offset || pos.To < 0 {
		return nil, f.chain.fail(ErrForked, "impossible position")
	}
	if pos.Base < 0 && pos.Digest != first {
		return nil, f.chain.fail(ErrForked, fmt.Sprintf("its beginning is not that of partition %d of the journal %q",
			partition, cfg.Name))
	}
	if _, err := f.verify(ctx); err != nil {
		return nil, fmt.Errorf("opening %s/%d: %w", cfg.Topic, partition, err)
	}
	return f, nil
}

// Scan folds a whole partition from its beginning to its present end, hands each valid batch to take, and returns the
// position after the last one. It stops at the first error of take.
func Scan(ctx context.Context, cfg Config, partition int, take func(Batch) error) (Position, error) {
	f, err := OpenFold(ctx, cfg, partition, Position{})
	if err != nil {
		return Position{}, err
	}
	err = f.CatchUp(ctx, take)
	return f.Position(), err
}

// Position is the state after the last batch handed on and the void ones after it.
func (f *Fold) Position() Position { return f.chain.pos }

// End is the partition's end (high watermark) as last seen; 0 before the first fetch. End - Position().Offset is the
// lag.
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
	if end < f.chain.pos.Offset {
		return f.inside(ctx)
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
			if ctx.Err() != nil { // what is fetched already may take long to take
				return context.Cause(ctx)
			}
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
				// Already known to be void; the header says which state its writer believed in.
				h, _ := decodeHeader(kb.Records[0].Key, kb.Records[0].Value)
				f.onVoid(Void{f.chain.partition, kb.Base, len(kb.Records), reason, h})
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
