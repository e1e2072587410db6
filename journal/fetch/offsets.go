package fetch

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
)

// Start returns the oldest offset that the partition still has. It retries like Fetch.
func (r *Reader) Start(ctx context.Context) (int64, error) {
	return r.list(ctx, kafka.FirstOffset, "start")
}

// End returns the offset after the last record that a Fetch can return now: the high watermark, or with ReadCommitted
// the last stable offset. It retries like Fetch.
func (r *Reader) End(ctx context.Context) (int64, error) {
	return r.list(ctx, kafka.LastOffset, "end")
}

func (r *Reader) list(ctx context.Context, at int64, what string) (int64, error) {
	var offset int64
	err := r.retry(ctx, func(ctx context.Context) error {
		var err error
		offset, err = r.listOnce(ctx, at)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("asking for the %s of %s/%d: %w", what, r.cfg.Topic, r.cfg.Partition, err)
	}
	return offset, nil
}

func (r *Reader) listOnce(ctx context.Context, at int64) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.RequestTimeout)
	defer cancel()
	isolation := kafka.ReadUncommitted
	if r.cfg.ReadCommitted {
		isolation = kafka.ReadCommitted
	}
	m, err := r.cfg.Transport.RoundTrip(ctx, r.cfg.Addr, &listoffsets.Request{
		ReplicaID:      -1,
		IsolationLevel: int8(isolation),
		Topics: []listoffsets.RequestTopic{{
			Topic: r.cfg.Topic,
			Partitions: []listoffsets.RequestPartition{{
				Partition:          int32(r.cfg.Partition),
				CurrentLeaderEpoch: -1,
				Timestamp:          at,
			}},
		}},
	})
	if err != nil {
		return 0, err
	}
	resp, ok := m.(*listoffsets.Response)
	if !ok || len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return 0, fmt.Errorf("unexpected answer %T", m)
	}
	p := &resp.Topics[0].Partitions[0]
	if p.ErrorCode != 0 {
		return 0, kafka.Error(p.ErrorCode)
	}
	return p.Offset, nil
}

// rangeError asks for the bounds, so that the error can name them.
func (r *Reader) rangeError(ctx context.Context) error {
	e := &RangeError{Topic: r.cfg.Topic, Partition: r.cfg.Partition, Offset: r.offset}
	var errStart, errEnd error
	e.Start, errStart = r.Start(ctx)
	e.End, errEnd = r.End(ctx)
	if err := errors.Join(errStart, errEnd); err != nil {
		return fmt.Errorf("fetch %s/%d at %d: %w; its bounds could not be read: %w", e.Topic, e.Partition, e.Offset,
			ErrOffsetOutOfRange, err)
	}
	return e
}
