package detectors

import (
	"slices"
	"strings"
)

// keyRec is what shares one token or one combination of parts.
type keyRec struct {
	id       tokenID
	count    uint8  // of members; crowded when they are a crowd
	business uint8  // members that hold it by a business role
	at       uint32 // the only member, or the list of members, or the number of the crowd
	next     uint32 // key with the same number in the index, or 0
}

// listed is how many members are kept in a list, and counted claim by claim; more are a crowd.
const (
	listed  = 64
	crowded = ^uint8(0)
)

// crowd is the members of a key with more than fit a list. Who leaves stays among the visitors until most have left: a
// crowd is rarely looked through, and finding one of it would mean looking through it.
type crowd struct {
	visitors []visitor
	count    int // of members
	business int
	table    dayTable
	who      *who // nil where no rule asks
}

// visitor is a claim that joined. It is a member while it has the same generation.
type visitor struct {
	claim      uint32
	generation uint32
}

// keyTable finds keys. The index is by 32 bits of the token, and goes on from key to key where two have the same.
type keyTable struct {
	keys      pages[keyRec] // number 0 is none
	freeKeys  []uint32
	index     map[uint32]uint32
	crowds    []*crowd
	dispersed []uint32          // numbers of crowds that are none any more
	misshapen map[uint32]string // texts of tokens that are not of the form, by key
}

func (t *keyTable) init() {
	t.index, t.misshapen = map[uint32]uint32{}, map[uint32]string{}
	t.keys.add()
}

// find returns the key of that name, 0 when there is none. first is where the index says to look.
func (t *keyTable) find(id *tokenID, first uint32) uint32 {
	for no := first; no != 0; {
		k := t.keys.at(no)
		if k.id == *id {
			return no
		}
		no = k.next
	}
	return 0
}

// make adds a key that nothing shares yet. hash is the lower half of its name's.
func (t *keyTable) make(id *tokenID, hash uint32, text string) uint32 {
	var no uint32
	if n := len(t.freeKeys); n > 0 {
		no = t.freeKeys[n-1]
		t.freeKeys = t.freeKeys[:n-1]
	} else {
		no = t.keys.add()
	}
	*t.keys.at(no) = keyRec{id: *id, next: t.index[hash]}
	t.index[hash] = no
	if id.prefix == misshapen {
		t.misshapen[no] = strings.Clone(text)
	}
	return no
}

// free forgets a key that nothing shares any more.
func (t *keyTable) free(no uint32) {
	k := t.keys.at(no)
	hash := uint32(k.id.hash())
	switch first := t.index[hash]; {
	case first == no && k.next == 0:
		delete(t.index, hash)
	case first == no:
		t.index[hash] = k.next
	default:
		before := t.keys.at(first)
		for before.next != no {
			before = t.keys.at(before.next)
		}
		before.next = k.next
	}
	if k.id.prefix == misshapen {
		delete(t.misshapen, no)
	}
	*k = keyRec{}
	t.freeKeys = append(t.freeKeys, no)
}

func (t *keyTable) crowd(k *keyRec) *crowd {
	if k.count != crowded {
		return nil
	}
	return t.crowds[k.at]
}

// looks is how many claims a window looks at; of a crowd it looks at days, of which no more are in any window.
func (k *keyRec) looks() int {
	if k.count == crowded {
		return windowDays
	}
	return int(k.count)
}

// counts returns how many claims share the key, and how many of them by a business role.
func (t *keyTable) counts(k *keyRec) (members, business int) {
	if c := t.crowd(k); c != nil {
		return c.count, c.business
	}
	return int(k.count), int(k.business)
}

// members returns the numbers of the claims that share a key, in an order that depends on their coming and going alone.
// one is memory for the only one.
func (b *book) members(k *keyRec, one *[1]uint32) []uint32 {
	switch k.count {
	case crowded:
		c := b.crowds[k.at]
		out := make([]uint32, 0, c.count)
		for _, v := range c.visitors {
			if b.isHere(v) {
				out = append(out, v.claim)
			}
		}
		return out
	case 0, 1:
		one[0] = k.at
		return one[:k.count]
	default:
		return b.lists.at(k.at, uint32(k.count))
	}
}

func (b *book) isHere(v visitor) bool { return b.claims.at(v.claim).generation == v.generation }

// join adds a claim to a key. w is what the claim's place has rules ask of the key.
func (b *book) join(k *keyRec, no uint32, business bool, w wants) {
	if k.count == listed {
		b.gather(k)
	}
	if c := b.crowd(k); c != nil {
		c.visitors = append(c.visitors, visitor{no, b.claims.at(no).generation})
		c.count++
		if business {
			c.business++
		}
		if c.who != nil {
			c.who.add(b.claims.at(no), 1)
		} else if w&wantDistinct != 0 {
			c.who = newWho()
			for _, v := range c.visitors {
				if b.isHere(v) {
					c.who.add(b.claims.at(v.claim), 1)
				}
			}
		}
		if c.table.lacks(w) {
			c.table = dayTable{has: c.table.has | w}
			for _, v := range c.visitors {
				if b.isHere(v) {
					c.table.add(b.facts.at(v.claim))
				}
			}
			return
		}
		c.table.add(b.facts.at(no))
		return
	}
	if business {
		k.business++
	}
	n := uint32(k.count)
	k.count++
	switch {
	case n == 0:
		k.at = no
		return
	case n == 1:
		run := b.lists.add(2)
		b.lists.at(run, 2)[0] = k.at
		k.at = run
	case isFull(n):
		run := b.lists.add(2 * n)
		copy(b.lists.at(run, n), b.lists.at(k.at, n))
		b.lists.drop(k.at, n)
		k.at = run
	}
	b.lists.at(k.at, n+1)[n] = no
}

// isFull reports whether a list of n members, which is the next power of two long, has no room.
func isFull(n uint32) bool { return n&(n-1) == 0 }

// gather makes a crowd of a full list.
func (b *book) gather(k *keyRec) {
	c := &crowd{visitors: make([]visitor, 0, 2*listed), count: listed, business: int(k.business)}
	for _, no := range b.lists.at(k.at, listed) {
		c.visitors = append(c.visitors, visitor{no, b.claims.at(no).generation})
		c.table.add(b.facts.at(no))
	}
	b.lists.drop(k.at, listed)
	k.count, k.business, k.at = crowded, 0, uint32(len(b.crowds))
	if n := len(b.dispersed); n > 0 {
		k.at = b.dispersed[n-1]
		b.dispersed = b.dispersed[:n-1]
		b.crowds[k.at] = c
		return
	}
	b.crowds = append(b.crowds, c)
}

// disperse makes a list of a crowd that has become small enough.
func (b *book) disperse(k *keyRec) {
	c := b.crowds[k.at]
	run := b.lists.add(listed)
	list := b.lists.at(run, listed)[:0]
	for _, v := range c.visitors {
		if b.isHere(v) {
			list = append(list, v.claim)
		}
	}
	b.crowds[k.at] = nil
	b.dispersed = append(b.dispersed, k.at)
	k.count, k.business, k.at = listed, uint8(c.business), run
}

// leave takes a claim out of a key that it joined. The claim has its next generation already.
func (b *book) leave(k *keyRec, no uint32, business bool) {
	if c := b.crowd(k); c != nil {
		c.table.sub(b.facts.at(no))
		if c.who != nil {
			c.who.add(b.claims.at(no), -1)
		}
		c.count--
		if business {
			c.business--
		}
		if c.count <= listed {
			b.disperse(k)
		} else if len(c.visitors) > 2*c.count {
			c.visitors = slices.DeleteFunc(c.visitors, func(v visitor) bool { return !b.isHere(v) })
		}
		return
	}
	if business {
		k.business--
	}
	k.count--
	n := uint32(k.count)
	if n == 0 {
		return
	}
	list := b.lists.at(k.at, n+1)
	list[slices.Index(list, no)] = list[n]
	switch {
	case n == 1:
		last := list[0]
		b.lists.drop(k.at, 2)
		k.at = last
	case isFull(n):
		run := b.lists.add(n)
		copy(b.lists.at(run, n), list)
		b.lists.drop(k.at, 2*n)
		k.at = run
	}
}
