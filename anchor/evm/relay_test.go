package evm

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tallystick/anchor"
)

// nearLog is a log whose head grows every ten seconds.
type nearLog struct{ begun time.Time }

func (nearLog) Publish(context.Context, []byte) error          { panic("the near ledger is only read") }
func (nearLog) Lookup(context.Context, uint64) ([]byte, error) { return nil, fs.ErrNotExist }
func (l nearLog) Head(context.Context) ([]byte, error) {
	n := int(time.Since(l.begun) / (10 * time.Second))
	if n == 0 {
		return nil, fmt.Errorf("nothing yet: %w", fs.ErrNotExist)
	}
	return fmt.Appendf(nil, "head %d", n), nil
}

// farLog takes 20 seconds for each head.
type farLog struct {
	since map[string]time.Time
	asked int
	final []string
}

func (f *farLog) Publish(_ context.Context, head []byte) error {
	f.asked++
	at, known := f.since[string(head)]
	if !known {
		at = time.Now()
		f.since[string(head)] = at
	}
	if time.Since(at) < 20*time.Second {
		return fmt.Errorf("on its way: %w", anchor.ErrPending)
	}
	if !slices.Contains(f.final, string(head)) {
		f.final = append(f.final, string(head))
	}
	return nil
}
func (*farLog) Lookup(context.Context, uint64) ([]byte, error) { return nil, fs.ErrNotExist }
func (*farLog) Head(context.Context) ([]byte, error)           { return nil, fs.ErrNotExist }

// A relay begins a checkpoint every so often, carries it until it has arrived, and then asks seldom.
func TestRelayCarriesTheNewestNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &farLog{since: map[string]time.Time{}}
		ctx, cancel := context.WithTimeout(t.Context(), 199*time.Second)
		defer cancel()
		Relay{From: nearLog{time.Now()}, To: far, Every: time.Minute, Poll: 5 * time.Second}.Run(ctx)
		if want := []string{"head 1", "head 7", "head 13"}; !slices.Equal(far.final, want) {
			t.Errorf("carried %v, want %v", far.final, want)
		}
		if far.asked > 3*5+2 {
			t.Errorf("the chain was asked %d times for three checkpoints", far.asked)
		}
	})
}
