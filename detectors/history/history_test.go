package history_test

import (
	"fmt"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/detectors/feature"
	"tallystick/detectors/history"
	"tallystick/detectors/learn"
	"tallystick/detectors/party"
)

var day0 = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func past(id string, day int, o party.Outcome, knownAfter int) history.Claim {
	at := day0.AddDate(0, 0, day)
	return history.Claim{Outcome: o, KnownAt: at.AddDate(0, 0, knownAfter),
		Claim: party.Claim{Insurer: "acme", ID: id, At: at,
			Event:  &claim.Event{Line: claim.LineMotor, Parties: []claim.Party{{Role: claim.Repairer}}},
			Tokens: []claim.Token{{Path: "parties[0].id", Role: claim.Repairer, Value: "pid_1_bolt"}}}}
}

func garageFraud(t *testing.T, tb *learn.Table, row int) float64 {
	t.Helper()
	v := make([]feature.Value, 1)
	if !tb.Values([]string{"garage.fraud"}, row, v) {
		t.Fatal("no such column")
	}
	return v[0].Number
}

// The second claim comes before the first one's outcome was known, the third after.
func TestAnOutcomeCountsFromTheDayOnWhichItWasKnown(t *testing.T) {
	claims := []history.Claim{past("c", 20, party.Unknown, 0), past("a", 0, party.Fraud, 15),
		past("b", 10, party.Cleared, 100)}
	h, err := history.New(claims)
	if err != nil {
		t.Fatal(err)
	}
	tb := h.Table(nil)
	if got := garageFraud(t, tb, 1); got != 0 {
		t.Errorf("before it was known: %v", got)
	}
	if got := garageFraud(t, tb, 2); got <= 0 {
		t.Errorf("after it was known: %v", got)
	}
	if got := garageFraud(t, h.Table(func(i int) bool { return i == 0 }), 2); got != 0 {
		t.Errorf("hidden: %v", got)
	}
}

func TestWhatIsFittedOnWasKnownWhenJudgingBegins(t *testing.T) {
	var claims []history.Claim
	for i := range 100 {
		o := party.Cleared
		if i%10 == 0 {
			o = party.Fraud
		}
		if i%7 == 0 {
			o = party.Unknown
		}
		claims = append(claims, past(fmt.Sprint(i), i, o, 20))
	}
	h, err := history.New(claims)
	if err != nil {
		t.Fatal(err)
	}
	from := h.Last(0.3)
	if want := day0.AddDate(0, 0, 70); !from.Equal(want) {
		t.Fatalf("the last 30 %% begin %v, want %v", from, want)
	}
	p := h.Since(from)
	for _, i := range p.Fit {
		if i > 50 || h.Claims[i].Outcome == party.Unknown {
			t.Errorf("claim %d is fitted on: its outcome was not known by then", i)
		}
	}
	for _, i := range p.Judge {
		if i < 70 || h.Claims[i].Outcome == party.Unknown {
			t.Errorf("claim %d is judged", i)
		}
	}
}

func TestFoldsShareOutEachClaimOnceAndAlike(t *testing.T) {
	var claims []history.Claim
	for i := range 200 {
		o := party.Cleared
		if i%10 == 0 {
			o = party.Fraud
		}
		claims = append(claims, past(fmt.Sprint(i), i, o, 0))
	}
	h, err := history.New(claims)
	if err != nil {
		t.Fatal(err)
	}
	times := map[int]int{}
	for _, part := range h.Folds(5, 1) {
		p := part()
		frauds := 0
		for k, f := range h.Fraud(p.Judge) {
			times[p.Judge[k]]++
			if f {
				frauds++
			}
		}
		if len(p.Judge) != 40 || frauds != 4 || len(p.Fit) != 160 {
			t.Errorf("a fold of %d claims with %d frauds, fitted on %d", len(p.Judge), frauds, len(p.Fit))
		}
	}
	for i := range claims {
		if times[i] != 1 {
			t.Errorf("claim %d is judged %d times", i, times[i])
		}
	}
}

func TestWhenAClaimBecameKnown(t *testing.T) {
	when := func(s string) claim.When {
		w, err := claim.ParseWhen(s)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	e := claim.Event{Recorded: when("1994"), Loss: claim.Loss{Time: when("1994-11")}}
	if got := party.When(&e); got.Month() != time.November {
		t.Errorf("a year's record of a month's loss: %v", got)
	}
	e.Recorded = when("1994-10-02")
	if got := party.When(&e); got.Month() != time.October {
		t.Errorf("a day's record: %v", got)
	}
}
