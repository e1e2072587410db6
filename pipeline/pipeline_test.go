package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/internal/embedded"
	"tallystick/journal"
	"tallystick/journal/fetch"
	"tallystick/pipeline"
)

// clerk decides without keys and rules: a record "bad" is refused, anything else is decided.
type clerk struct {
	mu       sync.Mutex
	observed int
}

func (c *clerk) Decide(_ context.Context, records []pipeline.Record) (pipeline.Verdicts, error) {
	var v pipeline.Verdicts
	for _, r := range records {
		e := claim.Entry{
			Kind: claim.Decided, Insurer: "acme", Claim: string(r.Value), Revision: 1, Source: r.Source,
			At: r.Source.Time, Seed: make([]byte, claim.SeedSize), Commitment: make([]byte, 32), Content: make([]byte, 32),
			Decision: &claim.Decision{Outcome: claim.Settle, RuleSet: "none@1"},
		}
		if string(r.Value) == "bad" {
			e.Kind, e.Decision, e.Claim = claim.Dead, nil, ""
			e.Dead = &claim.DeadLetter{Code: claim.NotJSON}
			v.Dead = append(v.Dead, pipeline.SealedRecord{Entry: len(v.Entries), Value: []byte("sealed")})
		}
		v.Entries = append(v.Entries, e)
	}
	v.Keys = []pipeline.KeyRecord{{Key: []byte("id"), Value: []byte("wrapped")}}
	return v, nil
}

func (c *clerk) Observe(*claim.Entry) {
	c.mu.Lock()
	c.observed++
	c.mu.Unlock()
}

// shelf is a sink that keeps entries by their place in the journal, and fails now and then after it has kept them.
type shelf struct {
	mu        sync.Mutex
	entries   map[[2]int64]claim.Entry
	positions map[int]journal.Position
	flaky     bool
}

func newShelf() *shelf {
	return &shelf{entries: map[[2]int64]claim.Entry{}, positions: map[int]journal.Position{}}
}

func (s *shelf) Name() string { return "shelf" }

func (s *shelf) Position(_ context.Context, p int) (journal.Position, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.positions[p], nil
}

func (s *shelf) Write(_ context.Context, batches []*pipeline.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := s.flaky && rand.IntN(3) == 0
	for n, b := range batches {
		for i, e := range b.Entries {
			s.entries[[2]int64{int64(b.Partition), b.Records[i].Offset}] = e
		}
		if fail && n == len(batches)/2 {
			return errors.New("written, but reported failed")
		}
		s.positions[b.Partition] = b.Next
	}
	return nil
}

type install struct {
	brokers []string
	client  *kafka.Client
}

const partitions = 3

func newInstall(t *testing.T) install {
	t.Helper()
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	in := install{broker.Addrs(), &kafka.Client{Addr: kafka.TCP(broker.Addrs()...), Transport: &kafka.Transport{MetadataTTL: 250 * time.Millisecond}}}
	if _, err := pipeline.CreateTopics(t.Context(), in.client, pipeline.DefaultTopics, partitions, 1, pipeline.Retention{Claims: time.Hour, DeadLetters: time.Hour}); err != nil {
		t.Fatal(err)
	}
	return in
}

func (in install) config(sinks ...pipeline.Sink) pipeline.Config {
	return pipeline.Config{
		Brokers: in.brokers, Group: "tallystick", Decider: &clerk{}, Sinks: sinks, BatchRecords: 50, MaxWait: 10 * time.Millisecond,
		BufferBytes: 32 << 10, Session: 6 * time.Second,
	}
}

// send appends n records to the claims topic, round robin, and a bad one after each tenth.
func (in install) send(t *testing.T, n int) (sent int) {
	t.Helper()
	var batches [partitions][]kafka.Record
	for i := range n {
		p := i % partitions
		batches[p] = append(batches[p], kafka.Record{Value: kafka.NewBytes([]byte("c" + strconv.Itoa(i)))})
		sent++
		if i%10 == 9 {
			batches[p] = append(batches[p], kafka.Record{Value: kafka.NewBytes([]byte("bad"))})
			sent++
		}
	}
	for p, records := range batches {
		eventually(t, "the broker to take records", func() bool {
			res, err := in.client.Produce(t.Context(), &kafka.ProduceRequest{Topic: "claims", Partition: p, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...)})
			if err == nil {
				err = res.Error
			}
			if err != nil && fetch.Classify(err) != fetch.KindMissing { // known again in a moment
				t.Fatal(err)
			}
			return err == nil
		})
	}
	return sent
}

func start(t *testing.T, cfg pipeline.Config) (stop func() error) {
	t.Helper()
	pl, err := pipeline.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return run(pl)
}

func run(pl *pipeline.Pipeline) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- pl.Run(ctx) }()
	return func() error { cancel(); return <-done }
}

// audit folds the journal and returns how often each source record was decided.
func (in install) audit(t *testing.T) (entries int, to [partitions]int64) {
	t.Helper()
	for p := range partitions {
		fold, err := journal.OpenFold(t.Context(), journal.Config{Addr: addr(in), Topic: "claims.scored", Name: pipeline.JournalName}, p, journal.Position{})
		if err != nil {
			t.Fatal(err)
		}
		next := int64(0)
		err = fold.CatchUp(t.Context(), func(b journal.Batch) error {
			for _, r := range b.Records {
				var e claim.Entry
				if err := entry.Decode(r.Value, &e); err != nil {
					return err
				}
				if e.Kind == claim.Rescored {
					continue
				}
				if e.Source.Offset != next {
					return fmt.Errorf("partition %d: entry for source offset %d where %d is due", p, e.Source.Offset, next)
				}
				next++
				entries++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		to[p] = fold.Position().To
	}
	return entries, to
}

func addr(in install) net.Addr { return kafka.TCP(in.brokers...) }

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestEveryRecordIsDecidedOnceWhateverIsInterrupted(t *testing.T) {
	in := newInstall(t)
	shelf := newShelf()
	shelf.flaky = true
	sent := 0
	for round := range 6 {
		sent += in.send(t, 300)
		stop := start(t, in.config(shelf))
		if round == 5 {
			eventually(t, "all entries on the shelf", func() bool {
				shelf.mu.Lock()
				defer shelf.mu.Unlock()
				return len(shelf.entries) == sent
			})
		} else {
			time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		}
		if err := stop(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	entries, to := in.audit(t)
	if entries != sent {
		t.Errorf("%d entries for %d records", entries, sent)
	}
	if sum := to[0] + to[1] + to[2]; sum != int64(sent) {
		t.Errorf("positions cover %d records of %d", sum, sent)
	}
	if len(shelf.entries) != sent {
		t.Errorf("%d entries on the shelf, want %d", len(shelf.entries), sent)
	}
}

func TestTwoInstancesShareThePartitions(t *testing.T) {
	in := newInstall(t)
	a, b := newShelf(), newShelf()
	sent := in.send(t, 600)
	stopA := start(t, in.config(a))
	time.Sleep(300 * time.Millisecond)
	stopB := start(t, in.config(b))
	sent += in.send(t, 600)
	all := func() int {
		a.mu.Lock()
		b.mu.Lock()
		defer a.mu.Unlock()
		defer b.mu.Unlock()
		seen := map[[2]int64]bool{}
		for k := range a.entries {
			seen[k] = true
		}
		for k := range b.entries {
			seen[k] = true
		}
		return len(seen)
	}
	eventually(t, "all entries on a shelf", func() bool { return all() == sent })
	if err := errors.Join(stopA(), stopB()); err != nil {
		t.Fatal(err)
	}
	if entries, _ := in.audit(t); entries != sent {
		t.Errorf("%d entries for %d records", entries, sent)
	}
}

func TestDeadLettersAreListedOnceAndReplayed(t *testing.T) {
	in := newInstall(t)
	shelf := newShelf()
	in.send(t, 30)
	stop := start(t, in.config(shelf))
	eventually(t, "33 entries", func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == 33 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	res, err := in.client.Produce(t.Context(), &kafka.ProduceRequest{Topic: "claims.dead-letter", RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte("of somebody else"))})})
	if err != nil || res.Error != nil {
		t.Fatal(err, res)
	}
	var letters []pipeline.DeadLetter
	foreign, err := pipeline.DeadLetters(t.Context(), in.config(), func(d pipeline.DeadLetter) error { letters = append(letters, d); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if len(letters) != 3 || foreign != 1 {
		t.Fatalf("%d dead letters and %d other records, want 3 and 1", len(letters), foreign)
	}
	for _, d := range letters {
		if d.Code != claim.NotJSON || string(d.Sealed) != "sealed" {
			t.Errorf("dead letter %+v", d)
		}
	}
	replayer, err := pipeline.NewReplayer(in.config())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := letters[0]
	elsewhere.Source.Partition = partitions
	if _, err := replayer.Replay(t.Context(), elsewhere); !errors.Is(err, pipeline.ErrNoPartition) {
		t.Errorf("to a partition that is not there: %v", err)
	}
	if _, err := replayer.Replay(t.Context(), letters[0]); err != nil {
		t.Fatal(err)
	}
	stop = start(t, in.config(shelf))
	eventually(t, "the replayed record's entry", func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == 34 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestDecisionsArePublishedByKey(t *testing.T) {
	in := newInstall(t)
	cfg := in.config()
	out := pipeline.NewOutbound(cfg)
	shelf := newShelf()
	cfg.Sinks = []pipeline.Sink{out, shelf}
	in.send(t, 30)
	stop := start(t, cfg)
	eventually(t, "33 entries", func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == 33 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	offsets, err := in.client.ListOffsets(t.Context(), &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{
		"claims.decisions": {kafka.LastOffsetOf(0), kafka.LastOffsetOf(1), kafka.LastOffsetOf(2)}}})
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for _, p := range offsets.Topics["claims.decisions"] {
		n += p.LastOffset
	}
	if n != 30 {
		t.Errorf("%d decisions published, want 30", n)
	}
	if err := out.Close(); err != nil { // which stores the last positions
		t.Fatal(err)
	}
	for p := range partitions {
		pos, err := out.Position(t.Context(), p)
		if err != nil || pos.To == 0 {
			t.Errorf("stored position of partition %d: %v, %v", p, pos, err)
		}
	}
}

func TestMissingTopicsAreNamedWithTheRemedy(t *testing.T) {
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	pl, err := pipeline.New(pipeline.Config{Brokers: broker.Addrs(), Group: "g", Decider: &clerk{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := pl.Run(t.Context()); !errors.Is(err, pipeline.ErrTopicMissing) {
		t.Errorf("got %v", err)
	}
}

func TestASourceMadeAnewIsNoticedAndResetOnRequest(t *testing.T) {
	for name, again := range map[string]int{"shorter than before": 9, "grown past the position": 900} {
		t.Run(name, func(t *testing.T) {
			in := newInstall(t)
			shelf := newShelf()
			sent := in.send(t, 90)
			stop := start(t, in.config(shelf))
			eventually(t, "the first claims", func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == sent })
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			in.recreateClaims(t)
			time.Sleep(5 * time.Millisecond) // records of the same millisecond and offset would be the same record
			second := in.send(t, again)
			pl, err := pipeline.New(in.config(shelf))
			if err != nil {
				t.Fatal(err)
			}
			if err := pl.Run(t.Context()); !errors.Is(err, journal.ErrSourceRecreated) {
				t.Fatalf("got %v, want %v", err, journal.ErrSourceRecreated)
			}
			for p := range partitions {
				if _, err := pipeline.ResetSource(t.Context(), in.config(), p); err != nil {
					t.Fatal(err)
				}
			}
			stop = start(t, in.config(shelf))
			eventually(t, "the claims of the new topic", func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == sent+second })
			if err := stop(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func (in install) recreateClaims(t *testing.T) {
	t.Helper()
	del, err := in.client.DeleteTopics(t.Context(), &kafka.DeleteTopicsRequest{Topics: []string{"claims"}})
	if err != nil || del.Errors["claims"] != nil {
		t.Fatal(err, del)
	}
	eventually(t, "the topic to be made anew", func() bool {
		created, err := pipeline.CreateTopics(t.Context(), in.client, pipeline.DefaultTopics, partitions, 1, pipeline.Retention{Claims: time.Hour, DeadLetters: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		return len(created) == 1
	})
}
