package party

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"time"

	"tallystick/claim"
)

// Limits bound the memory. Zero fields mean the defaults.
type Limits struct {
	Parties int // remembered at the most, 44 bytes each beside their index; 0 is 4 million
	Claims  int // remembered at the most; 0 is 4 million
}

// chainLimit is how many of a party's latest claims are looked at one by one, so that one that shares two parties
// counts once.
const chainLimit = 256

// Outcome is what is known of a claim.
type Outcome uint8

// The outcomes. A claim that nobody reviewed is unknown, never cleared.
const (
	Unknown Outcome = iota
	Cleared
	Fraud
)

// Claim is what the memory keeps of one, or is asked about.
type Claim struct {
	Insurer string
	ID      string
	At      time.Time // from when it is known to the insurer
	Event   *claim.Event
	Tokens  []claim.Token
}

// Past is what is known of the parties of one group on a claim, from earlier claims.
type Past struct {
	Parties int     // that the claim names
	Claims  int     // earlier ones
	Known   int     // of them with an outcome
	Fraud   int     // of those, confirmed
	Offset  float64 // log-odds: the shrunk rate against the base rate; 0 where nothing is known
	Days    int     // since the last of them
	Amount  float64 // mean of what they claimed; 0 if unknown
}

// Known is what the memory knows of a claim's parties.
type Known struct {
	Hop    Past // over all shared parties, each claim once
	People Past // likewise, without businesses
	Of     [Groups]Past
	Amount float64 // claimed on this claim; 0 if unknown
	Years  float64 // that the memory reaches back, at least a quarter
}

// Yearly returns how many claims a year of memory a past has, so that it does not grow by itself.
func (k *Known) Yearly(p *Past) float64 { return float64(p.Claims) / k.Years }

type record struct {
	claims, known, fraud uint32
	head                 uint32 // latest link
	money                float64
	paid                 uint32 // claims with an amount
	last                 int32  // day
}

// link leads from a party to one of its claims, and on to the one before.
type link struct{ claim, next uint32 }

type remembered struct {
	tokens  []uint32 // parties
	day     int32
	line    claim.Line
	outcome Outcome
	key     uint64
}

type rate struct{ known, fraud float64 }

// Memory is what is known of parties. Make one with [New].
type Memory struct {
	limits  Limits
	seed    maphash.Seed
	parties map[uint64]uint32
	records []record
	links   []link
	claims  map[uint64]uint32
	slab    []remembered
	seen    []uint32 // by claim: the question in which it was met
	asked   uint32
	rest    []rest // of the question that is being answered
	all     rate
	lines   map[claim.Line]*rate
	first   int32
	evicted uint64
}

// New returns an empty memory.
func New(limits Limits) *Memory {
	if limits.Parties <= 0 {
		limits.Parties = 4_000_000
	}
	if limits.Claims <= 0 {
		limits.Claims = 4_000_000
	}
	m := &Memory{limits: limits, seed: maphash.MakeSeed(), first: math.MaxInt32, lines: map[claim.Line]*rate{}}
	m.clear()
	return m
}

func (m *Memory) clear() {
	m.parties, m.claims = map[uint64]uint32{}, map[uint64]uint32{}
	m.records, m.links, m.slab, m.seen = make([]record, 1), make([]link, 1), make([]remembered, 1), make([]uint32, 1)
	m.asked = 0
}

// Evicted returns how many parties were forgotten to stay within the limits.
func (m *Memory) Evicted() uint64 { return m.evicted }

// Parties returns how many are remembered.
func (m *Memory) Parties() int { return len(m.parties) }

func (m *Memory) hash(insurer string, kind byte, text string) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	_, _ = h.WriteString(insurer) // never fails
	_ = h.WriteByte(0)
	_ = h.WriteByte(kind)
	_, _ = h.WriteString(text)
	return h.Sum64()
}

// named is a token of a claim with the group that it counts in.
type named struct {
	group Group
	key   uint64
	party string // path of the party, to count parties rather than tokens
}

func (m *Memory) named(c *Claim) []named {
	out := make([]named, 0, len(c.Tokens))
	for i := range c.Tokens {
		t := &c.Tokens[i]
		g, ok := groupOf(t, c.Event)
		if !ok {
			continue
		}
		key := m.hash(c.Insurer, byte(g), t.Value)
		if slices.ContainsFunc(out, func(n named) bool { return n.key == key }) {
			continue
		}
		out = append(out, named{g, key, partyOf(t.Path)})
	}
	return out
}

// partyOf cuts a token's path after the party.
func partyOf(path string) string {
	for i := range path {
		if path[i] == ']' {
			return path[:i+1]
		}
		if path[i] == '.' {
			return path[:i]
		}
	}
	return path
}

// Know returns what was known of the claim's parties from the claims recorded so far and the outcomes told so far.
func (m *Memory) Know(c *Claim, k *Known) {
	*k = Known{}
	day := dayOf(c.At)
	k.Years = max(float64(day-min(m.first, day))/365.25, 0.25)
	if c.Event != nil && !c.Event.Amounts.Claimed.IsZero() {
		k.Amount = c.Event.Amounts.Claimed.Amount.InexactFloat64()
	}
	tokens := m.named(c)
	own := m.claims[m.hash(c.Insurer, 0xff, c.ID)]
	var line claim.Line
	if c.Event != nil {
		line = c.Event.Line
	}
	base := m.base(line)
	var met []string
	for g := range Groups {
		p := &k.Of[g]
		met = met[:0]
		for i := range tokens {
			if tokens[i].group == g && !slices.Contains(met, tokens[i].party) {
				met = append(met, tokens[i].party)
			}
		}
		if p.Parties = len(met); p.Parties == 0 {
			continue
		}
		m.past(p, tokens, own, day, func(n Group) bool { return n == g })
		p.Offset = offset(p, base, strength[g])
	}
	m.past(&k.Hop, tokens, own, day, func(n Group) bool { return n != Name })
	k.Hop.Offset = offset(&k.Hop, base, hopStrength)
	m.past(&k.People, tokens, own, day, func(n Group) bool { return n == Person || n >= Vehicle && n != Name })
	k.People.Offset = offset(&k.People, base, strength[Person])
}

// past counts the earlier claims of the tokens that are asked for, each claim once.
func (m *Memory) past(p *Past, tokens []named, own uint32, day int32, wanted func(Group) bool) {
	if m.asked++; m.asked == 0 {
		clear(m.seen)
		m.asked = 1
	}
	if own != 0 {
		m.seen[own] = m.asked
	}
	last := int32(math.MinInt32)
	m.rest = m.rest[:0]
	var money float64
	var paid uint32
	for i := range tokens {
		no, ok := m.parties[tokens[i].key]
		if !ok || !wanted(tokens[i].group) {
			continue
		}
		r := &m.records[no]
		var claims, known, fraud uint32
		for l, n := r.head, 0; l != 0 && n < chainLimit; l, n = m.links[l].next, n+1 {
			at := m.links[l].claim
			c := &m.slab[at]
			claims++
			if c.outcome != Unknown {
				known++
			}
			if c.outcome == Fraud {
				fraud++
			}
			if m.seen[at] == m.asked {
				continue
			}
			m.seen[at] = m.asked
			p.Claims++
			if c.outcome != Unknown {
				p.Known++
			}
			if c.outcome == Fraud {
				p.Fraud++
			}
			last = max(last, c.day)
		}
		m.beyond(tokens[i].party, int(r.claims-claims), int(r.known-known), int(r.fraud-fraud))
		money += r.money
		paid += r.paid
	}
	for _, r := range m.rest {
		p.Claims += r.claims
		p.Known += r.known
		p.Fraud += r.fraud
	}
	if p.Claims > 0 && last != math.MinInt32 {
		p.Days = int(max(day-last, 0))
	}
	if paid > 0 {
		p.Amount = money / float64(paid)
	}
}

// rest is what a party has beyond the claims that are looked at one by one.
type rest struct {
	party                string
	claims, known, fraud int
}

// beyond notes the rest of a token. A party of several tokens has the most that one of them has, not their sum.
func (m *Memory) beyond(party string, claims, known, fraud int) {
	if claims <= 0 {
		return
	}
	for i := range m.rest {
		if r := &m.rest[i]; r.party == party {
			r.claims, r.known, r.fraud = max(r.claims, claims), max(r.known, known), max(r.fraud, fraud)
			return
		}
	}
	m.rest = append(m.rest, rest{party, claims, known, fraud})
}

// base returns the rate of confirmed fraud among claims with a known outcome, of a line as far as that has enough of
// them.
func (m *Memory) base(line claim.Line) float64 {
	all := (m.all.fraud + 1) / (m.all.known + 20)
	if r := m.lines[line]; r != nil {
		all = (r.fraud + 20*all) / (r.known + 20)
	}
	return min(max(all, 0.001), 0.5)
}

func offset(p *Past, base, strength float64) float64 {
	if p.Known == 0 {
		return 0
	}
	r := (float64(p.Fraud) + strength*base) / (float64(p.Known) + strength)
	return logit(min(r, 0.999)) - logit(base)
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

func dayOf(t time.Time) int32 { return int32(math.Floor(float64(t.Unix()) / 86400)) }

// Record remembers a claim. Of a claim that is recorded already, a later revision, only new parties are added.
func (m *Memory) Record(c *Claim) {
	day := dayOf(c.At)
	m.first = min(m.first, day)
	key := m.hash(c.Insurer, 0xff, c.ID)
	no, ok := m.claims[key]
	if !ok {
		no = uint32(len(m.slab))
		m.claims[key] = no
		m.slab = append(m.slab, remembered{day: day, key: key})
		m.seen = append(m.seen, 0)
		if c.Event != nil {
			m.slab[no].line = c.Event.Line
		}
	}
	var amount float64
	hasAmount := c.Event != nil && !c.Event.Amounts.Claimed.IsZero()
	if hasAmount {
		amount = c.Event.Amounts.Claimed.Amount.InexactFloat64()
	}
	at := &m.slab[no]
	for _, n := range m.named(c) {
		p, ok := m.parties[n.key]
		if !ok {
			p = uint32(len(m.records))
			m.parties[n.key] = p
			m.records = append(m.records, record{})
		}
		if slices.Contains(at.tokens, p) {
			continue
		}
		at.tokens = append(at.tokens, p)
		r := &m.records[p]
		m.links = append(m.links, link{no, r.head})
		r.head = uint32(len(m.links) - 1)
		r.claims++
		r.last = max(r.last, day)
		if hasAmount {
			r.money += amount
			r.paid++
		}
		r.count(at.outcome, 1)
	}
	if len(m.parties) > m.limits.Parties || len(m.claims) > m.limits.Claims {
		m.forget()
	}
}

func (r *record) count(o Outcome, by uint32) {
	if o != Unknown {
		r.known += by
	}
	if o == Fraud {
		r.fraud += by
	}
}

// Tell sets what became of a claim; a later outcome replaces an earlier one. It reports whether the claim is known.
func (m *Memory) Tell(insurer, id string, o Outcome) bool {
	no, ok := m.claims[m.hash(insurer, 0xff, id)]
	if !ok {
		return false
	}
	c := &m.slab[no]
	l := m.lines[c.line]
	if l == nil {
		l = &rate{}
		m.lines[c.line] = l
	}
	for _, r := range []*rate{&m.all, l} {
		r.count(c.outcome, -1)
		r.count(o, 1)
	}
	for _, p := range c.tokens {
		m.records[p].count(c.outcome, ^uint32(0))
		m.records[p].count(o, 1)
	}
	c.outcome = o
	return true
}

func (r *rate) count(o Outcome, by float64) {
	if o != Unknown {
		r.known += by
	}
	if o == Fraud {
		r.fraud += by
	}
}

// forget drops the oldest eighth of the claims, and the parties that only they have named. What a party that stays had
// of them stays in its counts.
func (m *Memory) forget() {
	days := make([]int32, 0, len(m.slab)-1)
	for i := range m.slab[1:] {
		days = append(days, m.slab[i+1].day)
	}
	slices.Sort(days)
	cut := days[len(days)/8]
	old := *m
	m.clear()
	moved := make([]uint32, len(old.records))
	keep := func(no uint32) bool { return old.slab[no].day > cut }
	order := make([]uint32, 0, len(old.slab))
	for no := uint32(1); no < uint32(len(old.slab)); no++ {
		if keep(no) {
			order = append(order, no)
		}
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return cmp.Compare(old.slab[a].day, old.slab[b].day) })
	keys := make([]uint64, len(old.records))
	for key, no := range old.parties {
		keys[no] = key
	}
	for _, no := range order {
		c := old.slab[no]
		to := uint32(len(m.slab))
		tokens := c.tokens
		c.tokens = make([]uint32, 0, len(tokens))
		for _, p := range tokens {
			if moved[p] == 0 {
				moved[p] = uint32(len(m.records))
				r := old.records[p]
				r.head = 0
				m.records = append(m.records, r)
				m.parties[keys[p]] = moved[p]
			}
			r := &m.records[moved[p]]
			m.links = append(m.links, link{to, r.head})
			r.head = uint32(len(m.links) - 1)
			c.tokens = append(c.tokens, moved[p])
		}
		m.slab = append(m.slab, c)
		m.seen = append(m.seen, 0)
		m.claims[c.key] = to
	}
	m.evicted = old.evicted + uint64(len(old.parties)-len(m.parties))
}
