package feed

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
)

// KafkaProducer appends claims to a topic that exists. A claim's partition follows from its key by the install's
// partitioner. Close it afterwards. It is safe for concurrent use.
type KafkaProducer struct {
	writer *kafka.Writer
	header string
	sign   func(value []byte) []byte
}

// Sign adds a header to each record from here on, with what sign makes of its value.
func (p *KafkaProducer) Sign(header string, sign func(value []byte) []byte) {
	p.header, p.sign = header, sign
}

// NewKafkaProducer returns a producer for a topic. A nil balancer is that of the Java client (murmur2). A nil transport
// means kafka-go's default: no TLS, no authentication.
func NewKafkaProducer(brokers []string, topic string, transport kafka.RoundTripper,
	balancer kafka.Balancer) *KafkaProducer {
	if balancer == nil {
		balancer = kafka.Murmur2Balancer{Consistent: true}
	}
	return &KafkaProducer{writer: &kafka.Writer{
		Addr:         kafka.TCP(brokers...),
		Topic:        topic,
		Balancer:     balancer,
		RequiredAcks: kafka.RequireAll,
		Compression:  kafka.Zstd,
		BatchSize:    1000,
		BatchBytes:   900_000,              // under Kafka's default limit of 1 MiB a record batch
		BatchTimeout: 5 * time.Millisecond, // the default of a second would hold back every last batch
		Transport:    transport,
	}}
}

// Produce waits until all in-sync replicas have the records.
func (p *KafkaProducer) Produce(ctx context.Context, records []Record) error {
	messages := make([]kafka.Message, len(records))
	for i, r := range records {
		messages[i] = kafka.Message{Key: r.Key, Value: r.Value}
		if p.sign != nil {
			messages[i].Headers = []kafka.Header{{Key: p.header, Value: p.sign(r.Value)}}
		}
	}
	if err := p.writer.WriteMessages(ctx, messages...); err != nil {
		if many, ok := err.(kafka.WriteErrors); ok {
			for _, one := range many {
				if one != nil {
					return fmt.Errorf("append to topic %s: %d of %d records failed, the first: %w", p.writer.Topic,
						many.Count(), len(records), one)
				}
			}
		}
		return fmt.Errorf("append to topic %s: %w", p.writer.Topic, err)
	}
	return nil
}

// Close sends what is under way.
func (p *KafkaProducer) Close() error { return p.writer.Close() }
