package privacy

import (
	"bytes"
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

// Open decrypts what one party's key protects. Key is the party's wrapped key, halfA and halfB are the two halves of
// its wrapping key as the two officers decrypted them. An error tells nothing of what is inside.
func Open(sealed claim.Section, key BatchKey, halfA, halfB []byte) (*Opened, error) {
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

func openFields(sealed claim.Section, dataKey []byte) (*Opened, error) {
	aead, err := newGCM(dataKey)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, fieldsNonce, sealed.Data, append(append([]byte(nil), sealed.Key...), sealed.Party...))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", sealed.Party, errOpen)
	}
	leaves, err := readFields(plain)
	if err != nil {
		return nil, fmt.Errorf("open %s: its fields are %w", sealed.Party, err)
	}
	salts := drawSalts(nil, aead, len(leaves))
	for i := range leaves {
		leaves[i].Path = without(sealed.Party, leaves[i].Path)
		leaves[i].Salt = saltAt(salts, i)
	}
	return &Opened{Party: sealed.Party, Leaves: leaves}, nil
}

// errFields says that a plaintext is not what sealParty writes. Whoever sealed it is broken, or another version.
var errFields = errors.New("not as this version seals them")

// readFields reads what sealParty encrypts: fields ascending by path, which is within the party, and zeros up to a
// multiple of padTo.
func readFields(plain []byte) ([]claim.Leaf, error) {
	if len(plain) == 0 || len(plain)%padTo != 0 {
		return nil, errFields
	}
	var leaves []claim.Leaf
	for rest := plain; len(rest) > 0; {
		if rest[0] == 0 {
			if len(rest) >= padTo || len(bytes.Trim(rest, "\x00")) > 0 {
				return nil, errFields
			}
			break
		}
		path, ok := readLength(&rest)
		if !ok || len(rest) == 0 {
			return nil, errFields
		}
		kind := claim.LeafKind(rest[0])
		rest = rest[1:]
		value, ok := readLength(&rest)
		if !ok || !sealable(kind, value) || len(leaves) > 0 && leaves[len(leaves)-1].Path >= string(path) {
			return nil, errFields
		}
		leaves = append(leaves, claim.Leaf{Path: string(path), Kind: kind, Value: value})
	}
	if len(leaves) == 0 {
		return nil, errFields
	}
	return leaves, nil
}

// sealable reports whether a sealed leaf can have the kind and value.
func sealable(kind claim.LeafKind, value []byte) bool {
	switch kind {
	case claim.LeafTrue, claim.LeafFalse:
		return len(value) == 0
	case claim.LeafString, claim.LeafNumber:
		return true
	}
	return false
}

// readLength cuts off bytes that stand behind their length. One length has one form.
func readLength(rest *[]byte) ([]byte, bool) {
	n, size := binary.Uvarint(*rest)
	if size <= 0 || size > 1 && (*rest)[size-1] == 0 || n > uint64(len(*rest)-size) {
		return nil, false
	}
	out := (*rest)[size : size+int(n) : size+int(n)]
	*rest = (*rest)[size+int(n):]
	return out, true
}
