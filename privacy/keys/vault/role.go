package vault

import (
	"context"
	"fmt"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/approle"
)

// RoleOfficer opens one half of wrapping keys by an AppRole of its own, for a process that opens what two people agreed
// on. It logs in for each opening and gives the token back after it: none lies about in between.
type RoleOfficer struct {
	Client   *api.Client // its settings alone are used, no token
	Names    Names
	Half     Half
	RoleID   string
	SecretID func() (string, error) // read at each login
}

// OpenHalf decrypts a half of a wrapping key. Vault's audit log has the login and the decryption.
func (o RoleOfficer) OpenHalf(ctx context.Context, sealed string) ([]byte, error) {
	client, err := o.login(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Auth().Token().RevokeSelfWithContext(context.WithoutCancel(ctx), "") }() // it ends by itself too
	return Officer{Client: client, Names: o.Names, Half: o.Half}.OpenHalf(ctx, sealed)
}

// Check logs in once and asks Vault what the role may do: half of everything, and not the other half.
func (o RoleOfficer) Check(ctx context.Context) error {
	client, err := o.login(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Auth().Token().RevokeSelfWithContext(context.WithoutCancel(ctx), "") }()
	id, err := Identify(ctx, client, o.Names)
	if err != nil {
		return err
	}
	if len(id.Halves) != 1 || id.Halves[0] != o.Half {
		return fmt.Errorf("the AppRole of half %s may open %v: want that half and no other", o.Half, id.Halves)
	}
	return nil
}

func (o RoleOfficer) login(ctx context.Context) (*api.Client, error) {
	secret, err := o.SecretID()
	if err != nil {
		return nil, fmt.Errorf("get the secret id of half %s: %w", o.Half, err)
	}
	client, err := o.Client.Clone()
	if err != nil {
		return nil, fmt.Errorf("making a client for vault: %w", err)
	}
	client.ClearToken()
	method, err := approle.NewAppRoleAuth(o.RoleID, &approle.SecretID{FromString: secret}, approle.WithMountPath(o.Names.withDefaults().AppRole))
	if err != nil {
		return nil, fmt.Errorf("log in by approle: %w", err)
	}
	if _, err := client.Auth().Login(ctx, method); err != nil {
		return nil, fmt.Errorf("log in by approle for half %s: %w", o.Half, err)
	}
	return client, nil
}
