package main

import "testing"

func TestTally(t *testing.T) {
	a, b := []byte("acme/1"), []byte("acme/2")
	// fine sends two claims, one of them twice, and answers all of it.
	fine := func(c *tally) {
		for _, key := range [][]byte{a, b, b} {
			c.sent(key)
			c.decided(key)
		}
		c.published(a, "0-1", []byte("settle"))
		c.published(b, "1-1", []byte("settle"))
	}
	for name, tc := range map[string]struct {
		then func(*tally)
		want verdict
	}{
		"all is well":                     {func(*tally) {}, verdict{}},
		"a record without an entry":       {func(c *tally) { c.sent(b) }, verdict{Lost: 1}},
		"two entries for one":             {func(c *tally) { c.decided(a) }, verdict{Doubled: 1}},
		"an entry that nothing asked for": {func(c *tally) { c.decided([]byte("acme/3")) }, verdict{Doubled: 1}},
		"a lost one hides no doubled one": {func(c *tally) { c.sent(a); c.decided(b) }, verdict{Lost: 1, Doubled: 1}},
		"a claim that nobody hears of": {func(c *tally) { c.sent([]byte("x")); c.decided([]byte("x")) },
			verdict{Unpublished: 1}},
		"a decision published again": {func(c *tally) { c.published(a, "0-1", []byte("settle")) }, verdict{}},
		"a raised decision":          {func(c *tally) { c.published(a, "0-9", []byte("review")) }, verdict{}},
		"one version with two contents": {func(c *tally) { c.published(a, "0-1", []byte("review")) },
			verdict{Changed: 1}},
		"one version, but of another claim": {func(c *tally) { c.published(b, "0-1", []byte("review")) }, verdict{}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTally()
			fine(c)
			tc.then(c)
			if got := c.verdict(); got != tc.want {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
}
