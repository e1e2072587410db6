package main

import (
	"slices"
	"sync"
	"time"
)

// stalls measures how long kills keep decisions away, from the ends of the journal's partitions. Methods may be called
// concurrently.
type stalls struct {
	mu    sync.Mutex
	open  []stall
	first []time.Duration // from a kill to the first new decision anywhere
	all   []time.Duration // to a new decision in every partition
}

type stall struct {
	killed time.Time
	ends   []int64 // of partitions when the instance was gone; -1: it has moved since
	first  bool
}

// kill begins a measurement. Ends are those of the journal after the last that the dead instance had sent arrived.
func (s *stalls) kill(at time.Time, ends []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, stall{killed: at, ends: slices.Clone(ends)})
}

// sample says where the partitions end now.
func (s *stalls) sample(at time.Time, ends []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.open[:0]
	for _, o := range s.open {
		moved := 0
		for p := range o.ends {
			if o.ends[p] >= 0 && ends[p] > o.ends[p] {
				o.ends[p] = -1
			}
			if o.ends[p] < 0 {
				moved++
			}
		}
		if moved > 0 && !o.first {
			o.first = true
			s.first = append(s.first, at.Sub(o.killed))
		}
		if moved < len(o.ends) {
			left = append(left, o)
			continue
		}
		s.all = append(s.all, at.Sub(o.killed))
	}
	s.open = left
}

// results returns what was measured, shortest first. Kills after which a partition had nothing left to decide are in
// first at the most.
func (s *stalls) results() (first, all []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.first)), slices.Sorted(slices.Values(s.all))
}
