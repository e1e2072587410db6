package claim

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"slices"
)

// LeafKind is the JSON type of a committed value. It is part of the committed bytes.
type LeafKind byte

// The kinds of a scalar. A JSON null is an absent value and is never a leaf.
const (
	LeafString LeafKind = 's' // Value is the decoded string, UTF-8
	LeafNumber LeafKind = 'n' // Value is the number as it was written
	LeafTrue   LeafKind = 't' // Value is empty
	LeafFalse  LeafKind = 'f' // Value is empty
	// LeafGroup is several values that are never shown apart: Value is their canonical form, see [AppendCanonical]. Path is that
	// of the object, list element or party that they belong to.
	LeafGroup LeafKind = 'g'
)

// Leaf is one scalar of a record, with the salt that hides it in the record's commitment until it is shown.
// Path is indexed, such as parties[2].phone.
type Leaf struct {
	Path  string
	Kind  LeafKind
	Value []byte
	Salt  [SaltSize]byte
}

// SaltSize is the length of a leaf's salt in bytes: 128 bits, as SD-JWT (RFC 9901, section 9.3) recommends.
const SaltSize = 16

// SeedSize is the length of the secret from which the salts of a record are drawn, in bytes.
const SeedSize = 16

// SaltStream yields the salts that belong to a seed: salt n is the nth 16-byte block of the AES-128-CTR key stream
// (NIST SP 800-38A) under the seed with a zero initial counter. Who holds the seed can recompute each salt; who holds
// some salts learns nothing of the others. It is not safe for concurrent use.
type SaltStream struct {
	block cipher.Block
}

// NewSaltStream returns the stream of salts under seed. The seed must be used for one record and purpose only.
func NewSaltStream(seed *[SeedSize]byte) SaltStream {
	block, err := aes.NewCipher(seed[:])
	if err != nil {
		panic("claim: AES refused a 16-byte key: " + err.Error()) // unreachable: the length is fixed by the type
	}
	return SaltStream{block: block}
}

// At returns salt n. A counter-mode key stream block is the encryption of its counter.
func (s SaltStream) At(n uint32) (salt [SaltSize]byte) {
	salt[12], salt[13], salt[14], salt[15] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	s.block.Encrypt(salt[:], salt[:])
	return salt
}

// Fill draws n salts into dst, all at once, and returns them: salt i is dst[i*SaltSize:].
func (s SaltStream) Fill(dst []byte, n int) []byte {
	dst = slices.Grow(dst[:0], n*SaltSize)[:n*SaltSize]
	clear(dst)
	var counter [SaltSize]byte
	cipher.NewCTR(s.block, counter[:]).XORKeyStream(dst, dst)
	return dst
}

// AppendCanonical appends a value in the form in which several are hashed as one: its path and its value, each behind its length
// as a uvarint, and its kind between them.
func AppendCanonical[S ~string | ~[]byte](b []byte, path S, kind LeafKind, value []byte) []byte {
	b = appendLength(b, len(path))
	b = append(b, path...)
	b = append(b, byte(kind))
	b = appendLength(b, len(value))
	return append(b, value...)
}

func appendLength(b []byte, n int) []byte {
	if n < 0x80 { // nearly always, and then without a call
		return append(b, byte(n))
	}
	return binary.AppendUvarint(b, uint64(n))
}
