package entry

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tallystick/claim"
)

// Committed is what an entry's commitment covers: leaves in the order in which they are hashed, salted.
type Committed struct {
	Common   []claim.Leaf // what belongs to no party: the entry's own values and the open ones of the record
	Sections []CommittedSection
}

// CommittedSection is what one party adds. Where Left is set the rest is not known any more.
type CommittedSection struct {
	Party  string
	Leaves []claim.Leaf // its open values, and its tokens as one
	Count  int          // of its sealed values
	Sealed []byte       // digest over them, nil if there are none
	Left   []byte       // the section's digest
}

// Builder collects the leaves of entries one after the other and uses its memory again. The zero value is ready.
type Builder struct {
	out    Committed
	leaves []claim.Leaf
	bytes  []byte
	salts  []byte
}

// Leaves returns what the commitment of e covers; it is valid until the next call. The set is fixed: verifiers of other
// versions and other people compute it again.
func (b *Builder) Leaves(e *claim.Entry) (*Committed, error) {
	b.leaves, b.bytes = b.leaves[:0], b.bytes[:0]
	sections := b.out.Sections[:0]
	tokens := e.Tokens
	ends := make([]int, 0, 16)
	for i := range e.Sections {
		s := &e.Sections[i]
		to := CommittedSection{Party: s.Party, Count: s.Count, Sealed: s.Digest}
		if s.Left != nil {
			if len(s.Left) != 2*digestSize {
				return nil, fmt.Errorf("section %d was redacted without its digest", i)
			}
			to = CommittedSection{Left: s.Left[digestSize:]}
		} else {
			if s.Party != claim.RecordParty {
				b.addValues(valuesOf(e.Values, s.Party))
			}
			b.addTokens(s.Party, tokens)
		}
		sections, ends = append(sections, to), append(ends, len(b.leaves))
	}
	sectioned := len(b.leaves)
	b.decision(e.Decision)
	b.entry(e)
	b.context(&e.Context)
	for rest := e.Values; len(rest) > 0; {
		party, n := rest[0].Path.Party, 1
		for n < len(rest) && rest[n].Path.Party == party {
			n++
		}
		if party == claim.RecordParty {
			b.addValues(rest[:n])
		}
		rest = rest[n:]
	}
	common := b.leaves[sectioned:]
	slices.SortFunc(common, func(a, b claim.Leaf) int { return compare(a.Path, b.Path) })
	from := 0
	for i := range sections {
		leaves := b.leaves[from:ends[i]]
		from = ends[i]
		if sections[i].Left == nil {
			if err := b.salt(leaves, e.Sections[i].Seed); err != nil {
				return nil, err
			}
			sections[i].Leaves = leaves
		}
	}
	if err := b.salt(common, e.Seed); err != nil {
		return nil, err
	}
	b.out = Committed{Common: common, Sections: sections}
	return &b.out, nil
}

// valuesOf returns those of one party: they lie beside each other.
func valuesOf(values []claim.Value, party string) []claim.Value {
	first, _ := slices.BinarySearchFunc(values, party, func(v claim.Value, party string) int {
		return compare(v.Path.Text, party)
	})
	end := first
	for end < len(values) && values[end].Path.Party == party {
		end++
	}
	return values[first:end]
}

func (b *Builder) addValues(values []claim.Value) {
	for len(values) > 0 {
		v := &values[0]
		if v.Path.Group == "" {
			b.leaves = append(b.leaves, claim.Leaf{Path: v.Path.Text, Kind: v.Kind, Value: v.Bytes})
			values = values[1:]
			continue
		}
		n, from := 0, len(b.bytes)
		for ; n < len(values) && values[n].Path.Group == v.Path.Group; n++ {
			m := &values[n]
			b.bytes = claim.AppendCanonical(b.bytes, m.Path.Text[len(m.Path.Group)+1:], m.Kind, m.Bytes)
		}
		b.group(v.Path.Group, from)
		values = values[n:]
	}
}

// addTokens adds the tokens of a party as one leaf.
func (b *Builder) addTokens(party string, tokens []claim.Token) {
	from := len(b.bytes)
	for i := range tokens {
		t := &tokens[i]
		if claim.PartyOf(t.Path) != party {
			continue
		}
		path := t.Path
		if party != claim.RecordParty {
			path = path[len(party)+1:]
		}
		b.bytes = claim.AppendCanonical(b.bytes, path, claim.LeafString, []byte(t.Value))
	}
	if len(b.bytes) > from {
		b.group(TokensPath(party), from)
	}
}

// TokensPath is the path of the leaf that a party's tokens are.
func TokensPath(party string) string { return party + ".tokens" }

// group adds a leaf of what was appended to bytes since from.
func (b *Builder) group(path string, from int) {
	b.leaves = append(b.leaves, claim.Leaf{Path: path, Kind: claim.LeafGroup, Value: b.since(from)})
}

// since is a piece of the builder's memory: when that grows, the pieces that were handed out stay where they are.
func (b *Builder) since(from int) []byte { return b.bytes[from:len(b.bytes):len(b.bytes)] }

func (b *Builder) text(path, value string) {
	if value == "" {
		return
	}
	from := len(b.bytes)
	b.bytes = append(b.bytes, value...)
	b.leaves = append(b.leaves, claim.Leaf{Path: path, Kind: claim.LeafString, Value: b.since(from)})
}

func (b *Builder) number(path string, write func([]byte) []byte) {
	from := len(b.bytes)
	b.bytes = write(b.bytes)
	b.leaves = append(b.leaves, claim.Leaf{Path: path, Kind: claim.LeafNumber, Value: b.since(from)})
}

func (b *Builder) flag(path string, v bool) {
	kind := claim.LeafFalse
	if v {
		kind = claim.LeafTrue
	}
	b.leaves = append(b.leaves, claim.Leaf{Path: path, Kind: kind})
}

func (b *Builder) float(path string, f float64) {
	b.number(path, func(dst []byte) []byte { return strconv.AppendFloat(dst, f, 'g', -1, 64) })
}

func (b *Builder) decision(d *claim.Decision) {
	if d == nil {
		return
	}
	b.float("decision.base", d.Base)
	b.flag("decision.hold", d.Hold)
	b.text("decision.outcome", string(d.Outcome))
	b.text("decision.ruleset", d.RuleSet)
	b.float("decision.score", d.Score)
	for i := range d.Reasons {
		b.reason(indexed("decision.reasons", i), &d.Reasons[i])
	}
	for i := range d.Failed {
		from := len(b.bytes)
		b.member("error", d.Failed[i].Error)
		b.member("rule", d.Failed[i].Rule)
		b.group(indexed("decision.failed", i), from)
	}
	for i := range d.Rings {
		b.ring(indexed("decision.rings", i), &d.Rings[i])
	}
	b.omitted(&d.Omitted)
}

// omitted adds what a decision left out; most leave out nothing and have no such leaf.
func (b *Builder) omitted(o *claim.Omitted) {
	if *o == (claim.Omitted{}) {
		return
	}
	from := len(b.bytes)
	if o.Tokens > 0 {
		b.member("digest", hex.EncodeToString(o.Digest[:]))
	}
	for _, n := range [...]struct {
		name string
		n    int
	}{{"facts", o.Facts}, {"links", flagNumber(o.Links)}, {"members", o.Members}, {"tokens", o.Tokens}} {
		if n.n > 0 {
			b.memberNumber(n.name, int64(n.n))
		}
	}
	b.group("decision.omitted", from)
}

func flagNumber(v bool) int {
	if v {
		return 1
	}
	return 0
}

// member appends a text of a group; an empty one is absent.
func (b *Builder) member(name, value string) {
	if value != "" {
		b.bytes = claim.AppendCanonical(b.bytes, name, claim.LeafString, []byte(value))
	}
}

func (b *Builder) memberNumber(name string, n int64) {
	var digits [20]byte
	b.bytes = claim.AppendCanonical(b.bytes, name, claim.LeafNumber, strconv.AppendInt(digits[:0], n, 10))
}

func (b *Builder) reason(path string, r *claim.Reason) {
	from := len(b.bytes)
	for i := range r.Facts {
		f, at := &r.Facts[i], indexed("facts", i)
		b.member(at+".name", f.Name)
		b.member(at+".threshold", f.Threshold)
		b.member(at+".value", f.Value)
	}
	b.member("rule", r.Rule)
	b.member("text", r.Text)
	var digits [32]byte
	b.bytes = claim.AppendCanonical(b.bytes, "weight", claim.LeafNumber,
		strconv.AppendFloat(digits[:0], r.Weight, 'g', -1, 64))
	b.group(path, from)
}

func (b *Builder) ring(path string, r *claim.Ring) {
	from := len(b.bytes)
	for i, m := range r.Claims {
		at := indexed("claims", i)
		b.member(at+".claim", m.Claim)
		b.member(at+".insurer", m.Insurer)
	}
	b.member("id", r.ID)
	for _, s := range r.Shared {
		b.memberNumber("shared."+s.Domain, int64(s.Tokens))
	}
	b.group(path, from)
}

func (b *Builder) entry(e *claim.Entry) {
	b.text("entry.at", e.At.UTC().Format(time.RFC3339Nano))
	b.text("entry.claim", e.Claim)
	if e.Dead != nil {
		b.text("entry.code", string(e.Dead.Code))
	}
	if len(e.Content) > 0 {
		b.text("entry.content", hex.EncodeToString(e.Content))
	}
	if e.Kind == claim.Forwarded {
		b.number("entry.home", func(dst []byte) []byte { return strconv.AppendInt(dst, int64(e.Context.Home), 10) })
	}
	b.text("entry.insurer", e.Insurer)
	b.text("entry.kind", string(e.Kind))
	b.text("entry.line", string(e.Line))
	if e.Revision != 0 {
		b.number("entry.revision", func(dst []byte) []byte { return strconv.AppendInt(dst, int64(e.Revision), 10) })
	}
	b.text("entry.source", sourceText(&e.Source))
}

func sourceText(s *claim.SourceRef) string {
	return strconv.Itoa(s.Partition) + "/" + strconv.FormatUint(uint64(s.Epoch), 10) + "/" + strconv.FormatInt(s.Offset,
		10)
}

func (b *Builder) context(c *claim.Context) {
	if c.Cause != nil {
		at := claim.SourceRef{Partition: c.Cause.Partition, Epoch: c.Cause.Epoch, Offset: c.Cause.Offset}
		b.text("decision.cause", c.Cause.Journal+"/"+sourceText(&at))
	}
	if c.Origin != nil {
		b.text("entry.origin", sourceText(c.Origin))
	}
	if c.History {
		b.flag("entry.history", true)
	}
	if c.Placement != nil {
		from := len(b.bytes)
		b.member("partitioner", c.Placement.Partitioner)
		b.memberNumber("partitions", int64(c.Placement.Partitions))
		b.group("entry.placement", from)
	}
	if len(c.Seen) > 0 {
		from := len(b.bytes)
		for _, s := range c.Seen {
			b.memberNumber(strconv.Itoa(s.Partition), s.Offset)
		}
		b.group("decision.seen", from)
	}
	b.text("decision.model", c.Model)
	if len(c.Settings) > 0 {
		from := len(b.bytes)
		for _, s := range c.Settings {
			b.member(s.Name, hex.EncodeToString(s.Digest[:]))
		}
		b.group("decision.settings", from)
	}
	b.text("decision.features", hex.EncodeToString(c.Features))
}

// salt draws the salts of leaves from their seed.
func (b *Builder) salt(leaves []claim.Leaf, seed []byte) error {
	if len(seed) != claim.SeedSize {
		return fmt.Errorf("a seed of %d bytes, want %d", len(seed), claim.SeedSize)
	}
	if len(leaves) == 0 {
		return nil
	}
	b.salts = claim.NewSaltStream((*[claim.SeedSize]byte)(seed)).Fill(b.salts, len(leaves))
	for i := range leaves {
		leaves[i].Salt = [claim.SaltSize]byte(b.salts[i*claim.SaltSize:])
	}
	return nil
}

func indexed(name string, i int) string { return name + "[" + strconv.Itoa(i) + "]" }

// Divide adds the sections that an entry's values and tokens need and it does not have, and fills in seeds that are
// missing with what seed draws: 16 bytes a call, never the same twice.
func Divide(e *claim.Entry, seed func() []byte) error {
	need := make([]string, 0, 8)
	add := func(party string) {
		if len(need) == 0 || need[len(need)-1] != party {
			need = append(need, party)
		}
	}
	for i := range e.Values {
		if party := e.Values[i].Path.Party; party != claim.RecordParty {
			add(party)
		}
	}
	for i := range e.Tokens {
		add(claim.PartyOf(e.Tokens[i].Path))
	}
	for i := range e.Sections {
		add(e.Sections[i].Party)
	}
	slices.Sort(need)
	need = slices.Compact(need)
	if len(need) > len(e.Sections) {
		have := e.Sections
		e.Sections = make([]claim.Section, len(need))
		for i, party := range need {
			e.Sections[i].Party = party
			if at := slices.IndexFunc(have, func(s claim.Section) bool { return s.Party == party }); at >= 0 {
				e.Sections[i] = have[at]
			}
		}
	}
	if !slices.IsSortedFunc(e.Sections, func(a, b claim.Section) int { return strings.Compare(a.Party, b.Party) }) {
		return errSections
	}
	for i := range e.Sections {
		if e.Sections[i].Seed == nil {
			e.Sections[i].Seed = seed()
		}
	}
	if e.Seed == nil {
		e.Seed = seed()
	}
	return nil
}
