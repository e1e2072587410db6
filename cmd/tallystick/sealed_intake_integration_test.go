//go:build integration

package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/segmentio/kafka-go"

	"tallystick/analytics/engine"
	"tallystick/install"
)

// TestAStrangersProgramSealsClaims: a producer in another language that knows the document and a library seals claims
// to the key that `intake key` prints; they are decided, claims in clear are not; the key turns over in Vault and both
// versions open, without a restart.
func TestAStrangersProgramSealsClaims(t *testing.T) {
	s := newSite(t, 2, "acme")
	s.setting("intake", "sealed-only")
	s.setting("keys.vault.ttl", "12s") // and so read again every three seconds
	run := s.start("pipeline", s.http)

	before := strings.TrimSpace(s.cli("intake", "key"))
	if !strings.HasPrefix(before, "v1-") {
		t.Fatalf("the key is %q", before)
	}
	s.sendRaw(sealElsewhere(t, before, "C-1", "C-2")...)
	s.sendRaw(kafka.Message{Key: []byte("acme/C-3"), Value: []byte(plainClaim("C-3"))})
	report := s.settled(run, 3)
	for _, want := range []string{"1 dead", "2 decided"} {
		if !strings.Contains(report, want) {
			t.Errorf("fsck does not say %q:\n%s", want, report)
		}
	}
	if letters := s.cli("dead-letter", "list"); !strings.Contains(letters, "not-sealed") {
		t.Errorf("the claim in clear is not listed as such:\n%s", letters)
	}

	admin, err := api.NewClient(&api.Config{Address: s.cfg.Keys.Vault.Address})
	if err != nil {
		t.Fatal(err)
	}
	admin.SetToken(s.vaultToken)
	names := install.VaultNames(&s.cfg)
	if _, err := admin.Logical().WriteWithContext(t.Context(), names.Transit+"/keys/"+names.Prefix+
		"-root.install/rotate", map[string]any{}); err != nil {
		t.Fatal(err)
	}
	after := strings.TrimSpace(s.cli("intake", "key"))
	if !strings.HasPrefix(after, "v2-") || !strings.Contains(s.cli("intake", "key", "--all"), before) {
		t.Fatalf("after the turn the key is %q", after)
	}
	time.Sleep(6 * time.Second) // so that the instance has read its keys again before producers are told
	s.sendRaw(sealElsewhere(t, after, "C-4")...)
	s.sendRaw(sealElsewhere(t, before, "C-5")...) // by a producer that has not changed yet
	keyFile := filepath.Join(t.TempDir(), "acme.intake")
	events := filepath.Join(t.TempDir(), "events.jsonl")
	for path, text := range map[string]string{keyFile: after + "\n", events: plainClaim("C-6") + "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.cli("import", "--seal", keyFile, "--memory", filepath.Join(t.TempDir(), "memory"), events)
	if report := s.settled(run, 6); !strings.Contains(report, "5 decided") {
		t.Errorf("fsck:\n%s", report)
	}
}

func plainClaim(id string) string {
	return fmt.Sprintf(`{"insurer":"acme","claim":%q,"revision":1,"line":"motor","claimant":{"name":"Ann Canary","phone":"+15550100123"}}`, id)
}

// sealElsewhere has claims sealed by testdata/seal.py.
func sealElsewhere(t *testing.T, key string, ids ...string) (messages []kafka.Message) {
	t.Helper()
	cache, err := engine.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	python := filepath.Join(cache, "hpke-0.6.5", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		t.Fatalf("pyhpke is not here: run `make hpke` to fetch it: %v", err)
	}
	var claims strings.Builder
	for _, id := range ids {
		fmt.Fprintln(&claims, plainClaim(id))
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/seal.py", key)
	cmd.Stdin, cmd.Stderr = strings.NewReader(claims.String()), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Fields(string(out)) {
		value, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, kafka.Message{Key: []byte("acme/" + ids[i]), Value: value})
	}
	if len(messages) != len(ids) {
		t.Fatalf("%d of %d claims were sealed", len(messages), len(ids))
	}
	return messages
}
