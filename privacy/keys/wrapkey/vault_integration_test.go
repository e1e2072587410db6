//go:build integration

package wrapkey_test

import (
	"bytes"
	"testing"

	"github.com/hashicorp/vault/api"

	"tallystick/internal/testenv"
	"tallystick/privacy/keys/vault"
	"tallystick/privacy/keys/wrapkey"
)

func client(t *testing.T, address, token string) *api.Client {
	t.Helper()
	cfg := api.DefaultConfig()
	cfg.Address = address
	c, err := api.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.SetToken(token)
	return c
}

func TestWrapUnderAKeyThatStaysInVault(t *testing.T) {
	address, root := testenv.Vault(t)
	admin := client(t, address, root)
	prefix := testenv.Name(t)
	names := vault.Names{Prefix: prefix, Transit: prefix, AppRole: prefix + "-approle"}
	if err := vault.Setup(t.Context(), admin, vault.SetupConfig{Names: names, Insurers: []string{"acme"}}); err != nil {
		t.Fatal(err)
	}
	n := wrapkey.Names{Key: prefix + "-casework", Transit: names.Transit, AppRole: names.AppRole}
	for range 2 { // a second run changes nothing
		if _, err := wrapkey.Setup(t.Context(), admin, n); err != nil {
			t.Fatal(err)
		}
	}
	id, err := vault.NewCredentials(t.Context(), admin, names, n.Key)
	if err != nil {
		t.Fatal(err)
	}
	own := client(t, address, "")
	w, err := wrapkey.Open(t.Context(), wrapkey.Config{
		Client: own, Names: n, RoleID: id.RoleID, SecretID: func() (string, error) { return id.SecretID, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	key := bytes.Repeat([]byte{7}, 32)
	wrapped, err := w.Wrap(t.Context(), key, "C-1/a")
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Unwrap(t.Context(), wrapped, "C-1/a")
	if err != nil || !bytes.Equal(got, key) {
		t.Fatalf("%x, %v", got, err)
	}
	if _, err := w.Unwrap(t.Context(), wrapped, "C-2/a"); err == nil {
		t.Error("a key opened for another case")
	}
	// A token that was revoked is replaced by the next request.
	if err := admin.Auth().Token().RevokeTreeWithContext(t.Context(), own.Token()); err != nil {
		t.Fatal(err)
	}
	if got, err = w.Unwrap(t.Context(), wrapped, "C-1/a"); err != nil || !bytes.Equal(got, key) {
		t.Errorf("after its token was revoked: %v", err)
	}
	// The role may use its key and nothing else.
	for _, path := range []string{
		names.Transit + "/export/encryption-key/" + n.Key, names.Transit + "/keys/" + n.Key,
		names.Transit + "/decrypt/" + prefix + "-seal-a",
		names.Transit + "/hmac/" + prefix + "-root-acme",
	} {
		if _, err := own.Logical().WriteWithContext(t.Context(), path,
			map[string]any{"input": "eA==", "ciphertext": "vault:v1:x"}); err == nil {
			t.Errorf("the role may write to %s", path)
		}
		if s, err := own.Logical().ReadWithContext(t.Context(), path); err == nil && s != nil {
			t.Errorf("the role may read %s", path)
		}
	}
	// Without its secret id it is stopped by the next login.
	if _, err := admin.Logical().DeleteWithContext(t.Context(), "auth/"+n.AppRole+"/role/"+n.Key); err != nil {
		t.Fatal(err)
	}
	if err := admin.Auth().Token().RevokeTreeWithContext(t.Context(), own.Token()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Unwrap(t.Context(), wrapped, "C-1/a"); err == nil {
		t.Error("a role that was taken away opens keys")
	}
}
