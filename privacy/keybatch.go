package privacy

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// KeyBatchVersion is the version of the JSON form of a [KeyBatch].
const KeyBatchVersion = 1

// wrappedSize is the length of a wrapped data key: nonce, 32 bytes, tag.
const wrappedSize = nonceSize + SecretSize + 16

// WrappedKey is the data key of one (record, party) under a wrapping key: a 12-byte random nonce, then AES-256-GCM of the
// key; the additional data are the names of record, party and key. Deleting it erases what the key protects.
type WrappedKey struct {
	Minute  *Minute
	Key     [KeyIDSize]byte
	Insurer string
	Claim   string
	Party   string
	Wrapped []byte // shares the memory of the Protected that it came in
}

// KeyBatch is a record of the topic claims.keys: the keys of one batch that are wrapped under one minute key.
type KeyBatch struct {
	Version int        `json:"v"`
	Minute  []byte     `json:"minute"` // id of the wrapping key, 16 bytes
	A       string     `json:"a"`      // its halves, see [Minute]
	B       string     `json:"b"`
	Keys    []BatchKey `json:"keys"`
}

// BatchKey is one key of a batch.
type BatchKey struct {
	Key     []byte `json:"key"` // id, 16 bytes
	Insurer string `json:"insurer"`
	Claim   string `json:"claim"`
	Party   string `json:"party"`
	Wrapped []byte `json:"wrapped"` // 60 bytes
}

// AppendKeyBatches appends to dst the JSON records, each of at most about limit bytes (0: 512 KiB), that carry keys in
// their order. A new record begins where the wrapping key changes.
func AppendKeyBatches(dst [][]byte, keys []WrappedKey, limit int) [][]byte {
	if limit <= 0 {
		limit = 512 << 10
	}
	for len(keys) > 0 {
		minute := keys[0].Minute
		b := make([]byte, 0, min(limit, 512+len(keys)*256))
		b = append(b, `{"v":1,"minute":"`...)
		b = base64.StdEncoding.AppendEncode(b, minute.ID[:])
		b = append(b, `","a":"`...)
		b = append(b, minute.A...) // base64 and fixed letters: nothing to escape
		b = append(b, `","b":"`...)
		b = append(b, minute.B...)
		b = append(b, `","keys":[`...)
		n := 0
		for ; n < len(keys) && keys[n].Minute == minute && (n == 0 || len(b) < limit-512); n++ {
			if n > 0 {
				b = append(b, ',')
			}
			b = keys[n].appendJSON(b)
		}
		dst = append(dst, append(b, ']', '}'))
		keys = keys[n:]
	}
	return dst
}

// appendJSON needs no escaping: insurer, claim and party hold only characters that JSON takes as they are.
func (k *WrappedKey) appendJSON(b []byte) []byte {
	b = append(b, `{"key":"`...)
	b = base64.StdEncoding.AppendEncode(b, k.Key[:])
	b = append(b, `","insurer":"`...)
	b = append(b, k.Insurer...)
	b = append(b, `","claim":"`...)
	b = append(b, k.Claim...)
	b = append(b, `","party":"`...)
	b = append(b, k.Party...)
	b = append(b, `","wrapped":"`...)
	b = base64.StdEncoding.AppendEncode(b, k.Wrapped)
	return append(b, `"}`...)
}

var errKeyBatch = errors.New("not a record of wrapped keys")

// DecodeKeyBatch reads a record of claims.keys and checks its lengths.
func DecodeKeyBatch(record []byte) (*KeyBatch, error) {
	var b KeyBatch
	if err := json.Unmarshal(record, &b, json.RejectUnknownMembers(true)); err != nil {
		var syntactic *jsontext.SyntacticError
		if errors.As(err, &syntactic) {
			return nil, fmt.Errorf("%w: malformed at byte %d", errKeyBatch, syntactic.ByteOffset)
		}
		return nil, errKeyBatch
	}
	if b.Version != KeyBatchVersion {
		return nil, fmt.Errorf("%w: version %d, this program reads %d", errKeyBatch, b.Version, KeyBatchVersion)
	}
	if len(b.Minute) != KeyIDSize || b.A == "" || b.B == "" || len(b.Keys) == 0 {
		return nil, fmt.Errorf("%w: minute, a, b or keys are missing", errKeyBatch)
	}
	for i, k := range b.Keys {
		if len(k.Key) != KeyIDSize || len(k.Wrapped) != wrappedSize || k.Insurer == "" || k.Claim == "" || k.Party == "" {
			return nil, fmt.Errorf("%w: key %d is not complete", errKeyBatch, i)
		}
	}
	return &b, nil
}
