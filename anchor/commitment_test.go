package anchor

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	merkletest "github.com/transparency-dev/merkle/testonly"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"tallystick/anchor/proof"
	"tallystick/claim"
)

// sampleLeaves returns n leaves of the sizes that a motor claim has.
func sampleLeaves(n int) []claim.Leaf {
	var seed [claim.SeedSize]byte
	seed[0] = 7
	salts := claim.NewSaltStream(&seed)
	leaves := make([]claim.Leaf, n)
	for i := range leaves {
		leaf := claim.Leaf{Path: fmt.Sprintf("event.field.%04d", i), Kind: claim.LeafString, Value: fmt.Appendf(nil, "value-%d", i), Salt: salts.At(uint32(i))}
		switch i % 4 {
		case 1:
			leaf.Kind, leaf.Value = claim.LeafNumber, fmt.Appendf(nil, "%d.50", i)
		case 3:
			leaf.Kind, leaf.Value = claim.LeafTrue, nil
		}
		leaves[i] = leaf
	}
	return leaves
}

func TestRootsOfTheRFC6962Vectors(t *testing.T) {
	inputs, want := merkletest.LeafInputs(), merkletest.RootHashes()
	for n := range want {
		var hashes []Hash
		for _, input := range inputs[:n] {
			hashes = append(hashes, tlog.RecordHash(input))
		}
		if got := proof.FoldRoot(hashes); string(got[:]) != string(want[n]) {
			t.Errorf("root of %d leaves: got %x, want %x", n, got, want[n])
		}
	}
}

func TestCommitmentEqualsTheReferenceTree(t *testing.T) {
	var committer Committer
	rapid.Check(t, func(t *rapid.T) {
		leaves := sampleLeaves(rapid.IntRange(1, 300).Draw(t, "leaves"))
		got, err := committer.Commit(leaves)
		if err != nil {
			t.Fatal(err)
		}
		reference := merkletest.New(rfc6962.DefaultHasher)
		for _, leaf := range leaves {
			// Spelled out once more, so that a change of the leaf format fails here.
			data := append([]byte{}, leaf.Salt[:]...)
			data = append(data, byte(leaf.Kind), byte(len(leaf.Path)))
			data = append(data, leaf.Path...)
			reference.AppendData(append(data, leaf.Value...))
		}
		if want := reference.Hash(); string(got[:]) != string(want) {
			t.Fatalf("got %x, want %x", got, want)
		}
	})
}

func TestEveryPartOfALeafChangesTheCommitment(t *testing.T) {
	var committer Committer
	base, err := committer.Commit(sampleLeaves(5))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(leaf *claim.Leaf){
		"path":                  func(l *claim.Leaf) { l.Path += "x" },
		"value":                 func(l *claim.Leaf) { l.Value = append(l.Value, 'x') },
		"salt":                  func(l *claim.Leaf) { l.Salt[15] ^= 1 },
		"number for string":     func(l *claim.Leaf) { l.Kind = claim.LeafNumber },
		"path grows into value": func(l *claim.Leaf) { l.Path, l.Value = l.Path+string(l.Value[:1]), l.Value[1:] },
	}
	for name, change := range tests {
		leaves := sampleLeaves(5)
		change(&leaves[4])
		got, err := committer.Commit(leaves)
		if err != nil || got == base {
			t.Errorf("%s: commitment unchanged or error: %v", name, err)
		}
	}
	if got, _ := committer.Commit(sampleLeaves(4)); got == base {
		t.Error("a missing leaf left the commitment unchanged")
	}
}

func TestCommitRefuses(t *testing.T) {
	swap := sampleLeaves(3)
	swap[0], swap[1] = swap[1], swap[0]
	twice := sampleLeaves(3)
	twice[2].Path = twice[1].Path
	unknown := sampleLeaves(3)
	unknown[1].Kind = 'x'
	trueWithValue := sampleLeaves(4)
	trueWithValue[3].Value = []byte("1")
	shortRoot := sampleLeaves(3)
	shortRoot[2].Kind = claim.LeafRoot
	nameless := sampleLeaves(3)
	nameless[0].Path = ""
	tests := map[string]struct {
		leaves []claim.Leaf
		want   error
	}{
		"none": {nil, ErrNoLeaves}, "unsorted": {swap, ErrLeafOrder}, "one path twice": {twice, ErrLeafOrder},
		"unknown kind": {unknown, ErrLeafKind}, "true with a value": {trueWithValue, ErrLeafKind},
		"a root of the wrong length": {shortRoot, ErrLeafKind}, "no path": {nameless, ErrLeafKind},
	}
	for name, tt := range tests {
		if _, err := new(Committer).Commit(tt.leaves); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
}

func TestCommitAllocatesNothing(t *testing.T) {
	var committer Committer
	leaves := sampleLeaves(40)
	if n := testing.AllocsPerRun(100, func() { _, _ = committer.Commit(leaves) }); n != 0 {
		t.Errorf("%v allocations a record, want 0", n)
	}
}

// BenchmarkCommit reports the time of one record of 40 leaves: read ns/op as ns/record.
func BenchmarkCommit(b *testing.B) {
	var committer Committer
	leaves := sampleLeaves(40)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = committer.Commit(leaves)
	}
}

// BenchmarkPlainSHA256 is the reference of BenchmarkCommit: one SHA-256 over the same leaf data, laid end to end.
func BenchmarkPlainSHA256(b *testing.B) {
	var data []byte
	for _, leaf := range sampleLeaves(40) {
		data = proof.AppendLeaf(data, &leaf.Salt, byte(leaf.Kind), leaf.Path, leaf.Value)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = sha256.Sum256(data)
	}
}

// BenchmarkLibraryTree is a second reference: the same root by transparency-dev/merkle, which allocates each node.
func BenchmarkLibraryTree(b *testing.B) {
	leaves := sampleLeaves(40)
	b.ReportAllocs()
	for b.Loop() {
		tree := merkletest.New(rfc6962.DefaultHasher)
		for _, leaf := range leaves {
			tree.AppendData(proof.AppendLeaf(nil, &leaf.Salt, byte(leaf.Kind), leaf.Path, leaf.Value))
		}
		_ = tree.Hash()
	}
}
