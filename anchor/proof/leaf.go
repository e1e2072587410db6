package proof

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"unicode/utf8"
)

// SaltSize is the length of a leaf's salt in bytes.
const SaltSize = 16

// The first byte of what is hashed sets apart what it is of. Leaves of Merkle trees (RFC 6962) have 0 and 1.
const (
	leafTag    = 0x10
	sealedTag  = 0x11
	sectionTag = 0x12
	recordTag  = 0x13
)

// AppendLeaf appends what is hashed of one committed value:
//
//	0x10 | salt (16 bytes) | kind (1 byte) | length of path (uvarint) | path | value
//
// Every part but the last has a known length, so two different values never share it. Its SHA-256 is the leaf.
func AppendLeaf(dst []byte, salt *[SaltSize]byte, kind byte, path string, value []byte) []byte {
	dst = append(dst, leafTag)
	dst = append(dst, salt[:]...)
	dst = append(dst, kind)
	dst = binary.AppendUvarint(dst, uint64(len(path)))
	dst = append(dst, path...)
	return append(dst, value...)
}

// AppendSealed appends what is hashed of a party's sealed values:
//
//	0x11 | length of party (uvarint) | party | n (uvarint) | n leaves
func AppendSealed(dst []byte, party string, leaves []Hash) []byte {
	dst = appendText(append(dst, sealedTag), party)
	return appendHashes(dst, leaves)
}

// AppendSection appends what is hashed of a party:
//
//	0x12 | length of party | party | n | n leaves | m | digest of the m sealed values, if m is not 0
func AppendSection(dst []byte, party string, leaves []Hash, sealed uint64, digest Hash) []byte {
	dst = appendText(append(dst, sectionTag), party)
	dst = appendHashes(dst, leaves)
	dst = binary.AppendUvarint(dst, sealed)
	if sealed > 0 {
		dst = append(dst, digest[:]...)
	}
	return dst
}

// AppendRecord appends what is hashed of a record: its SHA-256 is the commitment.
//
//	0x13 | n | n leaves | m | m sections
func AppendRecord(dst []byte, leaves, sections []Hash) []byte {
	dst = appendHashes(append(dst, recordTag), leaves)
	return appendHashes(dst, sections)
}

func appendText(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

func appendHashes(dst []byte, hashes []Hash) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(hashes)))
	for i := range hashes {
		dst = append(dst, hashes[i][:]...)
	}
	return dst
}

// The kinds of a committed value; the byte is part of what is hashed.
const (
	KindString = 's' // a string, UTF-8
	KindNumber = 'n' // a number as it was written
	KindTrue   = 't' // the value is empty
	KindFalse  = 'f' // the value is empty
	KindGroup  = 'g' // several values that are never shown apart, see [Member]
)

// ValidValue reports whether a value of that length may stand under that kind and path.
func ValidValue(kind byte, path string, length int) bool {
	if path == "" {
		return false
	}
	switch kind {
	case KindString:
		return true
	case KindNumber, KindGroup:
		return length > 0
	case KindTrue, KindFalse:
		return length == 0
	}
	return false
}

// Member is one value of a group. Path is within the group.
type Member struct {
	Path  string  `json:"path"`
	Kind  string  `json:"kind"`
	Value *string `json:"value,omitempty"` // of kinds s and n
}

var errMembers = errors.New("not the members of a group")

// AppendMembers appends the canonical form of a group: of each member, ascending by path, the path behind its length,
// the kind, and the value behind its length; lengths are uvarints.
func AppendMembers(dst []byte, members []Member) []byte {
	for i := range members {
		m := &members[i]
		dst = appendText(dst, m.Path)
		dst = append(dst, m.Kind[0])
		dst = appendText(dst, textOf(m.Value))
	}
	return dst
}

// ParseMembers reads the canonical form of a group.
func ParseMembers(canonical []byte) ([]Member, error) {
	var members []Member
	for rest := canonical; len(rest) > 0; {
		path, ok := cutText(&rest)
		if !ok || len(rest) == 0 {
			return nil, errMembers
		}
		m := Member{Path: path, Kind: string(rune(rest[0]))}
		rest = rest[1:]
		value, ok := cutText(&rest)
		if !ok {
			return nil, errMembers
		}
		if m.Kind[0] == KindString || m.Kind[0] == KindNumber {
			m.Value = &value
		}
		members = append(members, m)
	}
	return members, checkMembersOf(members)
}

func checkMembersOf(members []Member) error {
	if len(members) == 0 || len(members) > MaxFields {
		return errMembers
	}
	for i := range members {
		m := &members[i]
		if i > 0 && members[i-1].Path >= m.Path || checkValue(m.Path, m.Kind, m.Value) != nil ||
			m.Kind[0] == KindGroup {
			return errMembers
		}
	}
	return nil
}

// checkValue holds a shown value to its kind.
func checkValue(path, kind string, value *string) error {
	if !utf8.ValidString(path) || len(kind) != 1 {
		return errors.New("malformed")
	}
	has := kind[0] == KindString || kind[0] == KindNumber
	if has != (value != nil) || kind[0] != KindGroup && !ValidValue(kind[0], path, len(textOf(value))) {
		return errors.New("kind and value do not fit")
	}
	if !utf8.ValidString(textOf(value)) {
		return errors.New("the value is not UTF-8")
	}
	if kind[0] == KindNumber && !isNumber(*value) {
		return errors.New("the value is not a number")
	}
	return nil
}

func textOf(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}

func cutText(rest *[]byte) (string, bool) {
	n, size := binary.Uvarint(*rest)
	if size <= 0 || size > 1 && (*rest)[size-1] == 0 || n > uint64(len(*rest)-size) {
		return "", false
	}
	text := string((*rest)[size : size+int(n)])
	*rest = (*rest)[size+int(n):]
	return text, true
}

func sum(b []byte) Hash { return sha256.Sum256(b) }
