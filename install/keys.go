package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"tallystick/privacy"
	"tallystick/privacy/intake"
	"tallystick/privacy/keys/keyring"
)

// keyService is a privacy.Keys with a life.
type keyService interface {
	privacy.Keys
	Ready() error
	Close() error
}

// localKeys are keys in a file: always there.
type localKeys struct{ *keyring.Keyring }

func (localKeys) Ready() error { return nil }
func (localKeys) Close() error { return nil }

func OpenKeys(ctx context.Context, c *Config, log *slog.Logger, metrics prometheus.Registerer) (keyService, error) {
	if c.Keys.Service == "keyring" {
		pass, err := SecretFile("keys.keyring.passphrase_file", c.Keys.Keyring.PassphraseFile)
		if err != nil {
			return nil, err
		}
		ring, err := keyring.Open(c.Keys.Keyring.Directory, []byte(pass))
		if err != nil {
			return nil, fmt.Errorf("opening the keyring: %w", err)
		}
		for _, name := range c.Insurers {
			if _, err := ring.Insurer(name); err != nil {
				return nil, fmt.Errorf("insurers: the keyring has no keys for %s: %w", name, err)
			}
		}
		log.Warn("keys come from a local keyring: fit for trying out, not for production")
		return localKeys{ring}, nil
	}
	return openVault(ctx, c, log, metrics)
}

// IntakeKeys returns the public intake keys, oldest first.
func IntakeKeys(ctx context.Context, c *Config) (keys []*intake.Key, err error) {
	open, err := OpenKeys(ctx, c, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, open.Close()) }()
	key, err := open.Intake()
	if err != nil {
		return nil, fmt.Errorf("reading the intake key: %w", err)
	}
	return key.Versions(), nil
}

// ExplainToken returns how a value comes to an insurer's token, with the install's keys and placeholders.
func ExplainToken(ctx context.Context, c *Config, insurer, domain string, parts []string) (e privacy.Explanation,
	err error) {
	placeholders, err := LoadPlaceholders(c.Placeholders)
	if err != nil {
		return e, err
	}
	open, err := OpenKeys(ctx, c, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		return e, err
	}
	defer func() { err = errors.Join(err, open.Close()) }()
	keys, err := open.Insurer(insurer)
	if err != nil {
		return e, fmt.Errorf("keys of the insurer: %w", err)
	}
	return keys.Explain(placeholders, domain, parts...)
}
