package detectors_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/detectors"
)

// Three claims or more of different people that share a phone and a bank account are a ring, however many they are up
// to the hub bound, in whatever order they come, and whatever else they say.
func TestSharedPhoneAndAccountIsARing(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk(rs)
		n := rapid.IntRange(3, 20).Draw(t, "claims")
		days := rapid.SliceOfN(rapid.IntRange(0, 300), n, n).Draw(t, "days")
		raised := map[string]int{}
		for i, day := range days {
			tokens := []string{"claimant.phone=phn_1_r", "claimant.bankAccount=bnk_1_r",
				fmt.Sprint("claimant.nationalIds[0].number=nid_1_", i)}
			if rapid.Bool().Draw(t, "address") {
				tokens = append(tokens, fmt.Sprint("claimant.address=adr_1_", i))
			}
			if rapid.Bool().Draw(t, "policy") {
				tokens = append(tokens, fmt.Sprint("policy.number=pol_1_", i))
			}
			res := d.decide(input(0, fmt.Sprint("c", i), day, "", tokens...))
			if in := len(res.Decision.Rings) == 1; in != (i >= 2) {
				t.Fatalf("claim %d: in a ring: %v", i, in)
			}
			for _, r := range res.Raises {
				raised[r.Ref.Claim]++
			}
			if i >= 2 {
				ring := res.Decision.Rings[0]
				if len(ring.Claims) != i+1 ||
					!slices.Equal(ring.Shared, []claim.Shared{{Domain: "bnk", Tokens: 1}, {Domain: "phn", Tokens: 1}}) {
					t.Fatalf("ring: %+v", ring)
				}
			}
		}
		if len(raised) != 2 || raised["c0"] != 1 || raised["c1"] != 1 {
			t.Fatalf("the two earlier claims are raised once each: %v", raised)
		}
	})
}

// Nothing of this is a ring, in any number and order.
func TestInnocentLookAlikesAreNoRings(t *testing.T) {
	rs := defaultRules(t)
	for name, tokens := range map[string]func(i int) []string{
		"a family under one policy": func(i int) []string {
			return []string{"claimant.address=adr_1_home", "policy.number=pol_1_family", "claimant.phone=phn_1_home",
				"claimant.bankAccount=bnk_1_joint",
				"claimant.email=eml_1_joint", fmt.Sprint("claimant.nationalIds[0].number=nid_1_", i%5)}
		},
		"a family with a policy each": func(i int) []string {
			return []string{"claimant.address=adr_1_home", fmt.Sprint("policy.number=pol_1_", i%4),
				"claimant.phone=phn_1_home", "claimant.bankAccount=bnk_1_joint",
				fmt.Sprint("claimant.nationalIds[0].number=nid_1_", i%4)}
		},
		"an employer's account": func(i int) []string {
			return []string{"claimant.bankAccount=bnk_1_payroll", fmt.Sprint("claimant.nationalIds[0].number=nid_1_",
				i), fmt.Sprint("claimant.address=adr_1_", i),
				fmt.Sprint("policy.number=pol_1_", i), fmt.Sprint("claimant.phone=phn_1_", i)}
		},
		"an employer's account and switchboard": func(i int) []string {
			return []string{"claimant.bankAccount=bnk_1_payroll", "claimant.phone=phn_1_office",
				"claimant.employer=emp_1_e", fmt.Sprint("claimant.nationalIds[0].number=nid_1_", i),
				fmt.Sprint("claimant.address=adr_1_", i), fmt.Sprint("policy.number=pol_1_", i)}
		},
		"a hospital's switchboard": func(i int) []string {
			tokens := []string{"provider.phone=phn_1_hospital", "provider.bankAccount=bnk_1_hospital",
				"provider.id=pid_1_hospital", fmt.Sprint("claimant.nationalIds[0].number=nid_1_", i)}
			if i%2 == 0 { // in-patients give it as their own
				tokens = append(tokens, "claimant.phone=phn_1_hospital", "claimant.bankAccount=bnk_1_hospital")
			}
			return tokens
		},
		"a repair chain": func(i int) []string {
			return []string{fmt.Sprint("repairer.id=pid_1_", i%3), "repairer.phone=phn_1_chain",
				"repairer.bankAccount=bnk_1_chain", "repairer.email=eml_1_chain",
				fmt.Sprint("claimant.nationalIds[0].number=nid_1_", i), fmt.Sprint("claimant.phone=phn_1_", i)}
		},
		"one person with many policies": func(i int) []string {
			return []string{"claimant.nationalIds[0].number=nid_1_a", "claimant.name=nam_1_a", "claimant.phone=phn_1_a",
				"claimant.bankAccount=bnk_1_a", "claimant.email=eml_1_a",
				fmt.Sprint("policy.number=pol_1_", i), fmt.Sprint("claimant.address=adr_1_", i)}
		},
		"a block of flats": func(i int) []string {
			return []string{"claimant.address=adr_1_block", fmt.Sprint("claimant.nationalIds[0].number=nid_1_", i),
				fmt.Sprint("policy.number=pol_1_", i)}
		},
		"a broker with all his business": func(i int) []string {
			return []string{"agent.id=pid_1_agent", "agent.phone=phn_1_agent", "agent.bankAccount=bnk_1_agent",
				"agent.address=adr_1_agent",
				fmt.Sprint("claimant.nationalIds[0].number=nid_1_", i)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				d := newDesk(rs)
				n := rapid.IntRange(3, 40).Draw(t, "claims")
				for i := range n {
					res := d.decide(input(0, fmt.Sprint("c", i), rapid.IntRange(0, 300).Draw(t, "day"), "",
						tokens(i)...))
					if len(res.Decision.Rings) > 0 {
						t.Fatalf("claim %d: %+v", i, res.Decision.Rings)
					}
				}
			})
		})
	}
}

// A pile-up is one event: its claims name each other's drivers, phones and vehicles.
func TestPartiesOfOneAccidentAreNoRing(t *testing.T) {
	d := newDesk(defaultRules(t))
	for i := range 4 {
		var tokens []string
		for j := range 4 {
			who := "claimant"
			if j != i {
				who = "third-party"
			}
			tokens = append(tokens, fmt.Sprintf("%s.phone=phn_1_%d", who, j), fmt.Sprintf("%s.email=eml_1_%d", who, j),
				fmt.Sprintf("%s.bankAccount=bnk_1_%d", who, j))
		}
		if res := d.decide(input(0, fmt.Sprint("c", i), i, `{"loss":{"time":"2024-01-01T10:00:00Z"}}`,
			tokens...)); len(res.Decision.Rings) > 0 {
			t.Fatalf("%+v", res.Decision.Rings)
		}
	}
}

// The same people again and again, in changing roles, over several accidents: that is a ring.
func TestSwappedRolesAreARing(t *testing.T) {
	d := newDesk(defaultRules(t))
	var last detectors.Result
	for i := range 4 {
		tokens := []string{fmt.Sprintf("claimant.phone=phn_1_%d", i), fmt.Sprintf("claimant.bankAccount=bnk_1_%d", i),
			fmt.Sprintf("claimant.nationalIds[0].number=nid_1_%d", i)}
		for j := range 4 {
			if j != i {
				tokens = append(tokens, fmt.Sprintf("witness.phone=phn_1_%d", j),
					fmt.Sprintf("witness.bankAccount=bnk_1_%d", j))
			}
		}
		last = d.decide(input(0, fmt.Sprint("c", i), 20*i, fmt.Sprintf(`{"loss":{"time":"2024-0%d-01T10:00:00Z"}}`,
			i+1), tokens...))
	}
	if len(last.Decision.Rings) != 1 || len(last.Decision.Rings[0].Claims) != 4 {
		t.Errorf("%+v", last.Decision.Rings)
	}
}

func ringClaim(id string, day int, more ...string) *detectors.Input {
	return input(0, id, day, `{"policy":{"inception":"2024-01-01"},"loss":{"time":"2024-01-03"}}`,
		append([]string{"claimant.phone=phn_1_r", "claimant.bankAccount=bnk_1_r",
			"claimant.nationalIds[0].number=nid_1_" + id, "policy.number=pol_1_" + id}, more...)...)
}

func TestRaiseKeepsWhatWasHeldAgainstTheClaim(t *testing.T) {
	d := newDesk(defaultRules(t))
	first := d.decide(ringClaim("a", 5)).Decision
	d.decide(ringClaim("b", 6))
	res := d.decide(ringClaim("c", 7))
	if len(res.Raises) != 2 {
		t.Fatalf("%+v", res.Raises)
	}
	r := res.Raises[0]
	if r.Ref != (claim.ClaimRef{Insurer: "acme", Claim: "a"}) || r.Revision != 1 || r.Line != claim.LineMotor {
		t.Errorf("%+v", r)
	}
	rules := []string{r.Decision.Reasons[0].Rule, r.Decision.Reasons[1].Rule}
	if !slices.Equal(rules, []string{"ring@1", "decided-before@1"}) {
		t.Errorf("reasons: %v", rules)
	}
	if r.Decision.Score <= first.Score || r.Decision.Rings[0].ID != res.Decision.Rings[0].ID {
		t.Errorf("raised to %v from %v", r.Decision.Score, first.Score)
	}
}

// The raise belongs to the record that completed the ring: scoring that record again raises again, another does not.
func TestRaisesBelongToTheirCause(t *testing.T) {
	d := newDesk(defaultRules(t))
	d.decide(ringClaim("a", 5))
	d.decide(ringClaim("b", 6))
	cause := ringClaim("c", 7)
	first := d.decide(cause)
	equalResults(t, d.Score(context.Background(), cause), first)
	if res := d.decide(ringClaim("d", 8)); len(res.Raises) != 0 || len(res.Decision.Rings[0].Claims) != 4 {
		t.Errorf("%+v", res)
	}
}

func TestRingKeepsItsNameWhileItGrows(t *testing.T) {
	d := newDesk(defaultRules(t))
	var ids []string
	for i := range 6 {
		if res := d.decide(ringClaim(fmt.Sprint("c", i), i)); len(res.Decision.Rings) > 0 {
			ids = append(ids, res.Decision.Rings[0].ID)
		}
	}
	if len(ids) != 4 || len(slices.Compact(ids)) != 1 {
		t.Errorf("%v", ids)
	}
}

func TestCorrectedLinkLeavesTheRing(t *testing.T) {
	d := newDesk(defaultRules(t))
	d.decide(ringClaim("a", 5))
	d.decide(ringClaim("b", 6))
	d.decide(ringClaim("c", 7))
	wrong := input(0, "b", 8, "", "claimant.phone=phn_1_own", "claimant.bankAccount=bnk_1_own",
		"claimant.nationalIds[0].number=nid_1_b")
	wrong.Revision = 2
	if res := d.decide(wrong); len(res.Decision.Rings) != 0 {
		t.Errorf("the corrected claim: %+v", res.Decision.Rings)
	}
	again := ringClaim("c", 9)
	again.Revision = 2
	if res := d.decide(again); len(res.Decision.Rings) != 0 {
		t.Errorf("what is left of the ring: %+v", res.Decision.Rings)
	}
}

// A token shared beyond the bound is a hub. The ring that it held together is none any more; the counts still speak.
func TestHubsJoinNothing(t *testing.T) {
	d := newDesk(defaultRules(t))
	var last detectors.Result
	for i := range 21 {
		last = d.decide(ringClaim(fmt.Sprint("c", i), i))
	}
	if len(last.Decision.Rings) != 0 {
		t.Errorf("%+v", last.Decision.Rings)
	}
	if !slices.ContainsFunc(last.Decision.Reasons, func(r claim.Reason) bool {
		return r.Rule == "shared-bank-account@2"
	}) {
		t.Errorf("%v", last.Decision.Reasons)
	}
}

func TestConfirmedFraudIsSeenTwoStepsAway(t *testing.T) {
	d := newDesk(defaultRules(t))
	d.decide(input(0, "fraud", 0, `{"outcome":"fraud-confirmed"}`, "claimant.phone=phn_1_a"))
	d.decide(input(0, "between", 1, "", "claimant.phone=phn_1_a", "claimant.email=eml_1_b"))
	hit := func(res detectors.Result) bool {
		return slices.ContainsFunc(res.Decision.Reasons, func(r claim.Reason) bool {
			return r.Rule == "near-confirmed-fraud@1"
		})
	}
	if !hit(d.decide(input(0, "near", 2, "", "claimant.email=eml_1_b", "claimant.ip=net_1_c"))) {
		t.Error("two steps away: no hit")
	}
	if hit(d.decide(input(0, "far", 3, "", "claimant.ip=net_1_c"))) {
		t.Error("three steps away: hit")
	}
}

// At start the partitions are read one after another: that a claim was raised is known even where its cause is read
// first.
func TestRaisesAreRememberedInAnyOrderOfPartitions(t *testing.T) {
	rs := defaultRules(t)
	writer := newDesk(rs)
	var journal [3][]*claim.Entry // by partition
	for p, id := range []string{"a", "b", "c"} {
		in := ringClaim(id, 5+p)
		in.Source.Partition = p
		res := writer.Decide(context.Background(), in)
		journal[p] = append(journal[p], entryOf(t, in, &res.Decision))
		for i := range res.Raises {
			journal[p] = append(journal[p], raisedEntry(in.Source, &res.Raises[i]))
		}
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}} {
		reader := newDesk(rs)
		for _, p := range order {
			observe(t, reader.state, journal[p]...)
		}
		next := ringClaim("d", 9)
		next.Source.Partition = 3
		if res := reader.Decide(context.Background(), next); len(res.Raises) != 0 || len(res.Decision.Rings) != 1 {
			t.Errorf("order %v: %d raises, %d rings", order, len(res.Raises), len(res.Decision.Rings))
		}
	}
}

// TestAConfirmedNeighbourIsSeenBehindACrowd: a fraudster who adds other people's phones must not hide the account that
// he shares.
func TestAConfirmedNeighbourIsSeenBehindACrowd(t *testing.T) {
	d := newDesk(defaultRules(t))
	d.decide(input(0, "fraud", 1, `{"outcome":"fraud-confirmed"}`, "claimant.bankAccount=bnk_1_z"))
	for i := range 8 {
		tokens := []string{fmt.Sprintf("claimant.phone=phn_1_%d", i)}
		for j := range 10 {
			phone := fmt.Sprintf("phone=phn_1_%d_%d", i, j)
			tokens = append(tokens, "witness."+phone)
			for k := range 3 {
				d.decide(input(0, fmt.Sprintf("m%d-%d-%d", i, j, k), 3, "", "claimant."+phone))
			}
		}
		d.decide(input(0, fmt.Sprint("n", i), 2, "", tokens...))
	}
	for _, phones := range []int{0, 1, 8} {
		var tokens []string
		for i := range phones {
			tokens = append(tokens, fmt.Sprintf("witness.phone=phn_1_%d", i))
		}
		r := d.Score(t.Context(), input(9999, "me", 4, "", append(tokens, "claimant.bankAccount=bnk_1_z")...))
		if !slices.ContainsFunc(r.Decision.Reasons, func(r claim.Reason) bool {
			return r.Rule == "near-confirmed-fraud@1"
		}) {
			t.Errorf("with %d phones of others the link is not seen", phones)
		}
	}
}

// TestARecordOfTheFutureBlindsNobody: its time is what a producer's clock says.
func TestARecordOfTheFutureBlindsNobody(t *testing.T) {
	d := newDesk(defaultRules(t))
	d.decide(ringClaim("a", 5))
	d.decide(ringClaim("b", 6))
	future := input(0, "x", 7, `{"loss":{"reported":"2099-01-01"}}`)
	future.Source.Time = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	d.decide(future)
	if res := d.decide(ringClaim("c", 7)); len(res.Decision.Rings) != 1 || d.state.Stats().Claims != 4 {
		t.Errorf("%d rings, %d claims remembered, want 1 and 4", len(res.Decision.Rings), d.state.Stats().Claims)
	}
}
