package detectors

import (
	"math"
	"slices"
	"strings"

	"tallystick/claim"
)

// What becomes known of a claim bears on others that share its parties, also on those that were decided before. Rules
// that read news and rings alone can be evaluated again without the claim at hand; what they say takes the place of
// what they said in the decision in force. Claims are compared and not counted: one that already says what it should is
// left alone, so it does not matter who dies, takes over or hears the same twice.

// Bounds of what is kept of news. The words of a journal are short, but somebody else wrote them.
const (
	mostStandings = 1_000_000 // claims of which there is news; those that were told of first are forgotten
	mostNewsRules = 64
	newsSteps     = 2      // over shared tokens: as far as rules look for confirmed fraud
	newsAtOnce    = 10_000 // pieces of news that one look takes up
)

// The outcomes that mean something here; every word but suspicion says that the claim is closed.
const (
	fraudSuspected = "fraud-suspected"
	cleared        = "cleared"
)

// standing is what news says of a claim.
type standing struct {
	cause   claim.Cause // of the latest
	outcome string
	knownAt int64
	signals *claim.Signals
}

// closed reports whether somebody has dealt with the claim: what is learnt of others changes nothing of its decision.
func (st *standing) closed() bool {
	return st != nil && st.outcome != "" && st.outcome != fraudSuspected
}

// newsDesk is what of the news is still to be acted on.
type newsDesk struct {
	pending []arrival
	order   []standingRef // of the standings, those told first
	forgot  int
	ready   bool
}

type standingRef struct {
	book *book
	id   string
}

// said is what rules on news hold against a claim: their weight, and which of them.
type said struct {
	weight float64
	by     uint64
}

// add takes a reason that is such a rule's and reports whether it is. The version of the rule makes no difference.
func (s *said) add(rs *RuleSet, r *claim.Reason) bool {
	id, _, _ := strings.Cut(r.Rule, "@")
	i := slices.Index(rs.newsRules, id)
	if i < 0 {
		return false
	}
	s.weight += r.Weight
	s.by |= 1 << i
	return true
}

func (b *book) saidOf(no uint32) said {
	if !b.claims.at(no).is(claimRare) {
		return said{}
	}
	x := b.rare[no]
	return said{x.news, x.said}
}

// say notes what the decision in force says for news.
func (b *book) say(no uint32, s said) {
	if s == b.saidOf(no) {
		return
	}
	x := b.extra(no)
	x.news, x.said = s.weight, s.by
}

// Tell takes news in, also of a claim that is not known yet. It may be told again, from the beginning.
func (s *State) Tell(n *claim.News) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.book(n.Claim.Insurer)
	st := b.standings[n.Claim.Claim]
	if st == nil {
		st = &standing{knownAt: math.MinInt64}
		id := strings.Clone(n.Claim.Claim)
		b.standings[id] = st
		s.news.remember(standingRef{b, id})
	}
	if n.Outcome != "" {
		at := n.KnownAt.UnixMilli()
		if at < st.knownAt || at == st.knownAt && n.Outcome == st.outcome {
			return
		}
		st.outcome, st.knownAt = outcomeWord(n.Outcome), at
		s.learn(n.Claim.Insurer, n.Claim.Claim, reviewedAs(st.outcome))
	}
	if n.Signals != nil {
		signals := *n.Signals
		st.signals = &signals
	}
	st.cause = n.Cause
	st.cause.Journal = strings.Clone(n.Cause.Journal)
	if no := b.claim(n.Claim.Claim); no != noClaim {
		s.stand(b, no, n.Claim.Claim)
	}
}

// outcomeWord returns one word for equal ones.
func outcomeWord(word string) string {
	for _, known := range []string{fraudConfirmed, fraudSuspected, cleared, "withdrawn", "denied", "paid"} {
		if word == known {
			return known
		}
	}
	return strings.Clone(word)
}

// Told says that the news is complete up to now. Before that no claim is scored anew: half of the news would lower what
// the other half raises again.
func (s *State) Told() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.news.ready = true
}

// remember bounds the standings. The lock must be held.
func (d *newsDesk) remember(ref standingRef) {
	if d.order = append(d.order, ref); len(d.order) <= mostStandings {
		return
	}
	oldest := d.order[0]
	d.order = d.order[1:]
	delete(oldest.book.standings, oldest.id)
	d.forgot++
}

// stand notes on a recorded claim what news there is of it. The lock must be held.
func (s *State) stand(b *book, no uint32, id string) {
	st := b.standings[id]
	if st == nil {
		return
	}
	c := b.claims.at(no)
	c.flags |= claimStands
	if st.outcome != "" {
		c.flags &^= claimConfirmed
		if st.outcome == fraudConfirmed {
			c.flags |= claimConfirmed
		}
	}
	s.news.pending = append(s.news.pending, arrival{b, no, c.generation})
}

// standing returns what news there is of a recorded claim, or nil.
func (b *book) standing(no uint32) *standing {
	if !b.claims.at(no).is(claimStands) {
		return nil
	}
	return b.standings[b.number(no)]
}

func (b *book) signalsOf(id string) claim.Signals {
	if st := b.standings[id]; st != nil && st.signals != nil {
		return *st.signals
	}
	return claim.Signals{}
}

// count counts a claim one step away from the one that asks.
func (v *view) count(b *book, c *claimRec, no uint32) {
	switch st := b.standing(no); {
	case c.is(claimConfirmed):
		v.confirmed++
	case st != nil && st.outcome == cleared:
		v.cleared++
	}
}

// hears sets what expressions see of news.
func (e *environment) hears(v *view) {
	if v.linkable {
		value(e, leafFraudHops, &e.Links.FraudHops, v.hops)
		value(e, leafConfirmed, &e.Links.Confirmed, v.confirmed)
		value(e, leafCleared, &e.Links.Cleared, v.cleared)
	}
	g := &v.signals
	if g.Members == 0 {
		return
	}
	value(e, leafSignalMembers, &e.Signals.Members, g.Members)
	value(e, leafSignalEstablished, &e.Signals.Established, g.Established)
	if g.Line != "" {
		value(e, leafSignalLine, &e.Signals.Line, g.Line)
	}
	if g.Quarter != "" {
		value(e, leafSignalQuarter, &e.Signals.Quarter, g.Quarter)
	}
}

// readsNews reports whether what becomes known later can change what the rule says.
func (r *rule) readsNews() bool { return r.reads.meets(&newsLeaves) }
