package anchor

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"tallystick/claim"
	"tallystick/claim/entry"
)

// testRecord is a record with sealed fields of one party.
type testRecord struct {
	record     *entry.Committed
	opened     map[string][]claim.Leaf
	commitment Hash
}

func newTestRecord(t testing.TB) testRecord {
	t.Helper()
	openSeed, partySeed, sealedSeed := [claim.SeedSize]byte{1}, [claim.SeedSize]byte{2}, [claim.SeedSize]byte{3}
	sealed := []claim.Leaf{
		{Path: "claimant.birthDate", Kind: claim.LeafString, Value: []byte("1980-04-05")},
		{Path: "claimant.name", Kind: claim.LeafString, Value: []byte("Zoë \"Z\" Example")},
		{Path: "claimant.phone", Kind: claim.LeafString, Value: []byte("+4930123456")},
	}
	salt(sealed, sealedSeed)
	digest, err := new(Committer).CommitSealed("claimant", sealed)
	if err != nil {
		t.Fatal(err)
	}
	amount := claim.AppendCanonical(claim.AppendCanonical(nil, "amount", claim.LeafString, []byte("990.00")),
		"currency", claim.LeafString, []byte("EUR"))
	leaves := []claim.Leaf{
		{Path: "amounts.claimed", Kind: claim.LeafGroup, Value: amount},
		{Path: "decision.hold", Kind: claim.LeafTrue},
		{Path: "decision.outcome", Kind: claim.LeafString, Value: []byte("review")},
		{Path: "decision.score", Kind: claim.LeafNumber, Value: []byte("0.731")},
		{Path: "entry.claim", Kind: claim.LeafString, Value: []byte("C-1")},
		{Path: "entry.insurer", Kind: claim.LeafString, Value: []byte("example")},
		{Path: "entry.kind", Kind: claim.LeafString, Value: []byte("decided")},
		{Path: "entry.revision", Kind: claim.LeafNumber, Value: []byte("1")},
	}
	salt(leaves, openSeed)
	claimant := []claim.Leaf{
		{Path: "claimant.birthYear", Kind: claim.LeafNumber, Value: []byte("1980")},
		{Path: "claimant.tokens", Kind: claim.LeafGroup, Value: claim.AppendCanonical(nil, "phone", claim.LeafString,
			[]byte("phn_1_k7f3"))},
	}
	salt(claimant, partySeed)
	r := testRecord{
		record: &entry.Committed{Common: leaves, Sections: []entry.CommittedSection{
			{Party: "claimant", Leaves: claimant, Count: len(sealed), Sealed: digest[:]},
			{Left: bytes.Repeat([]byte{7}, 32)},
		}},
		opened: map[string][]claim.Leaf{"claimant": sealed},
	}
	if r.commitment, err = new(Committer).Commit(r.record); err != nil {
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
	return ProveRequest{Record: r.record, Opened: r.opened, Paths: paths, Partition: partition, Offset: offset,
		Closing: c}
}

func TestProveRefuses(t *testing.T) {
	r := newTestRecord(t)
	scored, batches := closedBatches(t, 1)
	prover := Prover{Commitments: scored.commitments()}
	wrongGroup := newTestRecord(t)
	wrongGroup.opened["claimant"][1].Value = []byte("someone else")
	offset := scored[0].batches[0].Records[0].Offset
	for name, tt := range map[string]struct {
		req  ProveRequest
		want error
		text string
	}{
		"a path the record does not have": {r.request(batches[0], 0, offset, "nothing.here"), ErrNoField, ""},
		"what is part of a group": {r.request(batches[0], 0, offset, "amounts.claimed.amount"),
			ErrNoField, ""},
		"values that are not those committed to": {wrongGroup.request(batches[0], 0, offset, "claimant.name"),
			ErrRootMismatch, ""},
		"a record that is not the journal's": {r.request(batches[0], 0, offset, "entry.kind"), ErrRootMismatch,
			""},
		"a place in the journal outside the batch": {r.request(batches[0], 0, 999, "entry.kind"), nil,
			"not in the batch"},
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
