package detectors_test

import (
	"context"
	"fmt"
	"time"

	"tallystick/claim"
	"tallystick/detectors"
	"tallystick/detectors/rule"
)

// A claim is scored by the rules that ship, with its reasons.
func ExampleEngine_Decide() {
	rs, err := detectors.LoadRules(rule.FS)
	if err != nil {
		fmt.Println(err)
		return
	}
	engine := detectors.NewEngine(rs, detectors.NewState(rs, detectors.StateConfig{}), detectors.Config{})

	day := func(s string) claim.When { w, _ := claim.ParseWhen(s); return w }
	event := &claim.Event{Insurer: "acme", ID: "C-1", Revision: 1, Line: claim.LineMotor}
	event.Policy.Inception = day("2026-03-01")
	event.Loss.Time, event.Loss.Reported = day("2026-03-04T02:10:00+01:00"), day("2026-03-05")

	result := engine.Decide(context.Background(), &detectors.Input{
		Event: event, Insurer: "acme", Claim: "C-1", Revision: 1,
		Tokens: []claim.Token{{Path: "claimant.phone", Value: "phn_1_k7f3"}},
		Source: claim.SourceRef{Partition: 0, Offset: 0, Time: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)},
		At:     time.Date(2026, 3, 5, 9, 0, 1, 0, time.UTC),
	})
	fmt.Printf("%s, %.2f\n", result.Decision.Outcome, result.Decision.Score)
	for _, r := range result.Decision.Reasons {
		fmt.Printf("%+.1f %s\n", r.Weight, r.Text)
	}
	// Output:
	// settle, 0.14
	// +0.9 The loss happened 3 days after cover began.
	// +0.3 The loss happened at 2 o'clock, at night.
}
