package detectors

import (
	"bytes"
	"context"
	"io"
	"testing"

	"tallystick/claim"
)

// BenchmarkKeep writes a state, reads it back, and does what the reading saves: it observes the claims again. Ratios
// are to that.
func BenchmarkKeep(b *testing.B) {
	rs, claims := benchRules(b), benchClaims(100_000)
	s := NewState(rs, StateConfig{})
	e := NewEngine(rs, s, Config{})
	for i := range claims {
		e.Decide(context.Background(), &claims[i])
	}
	var file bytes.Buffer
	if err := s.Keep(&file); err != nil {
		b.Fatal(err)
	}
	each := func(b *testing.B, do func()) {
		b.ReportAllocs()
		for range b.N {
			do()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(claims)), "ns/claim")
		b.ReportMetric(float64(file.Len())/float64(len(claims)), "B/claim")
	}
	b.Run("Keep", func(b *testing.B) {
		each(b, func() {
			if err := s.Keep(io.Discard); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("Recall", func(b *testing.B) {
		each(b, func() {
			if err := NewState(rs, StateConfig{}).Recall(bytes.NewReader(file.Bytes()), func(claim.SourceRef) bool {
				return true
			}); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("Observe", func(b *testing.B) {
		each(b, func() {
			again := NewState(rs, StateConfig{})
			for i := range claims {
				again.Observe(&claims[i], nil)
			}
		})
	})
}
