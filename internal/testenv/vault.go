package testenv

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
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
	s, err := startVault(false)
	return own(t, s, err)
}

// StartVaultTLS is like [StartVault], but Vault speaks TLS only, with a
// certificate that Server.CAFile has signed.
func StartVaultTLS(t testing.TB) *Server {
	t.Helper()
	s, err := startVault(true)
	return own(t, s, err)
}

func startVault(secure bool) (*Server, error) {
	cache, err := engine.CacheDir()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(cache, "bin", "vault-"+vaultVersion)
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("starting Vault %s: it is not here: run `make vault` (or `make test`) to build it: %w",
			vaultVersion, err)
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
	client := http.DefaultClient
	if secure {
		s.Addr, s.CAFile = "https://"+loopback(port), filepath.Join(dir, "vault-ca.pem")
		s.command = append(s.command, "-dev-tls", "-dev-tls-cert-dir="+dir)
		client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
			DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				return dialTrusting(ctx, network, addr, s.CAFile)
			}}}
	}
	s.ready = func(ctx context.Context) error { return answers(ctx, client, s.Addr+"/v1/sys/health") }
	if err := s.start(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// TLS trusts whom CAFile names and nobody else.
func (s *Server) TLS(t testing.TB) *tls.Config {
	t.Helper()
	c, err := trusting(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func trusting(caFile string) (*tls.Config, error) {
	text, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", caFile)
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
}

// dialTrusting trusts whom the file names at the time of dialling: Vault writes
// it while it starts.
func dialTrusting(ctx context.Context, network, addr, caFile string) (net.Conn, error) {
	c, err := trusting(caFile)
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{Config: c}).DialContext(ctx, network, addr)
}

func answers(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}
