package anchor

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/anchor/witness"
	"tallystick/journal"
)

const origin = "insurer.example/claims"

// fixedKey returns the same log key each time, so that golden files can be compared; it signs nothing but tests.
func fixedKey(t testing.TB) *tilelog.Key {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.key")
	if err := tilelog.WriteKeyFile(path,
		"PRIVATE+KEY+insurer.example/claims+93d694a9+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH"); err != nil {
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

func (f cosignerFunc) Cosign(_ context.Context, msg []byte, _ func(context.Context, uint64) ([]Hash, error)) ([]byte,
	error) {
	return f(msg)
}

func (f cosignerFunc) Cosigned([]byte) bool { return true }

// strict asks for the cosignature of one witness.
type strict struct {
	Cosigner
	witness note.Verifier
}

func (s strict) Cosigned(msg []byte) bool {
	_, err := note.Open(msg, note.VerifierList(s.witness))
	return err == nil
}

// TestAHeadFromBeforeTheWitnessesIsCosigned: it was published while none were configured, and nothing new may come for
// long.
func TestAHeadFromBeforeTheWitnessesIsCosigned(t *testing.T) {
	scored, batches := closedBatches(t, 1)
	cosigner, vkey := fixedCosigner(t)
	verifier, err := proof.NewWitnessVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	log := openLog(t, t.TempDir())
	cfg := PublisherConfig{Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log}}
	alone := newTestPublisher(t, cfg)
	if err := alone.Take(t.Context(), batches[0]); err != nil {
		t.Fatal(err)
	}
	if err := alone.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	cfg.Cosigner = strict{cosigner, verifier}
	if err := newTestPublisher(t, cfg).Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if msg, err := log.Head(t.Context()); err != nil || !(strict{cosigner, verifier}).Cosigned(msg) {
		t.Errorf("the head stays without a witness: %v", err)
	}
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
	p := newTestPublisher(t, PublisherConfig{Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log},
		Cosigner: cosignerFunc(func(msg []byte) ([]byte, error) {
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

// failingCommitments is a journal that cannot be read.
type failingCommitments struct{}

func (failingCommitments) Range(context.Context, Range) iter.Seq2[Commitment, error] {
	return func(yield func(Commitment, error) bool) { yield(Commitment{}, errors.New("read again")) }
}

// A process that closes and publishes reads the journal once.
func TestOwnRootsAreNotReadAgain(t *testing.T) {
	scored, closingLog := newMemoryJournal(2), &memoryPartition{}
	first := newTestCloser(t, &memoryAppender{of: closingLog}, nil, nil)
	second := newTestCloser(t, &memoryAppender{of: closingLog}, nil, nil)
	behind := newTestCloser(t, &memoryAppender{of: closingLog}, nil, nil)
	for p := range 2 {
		b := scored.write(p, numbered(p), numbered(p+5))
		if err := errors.Join(first.Take(t.Context(), b), second.Take(t.Context(), b)); err != nil {
			t.Fatal(err)
		}
	}
	if err := second.Take(t.Context(), scored.write(0, numbered(9))); err != nil {
		t.Fatal(err)
	}
	closing, err := first.Close(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []*Closer{second, behind} {
		if _, err := other.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !first.Computed(*closing) || !second.Computed(*closing) || behind.Computed(*closing) {
		t.Error("those that took the entries have computed the root, the one that did not has not")
	}
	forged := *closing
	forged.Root[0] ^= 1
	log := openLog(t, t.TempDir())
	p := newTestPublisher(t, PublisherConfig{Log: log, Commitments: failingCommitments{}, Ledgers: []Ledger{log},
		Computed: second.Computed})
	if err := p.Take(t.Context(), forged); err == nil || Permanent(err) {
		t.Errorf("a root that nobody computed was not read from the journal: %v", err)
	}
	if err := p.Take(t.Context(), *closing); err != nil {
		t.Errorf("a root of its own: %v", err)
	}
}

// A closer that holds the same entries notices a closing with another root.
func TestForgedClosingOfAnotherCloser(t *testing.T) {
	scored, closingLog := newMemoryJournal(1), &memoryPartition{}
	closer := newTestCloser(t, &memoryAppender{of: closingLog}, nil, nil)
	b := scored.write(0, numbered(0))
	if err := closer.Take(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	forged := Closing{Version: 1, Ranges: []Range{{To: b.Next}}, Entries: 1, Root: numbered(7),
		ClosedAt: time.Unix(1, 0).UTC()}
	data, err := forged.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	closingLog.append(journal.Position{}, 1, []journal.Record{{Value: data}})
	if _, err := closer.Close(t.Context()); !errors.Is(err, ErrRootMismatch) {
		t.Errorf("got %v", err)
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
			p := newTestPublisher(t, PublisherConfig{Log: log, Commitments: scored.commitments(),
				Ledgers: []Ledger{log}})
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
	p = newTestPublisher(t, PublisherConfig{Log: openLog(t, t.TempDir()), Commitments: scored.commitments(),
		Ledgers: []Ledger{log}})
	if err := p.Take(t.Context(), batches[4]); !Permanent(err) {
		t.Errorf("a gap: got %v", err)
	}
}

func TestPublishedHeadIsNotCosignedAgain(t *testing.T) {
	scored, batches := closedBatches(t, 1)
	log := openLog(t, t.TempDir())
	asked := 0
	cfg := PublisherConfig{Log: log, Commitments: scored.commitments(), Ledgers: []Ledger{log},
		Cosigner: cosignerFunc(func(msg []byte) ([]byte, error) {
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
