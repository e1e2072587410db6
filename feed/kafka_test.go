package feed

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/segmentio/kafka-go"

	"tallystick/internal/embedded"
)

func TestKafkaProducerPutsAClaimWhereItsKeySays(t *testing.T) {
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	})
	const topic, partitions = "claims", 4
	client := &kafka.Client{Addr: kafka.TCP(broker.Addrs()...)}
	created, err := client.CreateTopics(t.Context(),
		&kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: partitions,
			ReplicationFactor: 1}}})
	if err = errors.Join(err, created.Errors[topic]); err != nil {
		t.Fatal(err)
	}
	p := NewKafkaProducer(broker.Addrs(), topic, nil, nil)
	report, err := Import(t.Context(), sampleReader(t), p, ImportOptions{Batch: 70})
	if err = errors.Join(err, p.Close()); err != nil || report.Imported != 200 {
		t.Fatalf("got %+v, %v", report, err)
	}
	all := []int{0, 1, 2, 3}
	total, used := 0, 0
	for partition := range partitions {
		keys, err := readKeys(t, broker.Addrs()[0], topic, partition)
		if err != nil {
			t.Fatal(err)
		}
		if len(keys) > 0 {
			used++
		}
		total += len(keys)
		for _, key := range keys {
			if want := (kafka.Murmur2Balancer{Consistent: true}).Balance(kafka.Message{Key: key},
				all...); want != partition {
				t.Errorf("key %s is in partition %d, want %d", key, partition, want)
			}
		}
	}
	if total != 200 || used < 2 {
		t.Errorf("%d records in %d partitions", total, used)
	}
	gone := NewKafkaProducer(broker.Addrs(), "no-such-topic", nil, nil)
	if err := errors.Join(gone.Produce(t.Context(), []Record{{[]byte("k"), []byte("v")}}), gone.Close()); err == nil {
		t.Error("a topic that does not exist took a record")
	}
}

func readKeys(t *testing.T, addr, topic string, partition int) (keys [][]byte, err error) {
	conn, err := kafka.DialLeader(t.Context(), "tcp", addr, topic, partition)
	if err != nil {
		return nil, fmt.Errorf("dial the leader: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	end, err := conn.ReadLastOffset()
	if err != nil {
		return nil, fmt.Errorf("read the end: %w", err)
	}
	for int64(len(keys)) < end {
		batch := conn.ReadBatch(1, 1<<20)
		for {
			m, err := batch.ReadMessage()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					return nil, errors.Join(err, batch.Close())
				}
				break
			}
			keys = append(keys, m.Key)
		}
		if err := batch.Close(); err != nil {
			return nil, fmt.Errorf("close the batch: %w", err)
		}
	}
	return keys, nil
}
