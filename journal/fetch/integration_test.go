//go:build integration

package fetch

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"tallystick/internal/testenv"
)

// 1,000 committed and 1,000 aborted records, in real transactions of several batches: the committed ones come out.
func TestRealKafkaAbortedTransactions(t *testing.T) {
	brokers := testenv.Kafka(t)
	id := make([]byte, 8)
	rand.Read(id)
	topic := "fetch-" + hex.EncodeToString(id)
	testenv.CreateTopic(t, brokers, topic, 1, nil)
	transport := &kafka.Transport{MetadataTTL: 500 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := Config{Addr: kafka.TCP(brokers...), Transport: transport, Topic: topic, MaxWait: 50 * time.Millisecond,
		ReadCommitted: true}

	for name, codec := range map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "lz4": kgo.Lz4Compression(),
		"zstd": kgo.ZstdCompression()} {
		t.Run(name, func(t *testing.T) {
			cfg := cfg
			start, err := open(t, cfg).End(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			cl := producer(t, cfg, kgo.TransactionalID(topic), kgo.ProducerBatchCompression(codec))
			var want []string
			for tx := range 20 {
				end := kgo.TransactionEndTry(tx%2 == 0)
				if err := cl.BeginTransaction(); err != nil {
					t.Fatal(err)
				}
				for b := range 4 {
					var values []string
					for i := range 25 {
						values = append(values, fmt.Sprintf("%d/%d/%d", tx, b, i))
					}
					put(t, cl, values...)
					if end == kgo.TryCommit {
						want = append(want, values...)
					}
				}
				if err := cl.EndTransaction(t.Context(), end); err != nil {
					t.Fatal(err)
				}
			}
			// 2,000 records and 20 markers; the broker writes the last marker after it has answered.
			end := int64(0)
			for bounds := open(t, cfg); end < start+2020; {
				if end, err = bounds.End(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if end != start+2020 {
				t.Fatalf("the log grew by %d offsets", end-start)
			}
			for _, maxBytes := range []int{0, 1} {
				cfg.MaxBytes, cfg.Offset = maxBytes, start
				r := open(t, cfg)
				got := 0
				for r.NextOffset() < end {
					res, err := r.Fetch(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					for _, b := range res.Batches {
						for _, rec := range b.Records {
							if got >= len(want) || string(rec.Value) != want[got] {
								t.Fatalf("record %d is %s", got, rec.Value)
							}
							got++
						}
					}
				}
				if got != len(want) || r.NextOffset() != end {
					t.Fatalf("%d records, reader at %d of %d", got, r.NextOffset(), end)
				}
			}
		})
	}
}
