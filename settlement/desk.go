package settlement

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"tallystick/journal"
	"tallystick/journal/statelog"
)

// JournalName is the logical name of the journal.
const JournalName = "settlement"

// Errors of payments that are refused. Nothing was written.
var (
	// ErrInDispute means that the decision can still be disputed.
	ErrInDispute = errors.New("the decision can still be disputed")
	// ErrTaken means that the payment is in the journal with other fields.
	ErrTaken = errors.New("this payment is settled already, otherwise")
	// ErrNotPayable means that the claim's decision in force is not one to pay on, or not that much.
	ErrNotPayable = errors.New("the decision in force does not allow this payment")
)

// Decisions tells what a payment rests on.
type Decisions interface {
	// Payable returns an error that wraps ErrNotPayable unless the record of that commitment is in force for its claim,
	// says to settle, and covers the claim's payments so far and this one together, in minor units.
	Payable(ctx context.Context, record [32]byte, currency string, together Amount) error
}

// Desk writes payments into the journal. Make it with Open; Run must be running for Settle to answer.
type Desk struct {
	log       *statelog.Log[*State]
	decisions Decisions
	now       func() time.Time
}

// Config says which journal and what payments rest on. Journal and Decisions are required.
type Config struct {
	Journal   journal.Config
	Decisions Decisions
	Now       func() time.Time // nil: time.Now
}

// Open folds the journal to its present end.
func Open(ctx context.Context, cfg Config) (*Desk, error) {
	if cfg.Decisions == nil {
		return nil, errors.New("settlement: what payments rest on is required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	log, err := statelog.Open(ctx, statelog.Config{Journal: cfg.Journal}, NewState())
	if err != nil {
		return nil, err
	}
	return &Desk{log: log, decisions: cfg.Decisions, now: cfg.Now}, nil
}

// Run follows the journal and writes what Settle brings, until ctx ends. It may be called once.
func (d *Desk) Run(ctx context.Context) error { return d.log.Run(ctx) }

// View calls read with the fold. What read keeps of it must be copied.
func (d *Desk) View(read func(*State)) { d.log.View(read) }

// Settle writes a payment, and returns nil as well if it is in the journal already: the same call again is safe,
// whoever else calls it. The error wraps statelog.ErrWaiting if it is not known whether it was written.
func (d *Desk) Settle(ctx context.Context, p Payment) error {
	value, err := p.Marshal()
	if err != nil {
		return err
	}
	if p, err = Parse(value); err != nil { // as every fold will see it
		return err
	}
	if now := d.now(); now.Before(p.Entry.DisputeEnd) {
		return fmt.Errorf("%w until %s", ErrInDispute, p.Entry.DisputeEnd.Format(time.RFC3339))
	}
	// What is settled of the claim can only grow, and the claim is a key of the command: if another payment comes in
	// between the sum is asked for again.
	sum, known := d.together(p)
	for {
		if !known {
			if err := d.decisions.Payable(ctx, p.Entry.Record, p.Entry.Currency, sum); err != nil {
				return err
			}
		}
		again := false
		_, err = d.log.Submit(ctx, statelog.Command[*State]{
			Keys: []string{"claim " + hex.EncodeToString(p.Entry.Claim[:]),
				"payment " + hex.EncodeToString(p.Entry.Nullifier[:])},
			Propose: func(s *State) ([]journal.Record, error) {
				switch s.judge(p) {
				case VoidRepeated:
					return nil, nil
				case VoidNullifier:
					return nil, ErrTaken
				}
				if now, known := s.together(p); !known && now != sum {
					again = true
					return nil, nil
				}
				return []journal.Record{{Key: p.Entry.Nullifier[:], Value: value}}, nil
			},
		})
		if err != nil || !again {
			return err
		}
		sum, known = d.together(p)
	}
}

func (d *Desk) together(p Payment) (sum Amount, known bool) {
	d.log.View(func(s *State) { sum, known = s.together(p) })
	return sum, known
}

// together returns what is settled of the payment's claim in its currency with the payment itself, and whether the
// payment is among it already.
func (s *State) together(p Payment) (sum Amount, known bool) {
	for _, n := range s.byClaim[p.Entry.Claim] {
		if held := s.payments[n]; n == p.Entry.Nullifier {
			known = true
		} else if held.Entry.Currency == p.Entry.Currency {
			sum = sum.plus(held.Entry.Amount)
		}
	}
	return sum.plus(p.Entry.Amount), known
}
