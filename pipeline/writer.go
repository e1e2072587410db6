package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"tallystick/journal/fetch"
)

// writer appends to the topics beside the journal.
type writer struct {
	client *kafka.Client
	topics Topics
	log    *slog.Logger
}

// message is a record to be written. Its bytes must not change any more, not even after an error.
type message struct {
	key, value []byte
	headers    []kafka.Header
	time       time.Time // zero is now
}

// produce appends messages to a partition of a topic beside the journal, until the broker confirms. They may come to
// stand twice; the readers of these topics go by key.
func (w writer) produce(ctx context.Context, topic string, partition int, messages []message) (base int64, err error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, 2*time.Second
	base, err = backoff.Retry(ctx, func() (int64, error) {
		// Readers of this attempt alone: kafka-go may still be reading those of one that timed out or was given up.
		records := make([]kafka.Record, len(messages))
		for i, m := range messages {
			records[i] = kafka.Record{Key: kafka.NewBytes(m.key), Value: kafka.NewBytes(m.value), Headers: m.headers,
				Time: m.time}
		}
		res, err := w.client.Produce(ctx, &kafka.ProduceRequest{
			Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll, Compression: kafka.Zstd,
			Records: kafka.NewRecordReader(records...),
		})
		if err == nil {
			err = res.Error
		}
		if err == nil {
			return res.BaseOffset, nil
		}
		if fetch.Classify(err) == fetch.KindRefused {
			return 0, backoff.Permanent(err)
		}
		return 0, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, after time.Duration) {
			w.log.Warn("Kafka did not confirm records, sending them again", "topic", topic, "partition", partition,
				"after",
				after, "error", err)
		}))
	if err != nil {
		return 0, fmt.Errorf("writing %d records to %s/%d: %w", len(messages), topic, partition, err)
	}
	return base, nil
}
