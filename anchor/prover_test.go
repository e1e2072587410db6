package anchor

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tallystick/anchor/proof"
	"tallystick/claim"
)

// testRecord is a record with sealed fields of one party.
type testRecord struct {
	leaves     []claim.Leaf
	groups     map[string][]claim.Leaf
	commitment Hash
}

func newTestRecord(t testing.TB) testRecord {
	t.Helper()
	openSeed, partySeed := [claim.SeedSize]byte{1}, [claim.SeedSize]byte{2}
	claimant := []claim.Leaf{
		{Path: "event.claimant.birth_date", Kind: claim.LeafString, Value: []byte("1980-04-05")},
		{Path: "event.claimant.name", Kind: claim.LeafString, Value: []byte("Zoë \"Z\" Example")},
		{Path: "event.claimant.phone", Kind: claim.LeafString, Value: []byte("+4930123456")},
	}
	salt(claimant, partySeed)
	root, err := new(Committer).Commit(claimant)
	if err != nil {
		t.Fatal(err)
	}
	leaves := []claim.Leaf{
		{Path: "decision.hold", Kind: claim.LeafTrue},
		{Path: "decision.outcome", Kind: claim.LeafString, Value: []byte("review")},
		{Path: "decision.score", Kind: claim.LeafNumber, Value: []byte("0.731")},
		{Path: "entry.claim", Kind: claim.LeafString, Value: []byte("C-1")},
		{Path: "entry.insurer", Kind: claim.LeafString, Value: []byte("example")},
		{Path: "entry.kind", Kind: claim.LeafString, Value: []byte("decided")},
		{Path: "entry.revision", Kind: claim.LeafNumber, Value: []byte("1")},
		{Path: "sealed.claimant", Kind: claim.LeafRoot, Value: root[:]},
	}
	salt(leaves, openSeed)
	r := testRecord{leaves: leaves, groups: map[string][]claim.Leaf{"sealed.claimant": claimant}}
	if r.commitment, err = new(Committer).Commit(leaves); err != nil {
		t.Fatal(err)
	}
	return r
}

func salt(leaves []claim.Leaf, seed [claim.SeedSize]byte) {
	salts := claim.NewSaltStream(&seed)
	for i := range leaves {
		leaves[i].Salt = salts.At(uint32(i))
	}
}

func (r testRecord) request(c Closing, partition int, offset int64, paths ...string) ProveRequest {
	return ProveRequest{Leaves: r.leaves, Groups: r.groups, Paths: paths, Partition: partition, Offset: offset, Closing: c}
}

func TestFieldProofs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := sampleLeaves(rapid.IntRange(1, 200).Draw(t, "leaves"))
		root, err := new(Committer).Commit(leaves)
		if err != nil {
			t.Fatal(err)
		}
		chosen := rapid.SliceOfNDistinct(rapid.IntRange(0, len(leaves)-1), 1, min(5, len(leaves)), rapid.ID[int]).Draw(t, "chosen")
		var paths []string
		for _, i := range chosen {
			paths = append(paths, leaves[i].Path)
		}
		fields, err := ProveFields(leaves, append(paths, paths[0]))
		if err != nil || len(fields) != len(chosen) {
			t.Fatalf("%d proofs of %d paths: %v", len(fields), len(chosen), err)
		}
		for _, f := range fields {
			if err := proof.VerifyField(root, uint64(len(leaves)), f); err != nil {
				t.Fatal(err)
			}
			f.Salt = slices.Clone(f.Salt)
			f.Salt[rapid.IntRange(0, 15).Draw(t, "byte")] ^= 1
			if proof.VerifyField(root, uint64(len(leaves)), f) == nil {
				t.Fatal("a proof with another salt verified")
			}
		}
	})
}

func TestProveRefuses(t *testing.T) {
	r := newTestRecord(t)
	scored, batches := closedBatches(t, 1)
	prover := Prover{Commitments: scored.commitments()}
	wrongGroup := newTestRecord(t)
	wrongGroup.groups["sealed.claimant"][1].Value = []byte("someone else")
	offset := scored[0].batches[0].Records[0].Offset
	for name, tt := range map[string]struct {
		req  ProveRequest
		want error
		text string
	}{
		"a path the record does not have":          {r.request(batches[0], 0, offset, "nothing.here"), ErrNoField, ""},
		"a root of a party, which is no value":     {r.request(batches[0], 0, offset, "sealed.claimant"), ErrNoField, ""},
		"values that are not those committed to":   {wrongGroup.request(batches[0], 0, offset, "event.claimant.name"), ErrRootMismatch, ""},
		"a record that is not the journal's":       {r.request(batches[0], 0, offset, "entry.kind"), ErrRootMismatch, ""},
		"a place in the journal outside the batch": {r.request(batches[0], 0, 999, "entry.kind"), nil, "not in the batch"},
	} {
		_, _, err := prover.Prove(t.Context(), tt.req)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: got %v", name, err)
		}
		for _, secret := range []string{"someone else", "Zoë", "review"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error quotes a value", name)
			}
		}
	}
}
