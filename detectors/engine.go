package detectors

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tallystick/claim"
	"tallystick/detectors/feature"
	"tallystick/detectors/model"
	"tallystick/detectors/party"
)

// Config of an engine. There is nothing to set yet: what a rule set decides stands in its file.
type Config struct{}

// Engine scores claims. It may be used by any number of goroutines.
type Engine struct {
	rs     *RuleSet
	state  *State
	counts counters
	pool   sync.Pool // *run
	using  atomic.Pointer[Scoring]
}

// NewEngine returns an engine over a rule set and the state that was made for it.
func NewEngine(rs *RuleSet, state *State, _ Config) *Engine {
	e := &Engine{rs: rs, state: state}
	e.counts.init(len(rs.rules))
	e.pool.New = func() any { return &run{counts: e.counts.shard()} }
	return e
}

// run is the working memory of one decision.
type run struct {
	w      scratch
	self   asking
	counts *shard
	raised []raisable
	ring   []seen    // the other members of the ring, as they were
	said   []Outcome // of the rules, in their order

	known         party.Known // of the claim's parties, where a model asks
	values        []feature.Value
	contributions []model.Contribution
	features      []byte
	live, shadow  float64 // scores of the models
}

// seen is a member of a ring as it was when the state was asked.
type seen struct {
	no, generation  uint32
	decided, inRing bool
}

// raisable is an earlier member of a ring, copied while the state was locked.
type raisable struct {
	ref      claim.ClaimRef
	revision int
	line     claim.Line
	logodds  float64 // with what news holds against it
	source   cause
	tokens   []claim.Token // only where snoozes ask for them
}

// Decide scores the claim and records it, as Score followed by Observe would, but at once: of two claims decided at
// the same time one sees the other, so that a ring is always completed by one of them.
func (e *Engine) Decide(ctx context.Context, in *Input) Result { return e.decide(ctx, in, true) }

// Score scores the claim against the state as it is, without recording it. A record that was recorded before is scored
// as if it were not, so that scoring again gives the same decision while nothing else arrives.
func (e *Engine) Score(ctx context.Context, in *Input) Result { return e.decide(ctx, in, false) }

func (e *Engine) decide(_ context.Context, in *Input, record bool) Result {
	r := e.pool.Get().(*run)
	var res Result
	e.ask(r, in, record)
	for again := false; ; again = true {
		d, ring := e.evaluate(r, in, record && !again)
		res = Result{Decision: d, Raises: e.raises(r, ring, in.At)}
		// A claim is scored anew in its own partition alone, where the order of entries says which one is in force: who
		// owns the others' partitions finds them by Late.
		res.Raises = slices.DeleteFunc(res.Raises,
			func(m Raise) bool { return int(m.source.partition) != in.Source.Partition })
		if !record || e.state.settle(in, r, ring, &res) {
			break
		}
	}
	res.Features = r.features
	r.count(in)
	if record {
		e.drift(r, in.Scoring)
	}
	r.w.release()
	r.raised = r.raised[:0]
	clear(r.w.view.ring.nodes)
	e.pool.Put(r)
	return res
}

// count counts the claim and what the rules said of it in the end.
func (r *run) count(in *Input) {
	if in.Event == nil {
		return
	}
	r.counts.claims[lineNo(in.Event.Line)].Add(1)
	if r.w.view.ring.unsearched {
		r.counts.unsearched.Add(1)
	}
	if r.w.omitted.Tokens > 0 {
		r.counts.padded.Add(1)
	}
	for i, o := range r.said {
		if o != NoHit {
			r.counts.rules[i][o].Add(1)
		}
	}
}

// evaluate asks the state and runs the rules. A panic is a failure of the engine, never the loss of the claim.
func (e *Engine) evaluate(r *run, in *Input, record bool) (d claim.Decision, ring *claim.Ring) {
	d = claim.Decision{Base: e.rs.base, RuleSet: e.rs.id}
	defer func() {
		if recover() != nil {
			d.Failed = append(d.Failed, claim.Failure{Rule: "engine", Error: "the claim could not be prepared"})
			e.counts.panics.Add(1)
			e.finish(&d, e.bandsOf(in.Scoring))
		}
	}()
	env := &r.w.env
	r.raised, r.ring, r.said = r.raised[:0], r.ring[:0], r.said[:0]
	e.state.prepare(&r.w, in)
	ring = e.state.consult(in, r, record)
	env.view = &r.w.view
	if ring != nil {
		d.Rings = []claim.Ring{*ring}
	}
	d.Omitted = r.w.omitted
	d.Omitted.Links = r.w.view.ring.unsearched
	if r.w.view.linkable {
		env.inRing(&r.w.view.ring)
		value(env, leafUnsearched, &env.Links.Unsearched, r.w.view.ring.unsearched)
		value(env, leafOmitted, &env.Links.Omitted, r.w.omitted.Tokens)
	}
	env.hears(&r.w.view)
	no := lineNo(in.Event.Line)
	for i, rule := range e.rs.rules {
		o := NoHit
		if rule.lines == 0 || rule.lines&(1<<no) != 0 {
			o = e.apply(&d, i, rule, r, claim.ClaimRef{Insurer: in.Insurer, Claim: in.Claim}, in.Tokens, in.At)
		}
		r.said = append(r.said, o)
	}
	e.weigh(&d, r, in)
	e.finish(&d, e.bandsOf(in.Scoring))
	return d, ring
}

// inRing sets what expressions see of the ring: nothing but zeros when r is none.
func (env *environment) inRing(r *ring) {
	var claims, kinds int
	var strength float64
	if r.found {
		claims, kinds, strength = len(r.nodes), r.kinds, r.strength
	}
	value(env, leafRingClaims, &env.Ring.Claims, claims)
	value(env, leafRingKinds, &env.Ring.Kinds, kinds)
	value(env, leafRingStrength, &env.Ring.Strength, strength)
}

// apply evaluates one rule and adds what it says to d.
func (e *Engine) apply(d *claim.Decision, no int, rule *rule, r *run, ref claim.ClaimRef, tokens []claim.Token,
	at time.Time) Outcome {
	outcome := rule.evaluate(&r.w.vm, &r.w.env)
	if outcome == Hit && e.rs.snoozed(no, ref, tokens, at) {
		outcome = Snoozed
	}
	switch {
	case outcome == Error:
		d.Failed = append(d.Failed, claim.Failure{Rule: rule.ref, Error: "a condition could not be evaluated"})
	case outcome == Hit && !rule.shadow:
		d.Reasons = append(d.Reasons, rule.explain(&r.w))
	}
	return outcome
}

// finish sorts the reasons and draws the score and the outcome from them.
func (e *Engine) finish(d *claim.Decision, b bands) {
	slices.SortStableFunc(d.Reasons, func(a, b claim.Reason) int {
		switch {
		case a.Weight != b.Weight && a.Weight > b.Weight:
			return -1
		case a.Weight != b.Weight:
			return 1
		default:
			return strings.Compare(a.Rule, b.Rule)
		}
	})
	sum := d.Base
	for i := range d.Reasons {
		sum += d.Reasons[i].Weight
	}
	d.Score = 1 / (1 + math.Exp(-sum))
	d.Outcome = b.outcome(d.Score)
	d.Hold = d.Score >= b.hold
}

// bands turn a score into an outcome. Holding has a threshold of its own.
type bands struct{ review, investigate, hold float64 }

func (b bands) outcome(score float64) claim.Outcome {
	switch {
	case score >= b.investigate:
		return claim.Investigate
	case score >= b.review:
		return claim.Review
	default:
		return claim.Settle
	}
}

// raises builds the decisions of earlier members of the ring: what was held against them, and the ring.
func (e *Engine) raises(r *run, ring *claim.Ring, at time.Time) []Raise {
	if ring == nil {
		return nil
	}
	var out []Raise
	for _, m := range r.raised {
		d := claim.Decision{Base: e.rs.base, RuleSet: e.rs.id, Rings: []claim.Ring{*ring}}
		if before := m.logodds - e.rs.base; before != 0 {
			d.Reasons = append(d.Reasons, claim.Reason{Rule: decidedBefore, Weight: before, Text: fmt.Sprintf(
				"what the decision on record %d of partition %d already held against the claim", m.source.offset,
				m.source.partition)})
		}
		held := len(d.Reasons)
		r.w.env.fill(e.rs, &claim.Event{Line: m.line})
		r.w.env.inRing(&r.w.view.ring)
		for no, rule := range e.rs.rules {
			if rule.ringOnly && !rule.shadow && (rule.lines == 0 || rule.lines&(1<<lineNo(m.line)) != 0) {
				e.apply(&d, no, rule, r, m.ref, m.tokens, at)
			}
		}
		if len(d.Reasons) == held {
			continue
		}
		e.finish(&d, e.bandsOf(e.using.Load()))
		out = append(out, Raise{Ref: m.ref, Revision: m.revision, Line: m.line, Decision: d, source: m.source})
	}
	slices.SortFunc(out, func(a, b Raise) int { return strings.Compare(a.Ref.Claim, b.Ref.Claim) })
	return out
}

// decidedBefore is the reason under which a raised decision carries the weight of the decision that it replaces.
const decidedBefore = "decided-before@1"

// consult asks the state about the claim, and records it first when asked to. It returns the ring, if there is one, and
// leaves in r.raised the members that have not been raised before, or were by this very record. r.w must be prepared.
func (s *State) consult(in *Input, r *run, record bool) *claim.Ring {
	w, recorded := &r.w, false
	if record {
		s.mu.Lock()
		defer s.mu.Unlock()
		recorded = s.record(in, w)
	} else {
		s.mu.RLock()
		defer s.mu.RUnlock()
	}
	b := s.books[in.Insurer]
	if b == nil {
		b = newBook()
	}
	if !recorded {
		b.lookup(w.drafted)
	}
	w.lean = w.lean[:0]
	for i := range w.drafted {
		if d := &w.drafted[i]; d.place != 0 {
			w.lean = append(w.lean, d.slot)
		}
	}
	self := &r.self
	b.describe(&self.claimRec, &self.facts, in, w)
	self.no, self.recorded, self.changed = b.claim(in.Claim), recorded, nil
	if self.no != noClaim {
		self.changed = b.changed(self.no)
		if int(b.claims.at(self.no).revision) < in.Revision {
			self.changed = b.changedPlaces(self.no, w.drafted)
		}
	}
	s.look(&w.view, b, self, w)
	s.search(&w.view, b, self, w.lean)
	w.view.signals = b.signalsOf(in.Claim)
	g := &w.view.ring
	if !g.found {
		return nil
	}
	out := g.ringOf(b, in.Insurer, in.Claim)
	why := causeOf(in.Source)
	for i := 1; i < len(g.nodes); i++ {
		n := &g.nodes[i]
		r.ring = append(r.ring, seen{n.no, n.c.generation, n.c.is(claimDecided), n.c.ring.inRing()})
		if !n.c.is(claimDecided) || n.c.ring.inRing() && b.rare[n.no].ringedBy != why {
			continue
		}
		r.raised = append(r.raised, s.raisable(b, n, in.Insurer))
	}
	return &out
}

// raisable copies what a raise needs of a recorded claim.
func (s *State) raisable(b *book, n *node, insurer string) raisable {
	m := raisable{ref: claim.ClaimRef{Insurer: insurer, Claim: b.number(n.no)}, revision: int(n.c.revision),
		line:    b.line(n.no),
		logodds: n.c.logodds + b.saidOf(n.no).weight, source: n.c.source}
	if len(s.rs.snoozes) > 0 {
		for i := range n.slots {
			m.tokens = append(m.tokens, claim.Token{Value: s.textOf(b, n.slots[i].key)})
		}
	}
	return m
}

// snoozed reports whether the rule is asleep for this claim or one of its tokens.
func (rs *RuleSet) snoozed(rule int, ref claim.ClaimRef, tokens []claim.Token, at time.Time) bool {
	if at.IsZero() {
		return false
	}
	for i := range rs.snoozes {
		z := &rs.snoozes[i]
		if z.rule != rule || !at.Before(z.until) {
			continue
		}
		if z.claim == ref {
			return true
		}
		if z.token != "" && slices.ContainsFunc(tokens, func(t claim.Token) bool { return t.Value == z.token }) {
			return true
		}
	}
	return false
}

// isRingRule goes by the id alone: what an earlier version of the rule said of a ring stands in older entries.
func (rs *RuleSet) isRingRule(ref string) bool {
	id, _, _ := strings.Cut(ref, "@")
	return slices.Contains(rs.ringRules, id)
}
