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

// produce appends records to a partition of a topic beside the journal, until the broker confirms. Records may come to
// stand twice; the readers of these topics go by key.
func (w writer) produce(ctx context.Context, topic string, partition int, records []kafka.Record) (base int64, err error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, 2*time.Second
	base, err = backoff.Retry(ctx, func() (int64, error) {
		res, err := w.client.Produce(ctx, &kafka.ProduceRequest{
			Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll, Compression: kafka.Zstd,
			Records: kafka.NewRecordReader(records...),
		})
		if err == nil {
			err = res.Error
		}
		if err != nil {
			for i := range records { // a reader is spent once it was sent
				rewind(records[i].Key)
				rewind(records[i].Value)
			}
			if fetch.Classify(err) == fetch.KindRefused {
				return 0, backoff.Permanent(err)
			}
			return 0, err
		}
		return res.BaseOffset, nil
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, after time.Duration) {
		w.log.Warn("Kafka did not confirm records, sending them again", "topic", topic, "partition", partition, "after", after, "error", err)
	}))
	if err != nil {
		return 0, fmt.Errorf("writing %d records to %s/%d: %w", len(records), topic, partition, err)
	}
	return base, nil
}

func rewind(b kafka.Bytes) {
	if s, ok := b.(interface {
		Seek(int64, int) (int64, error)
	}); ok {
		s.Seek(0, 0)
	}
}
