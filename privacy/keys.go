package privacy

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"tallystick/claim"
	"tallystick/privacy/token"
)

// The errors of a [Keys]. Both may come wrapped.
var (
	// ErrUnknownInsurer: the install does not serve this insurer. The event is refused.
	ErrUnknownInsurer = errors.New("not an insurer of this install")
	// ErrUnavailable: the keys in memory have expired and the key service does not answer. Wait and try the same event
	// again.
	ErrUnavailable = errors.New("keys are not available")
)

// Keys gives the keys that are in memory at the moment. It never goes to the network: an implementation refreshes them
// by itself and answers [ErrUnavailable] once they have expired. The same keys come back as the same pointer, so that a
// caller can keep what it derived from them. All methods may be called concurrently.
type Keys interface {
	// Insurer returns the keys of one insurer, [ErrUnknownInsurer] or [ErrUnavailable].
	Insurer(name string) (*InsurerKeys, error)
	// Sealing returns the public halves to which minute keys are sealed, or [ErrUnavailable].
	Sealing() (*SealingKeys, error)
	// Intake returns the install's intake key, or [ErrUnavailable].
	Intake() (*Intake, error)
}

// SealingKeys are the public keys of the two officers who only together can open what is sealed.
type SealingKeys struct {
	A, B PublicHalf
}

// PublicHalf is one officer's public RSA key, of at least 3072 bits, with its version in the key service.
type PublicHalf struct {
	Key     *rsa.PublicKey
	Version int
}

// InsurerKeys are what tokens and content digests of one insurer are made under. It is immutable.
type InsurerKeys struct {
	name    string
	roots   []Secret // roots[i] is version i+1 of the token root
	content Secret
	erasure Secret
}

// NewInsurerKeys derives an insurer's keys from its token roots, oldest first: roots[0] is version 1. All versions are
// needed for as long as the insurer lives, since a newer token is made of the older one.
func NewInsurerKeys(name string, roots ...Secret) (*InsurerKeys, error) {
	if err := CheckInsurerName(name); err != nil {
		return nil, err
	}
	if len(roots) == 0 {
		return nil, fmt.Errorf("insurer %s: no token root", name)
	}
	for i, root := range roots {
		if root.IsZero() {
			return nil, fmt.Errorf("insurer %s: version %d of the token root is missing", name, i+1)
		}
	}
	// The content key stays with version 1: a rotation must not make a redelivered event look new.
	content, err := derive(roots[0], "tallystick content v1")
	if err != nil {
		return nil, fmt.Errorf("insurer %s: derive the content key: %w", name, err)
	}
	erasure, err := derive(roots[0], "tallystick erasure v1")
	if err != nil {
		return nil, fmt.Errorf("insurer %s: derive the key of erasures: %w", name, err)
	}
	return &InsurerKeys{name: name, roots: append([]Secret(nil), roots...), content: content, erasure: erasure}, nil
}

// MarkSize is the size of a mark.
const MarkSize = 16

// Mark returns what a list of erased people keeps of a token: who has the list and not the keys learns no token from
// it.
func (k *InsurerKeys) Mark(token string) (mark [MarkSize]byte) {
	h := hmac.New(sha256.New, k.erasure.Reveal())
	h.Write([]byte(token))
	return [MarkSize]byte(h.Sum(nil)[:MarkSize])
}

// Name returns the insurer's name.
func (k *InsurerKeys) Name() string { return k.name }

// Version returns the version of the tokens that are made now.
func (k *InsurerKeys) Version() int { return len(k.roots) }

// domainKey returns the key of a token domain under a version of the root. The version of the normal form is part of
// it, so that a form that changes makes other tokens, and none of two forms is ever taken for one.
func (k *InsurerKeys) domainKey(d *token.Domain, version int) (Secret, error) {
	return derive(k.roots[version-1], "tallystick token "+d.Name+" form "+strconv.Itoa(d.Form)+" v"+
		strconv.Itoa(version))
}

// CheckInsurerName refuses what cannot name an insurer, see [claim.ValidInsurer].
func CheckInsurerName(name string) error {
	if !claim.ValidInsurer(name) {
		return errors.New("an insurer's name has " + claim.HintInsurer)
	}
	return nil
}

// derive returns HKDF-SHA256 (RFC 5869) of a root under info, without salt.
func derive(root Secret, info string) (Secret, error) {
	key, err := hkdf.Key(sha256.New, root.Reveal(), nil, info, SecretSize)
	if err != nil {
		return Secret{}, err
	}
	defer clear(key)
	return NewSecret(key)
}
