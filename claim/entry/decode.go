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

// digestSize is the size of a commitment and of the other digests in an entry.
const digestSize = part.Size

// Decode replaces e by the entry in a record's value. It does not retain data. Its errors name no value.
func Decode(data []byte, e *claim.Entry) error {
	var d Decoder
	return d.decode(data, e)
}

// Decoder reads entries one after the other and uses its memory again. The zero value is ready.
type Decoder struct {
	entry   claim.Entry
	common  entrypb.Common
	section entrypb.Section
	parts   []part.Part
}

// Decode reads an entry. It is valid until the next call; strings may be kept.
func (d *Decoder) Decode(data []byte) (*claim.Entry, error) {
	if err := d.decode(data, &d.entry); err != nil {
		return nil, err
	}
	return &d.entry, nil
}

// Salvage reads what it can of a record that may be damaged: the error says what is wrong with the rest, and is nil for
// a whole one. The entry is nil where not even the first part can be read.
func Salvage(data []byte) (*claim.Entry, error) {
	var d Decoder
	whole := d.decode(data, &d.entry)
	if whole == nil {
		return &d.entry, nil
	}
	parts, _ := part.Cut(nil, data)
	for n := len(parts) - 1; n > 0; n-- {
		if d.decode(part.Join(parts[:n]), &d.entry) == nil {
			return &d.entry, whole
		}
	}
	return nil, whole
}

var (
	errWire    = errors.New("not a protobuf message of this version")
	errColumns = errors.New("columns of different lengths")
	errJSON    = errors.New("version 2 or older, in JSON; this program reads version 3 alone, and the journal has to be made anew")
)

func (d *Decoder) decode(data []byte, e *claim.Entry) error {
	*e = claim.Entry{Values: e.Values[:0], Tokens: e.Tokens[:0], Sections: e.Sections[:0]}
	if err := d.read(data, e); err != nil {
		return fmt.Errorf("decode entry: %w", err)
	}
	return nil
}

func (d *Decoder) read(data []byte, e *claim.Entry) (err error) {
	if len(data) > 0 && data[0] == '{' {
		return errJSON
	}
	if d.parts, err = part.Cut(d.parts[:0], data); err != nil {
		return err
	}
	c := &d.common
	if d.parts[0].Redacted || proto.Unmarshal(d.parts[0].Bytes, c) != nil || len(c.ProtoReflect().GetUnknown()) > 0 {
		return errWire
	}
	if e.Kind = named(kinds[:], c.Kind); e.Kind == "" || c.Revision > math.MaxInt32 {
		return errKind
	}
	e.Insurer, e.Claim, e.Revision, e.Line = c.Insurer, c.Claim, int(c.Revision), lineOf(c.Line)
	e.Source, e.At = sourceOf(c.Source), time.UnixMilli(c.At).UTC()
	e.Content, e.Seed, e.Commitment = c.Content, c.Seed, c.Commitment
	if c.Dead != nil {
		e.Dead = &claim.DeadLetter{Code: claim.Code(c.Dead.Code), Path: c.Dead.Path, Partition: int(c.Dead.Partition),
			Offset: c.Dead.Offset}
	}
	if e.Decision, err = decisionOf(c.Decision); err != nil {
		return err
	}
	if err := readContext(c.Context, &e.Context); err != nil {
		return err
	}
	if e.Values, err = appendValues(e.Values, c.Values); err != nil {
		return err
	}
	common := len(e.Values)
	for _, p := range d.parts[1:] {
		if err := d.readSection(p, e); err != nil {
			return err
		}
	}
	e.Values = inOrder(e.Values, common)
	if !slices.IsSortedFunc(e.Values, func(a, b claim.Value) int { return compare(a.Path.Text, b.Path.Text) }) {
		return errSections
	}
	return nil
}

// inOrder puts the values of parties, which follow the first n, between those.
func inOrder(values []claim.Value, n int) []claim.Value {
	if n == len(values) || n == 0 {
		return values
	}
	for first := n; first < len(values); {
		party, end := values[first].Path.Party, first
		for end < len(values) && values[end].Path.Party == party {
			end++
		}
		to, _ := slices.BinarySearchFunc(values[:first], values[first].Path.Text, func(v claim.Value, text string) int {
			return compare(v.Path.Text, text)
		})
		rotate(values[to:end], end-first)
		first = end
	}
	return values
}

// rotate brings the last n values to the front.
func rotate(values []claim.Value, n int) {
	slices.Reverse(values)
	slices.Reverse(values[:n])
	slices.Reverse(values[n:])
}

func (d *Decoder) readSection(p part.Part, e *claim.Entry) (err error) {
	if p.Redacted {
		e.Sections = append(e.Sections, claim.Section{Left: slices.Clone(p.Bytes)})
		return nil
	}
	m := &d.section
	if proto.Unmarshal(p.Bytes, m) != nil || len(m.ProtoReflect().GetUnknown()) > 0 {
		return errWire
	}
	s := claim.Section{Party: m.Party, Seed: m.Seed}
	s.Key, s.Digest, s.Count, s.Data = m.Key, m.Digest, int(m.Count), m.Data
	e.Sections = append(e.Sections, s)
	before := len(e.Values)
	if e.Values, err = appendValues(e.Values, m.Values); err != nil {
		return err
	}
	for i := range e.Values[before:] {
		if e.Values[before+i].Path.Party != m.Party {
			return errSections
		}
	}
	return appendTokens(e, m)
}

func appendValues(values []claim.Value, m *entrypb.Values) ([]claim.Value, error) {
	if m == nil {
		return values, nil
	}
	if len(m.Fields) != len(m.Lengths) {
		return values, errColumns
	}
	values = slices.Grow(values, len(m.Fields))
	data, names, indexes := m.Data, m.Names, m.Indexes
	for i, number := range m.Fields {
		f := fieldOf(number)
		if f == nil || uint64(m.Lengths[i]) > uint64(len(data)) {
			return values, errColumns
		}
		name := ""
		if f.Named() {
			if len(names) == 0 {
				return values, errColumns
			}
			name, names = names[0], names[1:]
		}
		path, rest, err := pathOf(f, indexes, name)
		if err != nil {
			return values, err
		}
		indexes = rest
		text := data[:m.Lengths[i]:m.Lengths[i]]
		data = data[m.Lengths[i]:]
		v := claim.Value{Path: path, Kind: kindOf(f.Type, text, 0), Bytes: text}
		if f.Type == fields.TypeFlag {
			if len(text) != 1 || text[0] != 't' && text[0] != 'f' {
				return values, errValue
			}
			v.Bytes = nil
		}
		values = append(values, v)
	}
	if len(data)+len(names)+len(indexes) > 0 {
		return values, errColumns
	}
	return values, nil
}

func fieldOf(number uint32) *fields.Field {
	if number > math.MaxUint16 {
		return nil
	}
	return fields.Of(fields.Number(number))
}

// pathOf takes the indexes of a path off the column.
func pathOf(f *fields.Field, indexes []uint32, name string) (*claim.Path, []uint32, error) {
	var at [2]uint16
	depth := f.Depth()
	if len(indexes) < depth {
		return nil, nil, errColumns
	}
	for i := range depth {
		if indexes[i] > math.MaxUint16 {
			return nil, nil, errColumns
		}
		at[i] = uint16(indexes[i])
	}
	path, err := claim.PathAt(f.Number, at, name)
	return path, indexes[depth:], err
}

func appendTokens(e *claim.Entry, s *entrypb.Section) error {
	m := s.Tokens
	if m == nil {
		return nil
	}
	n := len(m.Fields)
	if len(m.Domains) != n*domainChars || len(m.Versions) != n || len(m.Values) != n*tokenBytes {
		return errColumns
	}
	e.Tokens = slices.Grow(e.Tokens, n)
	role, indexes := roleFrom(s.Role), m.Indexes
	text := make([]byte, 0, n*(domainChars+tokenChars+4))
	first := len(e.Tokens)
	var ends [64]int
	cut := ends[:0]
	for i := range n {
		f := fieldOf(m.Fields[i])
		if f == nil || m.Versions[i] == 0 {
			return errColumns
		}
		for _, c := range m.Domains[i*domainChars : (i+1)*domainChars] {
			if c < 'a' || c > 'z' {
				return errToken
			}
		}
		path, rest, err := pathOf(f, indexes, "")
		if err != nil {
			return err
		}
		indexes = rest
		if path.Party != s.Party {
			return errSections
		}
		text = TokenText(text, m.Domains[i*domainChars:(i+1)*domainChars], m.Versions[i],
			m.Values[i*tokenBytes:(i+1)*tokenBytes])
		cut = append(cut, len(text))
		e.Tokens = append(e.Tokens, claim.Token{Path: path.Text, Role: role})
	}
	if len(indexes) > 0 {
		return errColumns
	}
	all, from := string(text), 0
	for i, end := range cut {
		e.Tokens[first+i].Value = all[from:end]
		from = end
	}
	return nil
}

func sourceOf(m *entrypb.Source) (s claim.SourceRef) {
	if m == nil {
		return s
	}
	s = claim.SourceRef{Partition: int(m.Partition), Offset: m.Offset, Epoch: m.Epoch}
	if m.Time != nil {
		s.Time = time.UnixMilli(*m.Time).UTC()
	}
	return s
}

// named returns the word of an enumeration's number, "" where there is none. The wire has negative numbers too.
func named[T ~string, N ~int32](words []T, number N) T {
	if number < 0 || int(number) >= len(words) {
		return ""
	}
	return words[number]
}

func decisionOf(m *entrypb.Decision) (*claim.Decision, error) {
	if m == nil {
		return nil, nil
	}
	outcome := named(outcomes[:], m.Outcome)
	if outcome == "" {
		return nil, errKind
	}
	if !finite(m.Score) || !finite(m.Base) {
		return nil, errFloat
	}
	d := &claim.Decision{Score: m.Score, Base: m.Base, Outcome: outcome, Hold: m.Hold, RuleSet: m.RuleSet}
	for _, r := range m.Reasons {
		if !finite(r.Weight) {
			return nil, errFloat
		}
		to := claim.Reason{Rule: r.Rule, Weight: r.Weight, Text: r.Text}
		for _, n := range r.Indicators {
			to.Indicators = append(to.Indicators, int(n))
		}
		for _, f := range r.Facts {
			to.Facts = append(to.Facts, claim.Fact{Name: f.Name, Value: f.Value, Threshold: f.Threshold})
		}
		d.Reasons = append(d.Reasons, to)
	}
	for _, f := range m.Failed {
		d.Failed = append(d.Failed, claim.Failure{Rule: f.Rule, Error: f.Error})
	}
	for _, r := range m.Rings {
		ring, err := ringOf(r)
		if err != nil {
			return nil, err
		}
		d.Rings = append(d.Rings, ring)
	}
	if o := m.Omitted; o != nil {
		if len(o.Digest) != digestSize && (len(o.Digest) > 0 || o.Tokens > 0) {
			return nil, errColumns
		}
		d.Omitted = claim.Omitted{Tokens: int(o.Tokens), Links: o.Links, Members: int(o.Members), Facts: int(o.Facts)}
		copy(d.Omitted.Digest[:], o.Digest)
	}
	return d, nil
}

func ringOf(m *entrypb.Ring) (claim.Ring, error) {
	r := claim.Ring{ID: m.Id}
	if len(m.Domains) != len(m.Tokens) || len(m.Insurers) > len(m.Claims) || len(m.Claims) > 0 &&
		len(m.Insurers) != 1 && len(m.Insurers) != len(m.Claims) {
		return r, errColumns
	}
	for i, domain := range m.Domains {
		r.Shared = append(r.Shared, claim.Shared{Domain: domain, Tokens: int(m.Tokens[i])})
	}
	for i, id := range m.Claims {
		r.Claims = append(r.Claims, claim.ClaimRef{Insurer: m.Insurers[min(i, len(m.Insurers)-1)], Claim: id})
	}
	return r, nil
}

func readContext(m *entrypb.Context, c *claim.Context) error {
	if m == nil {
		return nil
	}
	c.History, c.Model, c.Features = m.History, m.Model, m.Features
	if m.Home > math.MaxInt32 {
		return errNumber
	}
	c.Home = int(m.Home)
	if m.Placement != nil {
		if m.Placement.Partitions == 0 || m.Placement.Partitions > math.MaxInt32 {
			return errNumber
		}
		c.Placement = &claim.Placement{Partitions: int(m.Placement.Partitions), Partitioner: m.Placement.Partitioner}
	}
	if m.Cause != nil {
		c.Cause = &claim.Cause{Journal: m.Cause.Journal, Partition: int(m.Cause.Partition), Offset: m.Cause.Offset,
			Epoch: m.Cause.Epoch}
	}
	if m.Origin != nil {
		origin := sourceOf(m.Origin)
		c.Origin = &origin
	}
	if len(m.SeenPartitions) != len(m.SeenOffsets) {
		return errColumns
	}
	for i, p := range m.SeenPartitions {
		c.Seen = append(c.Seen, claim.Seen{Partition: int(p), Offset: m.SeenOffsets[i]})
	}
	for _, s := range m.Settings {
		if len(s.Digest) != digestSize {
			return errColumns
		}
		c.Settings = append(c.Settings, claim.Setting{Name: s.Name, Digest: claim.Hash(s.Digest)})
	}
	return nil
}

// lineOf and roleFrom return the known words without a copy of their own.
func lineOf(text string) claim.Line {
	for _, l := range [...]claim.Line{claim.LineMotor, claim.LineHealth, claim.LineProperty, claim.LineLife,
		claim.LineTravel, claim.LineDevice} {
		if text == string(l) {
			return l
		}
	}
	return claim.Line(text)
}

func roleFrom(text string) claim.Role { return claim.Role(text) }

// Commitment returns the commitment of a record without decoding the rest: it stands first in the first part.
func Commitment(data []byte) (commitment [digestSize]byte, err error) {
	n, size := part.Uvarint(data)
	if size == 0 || n == 0 {
		return commitment, errCommitment
	}
	length, more := part.Uvarint(data[size:])
	rest := data[size+more:]
	if more == 0 || length&1 != 0 || length>>1 > uint64(len(rest)) || length>>1 < 2+digestSize || rest[0] != 1<<3|2 ||
		rest[1] != digestSize {
		return commitment, errCommitment
	}
	return [digestSize]byte(rest[2 : 2+digestSize]), nil
}

var errCommitment = errors.New("the entry does not begin with its commitment")
