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

// Outbound is the sink that publishes decisions on the public topic, where claims systems read them. A message is keyed
// by its claim and may come more than once; its version says whether it is known. The position is kept as the metadata
// of an offset commit of a group of its own, twice a second and at Close: brokers hold a commit back for some
// milliseconds, which every decision behind it would wait for. Brokers drop a commit that is older than their
// offsets.retention.minutes, seven days if nobody set it, so the position of a partition that idles is stored again
// every hour.
type Outbound struct {
	client *kafka.Client
	topics Topics
	group  string
	writer *kafka.Writer

	pending map[int]kafka.OffsetCommit // published, but their positions not stored yet
	held    map[int]heldPosition       // stored, of the partitions that are published here
	stored  time.Time
	failed  time.Time // when positions could last not be stored
	wrote   time.Time // when the last Write ended
}

// heldPosition is a position and when it was stored, or read.
type heldPosition struct {
	commit kafka.OffsetCommit
	since  time.Time
}

const (
	renewEvery = time.Hour // how old a stored position becomes
	// how soon a failure to store is followed by another try while there is nothing to publish
	retryEvery = 5 * time.Second
)

// storeEvery is how long a position may wait to be stored: after a crash what was published since comes again.
const storeEvery = 500 * time.Millisecond

// NewOutbound returns the sink that belongs to cfg. Close it after the pipeline ended.
func NewOutbound(cfg Config) *Outbound {
	if cfg.Topics == (Topics{}) {
		cfg.Topics = DefaultTopics
	}
	return &Outbound{
		client: cfg.client(), topics: cfg.Topics, group: cfg.Group + ".decisions",
		pending: map[int]kafka.OffsetCommit{}, held: map[int]heldPosition{},
		writer: &kafka.Writer{
			Addr: kafka.TCP(cfg.Brokers...), Transport: cfg.Transport,
			Balancer: kafka.Murmur2Balancer{}, RequiredAcks: kafka.RequireAll, BatchSize: 1000,
			BatchTimeout: time.Millisecond,
		},
	}
}

// Name is decisions.
func (o *Outbound) Name() string { return "decisions" }

// Position reads the stored position; the beginning if there is none.
func (o *Outbound) Position(ctx context.Context, partition int) (journal.Position, error) {
	res, err := o.client.OffsetFetch(ctx,
		&kafka.OffsetFetchRequest{GroupID: o.group, Topics: map[string][]int{o.topics.Scored: {partition}}})
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
			o.held[partition] = heldPosition{commitOf(partition, pos), time.Now()}
		}
	}
	return pos, nil
}

// Linger lets decisions under load share a request; one that comes alone goes at once.
func (o *Outbound) Linger() time.Duration { return Pace - time.Since(o.wrote) }

// Write publishes the decisions of the batches and, when it is time, stores the positions. A crash between the two
// publishes them again.
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
			msgs = append(msgs, kafka.Message{Topic: o.topics.Public(e.Insurer), Key: claim.Key(e.Insurer, e.Claim),
				Value: value})
		}
		after[b.Partition] = commitOf(b.Partition, b.Next)
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

func commitOf(partition int, pos journal.Position) kafka.OffsetCommit {
	return kafka.OffsetCommit{Partition: partition, Offset: pos.Offset, Metadata: pos.String()}
}

// Idle stores the positions that wait for it, and those again that become old.
func (o *Outbound) Idle(ctx context.Context) error {
	if time.Since(o.stored) < storeEvery || time.Since(o.failed) < retryEvery {
		return nil
	}
	for p, h := range o.held {
		if _, newer := o.pending[p]; !newer && time.Since(h.since) >= renewEvery {
			o.pending[p] = h.commit
		}
	}
	return o.store(ctx)
}

// Left forgets a position that was not stored: the new owner publishes what came after the last one again, and its
// positions are further on.
func (o *Outbound) Left(partition int) {
	delete(o.pending, partition)
	delete(o.held, partition)
}

// store stores the positions of what was published.
func (o *Outbound) store(ctx context.Context) (err error) {
	if len(o.pending) == 0 {
		return nil
	}
	defer func() {
		if err != nil {
			o.failed = time.Now()
		}
	}()
	res, err := o.client.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
		GroupID: o.group, GenerationID: -1,
		Topics: map[string][]kafka.OffsetCommit{o.topics.Scored: slices.Collect(maps.Values(o.pending))},
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
	o.stored = time.Now()
	for p, commit := range o.pending {
		o.held[p] = heldPosition{commit, o.stored}
	}
	clear(o.pending)
	return nil
}

// Close flushes, stores the positions and closes the connections. The pipeline has ended, so nobody writes any more.
func (o *Outbound) Close() error {
	err := o.writer.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(err, o.store(ctx))
}
