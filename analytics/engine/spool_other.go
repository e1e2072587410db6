//go:build !linux

package engine

import (
	"errors"
	"fmt"
	"os"
)

// newSpool makes a file for the data of one insert, in dir. A crash leaves the
// file behind; the next start empties the folder.
func newSpool(dir string) (f *os.File, path string, err error) {
	f, err = os.CreateTemp(dir, "insert-")
	if err != nil {
		return nil, "", fmt.Errorf("making room for an insert: %w", err)
	}
	return f, f.Name(), nil
}

func dropSpool(f *os.File) error { return errors.Join(f.Close(), os.Remove(f.Name())) }
