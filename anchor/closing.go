package anchor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/proof"
	"tallystick/journal"
)

// ClosingVersion is the version of a closing's JSON form.
const ClosingVersion = 1

// MaxClosingBytes bounds the JSON of a closing; it holds some thousand partitions.
const MaxClosingBytes = 1 << 20

// Errors of closings. All are final: they show a defect or an attack, and trying again does not help.
var (
	// ErrClosing means that a closing is malformed or does not follow from the one before.
	ErrClosing = errors.New("closing not valid")
	// ErrRootMismatch means that commitments and the root over them do not belong together.
	ErrRootMismatch = errors.New("commitments do not lead to the root")
)

// Closing is an entry of the journal anchor.closings: it makes ranges of the journal claims.scored a batch. It names
// every partition known, unchanged ones too, so that the last closing alone tells where the next one begins.
type Closing struct {
	Version  int       `json:"v"`
	Batch    uint64    `json:"batch"`   // 0, 1, 2...; also the index in the insurer's log
	Ranges   []Range   `json:"ranges"`  // ascending by partition
	Entries  uint64    `json:"entries"` // commitments in all ranges, at least 1
	Root     Hash      `json:"root"`    // RFC 6962 root over them, in the order of ranges and offsets
	Sources  []Source  `json:"sources"` // ascending by partition
	ClosedAt time.Time `json:"closed_at"`
}

// Range is what a batch takes of one partition: the journal batches after From, up to and including the one that leads
// to To. It is empty if both are the same.
type Range struct {
	Partition int              `json:"partition"`
	From      journal.Position `json:"from"`
	To        journal.Position `json:"to"`
}

// empty reports whether the range holds no batch. Void records may lie between two positions of one digest.
func (r Range) empty() bool { return r.From.Digest == r.To.Digest }

// Source says how far a partition of claims was decided when the batch was closed, and where it ended, so that claims
// that are kept waiting show.
type Source struct {
	Partition int   `json:"partition"`
	DecidedTo int64 `json:"decided_to"` // next source offset without an entry
	End       int64 `json:"end"`        // next source offset to be written
}

// Marshal returns the JSON form after checking it.
func (c Closing) Marshal() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encoding closing %d: %w", c.Batch, err)
	}
	if len(data) > MaxClosingBytes {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrClosing, len(data), MaxClosingBytes)
	}
	return data, nil
}

// ParseClosing reads what Marshal wrote.
func ParseClosing(data []byte) (Closing, error) {
	if len(data) > MaxClosingBytes {
		return Closing{}, fmt.Errorf("%w: %d bytes, limit %d", ErrClosing, len(data), MaxClosingBytes)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var c Closing
	if err := decoder.Decode(&c); err != nil {
		return Closing{}, fmt.Errorf("%w: %w", ErrClosing, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Closing{}, fmt.Errorf("%w: data after its end", ErrClosing)
	}
	return c, c.check()
}

func (c Closing) check() error {
	switch {
	case c.Version != ClosingVersion:
		return fmt.Errorf("%w: version %d, this program reads %d", ErrClosing, c.Version, ClosingVersion)
	case c.Entries == 0:
		return fmt.Errorf("%w: batch %d has no entries", ErrClosing, c.Batch)
	case c.ClosedAt.IsZero():
		return fmt.Errorf("%w: batch %d has no time", ErrClosing, c.Batch)
	}
	moved := false
	for i, r := range c.Ranges {
		if r.Partition < 0 || i > 0 && c.Ranges[i-1].Partition >= r.Partition {
			return fmt.Errorf("%w: ranges[%d]: partitions must ascend", ErrClosing, i)
		}
		if r.To.Offset < r.From.Offset || r.empty() && r.From != r.To {
			return fmt.Errorf("%w: ranges[%d]: ends before it begins", ErrClosing, i)
		}
		moved = moved || !r.empty()
	}
	if !moved {
		return fmt.Errorf("%w: batch %d has entries and no range", ErrClosing, c.Batch)
	}
	for i, s := range c.Sources {
		if s.Partition < 0 || i > 0 && c.Sources[i-1].Partition >= s.Partition {
			return fmt.Errorf("%w: sources[%d]: partitions must ascend", ErrClosing, i)
		}
	}
	return nil
}

// Covers reports whether the batch holds the valid entry at that place of the journal.
func (c Closing) Covers(partition int, offset int64) bool {
	for _, r := range c.Ranges {
		if r.Partition == partition {
			return r.From.Offset <= offset && offset < r.To.Offset
		}
	}
	return false
}

// ClosingsIn returns the closings in a valid batch of anchor.closings.
func ClosingsIn(batch journal.Batch) ([]Closing, error) {
	closings := make([]Closing, 0, len(batch.Records))
	for _, record := range batch.Records {
		closing, err := ParseClosing(record.Value)
		if err != nil {
			return nil, fmt.Errorf("closing at offset %d: %w", record.Offset, err)
		}
		closings = append(closings, closing)
	}
	return closings, nil
}

// NextClosing returns a function that reads closings one by one from a fold of anchor.closings, for [Publisher.Run].
func NextClosing(fold BatchFold) func(ctx context.Context) (Closing, error) {
	var read []Closing
	return func(ctx context.Context) (Closing, error) {
		for len(read) == 0 {
			batch, err := fold.Next(ctx)
			if err != nil {
				return Closing{}, fmt.Errorf("reading closings: %w", err)
			}
			if read, err = ClosingsIn(batch); err != nil {
				return Closing{}, err
			}
		}
		next := read[0]
		read = read[1:]
		return next, nil
	}
}

// BatchEntry returns the closing as the log of that origin holds it.
func (c Closing) BatchEntry(origin string) proof.BatchEntry {
	return proof.BatchEntry{Origin: origin, Number: c.Batch, Entries: c.Entries, Root: c.Root}
}

// Chain is the fold over closings: a pure function of them. The zero Chain is before the first. It is not safe for
// concurrent use.
type Chain struct {
	next     uint64
	position map[int]journal.Position
}

// Next returns the number of the next batch.
func (c *Chain) Next() uint64 { return c.next }

// Position returns up to where a partition is closed; the zero Position if nothing of it is.
func (c *Chain) Position(partition int) journal.Position { return c.position[partition] }

// Resume puts the chain behind a closing that an earlier run has checked.
func (c *Chain) Resume(last Closing) {
	c.next, c.position = last.Batch+1, map[int]journal.Position{}
	for _, r := range last.Ranges {
		c.position[r.Partition] = r.To
	}
}

// Apply moves the chain behind the next closing. A closing that skips a number, leaves a partition out or begins
// elsewhere than the last one ended is refused.
func (c *Chain) Apply(closing Closing) error {
	if err := closing.check(); err != nil {
		return err
	}
	if closing.Batch != c.next {
		return fmt.Errorf("%w: batch %d where %d was due", ErrClosing, closing.Batch, c.next)
	}
	known := 0
	for _, r := range closing.Ranges {
		at, ok := c.position[r.Partition]
		if ok {
			known++
		}
		if r.From != at {
			return fmt.Errorf("%w: batch %d begins partition %d at offset %d, the last one ended at %d", ErrClosing,
				closing.Batch, r.Partition, r.From.Offset, at.Offset)
		}
	}
	if known != len(c.position) {
		return fmt.Errorf("%w: batch %d leaves a partition out", ErrClosing, closing.Batch)
	}
	c.Resume(closing)
	return nil
}

// Commitment is a journal entry as the batch tree sees it.
type Commitment struct {
	Offset int64 // of the entry's record in its partition
	Hash   Hash
}

// Commitments reads the commitments of journal ranges. It may be called concurrently.
type Commitments interface {
	// Range yields the commitments of the valid entries in a range, ascending by offset. It yields an error and stops
	// when the journal cannot be read or no longer holds the range.
	Range(ctx context.Context, r Range) iter.Seq2[Commitment, error]
}

// Verify recomputes the root of a closing from the journal. An error that is not [ErrRootMismatch] comes from reading.
func (c Closing) Verify(ctx context.Context, commitments Commitments) error {
	var leaves []Hash
	for _, r := range c.Ranges {
		for commitment, err := range commitments.Range(ctx, r) {
			if err != nil {
				return fmt.Errorf("reading batch %d: %w", c.Batch, err)
			}
			leaves = append(leaves, tlog.RecordHash(commitment.Hash[:]))
			if uint64(len(leaves)) > c.Entries {
				return fmt.Errorf("batch %d: more than its %d entries: %w", c.Batch, c.Entries, ErrRootMismatch)
			}
		}
	}
	if uint64(len(leaves)) != c.Entries || proof.FoldRoot(leaves) != c.Root {
		return fmt.Errorf("batch %d: %w", c.Batch, ErrRootMismatch)
	}
	return nil
}

// BatchFold reads valid batches of a journal partition in order; *journal.Fold is one.
type BatchFold interface {
	Next(ctx context.Context) (journal.Batch, error)
}

// JournalCommitments reads commitments from the journal itself.
type JournalCommitments struct {
	// Open returns a fold of a partition that begins at a position.
	Open func(ctx context.Context, partition int, from journal.Position) (BatchFold, error)
	// Commitment returns the commitment in a record.
	Commitment func(record journal.Record) (Hash, error)
}

// Range implements [Commitments].
func (j JournalCommitments) Range(ctx context.Context, r Range) iter.Seq2[Commitment, error] {
	return func(yield func(Commitment, error) bool) {
		if r.empty() {
			return
		}
		fold, err := j.Open(ctx, r.Partition, r.From)
		if err != nil {
			yield(Commitment{}, fmt.Errorf("opening partition %d at offset %d: %w", r.Partition, r.From.Offset, err))
			return
		}
		for {
			batch, err := fold.Next(ctx)
			if err != nil {
				yield(Commitment{}, fmt.Errorf("reading partition %d: %w", r.Partition, err))
				return
			}
			if batch.Base > r.To.Base {
				yield(Commitment{}, fmt.Errorf("partition %d holds no batch that leads to the end of the range: %w",
					r.Partition, ErrRootMismatch))
				return
			}
			for _, record := range batch.Records {
				hash, err := j.Commitment(record)
				if err != nil {
					yield(Commitment{}, fmt.Errorf("partition %d, offset %d: %w", r.Partition, record.Offset, err))
					return
				}
				if !yield(Commitment{Offset: record.Offset, Hash: hash}, nil) {
					return
				}
			}
			if batch.Digest == r.To.Digest {
				return
			}
		}
	}
}
