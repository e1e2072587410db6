package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/internal/embedded"
	"tallystick/journal"
)

// drawer is a sink that keeps digests, and waits while it is shut.
type drawer struct {
	mu   sync.Mutex
	pos  journal.Position
	got  []journal.Digest
	shut chan struct{} // nil: open
	left []int
}

func (d *drawer) Name() string { return "drawer" }

func (d *drawer) Position(context.Context, int) (journal.Position, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pos, nil
}

func (d *drawer) Write(ctx context.Context, batches []*Batch) error {
	if d.shut != nil {
		select {
		case <-d.shut:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, b := range batches {
		d.got = append(d.got, b.Digest)
		d.pos = b.Next
	}
	return nil
}

func (d *drawer) Left(partition int) { d.left = append(d.left, partition) }

func (d *drawer) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.got)
}

// feed returns a feeder of one partition that is owned as long as the returned function says so.
func feed(s Sink) (f *feeder, p *partition, own func(bool)) {
	f = &feeder{
		sink: s, cfg: &Config{SinkRows: 100, Log: slog.New(slog.DiscardHandler)},
		m:      newMetrics(prometheus.NewRegistry()),
		notify: make(chan struct{}, 1), tied: true, progress: newProgress(s), cursors: map[int]*cursor{},
	}
	p = newPartition(0, 1<<20, f.notify)
	p.head = beginning(0)
	var mu sync.Mutex
	owned := false
	f.feeds = func() []*partition {
		mu.Lock()
		defer mu.Unlock()
		if !owned {
			return nil
		}
		return []*partition{p}
	}
	return f, p, func(yes bool) {
		mu.Lock()
		defer mu.Unlock()
		if owned = yes; yes {
			p.begin()
		} else {
			p.finish()
		}
	}
}

func TestADrainTakesWhatWasAppendedBeforeItBegan(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			d := &drawer{}
			f, p, own := feed(d)
			own(true)
			draining, done := make(chan struct{}), make(chan error, 1)
			go func() { done <- f.run(t.Context(), draining) }()
			for range 3 {
				p.publish(follow(p))
			}
			close(draining)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if n := d.count(); n != 3 {
				t.Fatalf("%d of 3 batches", n)
			}
		})
	}
}

func TestAWriteIsGivenUpWhenThePartitionIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		d := &drawer{shut: make(chan struct{})}
		f, p, own := feed(d)
		own(true)
		done := make(chan error, 1)
		go func() { done <- f.run(ctx, make(chan struct{})) }()
		p.publish(follow(p))
		synctest.Wait() // the write hangs
		own(false)
		synctest.Wait()
		if len(d.left) != 1 {
			t.Errorf("the sink was told %d times that the partition is lost, want once", len(d.left))
		}
		close(d.shut)
		synctest.Wait()
		if n := d.count(); n != 0 {
			t.Fatalf("%d batches were written after the partition was lost", n)
		}

		// Meanwhile the new owner wrote the first batch and a second. Regained, the sink goes on behind both.
		p.publish(follow(p))
		d.mu.Lock()
		d.pos = p.Head()
		d.mu.Unlock()
		own(true)
		third := follow(p)
		p.publish(third)
		synctest.Wait()
		if d.mu.Lock(); len(d.got) != 1 || d.got[0] != third.Digest {
			t.Errorf("%d batches were written, want the third alone", len(d.got))
		}
		d.mu.Unlock()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestASinkIsToldOfALossThatEndedBeforeItsNextLook(t *testing.T) {
	d := &drawer{}
	f, _, own := feed(d)
	for range 3 {
		own(true)
		if _, err := f.gather(t.Context()); err != nil {
			t.Fatal(err)
		}
		own(false)
	}
	if len(d.left) != 2 {
		t.Errorf("the sink was told of %d of 2 losses", len(d.left))
	}
}

// selective is a sink of several partitions whose first write hangs.
type selective struct {
	positions map[int]journal.Position
	entries   map[int]int
	hung      chan struct{} // closed when the first write hangs
	later     bool
}

func (s *selective) Name() string { return "selective" }

func (s *selective) Position(_ context.Context, partition int) (journal.Position, error) {
	return s.positions[partition], nil
}

func (s *selective) Write(ctx context.Context, batches []*Batch) error {
	if !s.later {
		s.later = true
		close(s.hung)
		<-ctx.Done()
		return ctx.Err()
	}
	for _, b := range batches {
		s.entries[b.Partition] += len(b.Entries)
		s.positions[b.Partition] = b.Next
	}
	return nil
}

// A sink that reads two partitions from the topic loses one of them while it writes of both.
func TestAGivenUpWriteComesAgainFromTheTopic(t *testing.T) {
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	s := &selective{positions: map[int]journal.Position{}, entries: map[int]int{}, hung: make(chan struct{})}
	f, _, _ := feed(s)
	f.cfg.Brokers, f.cfg.Topics, f.cfg.SinkRows = broker.Addrs(), DefaultTopics, 5
	f.cfg.Transport = &kafka.Transport{MetadataTTL: 250 * time.Millisecond}
	if _, err := CreateTopics(t.Context(), f.cfg.client(), DefaultTopics, 2, 1,
		Retention{Claims: time.Hour, DeadLetters: time.Hour}); err != nil {
		t.Fatal(err)
	}
	value, err := new(entry.Encoder).Append(nil,
		&claim.Entry{Kind: claim.Duplicate, Claim: "C", At: time.Unix(1, 0).UTC()})
	if err != nil {
		t.Fatal(err)
	}
	var owned []*partition
	appendTo := func(p *partition, batches int64) {
		t.Helper()
		app, err := journal.NewAppender(t.Context(), f.cfg.journal(), p.id, p.Head())
		if err != nil {
			t.Fatal(err)
		}
		for range batches {
			from := p.Head().To
			b, err := app.Append(t.Context(), from, from+1, []journal.Record{{Value: value}})
			if err != nil {
				t.Fatal(err)
			}
			p.publish(&Batch{Batch: b})
		}
	}
	for id := range 2 {
		p := newPartition(id, 1, f.notify) // memory keeps one batch, so the sink is behind
		p.head = beginning(id)
		appendTo(p, 4)
		p.begin()
		owned = append(owned, p)
	}
	f.feeds = func() []*partition { return owned }
	step := func() {
		t.Helper()
		batches, err := f.gather(t.Context())
		if err == nil && len(batches) > 0 {
			err = f.write(t.Context(), batches)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	go func() { <-s.hung; owned[1].finish() }()
	step()
	kept := owned[0]
	owned = owned[:1]
	for range 3 {
		step()
	}
	appendTo(kept, 1)
	for range 3 {
		step()
	}
	if s.entries[0] != 5 || s.positions[0] != kept.Head() {
		t.Errorf("the sink has %d of 5 entries at %s, the head is %s", s.entries[0], s.positions[0], kept.Head())
	}
}
