package fsck

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"tallystick/anchor"
	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
)

// ledgerFold is a fold over batches that are numbered by the first byte of their digest.
type ledgerFold struct {
	batches []journal.Batch
}

func (f *ledgerFold) Next(context.Context) (journal.Batch, error) {
	if len(f.batches) == 0 {
		return journal.Batch{}, errors.New("the end")
	}
	b := f.batches[0]
	f.batches = f.batches[1:]
	return b, nil
}

// at is the position after batch n, which holds two entries.
func at(n byte) journal.Position {
	return journal.Position{Offset: 3 * int64(n), Base: 3 * (int64(n) - 1), Digest: journal.Digest{n}}
}

func numbered(t *testing.T, n byte) journal.Batch {
	t.Helper()
	b := journal.Batch{Base: at(n).Base, Digest: at(n).Digest, Next: at(n)}
	for i := range int64(2) {
		value, err := new(entry.Encoder).Append(nil, &claim.Entry{Kind: claim.Decided, At: time.Unix(0, 0),
			Seed: make([]byte, claim.SeedSize), Commitment: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		b.Records = append(b.Records, journal.Record{Offset: b.Base + 1 + i, Value: value})
	}
	return b
}

func TestRangesThatFollowEachOtherAreReadByOneFold(t *testing.T) {
	var opened []journal.Position
	s := sequel{folds: map[int]standing{},
		open: func(_ context.Context, _ int, from journal.Position) (anchor.BatchFold, error) {
			opened = append(opened, from)
			var f ledgerFold
			for n := from.Digest[0] + 1; n <= 6; n++ {
				f.batches = append(f.batches, numbered(t, n))
			}
			return &f, nil
		}}
	read := func(from, to byte) (offsets []int64, err error) {
		for c, err := range s.Range(t.Context(), anchor.Range{Partition: 4, From: at(from), To: at(to)}) {
			if err != nil {
				return offsets, err
			}
			offsets = append(offsets, c.Offset)
		}
		return offsets, nil
	}
	for _, c := range []struct {
		from, to byte
		want     []int64
		opened   int // folds so far
	}{
		{0, 2, []int64{1, 2, 4, 5}, 1},
		{2, 2, nil, 1}, // nothing new in this partition
		{2, 3, []int64{7, 8}, 1},
		{4, 5, []int64{13, 14}, 2}, // begins elsewhere: a chain that is broken is read all the same
		{5, 6, []int64{16, 17}, 2},
	} {
		if got, err := read(c.from, c.to); err != nil || !slices.Equal(got, c.want) || len(opened) != c.opened {
			t.Errorf("%d to %d: %v (%v) with %d folds, want %v with %d", c.from, c.to, got, err, len(opened), c.want,
				c.opened)
		}
	}
	if _, err := read(6, 7); err == nil {
		t.Error("a range that the journal does not hold is read without an error")
	}
	if got, err := read(0, 1); err != nil || len(got) != 2 {
		t.Errorf("after an error: %v (%v)", got, err)
	}
}
