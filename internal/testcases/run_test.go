package testcases

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// built returns the program: the one that make built, or one made here.
func built(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("TALLYSTICK_BIN"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "tallystick")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path,
		"../../cmd/tallystick").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return path
}

// TestOwnCases runs the project's own folder of cases.
func TestOwnCases(t *testing.T) {
	program := built(t)
	cases, err := Load("../../feed/cases")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			r, err := Run(t.Context(), program, c)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Missed) > 0 {
				t.Errorf("expected %s\n%s\n%s", strings.Join(r.Missed, "\nexpected "), r.Stdout, r.Stderr)
			}
		})
	}
}

func TestACaseFailsForEachThingThatIsMissing(t *testing.T) {
	dir := t.TempDir()
	text := `
- {name: all is there, run: "cat in.txt; cat in.txt > out.txt", stdout: one, files: {out.txt: [one, "! two"]}}
- {name: another code, run: [true, exit 3], exit: 2}
- {name: another text, run: cat in.txt, stdout: [one, two]}
- {name: too much, run: cat in.txt, stdout: "! one"}
- {name: no file, run: "true", files: {out.txt: [one]}}
- {name: too long, run: sleep 5, seconds: 1, stdout: one}
`
	for name, data := range map[string]string{"in.txt": "one\n", "some.cases.yaml": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cases, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var results []Result
	for i, want := range []int{0, 1, 1, 1, 1, 2} {
		r, err := Run(t.Context(), "/bin/true", cases[i])
		if err != nil || len(r.Missed) != want {
			t.Errorf("%s: missed %v, %v", r.Name, r.Missed, err)
		}
		results = append(results, r)
	}
	var table bytes.Buffer
	if err := Table(&table, results); err != nil || !strings.HasSuffix(table.String(), "1 passed, 5 failed\n") {
		t.Errorf("got %v\n%s", err, table.String())
	}
	for _, bad := range []string{"- {name: x}", "- {name: x, run: y}", "- {run: y, exit: 1}",
		"- {name: x, run: y, exitt: 1}", "{"} {
		if err := os.WriteFile(filepath.Join(dir, "some.cases.yaml"), []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a folder without cases was taken")
	}
}
