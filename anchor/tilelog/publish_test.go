package tilelog

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/internal/durabletest"
	"tallystick/anchor/proof"
)

func TestPublish(t *testing.T) {
	files := durabletest.NewFaultFS("/log")
	log := openMemory(t, files)
	if _, err := log.Head(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("head of a log that published nothing: %v", err)
	}
	var msgs [][]byte
	for i := range 3 {
		if err := log.Append(t.Context(), uint64(i), testEntries(i, i+1)); err != nil {
			t.Fatal(err)
		}
		_, msg := log.Signed()
		msgs = append(msgs, msg)
	}
	if err := log.Publish(t.Context(), msgs[1]); err != nil {
		t.Errorf("an older head of this log: %v", err)
	}
	if err := log.Publish(t.Context(), msgs[2]); err != nil {
		t.Fatal(err)
	}
	if err := log.Publish(t.Context(), msgs[2]); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if err := log.Publish(t.Context(), msgs[0]); !errors.Is(err, ErrConflict) {
		t.Errorf("a smaller head: got %v", err)
	}
	forked, err := log.sign(proof.Checkpoint{Origin: origin, Size: 3, Root: tlog.Hash{1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Publish(t.Context(), forked); !errors.Is(err, ErrConflict) {
		t.Errorf("another root of the same size: got %v", err)
	}
	if err := log.Publish(t.Context(), bytes.Replace(msgs[2], []byte("\n3\n"), []byte("\n2\n"), 1)); err == nil {
		t.Error("a checkpoint that was changed after signing was published")
	}
	if head, err := log.Head(t.Context()); err != nil || !bytes.Equal(head, msgs[2]) {
		t.Errorf("head: %v", err)
	}
	if old, err := log.Lookup(t.Context(), 2); err != nil || !bytes.Equal(old, msgs[1]) {
		t.Errorf("lookup: %v", err)
	}
	if _, err := log.Lookup(t.Context(), 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a size that was never published: %v", err)
	}
}

func TestOneProcessHoldsTheDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "log")
	log, err := Open(dir, testKey(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, testKey(t)); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second one: got %v", err)
	}
	if err := log.Append(t.Context(), 0, testEntries(0, 300)); err != nil {
		t.Fatal(err)
	}
	_, msg := log.Signed()
	if err := log.Publish(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir, testKey(t))
	if err != nil || again.Size() != 300 {
		t.Fatalf("opening again: %v", err)
	}
	defer again.Close()
	reader, err := OpenReader(dir, testKey(t).VKey())
	if err != nil {
		t.Fatal(err)
	}
	head, _ := again.Signed()
	var read []string
	for entry, err := range reader.Entries(t.Context(), head) {
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, entry)
	}
	if !slices.Equal(read, testEntries(0, 300)) {
		t.Errorf("%d entries read, or others", len(read))
	}
	if entry, err := reader.Entry(t.Context(), 299, head); err != nil || entry != testEntries(299, 300)[0] {
		t.Errorf("reading an entry: %v", err)
	}
	if _, err := reader.Entry(t.Context(), 300, head); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an entry past the end: %v", err)
	}
}
