package pipeline

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/journal/fetch"
)

// SourceOffsets yields the offsets of the records that a partition of claims holds now, ascending: those that need an
// entry. Records of aborted transactions and control markers are not among them. Of those that were forwarded it says
// where a producer put them.
func SourceOffsets(ctx context.Context, cfg Config, partition int,
	yield func(offset int64, origin *claim.SourceRef) error) error {
	if cfg.Topics == (Topics{}) {
		cfg.Topics = DefaultTopics
	}
	return scan(ctx, cfg, cfg.Topics.Claims, partition, true, func(r *fetch.Record) error {
		origin, _ := (&Record{Headers: r.Headers}).Origin()
		return yield(r.Offset, origin)
	})
}

// scan reads a partition from its start to its present end.
func scan(ctx context.Context, cfg Config, topic string, partition int, committed bool,
	yield func(*fetch.Record) error) error {
	at := fetch.Config{
		Addr: kafka.TCP(cfg.Brokers...), Transport: cfg.Transport, Topic: topic, Partition: partition,
		MaxWait:       50 * time.Millisecond,
		ReadCommitted: committed,
	}
	r, err := fetch.NewReader(at)
	if err != nil {
		return err
	}
	end, err := r.End(ctx)
	if err != nil {
		return err
	}
	if at.Offset, err = r.Start(ctx); err != nil {
		return err
	}
	if r, err = fetch.NewReader(at); err != nil {
		return err
	}
	for r.NextOffset() < end {
		res, err := r.Fetch(ctx)
		if err != nil {
			return err
		}
		for _, b := range res.Batches {
			for i := range b.Records {
				if b.Records[i].Offset >= end {
					return nil
				}
				if err := yield(&b.Records[i]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
