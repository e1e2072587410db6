package statelog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/produce"

	"tallystick/internal/embedded"
	"tallystick/journal"
	"tallystick/journal/statelog"
)

// step is a record: a counter that goes from one value to the next.
type step struct {
	Key      string
	From, To int
	Who      int
}

// counters are a state: each key's value, and what did not follow from it.
type counters struct {
	value  map[string]int
	breaks []step
}

func newCounters() *counters { return &counters{value: map[string]int{}} }

func (c *counters) Apply(batch journal.Batch) error {
	for _, r := range batch.Records {
		var s step
		if err := json.Unmarshal(r.Value, &s); err != nil {
			return err
		}
		if c.value[s.Key] != s.From {
			c.breaks = append(c.breaks, s)
		}
		c.value[s.Key] = s.To
	}
	return nil
}

var errMoved = errors.New("the counter has moved")

// raise makes a counter go on from a value that its author saw.
func raise(key string, seen, who int) statelog.Command[*counters] {
	return statelog.Command[*counters]{Keys: []string{key}, Propose: func(c *counters) ([]journal.Record, error) {
		if c.value[key] != seen {
			return nil, errMoved
		}
		data, err := json.Marshal(step{key, seen, seen + 1, who})
		return []journal.Record{{Value: data}}, err
	}}
}

// lossy loses requests and answers of appends.
type lossy struct {
	kafka.RoundTripper
	every int64 // one of as many appends is lost, and one answer; 0: none
	n     atomic.Int64
}

var errLost = fmt.Errorf("lost: %w", kafka.NetworkException)

func (l *lossy) RoundTrip(ctx context.Context, addr net.Addr, req kafka.Request) (kafka.Response, error) {
	if _, ok := req.(*produce.Request); !ok || l.every == 0 {
		return l.RoundTripper.RoundTrip(ctx, addr, req)
	}
	switch n := l.n.Add(1) % (2 * l.every); n {
	case 0:
		return nil, errLost
	case l.every:
		if _, err := l.RoundTripper.RoundTrip(ctx, addr, req); err != nil {
			return nil, err
		}
		return nil, errLost // it was appended
	}
	return l.RoundTripper.RoundTrip(ctx, addr, req)
}

func newJournal(t *testing.T, every int64) journal.Config {
	t.Helper()
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	transport := &kafka.Transport{MetadataTTL: 200 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := journal.Config{
		Addr: kafka.TCP(
			broker.Addrs()...), Transport: &lossy{RoundTripper: transport, every: every}, Topic: "counters",
		MaxWait: 20 * time.Millisecond,
	}
	if err := journal.CreateTopic(t.Context(), cfg, journal.TopicOptions{Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func start(t *testing.T, cfg journal.Config) *statelog.Log[*counters] {
	t.Helper()
	l, err := statelog.Open(t.Context(), statelog.Config{Journal: cfg, Window: 2 * time.Millisecond}, newCounters())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error("run:", err)
		}
	})
	return l
}

// Three processes raise the same counters. Whoever is told that it did, did; nothing is lost, nothing done twice,
// whatever appends and answers are lost on the way.
func TestWhoeverIsToldThatItDidDid(t *testing.T) {
	const processes, people, acts, keys = 3, 6, 40, 4
	cfg := newJournal(t, 7)
	logs := make([]*statelog.Log[*counters], processes)
	for i := range logs {
		logs[i] = start(t, cfg)
	}
	var did, moved atomic.Int64
	var wg sync.WaitGroup
	for p := range processes * people {
		wg.Go(func() {
			l := logs[p%processes]
			r := rand.New(rand.NewPCG(uint64(p), 1))
			for range acts {
				key := fmt.Sprint("k", r.IntN(keys))
				var seen int
				l.View(func(c *counters) { seen = c.value[key] })
				_, err := l.Submit(t.Context(), raise(key, seen, p))
				switch {
				case err == nil:
					did.Add(1)
				case errors.Is(err, errMoved):
					moved.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	end := newCounters()
	if _, err := journal.Scan(t.Context(), cfg, 0, end.Apply); err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, v := range end.value {
		sum += v
	}
	if len(end.breaks) > 0 || int64(sum) != did.Load() {
		t.Errorf("%d told that they did, the counters say %d, %d steps do not follow", did.Load(), sum, len(end.breaks))
	}
	if did.Load() == 0 || moved.Load() == 0 {
		t.Errorf("%d did and %d were too late: this tests nothing", did.Load(), moved.Load())
	}
	t.Logf("%d did, %d were told that they were too late", did.Load(), moved.Load())
}

func TestCommandsOfOneMomentGoInOneBatch(t *testing.T) {
	cfg := newJournal(t, 0)
	l := start(t, cfg)
	var waits []func() (statelog.Result, error)
	for i := range 100 {
		wait, err := l.Send(t.Context(), raise(fmt.Sprint("k", i), 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	for i, wait := range waits {
		res, err := wait()
		if err != nil {
			t.Fatal(err)
		}
		if res.First != int64(i) || len(res.Records) != 1 {
			t.Errorf("command %d has the entry %d", i, res.First)
		}
	}
	batches := 0
	if _, err := journal.Scan(t.Context(), cfg, 0, func(journal.Batch) error { batches++; return nil }); err != nil {
		t.Fatal(err)
	}
	if batches > 5 {
		t.Errorf("100 commands of a moment took %d batches", batches)
	}
}

// Of commands that share a key each is checked against what the one before did, in the order in which they were sent.
func TestCommandsOfOneKeyKeepTheirOrder(t *testing.T) {
	l := start(t, newJournal(t, 0))
	var waits []func() (statelog.Result, error)
	for i := range 20 {
		wait, err := l.Send(t.Context(), raise("k", i, i))
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	for i, wait := range waits {
		if _, err := wait(); err != nil {
			t.Errorf("command %d: %v", i, err)
		}
	}
}

func TestWhileTheJournalIsAwayReadsGoOnAndWritesSaySo(t *testing.T) {
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	transport := &kafka.Transport{MetadataTTL: 200 * time.Millisecond}
	defer transport.CloseIdleConnections()
	cfg := journal.Config{
		Addr:      kafka.TCP(broker.Addrs()...),
		Transport: transport,
		Topic:     "counters",
		MaxWait:   20 * time.Millisecond,
	}
	if err := journal.CreateTopic(t.Context(), cfg, journal.TopicOptions{Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	l := start(t, cfg)
	if _, err := l.Submit(t.Context(), raise("k", 0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := broker.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := l.Submit(ctx, raise("k", 1, 0)); !errors.Is(err, statelog.ErrWaiting) {
		t.Errorf("without a journal: %v", err)
	}
	l.View(func(c *counters) {
		if c.value["k"] != 1 {
			t.Errorf("the state says %d", c.value["k"])
		}
	})
	if l.Err() != nil {
		t.Errorf("the log has ended: %v", l.Err())
	}
}

func TestRecordsThatAreTooLargeAreRefusedAlone(t *testing.T) {
	cfg := newJournal(t, 0)
	cfg.MaxBytes = 2000
	l := start(t, cfg)
	big := statelog.Command[*counters]{Keys: []string{"big"}, Propose: func(*counters) ([]journal.Record, error) {
		return []journal.Record{{Value: make([]byte, 3000)}}, nil
	}}
	if _, err := l.Submit(t.Context(), big); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("3,000 bytes: %v", err)
	}
	var wg sync.WaitGroup
	for i := range 60 { // together more than a batch may hold
		wg.Go(func() {
			if _, err := l.Submit(t.Context(), raise(fmt.Sprint("k", i), 0, i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestOpeningGoesOnFromAPosition(t *testing.T) {
	cfg := newJournal(t, 0)
	a := start(t, cfg)
	for i := range 5 {
		if _, err := a.Submit(t.Context(), raise("k", i, 0)); err != nil {
			t.Fatal(err)
		}
	}
	kept := newCounters()
	at := a.Position()
	kept.value["k"] = 5
	if _, err := a.Submit(t.Context(), raise("k", 5, 0)); err != nil {
		t.Fatal(err)
	}
	b, err := statelog.Open(t.Context(), statelog.Config{Journal: cfg, At: at}, kept)
	if err != nil {
		t.Fatal(err)
	}
	b.View(func(c *counters) {
		if c.value["k"] != 6 || len(c.breaks) > 0 {
			t.Errorf("folded from a position: %+v", c)
		}
	})
}
