package detectors

import (
	"cmp"
	"crypto/sha256"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"tallystick/claim"
)

// Claims are joined where they share a token as a person's: of a linked kind, held there by no business role, not known
// for a business's, and by no more claims than the kind's hub bound. Claims so connected are sorted into groups that
// innocently share: one policy, one claimant, one household, one accident. A ring is a connected set of at least three
// groups that are joined by two kinds of token (or one that no two people share), and strongly enough.
// docs/design/0005-detection.md argues each part.

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
	nodes      []node // self first; in no other order
	shared     []claim.Shared
	kinds      int
	strength   float64
	found      bool
	unsearched bool // the search was given up: more claims are joined, or more tokens join them, than it goes through
	steps      int  // of the search and of what was made of it

	self   *asking
	stored []slot              // of the claim that asks as the book has it, if it does, unless that is as it asks
	slots  []slot              // memory of those of the nodes
	at     map[uint32]struct{} // claims that are nodes
	keys   map[uint32]int32    // keys whose members are nodes, and the number of their share or -1
}

// begin empties r for a search around self.
func (r *ring) begin() {
	if r.at == nil {
		r.at, r.keys = map[uint32]struct{}{}, map[uint32]int32{}
	}
	clear(r.at)
	clear(r.keys)
	r.nodes, r.shared = r.nodes[:0], nil
	r.kinds, r.strength, r.found, r.unsearched, r.steps = 0, 0, false, false, 0
}

type node struct {
	c     *claimRec
	slots []slot // of tokens
	no    uint32 // of the book's claims; of self as the book has it, or noClaim
	day   int32
	level int
	group int
}

// What a search goes through at the most. More is an outcome of its own, which rules see as links.unsearched: who can
// write claims could otherwise make any search as long as he likes, or hide a ring behind one that is not finished.
const (
	mostNodes = 128     // claims
	mostSteps = 1 << 15 // tokens of claims, and claims of tokens; all that so many claims can have is below it
)

// farAway stands for a confirmed fraud three or more claims away, or none.
const farAway = 3

// search fills v.ring and v.hops around self, whose slots may or may not be in the book.
func (s *State) search(v *view, b *book, self *asking, slots []slot) {
	r := &v.ring
	r.begin()
	r.self, r.stored, r.slots = self, r.stored[:0], r.slots[:0]
	if !self.recorded && self.no != noClaim {
		r.stored = b.tokensOf(r.stored, b.claims.at(self.no))
	}
	r.nodes = append(r.nodes, node{c: &self.claimRec, slots: slots, no: self.no, day: self.day})
	v.hops, v.confirmed, v.cleared = farAway, 0, 0
	v.linkable = slices.ContainsFunc(slots, func(sl slot) bool { return sl.kind >= 0 && sl.flags&slotBusiness == 0 })
	var kinds uint64 // that joined something
	for i := 0; i < len(r.nodes); i++ {
		n := r.nodes[i]
		for j := range n.slots {
			sl := &n.slots[j]
			if r.steps++; r.steps > mostSteps {
				r.unsearched = true
				return
			}
			if sl.kind < 0 || sl.key == 0 || sl.flags&(slotBusiness|slotAgain) != 0 {
				continue
			}
			if _, seen := r.keys[sl.key]; seen || !s.joins(b, sl, r) {
				continue
			}
			if len(r.at) == 0 {
				r.at[self.no] = struct{}{}
			}
			r.keys[sl.key] = noShare
			kinds |= 1 << sl.kind
			if !s.visit(v, b, sl, n.level+1) {
				r.unsearched = true
				return
			}
		}
	}
	if len(r.nodes) >= s.rs.ring.groups && (bits.OnesCount64(kinds) >= 2 || kinds&s.rs.personal != 0) {
		s.weigh(r, b)
	}
}

// visit adds the claims that share a token and are no nodes yet, and reports whether there was room.
func (s *State) visit(v *view, b *book, sl *slot, level int) bool {
	r := &v.ring
	var one [1]uint32
	k := b.keys.at(sl.key)
	_, business := b.counts(k)
	for _, no := range b.members(k, &one) {
		r.steps++
		if _, is := r.at[no]; is || business > 0 && b.holdsByTrade(no, sl.key) {
			continue
		}
		if len(r.nodes) >= mostNodes {
			return false
		}
		c, first := b.claims.at(no), len(r.slots)
		if c.is(claimConfirmed) && level < v.hops { // now: the search may end before it comes to this claim's turn
			v.hops = level
		}
		if level == 1 {
			v.count(b, c, no)
		}
		r.at[no] = struct{}{}
		r.slots = b.tokensOf(r.slots, c)
		r.nodes = append(r.nodes, node{c: c, slots: r.slots[first:len(r.slots):len(r.slots)], no: no,
			day: b.facts.at(no).day, level: level})
	}
	return true
}

// joins reports whether a token joins claims: two or more that name it as a person's, and no more than its kind's
// bound, and it is not a business's. Where the claim that asks is not in the book as it is now, its stored revision is
// taken out and it is put in.
func (s *State) joins(b *book, sl *slot, r *ring) bool {
	count, business := b.counts(b.keys.at(sl.key))
	var self *holding
	if !r.self.recorded {
		n, m := held(r.stored, sl.key)
		count, business = count-n, business-m
		n, m = held(r.nodes[0].slots, sl.key)
		count, business = count+n, business+m
		self = &holding{no: r.self.no, day: r.self.day, held: n > 0, business: m > 0}
	}
	if persons := count - business; persons < 2 || persons > s.rs.kinds[sl.kind].hub {
		return false
	}
	if business == 0 && len(s.businesses) == 0 {
		return true
	}
	r.steps += count
	if s.trades(b, sl.key, self) {
		r.keys[sl.key] = joinsNone
		return false
	}
	return true
}

// What r.keys says of a key that has no share.
const (
	noShare   = -1
	joinsNone = -2
)

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
	nodes   []uint8
	party   bool    // some node holds it for someone else than its claimant
	adverse nodeSet // those that hold it for a third party or witness
}

// nodeSet is a set of the numbers of nodes.
type nodeSet [mostNodes / 64]uint64

func (n *nodeSet) add(i int)      { n[i>>6] |= 1 << (i & 63) }
func (n *nodeSet) has(i int) bool { return n[i>>6]&(1<<(i&63)) != 0 }
func (n *nodeSet) len() (count int) {
	for _, w := range n {
		count += bits.OnesCount64(w)
	}
	return count
}

func (s *State) weigh(r *ring, b *book) {
	shares := s.shares(r)
	groups := s.group(r, shares)
	if groups < s.rs.ring.groups {
		return
	}
	seen := make([]bool, len(s.rs.kinds))
	personal := false
	domains := map[string]int{}
	for i := range shares {
		h := &shares[i]
		var joined nodeSet
		for _, i := range h.nodes {
			joined.add(r.nodes[i].group)
		}
		if joined.len() < 2 || colleagues(r.nodes, h.nodes) {
			continue
		}
		k := &s.rs.kinds[h.kind]
		r.strength += k.weight * float64(joined.len()-1)
		personal = personal || k.personal
		if !seen[h.kind] {
			seen[h.kind] = true
			r.kinds++
		}
		domains[s.domainOf(b, h.key)]++
	}
	// What a ring says stands in every member's entry, so it names no token: they stand with the parties that have
	// them.
	for _, domain := range slices.Sorted(maps.Keys(domains)) {
		r.shared = append(r.shared, claim.Shared{Domain: domain, Tokens: domains[domain]})
	}
	r.found = r.strength >= s.rs.ring.strength && (r.kinds >= 2 || personal)
}

// shares collects who holds the tokens that the search went through.
func (s *State) shares(r *ring) []share {
	shares := make([]share, 0, len(r.keys))
	for i := range r.nodes {
		for j := range r.nodes[i].slots {
			r.steps++
			sl := &r.nodes[i].slots[j]
			x, joins := r.keys[sl.key]
			if !joins || x == joinsNone || sl.flags&(slotAgain|slotBusiness) != 0 || sl.kind < 0 {
				continue
			}
			if x < 0 {
				x = int32(len(shares))
				r.keys[sl.key] = x
				shares = append(shares, share{key: sl.key, kind: sl.kind})
			}
			h := &shares[x]
			h.nodes = append(h.nodes, uint8(i))
			h.party = h.party || sl.flags&slotParty != 0
			if sl.flags&slotAdverse != 0 {
				h.adverse.add(i)
			}
		}
	}
	return shares
}

// group numbers the nodes by what they innocently have in common and returns how many groups there are.
func (s *State) group(r *ring, shares []share) int {
	nodes := r.nodes
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
	opposed := r.opposed(shares)
	households := map[uint64]bool{}
	home := func(address uint64) bool {
		is, known := households[address]
		if !known {
			r.steps += len(nodes)
			is = s.household(nodes, address)
			households[address] = is
		}
		return is
	}
	for i := range nodes {
		for j := range i {
			a, c := nodes[i].c, nodes[j].c
			if a.same(c, identityPolicy) || a.samePerson(c) ||
				a.same(c, identityAddress) && !opposed[i].has(j) && home(a.ids[identityAddress]) {
				join(i, j)
			}
		}
	}
	for k := range shares {
		h := &shares[k]
		if !h.party {
			continue
		}
		for x, i := range h.nodes { // the parties of one accident name each other
			for _, j := range h.nodes[:x] {
				r.steps++
				if nodes[i].c.sameAccident(nodes[j].c) {
					join(int(i), int(j))
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

// opposed returns for each node the others of which a third party or witness is in it, or the other way about, and
// which are about another accident: people who live together do not keep running into each other on the road.
func (r *ring) opposed(shares []share) []nodeSet {
	out := make([]nodeSet, len(r.nodes))
	for k := range shares {
		h := &shares[k]
		if h.adverse.len() == 0 {
			continue
		}
		for _, i := range h.nodes {
			if !h.adverse.has(int(i)) {
				continue
			}
			for _, j := range h.nodes {
				if r.steps++; i != j && !r.nodes[i].c.sameAccident(r.nodes[j].c) {
					out[i].add(int(j))
					out[j].add(int(i))
				}
			}
		}
	}
	return out
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
func colleagues(nodes []node, holders []uint8) bool {
	for _, i := range holders {
		if !nodes[i].c.same(nodes[holders[0]].c, identityEmployer) {
			return false
		}
	}
	return true
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
	return claim.Ring{ID: "ring_" + base32Lower.EncodeToString(sum[:10]), Shared: r.shared, Claims: refs}
}

// textOf returns the token of a key.
func (s *State) textOf(b *book, key uint32) string {
	k := b.keys.at(key)
	if k.id.prefix == misshapen {
		return b.misshapen[key]
	}
	return s.tokens.text(&k.id)
}

// domainOf returns the part of a key's token that names its domain.
func (s *State) domainOf(b *book, key uint32) string {
	k := b.keys.at(key)
	text := b.misshapen[key]
	if k.id.prefix != misshapen {
		text = s.tokens.known.Load().texts[k.id.prefix-firstPrefix]
	}
	domain, _, _ := strings.Cut(text, "_")
	return domain
}
