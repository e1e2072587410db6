package install

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/prometheus/client_golang/prometheus"

	"tallystick/privacy/keys/vault"
)

// vaultKeys are keys that Vault holds.
type vaultKeys struct{ *vault.Service }

func (k vaultKeys) Ready() error { return k.Err() }
func (k vaultKeys) Close() error { k.Service.Close(); return nil }

func VaultNames(c *Config) vault.Names {
	return vault.Names{Prefix: c.Keys.Vault.Prefix, Transit: c.Keys.Vault.Mount, AppRole: c.Keys.Vault.AppRole}
}

func VaultClient(c *Config) (*api.Client, error) {
	vc := api.DefaultConfig()
	if vc.Error != nil {
		return nil, fmt.Errorf("reading Vault's settings from the environment: %w", vc.Error)
	}
	// Vault's variables may say more, such as whose certificates are ours; they do not say where Vault is or that
	// nothing is checked.
	vc.Address, vc.AgentAddress, vc.SRVLookup = c.Keys.Vault.Address, "", false
	if transport, ok := vc.HttpClient.Transport.(*http.Transport); ok && transport.TLSClientConfig != nil {
		transport.TLSClientConfig.InsecureSkipVerify = false
	}
	if path := c.Keys.Vault.CAFile; path != "" {
		if _, err := Trusting("keys.vault.ca_file", path); err != nil {
			return nil, err
		}
		if err := vc.ConfigureTLS(&api.TLSConfig{CACert: path}); err != nil {
			return nil, fmt.Errorf("keys.vault.ca_file: %s: %w", path, err)
		}
	}
	client, err := api.NewClient(vc)
	if err != nil {
		return nil, fmt.Errorf("making a client for Vault: %w", err)
	}
	return client, nil
}

// openVault logs in with the pipeline's AppRole. Further TLS settings come from VAULT_CLIENT_CERT and its like.
func openVault(ctx context.Context, c *Config, log *slog.Logger, metrics prometheus.Registerer) (keyService, error) {
	client, err := VaultClient(c)
	if err != nil {
		return nil, err
	}
	client.ClearToken()
	service, err := vault.Open(ctx, vault.Config{
		Client: client, Names: VaultNames(c), RoleID: c.Keys.Vault.RoleID, Insurers: c.Insurers,
		KeyTTL: c.Keys.Vault.TTL, Logger: log,
		SecretID: func() (string, error) { return SecretFile("keys.vault.secret_id_file", c.Keys.Vault.SecretIDFile) },
	})
	if err != nil {
		return nil, err
	}
	expires := func() float64 {
		at := service.State().Expires
		if at.IsZero() {
			return 0
		}
		return time.Until(at).Seconds()
	}
	metrics.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "tallystick_keys_expire_seconds",
			Help: "Seconds until the keys in memory expire unless Vault answers."}, expires),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "tallystick_keys_failures_total",
			Help: "Failed reads of keys from Vault."}, func() float64 { return float64(service.State().Failures) }),
	)
	return vaultKeys{service}, nil
}
