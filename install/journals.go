package install

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/audit"
	"tallystick/cases"
	"tallystick/intermediary"
	"tallystick/journal"
	"tallystick/pipeline"
	"tallystick/pipeline/settings"
	"tallystick/settlement"
)

// ownJournal is a journal of one partition beside that of the claims.
func (c *Config) ownJournal(topic, name string) journal.Config {
	return journal.Config{
		Addr:        kafka.TCP(c.Kafka.Brokers...),
		Transport:   c.Transport,
		Topic:       topic,
		Name:        name,
		Compression: kafka.Zstd,
	}
}

func (c *Config) casesJournal() journal.Config { return c.ownJournal(c.Kafka.Topics.Cases, cases.Name) }

func (c *Config) AuditJournal() journal.Config { return c.ownJournal(c.Kafka.Topics.Audit, audit.Name) }

// Settings is the journal of what the install decides under.
func (c *Config) Settings() journal.Config {
	return c.ownJournal(c.Kafka.Topics.Settings, settings.Name)
}

func (c *Config) Settlements() journal.Config {
	return c.ownJournal(c.Kafka.Topics.Settlement, settlement.JournalName)
}

func (c *Config) SettlementClosings() journal.Config {
	return c.ownJournal(c.Kafka.Topics.SettlementClosings, "settlement.closings")
}

// Intermediaries is the journal of what passes through intermediaries.
func (c *Config) Intermediaries() journal.Config {
	return c.ownJournal(intermediary.Topic(c.Kafka.Topics.Claims), intermediary.JournalName)
}

func (c *Config) Closings() journal.Config {
	return journal.Config{Addr: kafka.TCP(c.Kafka.Brokers...), Transport: c.Transport, Topic: c.Kafka.Topics.Closings,
		Name: closingsName, Compression: kafka.Zstd}
}

func (c *Config) Scored() journal.Config {
	return journal.Config{Addr: kafka.TCP(c.Kafka.Brokers...), Transport: c.Transport, Topic: c.Kafka.Topics.Scored,
		Name: pipeline.JournalName, Compression: kafka.Snappy}
}

// CountPartitions asks how many partitions a topic has; pipeline.ErrTopicMissing if it does not exist.
func CountPartitions(ctx context.Context, c *Config, topic string) (int, error) {
	client := c.Client()
	res, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return 0, fmt.Errorf("asking Kafka for topic %s: %w", topic, err)
	}
	for _, t := range res.Topics {
		if t.Name != topic {
			continue
		}
		if errors.Is(t.Error, kafka.UnknownTopicOrPartition) {
			break
		}
		return len(t.Partitions), t.Error
	}
	return 0, fmt.Errorf("topic %s: %w", topic, pipeline.ErrTopicMissing)
}

// AwaitTopic returns when the brokers know a topic. One that was just made is not known to all of them at once, nor has
// it a leader.
func AwaitTopic(ctx context.Context, c *Config, topic string, limit time.Duration) error {
	return await(ctx, limit, func() (settled bool, err error) {
		_, err = CountPartitions(ctx, c, topic)
		return !errors.Is(err, pipeline.ErrTopicMissing) && !errors.Is(err, kafka.LeaderNotAvailable), err
	})
}

// await asks until it is settled, or until the limit is over, and returns the last error.
func await(ctx context.Context, limit time.Duration, ask func() (settled bool, err error)) error {
	for began := time.Now(); ; {
		settled, err := ask()
		if settled || time.Since(began) > limit {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
