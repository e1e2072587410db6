package logbook

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/anchor/witness"
)

// stubborn refuses to cosign until it is told to.
type stubborn struct{ willing bool }

func (s *stubborn) Cosign(_ context.Context, checkpoint []byte, _ witness.Prover) ([]byte, error) {
	if !s.willing {
		return nil, witness.ErrNoQuorum
	}
	return checkpoint, nil
}

func TestWhatWasPublishedIsProved(t *testing.T) {
	dir := t.TempDir()
	key, err := tilelog.GenerateKey(filepath.Join(dir, "log.key"), "acme.example/signals")
	if err != nil {
		t.Fatal(err)
	}
	digests := []string{strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 64)}
	witnesses := &stubborn{}
	open := func() *Book {
		b, err := Open(filepath.Join(dir, "log"), filepath.Join(dir, "log.key"), witnesses)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
	b := open()
	if err := b.Anchor(context.Background(), 1, digests[:2]); !errors.Is(err, witness.ErrNoQuorum) {
		t.Errorf("without witnesses: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b, witnesses.willing = open(), true
	// again, and from the middle: what is held is compared
	for _, step := range [][2]int{{1, 3}, {1, 3}, {2, 3}, {3, 3}} {
		if err := b.Anchor(context.Background(), int64(step[0]), digests[step[0]-1:step[1]]); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Anchor(context.Background(), 2, digests[:1]); !errors.Is(err, tilelog.ErrConflict) {
		t.Errorf("another batch of that number: %v", err)
	}
	reader, err := tilelog.OpenReader(filepath.Join(dir, "log"), key.VKey())
	if err != nil {
		t.Fatal(err)
	}
	msg, err := reader.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	head, err := proof.ParseCheckpoint(strings.SplitN(string(msg), "\n\n", 2)[0] + "\n")
	if err != nil || head.Size != 3 {
		t.Fatalf("%+v, %v", head, err)
	}
	if entry, err := reader.Entry(context.Background(), 1, head); err != nil || entry != Entry(2, digests[1]) {
		t.Errorf("%q, %v", entry, err)
	}
}
