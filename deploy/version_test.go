package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPlainGoInstallSaysTheRevision builds as somebody does who has cloned the repository and never heard of the
// Makefile.
func TestPlainGoInstallSaysTheRevision(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is missing, and with it the revision that Go writes into a binary")
	}
	clone, bin := t.TempDir(), t.TempDir()
	if err := copyContext(clone); err != nil {
		t.Fatal(err)
	}
	in := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = clone
		cmd.Env = append(os.Environ(), "GOBIN="+bin, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	in("git", "init", "--quiet")
	in("git", "add", "--all")
	in("git", "-c", "user.name=a tester", "-c", "user.email=tester@example.org", "commit", "--quiet", "--message",
		"everything")
	revision := in("git", "rev-parse", "HEAD")
	installed := func() string {
		t.Helper()
		// -trimpath: what is compiled already is compiled for every folder. -buildvcs=auto is the default, which a
		// machine's GOFLAGS may change.
		in("go", "install", "-trimpath", "-buildvcs=auto", "./cmd/tallystick")
		return in(filepath.Join(bin, "tallystick"), "version")
	}

	clean := regexp.MustCompile(`^tallystick v0\.0\.0-\d{14}-` + revision[:12] + ` \(revision ` + revision +
		` of [^ ,]+Z\), go1\.`)
	if got := installed(); !clean.MatchString(got) {
		t.Errorf("a clean clone says %q, want %s", got, clean)
	}
	if err := os.WriteFile(filepath.Join(clone, "README.md"), []byte("changed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dirty := regexp.MustCompile(`^tallystick v0\.0\.0-\d{14}-` + revision[:12] + `\+dirty \(revision ` + revision +
		` of [^ ,]+Z, with changes\), go1\.`)
	if got := installed(); !dirty.MatchString(got) {
		t.Errorf("a clone with a change says %q, want %s", got, dirty)
	}
}
