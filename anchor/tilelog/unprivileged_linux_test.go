package tilelog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// withoutRoot gives the directory to another user, and makes the test's thread that user's until the test ends: root
// writes to directories that are read-only.
func withoutRoot(t *testing.T, dir string) {
	if os.Getuid() != 0 {
		return
	}
	const nobody = 65534
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, nobody, nobody))
	}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // the test's own, too
		t.Fatal(err)
	}
	runtime.LockOSThread() // the file system's user is a thread's own; the kernel forgets the rights with it
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setfsuid(0); err != nil {
			t.Error(err)
		}
		runtime.UnlockOSThread()
	})
}
