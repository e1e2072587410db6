//go:build integration

package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A claim's proof is held against a chain by a stranger, who has the bundle, the log's key, and the addresses of registry and
// account.
func TestAProofIsHeldAgainstAChain(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, bin: bin, dir: filepath.Join(t.TempDir(), "demo")}
	cmd := exec.Command(bin, "demo", "--chain", "--claims", "200", "--seed", "5", "--keep", "--dir", s.dir)
	var out, errs lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	s.eventually("the story's end", 3*time.Minute, func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the demo ended: %v\n%s%s", err, out.String(), errs.String())
		default:
		}
		return strings.Contains(out.String(), "Ctrl-C ends it")
	})
	if !strings.Contains(out.String(), "ANCHORED ON A CHAIN") {
		t.Fatalf("the story does not tell of the chain:\n%s", out.String())
	}
	s.configFile = s.path("tallystick.yaml")
	cfg, err := loadConfig(s.configFile, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	vkey, _, err := cfg.verifyPolicy()
	if err != nil {
		t.Fatal(err)
	}
	claim := regexp.MustCompile(`(acme|birch)/([MH]-\d+-\d+)`).FindStringSubmatch(out.String())
	if claim == nil {
		t.Fatalf("the story names no claim:\n%s", out.String())
	}
	bundle := s.path("claim.proof")
	if text, err := exec.Command(bin, "prove", claim[2], "--insurer", claim[1], "-c", s.configFile, "-o", bundle).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	verify := func(args ...string) (string, int) {
		c := exec.Command(bin, append([]string{"verify", bundle, "--key", vkey, "--chain", cfg.Anchor.Chain.Nodes[0], "--chain-id", "31337"}, args...)...)
		text, _ := c.CombinedOutput()
		return string(text), c.ProcessState.ExitCode()
	}
	chain := cfg.Anchor.Chain
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"anchored", []string{"--registry", chain.Registry, "--account", chain.Account}, 0, "ANCHORED ON A CHAIN"},
		{"by another account", []string{"--registry", chain.Registry, "--account", "0x0000000000000000000000000000000000000001"}, 3, "not anchored"},
		{"no registry there", []string{"--registry", "0x0000000000000000000000000000000000000001", "--account", chain.Account}, 1, "another chain"},
		{"no registry named", []string{"--account", chain.Account}, 2, "--registry"},
		{"a digit is wrong", []string{"--registry", "0x5FbDB2315678afecb367f032d93F642f64180aa4", "--account", chain.Account}, 2, "checksum"},
	} {
		if text, code := verify(c.args...); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", c.name, code, c.code, c.want, text)
		}
	}
}
