package detectors_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/detectors"
)

func TestDefaultRulesPassTheirTests(t *testing.T) {
	for _, c := range detectors.TestRules(defaultRules(t)) {
		if !c.OK() {
			t.Error(c)
		}
	}
}

func TestRuleTestsThatFailSayWhere(t *testing.T) {
	rs := ruleSet(t, `rules:
  - id: r
    version: 1
    title: t
    when: {a: loss.injuries > 1}
    weight: 1
    reason: x
    tests:
      hit: {event: {loss: {injuries: 1}}}
      near: {event: {loss: {injuries: 2}}}
      "null": {event: {loss: {injured: 1}}}
`)
	got := detectors.TestRules(rs)
	want := []string{"test.yaml:9: r@1: hit: want hit, got no hit", "test.yaml:9: r@1: near: want no hit, got hit",
		"test.yaml:9: r@1: null: reading the event"}
	for i, c := range got {
		if c.OK() || !strings.HasPrefix(c.String(), want[i]) {
			t.Errorf("got %s, want %s", c, want[i])
		}
	}
}

// A rule that cannot be evaluated is a failure on the decision, in fixed words; the claim and the other rules go on.
func TestFailingRuleLosesNothing(t *testing.T) {
	rs := ruleSet(t, `rules:
  - id: broken
    version: 2
    title: t
    when: {a: "[1, 2][loss.injuries] == 1"}
    weight: 1
    reason: x`+cases+`
  - id: sound
    version: 1
    title: t
    when: {a: loss.injuries > 1}
    weight: 1
    reason: x`+cases)
	d := newDesk(rs)
	got := d.decide(input(0, "c", 0, `{"loss":{"injuries":912}}`)).Decision
	if len(got.Failed) != 1 ||
		got.Failed[0] != (claim.Failure{Rule: "broken@2", Error: "a condition could not be evaluated"}) {
		t.Errorf("failed: %v", got.Failed)
	}
	if len(got.Reasons) != 1 || got.Reasons[0].Rule != "sound@1" {
		t.Errorf("reasons: %v", got.Reasons)
	}
	if n := d.Counts()[0]; n.Error != 1 || n.Hit+n.NoHit+n.Unknown+n.Snoozed != 0 {
		t.Errorf("counts: %+v", n)
	}
}

// A claim so broken that it cannot be prepared still gets a decision.
func TestPanicIsAFailure(t *testing.T) {
	d := newDesk(defaultRules(t))
	got := d.Score(context.Background(), &detectors.Input{Insurer: "acme", Claim: "c", Revision: 1}).Decision
	if len(got.Failed) != 1 || got.Failed[0].Rule != "engine" || got.Outcome != claim.Settle || d.Unprepared() != 1 {
		t.Errorf("%+v", got)
	}
	d.decide(input(0, "after", 0, ""))
}

func TestShadowRulesAreCountedNotScored(t *testing.T) {
	d := newDesk(ruleSet(t, `rules:
  - id: r
    version: 1
    title: t
    shadow: true
    when: {a: line == "motor"}
    weight: 3
    reason: x`+cases))
	got := d.decide(input(0, "c", 0, "")).Decision
	if len(got.Reasons) != 0 || d.Counts()[0].Hit != 1 {
		t.Errorf("reasons %v, counts %+v", got.Reasons, d.Counts())
	}
}

func TestSnoozesEnd(t *testing.T) {
	d := newDesk(ruleSet(t, `rules:
  - id: r
    version: 1
    title: t
    when: {a: line == "motor"}
    weight: 1
    reason: x`+cases+`
snoozes:
  - {rule: r, claim: acme/known, until: "2024-02-01T00:00:00Z", reason: looked at}
  - {rule: r, token: phn_1_desk, until: "2024-02-01T00:00:00Z", reason: "the hospital's desk"}
`))
	for _, c := range []struct {
		name string
		in   *detectors.Input
		hits int
	}{
		{"another claim", input(0, "other", 3, ""), 1},
		{"the claim", input(0, "known", 3, ""), 0},
		{"the token", input(0, "third", 3, "", "claimant.phone=phn_1_desk"), 0},
		{"the claim, later", input(0, "known", 31, ""), 1},
	} {
		if got := d.decide(c.in).Decision; len(got.Reasons) != c.hits {
			t.Errorf("%s: %d hits, want %d", c.name, len(got.Reasons), c.hits)
		}
	}
	if n := d.Counts()[0]; n.Snoozed != 2 || n.Hit != 2 {
		t.Errorf("counts: %+v", n)
	}
}

func TestBands(t *testing.T) {
	for _, c := range []struct {
		weight  string
		outcome claim.Outcome
		hold    bool
	}{{"0.1", claim.Settle, false}, {"1", claim.Review, false}, {"2.1", claim.Review, true},
		{"3", claim.Investigate, true}} {
		d := newDesk(ruleSet(t, `rules:
  - id: r
    version: 1
    title: t
    when: {a: line == "motor"}
    weight: `+c.weight+`
    reason: x`+cases))
		if got := d.decide(input(0, "c", 0, "")).Decision; got.Outcome != c.outcome || got.Hold != c.hold {
			t.Errorf("weight %s: %s hold %v", c.weight, got.Outcome, got.Hold)
		}
	}
}

func TestReasonShowsValuesBesideThresholds(t *testing.T) {
	d := newDesk(defaultRules(t))
	got := d.decide(input(0, "c", 40,
		`{"policy":{"inception":"2024-02-01"},"loss":{"time":"2024-02-08T10:00:00-05:00"}}`)).Decision
	i := slices.IndexFunc(got.Reasons, func(r claim.Reason) bool { return r.Rule == "early-loss@1" })
	if i < 0 {
		t.Fatalf("reasons: %v", got.Reasons)
	}
	r := got.Reasons[i]
	if r.Text != "The loss happened 7 days after cover began." || !slices.Equal(r.Indicators, []int{1}) ||
		!slices.Equal(r.Facts, []claim.Fact{{Name: "days", Value: "7", Threshold: "at most 30"}}) {
		t.Errorf("%+v", r)
	}
	if got.RuleSet != "default@1" {
		t.Errorf("rule set %q", got.RuleSet)
	}
}

// The reasons are sorted by weight and add up to the score, for any claim.
func TestScoreAddsUp(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk(rs)
		for _, in := range randomClaims(t, 20) {
			res := d.decide(in)
			check := func(got *claim.Decision) {
				sum := got.Base
				for i, r := range got.Reasons {
					sum += r.Weight
					if i > 0 && got.Reasons[i-1].Weight < r.Weight {
						t.Fatalf("reasons are not sorted: %v", got.Reasons)
					}
				}
				if want := 1 / (1 + math.Exp(-sum)); math.Abs(got.Score-want) > 1e-12 {
					t.Fatalf("score %v, reasons say %v", got.Score, want)
				}
				if len(got.Failed) > 0 {
					t.Fatalf("failed: %v", got.Failed)
				}
			}
			check(&res.Decision)
			for i := range res.Raises {
				check(&res.Raises[i].Decision)
			}
		}
	})
}

// Scoring does not record, and deciding gives what scoring before it gave.
func TestScoreThenObserveIsDecide(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		a, b := newDesk(rs), newDesk(rs)
		for i, in := range randomClaims(t, 20) {
			in.Source.Offset = int64(i)
			scored := a.Score(context.Background(), in)
			a.state.Observe(in, &scored.Decision)
			for i := range scored.Raises {
				observe(t, a.state, raisedEntry(in.Source, &scored.Raises[i]))
			}
			decided := b.Decide(context.Background(), in)
			equalResults(t, scored, decided)
			equalResults(t, a.Score(context.Background(), in), scored) // again, after it was recorded
		}
	})
}

func TestConcurrentDecisions(t *testing.T) {
	rs := defaultRules(t)
	st := detectors.NewState(rs, detectors.StateConfig{MaxClaims: 300})
	e := detectors.NewEngine(rs, st, detectors.Config{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	rings := 0
	for p := range 4 {
		wg.Go(func() {
			for i := range 300 {
				in := input(int64(i), "c-"+string(rune('a'+p))+"-"+time.Duration(i).String(), i/10,
					`{"amounts":{"claimed":{"amount":"1000","currency":"USD"}}}`,
					"claimant.phone=phn_1_"+string(rune('a'+i%26)), "claimant.bankAccount=bnk_1_"+
						string(rune('a'+i%26)), "vendor.id=pid_1_v")
				in.Source.Partition = p
				res := e.Decide(context.Background(), in)
				if i%7 == 0 {
					e.Score(context.Background(), in)
					e.Counts()
					st.Stats()
				}
				mu.Lock()
				rings += len(res.Decision.Rings)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if s := st.Stats(); s.Claims != 300 || s.Forgot != 900 {
		t.Errorf("%+v", s)
	}
	if rings == 0 {
		t.Error("no ring was found")
	}
}

// Of claims decided at the same time, one sees the others: the ring is completed exactly once.
func TestRingIsCompletedUnderConcurrency(t *testing.T) {
	rs := defaultRules(t)
	for range 50 {
		st := detectors.NewState(rs, detectors.StateConfig{})
		e := detectors.NewEngine(rs, st, detectors.Config{})
		var wg sync.WaitGroup
		results := make([]detectors.Result, 3)
		for p := range 3 {
			wg.Go(func() {
				in := input(0, "c"+string(rune('0'+p)), p, "", "claimant.phone=phn_1_a", "claimant.bankAccount=bnk_1_a")
				in.Source.Partition = p
				results[p] = e.Decide(context.Background(), in)
			})
		}
		wg.Wait()
		in := 0
		for _, r := range results {
			in += len(r.Decision.Rings)
		}
		if in == 0 {
			t.Fatal("nobody saw the ring")
		}
	}
}
