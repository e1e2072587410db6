package anchor

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/anchor/timestamp"
	"tallystick/anchor/timestamp/stamper"
	"tallystick/anchor/timestamp/timestamptest"
	"tallystick/anchor/witness"
)

// The whole way: closings, log, witnesses over HTTP with one that is down, proof, verification.
func TestFromClosingToVerifiedProof(t *testing.T) {
	record := newTestRecord(t)
	scored, log := newMemoryJournal(2), &memoryPartition{}
	closer := newTestCloser(t, &memoryAppender{of: log}, nil, nil)
	taken := scored.write(1, numbered(1), record.commitment, numbered(2))
	if err := closer.Take(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	closing, err := closer.Close(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key := fixedKey(t)
	dir := t.TempDir()
	tiles := openLog(t, dir)
	witnessKey, err := witness.GenerateKey(filepath.Join(t.TempDir(), "w.key"), "witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.New(witness.Config{Dir: t.TempDir(), Key: witnessKey, Logs: []string{key.VKey()}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	up, down := httptest.NewServer(w), httptest.NewServer(nil)
	defer up.Close()
	down.Close()
	absent, err := witness.GenerateKey(filepath.Join(t.TempDir(), "v.key"), "witness.example/w2")
	if err != nil {
		t.Fatal(err)
	}
	quorum, err := witness.NewQuorum(witness.QuorumConfig{Peers: []witness.Peer{{URL: up.URL, VKey: witnessKey.VKey()},
		{URL: down.URL, VKey: absent.VKey()}}, Need: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := newTestPublisher(t, PublisherConfig{Log: tiles, Commitments: scored.commitments(), Cosigner: quorum,
		Ledgers: []Ledger{tiles}})
	if err := p.Take(t.Context(), *closing); err != nil {
		t.Fatal(err)
	}
	reader, err := tilelog.OpenReader(dir, key.VKey())
	if err != nil {
		t.Fatal(err)
	}
	policy := proof.Policy{LogKey: key.VKey(), Witnesses: []string{witnessKey.VKey(), absent.VKey()}, Quorum: 1}
	prover := Prover{Log: reader, Commitments: scored.commitments(), Policy: policy}
	req := record.request(*closing, 1, taken.Records[1].Offset, "decision.outcome", "claimant.name", "decision.score")
	if _, _, err := prover.Prove(t.Context(), req); !errors.Is(err, ErrNotPublished) {
		t.Errorf("a proof before anything was published: %v", err)
	}
	if err := p.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, report, err := prover.Prove(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Fields) != 3 || len(report.Witnesses) != 1 || report.Witnesses[0].Name != "witness.example/w1" {
		t.Errorf("report %+v", report)
	}
	// A bundle made after an authority has stamped carries the stamp, with the path that the stamped head needs.
	authority := timestamptest.New(t, timestamptest.Options{})
	if policy.Authorities, err = timestamp.ParseTrust(authority.Root); err != nil {
		t.Fatal(err)
	}
	head := proof.Checkpoint{Origin: report.Origin, Size: report.LogSize, Root: report.LogRoot}
	store := stamper.OpenStore(t.TempDir())
	stamp := stamper.Kept{Authority: "tsa",
		Response: authority.Stamp(t, []byte(head.Text()), time.Now().Truncate(time.Second))}
	if err := store.Keep(head, stamp); err != nil {
		t.Fatal(err)
	}
	prover.Stamps, prover.Policy = store, policy
	bundle, report, err := prover.Prove(t.Context(), req)
	if err != nil || len(report.Stamped) != 1 || report.Stamped[0].LogSize != head.Size {
		t.Fatalf("a stamped bundle: %+v, %v", report, err)
	}
	policy.Quorum = 2
	var failed *proof.Error
	if _, err := proof.Verify(bundle, policy); !errors.As(err, &failed) || failed.Step != proof.StepWitnesses {
		t.Errorf("a stricter verifier: got %v", err)
	}
}

// fixedCosigner cosigns as a witness with a known key does.
func fixedCosigner(t testing.TB) (Cosigner, string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{9}, 64)), "witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := cosign.NewSignerForCosignatureV1(skey)
	if err != nil {
		t.Fatal(err)
	}
	if vkey, err = cosign.VKeyToCosignatureV1(vkey); err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(fixedKey(t).VKey())
	if err != nil {
		t.Fatal(err)
	}
	return cosignerFunc(func(msg []byte) ([]byte, error) {
		opened, err := note.Open(msg, note.VerifierList(verifier))
		if err != nil {
			return nil, err
		}
		return note.Sign(opened, signer)
	}), vkey
}

// The bundle that package proof's tests read is made here, by the code that makes bundles. Its keys and, in the bubble,
// its clock are fixed.
func TestGoldenBundle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record := newTestRecord(t)
		scored, closingLog := newMemoryJournal(2), &memoryPartition{}
		closer := newTestCloser(t, &memoryAppender{of: closingLog}, nil, nil)
		log := openLog(t, t.TempDir())
		cosigner, witnessVKey := fixedCosigner(t)
		p := newTestPublisher(t, PublisherConfig{Log: log, Commitments: scored.commitments(), Cosigner: cosigner,
			Ledgers: []Ledger{log}})
		var mine *Closing
		var offset int64
		for i := range 5 {
			hashes := []Hash{numbered(3 * i), numbered(3*i + 1), numbered(3*i + 2)}
			if i == 2 {
				hashes[1] = record.commitment
			}
			b := scored.write(i%2, hashes...)
			if err := closer.Take(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			closing, err := closer.Close(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if i == 2 {
				mine, offset = closing, b.Records[1].Offset
			}
			if err := p.Take(t.Context(), *closing); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
		policy := proof.Policy{LogKey: fixedKey(t).VKey(), Witnesses: []string{witnessVKey}, Quorum: 1}
		prover := Prover{Log: log.Reader, Commitments: scored.commitments(), Policy: policy}
		bundle, report, err := prover.Prove(t.Context(), record.request(*mine, 0, offset, "decision.outcome",
			"decision.score", "decision.hold", "amounts.claimed", "claimant.birthYear", "claimant.name",
			"claimant.phone"))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("proof", "testdata", "bundle.json"), bundle)
		golden(t, filepath.Join("proof", "testdata", "report.txt"), []byte(report.Text()))
		golden(t, filepath.Join("proof", "testdata", "keys.txt"), []byte(policy.LogKey+"\n"+witnessVKey+"\n"))
	})
}
