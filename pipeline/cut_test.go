package pipeline

import (
	"testing"

	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/journal"
)

// TestCutCoversEverythingInOrder cuts random answers and checks what the journal and its readers rely on.
func TestCutCoversEverythingInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(100, 2000).Draw(t, "limit")
		from := rapid.Int64Range(0, 50).Draw(t, "from")
		var entries []claim.Entry
		var records []journal.Record
		add := func(kind claim.Kind, offset int64) {
			entries = append(entries, claim.Entry{Kind: kind, Source: claim.SourceRef{Offset: offset}})
			records = append(records, journal.Record{Value: make([]byte, rapid.IntRange(1, 700).Draw(t, "size"))})
		}
		next := from
		for range rapid.IntRange(0, 20).Draw(t, "records") {
			next += rapid.Int64Range(0, 3).Draw(t, "gap") // aborted records have no answer
			add(claim.Decided, next)
			for range rapid.IntRange(0, 4).Draw(t, "raised") {
				add(claim.Rescored, next)
			}
			next++
		}
		to := next + rapid.Int64Range(0, 3).Draw(t, "rest")

		at, answered, raised := from, 0, 0
		lastDecided := int64(-1)
		for _, c := range cut(entries, records, from, to, limit) {
			if len(c.entries) != len(c.records) {
				t.Fatal("entries and records differ")
			}
			if len(c.entries) == 0 && c.to == at {
				t.Fatal("an empty batch that covers nothing")
			}
			size := 0
			for i, e := range c.entries {
				size += journal.RecordSize(c.records[i])
				if e.Kind == claim.Rescored {
					raised++
					// Ahead of its cause, or behind it in the cause's own batch.
					if e.Source.Offset < at {
						t.Fatalf("raised by %d, behind the batch of its cause", e.Source.Offset)
					}
					continue
				}
				answered++
				if e.Source.Offset < at || e.Source.Offset >= c.to || e.Source.Offset <= lastDecided {
					t.Fatalf("the answer to %d stands in [%d, %d)", e.Source.Offset, at, c.to)
				}
				lastDecided = e.Source.Offset
			}
			if size > limit && len(c.entries) > 1 {
				t.Fatalf("%d entries of %d bytes, limit %d", len(c.entries), size, limit)
			}
			at = c.to
		}
		if at != to || answered+raised != len(entries) {
			t.Fatalf("covers up to %d of %d, with %d of %d entries", at, to, answered+raised, len(entries))
		}
	})
}
