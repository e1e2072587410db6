package main

import (
	"slices"
	"testing"
	"time"
)

func TestStallsEndWhenPartitionsMoveOn(t *testing.T) {
	zero := time.Unix(0, 0)
	at := func(s int) time.Time { return zero.Add(time.Duration(s) * time.Second) }
	var s stalls
	s.sample(at(0), []int64{10, 10})
	s.kill(at(1), []int64{20, 10})
	s.sample(at(2), []int64{20, 10})
	s.sample(at(3), []int64{25, 10}) // the instance that lives goes on
	s.kill(at(4), []int64{25, 10})
	s.sample(at(5), []int64{25, 10})
	s.sample(at(12), []int64{25, 30}) // the first one's partition was given away
	s.sample(at(14), []int64{30, 30})
	s.kill(at(20), []int64{30, 30}) // after the last claim

	first, all := s.results()
	if want := []time.Duration{2 * time.Second, 8 * time.Second}; !slices.Equal(first, want) {
		t.Errorf("first decisions after %v, want %v", first, want)
	}
	if want := []time.Duration{10 * time.Second, 11 * time.Second}; !slices.Equal(all, want) {
		t.Errorf("all partitions after %v, want %v", all, want)
	}
}
