//go:build integration

package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"tallystick/analytics/engine"
)

// durableVault is a Vault on disk: it survives a crash, sealed, as an operator's does.
type durableVault struct {
	t      *testing.T
	bin    string
	config string
	log    *os.File
	cmd    *exec.Cmd
	root   *api.Client
	share  string // opens the seal
}

// ownVault is a Vault that this test may kill and seal.
func ownVault(t *testing.T) (*durableVault, servers) {
	t.Helper()
	cache, err := engine.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	bins, err := filepath.Glob(filepath.Join(cache, "bin", "vault-*"))
	if err != nil || len(bins) == 0 {
		t.Fatalf("Vault is not here: run `make vault` (%v)", err)
	}
	dir, addr := t.TempDir(), freeAddr(t)
	v := &durableVault{t: t, bin: bins[len(bins)-1], config: filepath.Join(dir, "vault.hcl")}
	text := fmt.Sprintf("storage \"file\" { path = %q }\nlistener \"tcp\" {\n address = %q\n tls_disable = true\n}\ndisable_mlock = true\napi_addr = %q\n",
		filepath.Join(dir, "data"), addr, "http://"+addr)
	if err := os.WriteFile(v.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if v.log, err = os.Create(filepath.Join(dir, "vault.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.kill(); v.log.Close() })
	if v.root, err = api.NewClient(&api.Config{Address: "http://" + addr, Timeout: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	v.start()
	init, err := v.root.Sys().InitWithContext(t.Context(), &api.InitRequest{SecretShares: 1, SecretThreshold: 1})
	if err != nil {
		t.Fatal(err)
	}
	v.share = init.Keys[0]
	v.root.SetToken(init.RootToken)
	v.unseal()
	return v, servers{vault: "http://" + addr, vaultToken: init.RootToken}
}

// start runs the server and waits until it answers: sealed.
func (v *durableVault) start() {
	v.t.Helper()
	v.cmd = exec.Command(v.bin, "server", "-config="+v.config)
	v.cmd.Stdout, v.cmd.Stderr = v.log, v.log
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, err := v.root.Sys().SealStatusWithContext(v.t.Context()); err == nil {
			return
		} else if time.Now().After(deadline) {
			text, _ := os.ReadFile(v.log.Name())
			v.t.Fatalf("Vault does not answer: %v\n%s", err, text[max(0, len(text)-2000):])
		}
	}
}

func (v *durableVault) unseal() {
	v.t.Helper()
	status, err := v.root.Sys().UnsealWithContext(v.t.Context(), v.share)
	if err != nil || status.Sealed {
		v.t.Fatalf("unsealing Vault: %v", err)
	}
	// it becomes active in a moment
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if h, err := v.root.Sys().HealthWithContext(v.t.Context()); err == nil && !h.Sealed && !h.Standby {
			return
		} else if time.Now().After(deadline) {
			v.t.Fatalf("Vault does not become active: %v", err)
		}
	}
}

func (v *durableVault) kill() {
	v.cmd.Process.Kill()
	v.cmd.Wait()
}

// TestClaimsWaitForVault kills Vault for less and for more time than keys live in memory, seals it, and revokes the
// pipeline's token. Claims are decided while there are keys and wait while there are none; none is lost or let through.
func TestClaimsWaitForVault(t *testing.T) {
	t.Parallel()
	v, at := ownVault(t)
	s := newSiteAt(t, at, 2, "acme")
	s.setting("keys.vault.ttl", "10s")
	run := s.start("pipeline", s.http)
	run.awaitReady()
	load := s.trickle(s.claims(20, 3000), 50*time.Second)
	load.decides(run, 50)

	// Away for a moment: nobody notices.
	v.kill()
	load.decides(run, 100)
	if !run.ready() {
		t.Error("not ready, although the keys in memory have not expired")
	}
	v.start()
	v.unseal()

	// Away for longer than keys live: claims wait.
	load.decides(run, 50)
	v.kill()
	s.waitsForKeys(run)
	v.start()
	s.staysWaiting(run) // it is up, but sealed
	v.unseal()
	run.awaitReady()
	load.decides(run, 100)

	// The token is revoked: the pipeline logs in again by itself.
	if err := v.root.Sys().RevokePrefixWithContext(t.Context(), "auth/"+s.cfg.Keys.Vault.AppRole+"/login"); err != nil {
		t.Fatal(err)
	}
	load.wait()
	s.proven(run, 3000)
	if !run.ready() {
		t.Error("not ready in the end")
	}
	run.stop()
}

// TestAnInstanceThatWaitsForKeysStops seals Vault and asks the waiting instance to end: it does at once, and the claims
// are decided by the next one.
func TestAnInstanceThatWaitsForKeysStops(t *testing.T) {
	t.Parallel()
	v, at := ownVault(t)
	s := newSiteAt(t, at, 2, "acme")
	s.setting("keys.vault.ttl", "10s")
	run := s.start("pipeline", s.http)
	run.awaitReady()
	if err := v.root.Sys().SealWithContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.eventually("the keys to expire", 30*time.Second, func() bool { run.check(); return !run.ready() })
	s.sendRaw(s.claims(21, 500)...)
	s.eventually("the instance to wait", 20*time.Second,
		func() bool { return strings.Contains(run.tail(), "waiting for keys") })
	asked := time.Now()
	run.stop()
	if took := time.Since(asked); took > 10*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	if n := s.decidedTo(); n != 0 {
		t.Errorf("%d records were decided without keys", n)
	}
	v.unseal()
	run = s.start("pipeline", s.http)
	s.proven(run, 500)
	run.stop()
}

// TestHealthBeforeVaultAnswers starts an instance while Vault is sealed: it is alive and says that it is not ready, and
// decides once Vault is unsealed.
func TestHealthBeforeVaultAnswers(t *testing.T) {
	t.Parallel()
	v, at := ownVault(t)
	s := newSiteAt(t, at, 2, "acme")
	s.sendRaw(s.claims(22, 200)...)
	if err := v.root.Sys().SealWithContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	run := s.start("pipeline", s.http)
	s.eventually("the instance to answer", 30*time.Second, func() bool {
		run.check()
		status, _ := run.get("/healthz")
		return status == http.StatusOK
	})
	if status, body := run.get("/readyz"); status != http.StatusServiceUnavailable ||
		!strings.HasPrefix(body, "starting: keys") {
		t.Errorf("not ready without keys: %d, %q", status, body)
	}
	if status, _ := run.get("/metrics"); status != http.StatusOK {
		t.Errorf("metrics: %d", status)
	}
	v.unseal()
	s.proven(run, 200)
	run.stop()
}

// waitsForKeys waits until the instance says that it has none, and checks that nothing is decided.
func (s *site) waitsForKeys(in *instance) {
	s.t.Helper()
	s.eventually("the keys to expire", 30*time.Second, func() bool {
		in.check()
		status, body := in.get("/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "keys")
	})
	s.staysWaiting(in)
}

func (s *site) staysWaiting(in *instance) {
	s.t.Helper()
	// What was in the middle of a batch when they expired may still come.
	var before int64
	s.eventually("decisions to stop", 10*time.Second, func() bool {
		was := before
		before = s.decidedTo()
		time.Sleep(300 * time.Millisecond)
		return was == before
	})
	waiting := s.records()
	s.eventually("more claims to come", 10*time.Second, func() bool { in.check(); return s.records() > waiting })
	if after := s.decidedTo(); after != before {
		s.t.Errorf("%d records were decided without keys", after-before)
	}
	if in.ready() {
		s.t.Error("the instance says that it is ready")
	}
}
