package index

import (
	"hash/maphash"
	"math/bits"
	"sync"

	"tallystick/signals"
)

// shards of a table, so that one grows while the others answer.
const shards = 64

// table maps pseudonyms to what is known of them: 24 bytes a slot, filled to 85 in 100.
type table struct {
	seed  maphash.Seed // a publisher chooses its pseudonyms, and must not choose who collides
	shard [shards]shard
}

type shard struct {
	mu    sync.RWMutex
	slots []slot
	used  int
}

type slot struct {
	name signals.Pseudonym
	meta meta
}

// meta is a signal in 64 bits; 0 is an empty slot.
type meta uint64

// The parts of a meta, from the lowest bit.
const (
	groupBits, kindBits, severityBits, basisBits, stateBits, lineBits, expiresBits = 20, 4, 2, 1, 2, 8, 16

	kindAt     = groupBits
	severityAt = kindAt + kindBits
	basisAt    = severityAt + severityBits
	stateAt    = basisAt + basisBits
	lineAt     = stateAt + stateBits
	expiresAt  = lineAt + lineBits
)

// The states of a signal. 0 is none, so that a meta of a signal is never 0.
const (
	stands = 1 + iota
	suspended
	withdrawn
)

func (m meta) part(at, bits int) int { return int(m >> at & (1<<bits - 1)) }
func (m meta) group() int            { return m.part(0, groupBits) }
func (m meta) state() int            { return m.part(stateAt, stateBits) }
func (m meta) withState(state int) meta {
	return m&^((1<<stateBits-1)<<stateAt) | meta(state)<<stateAt
}

func newTable() *table { return &table{seed: maphash.MakeSeed()} }

// at returns the shard of a name and the place at which looking for it begins, as a fraction of 2^64.
func (t *table) at(name *signals.Pseudonym) (*shard, uint64) {
	h := maphash.Bytes(t.seed, name[:])
	return &t.shard[h%shards], h
}

// get returns what is known of a name; 0: nothing.
func (t *table) get(name *signals.Pseudonym) meta {
	s, h := t.at(name)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.slots) == 0 {
		return 0
	}
	return s.slots[s.find(name, h)].meta
}

// put sets what is known of a name.
func (t *table) put(name *signals.Pseudonym, m meta) {
	s, h := t.at(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used >= len(s.slots)*85/100 {
		t.grow(s)
	}
	i := s.find(name, h)
	if s.slots[i].meta == 0 {
		s.used++
	}
	s.slots[i] = slot{*name, m}
}

// find returns the place of a name, or the empty one at which it would stand. There is always one.
func (s *shard) find(name *signals.Pseudonym, h uint64) int {
	high, _ := bits.Mul64(h, uint64(len(s.slots)))
	for i := int(high); ; i++ {
		if i == len(s.slots) {
			i = 0
		}
		if s.slots[i].meta == 0 || s.slots[i].name == *name {
			return i
		}
	}
}

func (t *table) grow(s *shard) {
	old := s.slots
	s.slots = make([]slot, max(16, len(old)*5/4))
	for i := range old {
		if old[i].meta != 0 {
			s.slots[s.find(&old[i].name, maphash.Bytes(t.seed, old[i].name[:]))] = old[i]
		}
	}
}

// size returns the number of names and the bytes that their slots take.
func (t *table) size() (names, bytes int) {
	for i := range t.shard {
		s := &t.shard[i]
		s.mu.RLock()
		names, bytes = names+s.used, bytes+24*len(s.slots)
		s.mu.RUnlock()
	}
	return names, bytes
}
