package privacy

import (
	"crypto/ecdh"
	"crypto/hpke"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"tallystick/claim"
	"tallystick/privacy/intake"
)

// Intake is the install's intake key in all its versions: it opens sealed claims, and dead letters when they are
// replayed. What it seals it seals for the newest. It is immutable.
type Intake struct {
	versions []intakeVersion // oldest first; never empty
}

type intakeVersion struct {
	public  *intake.Key
	private hpke.PrivateKey
}

// NewIntake derives the intake key from the versions of the install's root, oldest first. A version is needed for as
// long as anything that was sealed for it may come: a producer that has not changed, a claim on the topic, a dead
// letter.
func NewIntake(roots ...Secret) (*Intake, error) {
	if len(roots) == 0 {
		return nil, errors.New("derive the intake key: there is no root")
	}
	k := &Intake{}
	for i, root := range roots {
		ikm, err := derive(root, "tallystick intake key v"+strconv.Itoa(i+1))
		if err != nil {
			return nil, fmt.Errorf("derive the intake key: %w", err)
		}
		private, err := hpke.DHKEM(ecdh.X25519()).DeriveKeyPair(ikm.Reveal())
		ikm.Wipe()
		if err != nil {
			return nil, fmt.Errorf("derive the intake key: %w", err)
		}
		public, err := intake.NewKey(i+1, private.PublicKey().Bytes())
		if err != nil {
			return nil, fmt.Errorf("derive the intake key: %w", err)
		}
		k.versions = append(k.versions, intakeVersion{public, private})
	}
	return k, nil
}

// Public returns the newest key, which producers are given.
func (k *Intake) Public() *intake.Key { return k.versions[len(k.versions)-1].public }

// Versions returns all keys for which claims may still come sealed, oldest first.
func (k *Intake) Versions() (all []*intake.Key) {
	for _, v := range k.versions {
		all = append(all, v.public)
	}
	return all
}

// Seal seals for the newest key; aad is authenticated and must be given again to open.
func (k *Intake) Seal(aad, plain []byte) ([]byte, error) { return k.Public().SealFor(aad, plain) }

// Format prints only that there is a secret, whatever the verb.
func (*Intake) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// Open decrypts a message that was sealed for any version. What cannot be opened is a *[claim.Problem] of code
// CannotOpen.
func (k *Intake) Open(aad, message []byte) ([]byte, error) {
	if !intake.Sealed(message) || len(message) < len(intake.Magic)+intake.TagSize+intake.EncSize {
		return nil, cannotOpen("not a sealed message")
	}
	rest := message[len(intake.Magic):]
	at := slices.IndexFunc(k.versions, func(v intakeVersion) bool {
		return v.public.Tag() == [intake.TagSize]byte(rest)
	})
	if at < 0 {
		return nil, cannotOpen("sealed for another key")
	}
	enc, ciphertext := rest[intake.TagSize:intake.TagSize+intake.EncSize], rest[intake.TagSize+intake.EncSize:]
	recipient, err := hpke.NewRecipient(enc, k.versions[at].private, hpke.HKDFSHA256(), hpke.AES256GCM(),
		[]byte(intake.Info))
	if err != nil {
		return nil, cannotOpen("damaged")
	}
	plaintext, err := recipient.Open(aad, ciphertext)
	if err != nil {
		return nil, cannotOpen("damaged, or sealed for another purpose")
	}
	return plaintext, nil
}

func cannotOpen(hint string) error {
	return &claim.Problem{Code: claim.CannotOpen, Offset: -1, Hint: hint}
}

var errOpen = errors.New("it does not open: another key, another record, or damaged")
