package detectors_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tallystick/claim"
)

// without is an entry after a party was taken out of it.
func without(e *claim.Entry, party string) *claim.Entry {
	left := *e
	left.Tokens = slices.DeleteFunc(slices.Clone(e.Tokens), func(t claim.Token) bool {
		return claim.PartyOf(t.Path) == party
	})
	left.Values = slices.DeleteFunc(slices.Clone(e.Values), func(v claim.Value) bool { return v.Path.Party == party })
	return &left
}

// A state that erased parties answers every claim that comes as one does to which they had never been named.
func TestErasedLikeNeverNamed(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		claims := randomClaims(t, 50)
		probes := claims[len(claims)-len(claims)/3:]
		claims = claims[:len(claims)-len(probes)]
		d := newDesk(rs)
		var entries []*claim.Entry
		for _, in := range claims {
			res := d.decide(in)
			entries = append(entries, entryOf(t, in, &res.Decision))
		}
		erased, never := newDesk(rs), newDesk(rs)
		gone := map[int]string{}
		for i, e := range entries {
			var parties []string
			for _, token := range e.Tokens {
				if p := claim.PartyOf(token.Path); p != claim.RecordParty && !slices.Contains(parties, p) {
					parties = append(parties, p)
				}
			}
			once := !slices.ContainsFunc(entries, func(o *claim.Entry) bool { return o != e && o.Claim == e.Claim })
			if once && len(parties) > 0 && rapid.IntRange(0, 2).Draw(t, "erased") == 0 {
				gone[i] = rapid.SampledFrom(parties).Draw(t, "party")
			}
		}
		for i, e := range entries {
			observe(t, erased.state, e)
			if party, ok := gone[i]; ok {
				e = without(e, party)
			}
			observe(t, never.state, e)
		}
		for range 2 { // done again it changes nothing
			for i, party := range gone {
				left := without(entries[i], party)
				left.Kind, left.Decision = claim.Erased, nil
				if err := erased.state.Erase(left); err != nil {
					t.Fatal(err)
				}
			}
		}
		erased.next, never.next = d.next, d.next
		for _, in := range probes {
			a, b := *in, *in // each desk numbers its own
			equalResults(t, never.decide(&a), erased.decide(&b))
		}
		if a, b := erased.state.Stats(), never.state.Stats(); a.Claims != b.Claims || a.Keys != b.Keys {
			t.Fatalf("%d claims and %d keys are held, want %d and %d", a.Claims, a.Keys, b.Claims, b.Keys)
		}
	})
}
