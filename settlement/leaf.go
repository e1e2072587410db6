package settlement

import "crypto/sha256"

// CommitmentOf returns what stands for a record of the journal in a batch. What is no payment has one too, which pays
// nothing anywhere: a batch is all that the journal holds.
func CommitmentOf(record []byte) [32]byte {
	if p, err := Parse(record); err == nil {
		return p.Commitment()
	}
	h := sha256.New()
	h.Write([]byte("tallystick/settlement/void\n"))
	h.Write(record)
	return [32]byte(h.Sum(nil))
}
