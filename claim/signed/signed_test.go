package signed_test

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tallystick/claim/signed"
)

func key(t *testing.T) (*signed.Signer, []byte) {
	t.Helper()
	private, public, err := signed.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	s, err := signed.ParseSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return s, public
}

func TestOnlyAProducerOfTheInsurerSigns(t *testing.T) {
	ours, public := key(t)
	theirs, other := key(t)
	keys := signed.Keys{}
	if err := keys.Add("acme", public); err != nil {
		t.Fatal(err)
	}
	if err := keys.Add("globex", other); err != nil {
		t.Fatal(err)
	}
	value := []byte(`{"insurer":"acme"}`)
	if !keys.Signed("acme", ours.Sign(value), value) || !keys.Signed("acme", ours.Sign(value), []byte("sealed"),
		value) {
		t.Error("a signature of the insurer's producer does not count")
	}
	for name, signature := range map[string][]byte{
		"none": nil, "of another insurer's producer": theirs.Sign(value), "over another event": ours.Sign([]byte("x")),
		"cut off": ours.Sign(value)[:63],
	} {
		if keys.Signed("acme", signature, value) {
			t.Errorf("it counts: %s", name)
		}
	}
	if keys.Signed("initech", ours.Sign(value), value) {
		t.Error("an insurer without keys has a producer")
	}
	if err := keys.Add("globex", public); err == nil || !strings.Contains(err.Error(), "registered for acme") {
		t.Errorf("one key for two insurers: %v", err)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	private, public, err := signed.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := (signed.Keys{}).Add("acme", private); err == nil {
		t.Error("a private key is registered")
	}
	if _, err := signed.ParseSigner(public); err == nil {
		t.Error("a public key signs")
	}
	if _, err := signed.ParseSigner([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")); err == nil {
		t.Error("a damaged key signs")
	}
}

// A producer needs nothing of ours: OpenSSL makes the key and signs.
func TestOpenSSLSigns(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not here")
	}
	dir := t.TempDir()
	run := func(args ...string) []byte {
		t.Helper()
		out, err := exec.Command("openssl", args...).Output()
		if err != nil {
			t.Fatalf("openssl %s: %v", strings.Join(args, " "), err)
		}
		return out
	}
	private, message := filepath.Join(dir, "private.pem"), filepath.Join(dir, "message")
	run("genpkey", "-algorithm", "ed25519", "-out", private)
	keys := signed.Keys{}
	if err := keys.Add("acme", run("pkey", "-in", private, "-pubout")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(message, []byte("tallystick claim event v1\n"+`{"insurer":"acme"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	signature := run("pkeyutl", "-sign", "-inkey", private, "-rawin", "-in", message)
	if !keys.Signed("acme", signature, []byte(`{"insurer":"acme"}`)) {
		t.Errorf("OpenSSL's signature %s does not count", hex.EncodeToString(signature))
	}
}
