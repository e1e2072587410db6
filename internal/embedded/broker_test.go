package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"

	"tallystick/internal/embedded"
)

func start(t *testing.T, cfg embedded.Config) *embedded.Broker {
	t.Helper()
	b, err := embedded.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func client(t *testing.T, b *embedded.Broker) *kafka.Client {
	t.Helper()
	transport := &kafka.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &kafka.Client{Addr: kafka.TCP(b.Addrs()...), Timeout: 10 * time.Second, Transport: transport}
}

func produce(t *testing.T, c *kafka.Client, topic string, partition int, values ...string) int64 {
	t.Helper()
	var records []kafka.Record
	for _, v := range values {
		records = append(records, kafka.Record{Value: kafka.NewBytes([]byte(v))})
	}
	resp, err := c.Produce(t.Context(), &kafka.ProduceRequest{
		Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader(records...),
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		t.Fatal(resp.Error)
	}
	return resp.BaseOffset
}

func values(t *testing.T, c *kafka.Client, topic string, partition int, offset int64) []string {
	t.Helper()
	resp, err := c.Fetch(t.Context(), &kafka.FetchRequest{
		Topic: topic, Partition: partition, Offset: offset, MinBytes: 1, MaxBytes: 1 << 20,
		MaxWait: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		t.Fatal(resp.Error)
	}
	var got []string
	for {
		r, err := resp.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		if r.Offset >= offset { // a fetch answers with whole batches
			got = append(got, string(b))
		}
	}
}

func TestProduceReturnsTheBaseOffset(t *testing.T) {
	b := start(t, embedded.Config{Dir: t.TempDir(), Topics: []embedded.Topic{{Name: "claims", Partitions: 2}}})
	c := client(t, b)
	if got := produce(t, c, "claims", 1, "a", "b", "c"); got != 0 {
		t.Errorf("first batch at offset %d, want 0", got)
	}
	if got := produce(t, c, "claims", 1, "d"); got != 3 {
		t.Errorf("second batch at offset %d, want 3", got)
	}
	if got := fmt.Sprint(values(t, c, "claims", 1, 1)); got != "[b c d]" {
		t.Errorf("read %v from offset 1", got)
	}
	if got := values(t, c, "claims", 0, 0); len(got) != 0 {
		t.Errorf("the other partition holds %v", got)
	}
}

// A source tells transaction markers from claims only in the raw protocol, so
// that way in has to work as well.
func TestRawFetchThroughTheTransport(t *testing.T) {
	b := start(t, embedded.Config{Dir: t.TempDir(), Topics: []embedded.Topic{{Name: "claims", Partitions: 1}}})
	c := client(t, b)
	produce(t, c, "claims", 0, "a", "b")
	resp, err := c.Transport.RoundTrip(t.Context(), c.Addr, &fetch.Request{
		ReplicaID: -1, MaxWaitTime: 100, MinBytes: 1, MaxBytes: 1 << 20, SessionID: -1, SessionEpoch: -1,
		Topics: []fetch.RequestTopic{{Topic: "claims", Partitions: []fetch.RequestPartition{
			{Partition: 0, FetchOffset: 0, PartitionMaxBytes: 1 << 20, LogStartOffset: -1, CurrentLeaderEpoch: -1},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := resp.(*fetch.Response).Topics[0].Partitions[0]
	if p.ErrorCode != 0 || p.HighWatermark != 2 {
		t.Fatalf("error code %d, high watermark %d", p.ErrorCode, p.HighWatermark)
	}
	stream, ok := p.RecordSet.Records.(*protocol.RecordStream)
	if !ok || len(stream.Records) != 1 {
		t.Fatalf("records are a %T, want a stream of one batch", p.RecordSet.Records)
	}
	if _, ok := stream.Records[0].(*protocol.RecordBatch); !ok {
		t.Errorf("the batch is a %T", stream.Records[0])
	}
}

func TestStateSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	cfg := embedded.Config{Dir: dir, Topics: []embedded.Topic{{Name: "claims", Partitions: 1}}, SyncWrites: true}
	b := start(t, cfg)
	c := client(t, b)
	produce(t, c, "claims", 0, "a", "b")
	commit, err := c.OffsetCommit(t.Context(), &kafka.OffsetCommitRequest{
		GroupID: "g", GenerationID: -1,
		Topics: map[string][]kafka.OffsetCommit{"claims": {{Partition: 0, Offset: 1, Metadata: "to=2"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := commit.Topics["claims"][0].Error; err != nil {
		t.Fatal(err)
	}
	addr := b.Addrs()[0]
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}

	cfg.Topics = append(cfg.Topics, embedded.Topic{Name: "later", Partitions: 3})
	b = start(t, cfg)
	if got := b.Addrs()[0]; got != addr {
		t.Errorf("listens on %s after a restart, was %s", got, addr)
	}
	c = client(t, b)
	if got := fmt.Sprint(values(t, c, "claims", 0, 0)); got != "[a b]" {
		t.Errorf("read %v", got)
	}
	if got := produce(t, c, "later", 2, "x"); got != 0 {
		t.Errorf("the new topic begins at %d", got)
	}
	offsets, err := c.OffsetFetch(t.Context(),
		&kafka.OffsetFetchRequest{GroupID: "g", Topics: map[string][]int{"claims": {0}}})
	if err != nil {
		t.Fatal(err)
	}
	if p := offsets.Topics["claims"][0]; p.CommittedOffset != 1 || p.Metadata != "to=2" {
		t.Errorf("committed %d %q, want 1 \"to=2\"", p.CommittedOffset, p.Metadata)
	}
}

func TestASecondBrokerOnTheSameDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	start(t, embedded.Config{Dir: dir})
	if b, err := embedded.StartBroker(dir); err == nil {
		b.Close()
		t.Fatal("two brokers share a directory")
	}
}

func TestUnknownTopicsAreNotCreated(t *testing.T) {
	b := start(t, embedded.Config{})
	resp, err := client(t, b).Produce(t.Context(), &kafka.ProduceRequest{
		Topic: "typo", RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte("x"))}),
	})
	if err == nil && resp.Error == nil {
		t.Fatal("a topic came into being by a typo")
	}
}

func TestTopicsAndOffsetsByClient(t *testing.T) {
	b := start(t, embedded.Config{Dir: t.TempDir()})
	c := client(t, b)
	created, err := c.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
		Topic: "claims", NumPartitions: 1, ReplicationFactor: 1,
		ConfigEntries: []kafka.ConfigEntry{{ConfigName: "cleanup.policy", ConfigValue: "delete"},
			{ConfigName: "max.message.bytes", ConfigValue: "4194304"}},
	}}})
	if err != nil || created.Errors["claims"] != nil {
		t.Fatal(err, created)
	}
	produce(t, c, "claims", 0, "a", "b", "c")
	offsets, err := c.ListOffsets(t.Context(), &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{
		"claims": {kafka.FirstOffsetOf(0), kafka.LastOffsetOf(0)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if p := offsets.Topics["claims"][0]; p.Error != nil || p.FirstOffset != 0 || p.LastOffset != 3 {
		t.Errorf("offsets are %+v", p)
	}
	configs, err := c.DescribeConfigs(t.Context(),
		&kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{
			{ResourceType: kafka.ResourceTypeTopic, ResourceName: "claims",
				ConfigNames: []string{"cleanup.policy", "max.message.bytes"}},
		}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range configs.Resources[0].ConfigEntries {
		if e.ConfigName == "max.message.bytes" && e.ConfigValue != "4194304" {
			t.Errorf("max.message.bytes is %s", e.ConfigValue)
		}
	}
}

func TestConsumerGroupRejoinsWhereItCommitted(t *testing.T) {
	b := start(t, embedded.Config{Dir: t.TempDir(), Topics: []embedded.Topic{{Name: "claims", Partitions: 2}}})
	c := client(t, b)
	produce(t, c, "claims", 0, "a", "b", "c")
	join := func(want int64) {
		group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
			ID: "g", Brokers: b.Addrs(), Topics: []string{"claims"}, RebalanceTimeout: time.Second,
			JoinGroupBackoff: 100 * time.Millisecond,
			StartOffset:      kafka.FirstOffset,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer group.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		gen, err := group.Next(ctx)
		for err != nil && ctx.Err() == nil {
			gen, err = group.Next(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := len(gen.Assignments["claims"]); n != 2 {
			t.Fatalf("%d partitions assigned, want 2", n)
		}
		for _, a := range gen.Assignments["claims"] {
			if a.ID == 0 && a.Offset != want {
				t.Errorf("partition 0 begins at %d, want %d", a.Offset, want)
			}
		}
		if err := gen.CommitOffsets(map[string]map[int]int64{"claims": {0: 2}}); err != nil {
			t.Fatal(err)
		}
	}
	join(kafka.FirstOffset)
	join(2)
}
