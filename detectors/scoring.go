package detectors

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"tallystick/claim"
	"tallystick/detectors/feature"
	"tallystick/detectors/model"
	"tallystick/detectors/party"
)

// Scoring is what decisions are made under beside the rules. The zero value is rules alone. It is not changed after it
// was made.
type Scoring struct {
	// gives the score; rules that read rings or news stand beside it with their weights, the others without
	Model  *Scorer
	Shadow *Scorer // is asked too, and counted apart
	Cut    *Cut    // in place of the rule set's bands
}

// Cut says from which score on what should happen.
type Cut struct{ Review, Investigate, Hold float64 }

// models reports whether there is one.
func (s *Scoring) models() bool { return s != nil && (s.Model != nil || s.Shadow != nil) }

// Scorer is a fitted model with the features that it reads.
type Scorer struct {
	model   *model.Model
	extract *feature.Extractor
	past    []int    // inputs that depend on what is known of parties
	texts   []string // of the contributions, by their place
	Drift   Drift
}

// NewScorer refuses a model that wants a feature which there is not.
func NewScorer(m *model.Model) (*Scorer, error) {
	if !idPattern.MatchString(m.ID) || len(m.ID) > 64 || m.Version < 1 {
		return nil, errors.New("the model has no name: want an --id of small letters, digits and dashes, and a --version from 1 on")
	}
	names := m.Features()
	x, err := feature.Compile(names)
	if err != nil {
		return nil, fmt.Errorf("the model %s does not fit this version: %w", m.Name(), err)
	}
	s := &Scorer{model: m, extract: x}
	for i, name := range names {
		if feature.OfParties(name) {
			s.past = append(s.past, i)
		}
	}
	for _, c := range m.Contributions(nil, make([]feature.Value, len(names))) {
		docs := make([]string, len(c.Features))
		for i, name := range c.Features {
			if f, err := feature.Lookup(name); err == nil && f.Doc != "" {
				docs[i] = f.Doc
			} else {
				docs[i] = name
			}
		}
		s.texts = append(s.texts, strings.Join(docs, "; together with: "))
	}
	s.Drift.init(m.Data.Quantiles)
	return s, nil
}

// Name returns the model's id@version.
func (s *Scorer) Name() string { return s.model.Name() }

// past is what is known of parties, for models. It is fed by all claims that are decided and observed once somebody
// asks for it.
type past struct {
	mu    sync.Mutex
	books map[string]*party.Memory
	on    bool
}

// Remember begins to remember what is known of parties. What the journal had before is given by [State.RememberEntry].
func (s *State) Remember() {
	s.past.mu.Lock()
	defer s.past.mu.Unlock()
	if !s.past.on {
		s.past.on, s.past.books = true, map[string]*party.Memory{}
	}
}

// RememberEntry takes into the memory of parties what an earlier entry says, and nothing else.
func (s *State) RememberEntry(en *claim.Entry) error {
	if en.Kind != claim.Decided {
		return nil
	}
	f := s.fillers.Get().(*claim.Filler)
	defer s.fillers.Put(f)
	ev, err := f.Fill(nil, en.Values)
	if err != nil {
		return fmt.Errorf("reading the event of the entry for partition %d offset %d: malformed", en.Source.Partition,
			en.Source.Offset)
	}
	in := InputOf(en, ev)
	s.remember(&in, nil)
	return nil
}

// remember records a claim.
func (s *State) remember(in *Input, known *party.Known) { s.recollect(in, known, true) }

// recollect says what is known of a claim's parties, if asked, and records the claim, if asked.
func (s *State) recollect(in *Input, known *party.Known, record bool) {
	if in.Event == nil || !s.memory(in, known, record) || !record {
		return
	}
	// What is told from here on finds the claim; what was told before is found here.
	if o := s.reviewed(in.Insurer, in.Claim); o != party.Unknown {
		s.learn(in.Insurer, in.Claim, o)
	}
}

func (s *State) memory(in *Input, known *party.Known, record bool) bool {
	s.past.mu.Lock()
	defer s.past.mu.Unlock()
	if !s.past.on {
		return false
	}
	m := s.past.books[in.Insurer]
	if m == nil {
		m = party.New(party.Limits{})
		s.past.books[in.Insurer] = m
	}
	c := party.Claim{Insurer: in.Insurer, ID: in.Claim, At: party.When(in.Event), Event: in.Event, Tokens: in.Tokens}
	if c.At.IsZero() {
		c.At = in.Source.Time
	}
	if known != nil {
		m.Know(&c, known)
	}
	if record {
		m.Record(&c)
	}
	return true
}

// learn tells the memory of parties what became of a claim.
func (s *State) learn(insurer, id string, o party.Outcome) {
	s.past.mu.Lock()
	defer s.past.mu.Unlock()
	if m := s.past.books[insurer]; m != nil {
		m.Tell(insurer, id, o)
	}
}

// reviewed returns what news says became of a claim, as far as somebody looked.
func (s *State) reviewed(insurer, id string) party.Outcome {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if b := s.books[insurer]; b != nil && b.standings[id] != nil {
		return reviewedAs(b.standings[id].outcome)
	}
	return party.Unknown
}

func reviewedAs(word string) party.Outcome {
	switch word {
	case fraudConfirmed:
		return party.Fraud
	case cleared:
		return party.Cleared
	}
	return party.Unknown
}

// leastContribution is what a feature must add or take to be a reason of its own.
const leastContribution = 0.05

// ask asks the memory of parties what the models want to know of a claim, and records it there.
func (e *Engine) ask(r *run, in *Input, record bool) {
	r.known, r.features = party.Known{}, nil
	var known *party.Known
	if in.Scoring.models() {
		known = &r.known
	}
	if known != nil || record {
		e.state.recollect(in, known, record)
	}
}

// weigh makes the model's score the decision's, and asks the shadow. Reasons of rules that look at one claim keep their
// place without their weight.
func (e *Engine) weigh(d *claim.Decision, r *run, in *Input) {
	s := in.Scoring
	if !s.models() || in.Event == nil {
		return
	}
	if s.Shadow != nil {
		r.shadow = s.Shadow.score(r, in)
	}
	m := s.Model
	if m == nil {
		return
	}
	for i := range d.Reasons {
		id, _, _ := strings.Cut(d.Reasons[i].Rule, "@")
		if !slices.Contains(e.rs.ringRules, id) && !slices.Contains(e.rs.newsRules, id) {
			d.Reasons[i].Weight = 0
		}
	}
	r.live = m.score(r, in)
	d.Base = m.model.Intercept
	rest := 0.0
	r.contributions = m.model.Contributions(r.contributions[:0], r.values)
	for i, c := range r.contributions {
		if math.Abs(c.LogOdds) < leastContribution {
			rest += c.LogOdds
			continue
		}
		d.Reasons = append(d.Reasons, claim.Reason{Rule: m.reason(strings.Join(c.Features, "+")), Weight: c.LogOdds,
			Text: m.texts[i]})
	}
	if rest != 0 {
		d.Reasons = append(d.Reasons, claim.Reason{Rule: m.reason("rest"), Weight: rest,
			Text: "what the other features add and take, each little"})
	}
	r.features = feature.Pack(r.values, m.past)
}

// reason names what a feature or a pair contributes.
func (s *Scorer) reason(what string) string {
	return fmt.Sprintf("%s:%s@%d", s.model.ID, what, s.model.Version)
}

// score returns the model's probability, and leaves in r.values what it read.
func (s *Scorer) score(r *run, in *Input) float64 {
	n := len(s.model.Inputs)
	r.values = slices.Grow(r.values[:0], n)[:n]
	s.extract.Extract(in.Event, &r.known, r.values)
	return model.Probability(s.model.Score(r.values))
}

// drift counts what the models said of a decided claim.
func (e *Engine) drift(r *run, s *Scoring) {
	if !s.models() {
		return
	}
	b := e.bandsOf(s)
	if s.Model != nil {
		s.Model.Drift.Count(r.live, b.outcome(r.live))
	}
	if s.Shadow != nil {
		s.Shadow.Drift.Count(r.shadow, b.outcome(r.shadow))
	}
}

func (e *Engine) bandsOf(s *Scoring) bands {
	if s == nil || s.Cut == nil {
		return e.rs.bands
	}
	return bands{review: s.Cut.Review, investigate: s.Cut.Investigate, hold: s.Cut.Hold}
}

// Use says under what claims are scored anew from here on. A model's score of a claim stays; the cut is the new one.
func (e *Engine) Use(s *Scoring) { e.using.Store(s) }
