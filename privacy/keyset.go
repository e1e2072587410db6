package privacy

import (
	"crypto/subtle"
	"errors"
	"fmt"
)

// KeySet is a fixed set of keys: what a key service holds between two refreshes. It is immutable and a [Keys] by
// itself.
type KeySet struct {
	insurers map[string]*InsurerKeys
	sealing  *SealingKeys
	intake   *Intake
}

// NewKeySet checks that nothing is missing and that the sealing keys are strong enough.
func NewKeySet(insurers []*InsurerKeys, sealing *SealingKeys, intake *Intake) (*KeySet, error) {
	s := &KeySet{insurers: make(map[string]*InsurerKeys, len(insurers)), sealing: sealing, intake: intake}
	for _, k := range insurers {
		if s.insurers[k.name] != nil {
			return nil, fmt.Errorf("keys: insurer %s is named twice", k.name)
		}
		s.insurers[k.name] = k
	}
	if len(insurers) == 0 || sealing == nil || intake == nil {
		return nil, errors.New("keys: insurers, sealing keys and intake key are all needed")
	}
	for half, k := range map[string]PublicHalf{"A": sealing.A, "B": sealing.B} {
		if k.Key == nil || k.Key.N.BitLen() < 3072 || k.Version < 1 {
			return nil, fmt.Errorf("keys: public half %s must be an RSA key of at least 3072 bits with a version", half)
		}
	}
	if sealing.A.Key.Equal(sealing.B.Key) {
		return nil, errors.New("keys: both public halves are the same key, so one officer could open alone")
	}
	return s, nil
}

// Insurer returns the keys of an insurer, or [ErrUnknownInsurer].
func (s *KeySet) Insurer(name string) (*InsurerKeys, error) {
	if k := s.insurers[name]; k != nil {
		return k, nil
	}
	return nil, ErrUnknownInsurer
}

// Sealing returns the public halves.
func (s *KeySet) Sealing() (*SealingKeys, error) { return s.sealing, nil }

// Intake returns the intake key.
func (s *KeySet) Intake() (*Intake, error) { return s.intake, nil }

// Reuse returns s with those keys of old that are the same, so that what callers derived from them stays good.
func (s *KeySet) Reuse(old *KeySet) *KeySet {
	if old == nil {
		return s
	}
	for name, k := range s.insurers {
		if was := old.insurers[name]; was != nil && was.same(k) {
			s.insurers[name] = was
		}
	}
	return s
}

func (k *InsurerKeys) same(other *InsurerKeys) bool {
	if len(k.roots) != len(other.roots) {
		return false
	}
	for i := range k.roots {
		if subtle.ConstantTimeCompare(k.roots[i].Reveal(), other.roots[i].Reveal()) != 1 {
			return false
		}
	}
	return true
}
