package anchor_test

import (
	"fmt"

	"tallystick/anchor"
	"tallystick/claim"
	"tallystick/claim/entry"
)

// A record is committed to: one hash over the salted digests of all its values.
func Example() {
	seed := [claim.SeedSize]byte{42} // drawn at random for each record
	salts := claim.NewSaltStream(&seed)
	record := &entry.Committed{Common: []claim.Leaf{
		{Path: "decision.outcome", Kind: claim.LeafString, Value: []byte("review"), Salt: salts.At(0)},
		{Path: "decision.score", Kind: claim.LeafNumber, Value: []byte("0.71"), Salt: salts.At(1)},
		{Path: "entry.claim", Kind: claim.LeafString, Value: []byte("C-1"), Salt: salts.At(2)},
	}}
	var committer anchor.Committer
	commitment, err := committer.Commit(record)
	if err != nil {
		fmt.Println(err)
		return
	}
	record.Common[0].Value = []byte("settle")
	changed, err := committer.Commit(record)
	fmt.Println("the same:", commitment == changed, err)
	// Output:
	// the same: false <nil>
}
