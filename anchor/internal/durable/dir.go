package durable

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
)

// ErrConflict is returned when a file that never changes exists with other content.
var ErrConflict = errors.New("the file exists with other content")

// Dir is a directory whose files are replaced as a whole.
type Dir struct {
	fs   FS
	root string

	mu    sync.Mutex
	known map[string]bool // directories whose entry in their parent is durable
}

// NewDir returns the directory root on fs, which creates it when the first file is written.
func NewDir(fs FS, root string) *Dir {
	return &Dir{fs: fs, root: filepath.Clean(root), known: map[string]bool{}}
}

// ReadFile returns the content of a file, or an error that is fs.ErrNotExist.
func (d *Dir) ReadFile(name string) ([]byte, error) {
	return d.fs.ReadFile(d.path(name))
}

// WriteFile replaces a file. When it returns nil the content survives a crash; when it returns an error the file holds
// the old content or the new, and the same call again repairs whatever was left.
func (d *Dir) WriteFile(name string, data []byte) error {
	path := d.path(name)
	if err := d.ensureDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("creating the directory of %s: %w", path, err)
	}
	// A crash up to the rename leaves a temporary file, which no reader looks at and the next write replaces.
	temp := path + ".tmp"
	if err := d.fs.WriteSync(temp, data); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	// The content is durable before its name points to it: after this line readers see the new file whole. A power loss
	// here may still bring the old file back.
	if err := d.fs.Rename(temp, path); err != nil {
		return fmt.Errorf("replacing %s: %w", path, err)
	}
	// Only now is the name durable. If this fails, readers see a file that a power loss may take away: the caller must
	// not act on it, and repeats the call.
	if err := d.fs.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("making %s durable: %w", path, err)
	}
	return nil
}

// WriteOnce writes a file that never changes. If it exists with the same content, it is only made durable, since an
// earlier run may have died before that; with other content the error is [ErrConflict] and nothing changes.
func (d *Dir) WriteOnce(name string, data []byte) error {
	path := d.path(name)
	old, err := d.fs.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d.WriteFile(name, data)
	case err != nil:
		return fmt.Errorf("reading %s: %w", path, err)
	case !bytes.Equal(old, data):
		return fmt.Errorf("writing %s: %w", path, ErrConflict)
	}
	if err := d.ensureDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("making the directory of %s durable: %w", path, err)
	}
	if err := d.fs.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("making %s durable: %w", path, err)
	}
	return nil
}

// ensureDir creates a directory below the root with its parents, and makes each entry durable once a process: one that
// exists may have been created by a run that died before it synced the parent.
func (d *Dir) ensureDir(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ensure(path)
}

func (d *Dir) ensure(path string) error {
	if d.known[path] {
		return nil
	}
	parent := filepath.Dir(path)
	if path != d.root && parent != path {
		if err := d.ensure(parent); err != nil {
			return err
		}
	}
	if err := d.fs.Mkdir(path); err != nil {
		return err
	}
	if err := d.fs.SyncDir(parent); err != nil {
		return err
	}
	d.known[path] = true
	return nil
}

func (d *Dir) path(name string) string {
	return filepath.Join(d.root, filepath.FromSlash(name))
}
