package settlement

import (
	"math/big"
	"math/bits"
)

// NewAmount returns n minor units.
func NewAmount(n uint64) Amount { return Amount{lo: n} }

func (a Amount) plus(n uint64) Amount {
	lo, carry := bits.Add64(a.lo, n, 0)
	return Amount{a.hi + carry, lo}
}

// Big returns the sum.
func (a Amount) Big() *big.Int {
	n := new(big.Int).SetUint64(a.hi)
	return n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(a.lo))
}

// String returns the sum in decimal.
func (a Amount) String() string { return a.Big().String() }
