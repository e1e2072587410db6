package vault

import (
	"context"
	"fmt"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/approle"

	"tallystick/privacy"
)

// Role is an identity of a process by an AppRole. It logs in for each use and gives the token back after it: none lies
// about in between.
type Role struct {
	Client   *api.Client // its settings alone are used, no token
	Names    Names
	ID       string
	SecretID func() (string, error) // read at each login
}

// as does something as the role.
func (r Role) as(ctx context.Context, do func(*api.Client) error) error {
	secret, err := r.SecretID()
	if err != nil {
		return fmt.Errorf("get the secret id: %w", err)
	}
	client, err := r.Client.Clone()
	if err != nil {
		return fmt.Errorf("making a client for vault: %w", err)
	}
	client.ClearToken()
	method, err := approle.NewAppRoleAuth(r.ID, &approle.SecretID{FromString: secret},
		approle.WithMountPath(r.Names.withDefaults().AppRole))
	if err != nil {
		return fmt.Errorf("log in by approle: %w", err)
	}
	if _, err := client.Auth().Login(ctx, method); err != nil {
		return fmt.Errorf("log in by approle: %w", err)
	}
	// it ends by itself too
	defer func() { _ = client.Auth().Token().RevokeSelfWithContext(context.WithoutCancel(ctx), "") }()
	return do(client)
}

// RoleTokens makes an insurer's token keys for a process that looks up single values: it can make tokens, and seal and
// open nothing.
type RoleTokens struct{ Role }

// Insurer returns the token keys of an insurer, read anew.
func (r RoleTokens) Insurer(ctx context.Context, name string) (keys *privacy.InsurerKeys, err error) {
	err = r.as(ctx, func(client *api.Client) error {
		n := r.Names.withDefaults()
		all, err := roots(ctx, client, n, n.insurerKey(name))
		if err != nil {
			return fmt.Errorf("token root of insurer %s: %w", name, err)
		}
		keys, err = privacy.NewInsurerKeys(name, all...)
		return err
	})
	return keys, err
}

// RoleOfficer opens one half of wrapping keys, for a process that opens what two people agreed on.
type RoleOfficer struct {
	Role
	Half Half
}

// OpenHalf decrypts a half of a wrapping key. Vault's audit log has the login and the decryption.
func (o RoleOfficer) OpenHalf(ctx context.Context, sealed string) (plain []byte, err error) {
	err = o.as(ctx, func(client *api.Client) error {
		plain, err = Officer{Client: client, Names: o.Names, Half: o.Half}.OpenHalf(ctx, sealed)
		return err
	})
	return plain, err
}

// Check logs in once and asks Vault what the role may do: half of everything, and not the other half.
func (o RoleOfficer) Check(ctx context.Context) error {
	return o.as(ctx, func(client *api.Client) error {
		id, err := Identify(ctx, client, o.Names)
		if err != nil {
			return err
		}
		if len(id.Halves) != 1 || id.Halves[0] != o.Half {
			return fmt.Errorf("the AppRole of half %s may open %v: want that half and no other", o.Half, id.Halves)
		}
		return nil
	})
}
