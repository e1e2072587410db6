package site

import (
	"context"
	"fmt"
	"time"
)

// Settled reports whether instances that decide nothing more have handed everything on: to their sinks, into closed
// batches and under the published checkpoint. An instance that does not answer has not.
func Settled(ctx context.Context, instances []*Instance) bool {
	closed, published, open := -1.0, -2.0, 0.0
	for _, p := range instances {
		v, err := p.Scrape(ctx)
		if err != nil || v["tallystick_ready"] != 1 || v["tallystick_sink_behind"] != 0 {
			return false
		}
		if _, anchors := v["tallystick_anchor_batches_closed"]; anchors {
			closed, published, open = v["tallystick_anchor_batches_closed"], v["tallystick_anchor_batches_published"],
				v["tallystick_anchor_open_entries"]
		}
	}
	return open == 0 && closed == published
}

// Settle waits until [Settled] says so.
func Settle(ctx context.Context, instances []*Instance, limit time.Duration) error {
	for end := time.Now().Add(limit); !Settled(ctx, instances); {
		if time.Now().After(end) {
			return fmt.Errorf("sinks and log did not catch up within %s", limit)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}
