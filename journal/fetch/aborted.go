package fetch

import (
	"slices"

	fetchapi "github.com/segmentio/kafka-go/protocol/fetch"
)

// abortedSet follows the aborted transactions of one answer as Kafka's own consumer does: a transaction opens at its
// first offset and ends at its abort marker; between them every transactional batch of its producer is aborted.
type abortedSet struct {
	waiting []fetchapi.ResponseTransaction
	open    map[int64]struct{}
}

func newAbortedSet(list []fetchapi.ResponseTransaction) *abortedSet {
	s := &abortedSet{waiting: slices.Clone(list), open: map[int64]struct{}{}}
	slices.SortFunc(s.waiting, func(a, b fetchapi.ResponseTransaction) int {
		switch {
		case a.FirstOffset < b.FirstOffset:
			return -1
		case a.FirstOffset > b.FirstOffset:
			return 1
		}
		return 0
	})
	return s
}

func (s *abortedSet) advance(last int64) {
	for len(s.waiting) > 0 && s.waiting[0].FirstOffset <= last {
		s.open[s.waiting[0].ProducerID] = struct{}{}
		s.waiting = s.waiting[1:]
	}
}

// covers reports whether the producer's transactional batch that ends at last belongs to an aborted transaction.
func (s *abortedSet) covers(producer, last int64) bool {
	s.advance(last)
	_, ok := s.open[producer]
	return ok
}

// ended records the producer's abort marker.
func (s *abortedSet) ended(producer, offset int64) {
	s.advance(offset)
	delete(s.open, producer)
}
