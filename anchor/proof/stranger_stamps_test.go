//go:build integration

package proof

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// stampedAt3 is the golden bundle with an answer on the head at size 3, which its batch was the last of.
func stampedAt3(t testing.TB, golden []byte) *Bundle {
	t.Helper()
	b, err := Parse(golden)
	if err != nil {
		t.Fatal(err)
	}
	// In a tree of three the path of the third leaf is the node over the first two.
	before := b.Log.Hashes[1]
	head := Checkpoint{Origin: "insurer.example/claims", Size: 3,
		Root: tlog.NodeHash(before, tlog.RecordHash([]byte(b.Entry)))}
	b.Stamps = []Stamp{{Head: head.Text(), Hashes: []Hash{before}, Response: []byte("an answer")}}
	return b
}

// Also where nobody is believed the time, a stamped head must hold the entry: the stranger says the same.
func TestStrangerLooksAtStampedHeads(t *testing.T) {
	golden, policy := goldenBundle(t)
	var names []string
	var bundles [][]byte
	for name, change := range map[string]func(b *Bundle){
		"as it is":       func(*Bundle) {},
		"another answer": func(b *Bundle) { b.Stamps[0].Response[0] ^= 1 },
		"another origin": func(b *Bundle) {
			b.Stamps[0].Head = strings.Replace(b.Stamps[0].Head, "claims", "other", 1)
		},
		"another size": func(b *Bundle) {
			b.Stamps[0].Head = strings.Replace(b.Stamps[0].Head, "\n3\n", "\n4\n", 1)
		},
		"an extension line":  func(b *Bundle) { b.Stamps[0].Head += "more\n" },
		"no last newline":    func(b *Bundle) { b.Stamps[0].Head = strings.TrimSuffix(b.Stamps[0].Head, "\n") },
		"another path":       func(b *Bundle) { b.Stamps[0].Hashes[0][0] ^= 1 },
		"a hash too many":    func(b *Bundle) { b.Stamps[0].Hashes = append(b.Stamps[0].Hashes, Hash{}) },
		"no path":            func(b *Bundle) { b.Stamps[0].Hashes = nil },
		"no answer":          func(b *Bundle) { b.Stamps[0].Response = nil },
		"an answer too long": func(b *Bundle) { b.Stamps[0].Response = make([]byte, MaxStampBytes+1) },
		"no head":            func(b *Bundle) { b.Stamps[0].Head = "" },
		"sixteen":            func(b *Bundle) { b.Stamps = repeat(b.Stamps[0], MaxStamps) },
		"seventeen":          func(b *Bundle) { b.Stamps = repeat(b.Stamps[0], MaxStamps+1) },
		"the checkpoint's own": func(b *Bundle) {
			b.Stamps[0].Head, b.Stamps[0].Hashes = strings.SplitAfter(b.Checkpoint, "=\n")[0], b.Log.Hashes
		},
	} {
		b := stampedAt3(t, golden)
		change(b)
		data, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		names, bundles = append(names, name), append(bundles, data)
	}
	counts := agree(t, names, bundles, policy)
	if counts[""] != 4 || counts[StepFormat] != 4 || counts[StepStamps] != 7 {
		t.Errorf("verdicts by step (none: verified): %v", counts)
	}
}

func repeat(s Stamp, n int) []Stamp {
	all := make([]Stamp, n)
	for i := range all {
		all[i] = s
		all[i].Response = bytes.Clone(s.Response)
	}
	return all
}
