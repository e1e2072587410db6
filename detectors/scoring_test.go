package detectors_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tallystick/claim"
	"tallystick/detectors"
	"tallystick/detectors/model"
)

// garageModel is a model of one feature: what is known of the claim's garage.
func garageModel(t *testing.T, feature string) *model.Model {
	t.Helper()
	m := &model.Model{Format: model.Format, ID: "fraud", Version: 3, Intercept: -2,
		Inputs: []model.Input{{Feature: feature, Kind: "number"}},
		Lines:  []model.Line{{Input: 0, Spread: 1, Cut: 4, Weight: 1}}}
	if err := m.Seal(); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestALiveModelGivesTheScoreAndItsReasons(t *testing.T) {
	scorer, err := detectors.NewScorer(garageModel(t, "person.fraud"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(defaultRules(t))
	d.state.Remember()
	scoring := &detectors.Scoring{Model: scorer, Cut: &detectors.Cut{Review: 0.15, Investigate: 0.5, Hold: 0.5}}
	ask := func(id string) detectors.Result {
		in := sharing(0, id, id, 0)
		in.Tokens = slices.DeleteFunc(in.Tokens, func(t claim.Token) bool { return t.Domain() == "nid" })
		in.Tokens = append(in.Tokens, claim.Token{Path: "claimant.id", Value: "pid_1_ann"})
		in.Scoring = scoring
		return d.decide(in)
	}
	first := ask("a")
	if got := first.Decision; math.Abs(got.Score-model.Probability(-2)) > 1e-12 || got.Outcome != claim.Settle ||
		len(first.Features) == 0 {
		t.Errorf("nothing known: %+v", got)
	}
	d.state.Tell(outcome(0, "a", "fraud-confirmed", 1))
	second := ask("b").Decision
	var sum float64
	named := false
	for _, r := range second.Reasons {
		sum += r.Weight
		named = named || r.Rule == "fraud:person.fraud@3"
	}
	if second.Score <= first.Decision.Score || !named ||
		math.Abs(model.Probability(second.Base+sum)-second.Score) > 1e-12 {
		t.Errorf("with a confirmed fraud of the same person: %+v", second)
	}
	if second.Outcome == claim.Settle {
		t.Errorf("the cut is not used: %v at %v", second.Outcome, second.Score)
	}
}

func TestAShadowChangesNothing(t *testing.T) {
	scorer, err := detectors.NewScorer(garageModel(t, "person.fraud"))
	if err != nil {
		t.Fatal(err)
	}
	with, without := newDesk(defaultRules(t)), newDesk(defaultRules(t))
	with.state.Remember()
	in := sharing(0, "a", "x", 0)
	in.Scoring = &detectors.Scoring{Shadow: scorer}
	a, b := with.decide(in).Decision, without.decide(sharing(0, "a", "x", 0)).Decision
	if a.Score != b.Score || a.Base != b.Base || len(a.Reasons) != len(b.Reasons) {
		t.Errorf("with a shadow %+v, without %+v", a, b)
	}
	if n := scorer.Drift.Outcomes(); n[claim.Settle] != 1 {
		t.Errorf("the shadow counted %v", n)
	}
}

func TestAModelOfAnotherSchemaIsRefusedByName(t *testing.T) {
	if _, err := detectors.NewScorer(garageModel(t, "starsign")); err == nil ||
		!strings.Contains(err.Error(), "fraud@3") || !strings.Contains(err.Error(), "starsign") {
		t.Errorf("got %v", err)
	}
}

func TestDriftTellsOtherClaims(t *testing.T) {
	m := garageModel(t, "person.fraud")
	for i := range 99 {
		m.Data.Quantiles = append(m.Data.Quantiles, float64(i+1)/100)
	}
	alike, other := scorerOf(t, m), scorerOf(t, m)
	for i := range 6000 {
		alike.Drift.Count(float64(i%100)/100+0.005, claim.Settle)
		other.Drift.Count(0.9+float64(i%10)/100, claim.Review)
	}
	if psi, n := alike.Drift.Stability(); psi > 0.01 || n != 5000 {
		t.Errorf("the same claims: %v of %d", psi, n)
	}
	if psi, _ := other.Drift.Stability(); psi < 0.25 {
		t.Errorf("other claims: %v", psi)
	}
}

func scorerOf(t *testing.T, m *model.Model) *detectors.Scorer {
	t.Helper()
	s, err := detectors.NewScorer(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
