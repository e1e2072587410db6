package wrapkey

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/approle"
)

// Names says where in Vault things are.
type Names struct {
	Key     string // of the transit key, and of the policy and AppRole that may use it
	Transit string // mount of the transit engine
	AppRole string // mount of the AppRole method
}

// Setup makes the key, a policy that may encrypt and decrypt with it and nothing else, and an AppRole that has the
// policy; what is there stays. It returns the role's id. The client needs an administrator's token, and the mounts must
// be there.
func Setup(ctx context.Context, client *api.Client, n Names) (roleID string, err error) {
	path := n.Transit + "/keys/" + n.Key
	found, err := client.Logical().ReadWithContext(ctx, path)
	if err == nil && found == nil {
		_, err = client.Logical().WriteWithContext(ctx, path,
			map[string]any{"type": "aes256-gcm96", "exportable": false})
	}
	if err != nil {
		return "", fmt.Errorf("making the key %s in vault: %w", n.Key, err)
	}
	if found != nil &&
		(found.Data["type"] != "aes256-gcm96" || found.Data["exportable"] == true ||
			found.Data["deletion_allowed"] == true) {
		return "", fmt.Errorf(
			"the key %s in vault can be taken out or deleted, or is of another type: it protects nothing",
			n.Key,
		)
	}
	policy := fmt.Sprintf("path %q {\n  capabilities = [\"update\"]\n}\npath %q {\n  capabilities = [\"update\"]\n}\n",
		n.Transit+"/encrypt/"+n.Key, n.Transit+"/decrypt/"+n.Key)
	if err := client.Sys().PutPolicyWithContext(ctx, n.Key, policy); err != nil {
		return "", fmt.Errorf("writing the policy %s: %w", n.Key, err)
	}
	role := "auth/" + n.AppRole + "/role/" + n.Key
	if _, err := client.Logical().WriteWithContext(ctx, role, map[string]any{
		"token_policies": []string{n.Key}, "token_no_default_policy": true, "token_ttl": "20m", "token_max_ttl": "20m",
		"token_type": "service", "bind_secret_id": true,
	}); err != nil {
		return "", fmt.Errorf("writing the role %s: %w", n.Key, err)
	}
	id, err := client.Logical().ReadWithContext(ctx, role+"/role-id")
	if err != nil || id == nil {
		return "", fmt.Errorf("reading the id of the role %s: %w", n.Key, err)
	}
	roleID, _ = id.Data["role_id"].(string)
	return roleID, nil
}

// Config says which key, and how to log in. All are required.
type Config struct {
	Client   *api.Client // of this Wrapper alone: it sets its token
	Names    Names
	RoleID   string
	SecretID func() (string, error) // read at each login
}

// Wrapper wraps and unwraps. Make it with Open.
type Wrapper struct {
	cfg Config

	mu      sync.Mutex
	renewAt time.Time // when the token has half of its life behind it
}

// Open logs in, so that a wrong configuration shows at once.
func Open(ctx context.Context, cfg Config) (*Wrapper, error) {
	if cfg.Client == nil || cfg.Names.Key == "" || cfg.RoleID == "" || cfg.SecretID == nil {
		return nil, errors.New("wrapping keys by vault: client, key, role id and secret id are required")
	}
	w := &Wrapper{cfg: cfg}
	if err := w.login(ctx, false); err != nil {
		return nil, err
	}
	return w, nil
}

// login gets a new token if the one there is has half of its life behind it, or if must.
func (w *Wrapper) login(ctx context.Context, must bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !must && time.Now().Before(w.renewAt) {
		return nil
	}
	secret, err := w.cfg.SecretID()
	if err != nil {
		return fmt.Errorf("logging in to vault: %w", err)
	}
	method, err := approle.NewAppRoleAuth(
		w.cfg.RoleID,
		&approle.SecretID{FromString: secret},
		approle.WithMountPath(w.cfg.Names.AppRole),
	)
	if err != nil {
		return fmt.Errorf("logging in to vault: %w", err)
	}
	got, err := w.cfg.Client.Auth().Login(ctx, method)
	if err != nil {
		return fmt.Errorf("logging in to vault: %w", err)
	}
	ttl, err := got.TokenTTL()
	if err != nil {
		return fmt.Errorf("logging in to vault: %w", err)
	}
	w.renewAt = time.Now().Add(ttl / 2)
	return nil
}

// Wrap encrypts a key. It opens for the same bound alone.
func (w *Wrapper) Wrap(ctx context.Context, key []byte, bound string) ([]byte, error) {
	data, err := w.ask(
		ctx,
		"encrypt",
		map[string]any{"plaintext": base64.StdEncoding.EncodeToString(key), "associated_data": encode(bound)},
	)
	if err != nil {
		return nil, err
	}
	text, _ := data["ciphertext"].(string)
	if !strings.HasPrefix(text, "vault:v") {
		return nil, errors.New("wrapping a key: vault gave no ciphertext")
	}
	return []byte(text), nil
}

// Unwrap is the inverse of Wrap.
func (w *Wrapper) Unwrap(ctx context.Context, wrapped []byte, bound string) ([]byte, error) {
	data, err := w.ask(ctx, "decrypt", map[string]any{"ciphertext": string(wrapped), "associated_data": encode(bound)})
	if err != nil {
		return nil, err
	}
	text, _ := data["plaintext"].(string)
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) == 0 {
		return nil, errors.New("unwrapping a key: vault gave none")
	}
	return key, nil
}

func encode(bound string) string { return base64.StdEncoding.EncodeToString([]byte(bound)) }

// ask sends one request, and once more with a new token if the old one is not taken any more.
func (w *Wrapper) ask(ctx context.Context, what string, body map[string]any) (map[string]any, error) {
	path := w.cfg.Names.Transit + "/" + what + "/" + w.cfg.Names.Key
	for again := false; ; again = true {
		if err := w.login(ctx, again); err != nil {
			return nil, err
		}
		res, err := w.cfg.Client.Logical().WriteWithContext(ctx, path, body)
		var refused *api.ResponseError
		if errors.As(err, &refused) && refused.StatusCode == http.StatusForbidden && !again {
			continue // revoked, or expired while Vault was away
		}
		if err != nil {
			// Vault's own words may quote what it was sent.
			if errors.As(err, &refused) {
				return nil, fmt.Errorf("asking vault to %s: status %d", what, refused.StatusCode)
			}
			return nil, fmt.Errorf("asking vault to %s: %w", what, err)
		}
		if res == nil {
			return nil, fmt.Errorf("asking vault to %s: no answer", what)
		}
		return res.Data, nil
	}
}
