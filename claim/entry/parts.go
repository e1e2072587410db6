package entry

import (
	"encoding/binary"
	"errors"
)

// A record's value is its number of parts and then each part behind its length, both as uvarints. The lowest bit of a length says
// that the part was redacted: then 32 bytes of its SHA-256 stand in its place, and behind them what its owner left beside it.
const (
	mostParts  = 1 << 12
	mostBytes  = 1 << 24
	digestSize = 32
)

var errParts = errors.New("not a list of parts")

type part struct {
	bytes    []byte
	redacted bool
}

func appendPart(dst, bytes []byte, redacted bool) []byte {
	length := uint64(len(bytes)) << 1
	if redacted {
		length |= 1
	}
	return append(binary.AppendUvarint(dst, length), bytes...)
}

// joinParts writes parts as a record.
func joinParts(parts []part) []byte {
	out := binary.AppendUvarint(nil, uint64(len(parts)))
	for _, p := range parts {
		out = appendPart(out, p.bytes, p.redacted)
	}
	return out
}

// cutParts appends the parts of a record to dst. They are pieces of data.
func cutParts(dst []part, data []byte) ([]part, error) {
	n, size := uvarint(data)
	if size == 0 || n == 0 || n > mostParts {
		return dst, errParts
	}
	rest := data[size:]
	for range n {
		length, size := uvarint(rest)
		bytes := length >> 1
		if size == 0 || bytes > uint64(len(rest)-size) || length&1 != 0 && bytes < digestSize {
			return dst, errParts
		}
		end := size + int(bytes)
		dst = append(dst, part{rest[size:end:end], length&1 != 0})
		rest = rest[end:]
	}
	if len(rest) > 0 {
		return dst, errParts
	}
	return dst, nil
}

// uvarint reads a number that is written in its one shortest form; size is 0 otherwise.
func uvarint(b []byte) (n uint64, size int) {
	n, size = binary.Uvarint(b)
	if size <= 0 || n > mostBytes || size > 1 && b[size-1] == 0 {
		return 0, 0
	}
	return n, size
}
