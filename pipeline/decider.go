package pipeline

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
)

// Record is a record of the topic claims. Its bytes may hold clear identifiers: they are never logged.
type Record struct {
	Source claim.SourceRef
	Key    []byte
	Value  []byte
	// Headers are as the producer wrote them. They are no part of the event and prove nothing by themselves.
	Headers []kafka.Header
	// Place says where the claim's records are decided; nil is where each lies. A record that is away from home is
	// answered by a forwarded entry and a [Forward].
	Place *Placement
}

// Decider answers source records with entries.
//
// Decide must give each record exactly one entry that is not raised, in the records' order; entries of kind raised
// follow the entry that caused them. It may be called for different partitions at once, for one partition in order. It
// may be called again for records it answered before, when their batch turned out void: what it remembers of a record
// must therefore be a function of the record. A key service that is away is waited for; an error means that the
// pipeline cannot go on.
//
// Observe tells of an entry that another instance, or this one in an earlier life, appended. The entry is what a
// [entry.Decoder] reads, and is only lent for the call.
type Decider interface {
	Decide(ctx context.Context, records []Record) (Verdicts, error)
	Observe(entry *claim.Entry)
}

// Undecider is a decider that is told of entries it decided that are in no batch it knows of: the partition was lost,
// or another owner's batch came first. It must not take them for decided any more. Where the journal has them after
// all, Observe tells of them later.
type Undecider interface {
	Decider
	Undecided(entries []claim.Entry)
}

// LateDecider is a decider that raises claims for what it learns from other instances. Late returns raised entries for
// claims whose records lie in the partitions owned; it looks at all claims of the partitions that are fresh, which this
// instance has come to own since the last call. It returns an entry again until it has observed it. It is called by one
// goroutine at a time.
type LateDecider interface {
	Decider
	Late(ctx context.Context, owned, fresh []int) ([]LateEntry, error)
}

// LateEntry is a raised entry for the journal partition that answers the claim's own record.
type LateEntry struct {
	Partition int
	Entry     claim.Entry
}

// Verdicts are what a batch of records came to.
type Verdicts struct {
	Entries []claim.Entry
	Keys    []KeyRecord    // for the keys topic, to be durable before the entries are
	Dead    []SealedRecord // originals of the dead entries

	Forwards []Forward // records that go to their homes, to be there before the entries are durable
}

// KeyRecord is a record of the keys topic, which is compacted by its key.
type KeyRecord struct{ Key, Value []byte }

// SealedRecord is the sealed original of a refused record. Entry is the index of its dead entry.
type SealedRecord struct {
	Entry     int
	Value     []byte
	Signature []byte // that the record came with, for when it is decided again; nil for none
}

// Batch is a valid batch of the journal with its entries decoded. It is shared: nobody may change it.
type Batch struct {
	journal.Batch
	Entries []claim.Entry // one a record, in order

	// A batch that was folded has no Entries until a sink wants them: most never are, and skimming is much cheaper.
	once sync.Once
	err  error
}

// decode makes sure that the batch has its Entries.
func (b *Batch) decode(erasures Erasures) error {
	b.once.Do(func() {
		if b.Entries != nil {
			return
		}
		entries := make([]claim.Entry, len(b.Records))
		for i := range entries {
			value, err := without(erasures, &b.Records[i])
			if err == nil {
				err = entry.Decode(value, &entries[i])
			}
			if err != nil {
				b.err = b.unreadable(i, err)
				return
			}
		}
		b.Entries = entries
	})
	return b.err
}

func (b *Batch) unreadable(i int, err error) error {
	return fmt.Errorf("entry %d of partition %d does not decode, although its batch is valid: %w", b.Records[i].Offset,
		b.Partition, err)
}

// size is about what the batch holds in memory, in bytes: its encoded records, twice for the decoded form.
func (b *Batch) size() int { return sizeOf(b.Records) }

func sizeOf(records []journal.Record) int { return 2 * journal.Size(records...) }

// Sink is fed each entry of the partitions that this instance owns, in order, at least once.
//
// Position says from where a partition is to be fed; the zero Position is the beginning. Write takes batches, in order
// for each partition, and returns when they are durable together with their positions; an error means that the outcome
// is unknown and the same batches come again. A sink is written to by one goroutine at a time.
type Sink interface {
	Name() string
	Position(ctx context.Context, partition int) (journal.Position, error)
	Write(ctx context.Context, batches []*Batch) error
}

// Leaver is a sink that is told when a partition is no longer its own, by the goroutine that writes. What it still
// keeps of the partition must not overwrite what the sink of another instance stores from now on.
type Leaver interface {
	Sink
	Left(partition int)
}

// Idler is a sink that is called now and then while there is nothing to write, by the goroutine that writes. An error
// is logged.
type Idler interface {
	Sink
	Idle(ctx context.Context) error
}

// Everywhere is a sink that is fed all partitions, those of other instances too.
type Everywhere interface {
	Sink
	Everywhere()
}

// Lingering is a sink that would rather take many entries at once: they wait for more until SinkRows are there, their
// memory is wanted, or Linger is over.
type Lingering interface {
	Sink
	Linger() time.Duration
}
