package anchor_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/anchor"
	"tallystick/internal/embedded"
	"tallystick/journal"
)

// Closers and commitments on the journal itself, over the embedded broker: two closers, one of which loses, and a root
// that is recomputed from Kafka.
func TestClosingsOnTheJournal(t *testing.T) {
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	config := func(topic string) journal.Config {
		return journal.Config{Addr: kafka.TCP(broker.Addrs()...), Topic: topic}
	}
	for topic, partitions := range map[string]int{"claims.scored": 2, "anchor.closings": 1} {
		if err := journal.CreateTopic(ctx, config(topic),
			journal.TopicOptions{Partitions: partitions, Replication: 1}); err != nil {
			t.Fatal(err)
		}
	}
	commitment := func(r journal.Record) (anchor.Hash, error) {
		if len(r.Value) != sha256.Size {
			return anchor.Hash{}, errors.New("no commitment")
		}
		return anchor.Hash(r.Value), nil
	}
	newCloser := func() *anchor.Closer {
		log, err := journal.NewAppender(ctx, config("anchor.closings"), 0, journal.Position{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := anchor.NewCloser(anchor.CloserConfig{
			Log: log, Commitment: commitment,
			Sources: func(context.Context) ([]anchor.Source, error) { return nil, nil },
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first, second := newCloser(), newCloser()
	written := 0
	for p := range 2 {
		log, err := journal.NewAppender(ctx, config("claims.scored"), p, journal.Position{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range int64(3) {
			hash := sha256.Sum256(fmt.Appendf(nil, "%d/%d", p, i))
			batch, err := log.Append(ctx, i, i+1, []journal.Record{{Value: hash[:]}})
			if err != nil {
				t.Fatal(err)
			}
			written++
			if err := first.Take(ctx, batch); err != nil {
				t.Fatal(err)
			}
			if i < 2 {
				if err := second.Take(ctx, batch); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	closed, err := first.Close(ctx)
	if err != nil || closed.Entries != uint64(written) {
		t.Fatalf("closing %+v, %v", closed, err)
	}
	if lost, err := second.Close(ctx); err != nil || lost != nil {
		t.Errorf("the slower closer closed %+v, %v", lost, err)
	}
	if second.Position(0) != closed.Ranges[0].To || second.Position(1) != closed.Ranges[1].To {
		t.Error("the slower closer did not go on from the faster one's closing")
	}
	read := anchor.JournalCommitments{Commitment: commitment,
		Open: func(ctx context.Context, partition int, from journal.Position) (anchor.BatchFold, error) {
			return journal.OpenFold(ctx, config("claims.scored"), partition, from)
		}}
	fold, err := journal.OpenFold(ctx, config("anchor.closings"), 0, journal.Position{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := anchor.NextClosing(fold)(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Verify(ctx, read); err != nil {
		t.Error(err)
	}
	got.Root[0] ^= 1
	if err := got.Verify(ctx, read); !errors.Is(err, anchor.ErrRootMismatch) {
		t.Errorf("another root: got %v", err)
	}
}
