package detectors

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tallystick/claim"
)

// Whatever comes, is revised and is forgotten: a key has the members that a list of the claims says, and its windows
// are what counting them one by one gives, as a list and as a crowd.
func TestKeysHoldWhatClaimsSay(t *testing.T) {
	rs, err := LoadFiles(File{"rules.yaml", []byte(`ruleset: test
version: 1
base: 0
bands: {review: 0.2, investigate: 0.6, hold: 0.5}
rules:
  - id: r
    version: 1
    title: t
    when: {a: 'lines("claimant.phone", 50) >= 0 and total("vendor.id", 50) >= 0 and deviation("vendor.id", 50) > 0'}
    weight: 1
    reason: x
    tests: {hit: {}, near: {}, "null": {}}
`)})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int{30, 100, 1000}).Draw(t, "most")
		s := NewState(rs, StateConfig{MaxClaims: most})
		revisions := map[string]int{}
		claims := map[string]*Input{}
		for i := range rapid.SampledFrom([]int{20, 150, 500}).Draw(t, "claims") {
			id := fmt.Sprint("claim number ", rapid.IntRange(0, 250).Draw(t, "id"))
			if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
				id += " of an insurer with long numbers"
			}
			revisions[id]++
			at := time.Date(2024, 1, 1+rapid.IntRange(0, 90).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
			in := &Input{Insurer: "acme", Claim: id, Revision: revisions[id],
				Source: claim.SourceRef{Offset: int64(i), Time: at},
				Event:  &claim.Event{Line: allLines[rapid.IntRange(0, 5).Draw(t, "line")]}}
			for _, place := range []struct {
				path   string
				role   claim.Role
				values int
			}{{"claimant.phone", "", 1}, {"parties[0].id", claim.Vendor, 0}, {"parties[1].phone", claim.Vendor, 2}} {
				if rapid.IntRange(0, 3).Draw(t, "has") > 0 {
					in.Tokens = append(in.Tokens,
						claim.Token{Path: place.path, Role: place.role,
							Value: fmt.Sprint("phn_1_", rapid.IntRange(0, place.values).Draw(t, "value"))})
				}
			}
			s.Observe(in, nil)
			claims[id] = in
		}
		b := s.books["acme"]
		want := map[string][]uint32{}
		for id, in := range claims {
			no := b.claim(id)
			if no == noClaim {
				delete(claims, id)
				continue
			}
			if got := b.number(no); got != id {
				t.Fatalf("claim %q is called %q", id, got)
			}
			for _, token := range in.Tokens {
				if s.places.of(&token).kept && !slices.Contains(want[token.Value], no) {
					want[token.Value] = append(want[token.Value], no)
				}
			}
		}
		if len(claims) != b.live || b.live > most || len(want) != len(b.index) {
			t.Fatalf("%d claims and %d keys in the book, want %d and %d", b.live, len(b.index), len(claims), len(want))
		}
		for token, members := range want {
			id := s.tokens.of(token)
			no := b.keyTable.find(&id, b.index[uint32(id.hash())])
			k := b.keys.at(no)
			var one [1]uint32
			got := slices.Clone(b.members(k, &one))
			slices.Sort(got)
			slices.Sort(members)
			if !slices.Equal(got, members) || (k.count == crowded) != (len(members) > listed) ||
				s.textOf(b, no) != token {
				t.Fatalf("%s: %v, want %v", token, got, members)
			}
			var tally, counted tally
			self := &asking{facts: facts{day: b.newest}, no: noClaim}
			all := &ask{days: 50, wants: wantClaims | wantAmounts | wantSquares | wantLines}
			tally.reset()
			counted.reset()
			b.window(&tally, k, all, self)
			for _, no := range members {
				if f := b.facts.at(no); f.day >= b.newest-50 {
					counted.claims++
					counted.take(f, all.wants)
				}
			}
			if tally.claims != counted.claims || tally.lines != counted.lines || tally.sum != counted.sum {
				t.Fatalf("%s: %d claims %v, counted %d %v", token, tally.claims, tally.lines, counted.claims,
					counted.lines)
			}
		}
	})
}
