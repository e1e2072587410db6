package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"

	"tallystick/audit"
	"tallystick/cases"
	"tallystick/journal"
	"tallystick/pipeline"
	"tallystick/settlement"
)

// ownJournal is a journal of one partition beside that of the claims.
func (c *Config) ownJournal(topic, name string) journal.Config {
	return journal.Config{
		Addr:        kafka.TCP(c.Kafka.Brokers...),
		Transport:   c.transport,
		Topic:       topic,
		Name:        name,
		Compression: kafka.Zstd,
	}
}

func (c *Config) casesJournal() journal.Config { return c.ownJournal(c.Kafka.Topics.Cases, cases.Name) }

func (c *Config) auditJournal() journal.Config { return c.ownJournal(c.Kafka.Topics.Audit, audit.Name) }

func (c *Config) settlements() journal.Config {
	return c.ownJournal(c.Kafka.Topics.Settlement, settlement.JournalName)
}

func (c *Config) settlementClosings() journal.Config {
	return c.ownJournal(c.Kafka.Topics.SettlementClosings, "settlement.closings")
}

func (c *Config) closings() journal.Config {
	return journal.Config{Addr: kafka.TCP(c.Kafka.Brokers...), Transport: c.transport, Topic: c.Kafka.Topics.Closings, Name: closingsName, Compression: kafka.Zstd}
}

func (c *Config) scored() journal.Config {
	return journal.Config{Addr: kafka.TCP(c.Kafka.Brokers...), Transport: c.transport, Topic: c.Kafka.Topics.Scored, Name: pipeline.JournalName, Compression: kafka.Snappy}
}

// countPartitions asks how many partitions a topic has; pipeline.ErrTopicMissing if it does not exist.
func countPartitions(ctx context.Context, c *Config, topic string) (int, error) {
	client := c.client()
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
