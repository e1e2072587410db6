package proof

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"
)

// nodePrefix sets inner nodes apart from leaves (RFC 6962, section 2.1).
const nodePrefix = 1

// FoldRoot computes the RFC 6962 root over leaf hashes and uses the slice as its scratch space. The root of no leaves
// is the hash of nothing, as the RFC has it.
//
// Pairing each level from the left and lifting an odd last node unchanged is the RFC's recursive split at the largest
// power of two, without its recursion; a test holds it against transparency-dev/merkle.
func FoldRoot(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 0 {
		root, _ := tlog.TreeHash(0, nil) // no leaves: reads nothing and cannot fail
		return root
	}
	// tlog.NodeHash with one digest for all: a tenth less, and some hundred nodes a claim.
	digest, node := sha256.New(), [1 + 2*tlog.HashSize]byte{nodePrefix}
	for n := len(hashes); n > 1; n = (n + 1) / 2 {
		for i := range n / 2 {
			copy(node[1:], hashes[2*i][:])
			copy(node[1+tlog.HashSize:], hashes[2*i+1][:])
			digest.Reset()
			digest.Write(node[:])
			digest.Sum(hashes[i][:0])
		}
		if n%2 == 1 {
			hashes[n/2] = hashes[n-1]
		}
	}
	return hashes[0]
}
