package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"tallystick/journal"
)

// ErrTopicMissing says that a topic of the install does not exist.
var ErrTopicMissing = errors.New("topic does not exist: `tallystick migrate` creates it")

// ErrPartitionCount says that topics of the install do not have the same number of partitions any more. Partition p of
// claims is answered by partition p of the journal, so both must grow together while no instance runs.
var ErrPartitionCount = errors.New("the number of partitions differs")

// messageLimit lets sealed originals and wrapped keys of a whole batch pass where the broker's default is 1 MiB.
const messageLimit = 8 << 20

// Retention is how long topics are kept that hold claims as they were sent. The other topics are kept for ever.
type Retention struct {
	Claims      time.Duration // clear identifiers
	DeadLetters time.Duration // whole claims under one key, which no erasure reaches
}

// CreateTopics creates the topics that are missing, with partitions partitions each, and leaves existing ones alone.
// It returns the names of the topics it created.
func CreateTopics(ctx context.Context, client *kafka.Client, t Topics, partitions, replication int,
	keep Retention) ([]string, error) {
	have, err := partitionCounts(ctx, client, t)
	if err != nil {
		return nil, err
	}
	forever := []kafka.ConfigEntry{
		{ConfigName: "cleanup.policy", ConfigValue: "delete"},
		{ConfigName: "retention.ms", ConfigValue: "-1"},
		{ConfigName: "max.message.bytes", ConfigValue: strconv.Itoa(messageLimit)},
	}
	keyed := []kafka.ConfigEntry{{ConfigName: "cleanup.policy", ConfigValue: "compact"}}
	short := []kafka.ConfigEntry{
		{ConfigName: "cleanup.policy", ConfigValue: "delete"},
		{ConfigName: "retention.ms", ConfigValue: strconv.FormatInt(keep.Claims.Milliseconds(), 10)},
	}
	letters := []kafka.ConfigEntry{
		{ConfigName: "cleanup.policy", ConfigValue: "delete"},
		{ConfigName: "retention.ms", ConfigValue: strconv.FormatInt(keep.DeadLetters.Milliseconds(), 10)},
		// A segment is deleted as a whole, and the newest one never: letters are few, so it is closed every day.
		{ConfigName: "segment.ms", ConfigValue: "86400000"},
		{ConfigName: "max.message.bytes", ConfigValue: strconv.Itoa(messageLimit)},
	}
	// A key that was deleted is to be gone within days: the newest segment is never compacted, so it is closed every
	// day.
	compacted := append(slices.Clone(keyed), kafka.ConfigEntry{ConfigName: "segment.ms", ConfigValue: "86400000"},
		kafka.ConfigEntry{ConfigName: "max.compaction.lag.ms", ConfigValue: "172800000"},
		kafka.ConfigEntry{ConfigName: "min.cleanable.dirty.ratio", ConfigValue: "0.1"})
	safe := []kafka.ConfigEntry{{ConfigName: "unclean.leader.election.enable", ConfigValue: "false"}}
	if replication >= 3 {
		safe = append(safe, kafka.ConfigEntry{ConfigName: "min.insync.replicas", ConfigValue: "2"})
	}
	if n := have[t.Claims]; n > 0 {
		partitions = n // partition p of the journal answers partition p of the source
	}
	wanted := []kafka.TopicConfig{
		{Topic: t.Claims, ConfigEntries: append(short, safe...)},
		{Topic: t.Scored, ConfigEntries: append(slices.Clone(forever), safe...)},
		{Topic: t.Keys, ConfigEntries: append(slices.Clone(compacted), safe...)},
		{Topic: t.DeadLetters, ConfigEntries: append(letters, safe...)},
		{Topic: t.Decisions, ConfigEntries: append(keyed, safe...)},
	}
	var missing []kafka.TopicConfig
	var names []string
	for _, w := range wanted {
		if have[w.Topic] > 0 {
			continue
		}
		w.NumPartitions, w.ReplicationFactor = partitions, replication
		missing = append(missing, w)
		names = append(names, w.Topic)
	}
	if len(missing) == 0 {
		return nil, nil
	}
	res, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: missing})
	if err != nil {
		return nil, fmt.Errorf("creating topics %s: %w", strings.Join(names, ", "), err)
	}
	for topic, err := range res.Errors {
		if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			return nil, fmt.Errorf("creating topic %s: %w", topic, err)
		}
	}
	return names, nil
}

// CreatePublic creates the topics of the insurers' decisions that are missing, where each has its own, and returns
// their names.
func CreatePublic(ctx context.Context, client *kafka.Client, t Topics, insurers []string, partitions,
	replication int) (created []string, err error) {
	if !t.ByInsurer {
		return nil, nil
	}
	var missing []kafka.TopicConfig
	for _, insurer := range insurers {
		missing = append(missing, kafka.TopicConfig{Topic: t.Public(insurer), NumPartitions: partitions,
			ReplicationFactor: replication,
			ConfigEntries:     []kafka.ConfigEntry{{ConfigName: "cleanup.policy", ConfigValue: "compact"}}})
	}
	res, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: missing})
	if err != nil {
		return nil, fmt.Errorf("creating the insurers' topics of decisions: %w", err)
	}
	for _, m := range missing {
		switch err := res.Errors[m.Topic]; {
		case err == nil:
			created = append(created, m.Topic)
		case !errors.Is(err, kafka.TopicAlreadyExists):
			return created, fmt.Errorf("creating topic %s: %w", m.Topic, err)
		}
	}
	return created, nil
}

// checkTopics returns the partition count of claims after holding the topics to what the journal needs.
func (pl *Pipeline) checkTopics(ctx context.Context) (int, error) {
	t := pl.cfg.Topics
	pause := backoff.NewExponentialBackOff()
	pause.MaxInterval = 2 * time.Second
	// A broker that has just started answers for a while with errors or without leaders.
	// The clients of the process may still know the cluster from before a topic was made or grew.
	client, done := pl.cfg.freshClient()
	defer done()
	have, err := backoff.Retry(ctx, func() (map[string]int, error) { return partitionCounts(ctx, client, t) },
		backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(time.Minute),
		backoff.WithNotify(func(err error, _ time.Duration) {
			pl.cfg.Log.Warn("Kafka does not answer yet", "error", err)
		}))
	if err != nil {
		return 0, err
	}
	n := have[t.Claims]
	for _, name := range []string{t.Claims, t.Scored, t.Keys, t.DeadLetters, t.Decisions} {
		switch {
		case have[name] == 0:
			return 0, fmt.Errorf("topic %s: %w", name, ErrTopicMissing)
		case name == t.Decisions:
		case have[name] != n:
			return 0, fmt.Errorf("%w: topic %s has %d and %s has %d: both must have the same count, since partition p of one answers partition p of the other",
				ErrPartitionCount, name, have[name], t.Claims, n)
		}
	}
	jc := pl.journal
	jc.Transport = client.Transport
	if err := journal.CheckTopic(ctx, jc, n); err != nil {
		return 0, err
	}
	return n, nil
}

// watchTopics returns when ctx is done, or when a topic has lasting other partitions than at the start: claims on new
// ones would wait for ever, and a group without its topic idles without a word.
func (pl *Pipeline) watchTopics(ctx context.Context) error {
	t, n := pl.cfg.Topics, len(pl.partitions)
	tick := time.NewTicker(pl.cfg.Watch)
	defer tick.Stop()
	const lasting = 3 // a broker that starts may know a topic late
	for wrong := 0; ; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		have, err := partitionCounts(ctx, pl.writer.client, t)
		if err != nil || have[t.Claims] == n && have[t.Scored] == n && have[t.Keys] == n && have[t.DeadLetters] == n &&
			have[t.Decisions] > 0 {
			wrong = 0
			continue
		}
		if wrong++; wrong < lasting {
			continue
		}
		for _, name := range []string{t.Claims, t.Scored, t.Keys, t.DeadLetters, t.Decisions} {
			switch {
			case have[name] == 0:
				return fmt.Errorf("topic %s is gone: %w", name, ErrTopicMissing)
			case have[name] != n && name != t.Decisions:
				return fmt.Errorf("topic %s: %w: it has %d partitions now and had %d when this instance started", name,
					ErrPartitionCount, have[name], n)
			}
		}
	}
}

// partitionCounts asks for the topics; one that is missing has 0 partitions.
func partitionCounts(ctx context.Context, client *kafka.Client, t Topics) (map[string]int, error) {
	res, err := client.Metadata(ctx,
		&kafka.MetadataRequest{Topics: []string{t.Claims, t.Scored, t.Keys, t.DeadLetters, t.Decisions}})
	if err != nil {
		return nil, fmt.Errorf("asking Kafka for its topics: %w", err)
	}
	have := map[string]int{}
	for _, topic := range res.Topics {
		if topic.Error != nil {
			if errors.Is(topic.Error, kafka.UnknownTopicOrPartition) {
				continue
			}
			return nil, fmt.Errorf("topic %s: %w", topic.Name, topic.Error)
		}
		have[topic.Name] = len(topic.Partitions)
	}
	return have, nil
}
