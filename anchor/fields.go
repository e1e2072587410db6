package anchor

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/proof"
	"tallystick/claim"
)

// FieldProof is a value with its proof that a tree of leaves holds it.
type FieldProof = proof.Field

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

// leafTree builds the tree that Committer.Commit computes the root of.
func leafTree(leaves []claim.Leaf) (*memoryTree, error) {
	var c Committer
	if err := c.hash(leaves); err != nil {
		return nil, err
	}
	tree := &memoryTree{}
	for _, hash := range c.hashes {
		if err := tree.add(hash); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// ProveFields returns the proofs of the values under the given paths, ascending by path, each path once. Leaves are those
// that were committed to. The root of a party's tree is no value and has no field proof.
func ProveFields(leaves []claim.Leaf, paths []string) ([]FieldProof, error) {
	tree, err := leafTree(leaves)
	if err != nil {
		return nil, err
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(paths)))
	proofs := make([]FieldProof, 0, len(sorted))
	for _, path := range sorted {
		index, ok := find(leaves, path)
		if !ok || leaves[index].Kind == claim.LeafRoot {
			return nil, fmt.Errorf("proving %q: %w", path, ErrNoField)
		}
		hashes, err := tree.path(index)
		if err != nil {
			return nil, fmt.Errorf("proving %q: %w", path, err)
		}
		leaf := leaves[index]
		field := FieldProof{Path: leaf.Path, Kind: string(rune(leaf.Kind)), Salt: slices.Clone(leaf.Salt[:]), Index: uint64(index), Hashes: hashes}
		if leaf.Kind == claim.LeafString || leaf.Kind == claim.LeafNumber {
			value := string(leaf.Value)
			field.Value = &value
		}
		proofs = append(proofs, field)
	}
	return proofs, nil
}

func find(leaves []claim.Leaf, path string) (int, bool) {
	return slices.BinarySearchFunc(leaves, path, func(l claim.Leaf, path string) int {
		switch {
		case l.Path < path:
			return -1
		case l.Path > path:
			return 1
		}
		return 0
	})
}

// proveRecord fills in the part of a bundle that leads from values to the record's commitment. A path that is not among
// the record's leaves is looked for in the groups.
func proveRecord(b *proof.Bundle, leaves []claim.Leaf, groups map[string][]claim.Leaf, paths []string) error {
	byGroup := map[string][]string{}
	for _, path := range paths {
		group, err := groupOf(leaves, groups, path)
		if err != nil {
			return err
		}
		byGroup[group] = append(byGroup[group], path)
	}
	tree, err := leafTree(leaves)
	if err != nil {
		return fmt.Errorf("hashing the record: %w", err)
	}
	if b.Record.Commitment, err = tree.root(); err != nil {
		return err
	}
	b.Record.Leaves = uint64(len(leaves))
	names := make([]string, 0, len(byGroup))
	for name := range byGroup {
		names = append(names, name)
	}
	slices.Sort(names) // the record's own tree, "", comes first
	for _, name := range names {
		members := leaves
		if name != "" {
			members = groups[name]
			group, err := proveGroup(tree, leaves, name, members)
			if err != nil {
				return err
			}
			b.Groups = append(b.Groups, group)
		}
		fields, err := ProveFields(members, byGroup[name])
		if err != nil {
			return err
		}
		for i := range fields {
			fields[i].Group = name
		}
		b.Fields = append(b.Fields, fields...)
	}
	return nil
}

func groupOf(leaves []claim.Leaf, groups map[string][]claim.Leaf, path string) (string, error) {
	if _, ok := find(leaves, path); ok {
		return "", nil
	}
	for name, members := range groups {
		if _, ok := find(members, path); ok {
			return name, nil
		}
	}
	return "", fmt.Errorf("proving %q: %w", path, ErrNoField)
}

func proveGroup(tree *memoryTree, leaves []claim.Leaf, name string, members []claim.Leaf) (proof.Group, error) {
	index, ok := find(leaves, name)
	if !ok || leaves[index].Kind != claim.LeafRoot {
		return proof.Group{}, fmt.Errorf("proving the group %q: %w", name, ErrNoField)
	}
	root, err := new(Committer).Commit(members)
	if err != nil {
		return proof.Group{}, fmt.Errorf("hashing the group %q: %w", name, err)
	}
	if root != Hash(leaves[index].Value) {
		return proof.Group{}, fmt.Errorf("the group %q: %w", name, ErrRootMismatch)
	}
	hashes, err := tree.path(index)
	if err != nil {
		return proof.Group{}, err
	}
	return proof.Group{Path: name, Root: root, Leaves: uint64(len(members)), Salt: slices.Clone(leaves[index].Salt[:]), Index: uint64(index), Hashes: hashes}, nil
}
