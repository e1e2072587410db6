package outcomes

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/pipeline/news"
)

// Sender appends outcomes to their topic.
type Sender struct {
	news *news.Sender
	now  func() time.Time
}

// NewSender returns a sender to the topic beside that of claims. A nil balancer is that of the Java client (murmur2). A
// nil transport means kafka-go's default. Close it afterwards.
func NewSender(brokers []string, claims string, transport kafka.RoundTripper, balancer kafka.Balancer) *Sender {
	return &Sender{now: time.Now, news: news.NewSender(brokers, Topic(claims), transport, balancer)}
}

// Send checks the events and waits until all in-sync replicas have them. After an error some may be stored; sending
// again does no harm, since an outcome that repeats changes nothing.
func (s *Sender) Send(ctx context.Context, events ...Event) error {
	records := make([]news.Record, len(events))
	for i := range events {
		if err := events[i].Check(s.now()); err != nil {
			return fmt.Errorf("outcome %d of %d: %w", i+1, len(events), err)
		}
		data, err := Encode(&events[i])
		if err != nil {
			return err
		}
		records[i] = news.Record{Claim: claim.ClaimRef{Insurer: events[i].Insurer, Claim: events[i].Claim}, Value: data}
	}
	return s.news.Send(ctx, records...)
}

// Close waits for what is under way.
func (s *Sender) Close() error { return s.news.Close() }

// CreateTopic makes the topic if it is missing, with the partitions of the topic of claims, kept for ever. It needs the
// topic of claims.
func CreateTopic(ctx context.Context, client *kafka.Client, claims string, replication int) error {
	return news.CreateTopic(ctx, client, claims, Topic(claims), replication)
}

// News reads a record of the topic as news of its claim; its place is the reader's to fill.
func News(value []byte) (*claim.News, error) {
	e, err := Decode(value, time.Now())
	if err != nil {
		return nil, err
	}
	return &claim.News{
		Claim: claim.ClaimRef{Insurer: e.Insurer, Claim: e.Claim}, KnownAt: e.KnownAt, Outcome: string(e.Outcome),
	}, nil
}
