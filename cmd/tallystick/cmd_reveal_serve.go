package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"tallystick/privacy/keys/keyring"
	"tallystick/privacy/keys/vault"
	"tallystick/privacy/reveal"
	"tallystick/privacy/reveal/remote"
)

// RevealConfig says who opens sealed fields for the console.
type RevealConfig struct {
	Link      LinkConfig `koanf:"link"`
	Approvers []string   `koanf:"approvers"`     // who may approve; people of the console, and vault/ENTITY for one at a terminal
	RoleA     string     `koanf:"role_a"`        // AppRole that opens half a
	SecretA   string     `koanf:"secret_a_file"` // its secret id; with a keyring the passphrase of officer a
	RoleB     string     `koanf:"role_b"`
	SecretB   string     `koanf:"secret_b_file"`
}

func (c *Config) checkReveal(bad func(key string, value any, want string)) {
	r := &c.Reveal
	r.Link.check("reveal.link", bad)
	if r.RoleA != "" && r.RoleA == r.RoleB {
		bad("reveal.role_b", r.RoleB, "is the same as reveal.role_a: each half has an identity of its own")
	}
}

// logins opens the two identities of the reveal server.
func (r *RevealConfig) logins(ctx context.Context, c *Config) (a, b remote.Login, err error) {
	if len(r.Approvers) == 0 {
		return nil, nil, errors.New("reveal.approvers: name who may approve; whoever asks is never enough")
	}
	open := func(half reveal.Half, key, role, file, name string) (remote.Login, error) {
		if file == "" {
			return nil, fmt.Errorf("reveal.secret_%s_file is not set: it opens half %s", half, half)
		}
		if c.Keys.Service == "keyring" {
			pass, err := secretFile(key, file)
			if err != nil {
				return nil, err
			}
			return keyring.OpenOfficer(filepath.Join(c.Keys.Keyring.Directory, name), []byte(pass))
		}
		if role == "" {
			return nil, fmt.Errorf("reveal.role_%s is not set: `tallystick vault setup` makes the role", half)
		}
		client, err := vaultClient(c)
		if err != nil {
			return nil, err
		}
		o := vault.RoleOfficer{
			Client: client, Names: vaultNames(c), Half: vault.Half(half), RoleID: role,
			SecretID: func() (string, error) { return secretFile(key, file) },
		}
		return o, o.Check(ctx)
	}
	if a, err = open(reveal.HalfA, "reveal.secret_a_file", r.RoleA, r.SecretA, keyring.OfficerAFile); err != nil {
		return nil, nil, err
	}
	b, err = open(reveal.HalfB, "reveal.secret_b_file", r.RoleB, r.SecretB, keyring.OfficerBFile)
	return a, b, err
}

func revealServe(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Open fields for people of the console who agreed on it",
		Long: `Serve is the process that opens sealed fields for the console, which holds no key. It logs in to Vault as
two identities of its own, one for each half, for each opening anew. A request of one person opens when
one of reveal.approvers, another person, approved it in the audit trail. Who holds this process and both
its secrets can open everything: run it on a machine of its own. An install that does not want it has
officers open requests at a terminal, each with their own login.`,
		Example: "  tallystick reveal serve -c reveal.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := g.load()
			if err != nil {
				return err
			}
			return serveReveals(cmd.Context(), &c, log, func(address string) { fmt.Fprintln(cmd.OutOrStdout(), "ready", address) })
		},
	}
}

func serveReveals(ctx context.Context, c *Config, log *slog.Logger, ready func(string)) error {
	a, b, err := c.Reveal.logins(ctx, c)
	if err != nil {
		return err
	}
	trail, stop, err := openTrail(ctx, c, log)
	if err != nil {
		return err
	}
	s := remote.Server{Trail: trail, Store: &sealedStore{c}, A: a, B: b, Approvers: c.Reveal.Approvers, Logger: log}
	err = serveLink(ctx, c, "reveal.link", &c.Reveal.Link, s.Handler(), prometheus.NewRegistry(), log, ready)
	return errors.Join(err, stop())
}
