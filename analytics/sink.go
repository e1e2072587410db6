package analytics

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/cenkalti/backoff/v5"

	"tallystick/claim"
)

// Batch is one batch of the journal.
type Batch struct {
	Partition  int       // of the journal
	Position   string    // of the journal after this batch, as its reader writes it; opaque here
	AppendTime time.Time // that the batch carries: the same on every reading of the journal
	Rows       []Row     // in the order of their offsets; may be empty
}

// Row is one entry of a batch. Neither is changed here.
type Row struct {
	Offset int64 // in the journal
	Entry  *claim.Entry
}

// SinkOptions bound the inserts.
type SinkOptions struct {
	MaxRows  int           // of one insert; 0 means 20,000
	MaxBytes int           // of one insert, roughly, before compression; 0 means 32 MiB; it is held about twice
	MinWait  time.Duration // before the first retry; 0 means 100 ms
	MaxWait  time.Duration // between later retries; 0 means 15 s
	Log      *slog.Logger  // of retries; nil means slog.Default()
}

// Stats count what a sink did since it was made.
type Stats struct {
	Rows    uint64 // that are stored, each redelivery counted again
	Inserts uint64 // of rows
	Retries uint64
}

// Sink writes journal batches to the table entries. One goroutine uses it.
type Sink struct {
	store   store
	options SinkOptions
	block   *columns
	month   int // of the block's rows: year*12+month
	ranges  []offsets
	version uint64
	stats   Stats
}

// store is where a sink writes. An error of insert means that the rows may be stored or not; the same token stores them
// once or, failing that, over themselves.
type store interface {
	insert(ctx context.Context, table, token string, cols []column) error
	// erase rewrites the row of a claim's revision after what is left of it. It changes nothing when done again.
	erase(ctx context.Context, left *claim.Entry) error
}

// offsets are those of one partition in a block.
type offsets struct {
	partition   int
	first, last int64
	rows        int
}

// Sink returns a sink on the database, whose schema must be this binary's: see [DB.CheckSchema].
func (db *DB) Sink(o SinkOptions) *Sink { return newSink(db, o) }

func newSink(s store, o SinkOptions) *Sink {
	if o.MaxRows <= 0 {
		o.MaxRows = 20_000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 32 << 20
	}
	if o.MinWait <= 0 {
		o.MinWait = 100 * time.Millisecond
	}
	if o.MaxWait <= 0 {
		o.MaxWait = 15 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Sink{store: s, options: o, block: newColumns()}
}

// Stats returns what was done so far.
func (s *Sink) Stats() Stats {
	st := s.stats
	return st
}

// ErrRefused says that ClickHouse will not take the rows however often they are sent: a table, a column or a right is
// missing. Nothing was skipped; the same batches can be written once that is mended.
var ErrRefused = errors.New("ClickHouse refuses the rows")

// Write stores the batches, several of them in one insert where they fit, and then the positions after them. Batches of
// a partition must come in the journal's order, across calls too. It returns nil only when all is stored. While
// ClickHouse is away or fails it tries again, without end, until ctx ends; the caller's way to bound memory is to wait
// for it. An error other than ctx's is [ErrRefused], or says what is wrong with the batches. After any error the
// batches, or any part of them, may be stored: write them again from the last position, that changes nothing in what is
// there.
func (s *Sink) Write(ctx context.Context, batches []Batch) error {
	if err := checkBatches(batches); err != nil {
		return err
	}
	s.clear()
	// Rows in the order of the sorting key spare ClickHouse from putting all columns in order.
	sorted := slices.SortedStableFunc(slices.Values(batches),
		func(a, b Batch) int { return cmp.Compare(a.Partition, b.Partition) })
	for i := range sorted {
		b := &sorted[i]
		at := b.AppendTime.UTC()
		month := at.Year()*12 + int(at.Month())
		if month != s.month && s.block.rows() > 0 {
			// One insert is one table partition, so that it is stored as a whole or not at all.
			if err := s.flush(ctx); err != nil {
				return err
			}
		}
		s.month = month
		for _, r := range b.Rows {
			if s.block.rows() >= s.options.MaxRows || s.block.bytes >= s.options.MaxBytes {
				if err := s.flush(ctx); err != nil {
					return err
				}
			}
			s.block.add(b.Partition, b.AppendTime, r.Offset, r.Entry)
			s.note(b.Partition, r.Offset)
			if r.Entry.Kind == claim.Erased && r.Entry.Claim != "" {
				if err := s.erase(ctx, r.Entry); err != nil {
					return err
				}
			}
		}
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	// A crash here leaves rows without their position: they are written again, over themselves.
	return s.savePositions(ctx, batches)
}

// checkBatches finds what is wrong before anything is written.
func checkBatches(batches []Batch) error {
	last := map[int]int64{}
	for i := range batches {
		b := &batches[i]
		if ms := b.AppendTime.UnixMilli(); b.AppendTime.IsZero() || ms < earliest || ms > latest {
			return fmt.Errorf("analytics: a batch of partition %d has no append time between 1900 and 2299",
				b.Partition)
		}
		for _, r := range b.Rows {
			if at, seen := last[b.Partition]; seen && r.Offset <= at {
				return fmt.Errorf("analytics: partition %d: offset %d comes after %d: batches must be in the journal's order", b.Partition, r.Offset, at)
			}
			last[b.Partition] = r.Offset
			if r.Entry == nil {
				return fmt.Errorf("analytics: partition %d offset %d: no entry", b.Partition, r.Offset)
			}
			if err := check(r.Entry); err != nil {
				return fmt.Errorf("analytics: partition %d offset %d: %w", b.Partition, r.Offset, err)
			}
		}
	}
	return nil
}

func (s *Sink) note(partition int, offset int64) {
	for i := range s.ranges {
		if r := &s.ranges[i]; r.partition == partition {
			r.last = offset
			r.rows++
			return
		}
	}
	s.ranges = append(s.ranges, offsets{partition, offset, offset, 1})
}

// clear drops what an earlier Write left when it failed.
func (s *Sink) clear() {
	s.block.reset()
	s.ranges = s.ranges[:0]
	s.month = 0
}

// flush stores the block. Its rows stay as they are between tries, so the token stands for the same rows each time.
func (s *Sink) flush(ctx context.Context) error {
	rows := s.block.rows()
	if rows == 0 {
		return nil
	}
	if err := s.insist(ctx, "entries", token(s.ranges), s.block.all); err != nil {
		return err
	}
	s.stats.Rows += uint64(rows)
	s.stats.Inserts++
	s.block.reset()
	s.ranges = s.ranges[:0]
	return nil
}

// schemaVersion is part of the token: after a change of what a row holds, rows written again must not pass for those
// that the table remembers.
const schemaVersion = 1

// token names a block by the rows in it. A restart may cut blocks elsewhere, so their tokens differ and the rows are
// stored a second time: the table replaces them by identity.
func token(ranges []offsets) string {
	h := sha256.New()
	for _, r := range ranges {
		fmt.Fprintf(h, "%d %d %d %d\n", r.partition, r.first, r.last, r.rows)
	}
	return "tallystick-" + strconv.Itoa(schemaVersion) + "-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// erase stores what came before and then rewrites the row. A crash behind it has it done again: the position is not
// stored yet.
func (s *Sink) erase(ctx context.Context, left *claim.Entry) error {
	if err := s.flush(ctx); err != nil {
		return err
	}
	return s.retry(ctx, "entries", func() error { return s.store.erase(ctx, left) })
}

// insist tries until the block is stored, ctx ends or ClickHouse refuses.
func (s *Sink) insist(ctx context.Context, table, token string, cols []column) error {
	return s.retry(ctx, table, func() error { return s.store.insert(ctx, table, token, cols) })
}

func (s *Sink) retry(ctx context.Context, table string, op func() error) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = s.options.MinWait, s.options.MaxWait
	tries := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		tries++
		err := op()
		if err != nil && refused(err) {
			return struct{}{}, backoff.Permanent(fmt.Errorf("%w: %w", ErrRefused, err))
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, next time.Duration) {
			s.stats.Retries++
			s.options.Log.Warn("analytics: write not confirmed, sending it again", "table", table, "try", tries, "wait",
				next, "error", err)
		}))
	if err != nil {
		return fmt.Errorf("analytics: writing to %s: %w", table, err)
	}
	return nil
}

// refused tells the errors that the same rows will meet again. Everything else, a time-out above all, may pass.
func refused(err error) bool {
	var e *clickhouse.Exception
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case 16, 47, // no such column
		20,             // number of columns does not match
		41, 53, 69, 70, // a value does not fit the type
		60, 81, // no such table, database
		62,                 // syntax
		497, 516, 192, 194: // rights
		return true
	}
	return false
}

// savePositions stores the last position of each partition.
func (s *Sink) savePositions(ctx context.Context, batches []Batch) error {
	last := map[int]string{}
	order := make([]int, 0, 8)
	for i := range batches {
		if _, seen := last[batches[i].Partition]; !seen {
			order = append(order, batches[i].Partition)
		}
		last[batches[i].Partition] = batches[i].Position
	}
	if len(order) == 0 {
		return nil
	}
	var partitions proto.ColInt32
	var positions words
	var versions proto.ColUInt64
	// Two owners of a partition may both write here, and their clocks differ. That does no harm: each position was
	// written after all rows before it.
	s.version = max(s.version+1, uint64(time.Now().UnixNano()))
	for _, p := range order {
		partitions.Append(int32(p))
		positions.add(last[p])
		versions.Append(s.version)
	}
	return s.insist(ctx, "positions", "", []column{
		{"partition", "Int32", &partitions},
		{"position", "String", &positions},
		{"version", "UInt64", &versions},
	})
}
