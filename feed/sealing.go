package feed

import (
	"context"
	"fmt"
)

// Sealer seals a claim so that only its install can read it.
type Sealer interface {
	Seal(claim []byte) ([]byte, error)
}

// Sealing returns a producer that seals what it is given and hands it on. Keys of records stay clear: they place a
// claim.
func Sealing(to Producer, with Sealer) Producer { return sealing{to, with} }

type sealing struct {
	to   Producer
	with Sealer
}

func (s sealing) Produce(ctx context.Context, records []Record) error {
	sealed := make([]Record, len(records))
	for i, r := range records {
		value, err := s.with.Seal(r.Value)
		if err != nil {
			return fmt.Errorf("sealing a claim: %w", err)
		}
		sealed[i] = Record{Key: r.Key, Value: value}
	}
	return s.to.Produce(ctx, sealed)
}
