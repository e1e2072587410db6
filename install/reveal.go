package install

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"tallystick/privacy/keys/keyring"
	"tallystick/privacy/keys/vault"
	"tallystick/privacy/reveal"
	"tallystick/privacy/reveal/remote"
)

// RevealConfig says who opens sealed fields for the console.
type RevealConfig struct {
	Link LinkConfig `koanf:"link"`
	// who may approve; people of the console, and vault/ENTITY for one at a terminal
	Approvers []string `koanf:"approvers"`
	RoleA     string   `koanf:"role_a"`        // AppRole that opens half a
	SecretA   string   `koanf:"secret_a_file"` // its secret id; with a keyring the passphrase of officer a
	RoleB     string   `koanf:"role_b"`
	SecretB   string   `koanf:"secret_b_file"`
}

func (c *Config) checkReveal(bad func(key string, value any, want string)) {
	r := &c.Reveal
	r.Link.check("reveal.link", bad)
	if r.RoleA != "" && r.RoleA == r.RoleB {
		bad("reveal.role_b", r.RoleB, "is the same as reveal.role_a: each half has an identity of its own")
	}
}

// Logins opens the two identities of the reveal server.
func (r *RevealConfig) Logins(ctx context.Context, c *Config) (a, b remote.Login, err error) {
	if len(r.Approvers) == 0 {
		return nil, nil, errors.New("reveal.approvers: name who may approve; whoever asks is never enough")
	}
	open := func(half reveal.Half, key, role, file, name string) (remote.Login, error) {
		if file == "" {
			return nil, fmt.Errorf("reveal.secret_%s_file is not set: it opens half %s", half, half)
		}
		if c.Keys.Service == "keyring" {
			pass, err := SecretFile(key, file)
			if err != nil {
				return nil, err
			}
			return keyring.OpenOfficer(filepath.Join(c.Keys.Keyring.Directory, name), []byte(pass))
		}
		if role == "" {
			return nil, fmt.Errorf("reveal.role_%s is not set: `tallystick vault setup` makes the role", half)
		}
		client, err := VaultClient(c)
		if err != nil {
			return nil, err
		}
		o := vault.RoleOfficer{Half: vault.Half(half), Role: vault.Role{
			Client: client, Names: VaultNames(c), ID: role, SecretID: func() (string, error) {
				return SecretFile(key, file)
			},
		}}
		return o, o.Check(ctx)
	}
	if a, err = open(reveal.HalfA, "reveal.secret_a_file", r.RoleA, r.SecretA, keyring.OfficerAFile); err != nil {
		return nil, nil, err
	}
	b, err = open(reveal.HalfB, "reveal.secret_b_file", r.RoleB, r.SecretB, keyring.OfficerBFile)
	return a, b, err
}
