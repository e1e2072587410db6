package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tallystick/pipeline"
)

func TestDoctorLooksAtTheKeptState(t *testing.T) {
	dir := t.TempDir()
	file, kept := filepath.Join(dir, "file"), filepath.Join(dir, "kept")
	if err := os.Mkdir(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, filepath.Join(kept, pipeline.StateFile)} {
		if err := os.WriteFile(name, []byte("four"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ directory, want string }{
		{"", "each start folds the whole journal"},
		{filepath.Join(dir, "none"), "will be made"},
		{dir, "nothing is kept yet"},
		{kept, ", 4 bytes"},
		{file, "not a directory"},
	} {
		said, err := checkState(t.Context(), &Config{State: StateConfig{Directory: c.directory}})
		if err != nil {
			said = err.Error()
		}
		if !strings.Contains(said, c.want) {
			t.Errorf("%q: %q, want %q", c.directory, said, c.want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("doctor made the directory, which then is not its user's")
	}
}
