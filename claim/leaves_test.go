package claim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// leavesInPlainWords says once more, without regard to speed, which leaves an entry has.
func leavesInPlainWords(e *Entry, open []Leaf) []Leaf {
	all := slices.Clone(open)
	add := func(path string, kind LeafKind, value string) {
		all = append(all, Leaf{Path: path, Kind: kind, Value: []byte(value)})
	}
	text := func(path, value string) {
		if value != "" {
			add(path, LeafString, value)
		}
	}
	text("entry.insurer", e.Insurer)
	text("entry.claim", e.Claim)
	text("entry.kind", string(e.Kind))
	text("entry.line", string(e.Line))
	text("entry.at", e.At.UTC().Format(time.RFC3339Nano))
	text("entry.source", fmt.Sprintf("%d/%d/%d", e.Source.Partition, e.Source.Epoch, e.Source.Offset))
	text("entry.content", fmt.Sprintf("%x", e.Content))
	if e.Revision != 0 {
		add("entry.revision", LeafNumber, strconv.Itoa(e.Revision))
	}
	if e.Dead != nil {
		text("entry.code", string(e.Dead.Code))
	}
	if d := e.Decision; d != nil {
		text("decision.outcome", string(d.Outcome))
		text("decision.ruleset", d.RuleSet)
		add("decision.score", LeafNumber, strconv.FormatFloat(d.Score, 'g', -1, 64))
		add("decision.hold", map[bool]LeafKind{true: LeafTrue, false: LeafFalse}[d.Hold], "")
		for i, r := range d.Reasons {
			text(fmt.Sprintf("decision.reasons[%d]", i), r.Rule)
		}
	}
	for _, token := range e.Tokens {
		text("token."+token.Path, token.Value)
	}
	for _, part := range e.Sealed {
		add("sealed."+part.Party, LeafRoot, string(part.Root))
	}
	slices.SortStableFunc(all, func(a, b Leaf) int { return strings.Compare(a.Path, b.Path) })
	salts := NewSaltStream((*[SeedSize]byte)(e.Seed))
	for i := range all {
		all[i].Salt = salts.At(uint32(i))
	}
	return all
}

func TestLeavesAreThoseInPlainWords(t *testing.T) {
	var builder LeafBuilder // one for all: nothing of an entry may stay for the next
	rapid.Check(t, func(t *rapid.T) {
		e := anEntry(t)
		e.Seed = rapid.SliceOfN(rapid.Byte(), SeedSize, SeedSize).Draw(t, "seed")
		if e.Decision != nil && rapid.Bool().Draw(t, "many reasons") {
			e.Decision.Reasons = nil
			for i := range rapid.IntRange(0, 40).Draw(t, "reasons") {
				e.Decision.Reasons = append(e.Decision.Reasons, Reason{Rule: fmt.Sprintf("rule-%d@1", i)})
			}
		}
		paths := map[string]bool{}
		for i := range e.Tokens { // a commitment refuses a path that occurs twice
			for paths["t"+e.Tokens[i].Path] {
				e.Tokens[i].Path += "x"
			}
			paths["t"+e.Tokens[i].Path] = true
		}
		for i := range e.Sealed {
			for paths["s"+e.Sealed[i].Party] {
				e.Sealed[i].Party += "x"
			}
			paths["s"+e.Sealed[i].Party] = true
		}
		var open []Leaf
		for _, path := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,3}|decisio|decisions|entries|sealedness|tokens|z`), 0, 20, rapid.ID).Draw(t, "open") {
			open = append(open, Leaf{Path: path, Kind: LeafString, Value: []byte(path)})
		}
		slices.SortFunc(open, byPath)
		if open == nil {
			open = []Leaf{} // nil would have the event's leaves read
		}
		want := leavesInPlainWords(e, open)
		got, err := builder.Leaves(e, open)
		if err != nil {
			t.Fatal(err)
		}
		if !sameLeaves(got, want) {
			t.Fatalf("got\n%s\nwant\n%s", showLeaves(got), showLeaves(want))
		}
		if again, err := e.Leaves(nil, open); err != nil || !sameLeaves(again, want) {
			t.Fatalf("without a builder: %v\n%s", err, showLeaves(again))
		}
	})
}

func sameLeaves(a, b []Leaf) bool {
	return slices.EqualFunc(a, b, func(a, b Leaf) bool {
		return a.Path == b.Path && a.Kind == b.Kind && string(a.Value) == string(b.Value) && a.Salt == b.Salt
	})
}

func showLeaves(leaves []Leaf) string {
	var b strings.Builder
	for _, l := range leaves {
		fmt.Fprintf(&b, "%x %c %s %q\n", l.Salt, l.Kind, l.Path, l.Value)
	}
	return b.String()
}

// TestLeavesGolden pins the leaves of the entry in testdata for ever: verifiers recompute them.
func TestLeavesGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/entry.json")
	if err != nil {
		t.Fatal(err)
	}
	var e Entry
	if err := DecodeEntry(data, &e); err != nil {
		t.Fatal(err)
	}
	leaves, err := e.Leaves(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(showLeaves(leaves)))
	const want = "84e6bef3d5b4bb262f49c4b714f9a3f2c0ac5b9b86001c279070c771feba6c62"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("leaves hash to %s, want %s:\n%s", got, want, showLeaves(leaves))
	}
}

func TestALeafBuilderAllocatesLittle(t *testing.T) {
	e := &Entry{}
	n := 0
	fillAll(reflect.ValueOf(&e.Decision).Elem(), &n)
	e.Seed = make([]byte, SeedSize)
	for i := range 30 {
		e.Tokens = append(e.Tokens, Token{Path: fmt.Sprintf("parties[%02d].phone", i), Value: "phn_1_k7f3"})
	}
	open := []Leaf{{Path: "line", Kind: LeafString, Value: []byte("motor")}}
	var b LeafBuilder
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := b.Leaves(e, open); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 4 { // the cipher of the salts
		t.Errorf("%v allocations an entry", allocs)
	}
}
