package settlement

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"tallystick/journal"
)

func record(t interface{ Fatal(...any) }, p Payment) journal.Record {
	value, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return journal.Record{Key: p.Entry.Nullifier[:], Value: value}
}

func TestAPaymentCountsOnce(t *testing.T) {
	first, dearer, moved := payment(), payment(), payment()
	dearer.Entry.Amount++
	moved.Target.Contract[0]++
	s := NewState()
	if err := s.Apply(journal.Batch{Records: []journal.Record{
		record(t, first), record(t, first), record(t, dearer), record(t, moved), record(t, first), {Value: []byte("?")},
	}}); err != nil {
		t.Fatal(err)
	}
	got, ok := s.Payment(first.Entry.Nullifier)
	if !ok || got.Entry != first.Entry || len(got.Targets) != 2 || got.Targets[1] != moved.Target {
		t.Errorf("%+v, %v", got, ok)
	}
	if s.Void(VoidRepeated) != 2 || s.Void(VoidNullifier) != 1 || s.Void(VoidForm) != 1 {
		t.Errorf("void: %v", s.void)
	}
	if total := s.Total("USD").String(); total != "123456" {
		t.Errorf("total %s", total)
	}
	if of := s.OfClaim(first.Entry.Claim); len(of) != 1 || of[0].Entry != first.Entry {
		t.Errorf("of the claim: %+v", of)
	}
}

// Whatever a journal holds: of a nullifier the first entry counts, and the total is the sum of what counts.
func TestTheTotalIsTheSumOfWhatCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want, first := NewState(), new(big.Int), map[byte]Entry{}
		for range rapid.IntRange(0, 40).Draw(t, "records") {
			p := payment()
			n := rapid.ByteRange(1, 6).Draw(t, "payment")
			p.Entry.Nullifier, p.Entry.Claim = [32]byte{n}, [32]byte{n%2 + 1}
			p.Entry.Amount = rapid.SampledFrom([]uint64{1, 1 << 40, 1<<64 - 1}).Draw(t, "amount")
			p.Target.ChainID = rapid.Uint64Range(1, 2).Draw(t, "chain")
			if _, known := first[n]; !known {
				first[n] = p.Entry
				want.Add(want, new(big.Int).SetUint64(p.Entry.Amount))
			}
			if err := s.Apply(journal.Batch{Records: []journal.Record{record(t, p)}}); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.Total("USD").Big(); got.Cmp(want) != 0 || s.Len() != len(first) {
			t.Fatalf("total %s of %d, want %s of %d", got, s.Len(), want, len(first))
		}
		for n, e := range first {
			if got, ok := s.Payment([32]byte{n}); !ok || got.Entry != e {
				t.Fatalf("payment %d is %+v, want %+v", n, got, e)
			}
		}
	})
}
