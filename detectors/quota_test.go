package detectors_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tallystick/claim"
)

// However a claim is padded, at whatever places and in whatever order, what it would be found by without the padding is
// still found: each of its own tokens joins it with the claims that share it.
func TestPaddingPushesOutNothing(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		own := []string{"claimant.phone=phn_1_r", "claimant.bankAccount=bnk_1_r", "claimant.email=eml_1_r"}
		d := newDesk(rs)
		for i := range 2 {
			d.decide(input(0, fmt.Sprint("c", i), i, "", append(own, fmt.Sprint("claimant.nationalIds=nid_1_", i))...))
		}
		var padding []string
		for range rapid.IntRange(0, 4).Draw(t, "places") {
			p := rapid.SampledFrom([]string{"third-party.phone=phn", "witness.phone=phn", "driver.email=eml",
				"vendor.bankAccount=bnk",
				"claimant.nationalIds=nid", "items.invoice=inv", "documents.sha256=doc"}).Draw(t, "place")
			n := rapid.IntRange(1, 1000).Draw(t, "n")
			for i := range n {
				padding = append(padding, fmt.Sprintf("%s_1_pad%d", p, i))
			}
		}
		at := rapid.IntRange(0, len(padding)).Draw(t, "before")
		tokens := append(append(padding[:at:at], own...), padding[at:]...)
		res := d.decide(input(0, "last", 9, "", tokens...))
		if len(res.Decision.Rings) != 1 || len(res.Decision.Rings[0].Claims) != 3 {
			t.Fatalf("%d tokens: %+v", len(tokens), res.Decision.Rings)
		}
		if o := res.Decision.Omitted; o.Tokens > max(0, len(padding)+len(own)-100) {
			t.Fatalf("%d tokens, %d left out", len(tokens), o.Tokens)
		}
	})
}

// What is left out is counted, and the digest is over it: the entry has all tokens, so anybody can tell which ones.
func TestWhatIsLeftOutIsCountedAndDigested(t *testing.T) {
	var tokens []string
	for i := range 130 {
		tokens = append(tokens, fmt.Sprintf("claimant.nationalIds=nid_1_%03d", i))
	}
	got := newDesk(defaultRules(t)).decide(input(0, "c", 0, "", tokens...)).Decision
	var out strings.Builder
	for i := 100; i < 130; i++ {
		fmt.Fprintf(&out, "nid_1_%03d\n", i)
	}
	if want := (claim.Omitted{Tokens: 30, Digest: sha256.Sum256([]byte(out.String()))}); got.Omitted != want {
		t.Fatalf("%+v, want %+v", got.Omitted, want)
	}
	if len(got.Reasons) != 1 || got.Reasons[0].Rule != "too-many-identifiers@1" {
		t.Fatalf("%+v", got.Reasons)
	}
}
