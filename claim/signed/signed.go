package signed

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
)

// Header is the name of the record header that carries the signature: 64 bytes, Ed25519 over the context and the
// record's value.
const Header = "signature"

// Size is that of a signature.
const Size = ed25519.SignatureSize

// context keeps a signature from being taken for one over something else.
const context = "tallystick claim event v1\n"

// MostKeys is how many keys an insurer may have at a time: each that does not fit costs a verification.
const MostKeys = 8

// Signer signs events.
type Signer struct{ key ed25519.PrivateKey }

// Sign returns the signature of a record's value as it is sent, sealed or not.
func (s *Signer) Sign(value []byte) []byte { return ed25519.Sign(s.key, message(value)) }

func message(value []byte) []byte {
	return append(append(make([]byte, 0, len(context)+len(value)), context...), value...)
}

// NewKey makes the key of a producer: the private half in PKCS 8 and the public one in PKIX, both as PEM.
func NewKey() (private, public []byte, err error) {
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return nil, nil, err
	}
	open, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
		pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: open}), nil
}

// ParseSigner reads a private key, such as `openssl genpkey -algorithm ed25519` makes. The error does not quote it.
func ParseSigner(text []byte) (*Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errors.New("want an Ed25519 private key in PEM (PRIVATE KEY)")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the private key is damaged")
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("the private key is not of Ed25519")
	}
	return &Signer{private}, nil
}

// Keys are the public keys of producers, by the insurer that each may send claims of.
type Keys map[string][]ed25519.PublicKey

// Add registers a public key in PEM, such as `openssl pkey -pubout` prints.
func (k Keys) Add(insurer string, text []byte) error {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return errors.New("want an Ed25519 public key in PEM (PUBLIC KEY)")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return fmt.Errorf("the public key is damaged: %w", err)
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return errors.New("the public key is not of Ed25519")
	}
	for other, keys := range k {
		if slices.ContainsFunc(keys, func(have ed25519.PublicKey) bool { return have.Equal(public) }) {
			return fmt.Errorf("the key is registered for %s already", other)
		}
	}
	if len(k[insurer]) == MostKeys {
		return fmt.Errorf("%s has %d keys already", insurer, MostKeys)
	}
	k[insurer] = append(k[insurer], public)
	return nil
}

// Signed reports whether a signature over any of the values is by a producer of the insurer. A sealed event may be
// signed as it is sent, or before it was sealed.
func (k Keys) Signed(insurer string, signature []byte, values ...[]byte) bool {
	if len(signature) != ed25519.SignatureSize {
		return false
	}
	for _, v := range values {
		if v == nil {
			continue
		}
		m := message(v)
		for _, key := range k[insurer] {
			if ed25519.Verify(key, m, signature) {
				return true
			}
		}
	}
	return false
}
