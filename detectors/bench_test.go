package detectors

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// benchClaims makes up claims with eleven tokens each, three in a hundred of them sharing a phone or account.
func benchClaims(n int) []Input {
	r := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	out := make([]Input, n)
	for i := range out {
		at := start.Add(time.Duration(i) * 365 * 24 * time.Hour / time.Duration(n))
		police := r.IntN(2) == 0
		injuries := r.IntN(3)
		ev := &claim.Event{Insurer: "acme", ID: fmt.Sprint("c", i), Revision: 1, Line: allLines[r.IntN(len(allLines))]}
		ev.Policy.Inception = claim.On(at.AddDate(0, 0, -r.IntN(2000)))
		ev.Loss = claim.Loss{Time: claim.At(at), Reported: claim.On(at.AddDate(0, 0, r.IntN(6))),
			Severity: []string{"minor", "major", "total"}[r.IntN(3)],
			Cause:    "collision", PoliceReport: &police, Injuries: &injuries}
		ev.Amounts.Claimed = claim.Money{Amount: udecimal.MustFromInt64(int64(r.IntN(90)+10)*100, 0), Currency: "USD"}
		person := i
		if r.IntN(100) < 3 {
			person = i / 5
		}
		token := func(path, domain string, no int, role claim.Role) claim.Token {
			return claim.Token{Path: path, Role: role,
				Value: domain + "_1_" + base32Lower.EncodeToString(fmt.Appendf(nil, "%016d", no))}
		}
		agent, vendor := r.IntN(1200), r.IntN(600)
		out[i] = Input{Event: ev, Insurer: "acme", Claim: ev.ID, Revision: 1,
			Source: claim.SourceRef{Offset: int64(i), Time: at.AddDate(0, 0, 7)}, At: at,
			Tokens: []claim.Token{
				token("claimant.address", "adr", r.IntN(n), ""), token("claimant.bankAccount", "bnk", person, ""),
				token("claimant.id", "pid", i, ""),
				token("claimant.name", "nam", i, ""), token("claimant.nationalIds[0].number", "nid", i, ""),
				token("claimant.phone", "phn", person, ""),
				token("parties[0].id", "pid", agent, claim.Agent),
				token("parties[0].bankAccount", "bnk", n+agent, claim.Agent),
				token("parties[1].id", "pid", 5000+vendor, claim.Vendor),
				token("parties[1].name", "nam", n+vendor, claim.Vendor), token("policy.number", "pol", i, ""),
			}}
	}
	return out
}

func benchRules(b *testing.B) *RuleSet {
	b.Helper()
	rs, err := LoadRules(os.DirFS("rule"))
	if err != nil {
		b.Fatal(err)
	}
	return rs
}

// BenchmarkDecide scores and records with the default rules; State is the same without rules: filling, recording,
// answering the windows and searching links.
func BenchmarkDecide(b *testing.B) {
	rs, claims := benchRules(b), benchClaims(20_000)
	b.Run("Rules", func(b *testing.B) {
		b.ReportAllocs()
		var e *Engine
		for i := range b.N {
			if i%len(claims) == 0 {
				e = NewEngine(rs, NewState(rs, StateConfig{}), Config{})
			}
			e.Decide(context.Background(), &claims[i%len(claims)])
		}
	})
	b.Run("State", func(b *testing.B) {
		b.ReportAllocs()
		var s *State
		r := &run{}
		for i := range b.N {
			if i%len(claims) == 0 {
				s = NewState(rs, StateConfig{})
			}
			in := &claims[i%len(claims)]
			s.prepare(&r.w, in)
			s.consult(in, r, true)
			r.raised = r.raised[:0]
		}
	})
}

// byHand is conditions of the default rules, written in Go against the same environment and answers. The numbers of the
// queries are looked up once, as a careful author would. BenchmarkLate searches around every claim of a partition that
// an instance has come to own.
func BenchmarkLate(b *testing.B) {
	rs, claims := benchRules(b), benchClaims(20_000)
	e := NewEngine(rs, NewState(rs, StateConfig{}), Config{})
	for i := range claims {
		e.Decide(context.Background(), &claims[i])
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if late := e.Late(context.Background(), []int{0}, []int{0}, claims[0].At); len(late) > 0 {
			b.Fatalf("%d claims to be raised", len(late))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(claims)), "ns/claim")
}

func byHand(rs *RuleSet) map[string]func(e *environment) bool {
	query := func(kind queryKind, key string, days int32) int {
		want := query{kind: kind, days: days, key: -1, selector: key}
		if no, ok := rs.keyNo[key]; ok {
			want.key, want.selector = no, ""
		}
		for i, q := range rs.queries {
			q.lines = 0
			if q == want {
				return i
			}
		}
		panic("no such query: " + key)
	}
	address, people := query(countPolicies, "claimant.address", 365), query(countPersons, "claimant.address", 365)
	prior, totals, mean := query(countClaims, "claimant.nationalIds", 365), query(countClaims, "totalLosses", 365),
		query(meanAmount, "totalLosses", 365)
	price, home, outlier := query(countClaims, "vendorPrice", 7), query(countClaims, "claimant.address", 365),
		query(zScore, "damageClass", 365)
	known := func(e *environment, ls ...leaf) bool {
		for _, l := range ls {
			if !e.known.has(l) {
				return false
			}
		}
		return true
	}
	return map[string]func(e *environment) bool{
		"early-loss": func(e *environment) bool {
			if !known(e, leafByPath["policy.inception"], leafByPath["loss.time"]) {
				return false
			}
			d, ok := e.Policy.Inception.DaysUntil(*e.Loss.Time)
			return ok && d >= 0 && d <= 30
		},
		"loss-before-inception": func(e *environment) bool {
			if !known(e, leafByPath["policy.inception"], leafByPath["loss.time"]) {
				return false
			}
			d, ok := e.Loss.Time.DaysUntil(*e.Policy.Inception)
			return ok && d > 0
		},
		"late-report-portable": func(e *environment) bool {
			if !known(e, leafByPath["loss.time"], leafByPath["loss.reported"]) {
				return false
			}
			d, ok := e.Loss.Time.DaysUntil(*e.Loss.Reported)
			return ok && d > 3
		},
		"night-loss": func(e *environment) bool {
			if !known(e, leafByPath["loss.time"]) || e.Loss.Time.Precision() != claim.Instant {
				return false
			}
			h := e.Loss.Time.Time().Hour()
			return h >= 23 || h < 5
		},
		"injury-without-police": func(e *environment) bool {
			return known(e, leafByPath["loss.injuries"], leafByPath["loss.policeReport"]) && e.Loss.Injuries > 0 &&
				!e.Loss.PoliceReport
		},
		"heavy-damage-without-police": func(e *environment) bool {
			return known(e, leafByPath["loss.severity"], leafByPath["loss.policeReport"]) &&
				(e.Loss.Severity == "major" || e.Loss.Severity == "total") && !e.Loss.PoliceReport
		},
		"round-amount": func(e *environment) bool {
			return known(e, leafByPath["amounts.claimed"]) && multiple(*e.Amounts.Claimed, 1000)
		},
		"shared-address": func(e *environment) bool {
			a, ok := e.view.answer(address)
			p, ok2 := e.view.answer(people)
			return ok && ok2 && a.n >= 2 && p.n >= 2
		},
		"prior-claims": func(e *environment) bool {
			a, ok := e.view.answer(prior)
			return ok && a.n >= 3
		},
		"prior-claims-household": func(e *environment) bool {
			a, ok := e.view.answer(home)
			return ok && a.n >= 3
		},
		"same-vendor-price": func(e *environment) bool {
			a, ok := e.view.answer(price)
			return ok && a.n >= 1
		},
		"cost-outlier": func(e *environment) bool {
			a, ok := e.view.answer(outlier)
			return ok && a.f >= 3
		},
		"small-damage-total-price": func(e *environment) bool {
			if !known(e, leafByPath["loss.severity"], leafByPath["amounts.claimed"]) || e.Loss.Severity != "trivial" &&
				e.Loss.Severity != "minor" {
				return false
			}
			n, ok := e.view.answer(totals)
			m, ok2 := e.view.answer(mean)
			if !ok || !ok2 || n.n < 30 {
				return false
			}
			d, err := udecimal.NewFromInt64(m.n, amountDigits)
			return err == nil && e.Amounts.Claimed.Amount.GreaterThanOrEqual(d)
		},
	}
}

// prepared is environments as rules see them.
func prepared(tb testing.TB, rs *RuleSet, n int) []*run {
	tb.Helper()
	claims := benchClaims(n)
	s := NewState(rs, StateConfig{})
	out := make([]*run, n)
	for i := range claims {
		r := &run{}
		s.prepare(&r.w, &claims[i])
		s.consult(&claims[i], r, true)
		r.w.env.view = &r.w.view
		out[i] = r
	}
	return out
}

// BenchmarkConditions evaluates thirteen of the default rules on claims of all lines, as expressions and by hand: a
// figure is a claim with all thirteen.
func BenchmarkConditions(b *testing.B) {
	rs := benchRules(b)
	runs := prepared(b, rs, 5000)
	hand := byHand(rs)
	var rules []*rule
	var funcs []func(*environment) bool
	for _, r := range rs.rules {
		if f := hand[r.id]; f != nil {
			rules, funcs = append(rules, r), append(funcs, f)
		}
	}
	b.Run("Expressions", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			r := runs[i%len(runs)]
			for _, x := range rules {
				x.evaluate(&r.w.vm, &r.w.env)
			}
		}
	})
	b.Run("ByHand", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			r := runs[i%len(runs)]
			for _, f := range funcs {
				f(&r.w.env)
			}
		}
	})
}

// The conditions by hand and the expressions agree on every claim: the reference is the same work.
func TestExpressionsAgreeWithConditionsByHand(t *testing.T) {
	rs, err := LoadRules(os.DirFS("rule"))
	if err != nil {
		t.Fatal(err)
	}
	hand := byHand(rs)
	hits := 0
	for _, r := range prepared(t, rs, 2000) {
		for _, x := range rs.rules {
			f := hand[x.id]
			if f == nil {
				continue
			}
			got := x.evaluate(&r.w.vm, &r.w.env)
			if (got == Hit) != f(&r.w.env) {
				t.Fatalf("%s: expression says %s", x.ref, got)
			}
			if got == Hit {
				hits++
			}
		}
	}
	if hits == 0 || len(hand) != 13 {
		t.Errorf("%d hits of %d rules", hits, len(hand))
	}
}
