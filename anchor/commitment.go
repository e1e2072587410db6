package anchor

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/proof"
	"tallystick/claim"
	"tallystick/claim/entry"
)

// Hash is a SHA-256 hash: a commitment, a node or the root of a tree.
type Hash = tlog.Hash

// Errors of a set of leaves. They name a position, never a value.
var (
	ErrNoLeaves  = errors.New("no leaves to commit to")
	ErrLeafOrder = errors.New("leaf paths must be strictly ascending")
	ErrLeafKind  = errors.New("leaf kind and value do not fit")
)

// Committer computes commitments. It keeps its buffers from one record to the next, so a worker that holds one
// allocates nothing a record. The zero value is ready; it is not safe for concurrent use.
type Committer struct {
	data     []byte
	hashes   []Hash
	sections []Hash
	digest   hash.Hash
	out      Hash
}

// Commit returns the commitment of a record: one SHA-256 over the digests of its salted leaves and of its sections. A
// path that occurs twice in a section is refused, since two values under one name would let the owner show either.
func (c *Committer) Commit(record *entry.Committed) (Hash, error) {
	c.sections = c.sections[:0]
	for i := range record.Sections {
		s := &record.Sections[i]
		digest, err := c.Section(s)
		if err != nil {
			return Hash{}, fmt.Errorf("section %d: %w", i, err)
		}
		c.sections = append(c.sections, digest)
	}
	if err := c.leaves(record.Common); err != nil {
		return Hash{}, err
	}
	c.data = proof.AppendRecord(c.data[:0], c.hashes, c.sections)
	return c.sum(), nil
}

// Section returns the digest that stands for a section in a commitment, and in its place once it was left out.
func (c *Committer) Section(s *entry.CommittedSection) (Hash, error) {
	if s.Left != nil {
		return Hash(s.Left), nil
	}
	if err := c.leaves(s.Leaves); err != nil {
		return Hash{}, err
	}
	var digest Hash
	if s.Count > 0 {
		if len(s.Sealed) != len(digest) {
			return Hash{}, fmt.Errorf("sealed values without a digest: %w", ErrLeafKind)
		}
		digest = Hash(s.Sealed)
	}
	c.data = proof.AppendSection(c.data[:0], s.Party, c.hashes, uint64(s.Count), digest)
	return c.sum(), nil
}

// CommitSealed returns the digest over a party's sealed values, ascending by path.
func (c *Committer) CommitSealed(party string, leaves []claim.Leaf) (Hash, error) {
	if len(leaves) == 0 {
		return Hash{}, ErrNoLeaves
	}
	if err := c.leaves(leaves); err != nil {
		return Hash{}, err
	}
	c.data = proof.AppendSealed(c.data[:0], party, c.hashes)
	return c.sum(), nil
}

// leaves fills c.hashes with the hashes of leaves.
func (c *Committer) leaves(leaves []claim.Leaf) error {
	c.hashes = slices.Grow(c.hashes[:0], len(leaves))[:len(leaves)]
	for i := range leaves {
		leaf := &leaves[i]
		if i > 0 && leaves[i-1].Path >= leaf.Path {
			return fmt.Errorf("leaf %d of %d: %w", i, len(leaves), ErrLeafOrder)
		}
		if !proof.ValidValue(byte(leaf.Kind), leaf.Path, len(leaf.Value)) {
			return fmt.Errorf("leaf %d of %d: %w", i, len(leaves), ErrLeafKind)
		}
		c.data = proof.AppendLeaf(c.data[:0], &leaf.Salt, byte(leaf.Kind), leaf.Path, leaf.Value)
		c.hashes[i] = c.sum()
	}
	return nil
}

// sum hashes c.data. It keeps one digest for all: sha256.Sum256 begins with a new one each time.
func (c *Committer) sum() Hash {
	if c.digest == nil {
		c.digest = sha256.New()
	}
	c.digest.Reset()
	c.digest.Write(c.data)
	c.digest.Sum(c.out[:0])
	return c.out
}
