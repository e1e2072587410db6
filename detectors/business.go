package detectors

// A token is a business's where claims have shown it, or the insurer says so. One claim shows nothing: who writes it
// could take a ring's telephone out of the search by naming a vendor with it.
const (
	shownBy   = 3 // claims that name it by a business role
	shownOver = 7 // days from the first of them to the last
)

// holding is how a claim that asks holds a token, where the book has the claim in another revision or not at all.
type holding struct {
	no       uint32 // of the claim as the book has it, which is left out, or noClaim
	day      int32
	held     bool
	business bool
}

// trades reports whether a token is a business's: registered, or named by a business role in some claims over some time
// that are as many as the others. self is nil where the book has the claim that asks as it is.
func (s *State) trades(b *book, key uint32, self *holding) bool {
	k := b.keys.at(key)
	if s.registered(b, &k.id) {
		return true
	}
	count, business := b.counts(k)
	if business+1 < shownBy || self == nil && business < shownBy {
		return false
	}
	if c := b.crowd(k); c != nil {
		if self != nil && self.no != noClaim {
			held, by := held(b.tokensOf(nil, b.claims.at(self.no)), key)
			count, business = count-held, business-by
		}
		if self != nil && self.held {
			count++
			business += number(self.business)
		}
		return 2*business >= count // so many that no time has to pass
	}
	first, last := never, -never
	count, business = 0, 0
	note := func(day int32) {
		business++
		first, last = min(first, day), max(last, day)
	}
	var one [1]uint32
	for _, no := range b.members(k, &one) {
		if self != nil && no == self.no {
			continue
		}
		count++
		if b.holdsByTrade(no, key) {
			note(*b.days.at(no))
		}
	}
	if self != nil && self.held {
		count++
		if self.business {
			note(self.day)
		}
	}
	return business >= shownBy && 2*business >= count && last-first >= shownOver
}

func number(v bool) int {
	if v {
		return 1
	}
	return 0
}

// holdsByTrade reports whether a recorded claim names the key's token by a business role.
func (b *book) holdsByTrade(no, key uint32) bool {
	c := b.claims.at(no)
	list := b.lists.at(c.slots, 2*uint32(c.tokens))
	for i := 0; i < len(list); i += 2 {
		if list[i] == key {
			sl := unpack(list[i], list[i+1])
			if sl.flags&slotAgain == 0 {
				return sl.flags&slotBusiness != 0
			}
		}
	}
	return false
}

// tradesElsewhere reports whether some other claim names the token by a business role.
func (b *book) tradesElsewhere(key uint32, self uint32) bool {
	k := b.keys.at(key)
	_, business := b.counts(k)
	if business > 0 && self != noClaim && b.holds(self, key) && b.holdsByTrade(self, key) {
		business--
	}
	return business > 0
}

// isHub reports whether more claims share the token than its kind's bound, the claim that asks among them.
func (s *State) isHub(b *book, sl *slot, self uint32) bool {
	if sl.kind < 0 || sl.key == 0 {
		return false
	}
	others, _ := b.counts(b.keys.at(sl.key))
	if self != noClaim && b.holds(self, sl.key) {
		others--
	}
	return others+1 > s.rs.kinds[sl.kind].hub
}

// who counts the members of a crowd by claimant, policy and employer, as far as these are known. It is kept where rules
// ask for it.
type who struct{ persons, policies, employers map[uint64]int32 }

func newWho() *who {
	return &who{persons: map[uint64]int32{}, policies: map[uint64]int32{}, employers: map[uint64]int32{}}
}

func (w *who) add(c *claimRec, n int32) {
	for _, of := range [...]struct {
		counts map[uint64]int32
		id     uint64
	}{{w.persons, c.person()}, {w.policies, c.ids[identityPolicy]}, {w.employers, c.ids[identityEmployer]}} {
		if of.id == 0 {
			continue
		}
		if of.counts[of.id] += n; of.counts[of.id] == 0 {
			delete(of.counts, of.id)
		}
	}
}

func (w *who) bytes() int64 {
	const mapped = 16
	return mapped * int64(len(w.persons)+len(w.policies)+len(w.employers))
}

// others returns how many there are beside the claim that asks, as it is now and as the book has it.
func others(counts map[uint64]int32, now, before uint64) int {
	n := len(counts)
	if counts[now] > 0 {
		n--
	}
	if before != now && counts[before] == 1 {
		n--
	}
	return n
}

// meetCrowd notes of a crowd who made its claims, without the claim that asks: more than are counted one by one are "at
// least so many", never unknown. Otherwise a token would be let off for being shared by very many.
func (t *tally) meetCrowd(b *book, c *crowd, self *asking, holds bool) {
	if c.who == nil {
		for _, v := range c.visitors {
			if b.isHere(v) && v.claim != self.no {
				t.meet(b.claims.at(v.claim), &self.claimRec)
			}
		}
		return
	}
	within, members := int(t.claims), c.count
	var before claimRec
	if holds {
		before = *b.claims.at(self.no)
		members--
	}
	t.persons.n = min(others(c.who.persons, self.person(), before.person()), within, atLeast)
	t.policies.n = min(others(c.who.policies, self.ids[identityPolicy], before.ids[identityPolicy]), within, atLeast)
	colleagues := int(c.who.employers[self.ids[identityEmployer]])
	if before.same(&self.claimRec, identityEmployer) {
		colleagues--
	}
	t.strangers = members - colleagues
}

// atLeast is what stands for more claimants or policies than are counted one by one.
const atLeast = listed + 1
