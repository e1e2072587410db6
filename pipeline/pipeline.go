package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"tallystick/claim"
	"tallystick/journal"
)

// Pipeline is one instance. Its methods may be called concurrently; Run may be called once.
type Pipeline struct {
	cfg        Config
	journal    journal.Config
	writer     writer
	m          *metrics
	partitions []*partition
	notify     []chan struct{} // one a feeder
	progress   []*progress     // one a sink

	mu     sync.Mutex
	owned  map[int]bool
	tails  map[int]*tail
	broken error // the first permanent error

	kept   []journal.Position // where the partitions were folded to when the state was kept
	erased chan struct{}      // of capacity 1: something was erased of the state

	loaded atomic.Bool
	joined atomic.Bool
}

// tail is the goroutine that folds a partition which another instance owns.
type tail struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// New checks the configuration. It connects to nothing.
func New(cfg Config) (*Pipeline, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	pl := &Pipeline{
		cfg: cfg, writer: writer{cfg.client(), cfg.Topics, cfg.Log}, m: newMetrics(cfg.Metrics),
		owned: map[int]bool{}, tails: map[int]*tail{}, erased: make(chan struct{}, 1),
	}
	pl.journal = cfg.journal()
	for _, s := range cfg.Sinks {
		pl.progress = append(pl.progress, newProgress(s))
	}
	pl.journal.OnVoid = func(v journal.Void) { pl.m.voids.WithLabelValues(string(v.Reason)).Inc() }
	return pl, nil
}

// Ready says why the instance does not decide claims yet, or nil.
func (pl *Pipeline) Ready() error {
	if !pl.loaded.Load() {
		return errors.New("state is being loaded from the journal")
	}
	if !pl.joined.Load() {
		return errors.New("the consumer group has not been joined")
	}
	return nil
}

// Heads returns the folded end of each partition of the journal. It is empty before the journal was loaded.
func (pl *Pipeline) Heads() []journal.Position {
	if !pl.loaded.Load() {
		return nil
	}
	heads := make([]journal.Position, len(pl.partitions))
	for i, p := range pl.partitions {
		heads[i] = p.Head()
	}
	return heads
}

// Run decides claims until ctx is done, then drains: fetching stops, what was fetched is appended or left for the next
// owner, sinks catch up for at most DrainTimeout, and the group is left. It returns nil after a drain, and the reason
// when it cannot go on: the source or the journal lost records, a topic is set wrongly, an entry cannot be decoded.
func (pl *Pipeline) Run(ctx context.Context) error {
	err := pl.run(ctx)
	pl.mu.Lock()
	broken := pl.broken
	pl.mu.Unlock()
	switch {
	case permanent(err):
		return err
	case broken != nil:
		return broken
	}
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))) {
		return nil
	}
	return err
}

func (pl *Pipeline) run(ctx context.Context) error {
	n, err := pl.checkTopics(ctx)
	if err != nil {
		return err
	}
	var placement *Placement
	if pl.cfg.Partitioner != "" {
		if placement, err = NewPlacement(pl.cfg.Partitioner, n); err != nil {
			return err
		}
	}
	pl.partitions = make([]*partition, n)
	wake := make(chan struct{}, 1)
	for i := range pl.partitions {
		pl.partitions[i] = newPartition(i, pl.cfg.BufferBytes, wake)
		pl.partitions[i].placement = placement
		pl.partitions[i].head = beginning(i)
		pl.partitions[i].sinks = len(pl.cfg.Sinks)
	}
	joining := pl.succeed(ctx)
	folded, err := pl.load(ctx)
	if err != nil {
		return err
	}

	// Feeders outlive the workers, so that sinks can catch up with the last batches.
	draining := make(chan struct{})
	feedCtx, stopFeeding := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stopFeeding(nil)
	workCtx, stopWork := context.WithCancelCause(ctx)
	defer stopWork(nil)
	var feeding errgroup.Group
	for i, s := range pl.cfg.Sinks {
		f := &feeder{sink: s, cfg: &pl.cfg, m: pl.m, notify: make(chan struct{}, 1), feeds: pl.ownedPartitions,
			tied: true, progress: pl.progress[i], cursors: map[int]*cursor{}}
		if _, ok := s.(Everywhere); ok {
			f.feeds, f.tied = func() []*partition { return pl.partitions }, false
		}
		pl.notify = append(pl.notify, f.notify)
		feeding.Go(func() error {
			err := f.run(feedCtx, draining)
			if err != nil && (feedCtx.Err() == nil || permanent(err)) {
				stopWork(err)
				return err
			}
			return nil
		})
	}
	stopWaking := pl.forward(wake)
	keepLast := pl.startKeeping(workCtx, folded > foldedForState)

	fed := make(chan struct{})
	var drain sync.Once
	err = pl.consume(workCtx, joining, func() {
		drain.Do(func() { close(draining); go func() { defer close(fed); feeding.Wait() }() })
		select {
		case <-fed:
		case <-time.After(handOver):
		}
	})
	drain.Do(func() { close(draining); close(fed) }) // the group was never joined
	late := time.AfterFunc(pl.cfg.DrainTimeout, func() { stopFeeding(errors.New("drain timed out")) })
	defer late.Stop()
	feedErr := feeding.Wait()
	if !late.Stop() {
		pl.cfg.Log.Warn("sinks did not catch up before the drain timed out; they go on from the journal next time")
	}
	stopWaking()
	pl.mu.Lock()
	well := pl.broken == nil && !permanent(err) && !permanent(feedErr)
	pl.mu.Unlock()
	keepLast(well)
	if errors.Is(feedErr, err) {
		return feedErr
	}
	return errors.Join(feedErr, err)
}

// permanent reports an error that says that records were lost or rewritten. It ends the run whatever else happens at
// the same time: a rebalance, a shutdown.
func permanent(err error) bool {
	var chain *journal.ChainError
	var source *journal.SourceError
	return errors.As(err, &chain) || errors.As(err, &source)
}

// failed keeps a permanent error that is found while the run or the partition's tenure ends anyway.
func (pl *Pipeline) failed(err error) {
	if !permanent(err) {
		return
	}
	pl.mu.Lock()
	defer pl.mu.Unlock()
	if pl.broken == nil {
		pl.broken = err
	}
}

// forward passes a wake-up of any partition on to each feeder.
func (pl *Pipeline) forward(wake <-chan struct{}) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case <-wake:
			}
			for _, n := range pl.notify {
				select {
				case n <- struct{}{}:
				default:
				}
			}
		}
	}()
	return func() { close(quit); <-done }
}

// load folds every partition of the journal to its end, so that windows, links and known claims are complete before the
// instance asks for partitions. It begins where a kept state ends, and returns how many entries it folded.
func (pl *Pipeline) load(ctx context.Context) (int64, error) {
	start := time.Now()
	if k := pl.keeper(); k != nil {
		if err := pl.recall(ctx, k); err != nil {
			return 0, err
		}
	}
	recalled := time.Since(start)
	var folded atomic.Int64
	observe := func(e *claim.Entry) {
		folded.Add(1)
		pl.observe(e)
	}
	loading := ctx
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, p := range pl.partitions {
		g.Go(func() error { return p.tail(ctx, pl.journal, pl.cfg.Erasures, true, observe) })
	}
	if err := g.Wait(); err != nil {
		return 0, fmt.Errorf("loading state from the journal: %w", err)
	}
	if err := pl.settle(loading, observe); err != nil {
		return 0, err
	}
	pl.loaded.Store(true)
	log := pl.cfg.Log.With("partitions", len(pl.partitions), "folded", folded.Load(), "took",
		time.Since(start).Round(time.Millisecond))
	if pl.kept != nil {
		log = log.With("recalled", recalled.Round(time.Millisecond))
	}
	log.Info("state loaded from the journal")
	return folded.Load(), nil
}

func (pl *Pipeline) ownedPartitions() []*partition {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	var ps []*partition
	for _, p := range pl.partitions {
		if pl.owned[p.id] {
			ps = append(ps, p)
		}
	}
	return ps
}

// handOver is how long sinks may catch up before the partitions are given to others. Sinks that are well need a moment,
// and so two instances hardly ever publish decisions of one partition at the same time.
const handOver = time.Second

// consume joins the group and runs a worker for each partition it is given, one generation after the other. It calls
// joining beside that, and at the end drained before it leaves the group.
func (pl *Pipeline) consume(ctx context.Context, joining func(context.Context), drained func()) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: pl.cfg.Group, Brokers: pl.cfg.Brokers, Dialer: pl.cfg.dialer(), Topics: []string{pl.cfg.Topics.Claims},
		SessionTimeout: pl.cfg.Session, RebalanceTimeout: pl.cfg.Session, HeartbeatInterval: pl.cfg.Session / 10,
		StartOffset: kafka.FirstOffset, WatchPartitionChanges: true,
		Logger: kafka.LoggerFunc(func(string, ...any) {}),
		ErrorLogger: kafka.LoggerFunc(func(format string, args ...any) {
			pl.cfg.Log.Warn("consumer group", "error", fmt.Sprintf(format, args...))
		}),
	})
	if err != nil {
		return fmt.Errorf("joining group %s: %w", pl.cfg.Group, err)
	}
	defer func() { drained(); pl.leave(group) }()
	pl.tailAll(ctx, fail)
	defer pl.untailAll()
	var beside sync.WaitGroup
	beside.Go(func() { fail(pl.watchTopics(ctx)) })
	beside.Go(func() { joining(ctx) })
	beside.Go(func() {
		if err := pl.lookLate(ctx); err != nil {
			fail(err)
		}
	})
	defer func() { fail(nil); beside.Wait() }()
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 100*time.Millisecond, 5*time.Second
	for {
		gen, err := group.Next(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			pl.joined.Store(false)
			// A coordinator that moves or starts fails the first calls.
			pl.cfg.Log.Warn("joining the group failed, trying again", "error", err)
			select {
			case <-time.After(pause.NextBackOff()):
				continue
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		pause.Reset()
		pl.generation(ctx, gen, fail)
	}
}

// generation starts the workers of one assignment and returns once they have ended.
func (pl *Pipeline) generation(ctx context.Context, gen *kafka.Generation, fail context.CancelCauseFunc) {
	var ids []int
	for _, a := range gen.Assignments[pl.cfg.Topics.Claims] {
		if a.ID >= len(pl.partitions) {
			fail(fmt.Errorf("topic %s: %w: partition %d did not exist when this instance started", pl.cfg.Topics.Claims,
				ErrPartitionCount, a.ID))
			continue
		}
		ids = append(ids, a.ID)
	}
	slices.Sort(ids)
	pl.cfg.Log.Info("partitions assigned", "generation", gen.ID, "partitions", ids)
	pl.joined.Store(true)
	ended := make(chan struct{})
	var workers sync.WaitGroup
	workers.Add(len(ids))
	for _, id := range ids {
		gen.Start(func(gctx context.Context) {
			defer workers.Done()
			gctx, cancel := context.WithCancelCause(gctx)
			defer cancel(nil)
			defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()
			pl.own(id)
			defer pl.disown(ctx, id, fail)
			w := &worker{p: pl.partitions[id], pl: pl}
			if err := w.run(gctx); gctx.Err() == nil || permanent(err) {
				err = fmt.Errorf("partition %d: %w", id, err)
				pl.failed(err)
				fail(err)
			}
		})
	}
	// Committed offsets are for lag tools only: one commit a second for all partitions.
	gen.Start(func(gctx context.Context) {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for stop := false; !stop; {
			select {
			case <-tick.C:
			case <-gctx.Done():
				stop = true
			case <-ctx.Done():
				workers.Wait()
				stop = true
			}
			if err := gen.CommitOffsets(map[string]map[int]int64{pl.cfg.Topics.Claims: pl.positions(ids)}); err != nil && !stop {
				pl.cfg.Log.Debug("committing offsets for lag tools failed", "error", err)
			}
		}
	})
	<-ended
	workers.Wait()
}

func (pl *Pipeline) positions(ids []int) map[int]int64 {
	at := make(map[int]int64, len(ids))
	for _, id := range ids {
		at[id] = pl.partitions[id].Head().To
	}
	return at
}

// leave leaves the group. Close can hang in kafka-go (its issue 1248), and the broker forgets a silent member anyway.
func (pl *Pipeline) leave(group *kafka.ConsumerGroup) {
	pl.joined.Store(false)
	done := make(chan struct{})
	go func() { defer close(done); group.Close() }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		pl.cfg.Log.Warn("the group did not answer the leave request")
	}
}

// own stops the partition's tail; the worker moves its head from here on.
func (pl *Pipeline) own(id int) {
	pl.mu.Lock()
	t := pl.tails[id]
	delete(pl.tails, id)
	pl.partitions[id].begin()
	pl.owned[id] = true
	pl.m.owned.Set(float64(len(pl.owned)))
	pl.mu.Unlock()
	if t != nil {
		t.cancel()
		<-t.done
	}
}

func (pl *Pipeline) disown(ctx context.Context, id int, fail context.CancelCauseFunc) {
	if ctx.Err() != nil {
		return // draining: the sinks still have to catch up with what was owned
	}
	pl.mu.Lock()
	pl.partitions[id].finish()
	delete(pl.owned, id)
	pl.m.owned.Set(float64(len(pl.owned)))
	pl.startTail(ctx, id, fail)
	pl.mu.Unlock()
}

func (pl *Pipeline) tailAll(ctx context.Context, fail context.CancelCauseFunc) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	for id := range pl.partitions {
		pl.startTail(ctx, id, fail)
	}
}

// startTail must be called with mu held.
func (pl *Pipeline) startTail(ctx context.Context, id int, fail context.CancelCauseFunc) {
	ctx, cancel := context.WithCancel(ctx)
	t := &tail{cancel: cancel, done: make(chan struct{})}
	pl.tails[id] = t
	go func() {
		defer close(t.done)
		err := pl.partitions[id].tail(ctx, pl.journal, pl.cfg.Erasures, false, pl.observe)
		if ctx.Err() == nil || permanent(err) {
			pl.failed(err)
			fail(err)
		}
	}()
}

func (pl *Pipeline) untailAll() {
	pl.mu.Lock()
	tails := pl.tails
	pl.tails = map[int]*tail{}
	pl.mu.Unlock()
	for _, t := range tails {
		t.cancel()
		<-t.done
	}
}
