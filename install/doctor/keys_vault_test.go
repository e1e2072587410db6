package doctor

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"tallystick/install"
	"testing"
)

// TestTheEnvironmentTakesNoTrustAway: whoever sets a variable of Vault's client must not get the tokens.
func TestTheEnvironmentTakesNoTrustAway(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"initialized":true,"sealed":false}`)
	})
	secure, plain := httptest.NewTLSServer(answer), httptest.NewServer(answer)
	t.Cleanup(secure.Close)
	t.Cleanup(plain.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}),
		0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		address, ca, variable, value string
	}{
		"no checks": {secure.URL, "", "VAULT_SKIP_VERIFY", "true"},
		// the certificate names no localhost
		"no checks, with a CA": {strings.Replace(secure.URL, "127.0.0.1", "localhost", 1), ca,
			"VAULT_SKIP_VERIFY", "1"},
		"an agent in place of Vault":  {"https://vault.invalid:8200", "", "VAULT_AGENT_ADDR", plain.URL},
		"an address in place of ours": {"https://vault.invalid:8200", "", "VAULT_ADDR", plain.URL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(tc.variable, tc.value)
			var c install.Config
			c.Keys.Vault.Address, c.Keys.Vault.CAFile = tc.address, tc.ca
			if err := AskVault(t.Context(), &c); err == nil {
				t.Errorf("%s was obeyed", tc.variable)
			}
		})
	}
	var c install.Config
	c.Keys.Vault.Address, c.Keys.Vault.CAFile = secure.URL, ca
	if err := AskVault(t.Context(), &c); err != nil {
		t.Errorf("the CA of the configuration is not taken: %v", err)
	}
}
