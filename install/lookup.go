package install

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"tallystick/privacy"
	"tallystick/privacy/keys/vault"
	"tallystick/privacy/lookup"
)

// LookupConfig says who makes tokens of what people type into the console.
type LookupConfig struct {
	Link     LinkConfig `koanf:"link"`
	RoleID   string     `koanf:"role_id"` // AppRole that may make tokens and nothing else
	SecretID string     `koanf:"secret_id_file"`
	Quota    int        `koanf:"quota"` // look-ups a person and day
}

func (c *Config) checkLookup(bad func(key string, value any, want string)) {
	c.Lookup.Link.check("lookup.link", bad)
	if c.Lookup.Quota < 1 || c.Lookup.Quota > 10_000 {
		bad("lookup.quota", c.Lookup.Quota, "want 1 to 10000")
	}
	if (c.Lookup.RoleID == "") != (c.Lookup.SecretID == "") {
		bad("lookup.role_id", c.Lookup.RoleID, "goes together with lookup.secret_id_file")
	}
}

// ringKeys are the keys of a keyring, for trying out.
type ringKeys struct{ keyService }

// Insurer implements lookup.Keys.
func (k ringKeys) Insurer(_ context.Context, name string) (*privacy.InsurerKeys, error) {
	return k.keyService.Insurer(name)
}

// ServeLookups answers the console until ctx is done.
func ServeLookups(ctx context.Context, c *Config, log *slog.Logger, ready func(string)) error {
	var keys lookup.Keys
	if c.Keys.Service == "keyring" {
		ring, err := OpenKeys(ctx, c, log, prometheus.NewRegistry())
		if err != nil {
			return err
		}
		defer ring.Close()
		keys = ringKeys{ring}
	} else {
		client, err := VaultClient(c)
		if err != nil {
			return err
		}
		role := vault.RoleTokens{Role: vault.Role{
			Client: client, Names: VaultNames(c), ID: c.Lookup.RoleID,
			SecretID: func() (string, error) { return SecretFile("lookup.secret_id_file", c.Lookup.SecretID) },
		}}
		if _, err := role.Insurer(ctx, c.Insurers[0]); err != nil { // a wrong role shows at once
			return err
		}
		keys = role
	}
	s := &lookup.Server{Keys: keys, Insurers: c.Insurers, Quota: c.Lookup.Quota, Logger: log}
	return ServeLink(ctx, c, "lookup.link", &c.Lookup.Link, s.Handler(), prometheus.NewRegistry(), log, ready)
}
