package vault

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/vault/api"

	"tallystick/privacy"
)

// rootLabel is what token roots are the HMAC of. Changing it changes every token.
const rootLabel = "tallystick token root v1"

// maxVersions bounds what is asked of Vault if it answers nonsense.
const maxVersions = 1000

// fetch reads all keys once.
func fetch(ctx context.Context, client *api.Client, n Names, insurers []string) (*privacy.KeySet, error) {
	var all []*privacy.InsurerKeys
	for _, insurer := range insurers {
		roots, err := roots(ctx, client, n, n.insurerKey(insurer))
		if err != nil {
			return nil, fmt.Errorf("token root of insurer %s: %w", insurer, err)
		}
		keys, err := privacy.NewInsurerKeys(insurer, roots...)
		if err != nil {
			return nil, err
		}
		all = append(all, keys)
	}
	install, err := roots(ctx, client, n, n.installKey())
	if err != nil {
		return nil, fmt.Errorf("root of the intake key: %w", err)
	}
	intake, err := privacy.NewIntake(install...)
	if err != nil {
		return nil, err
	}
	var sealing privacy.SealingKeys
	if sealing.A, err = publicHalf(ctx, client, n, HalfA); err != nil {
		return nil, fmt.Errorf("public half A: %w", err)
	}
	if sealing.B, err = publicHalf(ctx, client, n, HalfB); err != nil {
		return nil, fmt.Errorf("public half B: %w", err)
	}
	return privacy.NewKeySet(all, &sealing, intake)
}

// roots returns all versions of a root, oldest first. The newest is asked for without a version: the answer tells which
// one it is, so that no right to read the key is needed.
func roots(ctx context.Context, client *api.Client, n Names, key string) ([]privacy.Secret, error) {
	newest, version, err := hmac(ctx, client, n, key, 0)
	if err != nil {
		return nil, err
	}
	if version > maxVersions {
		return nil, fmt.Errorf("vault names version %d", version)
	}
	all := make([]privacy.Secret, version)
	all[version-1] = newest
	for v := 1; v < version; v++ {
		got := 0
		if all[v-1], got, err = hmac(ctx, client, n, key, v); err != nil {
			return nil, fmt.Errorf("version %d: %w", v, err)
		}
		if got != v {
			return nil, fmt.Errorf("version %d was asked for, version %d came", v, got)
		}
	}
	return all, nil
}

// hmac returns the HMAC of the label under a version of a key; version 0 is the newest.
func hmac(ctx context.Context, client *api.Client, n Names, key string, version int) (privacy.Secret, int, error) {
	request := map[string]any{"input": base64.StdEncoding.EncodeToString([]byte(rootLabel))}
	if version > 0 {
		request["key_version"] = version
	}
	answer, err := client.Logical().WriteWithContext(ctx, n.Transit+"/hmac/"+key+"/sha2-256", request)
	if err != nil {
		return privacy.Secret{}, 0, err
	}
	if answer == nil {
		return privacy.Secret{}, 0, errAnswer
	}
	text, _ := answer.Data["hmac"].(string)
	version, value, err := parseVersioned(text)
	if err != nil {
		return privacy.Secret{}, 0, err
	}
	defer clear(value)
	secret, err := privacy.NewSecret(value)
	if err != nil {
		return privacy.Secret{}, 0, errAnswer
	}
	return secret, version, nil
}

// errAnswer does not quote the answer: it may hold a key.
var errAnswer = errors.New("vault's answer has not the form that is expected")

// parseVersioned reads vault:vN:base64.
func parseVersioned(text string) (version int, value []byte, err error) {
	rest, ok := strings.CutPrefix(text, "vault:v")
	number, encoded, found := strings.Cut(rest, ":")
	if !ok || !found {
		return 0, nil, errAnswer
	}
	if version, err = strconv.Atoi(number); err != nil || version < 1 {
		return 0, nil, errAnswer
	}
	if value, err = base64.StdEncoding.DecodeString(encoded); err != nil {
		return 0, nil, errAnswer
	}
	return version, value, nil
}

func publicHalf(ctx context.Context, client *api.Client, n Names, h Half) (privacy.PublicHalf, error) {
	answer, err := client.Logical().ReadWithContext(ctx, n.Transit+"/keys/"+n.sealKey(h))
	if err != nil {
		return privacy.PublicHalf{}, err
	}
	if answer == nil {
		return privacy.PublicHalf{}, fmt.Errorf("key %s is not there: run the set-up", n.sealKey(h))
	}
	latest, ok := answer.Data["latest_version"].(json.Number)
	if !ok {
		return privacy.PublicHalf{}, errAnswer
	}
	version, err := strconv.Atoi(latest.String())
	if err != nil {
		return privacy.PublicHalf{}, errAnswer
	}
	versions, _ := answer.Data["keys"].(map[string]any)
	entry, _ := versions[latest.String()].(map[string]any)
	text, _ := entry["public_key"].(string)
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return privacy.PublicHalf{}, errAnswer
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return privacy.PublicHalf{}, errAnswer
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return privacy.PublicHalf{}, errAnswer
	}
	return privacy.PublicHalf{Key: key, Version: version}, nil
}

// Officer opens one half of wrapping keys with an officer's own Vault token, which the client carries.
type Officer struct {
	Client *api.Client
	Names  Names
	Half   Half
}

// OpenHalf decrypts a half of a wrapping key. Vault's audit log has an entry of it.
func (o Officer) OpenHalf(ctx context.Context, sealed string) ([]byte, error) {
	n := o.Names.withDefaults()
	answer, err := o.Client.Logical().WriteWithContext(ctx, n.Transit+"/decrypt/"+n.sealKey(o.Half),
		map[string]any{"ciphertext": sealed})
	if err != nil {
		return nil, fmt.Errorf("open half %s of the wrapping key: %w", o.Half, err)
	}
	if answer == nil {
		return nil, errAnswer
	}
	text, _ := answer.Data["plaintext"].(string)
	half, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(half) != privacy.SecretSize {
		return nil, errAnswer
	}
	return half, nil
}
