package news

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"tallystick/claim"
)

// Sender appends news to a topic. It may be used concurrently.
type Sender struct{ writer *kafka.Writer }

// NewSender returns a sender. A nil balancer is that of the Java client (murmur2): it must place news where the claim
// itself is. A nil transport means kafka-go's default. Close it afterwards.
func NewSender(brokers []string, topic string, transport kafka.RoundTripper, balancer kafka.Balancer) *Sender {
	if balancer == nil {
		balancer = kafka.Murmur2Balancer{Consistent: true}
	}
	return &Sender{writer: &kafka.Writer{
		Addr:         kafka.TCP(brokers...),
		Topic:        topic,
		Balancer:     balancer,
		RequiredAcks: kafka.RequireAll,
		BatchTimeout: 5 * time.Millisecond,
		Transport:    transport,
	}}
}

// Record is news of one claim, as it stands on the topic.
type Record struct {
	Claim claim.ClaimRef
	Value []byte
}

// Send waits until all in-sync replicas have the records. After an error some may be stored; sending again does no
// harm, since news that repeats changes nothing.
func (s *Sender) Send(ctx context.Context, records ...Record) error {
	messages := make([]kafka.Message, len(records))
	for i, r := range records {
		messages[i] = kafka.Message{Key: claim.Key(r.Claim.Insurer, r.Claim.Claim), Value: r.Value}
	}
	// A topic that was made a moment ago is not known to every broker yet.
	pause := backoff.NewConstantBackOff(250 * time.Millisecond)
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := s.writer.WriteMessages(ctx, messages...)
		if err != nil && !unknownTopic(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(newTopicWait))
	if err != nil {
		return fmt.Errorf("append to topic %s: %w", s.writer.Topic, err)
	}
	return nil
}

// newTopicWait is how long brokers may take to learn of a new topic.
const newTopicWait = 15 * time.Second

func unknownTopic(err error) bool {
	var each kafka.WriteErrors
	if errors.As(err, &each) {
		return slices.ContainsFunc(each, func(err error) bool { return errors.Is(err, kafka.UnknownTopicOrPartition) })
	}
	return errors.Is(err, kafka.UnknownTopicOrPartition)
}

// Close waits for what is under way.
func (s *Sender) Close() error { return s.writer.Close() }

// CreateTopic makes a topic of news if it is missing, with the partitions of the topic of claims, kept for ever. It
// needs the topic of claims.
func CreateTopic(ctx context.Context, client *kafka.Client, claims, topic string, replication int) error {
	meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{claims}})
	if err != nil {
		return fmt.Errorf("asking for the topic %s: %w", claims, err)
	}
	partitions := 0
	for _, t := range meta.Topics {
		if t.Name == claims && t.Error == nil {
			partitions = len(t.Partitions)
		}
	}
	if partitions == 0 {
		return fmt.Errorf("topic %s does not exist: `tallystick migrate` creates it", claims)
	}
	res, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
		Topic: topic, NumPartitions: partitions, ReplicationFactor: replication,
		ConfigEntries: []kafka.ConfigEntry{{ConfigName: "cleanup.policy", ConfigValue: "delete"},
			{ConfigName: "retention.ms", ConfigValue: "-1"}},
	}}})
	if err != nil {
		return fmt.Errorf("creating topic %s: %w", topic, err)
	}
	if err := res.Errors[topic]; err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
		return fmt.Errorf("creating topic %s: %w", topic, err)
	}
	return nil
}
