package claim

import (
	"bytes"
	"testing"
	"time"
)

func TestCommitmentIsReadWithoutDecoding(t *testing.T) {
	e := Entry{
		Version: EntryVersion, Kind: Dead, Claim: `"commitment":"AAAA"}`, At: time.Unix(0, 0).UTC(), Dead: &DeadLetter{Code: NotJSON},
		Seed: bytes.Repeat([]byte{1}, SeedSize), Commitment: bytes.Repeat([]byte{0xab}, 32),
	}
	data, err := EncodeEntry(nil, &e)
	if err != nil {
		t.Fatal(err)
	}
	got, err := CommitmentOf(data)
	if err != nil || !bytes.Equal(got[:], e.Commitment) {
		t.Errorf("got %x, %v", got, err)
	}
	for _, bad := range []string{"", "{}", `{"commitment":"AAAA"}`, string(data[:len(data)-1]), `{"commitment":"` + string(bytes.Repeat([]byte("A"), 200)) + `"}`} {
		if _, err := CommitmentOf([]byte(bad)); err == nil {
			t.Errorf("%.40q was taken for an entry", bad)
		}
	}
}

func TestOpenLeavesAreSortedAndSkipNull(t *testing.T) {
	leaves, err := OpenLeaves([]byte(`{"b":[{"x":1.50},{},{"y":"é\n"}],"a":true,"c":null,"a.b":false}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Leaf{
		{Path: "a", Kind: LeafTrue}, {Path: "a.b", Kind: LeafFalse},
		{Path: "b[0].x", Kind: LeafNumber, Value: []byte("1.50")}, {Path: "b[2].y", Kind: LeafString, Value: []byte("é\n")},
	}
	if len(leaves) != len(want) {
		t.Fatalf("%d leaves, want %d: %v", len(leaves), len(want), leaves)
	}
	for i := range want {
		if leaves[i].Path != want[i].Path || leaves[i].Kind != want[i].Kind || !bytes.Equal(leaves[i].Value, want[i].Value) {
			t.Errorf("leaf %d: %+v, want %+v", i, leaves[i], want[i])
		}
	}
}

func TestLeavesOfAnEntryAreItsIdentityAndItsDecision(t *testing.T) {
	e := Entry{
		Version: EntryVersion, Kind: Decided, Insurer: "acme", Claim: "C-1", Revision: 2, Line: LineMotor, At: time.Unix(5, 0).UTC(),
		Source: SourceRef{Partition: 3, Offset: 77}, Event: []byte(`{"loss":{"cause":"hail"}}`),
		Tokens:   []Token{{Path: "claimant.phone", Value: "phn_1_abc"}},
		Sealed:   []Sealed{{Party: "claimant", Root: bytes.Repeat([]byte{7}, 32)}},
		Decision: &Decision{Score: 0.25, Outcome: Review, RuleSet: "r@1", Reasons: []Reason{{Rule: "early@1"}}},
		Seed:     bytes.Repeat([]byte{9}, SeedSize),
	}
	leaves, err := e.Leaves(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	salts := map[[SaltSize]byte]bool{}
	for _, l := range leaves {
		paths = append(paths, l.Path+"="+string(l.Value))
		salts[l.Salt] = true
	}
	if len(salts) != len(leaves) {
		t.Errorf("%d salts for %d leaves", len(salts), len(leaves))
	}
	want := []string{
		"decision.hold=", "decision.outcome=review", "decision.reasons[0]=early@1", "decision.ruleset=r@1", "decision.score=0.25",
		"entry.at=1970-01-01T00:00:05Z", "entry.claim=C-1", "entry.insurer=acme", "entry.kind=decided", "entry.line=motor",
		"entry.revision=2", "entry.source=3/0/77", "loss.cause=hail", "sealed.claimant=" + string(bytes.Repeat([]byte{7}, 32)), "token.claimant.phone=phn_1_abc",
	}
	if len(paths) != len(want) {
		t.Fatalf("leaves %q", paths)
	}
	for i := range want {
		if paths[i] != want[i] {
			t.Errorf("leaf %d is %q, want %q", i, paths[i], want[i])
		}
	}
}
