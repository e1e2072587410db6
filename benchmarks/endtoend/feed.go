package main

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	"tallystick/benchmarks/site"
	"tallystick/claim"
	"tallystick/claim/entry"
)

// newFeed returns a feed with enough for every part; only what is under way is held in memory.
func newFeed(o options) (*site.Feed, error) {
	return site.NewFeed(o.seed, o.claims+o.rate*int(o.latency/time.Second+60)+o.killRate*600, o.partitions)
}

func averageSize(list []site.Message) int {
	n := 0
	for i := range list {
		n += len(list[i].Value)
	}
	return n / max(1, len(list))
}

// profileDeciding decides and encodes the claims in this process, on one goroutine, under the CPU profiler.
func profileDeciding(ctx context.Context, o options, list []site.Message) error {
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
		var enc entry.Encoder
		for i := range batch {
			if buf, err = enc.Append(buf[:0], &batch[i]); err != nil {
				return err
			}
		}
		entries += len(batch)
		return nil
	})
	fmt.Printf("%d claims, %d entries, %.1f µs a claim\n", len(list), entries,
		float64(time.Since(start).Microseconds())/float64(len(list)))
	return err
}
