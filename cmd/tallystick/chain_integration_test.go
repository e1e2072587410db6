//go:build integration

package main

import (
	"math/big"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tallystick/anchor/evm"
	"tallystick/anchor/evm/contracts/testtoken"
	"tallystick/install"
)

// chainDemo runs a demonstration with a chain until its story has ended, and leaves it running.
func chainDemo(t *testing.T) (s *site, story string) {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s = &site{t: t, bin: bin, dir: filepath.Join(t.TempDir(), "demo")}
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
	return s, out.String()
}

// A claim's proof is held against a chain by a stranger, who has the bundle, the log's key, and the addresses of
// registry and account.
func TestAProofIsHeldAgainstAChain(t *testing.T) {
	s, story := chainDemo(t)
	cfg, err := install.Load(s.configFile, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	vkey, _, err := cfg.VerifyPolicy()
	if err != nil {
		t.Fatal(err)
	}
	claim := regexp.MustCompile(`(acme|birch)/([MH]-\d+-\d+)`).FindStringSubmatch(story)
	if claim == nil {
		t.Fatalf("the story names no claim:\n%s", story)
	}
	bundle := s.path("claim.proof")
	if text, err := exec.Command(s.bin, "prove", claim[2], "--insurer", claim[1], "-c", s.configFile, "-o",
		bundle).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	verify := func(args ...string) (string, int) {
		c := exec.Command(s.bin,
			append([]string{"verify", bundle, "--key", vkey, "--chain", cfg.Anchor.Chain.Nodes[0], "--chain-id",
				"31337"}, args...)...)
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
		{"by another account", []string{"--registry", chain.Registry, "--account",
			"0x0000000000000000000000000000000000000001"}, 3, "not anchored"},
		{"no registry there", []string{"--registry", "0x0000000000000000000000000000000000000001", "--account",
			chain.Account}, 1, "another chain"},
		{"no registry named", []string{"--account", chain.Account}, 2, "--registry"},
		{"a digit is wrong", []string{"--registry", "0x5FbDB2315678afecb367f032d93F642f64180aa4", "--account",
			chain.Account}, 2, "checksum"},
	} {
		if text, code := verify(c.args...); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", c.name, code, c.code, c.want, text)
		}
	}
}

// A claim that was decided to settle is paid from an escrow, once, by whoever brings the proof; one that is under
// investigation is not.
func TestASettledClaimIsPaidOnProof(t *testing.T) {
	s, story := chainDemo(t)
	cfg, err := install.Load(s.configFile, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	chain := cfg.Anchor.Chain
	signer, err := evm.LoadKeyFile(chain.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	made, err := evm.Send(t.Context(), chain.Nodes[0], anvilChain, signer, nil, testtoken.Code())
	if err != nil {
		t.Fatal(err)
	}
	// The innocent look-alike of the story is settled, the first flagged claim is investigated.
	settled := regexp.MustCompile(`(acme|birch)/(\S+) is a claim of a family(?:.*\n)*?   its outcome   settle`).FindStringSubmatch(story)
	flagged := regexp.MustCompile(` 1\. (acme|birch)/(\S+) .* investigate`).FindStringSubmatch(story)
	if settled == nil || flagged == nil {
		t.Fatalf("the story names no settled and no flagged claim:\n%s", story)
	}
	text, err := exec.Command(s.bin, "prove", settled[2], "--insurer", settled[1], "--fields",
		"amounts.claimed.currency", "-c", s.configFile).CombinedOutput()
	found := regexp.MustCompile(`amounts\.claimed\b.*\b([A-Z]{3})\b`).FindSubmatch(text)
	if err != nil || found == nil {
		t.Fatalf("%v\n%s", err, text)
	}
	currency := string(found[1])
	settings := []string{"settlement.directory=" + s.path("settlement"), "settlement.origin=demo.example/settlements",
		"settlement.dispute=0s"}
	run := func(args ...string) (string, int) {
		t.Helper()
		args = append([]string{"settlement"}, args...)
		for _, set := range settings {
			args = append(args, "--set", set)
		}
		c := exec.Command(s.bin, append(args, "-c", s.configFile)...)
		text, _ := c.CombinedOutput()
		return string(text), c.ProcessState.ExitCode()
	}
	must := func(args ...string) string {
		t.Helper()
		text, code := run(args...)
		if code != 0 {
			t.Fatalf("settlement %s: exit code %d\n%s", strings.Join(args, " "), code, text)
		}
		return text
	}
	must("setup")
	must("setup") // again changes nothing
	escrow := strings.TrimSpace(must("deploy", "--token", made.Contract.Hex(), "--scale", "10000", "--currency",
		currency, "--admin", signer.Address().Hex(),
		"--per-payment", "100000000", "--per-day", "100000000"))
	settings = append(settings, "settlement.escrow="+escrow)
	at, err := evm.ParseAddress(escrow)
	if err != nil {
		t.Fatal(err)
	}
	mint := testtoken.NewTestToken().PackMint(at, big.NewInt(1e13))
	if _, err := evm.Send(t.Context(), chain.Nodes[0], anvilChain, signer, &made.Contract, mint); err != nil {
		t.Fatal(err)
	}
	const payee = "0x00000000000000000000000000000000000000be"
	add := func(insurer, id, amount string) (string, int) {
		return run("add", id, "--insurer", insurer, "--payee", payee, "--amount", amount, "--currency", currency)
	}
	if text, code := add(flagged[1], flagged[2], "1.00"); code == 0 || !strings.Contains(text, "does not allow") {
		t.Errorf("a claim under investigation: exit code %d\n%s", code, text)
	}
	if text, code := add(settled[1], settled[2], "99999999.00"); code == 0 ||
		!strings.Contains(text, "does not allow") {
		t.Errorf("more than was claimed: exit code %d\n%s", code, text)
	}
	for range 2 {
		if text, code := add(settled[1], settled[2], "12.34"); code != 0 {
			t.Fatalf("exit code %d\n%s", code, text)
		}
	}
	if text, code := add(settled[1], settled[2], "12.35"); code == 0 ||
		!strings.Contains(text, "settled already, otherwise") {
		t.Errorf("the payment with another amount: exit code %d\n%s", code, text)
	}
	if text, code := run("pay", settled[2], "--insurer", settled[1]); code == 0 {
		t.Errorf("paid before it was anchored:\n%s", text)
	}
	must("anchor")
	if text := must("pay", settled[2], "--insurer", settled[1]); !strings.Contains(text, "paid: 1234 minor units of "+
		currency) {
		t.Errorf("%s", text)
	}
	if text := must("pay", settled[2], "--insurer", settled[1]); !strings.Contains(text, "paid before") {
		t.Errorf("%s", text)
	}
	must("anchor") // nothing new
}
