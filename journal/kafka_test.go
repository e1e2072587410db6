package journal

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
)

// cluster starts an in-process broker and returns a journal on it.
func cluster(t *testing.T, opts ...kfake.Opt) (*kfake.Cluster, Config) {
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
		out = append(out, Record{Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "entry of source record %d", i)})
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
