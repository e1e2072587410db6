package testenv

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"tallystick/analytics/engine"
)

// vaultVersion is the one that the Makefile builds.
const vaultVersion = "1.21.0"

// StartVault starts a Vault in development mode for this test alone. It keeps
// nothing across Restart but its port and root token.
func StartVault(t testing.TB) *Server {
	t.Helper()
	s, err := startVault()
	return own(t, s, err)
}

func startVault() (*Server, error) {
	cache, err := engine.CacheDir()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(cache, "bin", "vault-"+vaultVersion)
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("starting Vault %s: it is not here: run `make vault` (or `make test`) to build it: %w", vaultVersion, err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tallystick-vault-")
	if err != nil {
		return nil, err
	}
	token := "root-" + rand.Text()
	s := &Server{
		Addr: "http://" + loopback(port), Token: token, name: "Vault", dir: dir,
		command: []string{binary, "server", "-dev", "-dev-no-store-token", "-dev-listen-address=" + loopback(port)},
		env:     []string{"VAULT_DEV_ROOT_TOKEN_ID=" + token, "HOME=" + dir},
	}
	s.ready = func(ctx context.Context) error { return answers(ctx, s.Addr+"/v1/sys/health") }
	if err := s.start(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func answers(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}
