package anchor

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	merkletest "github.com/transparency-dev/merkle/testonly"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"tallystick/anchor/proof"
	"tallystick/claim"
	"tallystick/claim/entry"
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

// sampleRecord returns a record of n leaves, a third of them with a party that has sealed values too.
func sampleRecord(n int) *entry.Committed {
	leaves := sampleLeaves(n)
	party := leaves[:n/3]
	return &entry.Committed{Common: leaves[n/3:], Sections: []entry.CommittedSection{
		{Party: "claimant", Leaves: party, Count: 3, Sealed: bytes.Repeat([]byte{9}, 32)},
		{Party: "parties[0]"},
		{Left: bytes.Repeat([]byte{8}, 32)},
	}}
}

// The form is spelled out once more, so that a change of it fails here.
func TestCommitmentIsOneHashOverSaltedDigests(t *testing.T) {
	var committer Committer
	rapid.Check(t, func(t *rapid.T) {
		record := sampleRecord(rapid.IntRange(1, 300).Draw(t, "leaves"))
		got, err := committer.Commit(record)
		if err != nil {
			t.Fatal(err)
		}
		digests := func(leaves []claim.Leaf) []byte {
			out := binary.AppendUvarint(nil, uint64(len(leaves)))
			for _, leaf := range leaves {
				data := append([]byte{0x10}, leaf.Salt[:]...)
				data = append(data, byte(leaf.Kind), byte(len(leaf.Path)))
				data = append(data, leaf.Path...)
				sum := sha256.Sum256(append(data, leaf.Value...))
				out = append(out, sum[:]...)
			}
			return out
		}
		claimant := append([]byte("\x12\x08claimant"), digests(record.Sections[0].Leaves)...)
		one := sha256.Sum256(append(append(claimant, 3), record.Sections[0].Sealed...))
		two := sha256.Sum256([]byte("\x12\x0aparties[0]\x00\x00"))
		all := append([]byte{0x13}, digests(record.Common)...)
		all = append(append(append(append(all, 3), one[:]...), two[:]...), record.Sections[2].Left...)
		if want := sha256.Sum256(all); Hash(want) != got {
			t.Fatalf("got %x, want %x", got, want)
		}
	})
}

func TestEveryPartChangesTheCommitment(t *testing.T) {
	var committer Committer
	base, err := committer.Commit(sampleRecord(9))
	if err != nil {
		t.Fatal(err)
	}
	last := func(r *entry.Committed) *claim.Leaf { return &r.Common[len(r.Common)-1] }
	tests := map[string]func(r *entry.Committed){
		"path":                  func(r *entry.Committed) { last(r).Path += "x" },
		"value":                 func(r *entry.Committed) { last(r).Value = append(last(r).Value, 'x') },
		"salt":                  func(r *entry.Committed) { last(r).Salt[15] ^= 1 },
		"number for string":     func(r *entry.Committed) { last(r).Kind = claim.LeafNumber },
		"path grows into value": func(r *entry.Committed) { l := last(r); l.Path, l.Value = l.Path+string(l.Value[:1]), l.Value[1:] },
		"a leaf less":           func(r *entry.Committed) { r.Common = r.Common[1:] },
		"a leaf that moves": func(r *entry.Committed) {
			r.Common, r.Sections[0].Leaves = sampleLeaves(9)[2:], r.Sections[0].Leaves[:2]
		},
		"a party's name":      func(r *entry.Committed) { r.Sections[0].Party = "claimanu" },
		"a party less":        func(r *entry.Committed) { r.Sections = append(r.Sections[:1], r.Sections[2:]...) },
		"how many are sealed": func(r *entry.Committed) { r.Sections[0].Count++ },
		"what is sealed":      func(r *entry.Committed) { r.Sections[0].Sealed = bytes.Repeat([]byte{1}, 32) },
		"what was left out":   func(r *entry.Committed) { r.Sections[2].Left = bytes.Repeat([]byte{1}, 32) },
	}
	for name, change := range tests {
		record := sampleRecord(9)
		change(record)
		got, err := committer.Commit(record)
		if err != nil || got == base {
			t.Errorf("%s: commitment unchanged or error: %v", name, err)
		}
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
	emptyGroup := sampleLeaves(3)
	emptyGroup[2].Kind, emptyGroup[2].Value = claim.LeafGroup, nil
	nameless := sampleLeaves(3)
	nameless[0].Path = ""
	tests := map[string]struct {
		leaves []claim.Leaf
		want   error
	}{
		"unsorted": {swap, ErrLeafOrder}, "one path twice": {twice, ErrLeafOrder},
		"unknown kind": {unknown, ErrLeafKind}, "true with a value": {trueWithValue, ErrLeafKind},
		"an empty group": {emptyGroup, ErrLeafKind}, "no path": {nameless, ErrLeafKind},
	}
	for name, tt := range tests {
		for where, record := range map[string]*entry.Committed{
			"of the record": {Common: tt.leaves},
			"of a party":    {Common: sampleLeaves(1), Sections: []entry.CommittedSection{{Party: "claimant", Leaves: tt.leaves}}},
		} {
			if _, err := new(Committer).Commit(record); !errors.Is(err, tt.want) {
				t.Errorf("%s %s: got %v, want %v", name, where, err, tt.want)
			}
		}
		if _, err := new(Committer).CommitSealed("claimant", tt.leaves); !errors.Is(err, tt.want) {
			t.Errorf("%s, sealed: got %v, want %v", name, err, tt.want)
		}
	}
	if _, err := new(Committer).CommitSealed("claimant", nil); !errors.Is(err, ErrNoLeaves) {
		t.Errorf("no sealed values: %v", err)
	}
}

func TestCommitAllocatesNothing(t *testing.T) {
	var committer Committer
	record := sampleRecord(40)
	if n := testing.AllocsPerRun(100, func() { _, _ = committer.Commit(record) }); n != 0 {
		t.Errorf("%v allocations a record, want 0", n)
	}
}

// BenchmarkCommit reports the time of one record of 40 leaves: read ns/op as ns/record.
func BenchmarkCommit(b *testing.B) {
	var committer Committer
	record := sampleRecord(40)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = committer.Commit(record)
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
