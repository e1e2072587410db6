package tilelog

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
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

// What is signed and not witnessed yet is nowhere below the directory that a web server publishes, and nobody else
// reads it.
func TestTheSignedHeadIsNotPublished(t *testing.T) {
	site := t.TempDir()
	dir := filepath.Join(site, "log")
	log, err := Open(dir, testKey(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Append(t.Context(), 0, testEntries(0, 3)); err != nil {
		t.Fatal(err)
	}
	_, signed := log.Signed()
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, signed[:bytes.Index(signed, []byte("\n\n"))]) {
			t.Errorf("%s holds the head", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{dir + ".state": 0o700,
		filepath.Join(dir+".state", "signed"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}

	// Where an earlier version kept it, it still binds.
	if err := os.Rename(filepath.Join(dir+".state", "signed"), filepath.Join(dir, ".state", "signed")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(site, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if log, err = Open(link, testKey(t)); err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if log.Size() != 3 {
		t.Errorf("size %d", log.Size())
	}
	if _, err := os.Stat(filepath.Join(dir, ".state", "signed")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still published: %v", err)
	}
}
