package privacy

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"tallystick/claim"
)

// A sealed message is: magic, the first 8 bytes of the SHA-256 of the public key, the encapsulated key, the ciphertext.
// The suite is RFC 9180 base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. JSON never begins with a zero byte.
const (
	sealedMagic = "\x00TSI\x01"
	keyTagSize  = 8
	encSize     = 32
	intakeInfo  = "tallystick intake v1"
)

// IsSealed reports whether a message on the topic of claims, or a dead letter, is sealed for an intake key.
func IsSealed(message []byte) bool { return bytes.HasPrefix(message, []byte(sealedMagic)) }

// IntakePublic seals messages that only the holder of the intake key can open. It is immutable.
type IntakePublic struct {
	key hpke.PublicKey
	tag [keyTagSize]byte
}

// ParseIntakePublic reads a public key as [IntakePublic.Bytes] gives it.
func ParseIntakePublic(b []byte) (*IntakePublic, error) {
	key, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(b)
	if err != nil {
		return nil, fmt.Errorf("read the public intake key: %w", err)
	}
	return newIntakePublic(key), nil
}

func newIntakePublic(key hpke.PublicKey) *IntakePublic {
	sum := sha256.Sum256(key.Bytes())
	return &IntakePublic{key: key, tag: [keyTagSize]byte(sum[:keyTagSize])}
}

// Bytes returns the 32 bytes that a producer needs to seal.
func (p *IntakePublic) Bytes() []byte { return p.key.Bytes() }

// Seal encrypts plaintext; aad is authenticated and must be given again to open.
func (p *IntakePublic) Seal(aad, plaintext []byte) ([]byte, error) {
	enc, sender, err := hpke.NewSender(p.key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(intakeInfo))
	if err != nil {
		return nil, fmt.Errorf("seal for intake: %w", err)
	}
	ciphertext, err := sender.Seal(aad, plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal for intake: %w", err)
	}
	message := make([]byte, 0, len(sealedMagic)+keyTagSize+len(enc)+len(ciphertext))
	message = append(message, sealedMagic...)
	message = append(message, p.tag[:]...)
	message = append(message, enc...)
	return append(message, ciphertext...), nil
}

// Intake is the install's intake key: it opens sealed claims, and dead letters when they are replayed. It is immutable.
type Intake struct {
	*IntakePublic
	private hpke.PrivateKey
}

// NewIntake derives the intake key pair from the install's root.
func NewIntake(root Secret) (*Intake, error) {
	ikm, err := derive(root, "tallystick intake key v1")
	if err != nil {
		return nil, fmt.Errorf("derive the intake key: %w", err)
	}
	defer ikm.Wipe()
	private, err := hpke.DHKEM(ecdh.X25519()).DeriveKeyPair(ikm.Reveal())
	if err != nil {
		return nil, fmt.Errorf("derive the intake key: %w", err)
	}
	return &Intake{newIntakePublic(private.PublicKey()), private}, nil
}

// Public returns the half that may be given to producers.
func (k *Intake) Public() *IntakePublic { return k.IntakePublic }

// Format prints only that there is a secret, whatever the verb.
func (*Intake) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// Open decrypts a sealed message. What cannot be opened is a *[claim.Problem] of code CannotOpen.
func (k *Intake) Open(aad, message []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(message, []byte(sealedMagic))
	if !ok || len(rest) < keyTagSize+encSize {
		return nil, cannotOpen("not a sealed message")
	}
	if [keyTagSize]byte(rest) != k.tag {
		return nil, cannotOpen("sealed for another key")
	}
	recipient, err := hpke.NewRecipient(rest[keyTagSize:keyTagSize+encSize], k.private, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(intakeInfo))
	if err != nil {
		return nil, cannotOpen("damaged")
	}
	plaintext, err := recipient.Open(aad, rest[keyTagSize+encSize:])
	if err != nil {
		return nil, cannotOpen("damaged, or sealed for another purpose")
	}
	return plaintext, nil
}

func cannotOpen(hint string) error {
	return &claim.Problem{Code: claim.CannotOpen, Offset: -1, Hint: hint}
}

var errOpen = errors.New("it does not open: another key, another record, or damaged")
