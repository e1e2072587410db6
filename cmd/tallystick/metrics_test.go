package main

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"tallystick/internal/embedded"
	"tallystick/journal"
	"tallystick/pipeline"
)

// shelf is a sink that does what the test tells it to.
type shelf struct {
	at    int64
	write func(context.Context) error
}

func (s *shelf) Name() string { return "shelf" }
func (s *shelf) Position(context.Context, int) (journal.Position, error) {
	return journal.Position{To: s.at}, nil
}
func (s *shelf) Write(ctx context.Context, _ []*pipeline.Batch) error { return s.write(ctx) }

type shelfEverywhere struct{ shelf }

func (*shelfEverywhere) Everywhere() {}

func TestWatchedSinkKeepsItsKind(t *testing.T) {
	in := &install{}
	if _, ok := in.watch(&shelf{}).(pipeline.Everywhere); ok {
		t.Error("a sink of owned partitions has become one of all")
	}
	if _, ok := in.watch(&shelfEverywhere{}).(pipeline.Everywhere); !ok {
		t.Error("a sink of all partitions has become one of the owned")
	}
	if len(in.sinks) != 2 {
		t.Errorf("%d sinks are watched", len(in.sinks))
	}
}

func TestSinkMetricsSayHowFarBehindAndHowLongItWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{at: 70}
		in := &install{}
		w := in.watch(s).(*watchedSink)
		heads := []journal.Position{{To: 100}, {To: 50}}
		behind := func(want map[int]int64) {
			t.Helper()
			got := w.behind(heads, []int{0, 1})
			if len(got) != len(want) || got[0] != want[0] {
				t.Errorf("behind is %v, want %v", got, want)
			}
		}
		behind(map[int]int64{}) // it has not been asked where it stands
		if _, err := w.Position(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		behind(map[int]int64{0: 30})

		batch := &pipeline.Batch{Batch: journal.Batch{Partition: 0, Next: journal.Position{To: 100}}}
		s.write = func(context.Context) error { time.Sleep(90 * time.Second); return errors.New("away") }
		if err := w.Write(t.Context(), []*pipeline.Batch{batch}); err == nil {
			t.Fatal("the error was swallowed")
		}
		time.Sleep(10 * time.Second)
		if got := since(w.writing); got != 100 {
			t.Errorf("writing for %v s, want 100: the pipeline tries again", got)
		}
		behind(map[int]int64{0: 30})

		s.write = func(context.Context) error { return nil }
		if err := w.Write(t.Context(), []*pipeline.Batch{batch}); err != nil {
			t.Fatal(err)
		}
		if !w.writing.IsZero() {
			t.Error("it still writes")
		}
		behind(map[int]int64{0: 0})

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.write = func(ctx context.Context) error { return ctx.Err() }
		if err := w.Write(ctx, []*pipeline.Batch{batch}); err == nil || !w.writing.IsZero() {
			t.Errorf("a write that was given up still counts: %v", err)
		}
	})
}

func TestRetentionLeftIsThatOfTheOldestUndecidedClaim(t *testing.T) {
	broker, err := embedded.Start(embedded.Config{Topics: []embedded.Topic{{
		Name: "claims", Partitions: 2, Config: map[string]string{"cleanup.policy": "delete", "retention.ms": strconv.Itoa(int(24 * time.Hour / time.Millisecond))},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	c := defaults()
	c.Kafka.Brokers = broker.Addrs()
	now := time.Now()
	var records []kafka.Record
	for _, age := range []time.Duration{5 * time.Hour, 3 * time.Hour} {
		records = append(records, kafka.Record{Time: now.Add(-age), Value: kafka.NewBytes([]byte("{}"))})
	}
	res, err := c.client().Produce(t.Context(), &kafka.ProduceRequest{
		Topic: "claims", Partition: 0, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...),
	})
	if err := errors.Join(err, res.Error); err != nil {
		t.Fatal(err)
	}
	keep, err := claimsRetention(t.Context(), &c)
	if err != nil || keep != 24*time.Hour {
		t.Fatalf("retention is %v: %v", keep, err)
	}
	w := newRetentionWatch(&c, nil, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	for _, tc := range []struct {
		partition int
		offset    int64
		want      time.Duration
	}{
		{0, 0, 19 * time.Hour}, // the older one waits
		{0, 1, 21 * time.Hour},
		{0, 2, keep}, // all is decided
		{1, 0, keep}, // nothing came
		{0, 9, 0},    // what was to come next is not there any more
	} {
		got, err := w.leftOf(t.Context(), tc.partition, tc.offset, keep)
		if err != nil || (got-tc.want).Abs() > time.Minute {
			t.Errorf("partition %d decided to %d: %v is left, want %v: %v", tc.partition, tc.offset, got, tc.want, err)
		}
	}
}
