package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/journal"
)

// Outbound is the sink that publishes decisions on the public topic, where claims systems read them. A message is keyed by
// its claim and may come more than once; its version says whether it is known. The position is kept as the metadata of an
// offset commit of a group of its own, twice a second and at Close: brokers hold a commit back for some milliseconds, which
// every decision behind it would wait for.
type Outbound struct {
	client *kafka.Client
	topics Topics
	group  string
	writer *kafka.Writer

	pending map[int]kafka.OffsetCommit // published, but their positions not stored yet
	stored  time.Time
	wrote   time.Time // when the last Write ended
}

// storeEvery is how long a position may wait to be stored: after a crash what was published since comes again.
const storeEvery = 500 * time.Millisecond

// NewOutbound returns the sink that belongs to cfg. Close it after the pipeline ended.
func NewOutbound(cfg Config) *Outbound {
	if cfg.Topics == (Topics{}) {
		cfg.Topics = DefaultTopics
	}
	return &Outbound{
		client: cfg.client(), topics: cfg.Topics, group: cfg.Group + ".decisions", pending: map[int]kafka.OffsetCommit{},
		writer: &kafka.Writer{
			Addr: kafka.TCP(cfg.Brokers...), Transport: cfg.Transport, Topic: cfg.Topics.Decisions,
			Balancer: kafka.Murmur2Balancer{}, RequiredAcks: kafka.RequireAll, BatchSize: 1000, BatchTimeout: time.Millisecond,
		},
	}
}

// Name is decisions.
func (o *Outbound) Name() string { return "decisions" }

// Position reads the stored position; the beginning if there is none.
func (o *Outbound) Position(ctx context.Context, partition int) (journal.Position, error) {
	res, err := o.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: o.group, Topics: map[string][]int{o.topics.Scored: {partition}}})
	if err == nil {
		err = res.Error
	}
	if errors.Is(err, kafka.GroupIdNotFound) {
		return journal.Position{}, nil
	}
	if err != nil {
		return journal.Position{}, fmt.Errorf("reading the position of group %s: %w", o.group, err)
	}
	var pos journal.Position
	for _, p := range res.Topics[o.topics.Scored] {
		if p.Error != nil {
			return pos, fmt.Errorf("reading the position of group %s: %w", o.group, p.Error)
		}
		if p.Partition == partition && p.Metadata != "" {
			if err := pos.UnmarshalText([]byte(p.Metadata)); err != nil {
				return pos, fmt.Errorf("position of group %s: %w", o.group, err)
			}
		}
	}
	return pos, nil
}

// Linger lets decisions under load share a request; one that comes alone goes at once.
func (o *Outbound) Linger() time.Duration { return Pace - time.Since(o.wrote) }

// Write publishes the decisions of the batches and, when it is time, stores the positions. A crash between the two publishes
// them again.
func (o *Outbound) Write(ctx context.Context, batches []*Batch) error {
	var msgs []kafka.Message
	after := map[int]kafka.OffsetCommit{}
	for _, b := range batches {
		for i := range b.Entries {
			e := &b.Entries[i]
			public, ok := claim.Public(e, b.Partition, b.Records[i].Offset)
			if !ok {
				continue
			}
			value, err := public.Encode()
			if err != nil {
				return fmt.Errorf("encoding a decision: %w", err)
			}
			msgs = append(msgs, kafka.Message{Key: claim.Key(e.Insurer, e.Claim), Value: value})
		}
		after[b.Partition] = kafka.OffsetCommit{Partition: b.Partition, Offset: b.Next.Offset, Metadata: b.Next.String()}
	}
	defer func() { o.wrote = time.Now() }()
	if len(msgs) > 0 {
		if err := o.writer.WriteMessages(ctx, msgs...); err != nil {
			return fmt.Errorf("publishing %d decisions: %w", len(msgs), err)
		}
	}
	maps.Copy(o.pending, after)
	if time.Since(o.stored) < storeEvery {
		return nil
	}
	return o.store(ctx)
}

// Left forgets a position that was not stored: the new owner publishes what came after the last one again, and its positions
// are further on.
func (o *Outbound) Left(partition int) { delete(o.pending, partition) }

// store stores the positions of what was published.
func (o *Outbound) store(ctx context.Context) error {
	if len(o.pending) == 0 {
		return nil
	}
	res, err := o.client.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
		GroupID: o.group, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{o.topics.Scored: slices.Collect(maps.Values(o.pending))},
	})
	if err != nil {
		return fmt.Errorf("storing the position of group %s: %w", o.group, err)
	}
	var errs []error
	for _, p := range res.Topics[o.topics.Scored] {
		errs = append(errs, p.Error)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("storing the position of group %s: %w", o.group, err)
	}
	clear(o.pending)
	o.stored = time.Now()
	return nil
}

// Close flushes, stores the positions and closes the connections. The pipeline has ended, so nobody writes any more.
func (o *Outbound) Close() error {
	err := o.writer.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(err, o.store(ctx))
}
