package detectors_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/detectors"
)

// Whatever the interleaving of the partitions, and however often a record is applied again, the windows and links are
// the same: every probe is answered alike.
func TestObserveIsIdempotentInAnyInterleaving(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		claims := randomClaims(t, 25)
		const partitions = 3
		queues := make([][]*detectors.Input, partitions)
		for _, in := range claims {
			p := int(in.Claim[len(in.Claim)-1]) % partitions // a claim stays in its partition
			in.Source.Partition, in.Source.Offset = p, int64(len(queues[p]))
			queues[p] = append(queues[p], in)
		}
		straight, mixed := newDesk(rs), newDesk(rs)
		for _, q := range queues {
			for _, in := range q {
				straight.state.Observe(in, nil)
			}
		}
		at := make([]int, partitions)
		for range 4 * len(claims) {
			p := rapid.IntRange(0, partitions-1).Draw(t, "partition")
			if at[p] > 0 && rapid.Bool().Draw(t, "again") {
				mixed.state.Observe(queues[p][rapid.IntRange(0, at[p]-1).Draw(t, "which")], nil)
			} else if at[p] < len(queues[p]) {
				mixed.state.Observe(queues[p][at[p]], nil)
				at[p]++
			}
		}
		for p, q := range queues {
			for _, in := range q[at[p]:] {
				mixed.state.Observe(in, nil)
			}
		}
		a, b := straight.state.Stats(), mixed.state.Stats()
		a.Bytes, b.Bytes = 0, 0 // free lists differ
		if a != b {
			t.Fatalf("stats differ: %+v %+v", a, b)
		}
		for _, in := range claims {
			equalResults(t, straight.Score(context.Background(), in), mixed.Score(context.Background(), in))
		}
	})
}

// A state fed from the journal equals the state of who decided.
func TestObserveEntryIsObserve(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		decider, reader := newDesk(rs), newDesk(rs)
		var last *detectors.Input
		for i, in := range randomClaims(t, 20) {
			in.Source.Offset = int64(i)
			res := decider.Decide(context.Background(), in)
			observe(t, reader.state, entryOf(t, in, &res.Decision))
			for i := range res.Raises {
				observe(t, reader.state, raisedEntry(in.Source, &res.Raises[i]))
			}
			last = in
		}
		probe := *last
		probe.Claim, probe.Source.Offset = "probe", 1000
		equalResults(t, decider.Score(context.Background(), &probe), reader.Score(context.Background(), &probe))
	})
}

const countPhone = `rules:
  - id: r
    version: 1
    title: t
    when: {a: 'claims("claimant.phone", 30) >= 0'}
    weight: 1
    reason: "{n}"
    facts:
      - {name: n, value: 'claims("claimant.phone", 30)'}
      - {name: sum, value: 'total("claimant.phone", 30)'}
      - {name: lines, value: 'lines("claimant.phone", 30)'}` + cases

func factsOf(d claim.Decision) map[string]string {
	out := map[string]string{}
	for _, r := range d.Reasons {
		for _, f := range r.Facts {
			out[f.Name] = f.Value
		}
	}
	return out
}

func TestRevisionReplacesTheEarlierOne(t *testing.T) {
	d := newDesk(ruleSet(t, countPhone))
	amount := func(a string) string {
		return fmt.Sprintf(`{"amounts":{"claimed":{"amount":%q,"currency":"USD"}}}`, a)
	}
	d.decide(input(0, "a", 1, amount("100.10"), "claimant.phone=phn_1_x"))
	second := input(0, "a", 2, amount("250.25"), "claimant.phone=phn_1_x")
	second.Revision = 2
	d.decide(second)
	late := input(0, "a", 1, amount("999"), "claimant.phone=phn_1_x") // revision 1 again, out of order
	d.decide(late)
	got := factsOf(d.decide(input(0, "b", 3, amount("1"), "claimant.phone=phn_1_x")).Decision)
	if got["n"] != "1" || got["sum"] != "250.25" || got["lines"] != "1" {
		t.Errorf("%v", got)
	}
	moved := input(0, "a", 3, amount("250"), "claimant.phone=phn_1_y")
	moved.Revision = 3
	d.decide(moved)
	if got := factsOf(d.decide(input(0, "c", 3, amount("1"), "claimant.phone=phn_1_x")).Decision); got["n"] != "1" ||
		got["sum"] != "1" {
		t.Errorf("after the link was corrected: %v", got)
	}
}

// Windows are by event time, whatever order claims arrive in, and count the same above the listed size as below.
func TestWindowsByEventTime(t *testing.T) {
	d := newDesk(ruleSet(t, countPhone))
	for i := range 100 {
		day := (i*37)%100 + 20 // each of 20..119 once, out of order
		in := input(0, fmt.Sprint("c", i), day, `{"amounts":{"claimed":{"amount":"2.5","currency":"USD"}}}`,
			"claimant.phone=phn_1_x")
		got := factsOf(d.decide(in).Decision)
		want := 0
		for j := range i {
			if other := (j*37)%100 + 20; other <= day && other >= day-30 {
				want++
			}
		}
		if got["n"] != fmt.Sprint(want) {
			t.Fatalf("claim %d of day %d: %s claims, want %d", i, day, got["n"], want)
		}
		if sum := fmt.Sprint(2.5 * float64(want)); got["sum"] != sum {
			t.Fatalf("claim %d: sum %s, want %s", i, got["sum"], sum)
		}
	}
}

func TestStateIsBounded(t *testing.T) {
	rs := ruleSet(t, countPhone)
	st := detectors.NewState(rs, detectors.StateConfig{MaxClaims: 50})
	for i := range 500 {
		st.Observe(input(int64(i), fmt.Sprint("c", i), i%100, "", fmt.Sprint("claimant.phone=phn_1_", i)), nil)
	}
	s := st.Stats()
	if s.Claims != 50 || s.Forgot != 450 || s.Keys != 50 {
		t.Errorf("%+v", s)
	}
}

func TestOldClaimsAreForgotten(t *testing.T) {
	d := newDesk(ruleSet(t, countPhone))
	d.decide(input(0, "old", 0, "", "claimant.phone=phn_1_x"))
	d.decide(input(0, "new", 399, "", "claimant.phone=phn_1_y"))
	if s := d.state.Stats(); s.Claims != 2 {
		t.Fatalf("%+v", s)
	}
	d.decide(input(0, "newer", 400, ""))
	d.decide(input(0, "late", 0, "", "claimant.phone=phn_1_x")) // too late to be remembered, still decided
	if s := d.state.Stats(); s.Claims != 2 || s.Keys != 1 || s.Forgot != 1 {
		t.Errorf("%+v", s)
	}
}

// A date far ahead must not age everything else: the clock of the windows never runs ahead of the source record's.
func TestFutureDateForgetsNothing(t *testing.T) {
	d := newDesk(ruleSet(t, countPhone))
	d.decide(input(0, "a", 0, "", "claimant.phone=phn_1_x"))
	d.decide(input(0, "b", 1, `{"loss":{"reported":"2099-01-01"}}`))
	if s := d.state.Stats(); s.Claims != 2 {
		t.Errorf("%+v", s)
	}
}

func TestInsurersDoNotMeet(t *testing.T) {
	d := newDesk(ruleSet(t, countPhone))
	d.decide(input(0, "a", 0, "", "claimant.phone=phn_1_x"))
	other := input(0, "a", 0, "", "claimant.phone=phn_1_x")
	other.Insurer = "zenith"
	if got := factsOf(d.decide(other).Decision); got["n"] != "0" {
		t.Errorf("%v", got)
	}
}

func TestHigherEpochBeginsAgain(t *testing.T) {
	st := detectors.NewState(ruleSet(t, countPhone), detectors.StateConfig{})
	in := func(id string, epoch uint32, offset int64) *detectors.Input {
		in := input(offset, id, 0, "")
		in.Source.Epoch = epoch
		return in
	}
	st.Observe(in("a", 0, 10), nil)
	st.Observe(in("b", 0, 10), nil) // applied
	st.Observe(in("c", 1, 3), nil)  // a new epoch
	st.Observe(in("d", 0, 11), nil) // of the epoch before
	if s := st.Stats(); s.Claims != 2 {
		t.Errorf("%+v", s)
	}
}

func TestChangedTokenIsSeenOnEachLaterRevision(t *testing.T) {
	d := newDesk(defaultRules(t))
	hit := func(res detectors.Result) bool {
		return slices.ContainsFunc(res.Decision.Reasons, func(r claim.Reason) bool {
			return r.Rule == "bank-account-changed@1"
		})
	}
	for i, c := range []struct {
		account string
		want    bool
	}{{"a", false}, {"a", false}, {"b", true}, {"b", true}} {
		in := input(0, "c", i, "", "claimant.bankAccount=bnk_1_"+c.account)
		in.Revision = i + 1
		if got := hit(d.decide(in)); got != c.want {
			t.Errorf("revision %d: %v", i+1, got)
		}
		if got := hit(d.Score(context.Background(), in)); got != c.want { // the record is scored again after a restart
			t.Errorf("revision %d again: %v", i+1, got)
		}
	}
}
