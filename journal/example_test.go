package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/internal/embedded"
	"tallystick/journal"
)

// Two owners of one partition, of which one is stale, and a sink.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// appended [0, 2)
	// the other owner is told of 1 batch
	// appended [2, 3)
	// the sink takes [0, 2) first decision
	// the sink takes [2, 3) third decision
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "journal-example")
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

	cfg := journal.Config{Addr: kafka.TCP(broker.Addrs()...), Transport: transport, Topic: "claims.scored", Compression: kafka.Zstd}
	if err := journal.CreateTopic(ctx, cfg, journal.TopicOptions{Partitions: 1}); err != nil {
		return err
	}
	if err := journal.CheckTopic(ctx, cfg, 1); err != nil {
		return err
	}

	owner, err := journal.NewAppender(ctx, cfg, 0, journal.Position{})
	if err != nil {
		return err
	}
	other, err := journal.NewAppender(ctx, cfg, 0, journal.Position{})
	if err != nil {
		return err
	}
	b, err := owner.Append(ctx, 0, 2, []journal.Record{{Value: []byte("first decision")}, {Value: []byte("second decision")}})
	if err != nil {
		return err
	}
	fmt.Printf("appended [%d, %d)\n", b.From, b.To)

	_, err = other.Append(ctx, 0, 1, []journal.Record{{Value: []byte("first decision, again")}})
	var superseded *journal.SupersededError
	if !errors.As(err, &superseded) {
		return err
	}
	fmt.Printf("the other owner is told of %d batch\n", len(superseded.Batches))
	if b, err = other.Append(ctx, 2, 3, []journal.Record{{Value: []byte("third decision")}}); err != nil {
		return err
	}
	fmt.Printf("appended [%d, %d)\n", b.From, b.To)

	// A sink reads from the position that it stored with the last batch it took.
	var stored journal.Position
	for range 2 {
		fold, err := journal.OpenFold(ctx, cfg, 0, stored)
		if err != nil {
			return err
		}
		b, err := fold.Next(ctx)
		if err != nil {
			return err
		}
		fmt.Printf("the sink takes [%d, %d) %s\n", b.From, b.To, b.Records[0].Value)
		stored = b.Next
	}
	return nil
}
