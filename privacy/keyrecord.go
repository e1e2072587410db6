package privacy

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// wrappedSize is the length of a wrapped data key: nonce, 32 bytes, tag.
const wrappedSize = nonceSize + SecretSize + 16

// WrappedKey is the data key of one (record, party) under a wrapping key: a 12-byte random nonce, then AES-256-GCM of
// the key; the additional data are the names of record, party and key. Deleting it erases what the key protects.
type WrappedKey struct {
	Minute  *Minute
	Key     [KeyIDSize]byte
	Insurer string
	Claim   string
	Party   string
	Wrapped []byte // shares the memory of the Protected that it came in
}

// KeyRecord is a record of the topic claims.keys, which is compacted: one a wrapped key, under the key's id, so that
// its tombstone erases it; and one a wrapping key with its sealed halves, under that key's id, as often as the wrapping
// key comes up.
type KeyRecord struct{ Key, Value []byte }

// What a record of claims.keys is, in the first byte of its key; the id follows. The first byte of the value is its
// version.
const (
	keyRecordData   = 'k'
	keyRecordMinute = 'm'
	keyVersion      = 1
)

// AppendKeyRecords appends to dst the records that carry keys, each wrapping key before the keys that it wraps.
func AppendKeyRecords(dst []KeyRecord, keys []WrappedKey) []KeyRecord {
	var minute *Minute
	for i := range keys {
		k := &keys[i]
		if k.Minute != minute {
			minute = k.Minute
			value := appendText([]byte{keyVersion}, minute.A)
			dst = append(dst, KeyRecord{keyOf(keyRecordMinute, &minute.ID), appendText(value, minute.B)})
		}
		value := make([]byte, 0, 1+KeyIDSize+wrappedSize+3+len(k.Insurer)+len(k.Claim)+len(k.Party))
		value = append(append(value, keyVersion), minute.ID[:]...)
		value = append(value, k.Wrapped...)
		value = appendText(appendText(appendText(value, k.Insurer), k.Claim), k.Party)
		dst = append(dst, KeyRecord{keyOf(keyRecordData, &k.Key), value})
	}
	return dst
}

func keyOf(kind byte, id *[KeyIDSize]byte) []byte { return append([]byte{kind}, id[:]...) }

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// BatchKey is a wrapped key as the topic has it.
type BatchKey struct {
	Key     []byte // id, 16 bytes
	Minute  []byte // id of the wrapping key, 16 bytes
	Insurer string
	Claim   string
	Party   string
	Wrapped []byte // 60 bytes
}

// Halves are what the topic has of a wrapping key: its two halves as [Minute] seals them.
type Halves struct {
	Minute []byte // id, 16 bytes
	A, B   string
}

var errKeyRecord = errors.New("not a record of wrapped keys")

// DecodeKeyRecord reads a record of claims.keys: a wrapped key, or the halves of a wrapping key. Both are nil for a
// tombstone.
func DecodeKeyRecord(key, value []byte) (*BatchKey, *Halves, error) {
	if len(key) != 1+KeyIDSize || key[0] != keyRecordData && key[0] != keyRecordMinute {
		return nil, nil, fmt.Errorf("%w: its key is no id", errKeyRecord)
	}
	if len(value) == 0 {
		return nil, nil, nil
	}
	if value[0] != keyVersion {
		return nil, nil, fmt.Errorf("%w: version %d, this program reads %d", errKeyRecord, value[0], keyVersion)
	}
	rest := value[1:]
	if key[0] == keyRecordMinute {
		h := &Halves{Minute: key[1:], A: cutText(&rest), B: cutText(&rest)}
		if h.A == "" || h.B == "" || len(rest) > 0 {
			return nil, nil, fmt.Errorf("%w: a half is missing", errKeyRecord)
		}
		return nil, h, nil
	}
	if len(rest) < KeyIDSize+wrappedSize {
		return nil, nil, fmt.Errorf("%w: it is cut short", errKeyRecord)
	}
	k := &BatchKey{Key: key[1:], Minute: rest[:KeyIDSize], Wrapped: rest[KeyIDSize : KeyIDSize+wrappedSize]}
	rest = rest[KeyIDSize+wrappedSize:]
	k.Insurer, k.Claim, k.Party = cutText(&rest), cutText(&rest), cutText(&rest)
	if k.Insurer == "" || k.Claim == "" || k.Party == "" || len(rest) > 0 {
		return nil, nil, fmt.Errorf("%w: insurer, claim or party is missing", errKeyRecord)
	}
	return k, nil, nil
}

// cutText cuts a text off that stands behind its length; "" if there is none.
func cutText(rest *[]byte) string {
	text, ok := readLength(rest)
	if !ok {
		*rest = []byte{0} // whatever follows is not read
		return ""
	}
	return string(text)
}

// KeyIndex is what a reader of claims.keys has met: the last record of an id counts, and a tombstone takes it away. The
// zero value is ready; it is not safe for concurrent use.
type KeyIndex struct {
	keys   map[string]*BatchKey
	halves map[string]*Halves
}

// Take reads the next record of the topic.
func (x *KeyIndex) Take(key, value []byte) error {
	k, h, err := DecodeKeyRecord(key, value)
	if err != nil {
		return err
	}
	if x.keys == nil {
		x.keys, x.halves = map[string]*BatchKey{}, map[string]*Halves{}
	}
	switch {
	case k != nil:
		x.keys[string(k.Key)] = k
	case h != nil:
		x.halves[string(h.Minute)] = h
	default:
		delete(x.keys, string(key[1:]))
		delete(x.halves, string(key[1:]))
	}
	return nil
}

// Find returns a wrapped key and the halves of its wrapping key. ok is false if it is not there, or no more.
func (x *KeyIndex) Find(id []byte) (key BatchKey, halves Halves, ok bool) {
	k := x.keys[string(id)]
	if k == nil {
		return BatchKey{}, Halves{}, false
	}
	h := x.halves[string(k.Minute)]
	if h == nil {
		return BatchKey{}, Halves{}, false
	}
	return *k, *h, true
}
