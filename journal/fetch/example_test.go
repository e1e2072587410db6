package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/internal/embedded"
	"tallystick/journal/fetch"
)

// A partition read to its end.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// batch at 0
	//   0 first
	//   1 second
	// offset 7 is gone or not there yet: the log holds [0, 2)
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "fetch-example")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	broker, err := embedded.StartBroker(dir)
	if err != nil {
		return err
	}
	defer broker.Close()
	transport := &kafka.Transport{MetadataTTL: time.Second}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(broker.Addrs()...), Transport: transport, Timeout: 10 * time.Second}
	if _, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: "claims", NumPartitions: 1, ReplicationFactor: 1}}}); err != nil {
		return err
	}
	if _, err := client.Produce(ctx, &kafka.ProduceRequest{Topic: "claims", RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(
		kafka.Record{Value: kafka.NewBytes([]byte("first"))},
		kafka.Record{Value: kafka.NewBytes([]byte("second"))},
	)}); err != nil {
		return err
	}

	r, err := fetch.NewReader(fetch.Config{Addr: client.Addr, Transport: transport, Topic: "claims", ReadCommitted: true})
	if err != nil {
		return err
	}
	end, err := r.End(ctx)
	if err != nil {
		return err
	}
	for r.NextOffset() < end {
		res, err := r.Fetch(ctx)
		if err != nil {
			return err
		}
		for _, b := range res.Batches {
			fmt.Println("batch at", b.Base)
			for _, rec := range b.Records {
				fmt.Printf("  %d %s\n", rec.Offset, rec.Value)
			}
		}
	}

	r.SeekTo(7)
	_, err = r.Fetch(ctx)
	var gone *fetch.RangeError
	if errors.As(err, &gone) {
		fmt.Printf("offset %d is gone or not there yet: the log holds [%d, %d)\n", gone.Offset, gone.Start, gone.End)
		return nil
	}
	return err
}
