package claim

import (
	"crypto/aes"
	"crypto/cipher"
)

// LeafKind is the JSON type of a committed value. It is part of the committed bytes.
type LeafKind byte

// The kinds of a scalar. A JSON null is an absent value and is never a leaf.
const (
	LeafString LeafKind = 's' // Value is the decoded string, UTF-8
	LeafNumber LeafKind = 'n' // Value is the number as it was written
	LeafTrue   LeafKind = 't' // Value is empty
	LeafFalse  LeafKind = 'f' // Value is empty
	// LeafRoot is not a scalar: Value is the 32-byte root of a tree of its own over the sealed leaves of one party
	// (path sealed.claimant, sealed.parties[0], sealed.record). So an entry carries one hash a party instead of one
	// a sealed field, and a sealed field is proved by its proof in that tree followed by the proof of this leaf.
	LeafRoot LeafKind = 'r'
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
const SeedSize = 32

// SaltStream yields the salts that belong to a seed: salt n is the nth 16-byte block of the AES-256-CTR key stream
// (NIST SP 800-38A) under the seed with a zero initial counter. Who holds the seed can recompute each salt; who holds
// some salts learns nothing of the others. It is not safe for concurrent use.
type SaltStream struct {
	block cipher.Block
}

// NewSaltStream returns the stream of salts under seed. The seed must be used for one record and purpose only.
func NewSaltStream(seed *[SeedSize]byte) SaltStream {
	block, err := aes.NewCipher(seed[:])
	if err != nil {
		panic("claim: AES refused a 32-byte key: " + err.Error()) // unreachable: the length is fixed by the type
	}
	return SaltStream{block: block}
}

// At returns salt n. A counter-mode key stream block is the encryption of its counter.
func (s SaltStream) At(n uint32) (salt [SaltSize]byte) {
	salt[12], salt[13], salt[14], salt[15] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	s.block.Encrypt(salt[:], salt[:])
	return salt
}
