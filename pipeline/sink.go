package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"tallystick/journal"
)

// feeder hands the entries of owned partitions to one sink. Each sink has its own, so a slow one delays nobody.
type feeder struct {
	sink     Sink
	cfg      *Config
	m        *metrics
	notify   chan struct{}
	feeds    func() []*partition
	tied     bool // to ownership: the sink is fed a partition only while this instance owns it
	progress *progress
	cursors  map[int]*cursor
	// the partition that is looked at first, so that each has its turn when there is more than a sink takes at once
	turn int
}

// errEnough ends a fold that has yielded as much as a sink takes at once.
var errEnough = errors.New("enough")

// cursor is where a sink stands in one partition.
type cursor struct {
	p      *partition
	tenure context.Context // in which the position was asked for; afterwards another instance writes too
	pos    journal.Position
	fold   *journal.Fold // open while the sink reads what memory no longer holds
}

// run feeds the sink until ctx is done. When draining is closed it returns as soon as the sink has all there is.
func (f *feeder) run(ctx context.Context, draining <-chan struct{}) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		// Asked before looking: what was appended until draining began is seen by this look or an earlier one.
		last := closed(draining)
		if !last {
			f.linger(ctx, draining)
		}
		batches, err := f.gather(ctx)
		if err != nil {
			return err
		}
		if len(batches) > 0 {
			if err := f.write(ctx, batches); err != nil {
				return err
			}
			continue
		}
		if last {
			return nil
		}
		if s, ok := f.sink.(Idler); ok {
			if err := s.Idle(ctx); err != nil && ctx.Err() == nil {
				f.m.sinkErrors.WithLabelValues(f.sink.Name()).Inc()
				f.cfg.Log.Warn("sink failed while it had nothing to write", "sink", f.sink.Name(), "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-draining:
		case <-f.notify:
		case <-tick.C: // ownership may have changed
		}
	}
}

// linger waits for more entries where the sink wants many at once.
func (f *feeder) linger(ctx context.Context, draining <-chan struct{}) {
	sink, ok := f.sink.(Lingering)
	if !ok {
		return
	}
	var enough <-chan time.Time
	for {
		rows := 0
		for _, c := range f.cursors {
			n, pressing := c.p.waiting(c.pos)
			if rows += n; pressing || rows >= f.cfg.SinkRows {
				return
			}
		}
		if rows == 0 {
			return
		}
		if enough == nil {
			timer := time.NewTimer(sink.Linger())
			defer timer.Stop()
			enough = timer.C
		}
		select {
		case <-f.notify:
		case <-enough:
			return
		case <-draining:
			return
		case <-ctx.Done():
			return
		}
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// gather collects the next batches of the partitions it feeds, and forgets the cursors of those lost.
func (f *feeder) gather(ctx context.Context) ([]*Batch, error) {
	partitions := f.feeds()
	keep := make(map[int]bool, len(partitions))
	var all []*Batch
	rows := 0
	f.turn++
	for i := range partitions {
		p := partitions[(i+f.turn)%len(partitions)]
		keep[p.id] = true
		c, tenure := f.cursors[p.id], p.owned()
		if c != nil && f.tied && c.tenure != tenure { // lost and regained between two looks
			f.forget(c)
			c = nil
		}
		if c == nil {
			pos, err := retrying(ctx, f, "position", func() (journal.Position, error) {
				return f.sink.Position(ctx, p.id)
			})
			if err != nil {
				return nil, err
			}
			c = &cursor{p: p, tenure: tenure, pos: pos}
			f.cursors[p.id] = c
			f.progress.reached(p.id, pos.To)
			p.took(f.sink.Name(), pos)
		}
		if rows >= f.cfg.SinkRows {
			continue
		}
		batches, err := f.next(ctx, p, c)
		if err != nil {
			return nil, fmt.Errorf("sink %s: %w", f.sink.Name(), err)
		}
		for _, b := range batches {
			rows += len(b.Entries)
		}
		all = append(all, batches...)
	}
	for id, c := range f.cursors {
		if !keep[id] {
			f.forget(c)
		}
	}
	return all, nil
}

// forget ends the feeding of a partition that was lost.
func (f *feeder) forget(c *cursor) {
	c.p.left(f.sink.Name())
	if s, ok := f.sink.(Leaver); ok {
		s.Left(c.p.id)
	}
	f.progress.left(c.p.id)
	delete(f.cursors, c.p.id)
}

// next returns what follows the cursor: from memory, or from the topic when memory begins later.
func (f *feeder) next(ctx context.Context, p *partition, c *cursor) ([]*Batch, error) {
	if c.pos.IsZero() {
		c.pos = beginning(p.id)
	}
	batches, known := p.after(c.pos, f.cfg.SinkRows)
	if known {
		c.fold = nil
		for _, b := range batches {
			if err := b.decode(f.cfg.Erasures); err != nil {
				return nil, err
			}
		}
		return batches, nil
	}
	if c.fold == nil {
		// Opening verifies that the topic still holds the batch that ends at the sink's position.
		fold, err := journal.OpenFold(ctx, f.cfg.journal(), p.id, c.pos)
		if err != nil {
			return nil, fmt.Errorf("reading partition %d from the sink's position: %w", p.id, err)
		}
		c.fold = fold
	}
	rows := 0
	err := c.fold.CatchUp(ctx, func(jb journal.Batch) error {
		b := &Batch{Batch: jb}
		if err := b.decode(f.cfg.Erasures); err != nil {
			return err
		}
		batches = append(batches, b)
		if rows += len(b.Entries); rows >= f.cfg.SinkRows {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return batches, nil
}

func (f *feeder) write(ctx context.Context, batches []*Batch) error {
	start := time.Now()
	defer f.progress.write()()
	// A write that has not succeeded when a partition is lost is given up: the new owner does it, and goes on from
	// there.
	wctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if f.tied {
		for _, b := range batches {
			defer context.AfterFunc(f.cursors[b.Partition].tenure, cancel)()
		}
	}
	_, err := retrying(wctx, f, "write", func() (struct{}, error) { return struct{}{}, f.sink.Write(wctx, batches) })
	if err != nil {
		if wctx.Err() != nil && ctx.Err() == nil {
			for _, b := range batches {
				f.cursors[b.Partition].fold = nil // it has moved behind what was not written
			}
			return nil // what is still owned comes again
		}
		return err
	}
	rows := 0
	for _, b := range batches {
		f.cursors[b.Partition].pos = b.Next
		f.progress.reached(b.Partition, b.Next.To)
		rows += len(b.Entries)
	}
	for _, c := range f.cursors {
		c.p.took(f.sink.Name(), c.pos)
	}
	f.m.sinkRows.WithLabelValues(f.sink.Name()).Add(float64(rows))
	f.m.sinkSeconds.WithLabelValues(f.sink.Name()).Observe(time.Since(start).Seconds())
	return nil
}

// retrying repeats op until it succeeds or ctx is done: a sink that is away is waited for, and only its own feeder
// waits.
func retrying[T any](ctx context.Context, f *feeder, what string, op func() (T, error)) (T, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, 5*time.Second
	return backoff.Retry(ctx, op, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, after time.Duration) {
			f.m.sinkErrors.WithLabelValues(f.sink.Name()).Inc()
			for _, c := range f.cursors { // nobody waits for a sink that fails
				c.p.left(f.sink.Name())
			}
			f.cfg.Log.Warn("sink failed, trying again", "sink", f.sink.Name(), "step", what, "after", after, "error",
				err)
		}))
}
