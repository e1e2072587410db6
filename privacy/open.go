package privacy

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"

	"tallystick/claim"
)

// Opened is what a party's sealed fields turn out to hold.
type Opened struct {
	Party  string
	Leaves []claim.Leaf // as they were committed, with their salts
}

// Open decrypts what one party's key protects. Key is the party's wrapped key, halfA and halfB are the two halves of its
// wrapping key as the two officers decrypted them. An error tells nothing of what is inside.
func Open(sealed claim.Sealed, key BatchKey, halfA, halfB []byte) (*Opened, error) {
	if len(halfA) != SecretSize || len(halfB) != SecretSize {
		return nil, fmt.Errorf("open %s: a half of the wrapping key has %d bytes", sealed.Party, SecretSize)
	}
	if string(key.Key) != string(sealed.Key) || key.Party != sealed.Party {
		return nil, fmt.Errorf("open %s: the wrapped key belongs to other fields", sealed.Party)
	}
	var minute [SecretSize]byte
	defer clear(minute[:])
	subtle.XORBytes(minute[:], halfA, halfB)
	dataKey, err := unwrap(minute[:], key)
	if err != nil {
		return nil, fmt.Errorf("open %s: unwrap its key: %w", sealed.Party, err)
	}
	defer clear(dataKey)
	return openFields(sealed, dataKey)
}

func unwrap(minute []byte, key BatchKey) ([]byte, error) {
	if len(key.Wrapped) != wrappedSize {
		return nil, errors.New("a wrapped key has 60 bytes")
	}
	aead, err := newGCM(minute)
	if err != nil {
		return nil, err
	}
	aad := appendWrapAAD(nil, key.Key, key.Insurer, key.Claim, key.Party)
	dataKey, err := aead.Open(nil, key.Wrapped[:nonceSize], key.Wrapped[nonceSize:], aad)
	if err != nil {
		return nil, errOpen
	}
	return dataKey, nil
}

func openFields(sealed claim.Sealed, dataKey []byte) (*Opened, error) {
	aead, err := newGCM(dataKey)
	if err != nil {
		return nil, err
	}
	salts := drawSalts(nil, aead, len(sealed.Fields))
	opened := &Opened{Party: sealed.Party, Leaves: make([]claim.Leaf, 0, len(sealed.Fields))}
	var nonce [nonceSize]byte
	for i, field := range sealed.Fields {
		binary.BigEndian.PutUint64(nonce[nonceSize-8:], uint64(i))
		plain, err := aead.Open(nil, nonce[:], field.Data, append(append([]byte(nil), sealed.Key...), field.Path...))
		if err != nil || len(plain) == 0 {
			return nil, fmt.Errorf("open %s: field %d: %w", sealed.Party, i, errOpen)
		}
		opened.Leaves = append(opened.Leaves, claim.Leaf{
			Path: field.Path, Kind: claim.LeafKind(plain[0]), Value: plain[1:], Salt: saltAt(salts, i),
		})
	}
	return opened, nil
}
