package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"time"
)

// The wire format. It is fixed for ever; docs/design/0002-journal.md explains it and testdata holds its vectors.
const (
	headerKey     = "TSJ1"
	headerVersion = 1
	headerSize    = 82

	digestDomain  = "tallystick journal v1\n"
	genesisDomain = "tallystick journal v1 genesis\n"
)

// Digest is the SHA-256 that names a batch and, through prev, all that came before it.
type Digest [sha256.Size]byte

// String is the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes hexadecimal.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads hexadecimal.
func (d *Digest) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(d) {
		return fmt.Errorf("digest of %d characters, want %d", len(text), hex.EncodedLen(len(d)))
	}
	if _, err := hex.Decode(d[:], text); err != nil {
		return fmt.Errorf("reading a digest: %w", err)
	}
	return nil
}

// Kind says what a batch is.
type Kind uint8

const (
	// KindData covers the source range [From, To) with its records.
	KindData Kind = 0
	// KindEpoch says that the source was reset: To is where it begins anew.
	KindEpoch Kind = 1
)

// Header is the first record of a journal batch.
type Header struct {
	Kind Kind
	// Epoch counts the resets of the source.
	Epoch uint32
	// Prev is the digest of the last valid batch, or the genesis.
	Prev Digest
	// From and To bound the source range [From, To).
	From, To int64
	// Count is the number of records after the header.
	Count uint32
	// Created is the writer's clock in milliseconds since 1970.
	Created int64
	// Writer is a random id of the appender, for diagnosis only.
	Writer [16]byte
}

// Time is when the batch was made, by its writer's clock.
func (h Header) Time() time.Time { return time.UnixMilli(h.Created) }

func (h Header) appendTo(b []byte) []byte {
	b = append(b, headerVersion, byte(h.Kind))
	b = binary.BigEndian.AppendUint32(b, h.Epoch)
	b = append(b, h.Prev[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.From))
	b = binary.BigEndian.AppendUint64(b, uint64(h.To))
	b = binary.BigEndian.AppendUint32(b, h.Count)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Created))
	return append(b, h.Writer[:]...)
}

var (
	errForeign   = errors.New("not a journal header")
	errMalformed = errors.New("malformed journal header")
)

// decodeHeader reads a header record. Exactly one byte string decodes to each header.
func decodeHeader(key, value []byte) (Header, error) {
	if string(key) != headerKey {
		return Header{}, errForeign
	}
	if len(value) != headerSize {
		return Header{}, fmt.Errorf("%w: %d bytes, want %d", errMalformed, len(value), headerSize)
	}
	if value[0] != headerVersion {
		return Header{}, fmt.Errorf("%w: version %d, want %d", errMalformed, value[0], headerVersion)
	}
	h := Header{Kind: Kind(value[1])}
	if h.Kind > KindEpoch {
		return Header{}, fmt.Errorf("%w: kind %d", errMalformed, h.Kind)
	}
	v := value[2:]
	h.Epoch, v = binary.BigEndian.Uint32(v), v[4:]
	v = v[copy(h.Prev[:], v):]
	h.From, v = int64(binary.BigEndian.Uint64(v)), v[8:]
	h.To, v = int64(binary.BigEndian.Uint64(v)), v[8:]
	h.Count, v = binary.BigEndian.Uint32(v), v[4:]
	h.Created, v = int64(binary.BigEndian.Uint64(v)), v[8:]
	copy(h.Writer[:], v)
	if h.From < 0 || h.To < 0 {
		return Header{}, fmt.Errorf("%w: range [%d, %d)", errMalformed, h.From, h.To)
	}
	return h, nil
}

// Genesis is the digest before the first batch of a partition. It binds batches to the journal's logical name and the
// partition, so that they cannot be moved to another.
func Genesis(name string, partition int) Digest {
	b := append([]byte(genesisDomain), name...)
	b = append(b, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(partition))
	return sha256.Sum256(b)
}

// digester computes digests; it keeps its hash and buffer. Not for concurrent use.
type digester struct {
	hash hash.Hash
	buf  []byte
}

// begin starts a digest with the header's value.
func (d *digester) begin(headerValue []byte) {
	if d.hash == nil {
		d.hash = sha256.New()
	}
	d.hash.Reset()
	d.hash.Write([]byte(digestDomain))
	d.hash.Write(headerValue)
}

// add takes in one record. No key and an empty key are the same.
func (d *digester) add(key, value []byte) {
	d.buf = binary.BigEndian.AppendUint32(d.buf[:0], uint32(len(key)))
	d.buf = append(d.buf, key...)
	d.buf = binary.BigEndian.AppendUint32(d.buf, uint32(len(value)))
	d.hash.Write(d.buf)
	d.hash.Write(value)
}

func (d *digester) sum() Digest {
	var out Digest
	d.hash.Sum(out[:0])
	return out
}
