package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/benchmarks/site"
)

// copyTopic returns a topic like the journal's, which raw copies append to. It makes it the first time and waits until
// its partitions are led.
func copyTopic(ctx context.Context, s *site.Site) (string, error) {
	topic := s.Topic("copied")
	res, err := s.Client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
		Topic: topic, NumPartitions: s.Partitions, ReplicationFactor: 1,
		ConfigEntries: []kafka.ConfigEntry{{ConfigName: "max.message.bytes", ConfigValue: "8388608"}},
	}}})
	if err == nil {
		err = res.Errors[topic]
	}
	if errors.Is(err, kafka.TopicAlreadyExists) {
		return topic, nil
	}
	if err != nil {
		return "", fmt.Errorf("making the raw copy's topic: %w", err)
	}
	for p := 0; p < s.Partitions; {
		probe := &kafka.ProduceRequest{Topic: topic, Partition: p, RequiredAcks: kafka.RequireAll,
			Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte{0})})}
		res, err := s.Client.Produce(ctx, probe)
		if err == nil && res.Error == nil {
			p++
			continue
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return topic, nil
}
