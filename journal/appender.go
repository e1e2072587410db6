package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Appender appends to one partition of a journal, one batch at a time. Any number of appenders may work on the same
// partition: at most one of two rival batches counts, and the loser is told. Safe for concurrent use, though calls
// run one after another.
type Appender struct {
	mu     sync.Mutex
	cfg    Config
	log    log
	fold   *Fold
	writer [16]byte
	digest digester
	// unseen holds batches that count and that the caller was not told of yet.
	unseen []Batch
}

// NewAppender opens a partition for appending after position at, which it compares with the partition as OpenFold
// does. The position need not be the end; if it is not, the first Append returns ErrSuperseded.
func NewAppender(ctx context.Context, cfg Config, partition int, at Position) (*Appender, error) {
	cfg, err := cfg.check()
	if err != nil {
		return nil, err
	}
	l, err := newKafkaLog(cfg, partition)
	if err != nil {
		return nil, err
	}
	return newAppender(ctx, l, cfg, partition, at)
}

func newAppender(ctx context.Context, l log, cfg Config, partition int, at Position) (*Appender, error) {
	fold, err := openFold(ctx, l, cfg, partition, at)
	if err != nil {
		return nil, err
	}
	a := &Appender{cfg: cfg, log: l, fold: fold}
	if _, err := rand.Read(a.writer[:]); err != nil {
		return nil, fmt.Errorf("making the appender's id: %w", err)
	}
	return a, nil
}

// Position is where the next batch goes. It includes batches that the caller has not been handed yet.
func (a *Appender) Position() Position {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fold.Position()
}

// CatchUp folds to the partition's end and returns the batches that the caller has not been handed yet.
func (a *Appender) CatchUp(ctx context.Context) ([]Batch, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.fold.CatchUp(ctx, a.keep); err != nil {
		return nil, err
	}
	unseen := a.unseen
	a.unseen = nil
	return unseen, nil
}

// Append appends one batch that covers the source range [from, to) and returns when it is known to count. Its bytes are
// replicated then (acks=all). It sends the same bytes again while the outcome is unknown. Errors: ErrNotNext and
// ErrTooLarge (nothing sent); ErrSuperseded; ErrRefused; ErrOutcomeUnknown when ctx ended first; a *ChainError.
// The returned batch shares the records' bytes, which must not change any more, not even after an error.
func (a *Appender) Append(ctx context.Context, from, to int64, records []Record) (Batch, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if to < from || from < 0 {
		return Batch{}, fmt.Errorf("%w: range [%d, %d)", ErrNotNext, from, to)
	}
	return a.append(ctx, Header{Kind: KindData, Epoch: a.fold.Position().Epoch, From: from, To: to}, records)
}

// AppendEpoch appends the entry that says that the source was reset and begins anew at to. It may carry records (who
// and why). Errors as for Append.
func (a *Appender) AppendEpoch(ctx context.Context, to int64, records []Record) (Batch, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if to < 0 {
		return Batch{}, fmt.Errorf("%w: new start %d", ErrNotNext, to)
	}
	pos := a.fold.Position()
	if pos.Epoch == math.MaxUint32 {
		return Batch{}, fmt.Errorf("%w: no epoch after %d", ErrNotNext, pos.Epoch)
	}
	return a.append(ctx, Header{Kind: KindEpoch, Epoch: pos.Epoch + 1, From: pos.To, To: to}, records)
}

func (a *Appender) append(ctx context.Context, h Header, records []Record) (Batch, error) {
	if len(a.unseen) > 0 {
		return Batch{}, a.superseded(Digest{})
	}
	pos := a.fold.Position()
	if h.From != pos.To {
		return Batch{}, fmt.Errorf("%w: from %d, journal at %d", ErrNotNext, h.From, pos.To)
	}
	if n := Size(records...); n > a.cfg.MaxBytes {
		return Batch{}, fmt.Errorf("%w: %d records of %d bytes, limit %d", ErrTooLarge, len(records), n, a.cfg.MaxBytes)
	}
	h.Prev, h.Count, h.Created, h.Writer = pos.Digest, uint32(len(records)), a.cfg.Now().UnixMilli(), a.writer
	if a.cfg.Parts {
		h.Form = FormParts
	}
	value := h.appendTo(make([]byte, 0, headerSize))
	a.digest.begin(value, h.Form)
	for i := range records {
		if err := a.digest.add(records[i].Key, records[i].Value); err != nil {
			return Batch{}, fmt.Errorf("appending to %s: record %d of the batch: %w", a.cfg.Topic, i, err)
		}
	}
	d := a.digest.sum()
	base, err := a.send(ctx, h, value, records)
	if err != nil {
		return Batch{}, err
	}
	if base >= 0 {
		return a.take(base, h, d, records), nil
	}
	if len(a.unseen) == 1 && a.unseen[0].Digest == d {
		b := a.unseen[0]
		a.unseen = nil
		return b, nil
	}
	return Batch{}, a.superseded(d)
}

// send gets the batch into the partition. It returns its offset if it follows the folded state at once, or -1 if the
// partition was folded up to a point where the batch's fate is among a.unseen.
func (a *Appender) send(ctx context.Context, h Header, value []byte, records []Record) (int64, error) {
	sent := false // an attempt's outcome is unknown
	var missingSince time.Time
	give := func(err error) (int64, error) {
		if sent {
			err = fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
		}
		return 0, backoff.Permanent(err)
	}
	attempt := func() (int64, error) {
		if sent {
			// Before the same bytes are sent again: did they land? A crash here leaves at most one copy that counts,
			// whoever folds the partition next.
			if err := a.fold.CatchUp(ctx, a.keep); err != nil {
				return give(err)
			}
			if len(a.unseen) > 0 {
				return -1, nil
			}
		}
		base, err := a.log.Produce(ctx, value, h.Created, records)
		switch {
		case err == nil:
		case errors.Is(err, ErrRefused):
			return give(err)
		case errors.Is(err, errMissing):
			if missingSince.IsZero() {
				missingSince = time.Now()
			}
			if time.Since(missingSince) > a.cfg.TopicWait {
				return give(fmt.Errorf("%w: %w", ErrRefused, err))
			}
			return 0, err
		default:
			sent = true
			if ctx.Err() != nil {
				return give(context.Cause(ctx))
			}
			return 0, err
		}
		// The batch is in the partition and replicated. It counts if nothing lies between it and the folded state; a
		// crash here loses only the hand-over in memory, the next fold finds the batch.
		switch folded := a.fold.Position().Offset; {
		case base == folded:
			return base, nil
		case base < folded:
			return give(a.fold.chain.fail(ErrTruncated, fmt.Sprintf("an append landed at %d", base)))
		}
		sent = true
		if err := a.fold.until(ctx, base+1, a.keep); err != nil {
			return give(err)
		}
		if len(a.unseen) == 0 {
			return give(a.fold.chain.fail(ErrForked, fmt.Sprintf("the append at %d does not count, and no other does",
				base)))
		}
		return -1, nil
	}
	base, err := backoff.Retry(ctx, attempt, backoff.WithBackOff(a.cfg.pause()), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, _ time.Duration) { a.cfg.OnRetry(err) }))
	if err == nil {
		return base, nil
	}
	if sent && !errors.Is(err, ErrOutcomeUnknown) {
		err = fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	}
	return 0, fmt.Errorf("appending [%d, %d) to %s/%d: %w", h.From, h.To, a.cfg.Topic, a.fold.chain.partition, err)
}

// take accepts the own batch without reading it back.
func (a *Appender) take(base int64, h Header, d Digest, records []Record) Batch {
	own := make([]Record, len(records))
	for i, r := range records {
		own[i] = Record{Offset: base + 1 + int64(i), Key: orNil(r.Key), Value: orNil(r.Value)}
	}
	a.fold.checked = false
	return a.fold.chain.accept(base, h, d, own)
}

func (a *Appender) keep(b Batch) error {
	a.unseen = append(a.unseen, b)
	return nil
}

// superseded hands over what was folded.
func (a *Appender) superseded(own Digest) error {
	e := &SupersededError{Batches: a.unseen}
	for i := range a.unseen {
		e.Landed = e.Landed || a.unseen[i].Digest == own
	}
	a.unseen = nil
	return e
}
