package part

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Limits of a record. Size is that of a digest.
const (
	Most      = 1 << 12 // parts
	MostBytes = 1 << 24 // of a part
	Size      = sha256.Size
)

// ErrForm says that bytes are no list of parts.
var ErrForm = errors.New("not a list of parts")

// Part is one of a record's parts. Bytes of a redacted one are its digest and, behind it, what its owner left beside
// it, which no digest covers.
type Part struct {
	Bytes    []byte
	Redacted bool
}

// Digest stands for a part wherever a digest is formed over it: SHA-256 of what it was before it was redacted. What is
// not to be guessed from it needs a salt within the part.
func (p *Part) Digest() [Size]byte {
	if p.Redacted {
		return [Size]byte(p.Bytes)
	}
	return sha256.Sum256(p.Bytes)
}

// Begin appends the beginning of a record of n parts to dst.
func Begin(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n)) }

// Append appends a part behind its length, in whose lowest bit stands whether it was redacted.
func Append(dst []byte, p Part) []byte {
	length := uint64(len(p.Bytes)) << 1
	if p.Redacted {
		length |= 1
	}
	return append(binary.AppendUvarint(dst, length), p.Bytes...)
}

// Join writes parts as a record.
func Join(parts []Part) []byte {
	out := Begin(nil, len(parts))
	for _, p := range parts {
		out = Append(out, p)
	}
	return out
}

// Cut appends the parts of a record to dst. They are pieces of data. A list of parts has exactly one form.
func Cut(dst []Part, data []byte) ([]Part, error) {
	n, size := Uvarint(data)
	if size == 0 || n == 0 || n > Most {
		return dst, ErrForm
	}
	rest := data[size:]
	for range n {
		length, size := Uvarint(rest)
		bytes := length >> 1
		if size == 0 || bytes > uint64(len(rest)-size) || length&1 != 0 && bytes < Size {
			return dst, ErrForm
		}
		end := size + int(bytes)
		dst = append(dst, Part{rest[size:end:end], length&1 != 0})
		rest = rest[end:]
	}
	if len(rest) > 0 {
		return dst, ErrForm
	}
	return dst, nil
}

// Uvarint reads a number that is written in its one shortest form; size is 0 otherwise.
func Uvarint(b []byte) (n uint64, size int) {
	n, size = binary.Uvarint(b)
	if size <= 0 || n > 2*MostBytes+1 || size > 1 && b[size-1] == 0 {
		return 0, 0
	}
	return n, size
}

// Redact writes a record anew without those of its parts that leave says, by their place; beside is what stands behind
// their digest. A part that was redacted before stays as it is, and a record of which nothing goes is returned itself.
func Redact(data []byte, leave func(place int, bytes []byte) (beside []byte, ok bool)) ([]byte, error) {
	parts, err := Cut(nil, data)
	if err != nil {
		return nil, err
	}
	gone := false
	for i := range parts {
		if parts[i].Redacted {
			continue
		}
		beside, ok := leave(i, parts[i].Bytes)
		if !ok {
			continue
		}
		if len(beside) > MostBytes-Size {
			return nil, fmt.Errorf("part %d: what is to stand beside its digest is too long", i)
		}
		digest := parts[i].Digest()
		parts[i] = Part{append(digest[:], beside...), true}
		gone = true
	}
	if !gone {
		return data, nil
	}
	return Join(parts), nil
}
