//go:build integration

package settlement_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/internal/testenv"
	"tallystick/journal"
	"tallystick/settlement"
)

// rests allows payments of a claim up to a sum.
type rests struct{ most int64 }

func (r rests) Payable(_ context.Context, _ [32]byte, _ string, together settlement.Amount) error {
	if n := together.Big(); !n.IsInt64() || n.Int64() > r.most {
		return fmt.Errorf("together %s: %w", together, settlement.ErrNotPayable)
	}
	return nil
}

func openDesk(t *testing.T, cfg settlement.Config) *settlement.Desk {
	t.Helper()
	d, err := settlement.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := d.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	return d
}

func somePayment(n byte, cents uint64) settlement.Payment {
	return settlement.Payment{
		Target: settlement.Target{ChainID: 1, Contract: [20]byte{1}},
		Entry: settlement.Entry{
			Version: 1, Payee: [20]byte{2}, Amount: cents, Currency: "USD", Claim: [32]byte{3}, Record: [32]byte{4},
			DisputeEnd: time.Unix(1_700_000_000, 0), Nullifier: [32]byte{n},
		},
	}
}

// Any number of processes may settle one claim at a time: each payment counts once, and together they stay within what
// the decision allows.
func TestRacingDesksSettleOnceAndWithinTheDecision(t *testing.T) {
	brokers, topic := testenv.Kafka(t), testenv.Name(t)
	testenv.CreateTopic(t, brokers, topic, 1, nil)
	cfg := settlement.Config{
		Journal:   journal.Config{Addr: kafka.TCP(brokers...), Topic: topic, Name: settlement.JournalName},
		Decisions: rests{1000},
	}
	desks := []*settlement.Desk{openDesk(t, cfg), openDesk(t, cfg), openDesk(t, cfg)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for _, d := range desks {
		for n := byte(1); n <= 12; n++ {
			wg.Go(func() {
				err := d.Settle(ctx, somePayment(n, 150))
				if err != nil && !errors.Is(err, settlement.ErrNotPayable) {
					t.Errorf("payment %d: %v", n, err)
				}
			})
		}
	}
	wg.Wait()
	fresh := openDesk(t, cfg)
	fresh.View(func(s *settlement.State) {
		if s.Len() != 6 || s.Total("USD").String() != "900" {
			t.Errorf("%d payments, %s in all, want 6 and 900", s.Len(), s.Total("USD"))
		}
	})
}

func TestWhatTheDeskRefuses(t *testing.T) {
	brokers, topic := testenv.Kafka(t), testenv.Name(t)
	testenv.CreateTopic(t, brokers, topic, 1, nil)
	now := time.Unix(1_800_000_000, 0)
	d := openDesk(t, settlement.Config{
		Journal:   journal.Config{Addr: kafka.TCP(brokers...), Topic: topic, Name: settlement.JournalName},
		Decisions: rests{1000}, Now: func() time.Time { return now },
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	early := somePayment(1, 100)
	early.Entry.DisputeEnd = now.Add(time.Second)
	if err := d.Settle(ctx, early); !errors.Is(err, settlement.ErrInDispute) {
		t.Errorf("in dispute: %v", err)
	}
	now = now.Add(time.Second)
	for range 2 {
		if err := d.Settle(ctx, early); err != nil {
			t.Errorf("afterwards, and again: %v", err)
		}
	}
	other := early
	other.Entry.Amount++
	if err := d.Settle(ctx, other); !errors.Is(err, settlement.ErrTaken) {
		t.Errorf("the payment with another amount: %v", err)
	}
	if err := d.Settle(ctx, somePayment(2, 901)); !errors.Is(err, settlement.ErrNotPayable) {
		t.Errorf("more than was decided: %v", err)
	}
	moved := early
	moved.Target.ChainID = 2
	if err := d.Settle(ctx, moved); err != nil {
		t.Errorf("to another contract: %v", err)
	}
	d.View(func(s *settlement.State) {
		if s.Len() != 1 || s.Total("USD").String() != "100" {
			t.Errorf("%d payments, %s in all", s.Len(), s.Total("USD"))
		}
	})
}
