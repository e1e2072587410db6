package entry_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tallystick/anchor"
	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/claim/entry/entrytest"
	"tallystick/journal/part"
)

func sectionDigest(s *entry.CommittedSection) ([32]byte, error) {
	return new(anchor.Committer).Section(s)
}

func commit(t *testing.T, e *claim.Entry) [32]byte {
	t.Helper()
	leaves, err := new(entry.Builder).Leaves(e)
	if err != nil {
		t.Fatal(err)
	}
	root, err := new(anchor.Committer).Commit(leaves)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// Whoever is left out of a record takes along their tokens, sealed and open values. The commitment and the digests of
// all parts stay, and what is left can be read, committed to and written again.
func TestLeaveOut(t *testing.T) {
	sample := entrytest.Sample()
	whole := encode(t, sample)
	for i, s := range sample.Sections {
		out, left, err := entry.LeaveOut(whole, []string{s.Party}, sectionDigest)
		if err != nil || left != 1 {
			t.Fatalf("%s: %d left out, %v", s.Party, left, err)
		}
		var e claim.Entry
		if err := entry.Decode(out, &e); err != nil {
			t.Fatal(err)
		}
		if commit(t, &e) != commit(t, sample) {
			t.Errorf("%s: another commitment", s.Party)
		}
		if e.Sections[i].Left == nil || e.Sections[i].Party != "" || e.Sections[i].Data != nil {
			t.Errorf("%s: its section is %+v", s.Party, e.Sections[i])
		}
		if slices.ContainsFunc(e.Tokens, func(o claim.Token) bool { return claim.PartyOf(o.Path) == s.Party }) {
			t.Errorf("%s: its tokens are there", s.Party)
		}
		if s.Party != claim.RecordParty &&
			slices.ContainsFunc(e.Values, func(v claim.Value) bool { return v.Path.Party == s.Party }) {
			t.Errorf("%s: its open values are there", s.Party)
		}
		again, err := new(entry.Encoder).Append(nil, &e)
		if err != nil || !bytes.Equal(again, out) {
			t.Errorf("%s: written again it is another record, %v", s.Party, err)
		}
		before, _ := part.Cut(nil, whole)
		after, _ := part.Cut(nil, out)
		for i := range before {
			if after[i].Digest() != sha256.Sum256(before[i].Bytes) {
				t.Errorf("%s: part %d has another digest", s.Party, i)
			}
		}
		if twice, left, err := entry.LeaveOut(out, []string{s.Party}, sectionDigest); err != nil || left != 0 ||
			!bytes.Equal(twice, out) {
			t.Errorf("%s: left out twice: %d, %v", s.Party, left, err)
		}
	}
	out, left, err := entry.LeaveOut(whole, []string{"parties[77]"}, sectionDigest)
	if err != nil || left != 0 {
		t.Errorf("nobody: %d, %v", left, err)
	}
	if diff := cmp.Diff(whole, out); diff != "" {
		t.Errorf("nobody is left out and the record differs: %s", diff)
	}
}
