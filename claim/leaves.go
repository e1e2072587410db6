package claim

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Names of leaves that an entry adds to those of its event. No field of the event begins with one of them, and names that
// the schema does not know are sealed, so they cannot be mistaken.
const (
	leafEntry    = "entry."
	leafDecision = "decision."
	leafToken    = "token."
	leafSealed   = "sealed."
)

// Leaves returns what the entry's commitment hashes, salted and sorted: the open fields of the event, the tokens, one
// leaf a sealed party, the entry's identity and its decision. open are the leaves of e.Event where the caller has them at
// hand, sorted by path and without salts, else nil. The entry needs its Seed and the Roots of its Sealed parts.
//
// The set is fixed: verifiers of other versions and other people recompute it.
func (e *Entry) Leaves(dst, open []Leaf) ([]Leaf, error) {
	b := LeafBuilder{leaves: dst}
	return b.Leaves(e, open)
}

// LeafBuilder makes the leaves of one entry after the other and uses its memory again. The zero value is ready; it is not
// safe for concurrent use.
type LeafBuilder struct {
	leaves, own []Leaf
	values      []byte
	salts       []byte
	tokens      pathTable
	sealed      pathTable
}

// Leaves is [Entry.Leaves]. What it returns is valid until the next call.
func (b *LeafBuilder) Leaves(e *Entry, open []Leaf) ([]Leaf, error) {
	if len(e.Seed) != SeedSize {
		return nil, fmt.Errorf("entry has a seed of %d bytes, want %d", len(e.Seed), SeedSize)
	}
	if open == nil && len(e.Event) > 0 {
		var err error
		if open, err = OpenLeaves(e.Event); err != nil {
			return nil, err
		}
	}
	b.own, b.values = b.own[:0], b.values[:0]
	b.decision(e.Decision)
	decision := len(b.own)
	b.entry(e)
	entry := len(b.own)
	for i := range e.Sealed {
		b.add(b.sealed.under(leafSealed, e.Sealed[i].Party), LeafRoot, e.Sealed[i].Root)
	}
	sealed := len(b.own)
	for i := range e.Tokens {
		b.text(b.tokens.under(leafToken, e.Tokens[i].Path), e.Tokens[i].Value)
	}
	b.leaves = slices.Grow(b.leaves[:0], len(open)+len(b.own))
	open = b.merge(open, leafDecision, b.own[:decision])
	open = b.merge(open, leafEntry, b.own[decision:entry])
	open = b.merge(open, leafSealed, b.own[entry:sealed])
	open = b.merge(open, leafToken, b.own[sealed:])
	b.leaves = append(b.leaves, open...)
	if !slices.IsSortedFunc(b.leaves, byPath) { // more than ten reasons; tokens or parties that came unsorted
		slices.SortFunc(b.leaves, byPath)
	}
	b.salt(e.Seed)
	return b.leaves, nil
}

func byPath(a, b Leaf) int { return strings.Compare(a.Path, b.Path) }

// merge appends the open leaves before a group of leaves whose paths begin with prefix, then the group. It returns the rest.
func (b *LeafBuilder) merge(open []Leaf, prefix string, group []Leaf) []Leaf {
	before, _ := slices.BinarySearchFunc(open, prefix, func(l Leaf, prefix string) int { return strings.Compare(l.Path, prefix) })
	b.leaves = append(append(b.leaves, open[:before]...), group...)
	return open[before:]
}

func (b *LeafBuilder) add(path string, kind LeafKind, value []byte) {
	b.own = append(b.own, Leaf{Path: path, Kind: kind, Value: value})
}

// text adds a string, if it is not empty. The value is a copy in the builder's memory: when that grows, the pieces that
// were handed out stay where they are.
func (b *LeafBuilder) text(path, value string) {
	if value == "" {
		return
	}
	from := len(b.values)
	b.values = append(b.values, value...)
	b.add(path, LeafString, b.since(from))
}

func (b *LeafBuilder) since(from int) []byte { return b.values[from:len(b.values):len(b.values)] }

func (b *LeafBuilder) decision(d *Decision) {
	if d == nil {
		return
	}
	b.add(leafDecision+"hold", boolKind(d.Hold), nil)
	b.text(leafDecision+"outcome", string(d.Outcome))
	for i := range d.Reasons {
		b.text(reasonPath(i), d.Reasons[i].Rule)
	}
	b.text(leafDecision+"ruleset", d.RuleSet)
	from := len(b.values)
	b.values = strconv.AppendFloat(b.values, d.Score, 'g', -1, 64)
	b.add(leafDecision+"score", LeafNumber, b.since(from))
}

func (b *LeafBuilder) entry(e *Entry) {
	from := len(b.values)
	b.values = e.At.UTC().AppendFormat(b.values, time.RFC3339Nano)
	b.add(leafEntry+"at", LeafString, b.since(from))
	b.text(leafEntry+"claim", e.Claim)
	if e.Dead != nil {
		b.text(leafEntry+"code", string(e.Dead.Code))
	}
	if len(e.Content) > 0 {
		from = len(b.values)
		b.values = hex.AppendEncode(b.values, e.Content)
		b.add(leafEntry+"content", LeafString, b.since(from))
	}
	b.text(leafEntry+"insurer", e.Insurer)
	b.text(leafEntry+"kind", string(e.Kind))
	b.text(leafEntry+"line", string(e.Line))
	if e.Revision != 0 {
		from = len(b.values)
		b.values = strconv.AppendInt(b.values, int64(e.Revision), 10)
		b.add(leafEntry+"revision", LeafNumber, b.since(from))
	}
	from = len(b.values)
	b.values = strconv.AppendInt(b.values, int64(e.Source.Partition), 10)
	b.values = strconv.AppendUint(append(b.values, '/'), uint64(e.Source.Epoch), 10)
	b.values = strconv.AppendInt(append(b.values, '/'), e.Source.Offset, 10)
	b.add(leafEntry+"source", LeafString, b.since(from))
}

// salt draws the salts of all leaves at once: see [SaltStream], whose nth salt is the nth block of the key stream.
func (b *LeafBuilder) salt(seed []byte) {
	stream := NewSaltStream((*[SeedSize]byte)(seed))
	size := len(b.leaves) * SaltSize
	b.salts = slices.Grow(b.salts[:0], size)[:size]
	clear(b.salts)
	var counter [SaltSize]byte
	cipher.NewCTR(stream.block, counter[:]).XORKeyStream(b.salts, b.salts)
	for i := range b.leaves {
		b.leaves[i].Salt = [SaltSize]byte(b.salts[i*SaltSize:])
	}
}

// pathTable remembers paths with their prefix put before them. They come from the schema, but for the indexes, so it is
// bounded only against a feed with endless lists.
type pathTable map[string]string

func (t *pathTable) under(prefix, path string) string {
	if full, ok := (*t)[path]; ok {
		return full
	}
	if *t == nil || len(*t) >= 4096 {
		*t = make(pathTable)
	}
	full := prefix + path
	(*t)[full[len(prefix):]] = full
	return full
}

// reasonPaths are the paths of the reasons that nearly every decision makes do with.
var reasonPaths = func() (paths [32]string) {
	for i := range paths {
		paths[i] = leafDecision + "reasons[" + strconv.Itoa(i) + "]"
	}
	return paths
}()

func reasonPath(i int) string {
	if i < len(reasonPaths) {
		return reasonPaths[i]
	}
	return leafDecision + "reasons[" + strconv.Itoa(i) + "]"
}

func boolKind(v bool) LeafKind {
	if v {
		return LeafTrue
	}
	return LeafFalse
}

// OpenLeaves returns the scalars of a JSON object with their indexed paths, sorted, without salts. A null is absent.
func OpenLeaves(object jsontext.Value) ([]Leaf, error) {
	var leaves []Leaf
	if err := walk(object, "", &leaves); err != nil {
		return nil, fmt.Errorf("reading the open fields of an entry: %w", err)
	}
	slices.SortFunc(leaves, func(a, b Leaf) int { return strings.Compare(a.Path, b.Path) })
	return leaves, nil
}

func walk(v jsontext.Value, path string, leaves *[]Leaf) error {
	switch v.Kind() {
	case 'n':
		return nil
	case 't', 'f':
		*leaves = append(*leaves, Leaf{Path: path, Kind: boolKind(v.Kind() == 't')})
		return nil
	case '0':
		*leaves = append(*leaves, Leaf{Path: path, Kind: LeafNumber, Value: v.Clone()})
		return nil
	case '"':
		s, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return err
		}
		*leaves = append(*leaves, Leaf{Path: path, Kind: LeafString, Value: s})
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewReader(v))
	open, err := dec.ReadToken()
	if err != nil {
		return err
	}
	for i := 0; dec.PeekKind() != '}' && dec.PeekKind() != ']'; i++ {
		at := path + "[" + strconv.Itoa(i) + "]"
		if open.Kind() == '{' {
			name, err := dec.ReadToken()
			if err != nil {
				return err
			}
			if at = name.String(); path != "" {
				at = path + "." + at
			}
		}
		child, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := walk(child, at, leaves); err != nil {
			return err
		}
	}
	_, err = dec.ReadToken()
	return err
}
