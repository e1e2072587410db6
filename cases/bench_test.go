package cases

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/quagmt/udecimal"

	"tallystick/journal"
)

// bigState is the fold of n cases with eight entries each: opened, viewed, taken, two notes, rescored, snoozed, woken.
func bigState(tb testing.TB, n int) (s *state, bytes int64) {
	tb.Helper()
	s = newState()
	r := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	table, err := DefaultTable()
	if err != nil {
		tb.Fatal(err)
	}
	var from int64
	apply := func(events ...Event) {
		records, err := records(events)
		if err != nil {
			tb.Fatal(err)
		}
		for i := range records {
			records[i].Offset = from + int64(i)
			bytes += int64(len(records[i].Value))
		}
		b := journal.Batch{Header: journal.Header{From: from, To: from + int64(len(records))}, Records: records}
		if err := s.Apply(b); err != nil {
			tb.Fatal(err)
		}
		from = b.To
	}
	lines := []string{"motor", "property", "health", "travel"}
	for i := range n {
		at = at.Add(time.Second)
		score := r.Float64()
		amount := udecimal.MustFromInt64(int64(r.IntN(1_000_000)), 2)
		f := Finding{
			ClaimRef: ClaimRef{
				"acme",
				fmt.Sprintf("M-2026-%07d", i),
			}, Revision: 1, Line: lines[r.IntN(len(lines))], Score: score, Base: -2.2,
			Outcome: []string{"review", "investigate"}[r.IntN(2)], Hold: score > 0.8, Jurisdiction: "US-CA", At: at,
			Place:   Place{i % 8, int64(i)},
			Money:   &Money{amount, []string{"USD", "EUR"}[r.IntN(2)]},
			Reasons: []Reason{{"shared-bank-account@1", 1.2}, {"shared-phone@1", 0.8}, {"early-loss@1", 0.5}},
		}
		if i%10 == 0 {
			f.Rings = []RingRef{
				{ID: fmt.Sprint("ring", i), Size: 3, Members: []ClaimRef{f.ClaimRef, {"acme", "x"}, {"acme", "y"}}},
			}
		}
		id := ID(i + 1)
		person := fmt.Sprint("person-", r.IntN(50))
		note := Note{Key: "0123456789abcdef0123456789abcdef", Sealed: make([]byte, 300), Digest: make([]byte, 32),
			Size: 250}
		until := at.Add(time.Hour)
		cmd := func() string { return fmt.Sprint("command-", from, "-abcdefghijkl") }
		f2 := f
		f2.Revision, f2.Place.Offset = 2, f.Place.Offset+int64(n)
		apply(
			Event{Kind: Opened, At: at, By: Machine, Cause: ByScore, Finding: &f, Deadlines: table.fromFinding(&f, at)},
			Event{Kind: Viewed, Case: id, At: at, By: person, Command: cmd()},
			Event{Kind: Assigned, Case: id, At: at, By: person, To: person, Command: cmd()},
			Event{Kind: Noted, Case: id, At: at, By: person, Note: &note, Command: cmd()},
			Event{Kind: Noted, Case: id, At: at, By: person, Note: &note, Command: cmd()},
			Event{Kind: Rescored, Case: id, At: at, By: Machine, Finding: &f2},
			Event{Kind: Snoozed, Case: id, At: at, By: person, Until: &until, Command: cmd()},
			Event{Kind: Noted, Case: id, At: at, By: person, Note: &note, Wake: true, Command: cmd()},
		)
	}
	return s, bytes
}

// TestManyCasesAreThereAtOnce folds cases and says what that costs; it fails where the first rows of a queue would be
// waited for.
func TestManyCasesAreThereAtOnce(t *testing.T) {
	const n = 20_000
	s, _ := bigState(t, n)
	now := time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
	actor := Actor{Person: "x", Rights: RightsOf("lead")}
	for _, q := range []Query{
		{},
		{Sort: SortDue},
		{Sort: SortMoney, Desc: true, Filter: Filter{Lines: []string{"motor"}}},
		{Filter: Filter{Claim: "99"}},
	} {
		if err := q.fill(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		page := s.page(&q, actor, nil, now)
		took := time.Since(began)
		t.Logf("first rows by %s of %d: %s", q.Sort, page.Total, took.Round(100*time.Microsecond))
		if took > time.Second {
			t.Errorf("the first rows by %s take %s", q.Sort, took)
		}
	}
}

// BenchmarkQueue reads the first rows of 100,000 open cases, and says what they take in memory.
func BenchmarkQueue(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, bytes := bigState(b, 100_000)
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Logf("100,000 cases, 800,000 entries of %d bytes", bytes)
	actor := Actor{Person: "x", Rights: RightsOf("lead")}
	q := Query{Limit: 50}
	if err := q.fill(); err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		s.page(&q, actor, nil, now)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
}
