package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/journal"
	"tallystick/journal/fetch"
)

// ResetSource appends to a partition of the journal that its source was reset and goes on at the source's present
// start. It is for a topic that was made anew or lost records: what was decided stays decided. Instances should be
// stopped; one that is not finds itself superseded and goes on from here. It returns the position after the reset.
func ResetSource(ctx context.Context, cfg Config, partition int) (journal.Position, error) {
	if cfg.Topics == (Topics{}) {
		cfg.Topics = DefaultTopics
	}
	src, err := fetch.NewReader(fetch.Config{
		Addr: kafka.TCP(cfg.Brokers...), Transport: cfg.Transport, Topic: cfg.Topics.Claims, Partition: partition,
		MaxWait: 50 * time.Millisecond,
	})
	if err != nil {
		return journal.Position{}, err
	}
	start, err := src.Start(ctx)
	if err != nil {
		return journal.Position{}, err
	}
	end, err := journal.Scan(ctx, cfg.journal(), partition, func(journal.Batch) error { return nil })
	if err != nil {
		return journal.Position{}, err
	}
	app, err := journal.NewAppender(ctx, cfg.journal(), partition, end)
	if err != nil {
		return journal.Position{}, err
	}
	b, err := app.AppendEpoch(ctx, start, nil)
	if err != nil {
		return journal.Position{}, fmt.Errorf("appending the reset of partition %d: %w", partition, err)
	}
	return b.Next, nil
}
