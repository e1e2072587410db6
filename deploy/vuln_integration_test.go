//go:build integration

package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestVulnerabilityCheck has the check of `make vuln` look at one small package with made-up databases.
func TestVulnerabilityCheck(t *testing.T) {
	testdata, err := filepath.Abs("testdata/vulndb")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	// Findings in the Go that go.mod pins are ours to end, by pinning another.
	pinned := strings.Contains(string(mod), "\ntoolchain "+runtime.Version()+"\n")
	for name, c := range map[string]struct {
		db       string
		strict   bool
		ok       bool
		lastLine string
		shows    string
	}{
		"a module that we use": {"file://" + testdata + "/module", false, false,
			"1 in modules that we use, 0 in Go ", "GO-0000-0001"},
		"Go itself": {"file://" + testdata + "/go", false, !pinned,
			"0 in modules that we use, 1 in Go ", "GO-0000-0002"},
		"Go itself, strictly": {"file://" + testdata + "/go", true, false, "0 in modules that we use, 1 in Go ",
			"GO-0000-0002"},
		"a module that nobody uses": {"file://" + testdata + "/other", true, true, "none known (database of ",
			"No vulnerabilities found."},
		"no database": {"https://127.0.0.1:1", false, true,
			"NOT CHECKED: database unreachable (https://127.0.0.1:1)", ""},
		"no database, strictly": {"https://127.0.0.1:1", true, false,
			"NOT CHECKED: database unreachable (https://127.0.0.1:1)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("deploy/vuln.sh", "./feed/synthetic")
			cmd.Dir = ".."
			cmd.Env = append(os.Environ(), "GOVULNDB="+c.db, "VULN=")
			if c.strict {
				cmd.Env = append(cmd.Env, "VULN=strict")
			}
			out, err := cmd.CombinedOutput()
			text := strings.TrimSpace(string(out))
			if (err == nil) != c.ok {
				t.Errorf("ended with %v, want success: %v", err, c.ok)
			}
			if last := text[strings.LastIndex(text, "\n")+1:]; !strings.HasPrefix(last,
				"vulnerabilities: "+c.lastLine) {
				t.Errorf("the last line is %q, want %q", last, c.lastLine)
			}
			if loud := strings.Contains(text, "NOTHING WAS CHECKED"); loud != strings.HasPrefix(c.lastLine,
				"NOT CHECKED") {
				t.Errorf("says loudly that nothing was checked: %v", loud)
			}
			if !strings.Contains(text, c.shows) {
				t.Errorf("it does not show %q", c.shows)
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}
