package oprf

import (
	"errors"
	"fmt"

	"github.com/cloudflare/circl/group"
)

// Sizes of what travels, in bytes.
const (
	ElementSize = 32
	ProofSize   = 64
	OutputSize  = 64
)

// MaxBatch is how many elements one request may hold.
const MaxBatch = 64

// MaxInput is the length of an input in bytes.
const MaxInput = 1024

// What is wrong with a point that came from elsewhere.
var (
	ErrIdentity = errors.New("the identity element, which would give everybody the same pseudonym")
	ErrElement  = errors.New("not the encoding of a point of ristretto255")
	ErrBatch    = fmt.Errorf("a batch has 1 to %d elements", MaxBatch)
)

// decodeElement reads a point as RFC 9496 encodes it. The library takes the identity, and more encodings of a point
// than one; here both are errors, as RFC 9497 wants it.
func decodeElement(b []byte) (group.Element, error) {
	if len(b) != ElementSize || !canonical(b) {
		return nil, ErrElement
	}
	e := group.Ristretto255.NewElement()
	if err := e.UnmarshalBinary(b); err != nil {
		return nil, ErrElement
	}
	if e.IsIdentity() {
		return nil, ErrIdentity
	}
	return e, nil
}

// canonical tells whether 32 bytes, little-endian, are below 2^255-19 and even.
func canonical(b []byte) bool {
	if b[0]&1 == 1 || b[31] > 0x7f {
		return false
	}
	if b[31] < 0x7f {
		return true
	}
	for _, c := range b[1:31] {
		if c != 0xff {
			return true
		}
	}
	return b[0] < 0xed
}

// decodeElements reads a batch of points, one behind the other.
func decodeElements(b []byte) ([]group.Element, error) {
	n := len(b) / ElementSize
	if len(b)%ElementSize != 0 || n < 1 || n > MaxBatch {
		return nil, fmt.Errorf("%d bytes: %w of %d bytes", len(b), ErrBatch, ElementSize)
	}
	elements := make([]group.Element, n)
	for i := range elements {
		e, err := decodeElement(b[i*ElementSize : (i+1)*ElementSize])
		if err != nil {
			return nil, fmt.Errorf("element %d of %d: %w", i+1, n, err)
		}
		elements[i] = e
	}
	return elements, nil
}

func appendElements(dst []byte, elements []group.Element) ([]byte, error) {
	for _, e := range elements {
		b, err := e.MarshalBinaryCompress()
		if err != nil {
			return nil, fmt.Errorf("encoding a point: %w", err)
		}
		dst = append(dst, b...)
	}
	return dst, nil
}
