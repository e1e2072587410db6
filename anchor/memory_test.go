package anchor

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"tallystick/journal"
)

// memoryPartition is a journal partition with the rule of prev, and faults.
type memoryPartition struct {
	mu        sync.Mutex
	partition int
	batches   []journal.Batch
	void      int // batches that named another predecessor
}

func (m *memoryPartition) end() journal.Position {
	if len(m.batches) == 0 {
		return journal.Position{}
	}
	return m.batches[len(m.batches)-1].Next
}

// append adds a batch behind prev if that is the end, as a fold would accept it.
func (m *memoryPartition) append(prev journal.Position, to int64, records []journal.Record) (journal.Batch, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if prev.Digest != m.end().Digest {
		m.void++
		return journal.Batch{}, false
	}
	at := m.end()
	b := journal.Batch{Partition: m.partition, Base: at.Offset + 1} // one offset is lost, as to a control marker
	b.Prev, b.From, b.To = at.Digest, at.To, to
	h := sha256.New()
	h.Write(at.Digest[:])
	for i, r := range records {
		r.Offset = b.Base + 1 + int64(i)
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(r.Value))))
		h.Write(r.Value)
		b.Records = append(b.Records, r)
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(to)))
	b.Digest = journal.Digest(h.Sum(nil))
	b.Next = journal.Position{Offset: b.Base + 1 + int64(len(records)), Base: b.Base, Digest: b.Digest, To: to}
	m.batches = append(m.batches, b)
	return b, true
}

// memoryFold reads a partition from a position; it implements BatchFold.
type memoryFold struct {
	of  *memoryPartition
	pos journal.Position
}

func (f *memoryFold) Next(context.Context) (journal.Batch, error) {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	for _, b := range f.of.batches {
		if b.Base >= f.pos.Offset {
			f.pos = b.Next
			return b, nil
		}
	}
	return journal.Batch{}, errors.New("the partition has ended")
}

// memoryAppender implements ClosingLog on a partition, as *journal.Appender does on Kafka.
type memoryAppender struct {
	of     *memoryPartition
	at     journal.Position
	lost   int // so many appends vanish with an error
	landed int // so many appends count and report an error
}

var errUnknown = errors.New("outcome unknown")

func (a *memoryAppender) CatchUp(ctx context.Context) ([]journal.Batch, error) {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	var unseen []journal.Batch
	for _, b := range a.of.batches {
		if b.Base >= a.at.Offset {
			unseen, a.at = append(unseen, b), b.Next
		}
	}
	return unseen, nil
}

func (a *memoryAppender) Append(ctx context.Context, from, to int64, records []journal.Record) (journal.Batch, error) {
	if from != a.at.To {
		return journal.Batch{}, fmt.Errorf("%w: from %d at %d", journal.ErrNotNext, from, a.at.To)
	}
	if a.lost > 0 {
		a.lost--
		return journal.Batch{}, errUnknown
	}
	b, ok := a.of.append(a.at, to, records)
	if !ok {
		batches, _ := a.CatchUp(ctx)
		return journal.Batch{}, &journal.SupersededError{Batches: batches}
	}
	if a.landed > 0 {
		a.landed--
		return journal.Batch{}, errUnknown
	}
	a.at = b.Next
	return b, nil
}

// memoryJournal is claims.scored: records whose value is their commitment.
type memoryJournal []*memoryPartition

func newMemoryJournal(partitions int) memoryJournal {
	var j memoryJournal
	for p := range partitions {
		j = append(j, &memoryPartition{partition: p})
	}
	return j
}

// write appends a batch of the given commitments and returns it.
func (j memoryJournal) write(partition int, commitments ...Hash) journal.Batch {
	var records []journal.Record
	for _, c := range commitments {
		records = append(records, journal.Record{Value: c[:]})
	}
	p := j[partition]
	b, _ := p.append(p.end(), p.end().To+int64(len(records)), records)
	return b
}

func commitmentOf(r journal.Record) (Hash, error) {
	if len(r.Value) != len(Hash{}) {
		return Hash{}, errors.New("the record holds no commitment")
	}
	return Hash(r.Value), nil
}

func (j memoryJournal) commitments() JournalCommitments {
	return JournalCommitments{
		Open: func(_ context.Context, partition int, from journal.Position) (BatchFold, error) {
			return &memoryFold{of: j[partition], pos: from}, nil
		},
		Commitment: commitmentOf,
	}
}

func numbered(n int) Hash { return sha256.Sum256(fmt.Appendf(nil, "commitment %d", n)) }
