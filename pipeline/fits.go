package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/journal/fetch"
)

// Fit is how many of the newest claims of an install lie where each partitioner would have put them.
type Fit struct {
	Seen   int // with a key, as producers placed them
	AtHome map[string]int
}

// Fits looks at up to so many of the newest records of each partition of claims.
func Fits(ctx context.Context, cfg Config, newest int64) (Fit, error) {
	if cfg.Topics == (Topics{}) {
		cfg.Topics = DefaultTopics
	}
	fit := Fit{AtHome: map[string]int{}}
	have, err := partitionCounts(ctx, cfg.client(), cfg.Topics)
	if err != nil {
		return fit, err
	}
	n := have[cfg.Topics.Claims]
	if n == 0 {
		return fit, ErrTopicMissing
	}
	var placements []*Placement
	for _, name := range Partitioners {
		p, err := NewPlacement(name, n)
		if err != nil {
			return fit, err
		}
		placements = append(placements, p)
	}
	for at := range n {
		err := tailOf(ctx, cfg, at, newest, func(r *fetch.Record) {
			if _, forwards := (&Record{Headers: r.Headers}).Origin(); len(r.Key) == 0 || forwards > 0 {
				return
			}
			fit.Seen++
			for _, p := range placements {
				if p.Home(r.Key, at) == at {
					fit.AtHome[p.Partitioner]++
				}
			}
		})
		if err != nil {
			return fit, err
		}
	}
	return fit, nil
}

// tailOf yields the newest records of a partition of claims.
func tailOf(ctx context.Context, cfg Config, partition int, newest int64, yield func(*fetch.Record)) error {
	at := fetch.Config{Addr: kafka.TCP(cfg.Brokers...), Transport: cfg.Transport, Topic: cfg.Topics.Claims,
		Partition: partition,
		MaxWait:   50 * time.Millisecond, ReadCommitted: true}
	r, err := fetch.NewReader(at)
	if err != nil {
		return err
	}
	start, err := r.Start(ctx)
	if err != nil {
		return err
	}
	end, err := r.End(ctx)
	if err != nil {
		return err
	}
	at.Offset = max(start, end-newest)
	if r, err = fetch.NewReader(at); err != nil {
		return err
	}
	for r.NextOffset() < end {
		res, err := r.Fetch(ctx)
		var gone *fetch.RangeError
		if errors.As(err, &gone) {
			return nil // retention came in between
		}
		if err != nil {
			return err
		}
		for _, b := range res.Batches {
			for i := range b.Records {
				yield(&b.Records[i])
			}
		}
	}
	return nil
}
