//go:build unix

package member

import (
	"errors"
	"fmt"
	"os"

	"syscall"
)

// lock takes a directory for this process alone, for as long as it lives.
func lock(path string) (release func() error, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("taking the directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another process has %s", path), file.Close())
	}
	return file.Close, nil
}
