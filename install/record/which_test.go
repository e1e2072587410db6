package record

import (
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/claim/entry"
)

// A claim with two revisions, each scored anew once: which record is meant.
func TestWhichRecordIsMeant(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 30, hour, 0, 0, 0, time.UTC) }
	entries := []claim.Entry{
		{Kind: claim.Decided, Revision: 1, At: at(1), Decision: &claim.Decision{}},
		{Kind: claim.Rescored, Revision: 1, At: at(2), Decision: &claim.Decision{}},
		{Kind: claim.Decided, Revision: 2, At: at(3), Decision: &claim.Decision{}},
		{Kind: claim.Duplicate, Revision: 2, At: at(4)},
		{Kind: claim.Rescored, Revision: 2, At: at(5), Decision: &claim.Decision{}},
	}
	for name, tt := range map[string]struct {
		which Which
		want  int // -1: none
	}{
		"in force":                    {Which{}, 4},
		"the decision":                {Which{Original: true}, 2},
		"of the first revision":       {Which{Revision: 1}, 1},
		"the decision of the first":   {Which{Original: true, Revision: 1}, 0},
		"of a revision that is none":  {Which{Revision: 3}, -1},
		"in force at four":            {Which{AsOf: at(4)}, 2},
		"at the moment of a decision": {Which{AsOf: at(5)}, 4},
		"before the first":            {Which{AsOf: at(0)}, -1},
		"revision one, at one":        {Which{Revision: 1, AsOf: at(1)}, 0},
	} {
		got, best := -1, (*claim.Entry)(nil)
		for i := range entries {
			if tt.which.takes(&entries[i]) && entry.InForce(best, &entries[i]) {
				got, best = i, &entries[i]
			}
		}
		if got != tt.want {
			t.Errorf("%s: got entry %d, want %d", name, got, tt.want)
		}
	}
}
