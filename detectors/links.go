package detectors

import (
	"cmp"
	"crypto/sha256"
	"math/bits"
	"slices"
	"strings"

	"tallystick/claim"
)

// Claims are joined where they share a token that is personal: of a linked kind, held by no business role in any claim, and by
// no more claims than the kind's hub bound. Claims so connected are sorted into groups that innocently share: one policy, one
// claimant, one household, one accident. A ring is a connected set of at least three groups that are joined by two kinds of
// token (or one that no two people share), and strongly enough. docs/design/0005-detection.md argues each part.

// linkKind is a kind of token that joins claims.
type linkKind struct {
	name     string
	fields   []string // of a party, or roots and fields of objects
	weight   float64
	hub      int  // shared by more claims: a hub
	personal bool // no two people share it honestly
}

type ringBounds struct {
	groups    int
	strength  float64
	household int // claimants at one address that count as one household
}

// ring is what the links say around one claim.
type ring struct {
	nodes    []node // self first; in no other order
	tokens   []string
	kinds    int
	strength float64
	found    bool

	stored   []slot // of the claim that asks as the book has it, if it does, unless recorded
	recorded bool   // the book has this revision of the claim that asks
	slots    []slot // memory of those of the nodes
}

type node struct {
	c     *claimRec
	slots []slot // of tokens
	no    uint32 // of the book's claims; of self as the book has it, or noClaim
	day   int32
	level int
	group int
}

// mostNodes bounds the search: a set of claims larger than this is no ring but a fault of a hub bound.
const mostNodes = 128

// farAway stands for a confirmed fraud three or more claims away, or none.
const farAway = 3

// search fills v.ring and v.hops around self, whose slots may or may not be in the book.
func (s *State) search(v *view, b *book, self *asking, recorded bool, slots []slot) {
	r := &v.ring
	r.recorded, r.stored, r.slots = recorded, r.stored[:0], r.slots[:0]
	if !recorded && self.no != noClaim {
		r.stored = b.tokensOf(r.stored, b.claims.at(self.no))
	}
	r.nodes = append(r.nodes[:0], node{c: &self.claimRec, slots: slots, no: self.no, day: self.day})
	r.tokens, r.kinds, r.strength, r.found = nil, 0, 0, false
	v.hops = farAway
	v.linkable = slices.ContainsFunc(slots, func(sl slot) bool { return sl.kind >= 0 && sl.flags&slotBusiness == 0 })
	var kinds uint64 // that joined something
	for i := 0; i < len(r.nodes); i++ {
		n := r.nodes[i]
		for j := range n.slots {
			sl := &n.slots[j]
			if !s.joins(b, sl, r) {
				continue
			}
			kinds |= 1 << sl.kind
			var one [1]uint32
			for _, no := range b.members(b.keys.at(sl.key), &one) {
				if slices.ContainsFunc(r.nodes, func(m node) bool { return m.no == no }) {
					continue
				}
				if len(r.nodes) >= mostNodes {
					return
				}
				c, first := b.claims.at(no), len(r.slots)
				if c.is(claimConfirmed) && n.level+1 < v.hops { // now: the search may end before it comes to this claim's turn
					v.hops = n.level + 1
				}
				r.slots = b.tokensOf(r.slots, c)
				r.nodes = append(r.nodes, node{c: c, slots: r.slots[first:len(r.slots):len(r.slots)], no: no, day: b.facts.at(no).day, level: n.level + 1})
			}
		}
	}
	if len(r.nodes) >= s.rs.ring.groups && (bits.OnesCount64(kinds) >= 2 || kinds&s.rs.personal != 0) {
		s.weigh(r, b)
	}
}

// joins reports whether the slot's token joins claims. Where the claim that asks is not in the book as it is now, its
// stored revision is taken out of the token's members and it is put in.
func (s *State) joins(b *book, sl *slot, r *ring) bool {
	if sl.kind < 0 || sl.key == 0 || sl.flags&(slotBusiness|slotAgain) != 0 {
		return false
	}
	count, business := b.counts(b.keys.at(sl.key))
	if !r.recorded {
		n, m := held(r.stored, sl.key)
		count, business = count-n, business-m
		n, m = held(r.nodes[0].slots, sl.key)
		count, business = count+n, business+m
	}
	return business == 0 && count > 1 && count <= s.rs.kinds[sl.kind].hub
}

// held returns whether the slots hold the key, and whether by a business role, each as 0 or 1.
func held(slots []slot, key uint32) (n, business int) {
	for i := range slots {
		if sl := &slots[i]; sl.key == key && sl.flags&slotAgain == 0 {
			return 1, int(sl.flags & slotBusiness)
		}
	}
	return 0, 0
}

// share is a token and the nodes of a component that hold it.
type share struct {
	key     uint32
	kind    int8
	nodes   []int
	party   bool   // some node holds it for someone else than its claimant
	adverse uint64 // bits of the first nodes that hold it for a third party or witness
}

func (s *State) weigh(r *ring, b *book) {
	var shares []share
	for i := range r.nodes {
		for j := range r.nodes[i].slots {
			sl := &r.nodes[i].slots[j]
			if !s.joins(b, sl, r) {
				continue
			}
			x := slices.IndexFunc(shares, func(h share) bool { return h.key == sl.key })
			if x < 0 {
				x = len(shares)
				shares = append(shares, share{key: sl.key, kind: sl.kind})
			}
			shares[x].nodes = append(shares[x].nodes, i)
			shares[x].party = shares[x].party || sl.flags&slotParty != 0
			if sl.flags&slotAdverse != 0 && i < 64 {
				shares[x].adverse |= 1 << i
			}
		}
	}
	groups := s.group(r.nodes, shares)
	if groups < s.rs.ring.groups {
		return
	}
	seen := make([]bool, len(s.rs.kinds))
	personal := false
	for _, h := range shares {
		joined := map[int]bool{}
		for _, i := range h.nodes {
			joined[r.nodes[i].group] = true
		}
		if len(joined) < 2 || colleagues(r.nodes, h.nodes) {
			continue
		}
		k := &s.rs.kinds[h.kind]
		r.strength += k.weight * float64(len(joined)-1)
		personal = personal || k.personal
		if !seen[h.kind] {
			seen[h.kind] = true
			r.kinds++
		}
		r.tokens = append(r.tokens, s.textOf(b, h.key))
	}
	slices.Sort(r.tokens)
	r.found = r.strength >= s.rs.ring.strength && (r.kinds >= 2 || personal)
}

// group numbers the nodes by what they innocently have in common and returns how many groups there are.
func (s *State) group(nodes []node, shares []share) int {
	parent := make([]int, len(nodes))
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	join := func(i, j int) { parent[find(i)] = find(j) }
	for i := range nodes {
		for j := range i {
			a, c := nodes[i].c, nodes[j].c
			if a.same(c, identityPolicy) || a.samePerson(c) ||
				a.same(c, identityAddress) && s.household(nodes, a.ids[identityAddress]) && !opposed(nodes, shares, i, j) {
				join(i, j)
			}
		}
	}
	for _, h := range shares {
		if !h.party {
			continue
		}
		for x, i := range h.nodes { // the parties of one accident name each other
			for _, j := range h.nodes[:x] {
				if nodes[i].c.sameAccident(nodes[j].c) {
					join(i, j)
				}
			}
		}
	}
	count := 0
	for i := range nodes {
		nodes[i].group = find(i)
		if nodes[i].group == i {
			count++
		}
	}
	return count
}

func (c *claimRec) same(o *claimRec, id identity) bool {
	return c.ids[id] != 0 && c.ids[id] == o.ids[id]
}

// accidentMinutes is how far the times may lie apart that the parties of one accident state.
const accidentMinutes = 120

// sameAccident reports whether the losses can be one event: by the time where both state it, else by the day.
func (c *claimRec) sameAccident(o *claimRec) bool {
	if c.lossMinute != 0 && o.lossMinute != 0 {
		d := c.lossMinute - o.lossMinute
		return d <= accidentMinutes && d >= -accidentMinutes
	}
	return c.lossDay != 0 && c.lossDay == o.lossDay
}

// colleagues reports whether all who hold a token work for one employer: its account or switchboard, not a ring's.
func colleagues(nodes []node, holders []int) bool {
	for _, i := range holders {
		if !nodes[i].c.same(nodes[holders[0]].c, identityEmployer) {
			return false
		}
	}
	return true
}

// opposed reports whether a third party or witness of one claim is in the other, which is about another accident: people
// who live together do not keep running into each other on the road.
func opposed(nodes []node, shares []share, i, j int) bool {
	if nodes[i].c.sameAccident(nodes[j].c) {
		return false
	}
	for k := range shares {
		h := &shares[k]
		if h.adverse != 0 && slices.Contains(h.nodes, i) && slices.Contains(h.nodes, j) && i < 64 && j < 64 && h.adverse&(1<<i|1<<j) != 0 {
			return true
		}
	}
	return false
}

// household reports whether so few people claim from the address that they can be one.
func (s *State) household(nodes []node, address uint64) bool {
	var people []uint64
	unknown := 0
	for i := range nodes {
		if nodes[i].c.ids[identityAddress] != address {
			continue
		}
		p := nodes[i].c.person()
		if p == 0 {
			unknown++
		} else if !slices.Contains(people, p) {
			people = append(people, p)
		}
	}
	return len(people)+unknown <= s.rs.ring.household
}

// ringOf returns the ring around the claim id as entries carry it.
func (r *ring) ringOf(b *book, insurer, id string) claim.Ring {
	oldest, day := id, r.nodes[0].day
	refs := make([]claim.ClaimRef, 0, len(r.nodes))
	refs = append(refs, claim.ClaimRef{Insurer: insurer, Claim: id})
	for _, n := range r.nodes[1:] {
		id := b.number(n.no)
		refs = append(refs, claim.ClaimRef{Insurer: insurer, Claim: id})
		if cmp.Or(cmp.Compare(n.day, day), cmp.Compare(id, oldest)) < 0 {
			oldest, day = id, n.day
		}
	}
	sortRefs(refs)
	sum := sha256.Sum256([]byte(insurer + "\x00" + oldest))
	return claim.Ring{ID: "ring_" + base32Lower.EncodeToString(sum[:10]), Shared: sharedBy(r.tokens), Claims: refs}
}

// sharedBy counts tokens by domain. What a ring says stands in every member's entry, so it names no token: they stand with the parties
// that have them.
func sharedBy(tokens []string) []claim.Shared {
	var out []claim.Shared
	for _, t := range tokens { // sorted, and the domain comes first
		domain, _, _ := strings.Cut(t, "_")
		if n := len(out); n > 0 && out[n-1].Domain == domain {
			out[n-1].Tokens++
			continue
		}
		out = append(out, claim.Shared{Domain: domain, Tokens: 1})
	}
	return out
}

// textOf returns the token of a key.
func (s *State) textOf(b *book, key uint32) string {
	k := b.keys.at(key)
	if k.id.prefix == misshapen {
		return b.misshapen[key]
	}
	return s.tokens.text(&k.id)
}
