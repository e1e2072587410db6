package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/internal/durabletest"
)

func TestFilesOfTheMachine(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root")
	dir := durable.NewDir(durable.OS{}, root)
	if _, err := dir.ReadFile("a/b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	for _, content := range []string{"one", "two", ""} {
		if err := dir.WriteFile("a/b/c", []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := dir.ReadFile("a/b/c"); err != nil || string(got) != content {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if err := dir.WriteOnce("a/once", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := dir.WriteOnce("a/once", []byte("x")); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if err := dir.WriteOnce("a/once", []byte("y")); !errors.Is(err, durable.ErrConflict) {
		t.Errorf("other content: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(root, "a", "*.tmp"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
	if err := os.WriteFile(filepath.Join(root, "plain"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := dir.WriteFile("plain/below", nil); err == nil {
		t.Error("a file below a file was written")
	}
}

// After a fault at any step the file holds the old content or the new; once a write has succeeded, the new one stays.
func TestOldOrNewAfterEachFault(t *testing.T) {
	for n := 1; n < 20; n++ {
		for _, fault := range []durabletest.Fault{durabletest.NotDone, durabletest.DoneFail} {
			for _, after := range []func(*durabletest.FaultFS){(*durabletest.FaultFS).Restart,
				(*durabletest.FaultFS).PowerLoss} {
				files := durabletest.NewFaultFS("/d")
				files.FailAt(n, fault)
				kept := ""
				for _, content := range []string{"old", "new"} {
					if durable.NewDir(files, "/d").WriteFile("x/file", []byte(content)) != nil {
						break
					}
					kept = content
				}
				after(files)
				got, err := durable.NewDir(files, "/d").ReadFile("x/file")
				if err != nil && (!errors.Is(err, fs.ErrNotExist) || kept != "") {
					t.Fatalf("step %d: %v after %q was written", n, err, kept)
				}
				if kept == "new" && string(got) != "new" || kept == "old" && string(got) == "" {
					t.Fatalf("step %d: %q after %q was written", n, got, kept)
				}
			}
		}
	}
}
