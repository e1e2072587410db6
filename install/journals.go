package install

import (
	"context"
	"errors"
	"fmt"

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
