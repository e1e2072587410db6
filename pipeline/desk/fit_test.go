package desk

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/claim/entry/entrytest"
	"tallystick/pipeline"
)

// Whatever a decision says, its entry fits after it is encoded, its commitment covers what is left, and what was cut is
// counted. What fits anyway is not touched.
func TestEveryDecisionFitsItsEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := entrytest.Sample()
		e.Commitment = nil
		text := strings.Repeat("x", rapid.IntRange(0, 40_000).Draw(t, "text"))
		d := &claim.Decision{Outcome: claim.Review, RuleSet: "own@1"}
		for i := range rapid.IntRange(0, 400).Draw(t, "reasons") {
			d.Reasons = append(d.Reasons, claim.Reason{Rule: fmt.Sprint("rule-", i, "@1"), Weight: 1, Text: text,
				Facts: []claim.Fact{{Name: "value", Value: text}}})
		}
		ring := claim.Ring{ID: "ring_1"}
		for range rapid.IntRange(0, 128).Draw(t, "members") {
			ring.Claims = append(ring.Claims, claim.ClaimRef{Insurer: "acme", Claim: strings.Repeat("\U0001F600", 128)})
		}
		d.Rings = []claim.Ring{ring}
		for range rapid.IntRange(0, 2000).Draw(t, "failures") {
			d.Failed = append(d.Failed, claim.Failure{Rule: "r@1", Error: "a condition could not be evaluated"})
		}
		e.Decision = d
		for i := range e.Sections { // as much as the desk lets a record keep
			e.Sections[i].Data = make([]byte, rapid.IntRange(0, maxProtected/len(e.Sections)).Draw(t, "sealed"))
		}
		reasons, failed, members := len(d.Reasons), len(d.Failed), len(ring.Claims)
		before, err := new(entry.Encoder).Append(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		if glance := atMost(e); glance < len(before) {
			t.Fatalf("%d bytes, at a glance %d", len(before), glance)
		}
		var w worker
		if err := w.commit(e); err != nil {
			t.Fatal(err)
		}
		after, err := new(entry.Encoder).Append(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		if len(after) > pipeline.MaxEntryBytes {
			t.Fatalf("%d bytes of %d", len(after), pipeline.MaxEntryBytes)
		}
		o := e.Decision.Omitted
		if len(before)+commitmentBytes <= pipeline.MaxEntryBytes && o != (claim.Omitted{}) {
			t.Fatalf("cut although it fits: %+v", o)
		}
		if cut := members - len(e.Decision.Rings[0].Claims); o.Members != cut {
			t.Fatalf("%d members cut, %d counted", cut, o.Members)
		}
		if cut := reasons - len(e.Decision.Reasons) + failed - len(e.Decision.Failed); o.Facts < cut {
			t.Fatalf("%d reasons and failures cut, %d counted", cut, o.Facts)
		}
	})
}
