package anchor

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/proof"
)

const batchEntries = 100_000

func someCommitments() []proof.Hash {
	commitments := make([]proof.Hash, batchEntries)
	for i := range commitments {
		binary.BigEndian.PutUint64(commitments[i][:], uint64(i))
	}
	return commitments
}

// The root of a batch, beside the same root by transparency-dev/merkle in turns.
func BenchmarkBatchRoot(b *testing.B) {
	commitments := someCommitments()
	ours := func() proof.Hash {
		leaves := make([]proof.Hash, len(commitments))
		for i := range commitments {
			leaves[i] = tlog.RecordHash(commitments[i][:])
		}
		return proof.FoldRoot(leaves)
	}
	ranges := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	library := func() proof.Hash {
		r := ranges.NewEmptyRange(0)
		for i := range commitments {
			if err := r.Append(rfc6962.DefaultHasher.HashLeaf(commitments[i][:]), nil); err != nil {
				b.Fatal(err)
			}
		}
		root, err := r.GetRootHash(nil)
		if err != nil {
			b.Fatal(err)
		}
		return proof.Hash(root)
	}
	if ours() != library() {
		b.Fatal("the roots differ")
	}
	var times [2]int64
	for b.Loop() {
		times[0] += elapsed(func() { ours() })
		times[1] += elapsed(func() { library() })
	}
	leaves := float64(b.N) * batchEntries
	b.ReportMetric(leaves/float64(times[0])*1e9, "leaves_per_s")
	b.ReportMetric(float64(times[1])/float64(times[0]), "times_merkle")
	b.ReportMetric(0, "ns/op")
}

// A bundle is verified: signature, witness, log, batch, values.
func BenchmarkVerify(b *testing.B) {
	const from = "../../anchor/proof/testdata/"
	bundle, err := os.ReadFile(from + "bundle.json")
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(from + "keys.txt")
	if err != nil {
		b.Fatal(err)
	}
	keys := strings.Fields(string(text))
	policy := proof.Policy{LogKey: keys[0], Witnesses: keys[1:], Quorum: 1}
	const rounds = 200 // -benchtime counts the dear ones beside it
	for b.Loop() {
		for range rounds {
			if _, err := proof.Verify(bundle, policy); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1e3/float64(b.N*rounds), "verify_us")
	b.ReportMetric(float64(len(bundle)), "bundle_bytes")
	b.ReportMetric(0, "ns/op")
}
