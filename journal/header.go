package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// The wire format. It is fixed for ever; docs/design/0002-journal.md explains it and testdata holds its vectors.
const (
	headerKey     = "TSJ2"
	headerVersion = 2
	headerSize    = 83

	digestDomain  = "tallystick journal v2\n"
	genesisDomain = "tallystick journal v2 genesis\n"
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

// Form says what the records of a batch are to its digest.
type Form uint8

const (
	// FormWhole takes a record as it is.
	FormWhole Form = 0
	// FormParts takes a record as a list of parts (package part), each of which may have been left out.
	FormParts Form = 1
)

// Header is the first record of a journal batch.
type Header struct {
	Kind Kind
	Form Form
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
	b = append(b, headerVersion, byte(h.Kind), byte(h.Form))
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
	h := Header{Kind: Kind(value[1]), Form: Form(value[2])}
	if h.Kind > KindEpoch || h.Form > FormParts {
		return Header{}, fmt.Errorf("%w: kind %d, form %d", errMalformed, h.Kind, h.Form)
	}
	v := value[3:]
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
func Genesis(name string, partition int) Digest { return genesis(genesisDomain, name, partition) }

func genesis(domain, name string, partition int) Digest {
	b := append([]byte(domain), name...)
	b = append(b, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(partition))
	return sha256.Sum256(b)
}
