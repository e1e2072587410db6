package privacy

import (
	"encoding/json"
	"testing"

	"tallystick/claim"
)

func BenchmarkProtect(b *testing.B) {
	raw := sample(b)
	p := protection(b).Protector()
	var out Protected
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if err := p.Protect(raw, &out); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReferenceDecode is what the same bytes cost encoding/json to decode alone, with nothing protected.
func BenchmarkReferenceDecode(b *testing.B) {
	raw := sample(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		var e claim.Event
		if err := json.Unmarshal(raw, &e); err != nil {
			b.Fatal(err)
		}
	}
}
