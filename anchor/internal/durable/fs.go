package durable

import (
	"errors"
	"io/fs"
	"os"
)

// FS is the file system, cut into the steps that a crash can fall between. Names are paths as the os package takes
// them.
type FS interface {
	// ReadFile returns the content, or an error that is fs.ErrNotExist.
	ReadFile(name string) ([]byte, error)
	// Mkdir creates a directory in an existing one. A directory that exists is no error. The entry is not durable yet.
	Mkdir(name string) error
	// WriteSync creates or replaces a file and returns once its content is durable. Its entry is not durable yet.
	WriteSync(name string, data []byte) error
	// Rename replaces newName atomically. The change is not durable yet.
	Rename(oldName, newName string) error
	// SyncDir makes the entries of a directory durable.
	SyncDir(name string) error
}

// OS is the file system of the machine.
type OS struct {
	Private bool // what is made here can be read by its owner alone
}

// ReadFile implements [FS].
func (OS) ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }

// Mkdir implements [FS].
func (o OS) Mkdir(name string) error {
	if err := os.Mkdir(name, o.mode(0o755)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// WriteSync implements [FS].
func (o OS) WriteSync(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, o.mode(0o644))
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func (o OS) mode(m fs.FileMode) fs.FileMode {
	if o.Private {
		return m & 0o700
	}
	return m
}

// Rename implements [FS].
func (OS) Rename(oldName, newName string) error { return os.Rename(oldName, newName) }

// SyncDir implements [FS].
func (OS) SyncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
