package detectors

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// A token comes back as it was, and only equal tokens have equal numbers.
func TestTokensComeBack(t *testing.T) {
	var table tokenTable
	table.init()
	text := rapid.Custom(func(t *rapid.T) string {
		bytes := rapid.SliceOfN(rapid.Byte(), tokenBytes, tokenBytes).Draw(t, "bytes")
		return fmt.Sprintf("%s_%d_%s", rapid.StringMatching("[a-z]{0,5}").Draw(t, "domain"),
			rapid.IntRange(1, 12).Draw(t, "version"), base32Lower.EncodeToString(bytes))
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		x, y := table.of(a), table.of(b)
		if (x == y) != (a == b) {
			t.Fatalf("%q and %q: %v %v", a, b, x, y)
		}
		if got := table.text(&x); got != a && x.prefix != misshapen {
			t.Fatalf("%q comes back as %q", a, got)
		}
	})
}

// Texts that are nearly tokens are told apart from the tokens that a lax decoder would take them for.
func TestMisshapenTokens(t *testing.T) {
	var table tokenTable
	table.init()
	seen := map[tokenID]string{}
	for _, text := range []string{
		"phn_1_aaaaaaaaaaaaaaaaaaaaaaaaaa", // the only one that is well-formed
		"phn_1_aaaaaaaaaaaaaaaaaaaaaaaaab", // bits left over
		"phn_1_aaaaaaaaaaaaaaaaaaaaaaaaa", "phn_1_aaaaaaaaaaaaaaaaaaaaaaaaaaa", "phn_1_aaaaaaaaaaaaaaaaaaaaaaaaa\n",
		"phn_1_Aaaaaaaaaaaaaaaaaaaaaaaaaa",
		"phn_1-aaaaaaaaaaaaaaaaaaaaaaaaaa", "a long prefix_aaaaaaaaaaaaaaaaaaaaaaaaaa",
		"phn\x00_aaaaaaaaaaaaaaaaaaaaaaaaaa", "", "_",
	} {
		id := table.of(text)
		if before, ok := seen[id]; ok {
			t.Errorf("%q has the number of %q", text, before)
		}
		if (id.prefix != misshapen) != (len(seen) == 0) {
			t.Errorf("%q: prefix %d", text, id.prefix)
		}
		seen[id] = text
	}
}

// The decoder agrees with the standard library on what the library writes, and takes nothing else.
func TestDecodeTokenIsTheLibrarys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("[a-z2-7]{26}").Draw(t, "text")
		want, err := base32Lower.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		var got [tokenBytes]byte
		canonical := base32Lower.EncodeToString(want) == text
		if ok := decodeToken(&got, text); ok != canonical || ok && string(got[:]) != string(want) {
			t.Fatalf("%q: %v %x, want %x", text, ok, got, want)
		}
	})
}
