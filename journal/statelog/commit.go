package statelog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tallystick/journal"
)

// commit gathers commands and appends them, one batch after another.
func (l *Log[S]) commit(ctx context.Context) error {
	var waiting []*pending[S]
	for {
		if len(waiting) == 0 {
			select {
			case p := <-l.queue:
				waiting = append(waiting, p)
			case <-ctx.Done():
				return ctx.Err()
			}
			waiting = l.gather(ctx, waiting)
		}
		waiting = l.drain(waiting)
		rest, err := l.round(ctx, waiting)
		if err != nil {
			return err
		}
		waiting = rest
	}
}

// gather waits for the commands of the same moment.
func (l *Log[S]) gather(ctx context.Context, waiting []*pending[S]) []*pending[S] {
	timer := time.NewTimer(l.cfg.Window)
	defer timer.Stop()
	for len(waiting) < queued {
		select {
		case p := <-l.queue:
			waiting = append(waiting, p)
		case <-timer.C:
			return waiting
		case <-ctx.Done():
			return waiting
		}
	}
	return waiting
}

// drain takes what is queued already.
func (l *Log[S]) drain(waiting []*pending[S]) []*pending[S] {
	for len(waiting) < queued {
		select {
		case p := <-l.queue:
			waiting = append(waiting, p)
		default:
			return waiting
		}
	}
	return waiting
}

// chosen is a command of the batch with its records.
type chosen[S State] struct {
	*pending[S]
	records []journal.Record
}

// round forms one batch and appends it. It returns the commands that wait for the next one: those whose keys were
// taken, and all of this one's if another writer was faster.
func (l *Log[S]) round(ctx context.Context, waiting []*pending[S]) ([]*pending[S], error) {
	pos, err := l.level(ctx)
	if err != nil {
		return nil, err
	}
	batch, rest := l.form(waiting, pos)
	if len(batch) == 0 {
		return rest, nil
	}
	var records []journal.Record
	for _, c := range batch {
		records = append(records, c.records...)
	}
	// From here the outcome may be unknown. A crash leaves a batch that counts or not; whoever folds the journal sees
	// which. The commands' callers are told nothing until it is known.
	done, err := l.appender.Append(ctx, pos.To, pos.To+int64(len(records)), records)
	var superseded *journal.SupersededError
	switch {
	case errors.As(err, &superseded):
		if superseded.Landed {
			return l.landed(superseded.Batches, batch, rest)
		}
		if err := l.takeAll(superseded.Batches); err != nil {
			return nil, err
		}
		again := make([]*pending[S], 0, len(batch)+len(rest))
		for _, c := range batch {
			again = append(again, c.pending)
		}
		return append(again, rest...), nil
	case errors.Is(err, journal.ErrRefused) && !errors.Is(err, journal.ErrOutcomeUnknown):
		// Nothing was written and never will be: the broker does not want these records.
		for _, c := range batch {
			c.finish(Result{}, err)
		}
		return rest, nil
	case err != nil:
		return nil, fmt.Errorf("appending to the journal %s: %w", l.cfg.Journal.Topic, err)
	}
	if err := l.take(done); err != nil {
		return nil, err
	}
	answer(batch, done)
	return rest, nil
}

// landed finishes a round whose batch counts, though others' batches were folded around it.
func (l *Log[S]) landed(batches []journal.Batch, batch []chosen[S], rest []*pending[S]) ([]*pending[S], error) {
	if err := l.takeAll(batches); err != nil {
		return nil, err
	}
	// The own batch is the first: of all batches that name the state it was formed on, one counts.
	answer(batch, batches[0])
	return rest, nil
}

// level brings the appender and the state to the same position.
func (l *Log[S]) level(ctx context.Context) (journal.Position, error) {
	for {
		at, pos := l.Position(), l.appender.Position()
		if at.Digest == pos.Digest {
			return pos, nil
		}
		batches, err := l.appender.CatchUp(ctx)
		if err != nil {
			return pos, fmt.Errorf("reading the journal %s: %w", l.cfg.Journal.Topic, err)
		}
		if err := l.takeAll(batches); err != nil {
			return pos, err
		}
		if at.Digest == l.Position().Digest && len(batches) == 0 {
			// The state is ahead: the follower saw a batch before the high watermark that the appender was told of.
			select {
			case <-ctx.Done():
				return pos, ctx.Err()
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
}

// form asks the commands for their records on the state at pos. If the state has moved from it meanwhile, the append is
// superseded and they are asked again.
func (l *Log[S]) form(waiting []*pending[S], pos journal.Position) (batch []chosen[S], rest []*pending[S]) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	taken := map[string]bool{}
	limit := l.cfg.Journal.MaxBytes
	if limit == 0 {
		limit = 1_000_000
	}
	size := journal.Size()
	for i, p := range waiting {
		if p.ctx.Err() != nil {
			p.finish(Result{}, fmt.Errorf("%w: %w", ErrWaiting, context.Cause(p.ctx)))
			continue
		}
		keys := p.Keys
		if p.More != nil {
			keys = slices.Concat(keys, p.More(l.state))
		}
		if shares(keys, taken) {
			rest = append(rest, p)
			mark(keys, taken) // what comes later does not overtake it
			continue
		}
		records, err := p.Propose(l.state)
		if err != nil || len(records) == 0 {
			p.finish(Result{Position: pos}, err)
			continue
		}
		more := 0
		for _, r := range records {
			more += journal.RecordSize(r)
		}
		if size+more > limit {
			if len(batch) == 0 {
				p.finish(
					Result{},
					fmt.Errorf("%w: %d records of %d bytes, limit %d", journal.ErrTooLarge, len(records), more, limit),
				)
				continue
			}
			rest = append(rest, waiting[i:]...)
			break
		}
		size += more
		mark(keys, taken)
		batch = append(batch, chosen[S]{p, records})
	}
	return batch, rest
}

func shares(keys []string, taken map[string]bool) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return taken[k] })
}

func mark(keys []string, taken map[string]bool) {
	for _, k := range keys {
		taken[k] = true
	}
}

func (p *pending[S]) finish(res Result, err error) {
	p.res, p.err = res, err
	close(p.done)
}

// answer tells each command of a batch that counts where its records are.
func answer[S State](batch []chosen[S], done journal.Batch) {
	i := 0
	for _, c := range batch {
		n := len(c.records)
		c.finish(Result{First: done.From + int64(i), Records: done.Records[i : i+n], Position: done.Next}, nil)
		i += n
	}
}
