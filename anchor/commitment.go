package anchor

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/proof"
	"tallystick/claim"
)

// Hash is a SHA-256 hash: a commitment, a node or the root of a tree.
type Hash = tlog.Hash

// Errors of a set of leaves. They name a position, never a value.
var (
	ErrNoLeaves  = errors.New("no leaves to commit to")
	ErrLeafOrder = errors.New("leaf paths must be strictly ascending")
	ErrLeafKind  = errors.New("leaf kind and value do not fit")
)

// Committer computes commitments. It keeps its buffers from one record to the next, so a worker that holds one allocates
// nothing a record. The zero value is ready; it is not safe for concurrent use.
type Committer struct {
	data   []byte
	hashes []Hash
}

// Commit returns the RFC 6962 root over the salted leaves of a record, or over the sealed leaves of one party. The caller
// sorts the leaves by Path in byte order; a path that occurs twice is refused, since two values under one name would let
// the owner show either.
func (c *Committer) Commit(leaves []claim.Leaf) (Hash, error) {
	if err := c.hash(leaves); err != nil {
		return Hash{}, err
	}
	return proof.FoldRoot(c.hashes), nil
}

// leafPrefix sets leaves apart from inner nodes (RFC 6962, section 2.1).
const leafPrefix = 0

// hash fills c.hashes with the leaf hashes.
func (c *Committer) hash(leaves []claim.Leaf) error {
	if len(leaves) == 0 {
		return ErrNoLeaves
	}
	c.hashes = slices.Grow(c.hashes[:0], len(leaves))[:len(leaves)]
	digest := sha256.New() // one for all leaves: sha256.Sum256 begins with a new one each time
	for i := range leaves {
		leaf := &leaves[i]
		if i > 0 && leaves[i-1].Path >= leaf.Path {
			return fmt.Errorf("leaf %d of %d: %w", i, len(leaves), ErrLeafOrder)
		}
		if !proof.ValidValue(byte(leaf.Kind), leaf.Path, len(leaf.Value)) {
			return fmt.Errorf("leaf %d of %d: %w", i, len(leaves), ErrLeafKind)
		}
		c.data = append(c.data[:0], leafPrefix)
		c.data = proof.AppendLeaf(c.data, &leaf.Salt, byte(leaf.Kind), leaf.Path, leaf.Value)
		digest.Reset()
		digest.Write(c.data)
		digest.Sum(c.hashes[i][:0])
	}
	return nil
}
