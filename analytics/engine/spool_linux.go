package engine

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// newSpool makes a file for the data of one insert. Here it is memory with a
// name under /proc, and gone when it is closed, also by a crash.
func newSpool(string) (f *os.File, path string, err error) {
	fd, err := unix.MemfdCreate("tallystick-insert", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, "", fmt.Errorf("making room for an insert: %w", err)
	}
	path = fmt.Sprintf("/proc/self/fd/%d", fd)
	return os.NewFile(uintptr(fd), path), path, nil
}

func dropSpool(f *os.File) error { return f.Close() }
