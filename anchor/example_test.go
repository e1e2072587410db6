package anchor_test

import (
	"fmt"

	"tallystick/anchor"
	"tallystick/anchor/proof"
	"tallystick/claim"
)

// A record is committed to; later one of its values is shown, and the others stay hidden.
func Example() {
	seed := [claim.SeedSize]byte{42} // drawn at random for each record
	salts := claim.NewSaltStream(&seed)
	leaves := []claim.Leaf{
		{Path: "decision.outcome", Kind: claim.LeafString, Value: []byte("review"), Salt: salts.At(0)},
		{Path: "decision.score", Kind: claim.LeafNumber, Value: []byte("0.71"), Salt: salts.At(1)},
		{Path: "entry.claim", Kind: claim.LeafString, Value: []byte("C-1"), Salt: salts.At(2)},
	}
	var committer anchor.Committer
	commitment, err := committer.Commit(leaves)
	if err != nil {
		fmt.Println(err)
		return
	}
	fields, err := anchor.ProveFields(leaves, []string{"decision.outcome"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("as committed:", proof.VerifyField(commitment, 3, fields[0]))
	*fields[0].Value = "settle"
	fmt.Println("changed:", proof.VerifyField(commitment, 3, fields[0]))
	// Output:
	// as committed: <nil>
	// changed: the path does not lead to the root
}
