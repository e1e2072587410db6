package oprf

import (
	"fmt"

	"github.com/cloudflare/circl/group"
)

// MaxShares is the number of evaluators that a key may have.
const MaxShares = 64

// Public is what everybody knows of a shared key: commitments to the coefficients of the sharing polynomial. Each
// evaluator's public point follows from them, so none can be listed wrongly. It is immutable.
type Public struct {
	commitments []group.Element
}

// ParsePublic reads commitments as [Public.Bytes] gives them. How many there are is how many evaluators must answer.
func ParsePublic(commitments [][]byte) (*Public, error) {
	if len(commitments) < 2 || len(commitments) > MaxShares {
		return nil, fmt.Errorf("%d commitments: a key is shared 2 to %d of n", len(commitments), MaxShares)
	}
	p := &Public{}
	for i, b := range commitments {
		e, err := decodeElement(b)
		if err != nil {
			return nil, fmt.Errorf("commitment %d: %w", i, err)
		}
		p.commitments = append(p.commitments, e)
	}
	return p, nil
}

// Bytes returns the commitments, the first of which is the public key.
func (p *Public) Bytes() ([][]byte, error) {
	var all [][]byte
	for _, c := range p.commitments {
		b, err := c.MarshalBinaryCompress()
		if err != nil {
			return nil, fmt.Errorf("encoding a commitment: %w", err)
		}
		all = append(all, b)
	}
	return all, nil
}

// Threshold returns how many evaluators must answer.
func (p *Public) Threshold() int { return len(p.commitments) }

// share returns the public point of a share: the polynomial at its index, in the exponent.
func (p *Public) share(index uint16) (group.Element, error) {
	if index == 0 || index > MaxShares {
		return nil, fmt.Errorf("share %d: places go from 1 to %d; at 0 lies the key itself", index, MaxShares)
	}
	at := group.Ristretto255.NewScalar().SetUint64(uint64(index))
	last := len(p.commitments) - 1
	sum := p.commitments[last].Copy()
	for i := last - 1; i >= 0; i-- {
		sum.Mul(sum, at)
		sum.Add(sum, p.commitments[i])
	}
	if sum.IsIdentity() {
		return nil, fmt.Errorf("share %d: %w", index, ErrIdentity)
	}
	return sum, nil
}
