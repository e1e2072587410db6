package main

import (
	"slices"
	"testing"
)

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		to   int
		want []int
	}{
		{500, []int{500}},
		{10_000, []int{10_000}},
		{30_000, []int{10_000, 30_000}},
		{40_000, []int{10_000, 30_000, 40_000}},
		{1_000_000, []int{10_000, 30_000, 100_000, 300_000, 1_000_000}},
	} {
		if got := sizes(c.to); !slices.Equal(got, c.want) {
			t.Errorf("to %d: %v, want %v", c.to, got, c.want)
		}
	}
}

func TestLastPart(t *testing.T) {
	for grown, want := range map[int]int{1: 1, 10_000: 10_000, 200_000: 100_000, 700_000: 200_000} {
		if got := lastPart(grown); got != want {
			t.Errorf("of %d: %d, want %d", grown, got, want)
		}
	}
}
