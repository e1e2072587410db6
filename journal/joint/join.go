package joint

import (
	"context"
	"sync"
	"time"
)

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

// commonContext lasts until the last of the calls would have ended by its deadline. A caller that leaves earlier ends only
// its own waiting: the others' answers are on the way.
func commonContext[C any](calls []C, of func(C) context.Context) (context.Context, context.CancelFunc) {
	var latest time.Time
	for _, c := range calls {
		deadline, ok := of(c).Deadline()
		if !ok {
			return context.WithCancel(context.WithoutCancel(of(calls[0])))
		}
		if deadline.After(latest) {
			latest = deadline
		}
	}
	return context.WithDeadline(context.WithoutCancel(of(calls[0])), latest)
}

// alone makes each call by itself, all at once, and returns when all have their answers.
func alone[C any](calls []C, call func(C)) {
	var done sync.WaitGroup
	for _, c := range calls {
		done.Go(func() { call(c) })
	}
	done.Wait()
}
