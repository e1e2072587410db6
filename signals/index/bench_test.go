package index

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"tallystick/signals"
)

func BenchmarkFind(b *testing.B) {
	x := New()
	x.AddEpoch(1, make([]byte, 32))
	const n = 1_000_000
	for _, publisher := range []string{"a", "b", "c"} {
		for month := 1; month <= 12; month++ {
			g := Group{publisher, signals.Phone, signals.Month(fmt.Sprintf("2026-%02d", month))}
			namer := NewNamer(make([]byte, 32), g)
			batch := &signals.Batch{Publisher: publisher}
			for i := range n / 36 {
				var out [64]byte
				binary.BigEndian.PutUint64(out[:], uint64(i))
				batch.Entries = append(batch.Entries, signals.Entry{Action: signals.Raise, Pseudonym: namer.Name(sha256.Sum256(out[:])), Epoch: 1,
					Domain: signals.Phone, Month: g.Month, Kind: "ring", Severity: 1, Basis: "suspected", Line: "motor", Expires: "2027-12-31", Record: strings.Repeat("0", 64)})
			}
			if err := x.Apply(batch); err != nil {
				b.Fatal(err)
			}
		}
	}
	m := x.Matcher()
	names, bytes := x.Size()
	b.ReportMetric(float64(bytes)/float64(names), "bytes/signal")
	var out [64]byte
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; b.Loop(); i++ {
		binary.BigEndian.PutUint64(out[:], uint64(i*100)) // one in a hundred has signals, until the index's end
		m.Find(nil, 1, signals.Phone, out[:], "d", now)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
}
