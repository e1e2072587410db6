package analytics

import (
	"bytes"
	"fmt"
	"time"

	"tallystick/claim"
	"tallystick/claim/entry/entrytest"
)

// appended is the append time of the tests' batches.
var appended = time.Date(2026, 3, 14, 15, 9, 26, 535_000_000, time.UTC)

// fullEntry has something in every field.
func fullEntry() *claim.Entry {
	return &claim.Entry{
		Kind: claim.Decided, Insurer: "acme", Claim: "C-1", Revision: 2, Line: claim.LineMotor,
		Source:  claim.SourceRef{Partition: 3, Offset: 41, Epoch: 1, Time: appended.Add(-2 * time.Second)},
		At:      appended.Add(-time.Second),
		Content: bytes.Repeat([]byte{0xc0}, 32),
		Values: entrytest.Values(`{"insurer":"acme","claim":"C-1","revision":2,"line":"motor","stage":"assessed","outcome":"paid",` +
			`"recorded":"2026-03-13","policy":{"product":"\u0041","inception":"2025","expiry":"2026-12"},` +
			`"parties":[{"role":"repairer"}],"loss":{"time":"2026-03-01T22:30:00-05:00","reported":"2026-03-02",` +
			`"place":{"city":"Li\u00e8ge","region":"WLG","country":"BE"},"cause":"collision","severity":"major"},` +
			`"amounts":{"claimed":{"amount":"1234.50","currency":"EUR"},"estimate":{"amount":"0.00005","currency":"EUR"},` +
			`"reserve":{"amount":"-7","currency":"KWD"},"paid":{"amount":"99999999999999.9999","currency":"JPY"}}}`),
		Tokens: []claim.Token{
			{Path: "claimant.phone", Value: entrytest.Token("phn", "aaaa")},
			{Path: "parties[0].id", Role: claim.Repairer, Value: entrytest.Token("pid", "bbbb")},
		},
		Sections: []claim.Section{{Party: "claimant", Sealed: claim.Sealed{Key: []byte{1, 2}, Digest: []byte{3},
			Count: 1, Data: []byte{0xff, 0}}}},
		Decision: &claim.Decision{
			Score: 0.75, Base: -3, Outcome: claim.Investigate, Hold: true, RuleSet: "default@1",
			Reasons: []claim.Reason{
				{Rule: "early@1", Indicators: []int{4, 9}, Weight: 2.5, Text: "3 days after inception",
					Facts: []claim.Fact{{Name: "days", Value: "3", Threshold: "30"}, {Name: "line", Value: "motor"}}},
				{Rule: "round@2", Weight: 0.5, Text: "round amount"},
			},
			Failed: []claim.Failure{{Rule: "far@1", Error: "no place"}},
			Rings: []claim.Ring{{ID: "r1", Shared: []claim.Shared{{Domain: "phn", Tokens: 1}},
				Claims: []claim.ClaimRef{{Insurer: "acme", Claim: "C-0"}, {Insurer: "acme", Claim: "C-1"}}}},
		},
		Context: claim.Context{History: true, Model: "motor@3"},
		Seed:    bytes.Repeat([]byte{5}, 16), Commitment: bytes.Repeat([]byte{6}, 32),
	}
}

func deadEntry() *claim.Entry {
	return &claim.Entry{
		Kind: claim.Dead, Source: claim.SourceRef{Partition: 0, Offset: 7}, At: appended,
		Dead: &claim.DeadLetter{Code: claim.WrongType, Path: "amounts.claimed", Partition: 2, Offset: 9},
		Seed: []byte{1}, Commitment: []byte{2},
	}
}

// decided is a small decided entry.
func decided(insurer, id string, revision int, score float64, source int64) *claim.Entry {
	e := &claim.Entry{
		Kind: claim.Decided, Insurer: insurer, Claim: id, Revision: revision, Line: claim.LineMotor,
		Source: claim.SourceRef{Offset: source}, At: appended.Add(time.Duration(source) * time.Second),
		Decision: &claim.Decision{Score: score, Outcome: claim.Settle, RuleSet: "default@1"},
		Seed:     []byte{1}, Commitment: []byte{2},
	}
	if score >= 0.5 {
		e.Decision.Outcome = claim.Review
	}
	return e
}

func withEvent(e *claim.Entry, stage, outcome, claimed, currency, reported string) *claim.Entry {
	event := fmt.Sprintf(`{"stage":%q,"outcome":%q,"loss":{"reported":%q}`, stage, outcome, reported)
	if claimed != "" {
		event += fmt.Sprintf(`,"amounts":{"claimed":{"amount":%q,"currency":%q}}`, claimed, currency)
	}
	e.Values = entrytest.Values(event + "}")
	return e
}

func withTokens(e *claim.Entry, tokens ...claim.Token) *claim.Entry {
	e.Tokens = tokens
	return e
}

// journalOf puts entries into one partition of the journal, a batch of two each.
func journalOf(entries ...*claim.Entry) []Batch {
	var all []Batch
	for i := 0; i < len(entries); i += 2 {
		b := Batch{Position: fmt.Sprintf("after-%d", i+1), AppendTime: appended}
		for j := i; j < min(i+2, len(entries)); j++ {
			b.Rows = append(b.Rows, Row{Offset: int64(j), Entry: entries[j]})
		}
		all = append(all, b)
	}
	return all
}
