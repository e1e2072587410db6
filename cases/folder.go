package cases

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// Folder is a Store in a directory: ab/cdef... by digest.
type Folder struct{ dir string }

// NewFolder opens a directory, which is made if it is missing.
func NewFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the store of exhibits: %w", err)
	}
	return &Folder{dir}, nil
}

func (f *Folder) path(digest string) (string, error) {
	b, err := hex.DecodeString(digest)
	if err != nil || len(b) != sha256.Size {
		return "", errors.New("no digest of SHA-256 in hex")
	}
	return filepath.Join(f.dir, digest[:2], digest[2:]), nil
}

// Put implements Store.
func (f *Folder) Put(_ context.Context, digest string, data []byte) error {
	path, err := f.path(digest)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// Renamed into place after it is on the disk: a crash leaves the whole file or none.
	return renameio.WriteFile(path, data, 0o400)
}

// Get implements Store. What is not what its name says is damaged.
func (f *Folder) Get(_ context.Context, digest string) ([]byte, error) {
	path, err := f.path(digest)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != digest {
		return nil, errors.New("the stored bytes are not those that were put there")
	}
	return data, nil
}
