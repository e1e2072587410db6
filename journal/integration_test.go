//go:build integration

package journal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tallystick/internal/testenv"
	"tallystick/journal/fetch"
)

func realConfig(t *testing.T) (context.Context, Config) {
	t.Helper()
	brokers := testenv.Kafka(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	transport := &kafka.Transport{MetadataTTL: 500 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	id := make([]byte, 8)
	rand.Read(id)
	return ctx, Config{
		Addr:        kafka.TCP(brokers...),
		Transport:   transport,
		Topic:       "journal-" + hex.EncodeToString(id),
		Name:        "test.scored",
		Compression: kafka.Zstd,
		MaxWait:     50 * time.Millisecond,
	}
}

func TestRealKafka(t *testing.T) {
	ctx, cfg := realConfig(t)
	if err := CreateTopic(ctx, cfg, TopicOptions{Partitions: 2}); err != nil {
		t.Fatal(err)
	}
	if err := CheckTopic(ctx, cfg, 2); err != nil {
		t.Fatal(err)
	}
	a := must(NewAppender(ctx, cfg, 1, Position{}))(t)
	var want []Batch
	for i := range int64(20) {
		want = append(want, must(a.Append(ctx, i*100, i*100+100, entries(i*100, i*100+100)))(t))
	}
	rival := must(NewAppender(ctx, cfg, 1, want[16].Next))(t)
	_, err := rival.Append(ctx, 1700, 1701, entries(1700, 1701))
	var s *SupersededError
	if !errors.As(err, &s) || s.Landed {
		t.Fatal(err)
	}
	diff(t, "what the rival is told", s.Batches, want[17:])
	want = append(want, must(rival.Append(ctx, 2000, 2001, entries(2000, 2001)))(t))
	if _, err := a.Append(ctx, 2000, 2002, entries(2000, 2002)); !errors.Is(err, ErrSuperseded) {
		t.Fatal(err)
	}

	// A foreign transaction: its markers take offsets, its header must not count although it names its predecessor.
	cl := must(kgo.NewClient(kgo.SeedBrokers(testenv.Kafka(t)...), kgo.TransactionalID(cfg.Topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner())))(t)
	defer cl.Close()
	for _, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		h := Header{Prev: a.Position().Digest, From: 2001, To: 2002}
		if err := cl.ProduceSync(ctx, &kgo.Record{Topic: cfg.Topic, Partition: 1, Key: []byte(headerKey),
			Value: h.appendTo(nil)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := cl.EndTransaction(ctx, end); err != nil {
			t.Fatal(err)
		}
	}
	want = append(want, must(a.Append(ctx, 2001, 2002, entries(2001, 2002)))(t))

	reasons := map[VoidReason]int{}
	cfg.OnVoid = func(v Void) { reasons[v.Reason]++ }
	f := must(OpenFold(ctx, cfg, 1, Position{}))(t)
	var got []Batch
	if err := f.CatchUp(ctx, func(b Batch) error { got = append(got, b); return nil }); err != nil {
		t.Fatal(err)
	}
	diff(t, "history", got, want)
	diff(t, "voids", reasons, map[VoidReason]int{VoidStale: 2, VoidTransactional: 2})
	for _, b := range got {
		must(OpenFold(ctx, cfg, 1, b.Next))(t)
	}

	req := kmsg.NewDeleteRecordsRequest()
	req.TimeoutMillis = 10_000
	rt := kmsg.NewDeleteRecordsRequestTopic()
	rp := kmsg.NewDeleteRecordsRequestTopicPartition()
	rp.Partition, rp.Offset = 1, want[3].Next.Offset
	rt.Topic, rt.Partitions = cfg.Topic, append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	if _, err := req.RequestWith(ctx, cl); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFold(ctx, cfg, 1, want[2].Next); !errors.Is(err, ErrRetention) {
		t.Fatal(err)
	}
	f = must(OpenFold(ctx, cfg, 1, want[3].Next))(t)
	diff(t, "after retention", must(f.Next(ctx))(t), want[4])
}

func TestRealKafkaRefusesWhatIsTooLarge(t *testing.T) {
	ctx, cfg := realConfig(t)
	if err := CreateTopic(ctx, cfg, TopicOptions{Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	cfg.MaxBytes, cfg.Compression = 8<<20, 0
	a := must(NewAppender(ctx, cfg, 0, Position{}))(t)
	if _, err := a.Append(ctx, 0, 1, []Record{{Value: make([]byte, 4<<20)}}); !errors.Is(err, ErrRefused) ||
		!errors.Is(err, kafka.MessageSizeTooLarge) {
		t.Fatal(err)
	}
	if err := CheckTopic(ctx, cfg, 1); err == nil {
		t.Fatal("the check does not see that batches do not fit")
	}
	must(a.Append(ctx, 0, 1, []Record{{Value: make([]byte, 900_000)}}))(t)
}

func TestRealKafkaTopicMadeAnew(t *testing.T) {
	ctx, cfg := realConfig(t)
	if err := CreateTopic(ctx, cfg, TopicOptions{Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	a := must(NewAppender(ctx, cfg, 0, Position{}))(t)
	b := must(a.Append(ctx, 0, 3, entries(0, 3)))(t)
	client := kafka.Client{Addr: cfg.Addr, Transport: cfg.Transport}
	if _, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{cfg.Topic}}); err != nil {
		t.Fatal(err)
	}
	// Until the deletion has gone through, the topic still exists for CreateTopic.
	for {
		if err := CreateTopic(ctx, cfg, TopicOptions{Partitions: 1}); err != nil {
			t.Fatal(err)
		}
		_, err := OpenFold(ctx, cfg, 0, b.Next)
		if errors.Is(err, ErrTruncated) {
			return
		}
		if ctx.Err() != nil || err != nil && !errors.Is(err, fetch.ErrUnknownTopic) {
			t.Fatal(err)
		}
	}
}
