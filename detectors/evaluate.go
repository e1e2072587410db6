package detectors

import (
	"sync/atomic"

	"github.com/expr-lang/expr/vm"

	"tallystick/claim"
)

// Outcome is what a rule made of a claim.
type Outcome uint8

// The outcomes of a rule.
const (
	NoHit   Outcome = iota
	Unknown         // no hit, because a value that a condition needs is absent
	Hit
	Snoozed // it would have hit
	Error   // it could not be evaluated
)

func (o Outcome) String() string {
	return [...]string{"no hit", "no hit (null)", "hit", "snoozed", "error"}[o]
}

// run runs a condition: whether it holds, and whether that is known.
func (c *condition) run(m *vm.VM, env *environment) (ok, known bool, err error) {
	if !env.known.covers(&c.needs) {
		return false, false, nil
	}
	env.unknown = false
	if c.quick != nil {
		ok = c.quick(env)
		return ok && !env.unknown, !env.unknown, nil
	}
	return c.runProgram(m, env)
}

// runProgram is run by the machine.
func (c *condition) runProgram(m *vm.VM, env *environment) (ok, known bool, err error) {
	v, err := m.Run(c.program, env)
	if err != nil {
		return false, false, err
	}
	if env.unknown {
		return false, false, nil
	}
	switch v := v.(type) {
	case bool:
		return v, true, nil
	case *bool:
		return *v, true, nil
	}
	return false, false, nil
}

// evaluate runs the conditions in the order of the file until one does not hold.
func (r *rule) evaluate(m *vm.VM, env *environment) Outcome {
	for i := range r.conditions {
		ok, known, err := r.conditions[i].run(m, env)
		switch {
		case err != nil:
			return Error
		case !known:
			return Unknown
		case !ok:
			return NoHit
		}
	}
	return Hit
}

// explain fills the reason's text and facts. A fact that cannot be had is left out of the facts and shown as unknown.
func (r *rule) explain(w *scratch) claim.Reason {
	m, env := &w.vm, &w.env
	out := claim.Reason{Rule: r.ref, Indicators: r.indicators, Weight: r.weight}
	if len(r.facts) > 0 {
		out.Facts = make([]claim.Fact, 0, len(r.facts))
	}
	values := append(w.values[:0], make([]string, len(r.facts))...)
	w.values = values
	for i := range r.facts {
		f := &r.facts[i]
		values[i] = "unknown"
		if !env.known.covers(&f.needs) {
			continue
		}
		env.unknown = false
		if v, err := m.Run(f.program, env); err == nil && !env.unknown {
			values[i] = show(v)
			out.Facts = append(out.Facts, claim.Fact{Name: f.name, Value: values[i], Threshold: f.threshold})
		}
	}
	text := w.texts[:0]
	for _, p := range r.reason {
		if p.fact < 0 {
			text = append(text, p.text...)
		} else {
			text = append(text, values[p.fact]...)
		}
	}
	w.texts, out.Text = text, string(text)
	return out
}

// counters count outcomes by rule, in shards so that workers do not wait for each other's cache lines. No hits are not
// counted one by one: they are the claims of the rule's lines less the rest.
type counters struct {
	shards [8]shard
	next   atomic.Uint32
	panics atomic.Uint64
}

type shard struct {
	claims     [len(allLines) + 1]atomic.Uint64
	unsearched atomic.Uint64
	padded     atomic.Uint64
	rules      []ruleCounters
}

// ruleCounters are by Outcome.
type ruleCounters [Error + 1]atomic.Uint64

func (c *counters) init(rules int) {
	for i := range c.shards {
		c.shards[i].rules = make([]ruleCounters, rules)
	}
}

// shard returns the shard for a new worker's memory.
func (c *counters) shard() *shard { return &c.shards[c.next.Add(1)%uint32(len(c.shards))] }

func (c *counters) sum(rule int, o Outcome) (n uint64) {
	for i := range c.shards {
		n += c.shards[i].rules[rule][o].Load()
	}
	return n
}

// RuleCount is how often a rule had each outcome since the engine was made.
type RuleCount struct {
	Rule       string // id@version
	Indicators []int
	Shadow     bool
	Hit        uint64
	NoHit      uint64
	Unknown    uint64 // no hit (null)
	Snoozed    uint64
	Error      uint64
}

// Unprepared returns how many claims could not be prepared for the rules since the engine was made; each was decided
// with a failure of the rule "engine".
func (e *Engine) Unprepared() uint64 { return e.counts.panics.Load() }

// Bounded is how often a bound on the work for one claim was met since the engine was made.
type Bounded struct {
	Unsearched uint64 // claims joined with more than is searched
	Padded     uint64 // claims with more tokens than are kept
}

// Bounded returns how often bounds were met. It is safe to call at any time.
func (e *Engine) Bounded() (b Bounded) {
	for i := range e.counts.shards {
		b.Unsearched += e.counts.shards[i].unsearched.Load()
		b.Padded += e.counts.shards[i].padded.Load()
	}
	return b
}

// Counts returns the outcomes by rule, in the order of the rule set. It is safe to call at any time; while claims are
// being scored NoHit may trail by those in flight.
func (e *Engine) Counts() []RuleCount {
	out := make([]RuleCount, len(e.rs.rules))
	for i, r := range e.rs.rules {
		c := &e.counts
		n := RuleCount{Rule: r.ref, Indicators: r.indicators, Shadow: r.shadow, Hit: c.sum(i, Hit),
			Unknown: c.sum(i, Unknown),
			Snoozed: c.sum(i, Snoozed), Error: c.sum(i, Error)}
		var total uint64
		for s := range c.shards {
			for l := range c.shards[s].claims {
				if r.lines == 0 || r.lines&(1<<l) != 0 {
					total += c.shards[s].claims[l].Load()
				}
			}
		}
		if rest := n.Hit + n.Unknown + n.Snoozed + n.Error; total > rest {
			n.NoHit = total - rest
		}
		out[i] = n
	}
	return out
}
