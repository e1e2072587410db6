package main

import (
	"context"
	"sync/atomic"
	"time"

	"tallystick/benchmarks/site"
)

// progress is how many claims of this growth every sink has. It may be used concurrently.
type progress struct{ done atomic.Int64 }

// ahead is how many claims the producer may be in front of the sinks: a backlog at all times, and little of it in
// memory.
const ahead = 50_000

// send sends n claims.
func send(ctx context.Context, s *site.Site, feed *site.Feed, n int, p *progress) error {
	const chunk = 2000
	for sent := 0; sent < n; {
		if int64(sent)-p.done.Load() >= ahead {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(5 * time.Millisecond):
			}
			continue
		}
		list := feed.Take(min(chunk, n-sent))
		if err := s.Produce(ctx, list); err != nil {
			return err
		}
		sent += len(list)
	}
	return nil
}

// reach waits until every sink has n claims. It ends with what ended the instance or the sending.
func (p *progress) reach(ctx context.Context, in *site.Instance, n int, sent <-chan error) (site.Mark, error) {
	for {
		select {
		case <-in.Exited:
			return site.Mark{}, in.Failure()
		case err := <-sent:
			if err != nil {
				return site.Mark{}, err
			}
			sent = nil // all are sent
		case <-ctx.Done():
			return site.Mark{}, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		m, err := in.Mark(ctx)
		if err != nil {
			continue // the next time
		}
		p.done.Store(int64(m.Slowest))
		if m.Slowest >= float64(n) {
			return m, nil
		}
	}
}
