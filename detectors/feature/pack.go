package feature

import (
	"encoding/binary"
	"errors"
	"math"
)

// MaxPacked is the most that an entry keeps of features, in bytes.
const MaxPacked = 256

// OfParties reports whether a feature depends on what is known of parties, so that the kept values of a claim cannot
// give it again.
func OfParties(name string) bool {
	for i := range ofParties {
		if ofParties[i].Name == name {
			return ofParties[i].Kind == Number
		}
	}
	return false
}

// Pack writes the numbers at the given places: a bit each that says whether it is known, then the known ones as
// float32. What would not fit in [MaxPacked] is left out from the end.
func Pack(values []Value, places []int) []byte {
	head := (len(places) + 7) / 8
	out := make([]byte, head, MaxPacked)
	for i, at := range places {
		v := &values[at]
		if !v.Known || len(out)+4 > MaxPacked {
			continue
		}
		out[i/8] |= 1 << (i % 8)
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v.Number)))
	}
	return out
}

// Unpack reads what Pack wrote of so many places.
func Unpack(packed []byte, places int) ([]Value, error) {
	head := (places + 7) / 8
	if len(packed) < head || len(packed) > MaxPacked {
		return nil, errors.New("features: too short or too long")
	}
	rest := packed[head:]
	out := make([]Value, places)
	for i := range out {
		if packed[i/8]&(1<<(i%8)) == 0 {
			continue
		}
		if len(rest) < 4 {
			return nil, errors.New("features: they end too early")
		}
		out[i] = number(float64(math.Float32frombits(binary.LittleEndian.Uint32(rest))))
		rest = rest[4:]
	}
	if len(rest) > 0 {
		return nil, errors.New("features: more than are named")
	}
	return out, nil
}
