package proof

import (
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/tlog"
)

// SaltSize is the length of a leaf's salt in bytes.
const SaltSize = 16

// AppendLeaf appends the leaf data of one committed value to dst and returns the extended slice:
//
//	salt (16 bytes) | kind (1 byte) | length of path (uvarint) | path | value
//
// Every part but the last has a known length, so two different values never share leaf data. The RFC 6962 leaf hash of
// this data, SHA-256(0x00 | data), is what the record's tree holds.
func AppendLeaf(dst []byte, salt *[SaltSize]byte, kind byte, path string, value []byte) []byte {
	dst = append(dst, salt[:]...)
	dst = append(dst, kind)
	dst = binary.AppendUvarint(dst, uint64(len(path)))
	dst = append(dst, path...)
	return append(dst, value...)
}

// nodePrefix sets inner nodes apart from leaves (RFC 6962, section 2.1).
const nodePrefix = 1

// FoldRoot computes the RFC 6962 root over leaf hashes and uses the slice as its scratch space. The root of no leaves is
// the hash of nothing, as the RFC has it.
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

// The kinds of a committed value; the byte is part of the leaf data.
const (
	KindString = 's' // a string, UTF-8
	KindNumber = 'n' // a number as it was written
	KindTrue   = 't' // the value is empty
	KindFalse  = 'f' // the value is empty
	KindRoot   = 'r' // the 32-byte root of a party's own tree
)

// ValidValue reports whether a value of that length may stand under that kind and path.
func ValidValue(kind byte, path string, length int) bool {
	if path == "" {
		return false
	}
	switch kind {
	case KindString:
		return true
	case KindNumber:
		return length > 0
	case KindTrue, KindFalse:
		return length == 0
	case KindRoot:
		return length == tlog.HashSize
	}
	return false
}
