package joint_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tallystick/journal/fetch"
	"tallystick/journal/joint"
)

const topic = "letters"

// cluster starts brokers in this process, with a topic whose partitions they lead by turns.
func cluster(t *testing.T, brokers, partitions int, pace time.Duration) (*kfake.Cluster, *kafka.Client, *gate) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(brokers), kfake.SeedTopics(int32(partitions), topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	for p := range partitions {
		if err := c.MoveTopicPartition(topic, int32(p), int32(p%brokers)); err != nil {
			t.Fatal(err)
		}
	}
	under := &kafka.Transport{MetadataTTL: 100 * time.Millisecond}
	t.Cleanup(under.CloseIdleConnections)
	g := &gate{RoundTripper: under}
	client := &kafka.Client{Addr: kafka.TCP(c.ListenAddrs()...), Transport: joint.New(g, pace),
		Timeout: 10 * time.Second}
	return c, client, g
}

// gate is the network between the joint transport and the brokers; it can hold an append up.
type gate struct {
	kafka.RoundTripper
	holding atomic.Pointer[held]
}

type held struct{ arrived, release chan struct{} }

// holdNext holds the next append up.
func (g *gate) holdNext() *held {
	h := &held{make(chan struct{}), make(chan struct{})}
	g.holding.Store(h)
	return h
}

func (g *gate) RoundTrip(ctx context.Context, addr net.Addr, req kafka.Request) (kafka.Response, error) {
	if _, ok := req.(*rawproduce.Request); ok {
		if h := g.holding.Swap(nil); h != nil {
			close(h.arrived)
			<-h.release
		}
	}
	return g.RoundTripper.RoundTrip(ctx, addr, req)
}

// appendOne appends a record until the broker has it, and returns its offset.
func appendOne(ctx context.Context, client *kafka.Client, partition int, value string) (int64, error) {
	for {
		res, err := client.Produce(ctx, &kafka.ProduceRequest{
			Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll, Compression: kafka.Zstd,
			Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte(value))}),
		})
		if err == nil {
			err = res.Error
		}
		if err == nil {
			return res.BaseOffset, nil
		}
		if k := fetch.Classify(err); k != fetch.KindRetry && k != fetch.KindMissing || ctx.Err() != nil {
			return 0, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func reader(t *testing.T, client *kafka.Client, partition int) *fetch.Reader {
	t.Helper()
	r, err := fetch.NewReader(fetch.Config{Addr: client.Addr, Transport: client.Transport, Topic: topic,
		Partition: partition, MaxWait: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// counter counts requests of a kind and the partitions that they name.
type counter struct{ requests, partitions atomic.Int64 }

func (c *counter) watch(cluster *kfake.Cluster, key kmsg.Key) {
	cluster.ControlKey(key.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		c.requests.Add(1)
		switch r := req.(type) {
		case *kmsg.ProduceRequest:
			for _, t := range r.Topics {
				c.partitions.Add(int64(len(t.Partitions)))
			}
		case *kmsg.FetchRequest:
			for _, t := range r.Topics {
				c.partitions.Add(int64(len(t.Partitions)))
			}
		}
		return nil, nil, false
	})
}

func TestPartitionsShareRequests(t *testing.T) {
	const partitions, records = 12, 40
	c, client, _ := cluster(t, 3, partitions, 5*time.Millisecond)
	ctx := t.Context()
	var produces, fetches counter
	produces.watch(c, kmsg.Produce)
	fetches.watch(c, kmsg.Fetch)
	var all sync.WaitGroup
	for p := range partitions {
		all.Go(func() {
			for i := range records {
				offset, err := appendOne(ctx, client, p, fmt.Sprintf("%d of %d", i, p))
				if err != nil || offset != int64(i) {
					t.Errorf("record %d of partition %d: offset %d, %v", i, p, offset, err)
					return
				}
			}
		})
		all.Go(func() {
			r := reader(t, client, p)
			for i := 0; i < records; {
				res, err := r.Fetch(ctx)
				if err != nil {
					t.Errorf("partition %d: %v", p, err)
					return
				}
				for _, b := range res.Batches {
					for _, record := range b.Records {
						if want := fmt.Sprintf("%d of %d", i, p); string(record.Value) != want {
							t.Errorf("partition %d: got %q, want %q", p, record.Value, want)
							return
						}
						i++
					}
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d appends in %d requests, %d fetches in %d", produces.partitions.Load(), produces.requests.Load(),
		fetches.partitions.Load(), fetches.requests.Load())
	if n := produces.partitions.Load(); n != partitions*records {
		t.Errorf("%d appends arrived, want %d", n, partitions*records)
	}
	if produces.requests.Load() >= produces.partitions.Load() || fetches.requests.Load() >= fetches.partitions.Load() {
		t.Error("no request carried more than one partition")
	}
}

func TestWhatComesDuringAnAppendGoesTogether(t *testing.T) {
	const partitions = 6
	c, client, g := cluster(t, 1, partitions, time.Millisecond)
	var produces counter
	produces.watch(c, kmsg.Produce)
	// The first request is held until the others have been waiting for longer than appends have patience: they go
	// beside it.
	hold := g.holdNext()
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := appendOne(t.Context(), client, 0, "first"); err != nil {
			t.Error(err)
		}
	})
	<-hold.arrived
	var others sync.WaitGroup
	for p := 1; p < partitions; p++ {
		others.Go(func() {
			if _, err := appendOne(t.Context(), client, p, "other"); err != nil {
				t.Error(err)
			}
		})
	}
	others.Wait() // although the first is still held
	close(hold.release)
	all.Wait()
	if produces.requests.Load() >= partitions {
		t.Errorf("%d appends took %d requests", partitions, produces.requests.Load())
	}
}

func TestARefusalIsOneCallersAlone(t *testing.T) {
	c, client, _ := cluster(t, 1, 4, time.Millisecond)
	c.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		r := req.(*kmsg.ProduceRequest)
		res := r.ResponseKind().(*kmsg.ProduceResponse)
		for _, asked := range r.Topics {
			topic := kmsg.NewProduceResponseTopic()
			topic.Topic = asked.Topic
			for _, p := range asked.Partitions {
				part := kmsg.NewProduceResponseTopicPartition()
				part.Partition, part.BaseOffset = p.Partition, int64(p.Partition)*100
				if p.Partition == 2 {
					part.ErrorCode = int16(kafka.MessageSizeTooLarge)
				}
				topic.Partitions = append(topic.Partitions, part)
			}
			res.Topics = append(res.Topics, topic)
		}
		return res, nil, true
	})
	var all sync.WaitGroup
	for range 50 {
		for p := range 4 {
			all.Go(func() {
				offset, err := appendOne(t.Context(), client, p, "x")
				switch {
				case p == 2 && !errors.Is(err, kafka.MessageSizeTooLarge):
					t.Errorf("partition 2: %v, want a refusal", err)
				case p != 2 && (err != nil || offset != int64(p)*100):
					t.Errorf("partition %d: offset %d, %v", p, offset, err)
				}
			})
		}
	}
	all.Wait()
}

func TestWhoLeavesDisturbsNobody(t *testing.T) {
	_, client, g := cluster(t, 1, 3, time.Millisecond)
	hold := g.holdNext()
	leaving, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := appendOne(leaving, client, 0, "first"); !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
	})
	<-hold.arrived
	for p := 1; p < 3; p++ {
		all.Go(func() {
			if _, err := appendOne(t.Context(), client, p, "other"); err != nil {
				t.Errorf("partition %d: %v", p, err)
			}
		})
	}
	leave()
	close(hold.release)
	all.Wait()
}

func TestLeadersThatMove(t *testing.T) {
	const partitions = 6
	c, client, _ := cluster(t, 3, partitions, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var all sync.WaitGroup
	done := make(chan struct{})
	for p := range partitions {
		all.Go(func() {
			last := int64(-1)
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				offset, err := appendOne(ctx, client, p, "x")
				if err != nil || offset <= last {
					t.Errorf("append %d of partition %d: offset %d after %d, %v", i, p, offset, last, err)
					return
				}
				last = offset
			}
		})
		all.Go(func() {
			r := reader(t, client, p)
			next := int64(0)
			for {
				select {
				case <-done:
					return
				default:
				}
				res, err := r.Fetch(ctx)
				if err != nil {
					t.Errorf("partition %d: %v", p, err)
					return
				}
				for _, b := range res.Batches {
					for _, record := range b.Records {
						if record.Offset != next {
							t.Errorf("partition %d: offset %d, want %d", p, record.Offset, next)
							return
						}
						next++
					}
				}
			}
		})
	}
	for i := range 20 {
		if err := c.MoveTopicPartition(topic, int32(i%partitions), int32((i+i/partitions+1)%3)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	close(done)
	all.Wait()
}

func TestTwoReadersOfOnePartition(t *testing.T) {
	_, client, _ := cluster(t, 1, 1, time.Millisecond)
	const records = 30
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			r := reader(t, client, 0)
			for n := 0; n < records; {
				res, err := r.Fetch(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				for _, b := range res.Batches {
					n += len(b.Records)
				}
			}
		})
	}
	for range records {
		if _, err := appendOne(t.Context(), client, 0, "x"); err != nil {
			t.Fatal(err)
		}
	}
	all.Wait()
}

func TestUnknownPartition(t *testing.T) {
	_, client, _ := cluster(t, 1, 1, time.Millisecond)
	res, err := client.Produce(t.Context(), &kafka.ProduceRequest{
		Topic: topic, Partition: 7, RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte("x"))}),
	})
	if err == nil {
		err = res.Error
	}
	if fetch.Classify(err) != fetch.KindMissing {
		t.Errorf("got %v, want that the partition is missing", err)
	}
	if _, err := client.Produce(t.Context(), &kafka.ProduceRequest{Topic: topic, RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader()}); err != nil {
		t.Errorf("an append of no records: %v", err)
	}
}
