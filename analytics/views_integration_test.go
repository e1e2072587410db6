//go:build integration

package analytics

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/quagmt/udecimal"

	"tallystick/claim"
	"tallystick/claim/entry/entrytest"
)

func euros(text string) claim.Money {
	return claim.Money{Amount: udecimal.MustParse(text), Currency: "EUR"}
}

var decimals = cmp.Comparer(func(a, b udecimal.Decimal) bool { return a.Equal(b) })

func ref(id string) claim.ClaimRef { return claim.ClaimRef{Insurer: "acme", Claim: id} }

// The current version is a choice among a claim's entries: in whatever order they arrive, alone or together, once or
// twice, it is the same one.
func TestCurrentVersionInAnyOrder(t *testing.T) {
	rescored := func(revision int, score float64, source int64) *claim.Entry {
		e := decided("acme", "C", revision, score, source)
		e.Kind = claim.Rescored
		return e
	}
	dup := decided("acme", "C", 9, 0.99, 50)
	dup.Kind, dup.Decision = claim.Duplicate, nil
	for name, c := range map[string]struct {
		entries []*claim.Entry // as they stand in the journal
		want    int            // index of the current version
	}{
		"the highest revision, though an older one scored more": {[]*claim.Entry{
			decided("acme", "C", 1, 0.9, 1), decided("acme", "C", 3, 0.1, 2), decided("acme", "C", 2, 0.8, 3)}, 1},
		"the last of a revision": {[]*claim.Entry{
			decided("acme", "C", 2, 0.2, 1), rescored(2, 0.7, 5), rescored(2, 0.6, 2), decided("acme", "C", 1, 0.9, 0)},
			2},
		"one that lowers the score":        {[]*claim.Entry{decided("acme", "C", 1, 0.8, 1), rescored(1, 0.7, 0)}, 1},
		"a duplicate is no version":        {[]*claim.Entry{decided("acme", "C", 1, 0.2, 1), dup}, 0},
		"what is not decided yet":          {[]*claim.Entry{decided("acme", "C", 1, 0.2, 1), rescored(2, 0.9, 5)}, 0},
		"what stands before it is decided": {[]*claim.Entry{rescored(1, 0.9, 5), decided("acme", "C", 1, 0.2, 1)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			db := empty(t)
			want := c.entries[c.want].Source
			type version struct {
				Claim     string
				Partition int
				Offset    int64
			}
			var versions []version
			permutations(len(c.entries), func(order []int) {
				id := fmt.Sprint(order)
				put := func(i int) {
					// Each entry has its own place in the journal; the order is that of the inserts.
					e := *c.entries[i]
					e.Claim = id
					write(t, db, Batch{AppendTime: appended,
						Rows: []Row{{int64(len(versions)*len(c.entries) + i), &e}}})
				}
				for _, i := range order {
					put(i)
				}
				put(order[0])
				versions = append(versions, version{id, want.Partition, want.Offset})
				history, err := db.History(t.Context(), ref(id))
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range history {
					if v.Current != (i == 0) || i == 0 &&
						(v.Cause.Partition != want.Partition || v.Cause.Offset != want.Offset) {
						t.Errorf("order %v: History has %+v at %d", order, v, i)
					}
				}
			})
			got, err := collect(t.Context(), db, "the current versions", func(rows driver.Rows) (v version, err error) {
				var partition int32
				err = rows.Scan(&v.Claim, &partition, &v.Offset)
				v.Partition = int(partition)
				return v, err
			}, "SELECT claim, cause_partition, cause_offset FROM claims_current ORDER BY claim")
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(versions, func(a, b version) int { return strings.Compare(a.Claim, b.Claim) })
			same(t, "current versions", got, versions)
		})
	}
}

func permutations(n int, do func(order []int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var rec func(k int)
	rec = func(k int) {
		if k == n {
			do(order)
			return
		}
		for i := k; i < n; i++ {
			order[k], order[i] = order[i], order[k]
			rec(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	rec(0)
}

// What news of other claims ends stands there without weight, and once; the rest of the decision's reasons stays.
func TestAReasonThatNewsEndedIsShownWithoutItsWeight(t *testing.T) {
	db := empty(t)
	first := fullEntry()
	renewed := decided("acme", "C-1", 2, 0.1, 77)
	renewed.Kind, renewed.Source.Partition = claim.Rescored, 5
	renewed.Decision.Reasons = []claim.Reason{
		{Rule: "decided-before@1", Weight: 1, Text: "what the decision held against the claim"},
		{Rule: "early@2", Text: "No longer holds: early"},
	}
	write(t, db, Batch{Partition: 3, Position: "p", AppendTime: appended, Rows: []Row{{12, first}, {14, renewed}}})
	type current struct {
		Rules, FactRules string
		Weight           float64
	}
	got, err := collect(t.Context(), db, "the current version", func(rows driver.Rows) (c current, err error) {
		return c, rows.Scan(&c.Rules, &c.Weight, &c.FactRules)
	}, `SELECT toString(rule_ids), rule_weights[1], toString(has(fact_rules, 'early@1')) FROM claims_current`)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "current", got, []current{{Rules: "['early@2','round@2']", FactRules: "0"}})
}

// A raise carries a decision alone: what is known of the claim stays what its own entry said.
func TestRaiseKeepsTheClaim(t *testing.T) {
	db := empty(t)
	raise := decided("acme", "C-1", 2, 0.99, 77)
	raise.Kind, raise.Source.Partition, raise.Decision.Outcome = claim.Rescored, 5, claim.Review
	raise.Decision.Reasons = []claim.Reason{
		{Rule: "ring@1", Text: "joined a ring", Indicators: []int{30}},
		{Rule: "decided-before@1", Text: "what the decision already held against the claim"},
	}
	write(t, db, Batch{Partition: 3, Position: "p", AppendTime: appended, Rows: []Row{{12, fullEntry()}, {14, raise}}})
	type current struct {
		Kind, Stage, Claimed, Event, Tokens, Source, Cause, Decision, Outcome, Rules string
		Score                                                                        float64
	}
	got, err := collect(t.Context(), db, "the current version", func(rows driver.Rows) (c current, err error) {
		return c, rows.Scan(&c.Kind, &c.Stage, &c.Claimed, &c.Event, &c.Tokens, &c.Source, &c.Cause, &c.Decision,
			&c.Outcome, &c.Rules, &c.Score)
	}, `SELECT toString(kind), stage, toString(claimed), event, toString(token_values), toString((source_partition, source_offset)),
toString((cause_partition, cause_offset)), toString((decision_partition, decision_offset)), toString(outcome), toString(rule_ids), score FROM claims_current`)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "current", got, []current{{Kind: "rescored", Stage: "assessed", Claimed: "1234.5",
		Event:  string(new(claim.Renderer).Append(nil, fullEntry().Values)),
		Tokens: fmt.Sprintf("['%s','%s']", entrytest.Token("phn", "aaaa"), entrytest.Token("pid", "bbbb")),
		Source: "(3,41)", Cause: "(5,77)", Decision: "(3,14)", Outcome: "review",
		Rules: "['ring@1','early@1','round@2']", Score: 0.99}})
	row, err := db.Entry(t.Context(), ref("C-1"))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/full.golden", storedText(row))
}

func TestDedupedEntries(t *testing.T) {
	db := empty(t)
	story := storyOfSix()
	write(t, db, story[:2]...)
	write(t, db, story...)
	if n := number(t, db, "SELECT count() FROM entries_deduped"); n != 6 {
		t.Errorf("%d rows", n)
	}
	counts, err := db.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "counts", counts, []Count{{claim.Dead, 1, 1}, {claim.Decided, 3, 3}, {claim.Duplicate, 1, 1},
		{claim.Rescored, 1, 1}})
}

func TestOpenClaimsByScoreAndMoney(t *testing.T) {
	db := empty(t)
	top := withEvent(decided("acme", "top", 1, 0.9, 0), "assessed", "", "10.5", "EUR", "2026-01-01")
	top.Decision.Hold = true
	top.Decision.Reasons = []claim.Reason{{Rule: "early@1", Text: "early"}, {Rule: "round@1", Text: "round"}}
	top.Decision.Rings = []claim.Ring{{ID: "r"}}
	write(t, db, journalOf(
		withEvent(decided("acme", "some money", 1, 0.6, 1), "notified", "", "999.99", "EUR", ""),
		withEvent(decided("acme", "more money", 1, 0.6, 2), "notified", "", "1000", "EUR", ""),
		withEvent(decided("acme", "no amount", 1, 0.6, 3), "notified", "", "", "", ""),
		withEvent(decided("acme", "innocent", 1, 0.1, 4), "notified", "", "1000000", "EUR", ""),
		withEvent(decided("acme", "is paid", 1, 0.9, 5), "paid", "", "1", "EUR", ""),
		withEvent(decided("acme", "is denied", 1, 0.9, 6), "assessed", "denied", "1", "EUR", ""),
		top,
	)...)
	got, err := db.TopFlagged(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	flagged := func(id string, score float64, stage claim.Stage, m claim.Money) Flagged {
		return Flagged{ClaimRef: ref(id), Revision: 1, Line: claim.LineMotor, Stage: stage, Score: score,
			Outcome: claim.Review, Claimed: m}
	}
	first := flagged("top", 0.9, claim.Assessed, euros("10.5"))
	first.Hold, first.Rules, first.Texts, first.Rings = true, []string{"early@1", "round@1"},
		[]string{"early", "round"}, []string{"r"}
	want := []Flagged{first, flagged("more money", 0.6, claim.Notified, euros("1000")),
		flagged("some money", 0.6, claim.Notified, euros("999.99")),
		flagged("no amount", 0.6, claim.Notified, claim.Money{})}
	if d := cmp.Diff(want, got, decimals, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("flagged (-want +got):\n%s", d)
	}
	two, err := db.TopFlagged(t.Context(), 2)
	if err != nil || len(two) != 2 {
		t.Errorf("the top two: %v, %v", two, err)
	}
	if n := number(t, db, "SELECT count() FROM open_claims"); n != 5 {
		t.Errorf("%d open claims", n)
	}
}

func TestClaimsThatShareAToken(t *testing.T) {
	db := empty(t)
	phone := claim.Token{Path: "claimant.phone", Value: entrytest.Token("phn", "aaaa")}
	bank := claim.Token{Path: "claimant.bankAccount", Value: entrytest.Token("bnk", "cccc")}
	dropped := withTokens(decided("acme", "corrected", 1, 0.9, 5), phone)
	write(t, db, journalOf(
		withTokens(decided("acme", "X", 1, 0.3, 0), phone, bank),
		withTokens(decided("acme", "by phone", 1, 0.2, 1), claim.Token{Path: "parties[1].phone", Role: claim.Witness,
			Value: entrytest.Token("phn", "aaaa")}),
		withTokens(decided("acme", "by both", 1, 0.1, 2), bank, phone),
		withTokens(decided("acme", "stranger", 1, 0.9, 3),
			claim.Token{Path: "claimant.phone", Value: entrytest.Token("phn", "bbbb")}),
		dropped, decided("acme", "corrected", 2, 0.9, 6), // the link was corrected away
	)...)
	got, err := db.SharingToken(t.Context(), entrytest.Token("phn", "aaaa"))
	if err != nil {
		t.Fatal(err)
	}
	sharing := func(id string, score float64, paths, tokens []string) Sharing {
		return Sharing{ClaimRef: ref(id), Revision: 1, Line: claim.LineMotor, Score: score, Outcome: claim.Settle,
			Paths: paths, Tokens: tokens}
	}
	same(t, "by token", got, []Sharing{
		sharing("X", 0.3, []string{"claimant.phone"}, nil),
		sharing("by phone", 0.2, []string{"parties[1].phone"}, nil),
		sharing("by both", 0.1, []string{"claimant.phone"}, nil),
	})
	got, err = db.SharingWith(t.Context(), ref("X"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "by claim", got, []Sharing{
		sharing("by both", 0.1, nil, []string{entrytest.Token("bnk", "cccc"), entrytest.Token("phn", "aaaa")}),
		sharing("by phone", 0.2, nil, []string{entrytest.Token("phn", "aaaa")}),
	})
	for _, none := range []string{"phn_1_zzzz", "", `' OR 1 = 1 --`, `\`} {
		if got, err := db.SharingToken(t.Context(), none); err != nil || len(got) != 0 {
			t.Errorf("%q: %v, %v", none, got, err)
		}
	}
	if got, err := db.SharingWith(t.Context(), ref("nobody")); err != nil || len(got) != 0 {
		t.Errorf("with a claim that is not there: %v, %v", got, err)
	}
}

// A token is found by the index: without it each question would read every claim.
func TestTokenIndexIsUsed(t *testing.T) {
	db := empty(t)
	write(t, db, storyOfSix()...)
	plan, err := collect(t.Context(), db, "the plan", func(rows driver.Rows) (s string, err error) {
		return s, rows.Scan(&s)
	},
		"EXPLAIN indexes = 1 SELECT * FROM claims_with_token(token = '"+entrytest.Token("phn", "aaaa")+"')")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(plan, "\n"), "Name: by_token") {
		t.Errorf("the plan does not use the index:\n%s", strings.Join(plan, "\n"))
	}
}

func TestRepairerAgainstPeers(t *testing.T) {
	db := empty(t)
	var entries []*claim.Entry
	add := func(shop string, role claim.Role, score float64, amount, currency string) {
		n := int64(len(entries))
		e := withEvent(decided("acme", fmt.Sprint("C", n), 1, score, n), "notified", "", amount, currency, "")
		entries = append(entries, withTokens(e,
			claim.Token{Path: "claimant.phone", Value: entrytest.Token("phn", "x")},
			claim.Token{Path: "parties[0].id", Role: role, Value: entrytest.Token("pid", shop)},
			claim.Token{Path: "parties[0].phone", Role: role, Value: entrytest.Token("phn", shop)},
			// named twice, counted once
			claim.Token{Path: "parties[1].id", Role: role, Value: entrytest.Token("pid", shop)}))
	}
	for range 4 {
		add("bad", claim.Repairer, 0.9, "4000", "EUR")
	}
	for range 4 {
		add("good", claim.Repairer, 0.1, "1000", "EUR")
	}
	add("new", claim.Repairer, 0.1, "1000", "EUR")
	add("abroad", claim.Repairer, 0.9, "5", "JPY")
	add("seller", claim.Agent, 0.9, "7", "EUR")
	write(t, db, journalOf(entries...)...)

	got, err := db.Peers(t.Context(), claim.Repairer)
	if err != nil {
		t.Fatal(err)
	}
	f := func(v float64) *float64 { return &v }
	// Nine claims of three shops, four flagged: 4/9. The averages are 4000, 1000, 1000: mean 2000, deviation
	// sqrt(2)*1000.
	p := 4.0 / 9
	z := func(flagged, n float64) *float64 { return f((flagged - n*p) / math.Sqrt(n*p*(1-p))) }
	peer := func(token string, claims, flagged uint64, average float64, fz, az *float64) Peer {
		return Peer{Insurer: "acme", Role: claim.Repairer, Line: claim.LineMotor, Currency: "EUR",
			Token:  entrytest.Token("pid", token),
			Claims: claims, Flagged: flagged, FlaggedShare: float64(flagged) / float64(claims), PeersFlaggedShare: p,
			FlaggedZ:       fz,
			AverageClaimed: f(average), PeersAverage: f(2000), AmountZ: az, Peers: 3}
	}
	want := []Peer{
		peer("bad", 4, 4, 4000, z(4, 4), f(math.Sqrt2)),
		peer("new", 1, 0, 1000, z(0, 1), f(-1/math.Sqrt2)),
		peer("good", 4, 0, 1000, z(0, 4), f(-1/math.Sqrt2)),
		{Insurer: "acme", Role: claim.Repairer, Line: claim.LineMotor, Currency: "JPY",
			Token: entrytest.Token("pid", "abroad"), Claims: 1, Flagged: 1,
			FlaggedShare: 1, PeersFlaggedShare: 1, AverageClaimed: f(5), PeersAverage: f(5), Peers: 1},
	}
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); d != "" {
		t.Errorf("peers (-want +got):\n%s", d)
	}
	if agents, err := db.Peers(t.Context(), claim.Agent); err != nil || len(agents) != 1 ||
		agents[0].Token != entrytest.Token("pid", "seller") {
		t.Errorf("agents: %v, %v", agents, err)
	}
}

func TestRulePrecisionByOutcome(t *testing.T) {
	db := empty(t)
	var entries []*claim.Entry
	add := func(id string, revision int, outcome string, rules ...string) {
		e := withEvent(decided("acme", id, revision, 0.6, int64(len(entries))), "closed", outcome, "", "", "")
		for _, r := range rules {
			e.Decision.Reasons = append(e.Decision.Reasons, claim.Reason{Rule: r, Indicators: []int{7}})
		}
		entries = append(entries, e)
	}
	add("a", 1, "", "early@1", "round@1")
	add("a", 2, "fraud-confirmed", "early@1") // round@1 hit the first revision only: it counts
	add("b", 1, "denied", "early@1")
	add("c", 1, "paid", "early@1", "round@1")
	add("d", 1, "withdrawn", "early@1")
	add("e", 1, "", "early@1", "fresh@1")
	write(t, db, journalOf(entries...)...)
	got, err := db.RulePrecision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := func(v float64) *float64 { return &v }
	same(t, "precision", got, []Precision{
		{Rule: "early@1", Hits: 5, Confirmed: 1, Denied: 1, Paid: 1, Withdrawn: 1, Undecided: 1, Precision: f(2.0 / 3)},
		{Rule: "round@1", Hits: 2, Confirmed: 1, Paid: 1, Precision: f(0.5)},
		{Rule: "fresh@1", Hits: 1, Undecided: 1},
	})
	hits, err := db.HitsByIndicator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "indicators", hits, []IndicatorHits{{Indicator: 7, Claims: 5, Rules: 3}})
}

func TestAgeByStageAndLine(t *testing.T) {
	db := empty(t)
	now := time.Now()
	ago := func(days float64) string {
		return now.Add(-time.Duration(days * 24 * float64(time.Hour))).UTC().Format(time.RFC3339)
	}
	home := withEvent(decided("acme", "home", 1, 0.1, 5), "notified", "", "", "", ago(100))
	home.Line = claim.LineProperty
	write(t, db, journalOf(
		withEvent(decided("acme", "1", 1, 0.1, 0), "notified", "", "", "", ago(1)),
		withEvent(decided("acme", "2", 1, 0.1, 1), "notified", "", "", "", ago(2)),
		withEvent(decided("acme", "3", 1, 0.1, 2), "notified", "", "", "", ago(9)),
		withEvent(decided("acme", "undated", 1, 0.1, 3), "notified", "", "", "", ""),
		withEvent(decided("acme", "done", 1, 0.1, 4), "paid", "", "", "", ago(900)),
		home,
		withEvent(decided("acme", "no date", 1, 0.1, 6), "assessed", "", "", "", ""),
	)...)
	got, err := db.Ages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := func(v float64) *float64 { return &v }
	want := []Age{
		{Line: claim.LineMotor, Stage: claim.Assessed, Claims: 1, Undated: 1},
		{Line: claim.LineMotor, Stage: claim.Notified, Claims: 4, Undated: 1, Average: f(4), Median: f(2), P90: f(9),
			Oldest: f(9)},
		{Line: claim.LineProperty, Stage: claim.Notified, Claims: 1, Average: f(100), Median: f(100), P90: f(100),
			Oldest: f(100)},
	}
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(0, 0.01)); d != "" { // a hundredth of a day for the test to run
		t.Errorf("ages (-want +got):\n%s", d)
	}
}

func TestRings(t *testing.T) {
	db := empty(t)
	in := func(id string, source int64, score float64, shared []claim.Shared, members ...string) *claim.Entry {
		e := decided("acme", id, 1, score, source)
		r := claim.Ring{ID: "r1", Shared: shared}
		for _, m := range members {
			r.Claims = append(r.Claims, ref(m))
		}
		e.Decision.Rings = []claim.Ring{{ID: "other", Claims: []claim.ClaimRef{ref("z")}}, r}
		return e
	}
	both := []claim.Shared{{Domain: "bnk", Tokens: 1}, {Domain: "phn", Tokens: 1}}
	bank := claim.Token{Path: "claimant.bankAccount", Value: entrytest.Token("bnk", "b")}
	name := claim.Token{Path: "claimant.name", Value: entrytest.Token("nam", "no kind of the ring's")}
	phone := claim.Token{Path: "claimant.phone", Value: entrytest.Token("phn", "a")}
	write(t, db, journalOf(
		withTokens(in("a", 0, 0.9, both[1:], "a", "b", "left"), bank, name, phone),
		withTokens(in("b", 1, 0.5, both, "a", "b"), bank, name, phone,
			claim.Token{Path: "parties[0].phone", Value: entrytest.Token("phn", "alone")}),
	)...)
	got, err := db.Rings(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rings", got, []Ring{{Ring: claim.Ring{ID: "r1", Claims: []claim.ClaimRef{ref("a"), ref("b")}},
		Tokens: []string{bank.Value, phone.Value}, TopScore: 0.9}})
	if all, err := db.Rings(t.Context(), 0); err != nil || len(all) != 2 {
		t.Errorf("all rings: %v, %v", all, err)
	}
}

// What the manual shows runs.
func TestQueriesInTheManual(t *testing.T) {
	db := empty(t)
	write(t, db, storyOfSix()...)
	text, err := os.ReadFile("../docs/queries.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```sql\n")[1:]
	if len(blocks) < 5 {
		t.Fatalf("%d queries", len(blocks))
	}
	for _, b := range blocks {
		query, _, _ := strings.Cut(b, "```")
		n, err := collect(t.Context(), db, "what the manual shows", func(driver.Rows) (struct{}, error) {
			return struct{}{}, nil
		}, query)
		if err != nil {
			t.Errorf("%s\n%v", query, err)
		}
		t.Logf("%d rows: %.40s", len(n), query)
	}
}
