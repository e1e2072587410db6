package entry

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"tallystick/claim"
	"tallystick/claim/entry/entrypb"
	"tallystick/claim/fields"
	"tallystick/journal/part"
)

// Encoder writes entries one after the other and uses its memory again. The zero value is ready.
type Encoder struct {
	common   entrypb.Common
	values   entrypb.Values
	source   entrypb.Source
	sections []sectionMessage
	out      []byte
}

// sectionMessage is a section with the memory of its columns.
type sectionMessage struct {
	entrypb.Section
	values entrypb.Values
	tokens entrypb.Tokens
}

var (
	errFloat    = errors.New("a score or weight is not a finite number")
	errYear     = errors.New("a time is outside the years 1 to 9999")
	errKind     = errors.New("a kind of entry or an outcome that this program does not know")
	errSections = errors.New("its sections are not those of its values and tokens")
	errValue    = errors.New("a value is not of its field's type")
	errNumber   = errors.New("a number is below zero or too large")
)

// Append appends the record of an entry to dst. The same entry gives the same bytes. Values, tokens and sections must
// be ascending, and each party that has some must have its section: see [Divide].
func (enc *Encoder) Append(dst []byte, e *claim.Entry) ([]byte, error) {
	if err := enc.fill(e); err != nil {
		return dst, fmt.Errorf("encode entry: %w", err)
	}
	marshal := proto.MarshalOptions{Deterministic: true}
	dst = part.Begin(dst, 1+len(e.Sections))
	var err error
	if enc.out, err = marshal.MarshalAppend(enc.out[:0], &enc.common); err != nil {
		return dst, fmt.Errorf("encode entry: %w", err)
	}
	dst = part.Append(dst, part.Part{Bytes: enc.out})
	for i := range e.Sections {
		if left := e.Sections[i].Left; left != nil {
			dst = part.Append(dst, part.Part{Bytes: left, Redacted: true})
			continue
		}
		if enc.out, err = marshal.MarshalAppend(enc.out[:0], &enc.sections[i].Section); err != nil {
			return dst, fmt.Errorf("encode entry: %w", err)
		}
		dst = part.Append(dst, part.Part{Bytes: enc.out})
	}
	return dst, nil
}

func (enc *Encoder) fill(e *claim.Entry) error {
	kind, ok := kindNumbers[e.Kind]
	if !ok {
		return errKind
	}
	if e.Revision < 0 || int64(e.Revision) > math.MaxUint32 || e.Source.Partition < 0 || e.Context.Home < 0 ||
		e.Context.Home > math.MaxInt32 {
		return errNumber
	}
	if !writable(e.At) || !e.Source.Time.IsZero() && !writable(e.Source.Time) {
		return errYear
	}
	c := &enc.common
	c.Commitment, c.Kind, c.Insurer, c.Claim, c.Revision, c.Line = e.Commitment, kind, e.Insurer, e.Claim,
		uint32(e.Revision), string(e.Line)
	c.At, c.Content, c.Seed = e.At.UnixMilli(), e.Content, e.Seed
	c.Source, c.Values, c.Context, c.Dead = fillSource(&enc.source, &e.Source), nil, contextMessage(&e.Context), nil
	if e.Dead != nil {
		c.Dead = &entrypb.Dead{Code: string(e.Dead.Code), Path: e.Dead.Path, Partition: uint32(e.Dead.Partition),
			Offset: e.Dead.Offset}
	}
	var err error
	if c.Decision, err = decisionMessage(e.Decision); err != nil {
		return err
	}
	return enc.divide(e)
}

// divide puts values and tokens into the columns of their parties.
func (enc *Encoder) divide(e *claim.Entry) error {
	for len(enc.sections) < len(e.Sections) {
		enc.sections = append(enc.sections, sectionMessage{})
	}
	values, tokens := e.Values, e.Tokens
	reset(&enc.values)
	last := ""
	for i := range e.Sections {
		s, m := &e.Sections[i], &enc.sections[i]
		if s.Left != nil {
			continue
		}
		if s.Party == "" || s.Party <= last {
			return errSections
		}
		last = s.Party
		m.Party, m.Seed, m.Key, m.Digest, m.Count, m.Data = s.Party, s.Seed, s.Key, s.Digest, uint32(s.Count), s.Data
		reset(&m.values)
		m.Section.Values, m.Section.Tokens, m.Role = nil, nil, ""
	}
	at := 0 // sections and values both ascend, so the next value's section is not far
	for i := range values {
		v := &values[i]
		to := &enc.values
		if v.Path.Party != claim.RecordParty {
			for at < len(e.Sections) && e.Sections[at].Party < v.Path.Party {
				at++
			}
			if at == len(e.Sections) || e.Sections[at].Party != v.Path.Party {
				return errSections
			}
			to = &enc.sections[at].values
			enc.sections[at].Section.Values = to
		} else {
			enc.common.Values = to
		}
		if err := appendValue(to, v); err != nil {
			return err
		}
	}
	return enc.divideTokens(e, tokens)
}

func (enc *Encoder) divideTokens(e *claim.Entry, tokens []claim.Token) error {
	for i := range tokens {
		t := &tokens[i]
		path, err := claim.PathOf(t.Path)
		if err != nil {
			return err
		}
		// There are few, and one that was left out has no name to be in order by.
		at := slices.IndexFunc(e.Sections, func(s claim.Section) bool { return s.Left == nil && s.Party == path.Party })
		if at < 0 {
			return errSections
		}
		m := &enc.sections[at]
		if m.Section.Tokens == nil {
			to := &m.tokens
			to.Fields, to.Indexes, to.Domains, to.Versions, to.Values =
				to.Fields[:0], to.Indexes[:0], to.Domains[:0], to.Versions[:0], to.Values[:0]
			m.Section.Tokens, m.Role = to, string(t.Role)
		}
		if m.Role != string(t.Role) {
			return errSections
		}
		var value [tokenBytes]byte
		domain, version, err := ParseToken(t.Value, value[:])
		if err != nil {
			return err
		}
		to := m.Section.Tokens
		to.Fields = append(to.Fields, uint32(path.Field))
		to.Indexes = appendIndexes(to.Indexes, path)
		to.Domains = append(to.Domains, domain...)
		to.Versions = append(to.Versions, version)
		to.Values = append(to.Values, value[:]...)
	}
	return nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

func reset(v *entrypb.Values) {
	v.Fields, v.Indexes, v.Lengths, v.Data, v.Names = v.Fields[:0], v.Indexes[:0], v.Lengths[:0], v.Data[:0],
		v.Names[:0]
}

func appendValue(to *entrypb.Values, v *claim.Value) error {
	f := fields.Of(v.Path.Field)
	if f == nil || kindOf(f.Type, v.Bytes, v.Kind) != v.Kind {
		return errValue
	}
	to.Fields = append(to.Fields, uint32(f.Number))
	to.Indexes = appendIndexes(to.Indexes, v.Path)
	if v.Path.Name != "" {
		to.Names = append(to.Names, v.Path.Name)
	}
	switch v.Kind {
	case claim.LeafTrue:
		to.Data, to.Lengths = append(to.Data, 't'), append(to.Lengths, 1)
	case claim.LeafFalse:
		to.Data, to.Lengths = append(to.Data, 'f'), append(to.Lengths, 1)
	default:
		to.Data, to.Lengths = append(to.Data, v.Bytes...), append(to.Lengths, uint32(len(v.Bytes)))
	}
	return nil
}

func appendIndexes(to []uint32, p *claim.Path) []uint32 {
	for i := range p.Depth {
		to = append(to, uint32(p.At[i]))
	}
	return to
}

// kindOf returns the kind that values of a type have; of a flag, the one that is asked for or that its text says.
func kindOf(t fields.Type, text []byte, flag claim.LeafKind) claim.LeafKind {
	switch t {
	case fields.TypeNumber, fields.TypeInteger:
		return claim.LeafNumber
	case fields.TypeFlag:
		if flag == claim.LeafTrue || flag == 0 && string(text) == "t" {
			return claim.LeafTrue
		}
		return claim.LeafFalse
	default:
		return claim.LeafString
	}
}

func writable(t time.Time) bool {
	y := t.UTC().Year()
	return y >= 1 && y <= 9999
}

func fillSource(m *entrypb.Source, s *claim.SourceRef) *entrypb.Source {
	m.Partition, m.Offset, m.Epoch, m.Time = uint32(s.Partition), s.Offset, s.Epoch, nil
	if !s.Time.IsZero() {
		m.Time = proto.Int64(s.Time.UnixMilli())
	}
	return m
}

func decisionMessage(d *claim.Decision) (*entrypb.Decision, error) {
	if d == nil {
		return nil, nil
	}
	outcome, ok := outcomeNumbers[d.Outcome]
	if !ok {
		return nil, errKind
	}
	if !finite(d.Score) || !finite(d.Base) {
		return nil, errFloat
	}
	m := &entrypb.Decision{Score: d.Score, Base: d.Base, Outcome: outcome, Hold: d.Hold, RuleSet: d.RuleSet}
	for i := range d.Reasons {
		r := &d.Reasons[i]
		if !finite(r.Weight) {
			return nil, errFloat
		}
		to := &entrypb.Reason{Rule: r.Rule, Weight: r.Weight, Text: r.Text}
		for _, n := range r.Indicators {
			to.Indicators = append(to.Indicators, uint32(n))
		}
		for _, f := range r.Facts {
			to.Facts = append(to.Facts, &entrypb.Fact{Name: f.Name, Value: f.Value, Threshold: f.Threshold})
		}
		m.Reasons = append(m.Reasons, to)
	}
	for _, f := range d.Failed {
		m.Failed = append(m.Failed, &entrypb.Failure{Rule: f.Rule, Error: f.Error})
	}
	for i := range d.Rings {
		m.Rings = append(m.Rings, ringMessage(&d.Rings[i]))
	}
	if o := &d.Omitted; *o != (claim.Omitted{}) {
		m.Omitted = &entrypb.Omitted{Tokens: uint32(o.Tokens), Links: o.Links, Members: uint32(o.Members),
			Facts: uint32(o.Facts)}
		if o.Tokens > 0 {
			m.Omitted.Digest = o.Digest[:]
		}
	}
	return m, nil
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func ringMessage(r *claim.Ring) *entrypb.Ring {
	m := &entrypb.Ring{Id: r.ID}
	for _, s := range r.Shared {
		m.Domains, m.Tokens = append(m.Domains, s.Domain), append(m.Tokens, uint32(s.Tokens))
	}
	one := true
	for i := range r.Claims {
		one = one && r.Claims[i].Insurer == r.Claims[0].Insurer
	}
	for i := range r.Claims {
		if i == 0 || !one {
			m.Insurers = append(m.Insurers, r.Claims[i].Insurer)
		}
		m.Claims = append(m.Claims, r.Claims[i].Claim)
	}
	return m
}

func contextMessage(c *claim.Context) *entrypb.Context {
	if c.Cause == nil && c.Origin == nil && !c.History && c.Seen == nil && c.Model == "" && c.Settings == nil &&
		c.Features == nil &&
		c.Home == 0 && c.Placement == nil {
		return nil
	}
	m := &entrypb.Context{History: c.History, Model: c.Model, Features: c.Features, Home: uint32(c.Home)}
	if c.Placement != nil {
		m.Placement = &entrypb.Placement{Partitions: uint32(c.Placement.Partitions),
			Partitioner: c.Placement.Partitioner}
	}
	if c.Cause != nil {
		m.Cause = &entrypb.Cause{Journal: c.Cause.Journal, Partition: uint32(c.Cause.Partition), Offset: c.Cause.Offset,
			Epoch: c.Cause.Epoch}
	}
	if c.Origin != nil {
		m.Origin = fillSource(new(entrypb.Source), c.Origin)
	}
	for _, s := range c.Seen {
		m.SeenPartitions, m.SeenOffsets = append(m.SeenPartitions, uint32(s.Partition)), append(m.SeenOffsets, s.Offset)
	}
	for _, s := range c.Settings {
		m.Settings = append(m.Settings, &entrypb.Setting{Name: s.Name, Digest: s.Digest[:]})
	}
	return m
}
