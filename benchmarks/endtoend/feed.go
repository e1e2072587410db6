package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"runtime/pprof"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/synthetic"
)

// message is a claim as a producer sends it.
type message struct {
	key, value []byte
	partition  int
	again      bool // the feed sent this claim before
}

// feed makes up claims as they are asked for.
type feed struct {
	next       func() (claim.Event, synthetic.Label, bool)
	stop       func()
	partitions []int
	balancer   kafka.Murmur2Balancer
	seen       map[string]bool
}

var insurers = []string{"acme", "birch"}

func newFeed(o options) (*feed, error) {
	// Enough for every part; only what is under way is held in memory.
	events, err := synthetic.Generate(synthetic.Config{Seed: o.seed, Claims: o.claims + o.rate*int(o.latency/time.Second+60) + o.killRate*600, Insurers: insurers})
	if err != nil {
		return nil, err
	}
	f := &feed{balancer: kafka.Murmur2Balancer{Consistent: true}, seen: map[string]bool{}}
	f.next, f.stop = iter.Pull2(events)
	for p := range o.partitions {
		f.partitions = append(f.partitions, p)
	}
	return f, nil
}

// take returns the next n claims of the feed.
func (f *feed) take(n int) []message {
	list := make([]message, 0, n)
	for len(list) < n {
		event, _, ok := f.next()
		if !ok {
			break
		}
		value, err := claim.Encode(&event)
		if err != nil {
			panic(fmt.Sprintf("the synthetic feed made a claim that does not encode: %v", err))
		}
		m := message{key: claim.Key(event.Insurer, event.ID), value: value}
		m.again = f.seen[string(m.key)]
		f.seen[string(m.key)] = true
		m.partition = f.balancer.Balance(kafka.Message{Key: m.key}, f.partitions...)
		list = append(list, m)
	}
	return list
}

func averageSize(list []message) int {
	n := 0
	for i := range list {
		n += len(list[i].value)
	}
	return n / max(1, len(list))
}

// profileDeciding decides and encodes the claims in this process, on one goroutine, under the CPU profiler.
func profileDeciding(ctx context.Context, o options, list []message) error {
	d, err := newOffice()
	if err != nil {
		return err
	}
	defer d.close()
	f, err := os.Create(o.profile)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	start := time.Now()
	entries := 0
	err = d.decideAll(ctx, list, o.partitions, func(_ int, batch []claim.Entry) error {
		var buf []byte
		for i := range batch {
			if buf, err = claim.EncodeEntry(buf[:0], &batch[i]); err != nil {
				return err
			}
		}
		entries += len(batch)
		return nil
	})
	fmt.Printf("%d claims, %d entries, %.1f µs a claim\n", len(list), entries, float64(time.Since(start).Microseconds())/float64(len(list)))
	return err
}
