package anchor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/proof"
	"tallystick/claim"
	"tallystick/claim/entry"
)

// ErrNoField is returned when a proof is asked for a path that has no leaf.
var ErrNoField = errors.New("the record has no value under that path")

// memoryTree keeps the stored hashes of a tree as x/mod orders them.
type memoryTree struct {
	stored []Hash
	size   int64
}

// ReadHashes implements tlog.HashReader.
func (t *memoryTree) ReadHashes(indexes []int64) ([]Hash, error) {
	hashes := make([]Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = t.stored[index]
	}
	return hashes, nil
}

func (t *memoryTree) add(leaf Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(t.size, leaf, t)
	if err != nil {
		return err
	}
	t.stored = append(t.stored, hashes...)
	t.size++
	return nil
}

func (t *memoryTree) root() (Hash, error) { return tlog.TreeHash(t.size, t) }

func (t *memoryTree) path(index int) ([]Hash, error) {
	return tlog.ProveRecord(t.size, int64(index), t)
}

// proveRecord fills in what a bundle says of a record: all its digests, and the values under the given paths, which are
// those of the record's own leaves, of its sections', and of the opened sealed values of parties. ErrNoField if there
// is none under a path.
func proveRecord(b *proof.Bundle, record *entry.Committed, opened map[string][]claim.Leaf, paths []string) error {
	var c Committer
	if err := c.leaves(record.Common); err != nil {
		return fmt.Errorf("hashing the record: %w", err)
	}
	b.Record.Leaves = slices.Clone(c.hashes)
	for i := range record.Sections {
		s, err := c.section(&record.Sections[i], opened)
		if err != nil {
			return fmt.Errorf("hashing section %d: %w", i, err)
		}
		b.Record.Sections = append(b.Record.Sections, s)
	}
	for _, path := range paths {
		f, err := fieldAt(record, opened, path)
		if err != nil {
			return err
		}
		b.Fields = append(b.Fields, f)
	}
	slices.SortFunc(b.Fields, func(a, b proof.Field) int {
		return cmp.Or(cmp.Compare(a.Section, b.Section), compareBool(a.Sealed, b.Sealed), cmp.Compare(a.Index, b.Index))
	})
	b.Fields = slices.CompactFunc(b.Fields, func(a, b proof.Field) bool {
		return a.Section == b.Section && a.Sealed == b.Sealed && a.Index == b.Index
	})
	return nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// section opens a section of the bundle as far as it is known.
func (c *Committer) section(s *entry.CommittedSection, opened map[string][]claim.Leaf) (proof.Section, error) {
	if s.Left != nil {
		digest := Hash(s.Left)
		return proof.Section{Digest: &digest}, nil
	}
	if err := c.leaves(s.Leaves); err != nil {
		return proof.Section{}, err
	}
	out := proof.Section{Party: s.Party, Leaves: slices.Clone(c.hashes)}
	if s.Count == 0 {
		return out, nil
	}
	digest := Hash(s.Sealed)
	out.Sealed = &proof.Sealed{Count: uint64(s.Count), Digest: &digest}
	leaves, ok := opened[s.Party]
	if !ok {
		return out, nil
	}
	got, err := c.CommitSealed(s.Party, leaves)
	if err != nil {
		return out, err
	}
	if got != digest || len(leaves) != s.Count {
		return out, fmt.Errorf("the opened values: %w", ErrRootMismatch)
	}
	out.Sealed.Digest, out.Sealed.Leaves = nil, slices.Clone(c.hashes)
	return out, nil
}

// fieldAt finds a value.
func fieldAt(record *entry.Committed, opened map[string][]claim.Leaf, path string) (proof.Field, error) {
	if i, ok := find(record.Common, path); ok {
		return fieldOf(&record.Common[i], i, "", false)
	}
	for j := range record.Sections {
		s := &record.Sections[j]
		if i, ok := find(s.Leaves, path); ok {
			return fieldOf(&s.Leaves[i], i, s.Party, false)
		}
		if leaves := opened[s.Party]; s.Left == nil {
			if i, ok := find(leaves, path); ok {
				return fieldOf(&leaves[i], i, s.Party, true)
			}
		}
	}
	return proof.Field{}, fmt.Errorf("proving %q: %w", path, ErrNoField)
}

func fieldOf(leaf *claim.Leaf, index int, section string, sealed bool) (proof.Field, error) {
	f := proof.Field{
		Section: section, Sealed: sealed, Index: uint64(index), Path: leaf.Path, Kind: string(rune(leaf.Kind)),
		Salt: slices.Clone(leaf.Salt[:]),
	}
	switch leaf.Kind {
	case claim.LeafString, claim.LeafNumber:
		value := string(leaf.Value)
		f.Value = &value
	case claim.LeafGroup:
		var err error
		if f.Members, err = proof.ParseMembers(leaf.Value); err != nil {
			return f, fmt.Errorf("proving %q: %w", leaf.Path, err)
		}
	}
	return f, nil
}

func find(leaves []claim.Leaf, path string) (int, bool) {
	return slices.BinarySearchFunc(leaves, path, func(l claim.Leaf, path string) int {
		return cmp.Compare(l.Path, path)
	})
}
