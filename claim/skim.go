package claim

import (
	"crypto/sha256"
	"strings"
)

// Skimmer reads of encoded entries what a memory of earlier claims is made of, several times faster than [DecodeEntry]:
// whoever folds the journal for that alone passes over every entry that was ever written. It uses its memory again from
// entry to entry. The zero value is ready; it is not safe for concurrent use.
type Skimmer struct {
	entry    Entry
	decision Decision
	content  [sha256.Size]byte
	tokens   []Token
	reasons  []Reason
	rings    []Ring
	members  []ClaimRef        // of all rings
	text     strings.Builder   // of the strings that differ from entry to entry
	known    map[string]string // those that come again and again: paths, roles, rules, insurers
}

// Skim reads an entry of [EntryVersion]. What it returns is as DecodeEntry has it, without Sealed, Dead, Seed and
// Commitment, and of the Decision with nothing but Base, the Rule and Weight of each reason, and the Claims of each ring. It
// is valid until the next call. Event is a part of data; strings may be kept.
//
// Skim refuses what DecodeEntry refuses, as far as it looks: of Event and of what it leaves out it sees where they end, not
// whether they are well formed. That they are as they were written is known from the digest of the journal's batch, and who
// decodes Event looks again. Errors name no value.
func (m *Skimmer) Skim(data []byte) (*Entry, error) {
	s := scan{rest: data}
	if m.read(&s); !s.failed && len(s.rest) == 0 {
		return &m.entry, nil
	}
	// Not as EncodeEntry writes it, or with escapes in what is wanted.
	if err := DecodeEntry(data, &m.entry); err != nil {
		return nil, err
	}
	m.entry.leaveOut()
	return &m.entry, nil
}

// leaveOut drops what Skim does not read.
func (e *Entry) leaveOut() {
	e.Sealed, e.Dead, e.Seed, e.Commitment = nil, nil, nil, nil
	d := e.Decision
	if d == nil {
		return
	}
	*d = Decision{Base: d.Base, Reasons: d.Reasons, Rings: d.Rings}
	for i := range d.Reasons {
		d.Reasons[i] = Reason{Rule: d.Reasons[i].Rule, Weight: d.Reasons[i].Weight}
	}
	for i := range d.Rings {
		d.Rings[i] = Ring{Claims: d.Rings[i].Claims}
	}
}

// read follows the form of EncodeEntry member by member. The scan fails on any other.
func (m *Skimmer) read(s *scan) {
	size := m.text.Len()
	m.text.Reset()
	m.text.Grow(size + size/8)
	m.entry = Entry{Version: EntryVersion}
	e := &m.entry
	s.want(`{"v":2,"kind":"`)
	e.Kind = Kind(m.again(s))
	if s.next(`,"insurer":"`) {
		e.Insurer = m.again(s)
	}
	if s.next(`,"claim":"`) {
		e.Claim = m.once(s)
	}
	if s.next(`,"revision":`) {
		e.Revision = int(s.integer())
	}
	if s.next(`,"line":"`) {
		e.Line = Line(m.again(s))
	}
	s.want(`,"source":{"partition":`)
	e.Source.Partition = int(s.integer())
	s.want(`,"offset":`)
	e.Source.Offset = s.integer()
	if s.next(`,"epoch":`) {
		e.Source.Epoch = s.unsigned32()
	}
	if s.next(`,"time":"`) {
		e.Source.Time = s.time()
	}
	s.want(`},"at":"`)
	e.At = s.time()
	if s.next(`,"content":"`) {
		s.hash(&m.content)
		e.Content = m.content[:]
	}
	if s.next(`,"event":`) {
		e.Event = s.skip()
	}
	if s.next(`,"tokens":[`) {
		m.readTokens(s)
		e.Tokens = m.tokens
	}
	if s.next(`,"sealed":`) {
		s.skip()
	}
	if s.next(`,"decision":{"score":`) {
		m.readDecision(s)
		e.Decision = &m.decision
	}
	if s.next(`,"dead":`) {
		s.skip()
	}
	s.want(`,"seed":"`)
	s.skipText()
	s.want(`,"commitment":"`)
	s.skipText()
	s.want(`}`)
}

func (m *Skimmer) readTokens(s *scan) {
	m.tokens = m.tokens[:0]
	for more := true; more && !s.failed; more = s.next(`,`) {
		var t Token
		s.want(`{"path":"`)
		t.Path = m.again(s)
		if s.next(`,"role":"`) {
			t.Role = Role(m.again(s))
		}
		s.want(`,"token":"`)
		t.Value = m.once(s)
		s.want(`}`)
		m.tokens = append(m.tokens, t)
	}
	s.want(`]`)
}

func (m *Skimmer) readDecision(s *scan) {
	m.decision = Decision{}
	d := &m.decision
	s.float()
	s.want(`,"base":`)
	d.Base = s.float()
	s.want(`,"outcome":"`)
	s.skipText()
	s.next(`,"hold":true`)
	s.want(`,"ruleset":"`)
	s.skipText()
	if s.next(`,"reasons":[`) {
		m.readReasons(s)
		d.Reasons = m.reasons
	}
	if s.next(`,"failed":`) {
		s.skip()
	}
	if s.next(`,"rings":[`) {
		m.readRings(s)
		d.Rings = m.rings
	}
	s.want(`}`)
}

func (m *Skimmer) readReasons(s *scan) {
	m.reasons = m.reasons[:0]
	for more := true; more && !s.failed; more = s.next(`,`) {
		var r Reason
		s.want(`{"rule":"`)
		r.Rule = m.again(s)
		if s.next(`,"indicators":`) {
			s.skip()
		}
		s.want(`,"weight":`)
		r.Weight = s.float()
		s.want(`,"text":"`)
		s.skipText()
		if s.next(`,"facts":`) {
			s.skip()
		}
		s.want(`}`)
		m.reasons = append(m.reasons, r)
	}
	s.want(`]`)
}

func (m *Skimmer) readRings(s *scan) {
	m.rings, m.members = m.rings[:0], m.members[:0]
	for more := true; more && !s.failed; more = s.next(`,`) {
		s.want(`{"id":"`)
		s.skipText()
		s.want(`,"tokens":`)
		s.skip()
		s.want(`,"claims":[`)
		first := len(m.members)
		for more := true; more && !s.failed; more = s.next(`,`) {
			var ref ClaimRef
			s.want(`{"insurer":"`)
			ref.Insurer = m.again(s)
			s.want(`,"claim":"`)
			ref.Claim = m.once(s)
			s.want(`}`)
			m.members = append(m.members, ref)
		}
		s.want(`]}`)
		m.rings = append(m.rings, Ring{Claims: m.members[first:len(m.members):len(m.members)]})
	}
	s.want(`]`)
}

// again reads a string that is likely to have come before.
func (m *Skimmer) again(s *scan) string {
	b := s.raw()
	if known, ok := m.known[string(b)]; ok {
		return known
	}
	if !s.plain(b) {
		return ""
	}
	if m.known == nil || len(m.known) >= 4096 { // bounded against a feed with endless lists
		m.known = map[string]string{}
	}
	known := string(b)
	m.known[known] = known
	return known
}

// once reads a string that is not. All of an entry share one piece of memory.
func (m *Skimmer) once(s *scan) string {
	b := s.raw()
	if !s.plain(b) {
		return ""
	}
	from := m.text.Len()
	m.text.Write(b)
	return m.text.String()[from:]
}
