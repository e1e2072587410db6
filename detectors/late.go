package detectors

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tallystick/claim"
)

// Members of a ring that several instances decide at the same moment do not see each other: no decision names the ring.
// Each instance learns of the others' claims from the journal a moment later, and then every owner of a partition cares
// for the claims in it.

// Late is a raise that no decision made.
type Late struct {
	Raise
	Partition int // where the record of the claim is that is raised
	// the record of another member of the ring, without Time; where there is News, that of the claim itself
	Cause claim.SourceRef
	News  *claim.Cause // the news for which the claim is scored anew; nil where a ring is the cause

	of arrival
}

// arrival is a claim that was decided elsewhere, or whose raise was given up.
type arrival struct {
	book       *book
	no         uint32
	generation uint32
}

// arrive keeps in mind to search around a claim, if there is one and somebody asks for late raises. The lock must be
// held.
func (s *State) arrive(b *book, no uint32) {
	if s.watched && no != noClaim {
		s.arrived = append(s.arrived, arrival{b, no, b.claims.at(no).generation})
	}
}

// rescoredBy notes that an entry of the journal scored the claim anew.
func (s *State) rescoredBy(en *claim.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.book(en.Insurer)
	no, why := b.claim(en.Claim), causeOf(en.Source)
	if en.Context.Cause != nil && en.Context.Cause.Journal != claim.SourceJournal {
		s.renewedBy(b, no, en)
		return
	}
	if no == noClaim || int(b.claims.at(no).revision) < en.Revision {
		b.awaited.add(en.Claim, awaitedRaise{en.Revision, why})
	} else if c := b.claims.at(no); int(c.revision) == en.Revision {
		b.turn(no, ringObserved, why)
	}
}

// Late returns raises of claims in the partitions owned that belong to a ring which neither their own decision nor a
// raise names. It searches around what was observed since the last call and, in the partitions that are fresh, around
// every claim; fresh ones are those that this instance has come to own since the last call. A raise is returned again
// until an entry that says so is observed. The first call begins the watch. At is the time of the raises, for snoozes.
// Once ctx is done it returns what it has.
func (e *Engine) Late(ctx context.Context, owned, fresh []int, at time.Time) []Late {
	s := e.state
	s.mu.Lock()
	s.watched = true
	around := s.arrived
	s.arrived = nil
	s.mu.Unlock()
	if len(owned) == 0 {
		s.news.seedAgain(s, fresh)
		return nil
	}
	r := e.pool.Get().(*run)
	defer e.pool.Put(r)
	out := e.renew(ctx, r, owned, fresh, at)
	seen := map[claim.ClaimRef]bool{}
	for i := range out {
		seen[out[i].Ref] = true
	}
	add := func(a arrival) {
		for _, late := range e.late(r, a, owned, at) {
			if !seen[late.Ref] {
				seen[late.Ref] = true
				out = append(out, late)
			}
		}
	}
	for _, a := range around {
		if ctx.Err() != nil {
			return out
		}
		add(a)
	}
	if len(fresh) > 0 {
		s.eachUnringed(ctx, fresh, add)
	}
	return out
}

// eachUnringed calls do for each decided claim of the partitions that is not known to be in a ring. The state is locked
// for a page of claims at a time, and not while do runs.
func (s *State) eachUnringed(ctx context.Context, partitions []int, do func(arrival)) {
	s.mu.RLock()
	insurers := make([]string, 0, len(s.books))
	for insurer := range s.books {
		insurers = append(insurers, insurer)
	}
	s.mu.RUnlock()
	slices.Sort(insurers)
	var page []arrival
	for _, insurer := range insurers {
		for next, more := uint32(0), true; more; next += pageSize {
			page = page[:0]
			s.mu.RLock()
			b := s.books[insurer]
			end := min(next+pageSize, uint32(b.claims.len()))
			for no := next; no < end; no++ {
				if c := b.claims.at(no); c.unringed() && slices.Contains(partitions, int(c.source.partition)) {
					page = append(page, arrival{b, no, c.generation})
				}
			}
			more = end == next+pageSize
			s.mu.RUnlock()
			for _, a := range page {
				if ctx.Err() != nil {
					return
				}
				do(a)
			}
		}
	}
}

// unringed reports whether the claim was decided and is not known to be in a ring.
func (c *claimRec) unringed() bool {
	return c.flags&(claimLive|claimDecided) == claimLive|claimDecided && !c.ring.inRing()
}

// late searches the ring around one claim and returns raises of its members in the partitions owned that nobody named.
func (e *Engine) late(r *run, a arrival, owned []int, at time.Time) []Late {
	defer func() {
		r.w.release()
		r.raised = r.raised[:0]
		clear(r.w.view.ring.nodes)
	}()
	ring, causes := e.state.consultLate(a, r, owned)
	if ring == nil {
		return nil
	}
	var out []Late
	for _, raise := range e.raises(r, ring, at) {
		// Whoever raises the claim, now or after a crash, names the same cause as long as the ring is the same.
		for _, c := range causes {
			if c != raise.source {
				out = append(out, Late{Raise: raise, Partition: int(raise.source.partition),
					Cause: c.source()})
				break
			}
		}
	}
	return out
}

// consultLate returns the ring around a recorded claim, if there is one with members to be raised, and the sources of
// its members, latest first. It leaves in r.raised the members that are to be raised.
func (s *State) consultLate(a arrival, r *run, owned []int) (*claim.Ring, []cause) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := a.book
	c := b.claims.at(a.no)
	if !c.is(claimLive) || c.generation != a.generation {
		return nil, nil // another revision came, or it was forgotten
	}
	r.self = asking{claimRec: *c, facts: *b.facts.at(a.no), no: a.no, recorded: true}
	r.w.lean = b.tokensOf(r.w.lean[:0], c)
	s.search(&r.w.view, b, &r.self, r.w.lean)
	g := &r.w.view.ring
	if !g.found {
		return nil, nil
	}
	var causes []cause
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.c.is(claimDecided) {
			causes = append(causes, n.c.source)
		}
		if n.c.unringed() && slices.Contains(owned, int(n.c.source.partition)) {
			r.raised = append(r.raised, s.raisable(b, n, b.insurer))
		}
	}
	if len(r.raised) == 0 {
		return nil, nil
	}
	slices.SortFunc(causes, func(a, b cause) int {
		return cmp.Or(cmp.Compare(b.epoch, a.epoch), cmp.Compare(b.offset, a.offset),
			cmp.Compare(b.partition, a.partition))
	})
	out := g.ringOf(b, b.insurer, b.number(a.no))
	return &out, causes
}
