package anchor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/proof"
	"tallystick/journal"
)

// ClosingLog is the journal anchor.closings, opened for appending behind the closings that the Closer was resumed from;
// *journal.Appender is one. Its source offsets are batch numbers, so the journal itself lets each number count once.
type ClosingLog interface {
	Append(ctx context.Context, from, to int64, records []journal.Record) (journal.Batch, error)
	CatchUp(ctx context.Context) ([]journal.Batch, error)
}

// CloserConfig says when a batch is closed. Log, Commitment and Sources are required.
type CloserConfig struct {
	Log        ClosingLog
	Commitment func(record journal.Record) (Hash, error)
	// Sources returns how far the partitions of claims are decided and where they end, ascending by partition.
	Sources func(ctx context.Context) ([]Source, error)

	MaxEntries int           // close at this many entries; 0: 10,000
	MaxAge     time.Duration // close when the oldest open entry was taken this long ago; 0: 1 minute
	Retry      time.Duration // wait after a failed attempt; 0: 5 s
	Logger     *slog.Logger  // nil: discard
}

// Closer makes batches of the journal. Any number of closers may run on the same journals: each closing names the state
// it was made from, so of two that race one counts and the other goes on from it. Take and Run may be called
// concurrently.
type Closer struct {
	cfg  CloserConfig
	full chan struct{} // asks Run to close now
	room chan struct{} // closed and replaced when entries were closed

	mu     sync.Mutex
	chain  Chain
	open   map[int]*openRange
	count  int       // entries in all open ranges
	oldest time.Time // when the oldest open entry was taken
	roots  map[uint64][]computedRoot
}

// computedRoot is a root that this closer made from what it took of the journal itself.
type computedRoot struct {
	root    Hash
	entries uint64
}

// keptRoots is how many batches back roots are kept for [Closer.Computed].
const keptRoots = 1024

// openRange is what was taken of a partition and is not closed yet. Only hashes are kept: 32 bytes an entry.
type openRange struct {
	batches []takenBatch
}

type takenBatch struct {
	base   int64
	next   journal.Position
	at     time.Time
	leaves []Hash
}

// NewCloser returns a closer that goes on after the given closing; nil if there is none yet.
func NewCloser(cfg CloserConfig, last *Closing) (*Closer, error) {
	if cfg.Log == nil || cfg.Commitment == nil || cfg.Sources == nil {
		return nil, errors.New("closer: log, commitment and sources are required")
	}
	if cfg.MaxEntries < 0 || cfg.MaxAge < 0 || cfg.Retry < 0 {
		return nil, errors.New("closer: a negative limit")
	}
	if cfg.MaxEntries == 0 {
		cfg.MaxEntries = 10_000
	}
	if cfg.MaxAge == 0 {
		cfg.MaxAge = time.Minute
	}
	if cfg.Retry == 0 {
		cfg.Retry = 5 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Closer{cfg: cfg, full: make(chan struct{}, 1), room: make(chan struct{}), open: map[int]*openRange{},
		roots: map[uint64][]computedRoot{}}
	if last != nil {
		c.chain.Resume(*last)
	}
	return c, nil
}

// Position returns where the fold of a partition must begin so that Take misses nothing: the end of its last closing.
func (c *Closer) Position(partition int) journal.Position {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chain.Position(partition)
}

// Batches returns how many closings the closer knows of. When a publisher has published as many, all of them are
// public.
func (c *Closer) Batches() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chain.Next()
}

// Take adds a valid batch of claims.scored. Batches of a partition come in order, without a gap, from [Closer.Position]
// on; what is closed already is dropped. It waits while twice MaxEntries are open, so memory stays bounded when closing
// fails.
func (c *Closer) Take(ctx context.Context, batch journal.Batch) error {
	leaves := make([]Hash, len(batch.Records))
	for i, record := range batch.Records {
		commitment, err := c.cfg.Commitment(record)
		if err != nil {
			return fmt.Errorf("partition %d, offset %d: %w", batch.Partition, record.Offset, err)
		}
		leaves[i] = tlog.RecordHash(commitment[:])
	}
	for {
		wait, err := c.take(batch, leaves)
		if wait == nil || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wait:
		}
	}
}

// take returns a channel to wait on while there is no room.
func (c *Closer) take(batch journal.Batch, leaves []Hash) (wait <-chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	closed := c.chain.Position(batch.Partition)
	if !closed.IsZero() && batch.Base <= closed.Base {
		return nil, nil // another closer was faster
	}
	if c.count >= 2*c.cfg.MaxEntries {
		return c.room, nil
	}
	r := c.open[batch.Partition]
	if r == nil {
		r = &openRange{}
		c.open[batch.Partition] = r
	}
	before := closed
	if n := len(r.batches); n > 0 {
		before = r.batches[n-1].next
	}
	if !before.IsZero() && batch.Prev != before.Digest {
		return nil, fmt.Errorf("partition %d: the batch at offset %d does not follow the one before: entries are missing", batch.Partition, batch.Base)
	}
	now := time.Now()
	if c.count == 0 && len(leaves) > 0 {
		c.oldest = now
	}
	r.batches = append(r.batches, takenBatch{base: batch.Base, next: batch.Next, at: now, leaves: leaves})
	c.count += len(leaves)
	if c.count >= c.cfg.MaxEntries {
		select {
		case c.full <- struct{}{}:
		default:
		}
	}
	return nil, nil
}

// Run closes batches when they are due until ctx ends. It returns an error only when going on makes no sense, see
// [Permanent]. What cannot be appended now is tried again.
func (c *Closer) Run(ctx context.Context) error {
	for {
		timer := time.NewTimer(c.untilDue())
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-c.full:
			timer.Stop()
		case <-timer.C:
		}
		if !c.due() {
			continue
		}
		_, err := c.Close(ctx)
		switch {
		case err == nil || ctx.Err() != nil:
		case Permanent(err):
			return err
		default:
			c.cfg.Logger.Warn("closing a batch failed, trying again", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(c.cfg.Retry):
			}
		}
	}
}

// untilDue returns how long to wait before looking again.
func (c *Closer) untilDue() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.count >= c.cfg.MaxEntries:
		return 0
	case c.count == 0:
		return c.cfg.MaxAge
	}
	return max(0, time.Until(c.oldest.Add(c.cfg.MaxAge)))
}

func (c *Closer) due() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count >= c.cfg.MaxEntries || c.count > 0 && time.Since(c.oldest) >= c.cfg.MaxAge
}

// Close closes what is open now, due or not, and returns the closing that was appended; nil if nothing was open or
// another closer was faster. After an error the entries are still open and the call may be repeated: if the append did
// count, the repetition finds that out.
func (c *Closer) Close(ctx context.Context) (*Closing, error) {
	batches, err := c.cfg.Log.CatchUp(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading closings: %w", err)
	}
	if err := c.applyAll(batches); err != nil {
		return nil, err
	}
	closing := c.form()
	if closing == nil {
		return nil, nil
	}
	if closing.Sources, err = c.cfg.Sources(ctx); err != nil {
		return nil, fmt.Errorf("reading the ends of the source: %w", err)
	}
	closing.ClosedAt = time.Now().UTC().Truncate(time.Millisecond)
	data, err := closing.Marshal()
	if err != nil {
		return nil, err
	}
	// From here the outcome may be unknown. Nothing is forgotten until the journal says which closing counts: the same
	// entries are closed again, and the journal lets one of the two count.
	number := int64(closing.Batch)
	batch, err := c.cfg.Log.Append(ctx, number, number+1, []journal.Record{{Value: data}})
	var superseded *journal.SupersededError
	if errors.As(err, &superseded) {
		return nil, c.applyAll(superseded.Batches)
	}
	if err != nil {
		return nil, fmt.Errorf("appending closing %d: %w", closing.Batch, err)
	}
	if err := c.applyAll([]journal.Batch{batch}); err != nil {
		return nil, err
	}
	c.cfg.Logger.Info("batch closed", "batch", closing.Batch, "entries", closing.Entries)
	return closing, nil
}

// form makes a closing of everything open.
func (c *Closer) form() *Closing {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == 0 {
		return nil
	}
	closing := &Closing{Version: ClosingVersion, Batch: c.chain.Next(), Entries: uint64(c.count)}
	partitions := map[int]bool{}
	for p := range c.chain.position {
		partitions[p] = true
	}
	for p := range c.open {
		partitions[p] = true
	}
	for _, p := range slices.Sorted(maps.Keys(partitions)) {
		r := Range{Partition: p, From: c.chain.Position(p), To: c.chain.Position(p)}
		if open := c.open[p]; open != nil {
			r.To = open.batches[len(open.batches)-1].next
		}
		closing.Ranges = append(closing.Ranges, r)
	}
	leaves, _ := c.leavesOf(closing.Ranges)
	closing.Root = proof.FoldRoot(leaves)
	// Remembered before it is appended: the publisher may read the closing before Append returns.
	c.remember(closing.Batch, closing.Root, closing.Entries)
	return closing
}

// applyAll moves behind closings that count, ours or others', and drops what they cover.
func (c *Closer) applyAll(batches []journal.Batch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, batch := range batches {
		closings, err := ClosingsIn(batch)
		if err != nil {
			return err
		}
		for _, closing := range closings {
			if err := c.apply(closing); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Closer) apply(closing Closing) error {
	if closing.Batch < c.chain.Next() {
		return nil // the closer was resumed behind it
	}
	leaves, held := c.leavesOf(closing.Ranges)
	if err := c.chain.Apply(closing); err != nil {
		return err
	}
	if held {
		root := proof.FoldRoot(leaves)
		if root != closing.Root || uint64(len(leaves)) != closing.Entries {
			return fmt.Errorf("closing %d by another closer: %w", closing.Batch, ErrRootMismatch)
		}
		c.remember(closing.Batch, root, closing.Entries)
	}
	c.drop()
	return nil
}

// leavesOf returns the leaves of the ranges if all of them were taken.
func (c *Closer) leavesOf(ranges []Range) (leaves []Hash, held bool) {
	for _, r := range ranges {
		if r.empty() {
			continue
		}
		open := c.open[r.Partition]
		if open == nil {
			return nil, false
		}
		end := slices.IndexFunc(open.batches, func(b takenBatch) bool { return b.next.Digest == r.To.Digest })
		if end < 0 {
			return nil, false
		}
		for _, batch := range open.batches[:end+1] {
			leaves = append(leaves, batch.leaves...)
		}
	}
	return leaves, true
}

func (c *Closer) remember(batch uint64, root Hash, entries uint64) {
	if computed := (computedRoot{root, entries}); !slices.Contains(c.roots[batch], computed) {
		c.roots[batch] = append(c.roots[batch], computed)
	}
	maps.DeleteFunc(c.roots, func(old uint64, _ []computedRoot) bool { return old+keptRoots < batch })
}

// Computed reports whether this closer has itself made the closing's root from what it took of the journal; see
// [PublisherConfig.Computed].
func (c *Closer) Computed(closing Closing) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.roots[closing.Batch], computedRoot{closing.Root, closing.Entries})
}

// drop forgets what is closed. No open range is left empty.
func (c *Closer) drop() {
	count := 0
	var oldest time.Time
	for p, r := range c.open {
		closed := c.chain.Position(p)
		for len(r.batches) > 0 && !closed.IsZero() && r.batches[0].base <= closed.Base {
			r.batches = r.batches[1:]
		}
		for _, batch := range r.batches {
			count += len(batch.leaves)
			if len(batch.leaves) > 0 && (oldest.IsZero() || batch.at.Before(oldest)) {
				oldest = batch.at
			}
		}
		if len(r.batches) == 0 {
			delete(c.open, p)
		}
	}
	if count < c.count {
		close(c.room)
		c.room = make(chan struct{})
	}
	c.count, c.oldest = count, oldest
}

// Open returns how many entries were taken and are in no closing yet, and when the oldest of them was taken.
func (c *Closer) Open() (entries int, oldest time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count, c.oldest
}
