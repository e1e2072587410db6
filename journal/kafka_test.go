package journal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tallystick/journal/fetch"
)

// cluster starts an in-process broker and returns a journal on it.
func cluster(t testing.TB, opts ...kfake.Opt) (*kfake.Cluster, Config) {
	t.Helper()
	opts = append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	transport := &kafka.Transport{MetadataTTL: 200 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	return c, Config{
		Addr:      kafka.TCP(c.ListenAddrs()...),
		Transport: transport,
		Topic:     "scored",
		Name:      "test.scored",
		MaxWait:   20 * time.Millisecond,
		TopicWait: 2 * time.Second,
	}
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// entries makes a record for each source offset in [from, to).
func entries(from, to int64) []Record {
	var out []Record
	for i := from; i < to; i++ {
		out = append(out, Record{Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "entry of source record %d",
			i)})
	}
	return out
}

func TestAppendAndFold(t *testing.T) {
	for _, compression := range []kafka.Compression{0, kafka.Gzip, kafka.Snappy, kafka.Lz4, kafka.Zstd} {
		t.Run(compression.String(), func(t *testing.T) {
			ctx := testContext(t)
			_, cfg := cluster(t)
			cfg.Compression = compression
			if err := CreateTopic(ctx, cfg, TopicOptions{Partitions: 2}); err != nil {
				t.Fatal(err)
			}
			a, err := NewAppender(ctx, cfg, 1, Position{})
			if err != nil {
				t.Fatal(err)
			}
			var handed []Batch
			for from := int64(0); from < 50; from += 10 {
				b, err := a.Append(ctx, from, from+10, entries(from, from+10))
				if err != nil {
					t.Fatal(err)
				}
				handed = append(handed, b)
			}
			if len(handed) != 5 || handed[4].Next != a.Position() || a.Position().To != 50 {
				t.Fatalf("appender at %v after %d batches", a.Position(), len(handed))
			}
			f, err := OpenFold(ctx, cfg, 1, Position{})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range handed {
				got, err := f.Next(ctx)
				if err != nil {
					t.Fatal(err)
				}
				diff(t, fmt.Sprintf("batch %d", i), got, want)
			}
			again, err := OpenFold(ctx, cfg, 1, handed[2].Next)
			if err != nil {
				t.Fatal(err)
			}
			got, err := again.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "after reopening", got, handed[3])
		})
	}
}

func TestSupersededOwnerIsTold(t *testing.T) {
	ctx := testContext(t)
	_, cfg := cluster(t, kfake.SeedTopics(1, "scored"))
	a := must(NewAppender(ctx, cfg, 0, Position{}))(t)
	b := must(NewAppender(ctx, cfg, 0, Position{}))(t)
	first := must(a.Append(ctx, 0, 3, entries(0, 3)))(t)
	_, err := b.Append(ctx, 0, 5, entries(0, 5))
	var s *SupersededError
	if !errors.As(err, &s) || s.Landed || len(s.Batches) != 1 {
		t.Fatalf("got %v", err)
	}
	diff(t, "the winner's batch", s.Batches[0], first)
	second := must(b.Append(ctx, 3, 4, entries(3, 4)))(t)
	if second.Prev != first.Digest {
		t.Fatal("not chained")
	}
}

// What a broker or the network may do to one produce request, on the wire.
func TestProduceFaultsOnTheWire(t *testing.T) {
	fault := func(err *kerr.Error, count int) func(*kfake.Cluster) {
		return func(c *kfake.Cluster) {
			c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: err, Count: count})
		}
	}
	for _, c := range []struct {
		name   string
		strike func(*kfake.Cluster)
		want   error
		voids  int
	}{
		{"lost: not the leader", fault(kerr.NotLeaderForPartition, 2), nil, 0},
		{"lost: too few replicas", fault(kerr.NotEnoughReplicas, 3), nil, 0},
		{"lost: unknown server error", fault(kerr.UnknownServerError, 2), nil, 0},
		{"lost: topic not there yet", fault(kerr.UnknownTopicOrPartition, 2), nil, 0},
		{"done but timed out", fault(kerr.RequestTimedOut, 1), nil, 0},
		{"done but too few replicas after the append", fault(kerr.NotEnoughReplicasAfterAppend, 1), nil, 0},
		{"connection cut before", func(c *kfake.Cluster) {
			c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
				return nil, errors.New("cut"), true
			})
		}, nil, 0},
		{"the leader moves", func(c *kfake.Cluster) {
			if err := c.MoveTopicPartition("scored", 0, 1-c.LeaderFor("scored", 0)); err != nil {
				panic(err)
			}
		}, nil, 0},
		{"refused: too large", fault(kerr.MessageTooLarge, 1), kafka.MessageSizeTooLarge, 0},
		{"refused: no right", fault(kerr.TopicAuthorizationFailed, 1), kafka.TopicAuthorizationFailed, 0},
		{"refused: policy", fault(kerr.PolicyViolation, 1), kafka.PolicyViolation, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := testContext(t)
			cl, cfg := cluster(t, kfake.NumBrokers(2), kfake.SeedTopics(1, "scored"))
			a := must(NewAppender(ctx, cfg, 0, Position{}))(t)
			first := must(a.Append(ctx, 0, 3, entries(0, 3)))(t)
			c.strike(cl)
			b, err := a.Append(ctx, 3, 5, entries(3, 5))
			want := []Batch{first}
			if c.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, b)
			} else if !errors.Is(err, ErrRefused) || !errors.Is(err, c.want) || errors.Is(err, ErrOutcomeUnknown) {
				t.Fatal(err)
			}
			from := a.Position().To
			want = append(want, must(a.Append(ctx, from, from+1, entries(from, from+1)))(t))
			got, voids := foldAll(t, cfg, 0)
			diff(t, "history", got, want)
			if voids != c.voids {
				t.Fatalf("%d void batches", voids)
			}
		})
	}
}

// foldAll folds a partition to its end and counts the void batches.
func foldAll(t *testing.T, cfg Config, partition int) (all []Batch, voids int) {
	t.Helper()
	ctx := testContext(t)
	cfg.OnVoid = func(Void) { voids++ }
	f := must(OpenFold(ctx, cfg, partition, Position{}))(t)
	if err := f.CatchUp(ctx, func(b Batch) error { all = append(all, b); return nil }); err != nil {
		t.Fatal(err)
	}
	return all, voids
}

// stall holds produce requests back until they are let go.
type stall struct {
	kafka.RoundTripper
	arrived, letGo chan struct{}
}

func (s stall) RoundTrip(ctx context.Context, addr net.Addr, req kafka.Request) (kafka.Response, error) {
	if _, ok := req.(*produce.Request); ok {
		s.arrived <- struct{}{}
		<-s.letGo
	}
	return s.RoundTripper.RoundTrip(ctx, addr, req)
}

// An owner stalls with its request on the way; another takes over; the request of the old one arrives afterwards.
func TestStalledOwnerIsReordered(t *testing.T) {
	ctx := testContext(t)
	_, cfg := cluster(t, kfake.SeedTopics(1, "scored"))
	s := stall{cfg.Transport, make(chan struct{}), make(chan struct{})}
	slow := cfg
	slow.Transport = s
	old := must(NewAppender(ctx, slow, 0, Position{}))(t)
	done := make(chan error)
	go func() {
		_, err := old.Append(ctx, 0, 4, entries(0, 4))
		done <- err
	}()
	<-s.arrived
	owner := must(NewAppender(ctx, cfg, 0, Position{}))(t)
	want := []Batch{must(owner.Append(ctx, 0, 2, entries(0, 2)))(t), must(owner.Append(ctx, 2, 3, entries(2, 3)))(t)}
	close(s.letGo)
	var su *SupersededError
	if err := <-done; !errors.As(err, &su) {
		t.Fatal(err)
	}
	diff(t, "what the old owner is told", su.Batches, want)
	want = append(want, must(owner.Append(ctx, 3, 9, entries(3, 9)))(t))
	got, voids := foldAll(t, cfg, 0)
	diff(t, "history", got, want)
	if voids != 1 {
		t.Fatalf("%d void batches", voids)
	}
}

func TestForeignAndTransactionalRecordsAreVoid(t *testing.T) {
	ctx := testContext(t)
	_, cfg := cluster(t, kfake.SeedTopics(1, "scored"))
	a := must(NewAppender(ctx, cfg, 0, Position{}))(t)
	first := must(a.Append(ctx, 0, 3, entries(0, 3)))(t)
	cl := must(kgo.NewClient(kgo.SeedBrokers(strings.Split(cfg.Addr.String(), ",")...),
		kgo.DefaultProduceTopic("scored"), kgo.TransactionalID("x")))(t)
	defer cl.Close()
	for _, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		h := Header{Prev: first.Digest, From: 3, To: 4}
		if err := cl.ProduceSync(ctx,
			&kgo.Record{Key: []byte(headerKey), Value: h.appendTo(nil)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := cl.EndTransaction(ctx, end); err != nil {
			t.Fatal(err)
		}
	}
	l := must(newKafkaLog(must(cfg.check())(t), 0))(t)
	if _, err := l.Produce(ctx, []byte("not a header"), 1, entries(0, 2)); err != nil {
		t.Fatal(err)
	}
	second := must(a.Append(ctx, 3, 4, entries(3, 4)))(t)
	var reasons []VoidReason
	cfg.OnVoid = func(v Void) { reasons = append(reasons, v.Reason) }
	f := must(OpenFold(ctx, cfg, 0, Position{}))(t)
	var got []Batch
	if err := f.CatchUp(ctx, func(b Batch) error { got = append(got, b); return nil }); err != nil {
		t.Fatal(err)
	}
	diff(t, "history", got, []Batch{first, second})
	diff(t, "voids", reasons, []VoidReason{VoidTransactional, VoidTransactional, VoidMalformed})
	if f.Position() != second.Next || f.End() != second.Next.Offset {
		t.Fatalf("at %v, end %d", f.Position(), f.End())
	}
}

func TestTopicMadeAnewUnderAReader(t *testing.T) {
	ctx := testContext(t)
	c, cfg := cluster(t, kfake.SeedTopics(1, "scored"))
	a := must(NewAppender(ctx, cfg, 0, Position{}))(t)
	b := must(a.Append(ctx, 0, 3, entries(0, 3)))(t)
	f := must(OpenFold(ctx, cfg, 0, b.Next))(t)
	remake := func() {
		if err := c.DeleteTopic("scored"); err != nil {
			t.Fatal(err)
		}
		if err := c.CreateTopic("scored", 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	remake()
	if _, err := f.Next(ctx); !errors.Is(err, ErrTruncated) {
		t.Fatal(err)
	}
	if _, err := a.Append(ctx, 3, 4, entries(3, 4)); !errors.Is(err, ErrTruncated) {
		t.Fatal(err)
	}
	remake()
	fresh := must(NewAppender(ctx, cfg, 0, Position{}))(t)
	for i := range int64(5) {
		must(fresh.Append(ctx, i*3, i*3+3, entries(i*3, i*3+3)))(t)
	}
	if _, err := OpenFold(ctx, cfg, 0, b.Next); !errors.Is(err, ErrForked) {
		t.Fatal(err)
	}
	if _, err := f.Next(ctx); !errors.Is(err, ErrForked) {
		t.Fatal(err)
	}
}

func TestRetentionPassesAReader(t *testing.T) {
	ctx := testContext(t)
	c, cfg := cluster(t, kfake.SeedTopics(1, "scored"))
	a := must(NewAppender(ctx, cfg, 0, Position{}))(t)
	b := must(a.Append(ctx, 0, 3, entries(0, 3)))(t)
	next := must(a.Append(ctx, 3, 6, entries(3, 6)))(t)
	if err := c.DeleteRecords("scored", 0, 4); err != nil {
		t.Fatal(err)
	}
	f := must(OpenFold(ctx, cfg, 0, b.Next))(t)
	diff(t, "nothing lost", must(f.Next(ctx))(t), next)
	if err := c.DeleteRecords("scored", 0, 8); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFold(ctx, cfg, 0, b.Next); !errors.Is(err, ErrRetention) {
		t.Fatal(err)
	}
	if _, err := OpenFold(ctx, cfg, 0, Position{}); !errors.Is(err, ErrRetention) {
		t.Fatal(err)
	}
	must(OpenFold(ctx, cfg, 0, next.Next))(t)
}

func TestNextWaitsForTheNextBatch(t *testing.T) {
	ctx := testContext(t)
	_, cfg := cluster(t, kfake.SeedTopics(1, "scored"))
	f := must(OpenFold(ctx, cfg, 0, Position{}))(t)
	got := make(chan Batch, 1)
	go func() {
		b, err := f.Next(ctx)
		if err != nil {
			t.Error(err)
		}
		got <- b
	}()
	a := must(NewAppender(ctx, cfg, 0, Position{}))(t)
	want := must(a.Append(ctx, 0, 1, entries(0, 1)))(t)
	diff(t, "batch", <-got, want)
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := f.Next(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestUnknownTopicIsRefused(t *testing.T) {
	ctx := testContext(t)
	_, cfg := cluster(t)
	cfg.TopicWait = 300 * time.Millisecond
	if _, err := OpenFold(ctx, cfg, 0, Position{}); !errors.Is(err, fetch.ErrUnknownTopic) {
		t.Fatal(err)
	}
	if err := CheckTopic(ctx, cfg, 1); !errors.Is(err, fetch.ErrUnknownTopic) {
		t.Fatal(err)
	}
}
