package anchor

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/anchor/witness"
)

const origin = "insurer.example/claims"

// fixedKey returns the same log key each time, so that golden files can be compared; it signs nothing but tests.
func fixedKey(t testing.TB) *tilelog.Key {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.key")
	if err := tilelog.WriteKeyFile(path, "PRIVATE+KEY+insurer.example/claims+93d694a9+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH"); err != nil {
		t.Fatal(err)
	}
	key, err := tilelog.LoadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func openLog(t testing.TB, dir string) *tilelog.Log {
	t.Helper()
	log, err := tilelog.Open(dir, fixedKey(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return log
}

// closedBatches returns a journal and n closings of it.
func closedBatches(t testing.TB, n int) (memoryJournal, []Closing) {
	t.Helper()
	scored, log := newMemoryJournal(2), &memoryPartition{}
	closer := newTestCloser(t, &memoryAppender{of: log}, nil, nil)
	for i := range n {
		for p := range 2 {
			if err := closer.Take(t.Context(), scored.write(p, numbered(10*i+p), numbered(10*i+p+5))); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := closer.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return scored, closings(t, log)
}

// fakeLedger fails as often as told.
type fakeLedger struct {
	head  []byte
	fails int
	err   error
}

func (l *fakeLedger) Publish(_ context.Context, msg []byte) error {
	if l.fails > 0 {
		l.fails--
		return l.err
	}
	l.head = msg
	return nil
}

func (l *fakeLedger) Head(context.Context) ([]byte, error) {
	if l.head == nil {
		return nil, fs.ErrNotExist
	}
	return l.head, nil
}

func (l *fakeLedger) Lookup(context.Context, uint64) ([]byte, error) { return nil, fs.ErrNotExist }

var _ Ledger = (*tilelog.Log)(nil)
var _ LogReader = (*tilelog.Reader)(nil)
var _ Cosigner = (*witness.Quorum)(nil)

type cosignerFunc func(msg []byte) ([]byte, error)

func (f cosignerFunc) Cosign(_ context.Context, msg []byte, _ func(context.Context, uint64) ([]Hash, error)) ([]byte, error) {
	return f(msg)
}

func newTestPublisher(t testing.TB, cfg PublisherConfig) *Publisher {
	t.Helper()
	cfg.Origin = origin
	p, err := NewPublisher(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNothingIsPublishedWithoutTheQuorum(t *testing.T) {
	scored, batches := closedBatches(t, 2)
	log := openLog(t, t.TempDir())
	down := errors.New("witnesses are down")
	fail := true
	p := newTestPublisher(t, PublisherConfig{Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log}, Cosigner: cosignerFunc(func(msg []byte) ([]byte, error) {
		if fail {
			return nil, down
		}
		return msg, nil
	})})
	for _, c := range batches {
		if err := p.Take(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Publish(t.Context()); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
	if _, err := log.Head(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a checkpoint without its quorum was published: %v", err)
	}
	if s := p.State(); s.Signed != 2 || s.Published != 0 || s.Waiting.IsZero() || !errors.Is(s.Err, down) {
		t.Errorf("state %+v", s)
	}
	fail = false
	if err := p.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := p.State(); s.Published != 2 || !s.Waiting.IsZero() || s.Err != nil {
		t.Errorf("state %+v", s)
	}
}

func TestPublisherConfigurationIsRefused(t *testing.T) {
	scored, _ := closedBatches(t, 1)
	log := openLog(t, t.TempDir())
	good := PublisherConfig{Origin: origin, Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log}}
	if _, err := NewPublisher(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(c *PublisherConfig){
		"no log":               func(c *PublisherConfig) { c.Log = nil },
		"no ledger":            func(c *PublisherConfig) { c.Ledgers = nil },
		"no commitments":       func(c *PublisherConfig) { c.Commitments = nil },
		"another log's origin": func(c *PublisherConfig) { c.Origin = "other.example" },
	} {
		cfg := good
		change(&cfg)
		if _, err := NewPublisher(cfg); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}

func TestRestartTakesUpWhereTheLogIs(t *testing.T) {
	scored, batches := closedBatches(t, 5)
	dir := t.TempDir()
	log := openLog(t, dir)
	p := newTestPublisher(t, PublisherConfig{Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log}})
	for _, c := range batches[:3] {
		if err := p.Take(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	log = openLog(t, dir)
	for name, from := range map[string]int{"from the start": 0, "from the last one": 2, "from the next one": 3} {
		t.Run(name, func(t *testing.T) {
			p := newTestPublisher(t, PublisherConfig{Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log}})
			for _, c := range batches[from:4] {
				if err := p.Take(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
			if log.Size() != 4 {
				t.Errorf("size %d", log.Size())
			}
		})
	}
	p = newTestPublisher(t, PublisherConfig{Log: openLog(t, t.TempDir()), Commitments: scored.commitments(), Ledgers: []Ledger{log}})
	if err := p.Take(t.Context(), batches[4]); !Permanent(err) {
		t.Errorf("a gap: got %v", err)
	}
}

func TestPublishedHeadIsNotCosignedAgain(t *testing.T) {
	scored, batches := closedBatches(t, 1)
	log := openLog(t, t.TempDir())
	asked := 0
	cfg := PublisherConfig{Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log}, Cosigner: cosignerFunc(func(msg []byte) ([]byte, error) {
		asked++
		return msg, nil
	})}
	p := newTestPublisher(t, cfg)
	if err := p.Publish(t.Context()); err != nil || asked != 0 {
		t.Errorf("an empty log: asked %d times, %v", asked, err)
	}
	if err := p.Take(t.Context(), batches[0]); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	restarted := newTestPublisher(t, cfg)
	if err := restarted.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := restarted.State(); asked != 1 || s.Published != 1 || !s.Waiting.IsZero() {
		t.Errorf("asked %d times, state %+v", asked, s)
	}
}

func TestOnlyRootsOfTheJournalAreSigned(t *testing.T) {
	scored, batches := closedBatches(t, 2)
	log := openLog(t, t.TempDir())
	p := newTestPublisher(t, PublisherConfig{Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log}})
	forged := batches[0]
	forged.Root[0] ^= 1
	if err := p.Take(t.Context(), forged); !errors.Is(err, ErrRootMismatch) || !Permanent(err) {
		t.Errorf("a forged root: got %v", err)
	}
	if log.Size() != 0 {
		t.Error("a forged root was logged")
	}
	if err := p.Take(t.Context(), batches[0]); err != nil {
		t.Fatal(err)
	}
	p = newTestPublisher(t, PublisherConfig{Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log}})
	if err := p.Take(t.Context(), forged); !errors.Is(err, tilelog.ErrConflict) {
		t.Errorf("another root for a batch that is logged: got %v", err)
	}
}

func TestRunTriesAgain(t *testing.T) {
	scored, batches := closedBatches(t, 3)
	log := openLog(t, t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		pending := &fakeLedger{fails: 2, err: ErrPending}
		attempts := 0
		p := newTestPublisher(t, PublisherConfig{
			Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log, pending}, Retry: time.Second,
			Cosigner: cosignerFunc(func(msg []byte) ([]byte, error) {
				if attempts++; attempts < 4 {
					return nil, errors.New("down")
				}
				return msg, nil
			}),
		})
		ctx, stop := context.WithCancel(t.Context())
		feed := make(chan Closing, len(batches))
		for _, c := range batches {
			feed <- c
		}
		done := make(chan error, 1)
		go func() {
			done <- p.Run(ctx, func(ctx context.Context) (Closing, error) {
				select {
				case c := <-feed:
					return c, nil
				case <-ctx.Done():
					return Closing{}, ctx.Err()
				}
			})
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := p.State(); s.Published != 3 || s.Err != nil {
			t.Errorf("state %+v", s)
		}
		want, err := log.Head(t.Context())
		if err != nil || !bytes.Equal(want, pending.head) {
			t.Errorf("the ledgers differ: %v", err)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestRunEndsOnAContradiction(t *testing.T) {
	scored, batches := closedBatches(t, 1)
	log := openLog(t, t.TempDir())
	p := newTestPublisher(t, PublisherConfig{Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log}})
	batches[0].Root[0] ^= 1
	err := p.Run(t.Context(), func(context.Context) (Closing, error) { return batches[0], nil })
	if !errors.Is(err, ErrRootMismatch) {
		t.Errorf("got %v", err)
	}
}

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
	quorum, err := witness.NewQuorum(witness.QuorumConfig{Peers: []witness.Peer{{URL: up.URL, VKey: witnessKey.VKey()}, {URL: down.URL, VKey: absent.VKey()}}, Need: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := newTestPublisher(t, PublisherConfig{Log: tiles, Commitments: scored.commitments(), Cosigner: quorum, Ledgers: []Ledger{tiles}})
	if err := p.Take(t.Context(), *closing); err != nil {
		t.Fatal(err)
	}
	reader, err := tilelog.OpenReader(dir, key.VKey())
	if err != nil {
		t.Fatal(err)
	}
	policy := proof.Policy{LogKey: key.VKey(), Witnesses: []string{witnessKey.VKey(), absent.VKey()}, Quorum: 1}
	prover := Prover{Log: reader, Commitments: scored.commitments(), Policy: policy}
	req := record.request(*closing, 1, taken.Records[1].Offset, "decision.outcome", "event.claimant.name", "decision.score")
	if _, _, err := prover.Prove(t.Context(), req); !errors.Is(err, ErrNotPublished) {
		t.Errorf("a proof before anything was published: %v", err)
	}
	if err := p.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	bundle, report, err := prover.Prove(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Fields) != 3 || len(report.Witnesses) != 1 || report.Witnesses[0].Name != "witness.example/w1" {
		t.Errorf("report %+v", report)
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
		p := newTestPublisher(t, PublisherConfig{Log: log, Commitments: scored.commitments(), Cosigner: cosigner, Ledgers: []Ledger{log}})
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
		bundle, report, err := prover.Prove(t.Context(), record.request(*mine, 0, offset, "decision.outcome", "decision.score", "decision.hold", "event.claimant.name", "event.claimant.phone"))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("proof", "testdata", "bundle.json"), bundle)
		golden(t, filepath.Join("proof", "testdata", "report.txt"), []byte(report.Text()))
		golden(t, filepath.Join("proof", "testdata", "keys.txt"), []byte(policy.LogKey+"\n"+witnessVKey+"\n"))
	})
}
