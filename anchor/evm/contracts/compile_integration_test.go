//go:build integration

package contracts

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tallystick/analytics/engine"
)

// The committed artifacts are what the pinned compiler makes of the sources.
func TestArtifactsAreThoseOfTheSources(t *testing.T) {
	cache, err := engine.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	cmd := exec.Command("node", "compile.cjs", filepath.Join(cache, "solc-0.8.37"), out)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compiling the contracts (is the compiler here? `make solc`): %v\n%s", err, text)
	}
	for _, name := range []string{"AnchorRegistry.json", "ClaimSettlement.json", "TestToken.json"} {
		want, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("artifacts", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("artifacts/%s is not what the compiler makes of the sources: run `make contracts`", name)
		}
	}
}
