package desk

import (
	"encoding/binary"
	"maps"
	"runtime"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"tallystick/claim"
)

// revision is an entry that decides the nth of many claims.
func revision(n int, content byte) *claim.Entry {
	return &claim.Entry{
		Kind: claim.Decided, Insurer: "acme", Claim: "M-2026-" + strconv.Itoa(n), Revision: 1,
		Source:  claim.SourceRef{Partition: n % 8, Offset: int64(n)},
		Content: append([]byte{content}, make([]byte, 31)...),
	}
}

// docs/configuration.md and design note 7 name what a revision costs. Between two doublings of the maps it is more or
// less.
func TestWhatAKnownRevisionCosts(t *testing.T) {
	memory := func() int64 {
		runtime.GC()
		runtime.GC() // sweeps what the first one found
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := memory()
	k, n := newKnown(), 0
	for _, upTo := range []int{190_000, 240_000, 300_000, 390_000} {
		for ; n < upTo; n++ {
			k.learn(revision(n, 0))
		}
		cost := float64(memory()-before) / float64(n)
		t.Logf("%d revisions at %.1f bytes each", n, cost)
		if cost < 55 || cost > 75 {
			t.Errorf("%d revisions take %.1f bytes each, documented are 60 to 70", n, cost)
		}
	}
	runtime.KeepAlive(k)
}

func TestKnownRevisionsAllocateNothingToBeAskedFor(t *testing.T) {
	k, e := newKnown(), revision(1, 0)
	k.learn(e)
	if n := testing.AllocsPerRun(100, func() { k.check(e.Insurer, e.Claim, e.Revision, e.Content, e.Source) }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func TestAShardHoldsWhatAMapWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, model := shard{first: map[uint32]uint32{}}, map[revisionID]int64{}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			var id revisionID // few beginnings and few ids, so that they meet
			binary.BigEndian.PutUint32(id[:], rapid.Uint32Range(0, 2).Draw(t, "begin"))
			id[9] = rapid.ByteRange(0, 5).Draw(t, "rest")
			r, value := s.find(id), rapid.Int64().Draw(t, "value")
			if _, ok := model[id]; ok != (r != nil) {
				t.Fatalf("%x: found %v, want %v", id, r != nil, ok)
			}
			switch {
			case r == nil:
				r = s.add(id)
			case rapid.Bool().Draw(t, "drop"):
				s.drop(id)
				delete(model, id)
				continue
			}
			r.source.offset, model[id] = value, value
		}
		if s.len != len(model) || int(s.used) > 60 {
			t.Fatalf("%d revisions in %d places, want %d", s.len, s.used, len(model))
		}
		for id := range maps.Keys(model) {
			if r := s.find(id); r == nil || r.source.offset != model[id] {
				t.Fatalf("%x: %+v, want %d", id, r, model[id])
			}
		}
	})
}

func TestKnownRevisions(t *testing.T) {
	k := newKnown()
	for n := range 20_000 { // several pages of every shard
		e := revision(n, 1)
		if v := k.check(e.Insurer, e.Claim, e.Revision, e.Content, e.Source); v != fresh {
			t.Fatalf("%s is %d the first time", e.Claim, v)
		}
	}
	again, other := revision(7, 1), revision(8, 2)
	again.Source.Offset, other.Source.Offset = 1e6, 1e6
	if v := k.check(again.Insurer, again.Claim, 1, again.Content, again.Source); v != duplicate {
		t.Errorf("the same content is %d", v)
	}
	if v := k.check(other.Insurer, other.Claim, 1, other.Content, other.Source); v != conflict {
		t.Errorf("other content is %d", v)
	}
	k.forget(again) // was answered from another record: stays
	k.forget(revision(9, 1))
	if n := k.len(); n != 19_999 {
		t.Errorf("%d revisions, want 19,999", n)
	}
	third := revision(9, 3)
	third.Source.Offset = 1e6
	if v := k.check(third.Insurer, third.Claim, 1, third.Content, third.Source); v != fresh {
		t.Errorf("a forgotten revision is %d", v)
	}
}
