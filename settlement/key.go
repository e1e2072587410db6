package settlement

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// Key makes the digests by which an entry names its claim and payment. On a public chain they say nothing to whom the
// insurer has not given the key's digest of that claim; a plain hash of a claim's number could be guessed.
type Key struct{ secret [32]byte }

// NewKey takes 32 secret bytes. The same bytes must be kept for as long as a payment could be asked for twice.
func NewKey(secret []byte) (Key, error) {
	if len(secret) != 32 {
		return Key{}, errors.New("the settlement key has not 32 bytes")
	}
	return Key{[32]byte(secret)}, nil
}

// String keeps the secret out of logs.
func (Key) String() string { return "settlement key" }

// GoString keeps the secret out of logs.
func (Key) GoString() string { return "settlement key" }

// Claim returns the digest of a claim.
func (k Key) Claim(insurer, claim string) [32]byte { return k.digest("claim", 0, insurer, claim) }

// Nullifier returns the digest of a claim's payment, which are numbered from 1 in the order in which they were decided.
func (k Key) Nullifier(insurer, claim string, payment uint64) [32]byte {
	return k.digest("nullifier", payment, insurer, claim)
}

func (k Key) digest(purpose string, n uint64, texts ...string) [32]byte {
	h := hmac.New(sha256.New, k.secret[:])
	h.Write([]byte("tallystick/settlement/v1/" + purpose + "\x00"))
	h.Write(binary.BigEndian.AppendUint64(nil, n))
	for _, text := range texts { // each with its length: no two lists are one text
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text))))
		h.Write([]byte(text))
	}
	return [32]byte(h.Sum(nil))
}
