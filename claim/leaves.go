package claim

import (
	"bytes"
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
	if len(e.Seed) != SeedSize {
		return nil, fmt.Errorf("entry has a seed of %d bytes, want %d", len(e.Seed), SeedSize)
	}
	if open == nil && len(e.Event) > 0 {
		var err error
		if open, err = OpenLeaves(e.Event); err != nil {
			return nil, err
		}
	}
	dst = append(dst[:0], open...)
	add := func(path string, kind LeafKind, value []byte) {
		dst = append(dst, Leaf{Path: path, Kind: kind, Value: value})
	}
	text := func(path, value string) {
		if value != "" {
			add(path, LeafString, []byte(value))
		}
	}
	text(leafEntry+"insurer", e.Insurer)
	text(leafEntry+"claim", e.Claim)
	text(leafEntry+"kind", string(e.Kind))
	text(leafEntry+"line", string(e.Line))
	text(leafEntry+"at", e.At.UTC().Format(time.RFC3339Nano))
	text(leafEntry+"source", strconv.Itoa(e.Source.Partition)+"/"+strconv.FormatUint(uint64(e.Source.Epoch), 10)+"/"+strconv.FormatInt(e.Source.Offset, 10))
	if e.Revision != 0 {
		add(leafEntry+"revision", LeafNumber, strconv.AppendInt(nil, int64(e.Revision), 10))
	}
	if len(e.Content) > 0 {
		text(leafEntry+"content", fmt.Sprintf("%x", e.Content))
	}
	if d := e.Dead; d != nil {
		text(leafEntry+"code", string(d.Code))
	}
	if d := e.Decision; d != nil {
		text(leafDecision+"outcome", string(d.Outcome))
		text(leafDecision+"ruleset", d.RuleSet)
		add(leafDecision+"score", LeafNumber, strconv.AppendFloat(nil, d.Score, 'g', -1, 64))
		add(leafDecision+"hold", boolKind(d.Hold), nil)
		for i := range d.Reasons {
			text(leafDecision+"reasons["+strconv.Itoa(i)+"]", d.Reasons[i].Rule)
		}
	}
	for i := range e.Tokens {
		text(leafToken+e.Tokens[i].Path, e.Tokens[i].Value)
	}
	for i := range e.Sealed {
		add(leafSealed+e.Sealed[i].Party, LeafRoot, e.Sealed[i].Root)
	}
	slices.SortFunc(dst, func(a, b Leaf) int { return strings.Compare(a.Path, b.Path) })
	salts := NewSaltStream((*[SeedSize]byte)(e.Seed))
	for i := range dst {
		dst[i].Salt = salts.At(uint32(i))
	}
	return dst, nil
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
