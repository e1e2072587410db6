package pipeline

import (
	"context"
	"fmt"

	"github.com/segmentio/kafka-go"
)

// GrowTopics raises the partition count of the topics of an install to n and returns the topics that it grew. The public topic
// keeps its count: it may have any, and is compacted by keys that would come to other partitions. The journal
// and what is written before it grow first: at every moment, and after a crash at any line, each partition of claims has its
// partition of the journal. Instances must be started anew to take part in the new partitions. Claims that are revised after
// the growth may come to another partition than their earlier revisions; they stay one claim, but revisions sent at the same
// moment may be decided in another order.
func GrowTopics(ctx context.Context, client *kafka.Client, t Topics, n int) ([]string, error) {
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
	for _, name := range []string{t.Scored, t.Keys, t.DeadLetters, t.Claims} {
		if have[name] == n {
			continue
		}
		res, err := client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: name, Count: int32(n)}}})
		if err == nil {
			err = res.Errors[name]
		}
		if err != nil {
			return grown, fmt.Errorf("growing topic %s to %d partitions: %w", name, n, err)
		}
		grown = append(grown, name)
	}
	return grown, nil
}
