package detectors

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/expr-lang/expr/vm"

	"tallystick/claim"
)

// windowDays is the longest window; claims older than ttlDays behind the newest of their insurer are forgotten.
const (
	windowDays = 365
	ttlDays    = 400
)

// StateConfig bounds the state.
type StateConfig struct {
	// MaxClaims is how many claims are remembered; the oldest go first. 0 means 500,000, about 550 MB.
	MaxClaims int
}

// State remembers claims in windows and links. All methods may be called concurrently. It is in memory only: at start
// it is fed from the journal by ObserveEntry.
type State struct {
	mu      sync.RWMutex
	rs      *RuleSet
	max     int
	books   map[string]*book
	applied map[int]position
	claims  int
	forgot  uint64
	places  placeTable
	tokens  tokenTable
	pool    sync.Pool // *scratch
	fillers sync.Pool // *claim.Filler
	watched bool      // somebody asks for late raises
	arrived []arrival // not searched around yet, while watched
	news    newsDesk
	past    past
	keeping bool // it is being written to a file

	listed     Businesses                      // as registered
	businesses map[string]map[tokenID]struct{} // the same by the numbers of the table of tokens
}

type position struct {
	epoch  uint32
	offset int64
}

// NewState returns an empty state for the keys and links of rs.
func NewState(rs *RuleSet, cfg StateConfig) *State {
	if cfg.MaxClaims <= 0 {
		cfg.MaxClaims = 500_000
	}
	s := &State{rs: rs, max: cfg.MaxClaims, books: map[string]*book{}, applied: map[int]position{}}
	s.places.init(rs)
	s.tokens.init()
	s.pool.New = func() any { return new(scratch) }
	s.fillers.New = func() any { return new(claim.Filler) }
	return s
}

// StateStats is what the state holds, for metrics.
type StateStats struct {
	Claims int
	Keys   int    // tokens and keys of windows
	Forgot uint64 // claims dropped by age or by the ceiling since start
	Bytes  int64  // estimate of the memory held
	// Claims of which there is news, also unknown ones; those whose news was forgotten for want of room; and those
	// around which claims are still to be scored anew.
	Standings, NewsForgot, NewsPending int
}

// Stats returns what the state holds.
func (s *State) Stats() StateStats {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := StateStats{Claims: s.claims, Forgot: s.forgot}
	for _, b := range s.books {
		st.Keys += b.keys.len() - 1 - len(b.freeKeys)
		st.Bytes += b.bytes()
		st.Standings += len(b.standings)
	}
	st.NewsForgot, st.NewsPending = s.news.forgot, len(s.news.pending)
	return st
}

// Observe records the claim and the decision on it. What it does to windows and links is a function of the source
// record alone, so it may be called before the append is known to count. A record at or below the last one applied of
// its partition and epoch changes no window or link; the decision on it is noted all the same.
func (s *State) Observe(in *Input, d *claim.Decision) {
	w := s.pool.Get().(*scratch)
	defer s.pool.Put(w)
	s.remember(in, nil)
	s.prepare(w, in)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record(in, w)
	s.decided(in, d)
	if b := s.books[in.Insurer]; b != nil {
		s.arrive(b, b.claim(in.Claim))
	}
	w.release()
}

// ObserveEntry records what an entry of the journal says. Entries of a partition must come in order.
func (s *State) ObserveEntry(en *claim.Entry) error {
	switch en.Kind {
	case claim.Decided:
	case claim.Rescored:
		s.rescoredBy(en)
		return nil
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.apply(en.Source)
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
	s.Observe(&in, en.Decision)
	return nil
}

// InputOf returns the input that the entry was decided from; ev is its decoded event.
func InputOf(en *claim.Entry, ev *claim.Event) Input {
	return Input{Event: ev, Insurer: en.Insurer, Claim: en.Claim, Revision: en.Revision, Tokens: en.Tokens,
		Source: en.Source, At: en.At}
}

// apply moves the position of the partition and reports whether the record is new.
func (s *State) apply(src claim.SourceRef) bool {
	at, seen := s.applied[src.Partition]
	if seen && (src.Epoch < at.epoch || src.Epoch == at.epoch && src.Offset <= at.offset) {
		return false
	}
	s.applied[src.Partition] = position{src.Epoch, src.Offset}
	return true
}

// record puts the claim into windows and links if its source record is new, and reports whether w.drafted is of the
// claim as it is recorded. w must be prepared. The lock must be held.
func (s *State) record(in *Input, w *scratch) bool {
	if !s.apply(in.Source) {
		return false
	}
	b := s.book(in.Insurer)
	b.newest = max(b.newest, w.day)
	old := b.claim(in.Claim)
	if old != noClaim && int(b.claims.at(old).revision) >= in.Revision {
		return false
	}
	b.lookup(w.drafted)
	var changed []uint16
	if old != noClaim {
		changed = b.changedPlaces(old, w.drafted)
		b.remove(old)
		s.claims--
		b.lookup(w.drafted) // keys that it alone held are gone
	}
	if w.day <= b.newest-ttlDays {
		return false
	}
	b.create(w.drafted)
	no := b.insert(in, w, changed)
	s.claims++
	s.stand(b, no, in.Claim)
	return !s.forget(b)
}

// forget drops what is too old, and the oldest beyond the ceiling from the insurer with the most claims.
func (s *State) forget(b *book) (any bool) {
	before := s.forgot
	for len(b.order) > 0 && b.order[0].day <= b.newest-ttlDays {
		s.drop(b)
	}
	for s.claims > s.max {
		most := b
		for _, o := range s.books {
			if o.live > most.live {
				most = o
			}
		}
		s.drop(most)
	}
	return s.forgot != before
}

// drop removes the oldest claim of b, or an outdated mark of its order.
func (s *State) drop(b *book) {
	m := b.order.pop()
	if c := b.claims.at(m.claim); c.is(claimLive) && c.generation == m.generation {
		b.remove(m.claim)
		s.claims--
		s.forgot++
	}
}

func (s *State) book(insurer string) *book {
	b := s.books[insurer]
	if b == nil {
		b = newBook()
		b.insurer = insurer
		s.books[insurer] = b
	}
	return b
}

// settle notes the decision on a claim that Decide recorded, and its raises, unless what it says of a ring is out of
// date: a member was decided or raised since, or a ring was completed around the claim while it had no decision and
// could not be raised. Then the state is as it was, and is to be asked again. So each member of a ring that claims
// complete at one moment is told of it, and once.
func (s *State) settle(in *Input, r *run, ring *claim.Ring, res *Result) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[in.Insurer]
	if b == nil {
		return true
	}
	for _, was := range r.ring {
		c := b.claims.at(was.no)
		if c.generation != was.generation || c.is(claimDecided) != was.decided || c.ring.inRing() != was.inRing {
			return false
		}
	}
	if no := b.claim(in.Claim); no != noClaim {
		c := b.claims.at(no)
		if ring == nil && c.ring == ringNamed && int(c.revision) == in.Revision {
			b.turn(no, ringAsked, cause{})
			return false
		}
	}
	for _, was := range r.ring {
		if !was.decided {
			b.turn(was.no, ringIsNamed, cause{})
		}
	}
	s.decided(in, &res.Decision)
	s.raised(in, res.Raises)
	if slices.ContainsFunc(r.raised, func(m raisable) bool { return int(m.source.partition) != in.Source.Partition }) {
		s.arrive(b, b.claim(in.Claim))
	}
	return true
}

// decided notes the decision on a recorded claim. That the decision names a ring tells its other members nothing: their
// own decisions do, or the raises beside it.
func (s *State) decided(in *Input, d *claim.Decision) {
	b := s.books[in.Insurer]
	if d == nil || b == nil {
		return
	}
	no := b.claim(in.Claim)
	if no == noClaim || int(b.claims.at(no).revision) != in.Revision {
		return
	}
	logodds, ringed, said := d.Base, false, said{}
	for i := range d.Reasons {
		r := &d.Reasons[i]
		switch {
		case s.rs.isRingRule(r.Rule):
			ringed = true
		case said.add(s.rs, r):
		default:
			logodds += r.Weight
		}
	}
	b.say(no, said)
	c, cause := b.claims.at(no), causeOf(in.Source)
	c.flags |= claimDecided
	c.logodds, c.source = logodds, cause
	if why, ok := b.awaited.take(in.Claim, in.Revision); ok {
		b.turn(no, ringObserved, why)
	}
	if ringed {
		b.turn(no, decidedInRing, cause)
	} else {
		b.turn(no, decidedAlone, cause)
	}
}

// raised notes of the claims that a decision raises that they have been, though the entries that say so are yet to be
// appended.
func (s *State) raised(in *Input, raises []Raise) {
	b := s.books[in.Insurer]
	if b == nil {
		return
	}
	for i := range raises {
		if no := b.claim(raises[i].Ref.Claim); no != noClaim {
			b.turn(no, ringRaised, causeOf(in.Source))
		}
	}
}

// Undecided notes that an entry which was decided here is not known to have been appended, and may never be: the claim
// has no decision, or was not raised. Should it have been appended after all, ObserveEntry says so. Windows and links
// keep the claim.
func (s *State) Undecided(en *claim.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[en.Insurer]
	if b == nil {
		return
	}
	no, vain := b.claim(en.Claim), causeOf(en.Source)
	if no == noClaim {
		return
	}
	c := b.claims.at(no)
	if c.ring == ringSaid && b.rare[no].ringedBy == vain {
		b.turn(no, ringGivenUp, vain)
	}
	switch {
	case en.Kind == claim.Decided && c.source == vain:
		c.flags &^= claimDecided
	case en.Kind == claim.Rescored:
		s.arrive(b, no)
	}
}

// cause is the source record of a decision, which may have completed a ring.
type cause struct {
	partition int32
	epoch     uint32
	offset    int64
}

func causeOf(s claim.SourceRef) cause { return cause{int32(s.Partition), s.Epoch, s.Offset} }

// source returns the record, without its time.
func (c cause) source() claim.SourceRef {
	return claim.SourceRef{Partition: int(c.partition), Epoch: c.epoch, Offset: c.offset}
}

// mark stands in the order of age.
type mark struct {
	day        int32
	claim      uint32
	generation uint32
}

type byAge []mark

// push and pop keep the oldest mark first. container/heap would box every mark.
func (h *byAge) push(m mark) {
	*h = append(*h, m)
	a := *h
	for i := len(a) - 1; i > 0 && a[i].day < a[(i-1)/2].day; i = (i - 1) / 2 {
		a[i], a[(i-1)/2] = a[(i-1)/2], a[i]
	}
}

func (h *byAge) pop() mark {
	a := *h
	out := a[0]
	a[0] = a[len(a)-1]
	a = a[:len(a)-1]
	*h = a
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(a); c++ {
			if a[c].day < a[least].day {
				least = c
			}
		}
		if least == i {
			return out
		}
		a[i], a[least] = a[least], a[i]
		i = least
	}
}

// scratch is the working memory of one call.
type scratch struct {
	env        environment
	day        int32
	ids        [identities]uint64
	tokens     []tokenID   // of the input's tokens, where somebody asks for them
	parts      [][]int32   // numbers of the input's tokens that are parts of keys, by selector
	candidates []candidate // of the input's tokens, to be drafted
	omitted    claim.Omitted
	drafted    []drafted
	lean       []slot
	numbers    []uint32
	texts      []byte // of composite keys, with their ends
	ends       []int
	values     []string // of the facts of a reason
	vm         vm.VM
	view       view
}

// release lets go of what the input holds.
func (w *scratch) release() {
	w.env = environment{direct: w.env.direct, bound: w.env.bound}
	clear(w.drafted)
	clear(w.candidates)
}

func sortRefs(refs []claim.ClaimRef) {
	slices.SortFunc(refs, func(a, b claim.ClaimRef) int {
		return cmp.Or(cmp.Compare(a.Insurer, b.Insurer), cmp.Compare(a.Claim, b.Claim))
	})
}
