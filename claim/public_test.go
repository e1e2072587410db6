package claim

import (
	"testing"
	"time"
)

func TestPublicDecision(t *testing.T) {
	entry := &Entry{
		Kind: Decided, Insurer: "acme", Claim: "C-1", Revision: 2, At: time.Date(2026, 3, 4, 5, 6, 7, 9e6, time.UTC),
		Decision: &Decision{Score: 0.731, Base: -3.2, Outcome: Review, Hold: true, RuleSet: "base@1",
			Reasons: []Reason{{"early-loss@2", []int{1}, 1.25, "Loss 3 days after inception \"<&>\"",
				[]Fact{{"days", "3", "30"}}}}},
	}
	d, ok := Public(entry, 3, 77)
	if !ok {
		t.Fatal("a decided entry has a public decision")
	}
	got, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "decision.json", got)

	entry.Decision.Hold, entry.Decision.Reasons = false, nil
	if d, _ = Public(entry, 3, 77); d.Action != Release || d.Reasons == nil {
		t.Errorf("got %+v", d)
	}
	entry.Decision = nil
	if _, ok := Public(entry, 3, 77); ok {
		t.Error("an entry without a decision was published")
	}
}
