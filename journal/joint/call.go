package joint

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// place is a partition of a topic.
type place struct {
	topic     string
	partition int32
}

// call is a caller's request that waits to travel with others.
type call struct {
	ctx  context.Context
	at   place
	done chan answer // of capacity 1: nobody may be waiting any more
}

type answer struct {
	res kafka.Response
	err error
}

func newCall(ctx context.Context, topic string, partition int32) call {
	return call{ctx, place{topic, partition}, make(chan answer, 1)}
}

func (c *call) base() *call { return c }

// await returns the caller's answer. When its context ends first the request may still arrive.
func (c *call) await() (kafka.Response, error) {
	select {
	case a := <-c.done:
		return a.res, a.err
	case <-c.ctx.Done():
		return nil, c.ctx.Err()
	}
}

// joined is a fetchCall or an appendCall.
type joined interface{ base() *call }

// deadlineOf returns a context that lasts until the last of the calls would have ended. A caller that leaves earlier
// ends only its own waiting: the others' answers are on the way.
func deadlineOf[C joined](calls []C) (context.Context, context.CancelFunc) {
	ctx := context.WithoutCancel(calls[0].base().ctx)
	var latest time.Time
	for _, c := range calls {
		deadline, ok := c.base().ctx.Deadline()
		if !ok {
			return context.WithCancel(ctx)
		}
		if deadline.After(latest) {
			latest = deadline
		}
	}
	return context.WithDeadline(ctx, latest)
}

// alone sends each call by itself, all at once, and returns when all have their answers.
func alone[C joined](calls []C, send func(C) (kafka.Response, error)) {
	var done sync.WaitGroup
	for _, c := range calls {
		done.Go(func() {
			res, err := send(c)
			c.base().done <- answer{res, err}
		})
	}
	done.Wait()
}

// deliver gives each call its part of the common answer m, which is an R, or the common error. split returns what cuts
// out the part of a partition; of one that the answer left out that is an answer without partitions.
func deliver[R kafka.Response, C joined](calls []C, m kafka.Response, err error,
	split func(R) func(place) kafka.Response) {
	res, ok := m.(R)
	if err == nil && !ok {
		err = fmt.Errorf("unexpected answer %T", m)
	}
	var part func(place) kafka.Response
	if err == nil {
		part = split(res)
	}
	for _, c := range calls {
		a := answer{err: err}
		if err == nil {
			a.res = part(c.base().at)
		}
		c.base().done <- a
	}
}

// addTopic returns the topic that is meant, a new one if there is none yet.
func addTopic[T any](topics *[]T, meant func(*T) bool) *T {
	for i := range *topics {
		if meant(&(*topics)[i]) {
			return &(*topics)[i]
		}
	}
	var zero T
	*topics = append(*topics, zero)
	return &(*topics)[len(*topics)-1]
}
