package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"tallystick/journal/fetch"
)

// TopicError names one setting of a topic that a journal cannot live with.
type TopicError struct {
	Topic, Setting, Value, Want string
	// Do is what a person can do about it.
	Do string
}

func (e *TopicError) Error() string {
	return fmt.Sprintf("topic %s: %s is %s, want %s: %s", e.Topic, e.Setting, e.Value, e.Want, e.Do)
}

// maxMessageBytes is Kafka's default for max.message.bytes.
const maxMessageBytes = 1048588

// batchLimit is what max.message.bytes must be: compression may enlarge what cannot be compressed.
func (c Config) batchLimit() int { return max(maxMessageBytes, c.MaxBytes+c.MaxBytes/100+1024) }

// CheckTopic checks that the topic keeps what was appended: it is not compacted, no replica that lags may become
// leader, on clusters of three or more brokers an append is on two of three replicas before it is acknowledged, batches
// of Config.MaxBytes fit, and it has the expected number of partitions (0: any). The error joins one *TopicError for
// each finding; other errors mean that the check could not be made.
func CheckTopic(ctx context.Context, cfg Config, partitions int) error {
	cfg, err := cfg.check()
	if err != nil {
		return err
	}
	t := topicAdmin{cfg, kafka.Client{Addr: cfg.Addr, Transport: cfg.Transport, Timeout: cfg.RequestTimeout}}
	topic, brokers, err := t.describe(ctx)
	if err != nil {
		return fmt.Errorf("checking topic %s: %w", cfg.Topic, err)
	}
	settings, err := t.settings(ctx)
	if err != nil {
		return fmt.Errorf("checking topic %s: %w", cfg.Topic, err)
	}
	return errors.Join(t.judge(topic, brokers, settings, partitions)...)
}

func (t topicAdmin) judge(topic kafka.Topic, brokers int, settings map[string]string, partitions int) []error {
	var found []error
	bad := func(setting, value, want, do string) {
		found = append(found, &TopicError{Topic: t.cfg.Topic, Setting: setting, Value: value, Want: want, Do: do})
	}
	alter := func(entry string) string {
		return fmt.Sprintf("kafka-configs.sh --alter --topic %s --add-config %s", t.cfg.Topic, entry)
	}
	if v := settings["cleanup.policy"]; v != "delete" {
		bad("cleanup.policy", v, "delete", alter("cleanup.policy=delete"))
	}
	if v := settings["unclean.leader.election.enable"]; v != "false" {
		bad("unclean.leader.election.enable", v, "false", alter("unclean.leader.election.enable=false"))
	}
	if v, err := strconv.Atoi(settings["max.message.bytes"]); err != nil || v < t.cfg.batchLimit() {
		want := strconv.Itoa(t.cfg.batchLimit())
		bad("max.message.bytes", settings["max.message.bytes"], "at least "+want, alter("max.message.bytes="+want))
	}
	if brokers >= 3 {
		if v, err := strconv.Atoi(settings["min.insync.replicas"]); err != nil || v < 2 {
			bad("min.insync.replicas", settings["min.insync.replicas"], "at least 2", alter("min.insync.replicas=2"))
		}
		for _, p := range topic.Partitions {
			if len(p.Replicas) < 3 {
				bad("replication factor", fmt.Sprintf("%d (partition %d)", len(p.Replicas), p.ID), "at least 3",
					"kafka-reassign-partitions.sh adds replicas")
				break
			}
		}
	}
	if n := len(topic.Partitions); partitions > 0 && n != partitions {
		bad("partition count", strconv.Itoa(n), strconv.Itoa(partitions),
			"a journal has as many partitions as were recorded for it; grow it with the tool that drains first, never with kafka-topics.sh")
	}
	return found
}

// TopicOptions are the choices for a new topic.
type TopicOptions struct {
	// Partitions of the topic; at least 1.
	Partitions int
	// Replication factor; 0 means three, or as many as there are brokers.
	Replication int
	// Retention is how long records are kept; 0 means for ever.
	Retention time.Duration
}

// CreateTopic creates the journal's topic with the settings that CheckTopic asks for. A topic that exists is left as it
// is, without an error: check it.
func CreateTopic(ctx context.Context, cfg Config, opts TopicOptions) error {
	cfg, err := cfg.check()
	if err != nil {
		return err
	}
	if opts.Partitions < 1 {
		return fmt.Errorf("creating topic %s: Partitions: %d, want at least 1", cfg.Topic, opts.Partitions)
	}
	t := topicAdmin{cfg, kafka.Client{Addr: cfg.Addr, Transport: cfg.Transport, Timeout: cfg.RequestTimeout}}
	if err := t.retry(ctx, func() error { return t.create(ctx, opts) }); err != nil {
		return fmt.Errorf("creating topic %s: %w", cfg.Topic, err)
	}
	return nil
}

type topicAdmin struct {
	cfg    Config
	client kafka.Client
}

func (t topicAdmin) create(ctx context.Context, opts TopicOptions) error {
	meta, err := t.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{}})
	if err != nil {
		return err
	}
	if len(meta.Brokers) == 0 {
		return kafka.BrokerNotAvailable
	}
	replication := opts.Replication
	if replication <= 0 {
		replication = min(3, len(meta.Brokers))
	}
	retention := int64(-1)
	if opts.Retention > 0 {
		retention = opts.Retention.Milliseconds()
	}
	entries := []kafka.ConfigEntry{
		{ConfigName: "cleanup.policy", ConfigValue: "delete"},
		{ConfigName: "unclean.leader.election.enable", ConfigValue: "false"},
		{ConfigName: "retention.ms", ConfigValue: strconv.FormatInt(retention, 10)},
		{ConfigName: "retention.bytes", ConfigValue: "-1"},
		{ConfigName: "max.message.bytes", ConfigValue: strconv.Itoa(t.cfg.batchLimit())},
	}
	if replication >= 3 {
		entries = append(entries, kafka.ConfigEntry{ConfigName: "min.insync.replicas", ConfigValue: "2"})
	}
	resp, err := t.client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
		Topic:             t.cfg.Topic,
		NumPartitions:     opts.Partitions,
		ReplicationFactor: replication,
		ConfigEntries:     entries,
	}}})
	if err != nil {
		return err
	}
	if err := resp.Errors[t.cfg.Topic]; err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
		return err
	}
	return nil
}

// describe returns the topic and the number of brokers. It waits for a topic made a moment ago.
func (t topicAdmin) describe(ctx context.Context) (topic kafka.Topic, brokers int, err error) {
	err = t.retry(ctx, func() error {
		meta, err := t.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{t.cfg.Topic}})
		if err != nil {
			return err
		}
		if len(meta.Topics) != 1 {
			return kafka.UnknownTopicOrPartition
		}
		if err := meta.Topics[0].Error; err != nil {
			return err
		}
		topic, brokers = meta.Topics[0], len(meta.Brokers)
		return nil
	})
	return topic, brokers, err
}

func (t topicAdmin) settings(ctx context.Context) (map[string]string, error) {
	settings := map[string]string{}
	err := t.retry(ctx, func() error {
		resp, err := t.client.DescribeConfigs(ctx,
			&kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{{
				ResourceType: kafka.ResourceTypeTopic,
				ResourceName: t.cfg.Topic,
			}}})
		if err != nil {
			return err
		}
		for _, r := range resp.Resources {
			if r.Error != nil {
				return r.Error
			}
			for _, e := range r.ConfigEntries {
				settings[e.ConfigName] = e.ConfigValue
			}
		}
		return nil
	})
	return settings, err
}

// retry tries again what passes, for as long as ctx lasts, and what is missing for Config.TopicWait.
func (t topicAdmin) retry(ctx context.Context, op func() error) error {
	var missingSince time.Time
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := op()
		if err == nil {
			return struct{}{}, nil
		}
		switch fetch.Classify(err) {
		case fetch.KindRetry:
			return struct{}{}, err
		case fetch.KindMissing:
			if missingSince.IsZero() {
				missingSince = time.Now()
			}
			if time.Since(missingSince) <= t.cfg.TopicWait {
				return struct{}{}, err
			}
			err = fmt.Errorf("%w: %w", fetch.ErrUnknownTopic, err)
		}
		return struct{}{}, backoff.Permanent(err)
	}, backoff.WithBackOff(t.cfg.pause()), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, _ time.Duration) { t.cfg.OnRetry(err) }))
	return err
}
