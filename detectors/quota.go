package detectors

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"tallystick/claim"
)

// mostTokens is how many of a claim's tokens links and windows keep. Ordinary claims have some 30; who writes more than
// this has others' work to do for it, and their searches.
const mostTokens = 100

// candidate is a token that rules or links ask for, on its way to be kept.
type candidate struct {
	token int // of the input
	place *placeInfo
	// among those of its kind: the claimant's before others', the first of each place before the second of any
	rank int
}

// choose returns which of more than mostTokens candidates are kept, in the order of the claim, and notes what is left
// out. Every kind of token has its quota, and in each the claimant's come first and places take turns: names by the
// thousand at one place push out only their like.
func (w *scratch) choose(all []candidate, tokens []claim.Token) []candidate {
	if len(all) <= mostTokens {
		return all
	}
	times := map[uint16]int{} // by place
	for i := range all {
		c := &all[i]
		c.rank = times[c.place.no]
		times[c.place.no]++
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(a.place.compareQuota(b.place), cmp.Compare(a.rank, b.rank), a.place.compareTurn(b.place))
	})
	rank := 0
	for i := range all {
		if i > 0 && all[i].place.compareQuota(all[i-1].place) != 0 {
			rank = 0
		}
		all[i].rank = rank
		rank++
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.rank, b.rank) })
	kept, out := all[:mostTokens], all[mostTokens:]
	byToken := func(a, b candidate) int { return cmp.Compare(a.token, b.token) }
	slices.SortFunc(kept, byToken)
	slices.SortFunc(out, byToken)
	digest := sha256.New()
	for _, c := range out {
		digest.Write([]byte(tokens[c.token].Value))
		digest.Write([]byte{'\n'})
	}
	w.omitted.Tokens = len(out)
	digest.Sum(w.omitted.Digest[:0])
	return kept
}

// compareQuota orders places by what their tokens share the room with: those of their kind or, where they join nothing,
// of the place. Numbers of places depend on what came first to an instance, so names are compared.
func (p *placeInfo) compareQuota(o *placeInfo) int {
	if p.kind >= 0 || o.kind >= 0 {
		return cmp.Compare(p.kind, o.kind)
	}
	return cmp.Compare(p.name, o.name)
}

// compareTurn orders places of one kind by who has the first turn: the claimant before others.
func (p *placeInfo) compareTurn(o *placeInfo) int {
	return cmp.Or(cmp.Compare(p.flags&slotParty, o.flags&slotParty), cmp.Compare(p.name, o.name))
}
