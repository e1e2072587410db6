package tilelog

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tallystick/anchor/proof"
)

// Every byte of every published file is flipped, in a log whose tiles are of two levels: what a reader is given then is
// what the log says, or an error. A byte that nothing reads may differ.
func TestEveryByteOfThePublishedFilesCounts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	key := testKey(t)
	log, err := Open(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	const size = 259 // one whole tile, a node above it, and three more
	if err := log.Append(t.Context(), 0, testEntries(0, size)); err != nil {
		t.Fatal(err)
	}
	_, note := log.Signed()
	if err := log.Publish(t.Context(), note); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := OpenReader(dir, key.VKey())
	if err != nil {
		t.Fatal(err)
	}
	// said is all that a reader asks of the log, for one entry of each tile.
	said := func() (string, error) {
		msg, err := reader.Head(t.Context())
		if err != nil {
			return "", err
		}
		head, _, err := proof.OpenCheckpoint(msg, proof.Policy{LogKey: key.VKey()})
		if err != nil {
			return "", err
		}
		out := fmt.Sprintln(head)
		for _, index := range []uint64{3, size - 1} {
			entry, err := reader.Entry(t.Context(), index, head)
			if err != nil {
				return "", err
			}
			path, err := reader.Inclusion(t.Context(), index, head)
			if err != nil {
				return "", err
			}
			out += fmt.Sprintln(entry, path)
		}
		return out, nil
	}
	want, err := said()
	if err != nil {
		t.Fatal(err)
	}
	seen, harmless := map[string]int{}, map[string]int{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, ".state") {
			return err
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		step := max(1, len(whole)/300) // of the large ones every so many, so that the test ends in a second or two
		for i := 0; i < len(whole); i += step {
			changed := bytes.Clone(whole)
			changed[i] ^= 1 << (i % 8)
			if err := os.WriteFile(path, changed, 0o600); err != nil {
				return err
			}
			switch got, err := said(); {
			case err != nil:
				seen[name]++
			case got != want:
				t.Fatalf("byte %d of %s: a reader is told something else:\n%s", i, name, got)
			default:
				harmless[name]++
			}
		}
		return os.WriteFile(path, whole, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := said(); err != nil || got != want {
		t.Fatalf("the files were not put back: %v", err)
	}
	t.Logf("seen %v; harmless %v", seen, harmless)
	for _, name := range []string{"checkpoint", "tile/0/000", "tile/0/001.p/3", "tile/1/000.p/1", "tile/entries/000",
		"tile/entries/001.p/3"} {
		if seen[name] == 0 {
			t.Errorf("no change of %s was seen", name)
		}
	}
	if harmless["checkpoint"] > 0 {
		t.Errorf("%d changes of the checkpoint made no difference", harmless["checkpoint"])
	}
}
