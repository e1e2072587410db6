package detectors_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/detectors"
)

var newsDay = time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)

// outcome is news of what became of a claim, known some days after newsDay.
func outcome(offset int64, id, what string, day int) *claim.News {
	return &claim.News{Cause: claim.Cause{Journal: "claims.outcomes", Offset: offset},
		Claim:   claim.ClaimRef{Insurer: "acme", Claim: id},
		KnownAt: newsDay.AddDate(0, 0, day), Outcome: what}
}

// renewedEntry is the entry that says what a late decision says.
func renewedEntry(l *detectors.Late) *claim.Entry {
	en := raisedEntry(l.Cause, &l.Raise)
	if l.News != nil {
		en.Context.Cause = l.News
	}
	return en
}

// sharing is a claim that shares a telephone with others.
func sharing(offset int64, id, phone string, partition int) *detectors.Input {
	in := input(offset, id, 5, `{"policy":{"inception":"2023-01-01"},"loss":{"time":"2024-01-03"}}`,
		"claimant.phone=phn_1_"+phone,
		"claimant.nationalIds[0].number=nid_1_"+id, "policy.number=pol_1_"+id)
	in.Source.Partition = partition
	return in
}

func TestAnOutcomeScoresNeighboursAnewUpAndDown(t *testing.T) {
	d := newDesk(defaultRules(t))
	observed := func(in *detectors.Input) float64 {
		res := d.decide(in)
		observe(t, d.state, entryOf(t, in, &res.Decision))
		return res.Decision.Score
	}
	observed(sharing(0, "a", "x", 0))
	first := observed(sharing(0, "b", "x", 0))
	observed(sharing(0, "c", "other", 0))
	look := func() []detectors.Late {
		lates := d.Late(t.Context(), []int{0}, nil, newsDay)
		for i := range lates {
			observe(t, d.state, renewedEntry(&lates[i]))
		}
		return lates
	}
	d.state.Tell(outcome(0, "a", "fraud-confirmed", 1))
	if lates := look(); len(lates) != 0 {
		t.Fatal("scored anew before the news was complete")
	}
	d.state.Told()
	up := look()
	if len(up) != 1 || up[0].Ref.Claim != "b" || up[0].Decision.Score <= first ||
		up[0].News.Journal != "claims.outcomes" {
		t.Fatalf("after a confirmed fraud: %+v, was %v", up, first)
	}
	if again := look(); len(again) != 0 {
		t.Fatalf("the same again: %+v", again)
	}
	d.state.Tell(outcome(1, "a", "cleared", 2))
	down := look()
	if len(down) != 1 || down[0].Ref.Claim != "b" || down[0].News.Offset != 1 || down[0].Decision.Score > first {
		t.Fatalf("after it was cleared: %+v, was %v", down, first)
	}
	gone := slices.ContainsFunc(down[0].Decision.Reasons, func(r claim.Reason) bool {
		return r.Rule == "near-confirmed-fraud@1" && r.Weight == 0
	})
	if !gone {
		t.Errorf("the reader is not told what holds no longer: %+v", down[0].Decision.Reasons)
	}
	d.state.Tell(outcome(2, "a", "fraud-confirmed", 1)) // known earlier than what stands
	if lates := look(); len(lates) != 0 {
		t.Errorf("an outcome known earlier than what stands: %+v", lates)
	}
	d.state.Tell(outcome(3, "b", "paid", 3))
	d.state.Tell(outcome(4, "a", "fraud-confirmed", 4))
	if lates := look(); len(lates) != 0 {
		t.Errorf("a closed claim was scored anew: %+v", lates)
	}
}

func TestSignalsScoreTheirClaimAnewAndGo(t *testing.T) {
	d := newDesk(ruleSet(t, `rules:
  - id: flagged
    version: 1
    title: t
    when: {flagged: signals.members >= 1}
    weight: 2
    reason: "{line} {quarter}"
    facts: [{name: line, value: signals.line}, {name: quarter, value: signals.quarter}]
`+cases))
	d.state.Told()
	in := sharing(0, "a", "x", 0)
	d.decide(in)
	tell := func(offset int64, g claim.Signals) []detectors.Late {
		d.state.Tell(&claim.News{Cause: claim.Cause{Journal: "signals", Offset: offset},
			Claim: claim.ClaimRef{Insurer: "acme", Claim: "a"}, Signals: &g})
		lates := d.Late(t.Context(), []int{0}, nil, newsDay)
		for i := range lates {
			observe(t, d.state, renewedEntry(&lates[i]))
		}
		return lates
	}
	up := tell(0, claim.Signals{Members: 2, Established: 1, Line: "health", Quarter: "2024-Q2"})
	if len(up) != 1 || up[0].Decision.Reasons[0].Text != "health 2024-Q2" {
		t.Fatalf("a hit: %+v", up)
	}
	down := tell(1, claim.Signals{})
	if len(down) != 1 || down[0].Decision.Score >= up[0].Decision.Score {
		t.Fatalf("withdrawn: %+v", down)
	}
}

// weightOf is what a decision holds against a claim for confirmed fraud nearby.
func weightOf(d *claim.Decision) (sum float64) {
	for i := range d.Reasons {
		if d.Reasons[i].Rule == "near-confirmed-fraud@1" {
			sum += d.Reasons[i].Weight
		}
	}
	return sum
}

// Whatever instances hear of outcomes at whatever moment, and whoever dies or takes over: in the end every open claim
// is held what would be held against it now, nobody scores it again, and its last entry stands behind its own.
func TestNewsReachesEveryOpenClaimWhoeverDies(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		partitions, instances := rapid.IntRange(1, 4).Draw(t, "partitions"), rapid.IntRange(1, 3).Draw(t, "instances")
		s := &install{t: t, rs: rs, source: make([][]*detectors.Input, partitions), next: make([]int, partitions),
			journal: make([][]*claim.Entry, partitions), raised: map[string]int{}}
		claims := rapid.IntRange(2, 8).Draw(t, "claims")
		for n := range claims {
			p := rapid.IntRange(0, partitions-1).Draw(t, "partition")
			s.source[p] = append(s.source[p], sharing(int64(len(s.source[p])), fmt.Sprint("c", n),
				fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "phone")), p))
		}
		var news []*claim.News
		for i := range rapid.IntRange(1, 6).Draw(t, "outcomes") {
			what := rapid.SampledFrom([]string{"fraud-confirmed", "cleared", "fraud-suspected"}).Draw(t, "outcome")
			news = append(news, outcome(int64(i), fmt.Sprint("c", rapid.IntRange(0, claims).Draw(t, "of")), what, i))
		}
		heard := make([]int, instances)
		hear := func(i int) bool {
			if heard[i] == len(news) {
				return false
			}
			s.branches[i].state.Tell(news[heard[i]])
			heard[i]++
			return true
		}
		born := func(i int) { // folds the news that there is before it decides
			for n := range heard[i] {
				s.branches[i].state.Tell(news[n])
			}
			s.branches[i].state.Told()
		}
		look := func(i int, lost bool) bool {
			b := s.branches[i]
			lates := b.Late(t.Context(), s.owned(i), b.fresh, newsDay)
			b.fresh = nil
			for j := range lates {
				if lost {
					break
				}
				l := &lates[j]
				en := renewedEntry(l)
				s.append(i, l.Partition, en)
				observe(s.t, b.state, en)
			}
			return len(lates) > 0
		}
		for i := range instances {
			s.branches = append(s.branches, newBranch(rs, partitions))
			born(i)
		}
		for p := range partitions {
			s.owner = append(s.owner, p%instances)
		}
		for i := range instances {
			s.branches[i].fresh = s.owned(i)
		}
		all := make([]int, partitions)
		for p := range all {
			all[p] = p
		}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			i, p := rapid.IntRange(0, instances-1).Draw(t, "instance"),
				rapid.IntRange(0, partitions-1).Draw(t, "partition")
			switch rapid.SampledFrom([]string{"decide", "decide", "hear", "hear", "fold", "fold", "look", "die", "move",
				"keep"}).Draw(t, "step") {
			case "decide":
				s.decide(p)
			case "hear":
				hear(i)
			case "fold":
				s.fold(i, p)
			case "look":
				look(i, false)
			case "die":
				look(i, true)
				s.restart(i, all)
				born(i)
			case "move":
				s.move(p, i)
			case "keep":
				s.keep(i)
			}
		}
		for p := range partitions {
			for s.decide(p) {
			}
		}
		for again, rounds := true, 0; again; rounds++ {
			if rounds > 30 {
				t.Fatal("instances go on scoring anew")
			}
			again = false
			for i := range instances {
				for hear(i) {
					again = true
				}
				for p := range partitions {
					for s.fold(i, p) {
						again = true
					}
				}
				again = look(i, false) || again
			}
		}
		for i := range instances {
			s.restart(i, all)
			born(i)
			if look(i, false) {
				t.Error("an instance scores anew what says already what it should")
			}
		}
		last := map[string]*claim.News{}
		for _, n := range news {
			last[n.Claim.Claim] = n
		}
		inForce, before := map[string]*claim.Entry{}, map[string]bool{}
		for _, entries := range s.journal {
			for _, en := range entries {
				if en.Kind == claim.Rescored && !before[en.Claim] {
					t.Errorf("%s was scored anew before it was decided there", en.Claim)
				}
				before[en.Claim], inForce[en.Claim] = true, en
			}
		}
		fresh := detectors.NewEngine(rs, s.branches[0].state, detectors.Config{})
		for p, source := range s.source {
			for _, in := range source {
				if n := last[in.Claim]; n != nil && n.Outcome != "fraud-suspected" {
					continue // closed
				}
				want := fresh.Score(t.Context(), in)
				if got := inForce[in.Claim].Decision; math.Abs(weightOf(got)-weightOf(&want.Decision)) > 1e-9 {
					t.Errorf("%s of partition %d: in force %+v, decided now %+v", in.Claim, p, got, want.Decision)
				}
			}
		}
	})
}

func TestNewsInForceIsKept(t *testing.T) {
	rs := defaultRules(t)
	d := newDesk(rs)
	d.state.Told()
	d.state.Tell(outcome(0, "a", "fraud-confirmed", 1))
	for _, id := range []string{"a", "b"} {
		in := sharing(0, id, "x", 0)
		res := d.decide(in)
		observe(t, d.state, entryOf(t, in, &res.Decision))
	}
	var file bytes.Buffer
	if err := d.state.Keep(&file); err != nil {
		t.Fatal(err)
	}
	again := detectors.NewState(rs, detectors.StateConfig{})
	if err := again.Recall(&file, func(claim.SourceRef) bool { return true }); err != nil {
		t.Fatal(err)
	}
	e := detectors.NewEngine(rs, again, detectors.Config{})
	again.Tell(outcome(0, "a", "fraud-confirmed", 1))
	again.Told()
	if lates := e.Late(t.Context(), []int{0}, []int{0}, newsDay); len(lates) != 0 {
		t.Fatalf("what says it already is scored anew: %+v", lates)
	}
	again.Tell(outcome(1, "a", "cleared", 2))
	if lates := e.Late(t.Context(), []int{0}, nil, newsDay); len(lates) != 1 || lates[0].Ref.Claim != "b" {
		t.Errorf("after it was cleared: %+v", lates)
	}
}
