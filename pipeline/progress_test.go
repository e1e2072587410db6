package pipeline

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tallystick/journal"
)

// slowSink takes as long as the test says.
type slowSink struct{ write func() error }

func (slowSink) Name() string { return "slow" }
func (slowSink) Position(context.Context, int) (journal.Position, error) {
	return journal.Position{}, nil
}
func (s slowSink) Write(context.Context, []*Batch) error { return s.write() }

func TestProgressSaysHowFarBehindAndHowLongAWriteTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := slowSink{}
		pl, err := New(Config{Brokers: []string{"127.0.0.1:1"}, Group: "g", Decider: struct{ Decider }{},
			Sinks: []Sink{sink}})
		if err != nil {
			t.Fatal(err)
		}
		for i, to := range []int64{100, 50} {
			p := newPartition(i, 1<<20, make(chan struct{}, 1))
			p.head.To = to
			pl.partitions = append(pl.partitions, p)
		}
		pl.loaded.Store(true)
		g := pl.progress[0]
		see := func(behind map[int]int64, writing time.Duration) {
			t.Helper()
			got := pl.SinkProgress()[0]
			if got.Name != "slow" || len(got.Behind) != len(behind) || got.Behind[0] != behind[0] ||
				got.Behind[1] != behind[1] {
				t.Errorf("behind is %v, want %v", got.Behind, behind)
			}
			if got.Writing.IsZero() != (writing == 0) || writing > 0 && time.Since(got.Writing) != writing {
				t.Errorf("writing since %v, want %v", got.Writing, writing)
			}
		}
		see(map[int]int64{}, 0) // it has not been asked where it stands
		g.reached(0, 70)
		g.reached(1, 50)
		see(map[int]int64{0: 30, 1: 0}, 0)
		g.left(1) // another instance feeds it now
		see(map[int]int64{0: 30}, 0)

		// Retries are part of the write.
		attempts := 0
		f := &feeder{cfg: &pl.cfg, m: pl.m, progress: g, cursors: map[int]*cursor{0: {p: pl.partitions[0]}}}
		f.sink = slowSink{write: func() error {
			time.Sleep(time.Minute)
			if attempts++; attempts == 1 {
				return errors.New("away")
			}
			return nil
		}}
		done := make(chan error)
		go func() {
			done <- f.write(t.Context(), []*Batch{{Batch: journal.Batch{Next: journal.Position{To: 100}}}})
		}()
		time.Sleep(90 * time.Second)
		see(map[int]int64{0: 30}, 90*time.Second)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		see(map[int]int64{0: 0}, 0)
	})
}
