package tilelog

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// Encoded keys hold any base64 character, the plus sign that separates their parts too.
func TestEveryGeneratedKeyLoads(t *testing.T) {
	for i := range 100 {
		seed := bytes.Repeat([]byte{byte(i), 0xfb, 0xef, 0xbe}, 16)
		skey, vkey, err := note.GenerateKey(bytes.NewReader(seed), origin)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := VKeyOf(skey); err != nil || got != vkey {
			t.Fatalf("key %d: got %q, %v", i, got, err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.key")
	key, err := GenerateKey(path, origin)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	loaded, err := LoadKey(path)
	if err != nil || loaded.VKey() != key.VKey() || loaded.Name() != origin {
		t.Errorf("loading: %v", err)
	}
	for _, name := range []string{"", "two words", "a+b"} {
		bad := path + ".bad"
		if _, err := GenerateKey(bad, name); err == nil {
			t.Errorf("a key was made for the origin %q", name)
		}
		if _, err := os.Stat(bad); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a useless key file was left for the origin %q", name)
		}
	}
	if _, err := GenerateKey(path, origin); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a key was replaced: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a key that others can read: got %v", err)
	}
}
