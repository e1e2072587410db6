package settlement

import (
	"context"
	"fmt"
	"slices"

	"tallystick/journal"
)

// VoidReason says why a record of the journal does not count. The values are fixed and few, fit for a metric's label.
type VoidReason string

// The reasons.
const (
	VoidForm      VoidReason = "form"      // not an entry
	VoidNullifier VoidReason = "nullifier" // of a payment that counts already, with other fields
	VoidRepeated  VoidReason = "repeated"  // the same again
)

// Settled is a payment that counts.
type Settled struct {
	Entry   Entry
	Targets []Target // where it was to be paid, in order; the last is where it is to be paid now
	Offset  int64    // of its newest record in the journal
}

// State is the fold of the journal: a pure function of it. Apply must not run beside the other methods.
type State struct {
	payments map[[32]byte]*Settled // by nullifier
	byClaim  map[[32]byte][][32]byte
	totals   map[string]Amount
	void     map[VoidReason]uint64
}

// Amount is a sum of minor units, wide enough for any number of entries.
type Amount struct{ hi, lo uint64 }

// NewState returns the state before the first record.
func NewState() *State {
	return &State{
		payments: map[[32]byte]*Settled{}, byClaim: map[[32]byte][][32]byte{}, totals: map[string]Amount{},
		void: map[VoidReason]uint64{},
	}
}

// Apply implements statelog.State.
func (s *State) Apply(batch journal.Batch) error {
	for _, r := range batch.Records {
		if reason := s.apply(r); reason != "" {
			s.void[reason]++
		}
	}
	return nil
}

// judge says what a payment would be on this state.
func (s *State) judge(p Payment) VoidReason {
	held := s.payments[p.Entry.Nullifier]
	switch {
	case held == nil:
		return ""
	case held.Entry != p.Entry:
		return VoidNullifier
	case slices.Contains(held.Targets, p.Target):
		return VoidRepeated
	}
	return ""
}

func (s *State) apply(r journal.Record) VoidReason {
	p, err := Parse(r.Value)
	if err != nil {
		return VoidForm
	}
	if reason := s.judge(p); reason != "" {
		return reason
	}
	held := s.payments[p.Entry.Nullifier]
	if held == nil {
		held = &Settled{Entry: p.Entry}
		s.payments[p.Entry.Nullifier] = held
		s.byClaim[p.Entry.Claim] = append(s.byClaim[p.Entry.Claim], p.Entry.Nullifier)
		s.totals[p.Entry.Currency] = s.totals[p.Entry.Currency].plus(p.Entry.Amount)
	}
	held.Targets, held.Offset = append(held.Targets, p.Target), r.Offset
	return ""
}

// Payment returns the payment of a nullifier.
func (s *State) Payment(nullifier [32]byte) (Settled, bool) {
	held := s.payments[nullifier]
	if held == nil {
		return Settled{}, false
	}
	return held.copy(), true
}

// OfClaim returns the payments of a claim in the order in which they were written.
func (s *State) OfClaim(claim [32]byte) []Settled {
	var all []Settled
	for _, n := range s.byClaim[claim] {
		all = append(all, s.payments[n].copy())
	}
	return all
}

func (s *Settled) copy() Settled {
	return Settled{s.Entry, slices.Clone(s.Targets), s.Offset}
}

// Total returns what was settled in a currency, each payment once.
func (s *State) Total(currency string) Amount { return s.totals[currency] }

// Len returns how many payments count.
func (s *State) Len() int { return len(s.payments) }

// Void returns how many records did not count for that reason.
func (s *State) Void(reason VoidReason) uint64 { return s.void[reason] }

// Fold reads the journal to its present end.
func Fold(ctx context.Context, cfg journal.Config) (*State, error) {
	s := NewState()
	if _, err := journal.Scan(ctx, cfg, 0, s.Apply); err != nil {
		return nil, fmt.Errorf("folding the journal %s: %w", cfg.Topic, err)
	}
	return s, nil
}
