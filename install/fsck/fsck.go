package fsck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tallystick/anchor"
	"tallystick/anchor/proof"
	"tallystick/claim"
	"tallystick/journal"
)

// Install is what is checked. Rows and Log may be nil: those checks are left out and the report says so.
type Install struct {
	Partitions int
	// Source yields the offsets of the records that a partition of claims still holds, ascending, and only committed
	// ones; and where a producer put those that were forwarded.
	Source func(ctx context.Context, partition int, yield func(offset int64, origin *claim.SourceRef) error) error
	// Journal yields the valid batches of a partition from its start, and says void which record batches do not count.
	Journal func(ctx context.Context, partition int, yield func(journal.Batch) error, void func(journal.Void)) error
	// Letters yields the source records that have a dead letter; nil leaves that check out.
	Letters func(ctx context.Context, yield func(claim.SourceRef) error) error
	// Expired reports whether retention has deleted the dead letter at an offset; nil is that it deletes none.
	Expired func(partition int, offset int64) bool
	// Rows yields what ClickHouse has of a partition of the journal, ascending by offset.
	Rows func(ctx context.Context, partition int, yield func(offset int64, commitment []byte) error) error
	// Closings yields the closings in order.
	Closings func(ctx context.Context, yield func(anchor.Closing) error) error
	// Open folds a partition of the journal from a position on, for the roots of closings.
	Open   func(ctx context.Context, partition int, from journal.Position) (anchor.BatchFold, error)
	Log    Log
	Origin string       // of the log
	Policy proof.Policy // whose signatures the log's checkpoint must carry
}

// Log is the insurer's log.
type Log interface {
	Head(ctx context.Context) ([]byte, error)
	Entry(ctx context.Context, index uint64, head proof.Checkpoint) (string, error)
}

// Report is what was found. Counts are of what is right.
type Report struct {
	Records int64 `json:"records"` // source records that the topic still holds and that have their entry
	Waiting int64 `json:"waiting"` // source records behind the position: not decided yet
	Gone    int64 `json:"gone"`    // entries whose source record was deleted by retention
	Entries int64 `json:"entries"` // entries of all kinds

	// records that lay in another partition than their claim's and were answered there
	Forwarded int64 `json:"forwarded"`

	ByKind map[claim.Kind]int64 `json:"by_kind"`
	// record batches in the journal that do not count; takeovers leave some
	Void    map[journal.VoidReason]int64 `json:"void,omitempty"`
	Letters int64                        `json:"letters"` // refused records that have their dead letter
	// refused records whose dead letter retention has deleted
	Expired int64 `json:"letters_expired"`
	Rows    int64 `json:"rows"` // entries that have their row
	// entries behind the last row: the sink has not come so far
	Unstored int64    `json:"unstored"`
	Anchored int64    `json:"anchored"`           // entries in closed batches
	Batches  uint64   `json:"batches"`            // closed ones
	LogSize  uint64   `json:"log_size"`           // batches under the published checkpoint
	Problems []string `json:"problems,omitempty"` // the first hundred
	Total    int64    `json:"total_problems"`
	Skipped  []string `json:"skipped,omitempty"` // checks that were left out
}

// OK reports whether nothing is wrong. What merely waits is not wrong.
func (r *Report) OK() bool { return r.Total == 0 }

func (r *Report) problem(format string, args ...any) {
	if r.Total++; len(r.Problems) < 100 {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Check reads everything once. The error says what could not be read; what is wrong stands in the report.
func Check(ctx context.Context, in Install) (*Report, error) {
	r := &Report{ByKind: map[claim.Kind]int64{}, Void: map[journal.VoidReason]int64{}}
	refused, ways := map[source]refusal{}, newWays()
	for p := range in.Partitions {
		if err := checkPartition(ctx, &in, p, refused, ways, r); err != nil {
			return r, err
		}
	}
	if err := ways.check(ctx, &in, r); err != nil {
		return r, err
	}
	if err := checkLetters(ctx, &in, refused, r); err != nil {
		return r, err
	}
	if in.Rows == nil {
		r.Skipped = append(r.Skipped, "rows: no ClickHouse is configured")
	}
	if in.Log == nil {
		r.Skipped = append(r.Skipped, "batches and log: nothing is anchored")
		return r, nil
	}
	return r, checkAnchors(ctx, &in, r)
}

// placed is an entry as far as the other checks need it.
type placed struct {
	offset     int64
	commitment [32]byte
}

// refusal is a dead entry: where it is, and its letter.
type refusal struct {
	offset int64
	letter claim.DeadLetter
}

// source names a source record.
type source struct {
	partition int
	epoch     uint32
	offset    int64
}

// checkLetters comes after the journal, since a letter is written before its entry.
func checkLetters(ctx context.Context, in *Install, refused map[source]refusal, r *Report) error {
	if in.Letters == nil {
		r.Skipped = append(r.Skipped, "dead letters")
		return nil
	}
	err := in.Letters(ctx, func(s claim.SourceRef) error {
		at := source{s.Partition, s.Epoch, s.Offset}
		if _, ok := refused[at]; ok {
			r.Letters++
			delete(refused, at)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the dead letters: %w", err)
	}
	for s, at := range refused {
		if in.Expired != nil && in.Expired(at.letter.Partition, at.letter.Offset) {
			r.Expired++
			continue
		}
		r.problem("partition %d offset %d: source record %d was refused and has no dead letter", s.partition, at.offset,
			s.offset)
	}
	return nil
}

// checkPartition adds the records that were refused to refused, with the offsets of their entries.
func checkPartition(ctx context.Context, in *Install, p int, refused map[source]refusal, ways *ways, r *Report) error {
	// What follows from the journal is read before it: what instances add meanwhile is not taken for wrong.
	rows, err := readRows(ctx, in, p)
	if err != nil {
		return err
	}
	part := follow{partition: p, refused: refused, ways: ways, report: r}
	if err := examineAll(ctx, in, p, &part); err != nil {
		return fmt.Errorf("reading the journal of partition %d: %w", p, err)
	}
	seen := r.Records
	err = in.Source(ctx, p, func(offset int64, _ *claim.SourceRef) error {
		switch {
		case part.answered.has(offset):
			r.Records++
		case offset >= part.head.To:
			r.Waiting++
		default:
			r.problem("partition %d: source record %d has no entry", p, offset)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the claims of partition %d: %w", p, err)
	}
	r.Gone += part.answered.count - (r.Records - seen)
	if in.Rows != nil {
		checkRows(p, rows, part.entries, r)
	}
	return nil
}

func readRows(ctx context.Context, in *Install, p int) ([]placed, error) {
	if in.Rows == nil {
		return nil, nil
	}
	var rows []placed
	err := in.Rows(ctx, p, func(offset int64, commitment []byte) error {
		row := placed{offset: offset}
		if len(commitment) == len(row.commitment) {
			row.commitment = [32]byte(commitment)
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the rows of partition %d: %w", p, err)
	}
	return rows, nil
}

func checkRows(p int, rows, entries []placed, r *Report) {
	i := 0
	for _, row := range rows {
		for i < len(entries) && entries[i].offset < row.offset {
			r.problem("partition %d: the entry at %d has no row", p, entries[i].offset)
			i++
		}
		if i == len(entries) || entries[i].offset != row.offset {
			r.problem("partition %d: a row stands for offset %d, where the journal has no entry", p, row.offset)
			continue
		}
		if row.commitment != entries[i].commitment {
			r.problem("partition %d: the row of offset %d has another commitment than the entry", p, row.offset)
		}
		r.Rows++
		i++
	}
	r.Unstored += int64(len(entries) - i)
}

func checkAnchors(ctx context.Context, in *Install, r *Report) error {
	note, err := in.Log.Head(ctx)
	if err != nil {
		return fmt.Errorf("reading the log's checkpoint: %w", err)
	}
	head, _, err := proof.OpenCheckpoint(note, in.Policy)
	if err != nil {
		r.problem("the log's checkpoint: %v", err)
		return nil
	}
	r.LogSize = head.Size
	var chain anchor.Chain
	commitments := sequel{open: in.Open, folds: map[int]standing{}}
	err = in.Closings(ctx, func(c anchor.Closing) error {
		if err := chain.Apply(c); err != nil {
			r.problem("closing %d: %v", c.Batch, err)
			return nil
		}
		r.Batches++
		r.Anchored += int64(c.Entries)
		if err := c.Verify(ctx, &commitments); errors.Is(err, anchor.ErrRootMismatch) {
			r.problem("batch %d: %v", c.Batch, err)
		} else if err != nil {
			return err
		}
		if c.Batch >= head.Size {
			return nil // not published yet
		}
		text, err := in.Log.Entry(ctx, c.Batch, head)
		if err != nil {
			r.problem("batch %d is not in the log: %v", c.Batch, err)
		} else if text != c.BatchEntry(in.Origin).Text() {
			r.problem("batch %d: the log holds another root", c.Batch)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the closings: %w", err)
	}
	if head.Size > r.Batches {
		r.problem("the log holds %d batches, the journal of closings %d", head.Size, r.Batches)
	}
	return nil
}

// Text renders the report for people.
func (r *Report) Text() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d source records have their entry, %d wait, %d entries outlive their record\n", r.Records,
		r.Waiting, r.Gone)
	fmt.Fprintf(&b, "%d entries", r.Entries)
	for _, k := range slices.Sorted(maps.Keys(r.ByKind)) {
		fmt.Fprintf(&b, ", %d %s", r.ByKind[k], k)
	}
	for _, reason := range slices.Sorted(maps.Keys(r.Void)) {
		fmt.Fprintf(&b, "\n%d record batches do not count: %s", r.Void[reason], reason)
	}
	if r.Letters > 0 {
		fmt.Fprintf(&b, "\n%d refused records have their dead letter", r.Letters)
	}
	if r.Forwarded > 0 {
		fmt.Fprintf(&b, "\n%d records were forwarded to the partition of their claim", r.Forwarded)
	}
	if r.Expired > 0 {
		fmt.Fprintf(&b, "\n%d dead letters were deleted by retention", r.Expired)
	}
	fmt.Fprintf(&b, "\n%d entries have their row, %d are not stored yet\n", r.Rows, r.Unstored)
	fmt.Fprintf(&b, "%d entries are in %d batches with their roots, %d batches under the log's checkpoint\n",
		r.Anchored, r.Batches, r.LogSize)
	for _, s := range r.Skipped {
		fmt.Fprintf(&b, "left out: %s\n", s)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "WRONG %s\n", p)
	}
	if r.Total > int64(len(r.Problems)) {
		fmt.Fprintf(&b, "... and %d more\n", r.Total-int64(len(r.Problems)))
	}
	return b.String()
}
