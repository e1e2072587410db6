package fsck

import (
	"context"
	"iter"

	"tallystick/anchor"
	"tallystick/claim/entry"
	"tallystick/journal"
)

// sequel reads ranges of the journal that follow each other, as closings name them, and goes on where it stands:
// opening a fold for each range would fetch most of the journal many times. It is for one goroutine.
type sequel struct {
	open  func(ctx context.Context, partition int, from journal.Position) (anchor.BatchFold, error)
	folds map[int]standing
}

// standing is a fold and the digest of the last batch that was taken from it.
type standing struct {
	fold anchor.BatchFold
	at   journal.Digest
}

// Range implements [anchor.Commitments].
func (s *sequel) Range(ctx context.Context, r anchor.Range) iter.Seq2[anchor.Commitment, error] {
	return func(yield func(anchor.Commitment, error) bool) {
		if r.From.Digest == r.To.Digest {
			return
		}
		stands, ok := s.folds[r.Partition]
		ok = ok && stands.at == r.From.Digest
		delete(s.folds, r.Partition) // until the range is read to its end
		reader := anchor.JournalCommitments{
			Open: func(ctx context.Context, partition int, from journal.Position) (anchor.BatchFold, error) {
				if ok {
					return stands.fold, nil
				}
				var err error
				stands.fold, err = s.open(ctx, partition, from)
				return stands.fold, err
			},
			Commitment: func(record journal.Record) (anchor.Hash, error) { return entry.Commitment(record.Value) },
		}
		for c, err := range reader.Range(ctx, r) {
			if !yield(c, err) || err != nil {
				return
			}
		}
		s.folds[r.Partition] = standing{stands.fold, r.To.Digest}
	}
}
