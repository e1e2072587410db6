package intake

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// What docs/sealed-intake.md says of a sealed message. JSON never begins with a zero byte.
const (
	Magic   = "\x00TSI\x01"
	TagSize = 8  // bytes of the SHA-256 of the public key, by which the pipeline finds the key
	EncSize = 32 // bytes of the encapsulated key
	Info    = "tallystick intake v1"
	// the additional data, of claims and dead letters: a dead letter is replayed as it is
	Context = "tallystick claim v1"
)

// Sealed reports whether a message is sealed for an intake key.
func Sealed(message []byte) bool { return bytes.HasPrefix(message, []byte(Magic)) }

// Key is the public half of an install's intake key: it seals, and nothing that it seals opens without the other half.
// It is immutable.
type Key struct {
	key     hpke.PublicKey
	version int
	tag     [TagSize]byte
}

// NewKey returns the key of 32 bytes (RFC 7748) that an install has in a version.
func NewKey(version int, public []byte) (*Key, error) {
	key, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(public)
	if err != nil || version < 1 {
		return nil, errors.New("an intake key is 32 bytes of X25519, of version 1 or later")
	}
	sum := sha256.Sum256(public)
	return &Key{key: key, version: version, tag: [TagSize]byte(sum[:TagSize])}, nil
}

// ParseKey reads a key as [Key.String] writes it.
func ParseKey(text string) (*Key, error) {
	id, encoded, _ := strings.Cut(strings.TrimSpace(text), " ")
	number, _, _ := strings.Cut(strings.TrimPrefix(id, "v"), "-")
	version, _ := strconv.Atoi(number)
	public, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return nil, errors.New("an intake key is written vN-ID and 32 bytes in base64, as `tallystick intake key` prints it")
	}
	k, err := NewKey(version, public)
	if err != nil {
		return nil, err
	}
	if k.ID() != id {
		return nil, fmt.Errorf("the intake key's id %q is not that of the key: a character is wrong", id)
	}
	return k, nil
}

// Version says how often the install has turned its key over.
func (k *Key) Version() int { return k.version }

// ID names the key: its version, and in hex what a sealed message begins with behind the magic.
func (k *Key) ID() string { return "v" + strconv.Itoa(k.version) + "-" + hex.EncodeToString(k.tag[:]) }

// Tag is what a message sealed for the key begins with behind the magic.
func (k *Key) Tag() [TagSize]byte { return k.tag }

// Bytes returns the 32 bytes of the key.
func (k *Key) Bytes() []byte { return k.key.Bytes() }

// String writes the key on one line, for [ParseKey].
func (k *Key) String() string { return k.ID() + " " + base64.StdEncoding.EncodeToString(k.Bytes()) }

// Seal seals a claim's JSON as the value of a record on the topic of claims. The record's key stays clear: it places
// the claim.
func (k *Key) Seal(claim []byte) ([]byte, error) { return k.SealFor([]byte(Context), claim) }

// SealFor seals with other additional data than a claim's: what is sealed for one purpose does not open for another.
func (k *Key) SealFor(context, plain []byte) ([]byte, error) {
	enc, sender, err := hpke.NewSender(k.key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(Info))
	if err != nil {
		return nil, fmt.Errorf("seal for intake: %w", err)
	}
	ciphertext, err := sender.Seal(context, plain)
	if err != nil {
		return nil, fmt.Errorf("seal for intake: %w", err)
	}
	message := make([]byte, 0, len(Magic)+TagSize+len(enc)+len(ciphertext))
	message = append(message, Magic...)
	message = append(message, k.tag[:]...)
	message = append(message, enc...)
	return append(message, ciphertext...), nil
}
