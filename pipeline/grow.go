package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
)

// Activate returns the entry from which on a partition decides under a placement; the source is where the partition
// stands.
type Activate func(at claim.SourceRef, p claim.Placement) (claim.Entry, error)

// GrowTopics raises the partition count of the topics of an install to n and returns the topics that it grew. The
// public topic keeps its count: it may have any, and is compacted by keys that would come to other partitions.
//
// The journal and what is written before it grow first; then each partition of the journal is told that from there on
// claims are decided under n partitions and the configured partitioner; claims grow last. So at every moment, and after
// a crash at any line, each partition of claims has its partition of the journal, an owner that knows the old number
// alone can append no more, and nobody decides under the new one who has not folded all that was decided under the old.
// With the count that the topics have it changes the partitioner alone. Instances must be started anew. Claims that are
// revised after the growth may come to another partition than their earlier revisions; they stay one claim.
func GrowTopics(ctx context.Context, cfg Config, n int, activate Activate) ([]string, error) {
	if cfg.Topics == (Topics{}) {
		cfg.Topics = DefaultTopics
	}
	t, client := cfg.Topics, cfg.client()
	have, err := partitionCounts(ctx, client, t)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{t.Claims, t.Scored, t.Keys, t.DeadLetters, t.Decisions} {
		switch {
		case have[name] == 0:
			return nil, fmt.Errorf("topic %s: %w", name, ErrTopicMissing)
		case have[name] > n && name != t.Decisions:
			return nil, fmt.Errorf("topic %s has %d partitions: Kafka cannot take any away", name, have[name])
		}
	}
	var grown []string
	grow := func(name string) error {
		if have[name] == n {
			return nil
		}
		res, err := client.CreatePartitions(ctx,
			&kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: name, Count: int32(n)}}})
		if err == nil {
			err = res.Errors[name]
		}
		if err != nil {
			return fmt.Errorf("growing topic %s to %d partitions: %w", name, n, err)
		}
		grown = append(grown, name)
		return nil
	}
	for _, name := range []string{t.Scored, t.Keys, t.DeadLetters} {
		if err := grow(name); err != nil {
			return grown, err
		}
	}
	if cfg.Partitioner != "" {
		placement := claim.Placement{Partitions: n, Partitioner: cfg.Partitioner}
		for p := range n {
			if err := place(ctx, &cfg, p, placement, activate); err != nil {
				return grown, fmt.Errorf("telling partition %d of the journal that there are %d: %w", p, n, err)
			}
		}
	}
	return grown, grow(t.Claims)
}

// place appends to a partition of the journal under what it decides from there on, unless it says so already.
func place(ctx context.Context, cfg *Config, partition int, want claim.Placement, activate Activate) error {
	// The clients of the process may not know the new partitions yet.
	client, done := cfg.freshClient()
	defer done()
	scored := cfg.journal()
	scored.Transport = client.Transport
	var last *claim.Placement
	var decoder entry.Decoder
	look := func(b journal.Batch) error {
		for i := range b.Records {
			e, err := decoder.Decode(b.Records[i].Value)
			if err != nil {
				return (&Batch{Batch: b}).unreadable(i, err)
			}
			if e.Kind == claim.Activated && e.Context.Placement != nil {
				at := *e.Context.Placement
				last = &at
			}
		}
		return nil
	}
	end, err := journal.Scan(ctx, scored, partition, look)
	if err != nil {
		return err
	}
	app, err := journal.NewAppender(ctx, scored, partition, end)
	if err != nil {
		return err
	}
	for last == nil || *last != want {
		at := app.Position()
		e, err := activate(claim.SourceRef{Partition: partition, Offset: at.To, Epoch: at.Epoch}, want)
		if err != nil {
			return err
		}
		value, err := new(entry.Encoder).Append(nil, &e)
		if err != nil {
			return err
		}
		_, err = app.Append(ctx, at.To, at.To, []journal.Record{{Value: value}})
		var other *journal.SupersededError
		if errors.As(err, &other) { // an instance still decides; the appender has folded what it was late for
			for _, b := range other.Batches {
				if err := look(b); err != nil {
					return err
				}
			}
			continue
		}
		return err
	}
	return nil
}
