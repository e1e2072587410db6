package pipeline_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"tallystick/journal"
	"tallystick/pipeline"
)

func TestAbortedTransactionsAreCoveredWithFewBatches(t *testing.T) {
	in, shelf := newInstall(t), newShelf()
	sent := in.send(t, 9)
	cfg := in.config(shelf)
	pipeline.CoverAfter(&cfg, time.Second)
	stop := start(t, cfg)
	eventually(t, "the claims",
		func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == sent })
	end := in.abort(t, 10)
	eventually(t, "the position to cover what was aborted", func() bool { _, to := in.audit(t); return to[0] >= end })
	eventually(t, "the sink to be there too",
		func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return shelf.positions[0].To >= end })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	batches, empty := 0, 0
	if _, err := journal.Scan(t.Context(), journal.Config{Addr: addr(in), Topic: "claims.scored",
		Name: pipeline.JournalName}, 0, func(b journal.Batch) error {
		batches++
		if len(b.Records) == 0 {
			empty++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if empty == 0 || empty > 3 {
		t.Errorf("%d of %d batches are empty", empty, batches)
	}
	// Another life goes on from there.
	in.send(t, 3)
	stop = start(t, cfg)
	eventually(t, "the claims after it",
		func() bool { shelf.mu.Lock(); defer shelf.mu.Unlock(); return len(shelf.entries) == sent+3 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// abort writes transactions to partition 0 of claims and aborts each, and returns the partition's end.
func (in install) abort(t *testing.T, transactions int) (end int64) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(in.brokers...), kgo.TransactionalID("aborter"),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for range transactions {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		res := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "claims", Partition: 0, Value: []byte("c1")})
		if err := res.FirstErr(); err != nil {
			t.Fatal(err)
		}
		end = res[0].Record.Offset + 2 // and the marker
		if err := cl.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return end
}
