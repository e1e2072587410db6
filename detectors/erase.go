package detectors

import (
	"fmt"
	"slices"

	"tallystick/claim"
)

// Erase records a claim anew of which something was erased: en is what the journal still says of it. Windows, links and
// rings forget what only the erased party held; what another party or claim holds stays theirs. The decision on the
// claim and what is known of its rings stay. A claim that is not recorded in that revision is left alone.
func (s *State) Erase(en *claim.Entry) error {
	f := s.fillers.Get().(*claim.Filler)
	defer s.fillers.Put(f)
	ev, err := f.Fill(nil, en.Values)
	if err != nil {
		return fmt.Errorf("reading what is left of the claim of partition %d offset %d: malformed", en.Source.Partition,
			en.Source.Offset)
	}
	in := InputOf(en, ev)
	w := s.pool.Get().(*scratch)
	defer s.pool.Put(w)
	s.prepare(w, &in)
	defer w.release()
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[in.Insurer]
	if b == nil {
		return nil
	}
	old := b.claim(in.Claim)
	if old == noClaim || int(b.claims.at(old).revision) != in.Revision {
		return nil
	}
	was := *b.claims.at(old)
	changed := slices.DeleteFunc(slices.Clone(b.changed(old)), func(place uint16) bool {
		return !slices.ContainsFunc(w.drafted, func(d drafted) bool { return d.place == place })
	})
	var ringedBy cause
	if was.is(claimRare) {
		ringedBy = b.rare[old].ringedBy
	}
	b.remove(old)
	b.lookup(w.drafted)
	b.create(w.drafted)
	b.insert(&in, w, changed)
	no := b.claim(in.Claim)
	c := b.claims.at(no)
	c.flags |= was.flags & claimDecided
	c.ring = was.ring
	c.logodds, c.source = was.logodds, was.source
	if was.ring.inRing() {
		b.extra(no).ringedBy = ringedBy
	}
	return nil
}
