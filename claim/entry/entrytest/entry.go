// Package entrytest makes entries and tokens for tests. It is for tests alone and knows package claim and its entry.
package entrytest

import (
	"bytes"
	"crypto/sha256"
	"time"

	"tallystick/claim"
	"tallystick/claim/entry"
)

// Token returns the printed token that a label stands for: the same for the same domain and label.
func Token(domain, label string) string {
	sum := sha256.Sum256([]byte(domain + "/" + label))
	return string(entry.TokenText(nil, []byte(domain), 1, sum[:16]))
}

// Values returns the values of an event's JSON. It panics if that is none.
func Values(event string) []claim.Value {
	values, err := claim.ValuesOf([]byte(event))
	if err != nil {
		panic(err)
	}
	return values
}

// Complete gives an entry the sections and seeds that it lacks, always the same, and a commitment of its own, which is
// not computed.
func Complete(e *claim.Entry) *claim.Entry {
	n := byte(0)
	err := entry.Divide(e, func() []byte {
		n++
		return bytes.Repeat([]byte{n}, claim.SeedSize)
	})
	if err != nil {
		panic(err)
	}
	if e.Commitment == nil {
		e.Commitment = bytes.Repeat([]byte{5}, 32)
	}
	if e.At.IsZero() {
		e.At = time.Unix(0, 0).UTC()
	}
	return e
}

// Encode returns the record of an entry, completed. It panics if it has none.
func Encode(e *claim.Entry) []byte {
	data, err := new(entry.Encoder).Append(nil, Complete(e))
	if err != nil {
		panic(err)
	}
	return data
}

// Sample returns an entry in which every field is set.
func Sample() *claim.Entry {
	thirty := func(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }
	return Complete(&claim.Entry{
		Kind: claim.Decided, Insurer: "acme", Claim: "C-1", Revision: 2, Line: claim.LineMotor,
		Source: claim.SourceRef{Partition: 3, Offset: 1841, Epoch: 1,
			Time: time.Date(2026, 3, 4, 5, 6, 7, 8e6, time.UTC)},
		At:      time.Date(2026, 3, 4, 5, 6, 7, 9e6, time.UTC),
		Content: thirty(1),
		Values: Values(`{"insurer":"acme","claim":"C-1","revision":2,"line":"motor","amounts":{"claimed":{"amount":"990.00","currency":"EUR"}},
			"claimant":{"sex":"female","birthYear":1980},"parties":[{"role":"repairer"}],"vehicle":{"commercial":true},
			"items":[{"code":"A1","receipt":false},{"code":"B2"}],"attributes":{"driverRating":{"number":3}}}`),
		Tokens: []claim.Token{
			{Path: "claimant.phone", Value: Token("phn", "a")},
			{Path: "parties[0].bankAccount", Role: claim.Repairer, Value: Token("bnk", "b")},
			{Path: "vehicle.vin", Value: Token("vin", "c")},
		},
		Sections: []claim.Section{{Party: "claimant", Sealed: claim.Sealed{Key: thirty(2)[:16], Digest: thirty(3),
			Count: 4, Data: []byte("ciphertext")}}},
		Decision: &claim.Decision{
			Score: 0.731, Base: -3.2, Outcome: claim.Review, Hold: true, RuleSet: "base@1",
			Reasons: []claim.Reason{{Rule: "early-loss@2", Indicators: []int{1}, Weight: 1.25,
				Text:  "Loss 3 days after inception \"<&>\"",
				Facts: []claim.Fact{{Name: "days", Value: "3", Threshold: "30"}, {Name: "line", Value: "motor"}}}},
			Failed: []claim.Failure{{Rule: "weather@1", Error: "no weather"}},
			Rings: []claim.Ring{{ID: "ring_1", Shared: []claim.Shared{{Domain: "phn", Tokens: 1}},
				Claims: []claim.ClaimRef{{Insurer: "acme", Claim: "C-0"}, {Insurer: "acme", Claim: "C-1"}}}},
		},
		Dead: &claim.DeadLetter{Code: claim.Negative, Path: "amounts.claimed", Partition: 1, Offset: 9},
		Context: claim.Context{
			Cause:  &claim.Cause{Journal: "claims.outcomes", Partition: 3, Offset: 12, Epoch: 1},
			Origin: &claim.SourceRef{Partition: 1, Offset: 7, Time: time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)},
			Seen:   []claim.Seen{{Partition: 0, Offset: 5}, {Partition: 3, Offset: 9}}, History: true, Model: "motor@3",
			Settings: []claim.Setting{{Name: "ruleset", Digest: claim.Hash(thirty(7))}}, Features: []byte{1, 2, 3},
		},
	})
}
