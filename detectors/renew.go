package detectors

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tallystick/claim"
)

// concerned is a claim that news may bear on, and the news.
type concerned struct {
	arrival
	cause claim.Cause
}

// seedAgain puts all news back that may bear on claims of the partitions. The state's lock must not be held.
func (d *newsDesk) seedAgain(s *State, fresh []int) {
	if len(fresh) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !d.ready {
		return // all that was told is pending
	}
	d.pending = d.pending[:0]
	for _, b := range s.books {
		for id := range b.standings {
			if no := b.claim(id); no != noClaim {
				d.pending = append(d.pending, arrival{b, no, b.claims.at(no).generation})
			}
		}
	}
}

// renew returns decisions on claims in the partitions owned whose decision in force does not say what the news calls
// for. News is done with once all claims around it say so in entries that were observed.
func (e *Engine) renew(ctx context.Context, r *run, owned, fresh []int, at time.Time) (out []Late) {
	s := e.state
	s.news.seedAgain(s, fresh)
	s.mu.Lock()
	if !s.news.ready || len(s.news.pending) == 0 {
		s.mu.Unlock()
		return nil
	}
	take := min(len(s.news.pending), newsAtOnce)
	around := slices.Clone(s.news.pending[:take])
	s.news.pending = slices.Delete(s.news.pending, 0, take)
	s.mu.Unlock()

	var again []arrival
	asked, done := map[arrival]bool{}, map[arrival]bool{}
	var found []concerned
	for _, a := range around {
		if asked[a] {
			continue
		}
		if ctx.Err() != nil {
			again = append(again, a)
			continue
		}
		asked[a] = true
		var wait bool
		found, wait = s.around(a, r, owned, found[:0])
		for _, c := range found {
			if done[c.arrival] {
				wait = wait || slices.ContainsFunc(out, func(l Late) bool { return l.of == c.arrival })
				continue
			}
			done[c.arrival] = true
			if late, ok := e.anew(r, c, at); ok {
				out, wait = append(out, late), true
			}
		}
		if wait {
			again = append(again, a)
		}
	}
	s.mu.Lock()
	s.news.pending = append(s.news.pending, again...)
	s.mu.Unlock()
	return out
}

// around appends the open claims of the partitions owned that news of a claim may bear on: the claim itself and those
// that rules look at from there. wait says that one of them is being decided at this moment.
func (s *State) around(a arrival, r *run, owned []int, to []concerned) (out []concerned, wait bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	defer r.forget()
	b := a.book
	c := b.claims.at(a.no)
	st := b.standing(a.no)
	if !c.is(claimLive) || c.generation != a.generation || st == nil {
		return to, false // another revision came, and is pending itself, or it was forgotten
	}
	s.searchAround(r, b, a.no)
	for i := range r.w.view.ring.nodes {
		n := &r.w.view.ring.nodes[i]
		no := n.no
		if i == 0 {
			no = a.no
		}
		m := b.claims.at(no)
		switch {
		case n.level > newsSteps || b.standing(no).closed():
		case !m.is(claimDecided):
			wait = true
		case slices.Contains(owned, int(m.source.partition)):
			to = append(to, concerned{arrival{b, no, m.generation}, st.cause})
		}
	}
	return to, wait
}

// searchAround searches around a recorded claim. The lock must be held.
func (s *State) searchAround(r *run, b *book, no uint32) {
	r.self = asking{claimRec: *b.claims.at(no), facts: *b.facts.at(no), no: no, recorded: true}
	r.w.lean = b.tokensOf(r.w.lean[:0], &r.self.claimRec)
	s.search(&r.w.view, b, &r.self, r.w.lean)
}

// forget lets go of what a search found.
func (r *run) forget() {
	r.raised = r.raised[:0]
	clear(r.w.view.ring.nodes)
}

// anew decides a recorded claim again for news. ok is false where the decision in force says the same.
func (e *Engine) anew(r *run, of concerned, at time.Time) (late Late, ok bool) {
	defer r.w.release()
	m, ring, before, ok := e.state.consultAnew(r, of.arrival)
	if !ok {
		return late, false
	}
	defer r.forget()
	d := claim.Decision{Base: e.rs.base, RuleSet: e.rs.id}
	if ring != nil {
		d.Rings = []claim.Ring{*ring}
	}
	if held := m.logodds - before.weight - e.rs.base; held != 0 {
		d.Reasons = append(d.Reasons, claim.Reason{Rule: decidedBefore, Weight: held, Text: fmt.Sprintf(
			"what the decision on record %d of partition %d held against the claim, apart from what others are known for", m.source.offset, m.source.partition)})
	}
	env := &r.w.env
	env.view = &r.w.view
	env.fill(e.rs, &claim.Event{Line: m.line})
	if r.w.view.linkable {
		env.inRing(&r.w.view.ring)
	}
	env.hears(&r.w.view)
	for no, rule := range e.rs.rules {
		if (rule.ringOnly || rule.newsOnly) && !rule.shadow &&
			(rule.lines == 0 || rule.lines&(1<<lineNo(m.line)) != 0) {
			e.apply(&d, no, rule, r, m.ref, m.tokens, at)
		}
	}
	var now said
	for i := range d.Reasons {
		now.add(e.rs, &d.Reasons[i])
	}
	gone := before.by &^ now.by
	if diff := now.weight - before.weight; diff < 1e-9 && diff > -1e-9 {
		return late, false
	}
	e.noLonger(&d, gone)
	e.finish(&d, e.bandsOf(e.using.Load()))
	return Late{
		Raise:     Raise{Ref: m.ref, Revision: m.revision, Line: m.line, Decision: d, source: m.source},
		Partition: int(m.source.partition), Cause: m.source.source(), News: &of.cause, of: of.arrival,
	}, true
}

// noLonger adds reasons without weight for rules that held and do not any more, so that a reader sees what changed.
func (e *Engine) noLonger(d *claim.Decision, gone uint64) {
	for _, rule := range e.rs.rules {
		if i := slices.Index(e.rs.newsRules, rule.id); i >= 0 && gone&(1<<i) != 0 {
			d.Reasons = append(d.Reasons, claim.Reason{Rule: rule.ref, Indicators: rule.indicators,
				Text: "No longer holds: " + rule.title})
		}
	}
}

// consultAnew copies what deciding a recorded claim again needs, and searches around it. ok is false where there is
// nothing to decide.
func (s *State) consultAnew(r *run, a arrival) (m raisable, ring *claim.Ring, before said, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := a.book
	c := b.claims.at(a.no)
	if !c.is(claimLive) || c.generation != a.generation || !c.is(claimDecided) {
		return m, nil, before, false
	}
	s.searchAround(r, b, a.no)
	r.w.view.signals = b.signalsOf(b.number(a.no))
	g := &r.w.view.ring
	m = s.raisable(b, &node{c: c, slots: r.w.lean, no: a.no}, b.insurer)
	if g.found {
		found := g.ringOf(b, b.insurer, b.number(a.no))
		ring = &found
	}
	return m, ring, b.saidOf(a.no), true
}

// renewedBy notes what an entry of the journal says that scored a claim anew for news. The lock must be held.
func (s *State) renewedBy(b *book, no uint32, en *claim.Entry) {
	if no == noClaim || int(b.claims.at(no).revision) != en.Revision || en.Decision == nil {
		return
	}
	var now said
	ringed := false
	for i := range en.Decision.Reasons {
		now.add(s.rs, &en.Decision.Reasons[i])
		ringed = ringed || s.rs.isRingRule(en.Decision.Reasons[i].Rule)
	}
	b.say(no, now)
	if ringed {
		b.turn(no, ringObserved, causeOf(en.Source))
	} else {
		b.turn(no, ringDissolved, cause{})
	}
}
