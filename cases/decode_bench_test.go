package cases

import (
	"testing"
	"time"
)

func BenchmarkDecodeEvent(b *testing.B) {
	at := time.Now().UTC()
	f := Finding{
		ClaimRef: ClaimRef{"acme", "M-2026-1"},
		Revision: 1,
		Line:     "motor",
		Outcome:  "review",
		At:       at,
		Reasons:  []Reason{{"a@1", 1}, {"b@1", 1}},
	}
	for name, e := range map[string]Event{
		"opened":   {Kind: Opened, At: at, By: Machine, Finding: &f},
		"assigned": {Kind: Assigned, Case: 1, At: at, By: "sofia", To: "sofia", Command: "abcdefghijklmnopqrstuvwxyz"},
	} {
		data, err := e.encode()
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodeEvent(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
