package vault

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"github.com/hashicorp/vault/api"

	"tallystick/privacy"
)

//go:embed policies/*.hcl
var policyFiles embed.FS

// SetupConfig is what an install needs of Vault.
type SetupConfig struct {
	Names    Names
	Insurers []string // at least one
	// The lifetime of the pipeline's tokens; "" is 20m and 1h. After the longer one it must log in again, so taking
	// away its secret id stops it by then at the latest, and revoking its token within the keys' time in memory.
	TokenTTL, TokenMaxTTL string
}

// Setup makes mounts, keys, policies and AppRoles that are missing and checks those that are there. It may be run again
// at any time: keys are never replaced, rotated or deleted, policies and roles are brought to what they should be. The
// client needs an administrator's token. A crash leaves a part, which the next run completes.
func Setup(ctx context.Context, client *api.Client, cfg SetupConfig) error {
	n := cfg.Names.withDefaults()
	if len(cfg.Insurers) == 0 {
		return errors.New("set up vault: name at least one insurer")
	}
	if err := mountAll(ctx, client, n); err != nil {
		return fmt.Errorf("set up vault: %w", err)
	}
	if err := makeKeys(ctx, client, n, cfg.Insurers); err != nil {
		return fmt.Errorf("set up vault: %w", err)
	}
	if err := writePolicies(ctx, client, n); err != nil {
		return fmt.Errorf("set up vault: %w", err)
	}
	if err := writeRoles(ctx, client, n, cfg); err != nil {
		return fmt.Errorf("set up vault: %w", err)
	}
	return nil
}

func mountAll(ctx context.Context, client *api.Client, n Names) error {
	if err := mount(ctx, "transit", n.Transit, client.Sys().ListMountsWithContext,
		client.Sys().MountWithContext); err != nil {
		return fmt.Errorf("mount %s: %w", n.Transit, err)
	}
	if err := mount(ctx, "approle", n.AppRole, client.Sys().ListAuthWithContext,
		client.Sys().EnableAuthWithOptionsWithContext); err != nil {
		return fmt.Errorf("auth method %s: %w", n.AppRole, err)
	}
	// Without this a mistyped key name in an encrypt call would make a key.
	_, err := client.Logical().WriteWithContext(ctx, n.Transit+"/config/keys", map[string]any{"disable_upsert": true})
	if err != nil {
		return fmt.Errorf("forbid %s to make keys by accident: %w", n.Transit, err)
	}
	return nil
}

// mount enables kind at a path where list has nothing, and refuses what it has of another kind.
func mount(ctx context.Context, kind, path string, list func(context.Context) (map[string]*api.MountOutput, error),
	enable func(context.Context, string, *api.MountInput) error) error {
	all, err := list(ctx)
	if err != nil {
		return fmt.Errorf("look whether it is there: %w", err)
	}
	found := all[path+"/"]
	if found == nil {
		err := enable(ctx, path, &api.MountInput{Type: kind})
		if err == nil {
			return nil
		}
		all, _ = list(ctx)
		if found = all[path+"/"]; found == nil { // otherwise another set-up was faster
			return fmt.Errorf("enable %s: %w", kind, err)
		}
	}
	if found.Type != kind {
		return fmt.Errorf("it is of type %s, %s is needed", found.Type, kind)
	}
	return nil
}

func makeKeys(ctx context.Context, client *api.Client, n Names, insurers []string) error {
	root := map[string]any{"type": "hmac", "key_size": privacy.SecretSize, "exportable": false}
	seal := map[string]any{"type": "rsa-3072", "exportable": false}
	want := []struct {
		name string
		spec map[string]any
	}{{n.installKey(), root}, {n.sealKey(HalfA), seal}, {n.sealKey(HalfB), seal}}
	for _, insurer := range insurers {
		if err := privacy.CheckInsurerName(insurer); err != nil {
			return err
		}
		want = append(want, struct {
			name string
			spec map[string]any
		}{n.insurerKey(insurer), root})
	}
	for _, key := range want {
		if err := makeKey(ctx, client, n.Transit+"/keys/"+key.name, key.spec); err != nil {
			return fmt.Errorf("key %s: %w", key.name, err)
		}
	}
	return nil
}

// makeKey makes a key if it is missing, and refuses one that could leave Vault or be deleted.
func makeKey(ctx context.Context, client *api.Client, path string, spec map[string]any) error {
	found, err := client.Logical().ReadWithContext(ctx, path)
	if err != nil {
		return err
	}
	if found == nil {
		if _, err := client.Logical().WriteWithContext(ctx, path, spec); err != nil {
			return err
		}
		if found, err = client.Logical().ReadWithContext(ctx, path); err != nil {
			return err
		}
		if found == nil {
			return errors.New("it is not there after it was made")
		}
	}
	if got := found.Data["type"]; got != spec["type"] {
		return fmt.Errorf("it is of type %v, %v is needed", got, spec["type"])
	}
	for _, flag := range []string{"exportable", "allow_plaintext_backup", "deletion_allowed"} {
		if found.Data[flag] == true {
			return fmt.Errorf("%s is true: a key that can be taken out or deleted protects nothing", flag)
		}
	}
	return nil
}

// Policies returns the text of each policy, by its name in Vault.
func Policies(names Names) (map[string]string, error) {
	n := names.withDefaults()
	all := map[string]string{}
	for file, name := range map[string]string{
		"pipeline": n.PipelineRole(), "officer-a": n.OfficerRole(HalfA), "officer-b": n.OfficerRole(HalfB),
		"lookup": n.LookupRole(),
	} {
		t, err := template.ParseFS(policyFiles, "policies/"+file+".hcl")
		if err != nil {
			return nil, err
		}
		var text strings.Builder
		if err := t.Execute(&text, n); err != nil {
			return nil, err
		}
		all[name] = text.String()
	}
	return all, nil
}

func writePolicies(ctx context.Context, client *api.Client, n Names) error {
	policies, err := Policies(n)
	if err != nil {
		return err
	}
	for name, text := range policies {
		if err := client.Sys().PutPolicyWithContext(ctx, name, text); err != nil {
			return fmt.Errorf("policy %s: %w", name, err)
		}
	}
	return nil
}

func writeRoles(ctx context.Context, client *api.Client, n Names, cfg SetupConfig) error {
	ttl, maxTTL := cfg.TokenTTL, cfg.TokenMaxTTL
	if ttl == "" {
		ttl = "20m"
	}
	if maxTTL == "" {
		maxTTL = "1h"
	}
	for _, name := range []string{n.PipelineRole(), n.OfficerRole(HalfA), n.OfficerRole(HalfB), n.LookupRole()} {
		role := map[string]any{
			// the default policy lets a token renew itself
			"token_policies": []string{name}, "token_no_default_policy": false,
			"token_ttl": ttl, "token_max_ttl": maxTTL, "token_type": "service", "bind_secret_id": true,
		}
		if _, err := client.Logical().WriteWithContext(ctx, "auth/"+n.AppRole+"/role/"+name, role); err != nil {
			return fmt.Errorf("role %s: %w", name, err)
		}
	}
	return nil
}

// Credentials are what a role logs in with.
type Credentials struct {
	RoleID   string
	SecretID string // hand it over once, in a file that only the process may read
}

// Format prints only the role id.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "role %s", c.RoleID) }

// NewCredentials issues a secret id for a role. The client needs an administrator's token.
func NewCredentials(ctx context.Context, client *api.Client, names Names, role string) (Credentials, error) {
	path := "auth/" + names.withDefaults().AppRole + "/role/" + role
	id, err := client.Logical().ReadWithContext(ctx, path+"/role-id")
	if err != nil {
		return Credentials{}, fmt.Errorf("read the id of role %s: %w", role, err)
	}
	secret, err := client.Logical().WriteWithContext(ctx, path+"/secret-id", map[string]any{})
	if err != nil {
		return Credentials{}, fmt.Errorf("issue a secret id of role %s: %w", role, err)
	}
	if id == nil || secret == nil {
		return Credentials{}, fmt.Errorf("role %s is not there: run the set-up", role)
	}
	c := Credentials{}
	c.RoleID, _ = id.Data["role_id"].(string)
	c.SecretID, _ = secret.Data["secret_id"].(string)
	if c.RoleID == "" || c.SecretID == "" {
		return Credentials{}, fmt.Errorf("role %s: vault gave no ids", role)
	}
	return c, nil
}
