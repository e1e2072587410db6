package fetch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func cluster(t testing.TB, opts ...kfake.Opt) (*kfake.Cluster, Config) {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(1, "claims")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	transport := &kafka.Transport{MetadataTTL: 100 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	return c, Config{
		Addr:      kafka.TCP(c.ListenAddrs()...),
		Transport: transport,
		Topic:     "claims",
		MaxWait:   20 * time.Millisecond,
		TopicWait: 500 * time.Millisecond,
	}
}

func producer(t testing.TB, cfg Config, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	opts = append([]kgo.Opt{kgo.SeedBrokers(strings.Split(cfg.Addr.String(), ",")...),
		kgo.DefaultProduceTopic(cfg.Topic), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// put appends one batch.
func put(t testing.TB, cl *kgo.Client, values ...string) {
	t.Helper()
	var rs []*kgo.Record
	for _, v := range values {
		rs = append(rs, &kgo.Record{Value: []byte(v)})
	}
	if err := cl.ProduceSync(t.Context(), rs...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, cfg Config) *Reader {
	t.Helper()
	r, err := NewReader(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// read fetches until the reader stands at end, and returns "offset=value" of each record.
func read(t *testing.T, r *Reader, end int64) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var got []string
	for r.NextOffset() < end {
		res, err := r.Fetch(ctx)
		if err != nil {
			t.Fatalf("after %v: %v", got, err)
		}
		for _, b := range res.Batches {
			for _, rec := range b.Records {
				got = append(got, fmt.Sprintf("%d=%s", rec.Offset, rec.Value))
			}
		}
	}
	if r.NextOffset() != end {
		t.Fatalf("reader at %d, want %d", r.NextOffset(), end)
	}
	return got
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func TestFetchCompressedBatches(t *testing.T) {
	for name, codec := range map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	} {
		t.Run(name, func(t *testing.T) {
			_, cfg := cluster(t)
			cl := producer(t, cfg, kgo.ProducerBatchCompression(codec))
			at := time.UnixMilli(1_700_000_000_123)
			big := strings.Repeat("wide ", 40_000) // several of kafka-go's pages
			var rs []*kgo.Record
			for i := range 300 {
				rs = append(rs, &kgo.Record{Key: fmt.Appendf(nil, "key %d", i), Value: fmt.Appendf(nil, "value %d", i),
					Timestamp: at})
			}
			rs[7].Value = []byte(big)
			rs[8].Key = nil
			rs[9].Value = nil
			rs[10].Value = []byte{}
			rs[11].Headers = []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}
			if err := cl.ProduceSync(t.Context(), rs...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			r := open(t, cfg)
			var got []Record
			for len(got) < len(rs) {
				res, err := r.Fetch(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range res.Batches {
					got = append(got, b.Records...)
				}
			}
			for i, g := range got {
				w := rs[i]
				if g.Offset != int64(i) || string(g.Key) != string(w.Key) || (g.Key == nil) != (w.Key == nil) ||
					string(g.Value) != string(w.Value) || (g.Value == nil) != (w.Value == nil) || !g.Time.Equal(at) ||
					len(g.Headers) != len(w.Headers) {
					t.Fatalf("record %d differs", i)
				}
			}
			if h := got[11].Headers[0]; h.Key != "h" || string(h.Value) != "v" {
				t.Fatalf("header %v", h)
			}
		})
	}
}

func TestFetchFromInsideABatch(t *testing.T) {
	_, cfg := cluster(t)
	put(t, producer(t, cfg), "a", "b", "c", "d")
	cfg.Offset = 2
	r := open(t, cfg)
	res, err := r.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Batches) != 1 || res.Batches[0].Base != 0 || len(res.Batches[0].Records) != 2 ||
		res.Batches[0].Records[0].Offset != 2 {
		t.Fatalf("got %+v", res.Batches)
	}
	if res.HighWatermark != 4 || res.LogStart != 0 {
		t.Fatalf("bounds [%d, %d)", res.LogStart, res.HighWatermark)
	}
}

// transaction writes values in a transaction of its own and ends it.
func transaction(t *testing.T, cfg Config, id string, commit kgo.TransactionEndTry, batches ...[]string) {
	t.Helper()
	cl := producer(t, cfg, kgo.TransactionalID(id))
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		put(t, cl, b...)
	}
	if err := cl.EndTransaction(t.Context(), commit); err != nil {
		t.Fatal(err)
	}
	cl.Close()
}

func TestAbortedTransactionsAndMarkersAreNotRecords(t *testing.T) {
	_, cfg := cluster(t)
	plain := producer(t, cfg)
	put(t, plain, "p0")                                                           // 0
	transaction(t, cfg, "t1", kgo.TryAbort, []string{"a1", "a2"}, []string{"a3"}) // 1-3, marker 4
	put(t, plain, "p5")                                                           // 5
	transaction(t, cfg, "t1", kgo.TryCommit, []string{"c6", "c7"})                // 6-7, marker 8
	transaction(t, cfg, "t2", kgo.TryAbort, []string{"a9"})                       // 9, marker 10
	put(t, plain, "p11", "p12")                                                   // 11-12
	transaction(t, cfg, "t2", kgo.TryCommit, []string{"c13"})                     // 13, marker 14
	transaction(t, cfg, "t1", kgo.TryAbort, []string{"a15"}, []string{"a16"})     // 15-16, marker 17

	cfg.ReadCommitted = true
	for _, offset := range []int64{0, 2, 3, 4} {
		cfg.Offset = offset
		want := []string{"0=p0", "5=p5", "6=c6", "7=c7", "11=p11", "12=p12", "13=c13"}
		if offset > 0 {
			want = want[1:]
		}
		same(t, read(t, open(t, cfg), 18), want...)
	}
	cfg.Offset, cfg.MaxBytes = 0, 1 // a batch an answer
	same(t, read(t, open(t, cfg), 18), "0=p0", "5=p5", "6=c6", "7=c7", "11=p11", "12=p12", "13=c13")

	cfg.ReadCommitted, cfg.MaxBytes = false, 0
	all := read(t, open(t, cfg), 18)
	if len(all) != 13 {
		t.Fatalf("uncommitted: %v", all)
	}
}

func TestOpenTransactionHoldsCommittedReadersBack(t *testing.T) {
	_, cfg := cluster(t)
	put(t, producer(t, cfg), "p0")
	cl := producer(t, cfg, kgo.TransactionalID("open"))
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	put(t, cl, "x1")
	put(t, producer(t, cfg), "p2")
	cfg.ReadCommitted = true
	r := open(t, cfg)
	same(t, read(t, r, 1), "0=p0")
	for range 3 {
		res, err := r.Fetch(t.Context())
		if err != nil || len(res.Batches) != 0 || res.LastStable != 1 || res.HighWatermark != 3 {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	if end, err := r.End(t.Context()); err != nil || end != 1 {
		t.Fatalf("end %d, %v", end, err)
	}
	if err := cl.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	same(t, read(t, r, 4), "1=x1", "2=p2")
}

func TestOffsetOutOfRangeIsLoud(t *testing.T) {
	c, cfg := cluster(t)
	cl := producer(t, cfg)
	put(t, cl, "a", "b")
	put(t, cl, "c", "d")
	put(t, cl, "e")
	if err := c.DeleteRecords("claims", 0, 4); err != nil {
		t.Fatal(err)
	}
	for _, offset := range []int64{0, 3, 6, 100} {
		cfg.Offset = offset
		_, err := open(t, cfg).Fetch(t.Context())
		var e *RangeError
		if !errors.Is(err, ErrOffsetOutOfRange) || !errors.As(err, &e) {
			t.Fatalf("at %d: %v", offset, err)
		}
		if e.Start != 4 || e.End != 5 || e.Offset != offset {
			t.Fatalf("at %d: %v", offset, e)
		}
	}
	cfg.Offset = 4
	r := open(t, cfg)
	same(t, read(t, r, 5), "4=e")
	if start, err := r.Start(t.Context()); err != nil || start != 4 {
		t.Fatalf("start %d, %v", start, err)
	}
	if end, err := r.End(t.Context()); err != nil || end != 5 {
		t.Fatalf("end %d, %v", end, err)
	}
}

func TestFetchFollowsTheLeader(t *testing.T) {
	c, cfg := cluster(t, kfake.NumBrokers(3))
	retries := 0
	cfg.OnRetry = func(error) { retries++ }
	cl := producer(t, cfg)
	r := open(t, cfg)
	for i := range int64(6) {
		put(t, cl, fmt.Sprint(i))
		if err := c.MoveTopicPartition("claims", 0, int32(i%3)); err != nil {
			t.Fatal(err)
		}
		same(t, read(t, r, i+1), fmt.Sprintf("%d=%d", i, i))
	}
	if retries == 0 {
		t.Fatal("the leader moved but nothing was retried")
	}
}

func TestPassingErrorsAreRetried(t *testing.T) {
	for _, code := range []*kerr.Error{kerr.NotLeaderForPartition, kerr.LeaderNotAvailable, kerr.UnknownServerError,
		kerr.UnknownTopicOrPartition, kerr.ReplicaNotAvailable, kerr.OffsetNotAvailable, kerr.KafkaStorageError,
		kerr.BrokerNotAvailable} {
		t.Run(code.Message, func(t *testing.T) {
			c, cfg := cluster(t)
			put(t, producer(t, cfg), "a")
			h := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch, kmsg.ListOffsets}, Err: code, Count: 3})
			r := open(t, cfg)
			same(t, read(t, r, 1), "0=a")
			if _, err := r.End(t.Context()); err != nil {
				t.Fatal(err)
			}
			if h.Hits() == 0 {
				t.Fatal("the fault never struck")
			}
		})
	}
}

func TestLostConnectionsAreRetried(t *testing.T) {
	c, cfg := cluster(t)
	put(t, producer(t, cfg), "a")
	lost := 0
	c.ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		if lost++; lost > 3 {
			c.DropControl()
			return nil, nil, false
		}
		c.KeepControl()
		return nil, errors.New("connection cut"), true
	})
	same(t, read(t, open(t, cfg), 1), "0=a")
	if lost < 3 {
		t.Fatal("no connection was cut")
	}
}

func TestRefusalsAreErrors(t *testing.T) {
	c, cfg := cluster(t)
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	_, err := open(t, cfg).Fetch(t.Context())
	if !errors.Is(err, kafka.TopicAuthorizationFailed) {
		t.Fatal(err)
	}
}

func TestUnknownTopic(t *testing.T) {
	_, cfg := cluster(t)
	cfg.Topic = "none"
	r := open(t, cfg)
	if _, err := r.Fetch(t.Context()); !errors.Is(err, ErrUnknownTopic) {
		t.Fatal(err)
	}
	if _, err := r.Start(t.Context()); !errors.Is(err, ErrUnknownTopic) {
		t.Fatal(err)
	}
}

func TestUnreachableClusterIsNotAnUnknownTopic(t *testing.T) {
	_, cfg := cluster(t)
	cfg.Addr, cfg.TopicWait = kafka.TCP("127.0.0.1:1"), time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := open(t, cfg).Fetch(ctx); errors.Is(err, ErrUnknownTopic) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestBatchLargerThanMaxBytesArrivesWhole(t *testing.T) {
	_, cfg := cluster(t)
	big := strings.Repeat("x", 500_000)
	put(t, producer(t, cfg, kgo.ProducerBatchCompression(kgo.NoCompression())), big, "b")
	cfg.MaxBytes = 10
	same(t, read(t, open(t, cfg), 2), "0="+big, "1=b")
}

func TestConfigIsChecked(t *testing.T) {
	for _, cfg := range []Config{
		{Topic: "t"},
		{Addr: kafka.TCP("localhost:1")},
		{Addr: kafka.TCP("localhost:1"), Topic: "t", Partition: -1},
		{Addr: kafka.TCP("localhost:1"), Topic: "t", Offset: kafka.LastOffset},
	} {
		if _, err := NewReader(cfg); err == nil {
			t.Errorf("accepted %+v", cfg)
		}
	}
}
