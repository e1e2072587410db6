package site

import (
	"strings"
	"testing"
)

func TestWhatDoesNotFitIsRefusedBeforehand(t *testing.T) {
	const gb = 1_000_000_000
	left := Room{Memory: 20 * gb, Disk: 70 * gb}
	for _, c := range []struct {
		name   string
		cfg    Config
		claims int
		want   string // part of the error
	}{
		{"a small site", Config{}, 10_000, ""},
		{"a million claims, two instances", Config{Instances: 2}, 1_000_000, ""},
		{"ten million claims", Config{}, 10_000_000, "of disk"},
		{"five million in the state of two", Config{Instances: 2, StateClaims: 5_000_000}, 5_000_000, "of memory"},
	} {
		err := left.Fits(c.cfg.Need(c.claims))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestMemoryLimitIsShared(t *testing.T) {
	for _, c := range []struct {
		memory int64
		n      int
		want   string
	}{
		{23 << 30, 2, "GOMEMLIMIT=10240MiB"},
		{23 << 30, 1, "GOMEMLIMIT=20480MiB"},
		{1 << 30, 2, "GOMEMLIMIT=512MiB"},
	} {
		if got := (Room{Memory: c.memory}).MemoryLimit(c.n); got != c.want {
			t.Errorf("%d bytes for %d: %s, want %s", c.memory, c.n, got, c.want)
		}
	}
}
