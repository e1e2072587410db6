package part_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"pgregory.net/rapid"

	"tallystick/journal/part"
)

// Whoever leaves parts out changes no part's digest, and says no more of them than that.
func TestRedactKeepsDigests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 80), 1, 6).Draw(t, "parts")
		var parts []part.Part
		for _, b := range texts {
			parts = append(parts, part.Part{Bytes: b})
		}
		record := part.Join(parts)
		out := rapid.IntRange(0, len(texts)-1).Draw(t, "out")
		beside := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "beside")
		redacted, err := part.Redact(record, func(i int, b []byte) ([]byte, bool) {
			if !bytes.Equal(b, texts[i]) {
				t.Fatalf("part %d is asked for as %x", i, b)
			}
			return beside, i == out
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := part.Cut(nil, redacted)
		if err != nil || len(got) != len(parts) {
			t.Fatalf("%d parts, %v", len(got), err)
		}
		for i := range got {
			if got[i].Digest() != sha256.Sum256(texts[i]) {
				t.Fatalf("part %d has another digest", i)
			}
			if got[i].Redacted != (i == out) {
				t.Fatalf("part %d: redacted %t", i, got[i].Redacted)
			}
		}
		if !bytes.Equal(got[out].Bytes[part.Size:], beside) {
			t.Fatalf("beside it stands %x", got[out].Bytes[part.Size:])
		}
		again, err := part.Redact(redacted, func(i int, _ []byte) ([]byte, bool) { return nil, i == out })
		if err != nil || !bytes.Equal(again, redacted) {
			t.Fatalf("redacted twice: %v", err)
		}
	})
}

func FuzzCut(f *testing.F) {
	f.Add([]byte{1, 0})
	f.Add(part.Join([]part.Part{{Bytes: []byte("a")}, {Bytes: make([]byte, 40), Redacted: true}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		parts, err := part.Cut(nil, data)
		if err != nil {
			return
		}
		for i := range parts {
			_ = parts[i].Digest()
		}
		if again := part.Join(parts); !bytes.Equal(again, data) {
			t.Fatalf("%x is also %x", data, again)
		}
	})
}
