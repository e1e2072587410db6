package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFuzzScript runs `make fuzz` with a stand-in for the go command that says what Go says of a target.
func TestFuzzScript(t *testing.T) {
	const head = "fuzz: elapsed: 0s, gathering baseline coverage: 0/1 completed\nfuzz: elapsed: 3s, execs: 1234 (411/sec), new interesting: 1 (total: 2)\n"
	for name, c := range map[string]struct {
		says  string // what go test prints for the second of two targets; it fails
		ok    bool
		shows []string
	}{
		"its deadline taken for a failure": {
			head + "--- FAIL: FuzzB (3.02s)\n    context deadline exceeded\nFAIL\nexit status 1\nFAIL\tx/part\t3.03s\n",
			true,
			[]string{"ok    part               FuzzB                        1234 executions",
				"fuzz: 2 of 2 targets for 3s each, 1244 executions, 0 failed"},
		},
		"a failing input": {
			head + "--- FAIL: FuzzB (0.02s)\n    --- FAIL: FuzzB (0.00s)\n        b_test.go:9: wrong\n    \n    Failing input written to testdata/fuzz/FuzzB/771e938e4458e983\nFAIL\nexit status 1\n", false,
			[]string{"b_test.go:9: wrong", "failing input: part/testdata/fuzz/FuzzB/771e938e4458e983",
				"fuzz: 2 of 2 targets for 3s each, 1244 executions, 1 failed"},
		},
		"a failing input when time runs out": {
			head + "--- FAIL: FuzzB (3.02s)\n    context deadline exceeded\nFAIL\n    Failing input written to testdata/fuzz/FuzzB/0\nexit status 1\n", false,
			[]string{"failing input: part/testdata/fuzz/FuzzB/0"},
		},
		"a test that times out by itself": {
			head + "--- FAIL: FuzzB (3.02s)\n    b_test.go:9: context deadline exceeded\nFAIL\nexit status 1\n", false,
			[]string{"b_test.go:9: context deadline exceeded"},
		},
		"a worker that hangs": {
			head + "--- FAIL: FuzzB (3.02s)\n    fuzzing process hung or terminated unexpectedly: exit status 2\nFAIL\n", false, []string{"hung or terminated"},
		},
		"what does not compile": {"part/b_test.go:9: undefined: b\nFAIL\tx/part [build failed]\n", false,
			[]string{"undefined: b", "0 executions"}},
	} {
		t.Run(name, func(t *testing.T) {
			script, err := filepath.Abs("fuzz.sh")
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			write := func(name, text string) {
				t.Helper()
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(dir, "part"), 0o700); err != nil {
				t.Fatal(err)
			}
			write("part/b_test.go", "package part\n\nfunc FuzzA(f *testing.F) {\n}\n\nfunc FuzzB(f *testing.F) {\n}\n")
			write("says", c.says)
			write("go", `#!/bin/sh
case "$*" in
list*) pwd -P | sed 's|$|/part|' ;;
*FuzzA*) echo 'fuzz: elapsed: 3s, execs: 10 (3/sec)' ;;
*) cat says; exit 1 ;;
esac
`)
			cmd := exec.Command(script, "./...")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GO="+filepath.Join(dir, "go"), "FUZZTIME=3s", "FUZZJOBS=2")
			out, err := cmd.CombinedOutput()
			if (err == nil) != c.ok {
				t.Errorf("ended with %v, want success: %v\n%s", err, c.ok, out)
			}
			for _, want := range append(c.shows,
				"ok    part               FuzzA                          10 executions") {
				if !strings.Contains(string(out), want) {
					t.Errorf("it does not show %q:\n%s", want, out)
				}
			}
		})
	}
}
