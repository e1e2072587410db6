package vault

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"tallystick/privacy"
)

func secretID() (string, error) { return "s", nil }

func TestConfigNamesWhatIsWrong(t *testing.T) {
	good := Config{RoleID: "r", SecretID: secretID, Insurers: []string{"alpha"}}
	tests := map[string]struct {
		spoil func(*Config)
		want  string
	}{
		"role id":   {func(c *Config) { c.RoleID = "" }, "RoleID"},
		"secret id": {func(c *Config) { c.SecretID = nil }, "SecretID"},
		"insurers":  {func(c *Config) { c.Insurers = nil }, "Insurers"},
		"negative":  {func(c *Config) { c.KeyTTL = -1 }, "negative"},
		"refresh too long": {func(c *Config) { c.KeyTTL, c.Refresh = time.Minute, time.Minute },
			"Refresh (1m0s) must be shorter than KeyTTL (1m0s)"},
	}
	for name, tt := range tests {
		c := good
		tt.spoil(&c)
		if _, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := good.check()
	if err != nil || c.KeyTTL != 10*time.Minute || c.Refresh != 150*time.Second {
		t.Errorf("defaults: %v %v %v", c.KeyTTL, c.Refresh, err)
	}
}

func TestPoliciesAreFilledIn(t *testing.T) {
	policies, err := Policies(Names{Prefix: "acme", Transit: "keys/transit"})
	if err != nil {
		t.Fatal(err)
	}
	if len(policies) != 4 {
		t.Errorf("%d policies", len(policies))
	}
	for name, text := range policies {
		if !strings.HasPrefix(name, "acme-") || strings.Contains(text, "{{") ||
			!strings.Contains(text, `path "keys/transit/decrypt/acme-seal-a"`) {
			t.Errorf("policy %s:\n%s", name, text)
		}
	}
	pipeline := policies[Names{Prefix: "acme"}.PipelineRole()]
	for _, word := range []string{`"create"`, `"sudo"`, `"delete"`, `"list"`, "/export/", "/backup/", "/encrypt/"} {
		if strings.Contains(pipeline, word) {
			t.Errorf("the pipeline's policy has %s", word)
		}
	}
}

// stub is a Vault that answers each request with one function.
func stub(t *testing.T, answer http.HandlerFunc) *api.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	cfg := api.DefaultConfig()
	cfg.Address = server.URL
	client, err := api.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestStrangeAnswersAreRefused: an answer that is not what Vault sends makes no keys, and is not quoted.
func TestStrangeAnswersAreRefused(t *testing.T) {
	const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYyE="
	for name, hmac := range map[string]string{
		"nothing":        `{}`,
		"no prefix":      `{"data":{"hmac":"` + secret + `"}}`,
		"version 0":      `{"data":{"hmac":"vault:v0:` + secret + `"}}`,
		"version absurd": `{"data":{"hmac":"vault:v1000000:` + secret + `"}}`,
		"not base64":     `{"data":{"hmac":"vault:v1:` + secret + `!"}}`,
		"too short":      `{"data":{"hmac":"vault:v1:c2VjcmV0"}}`,
		"a number":       `{"data":{"hmac":7}}`,
	} {
		t.Run(name, func(t *testing.T) {
			client := stub(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/login") {
					fmt.Fprint(w, `{"auth":{"client_token":"t","lease_duration":3600,"renewable":true}}`)
					return
				}
				fmt.Fprint(w, hmac)
			})
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			s, err := Open(ctx, Config{Client: client, RoleID: "r", SecretID: secretID, Insurers: []string{"alpha"},
				Retry: 50 * time.Millisecond})
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if strings.Contains(err.Error(), "c2Vj") || strings.Contains(err.Error(), "secret-") {
				t.Errorf("the error quotes the answer: %v", err)
			}
		})
	}
}

func TestWhatIsWorthTryingAgain(t *testing.T) {
	for code, want := range map[int]bool{400: true, 403: true, 404: true, 408: false, 429: false, 500: false,
		503: false} {
		if got := refused(fmt.Errorf("x: %w", &api.ResponseError{StatusCode: code})); got != want {
			t.Errorf("HTTP %d: refused for good is %v", code, got)
		}
	}
	if refused(&net.OpError{Op: "dial", Err: errors.New("connection refused")}) {
		t.Error("a lost connection is refused for good")
	}
}

func TestOpenWaitsForVaultAndStopsWithItsContext(t *testing.T) {
	var calls atomic.Int32
	client := stub(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen atomic.Int32
	_, err := Open(ctx, Config{
		Client: client, RoleID: "r", SecretID: secretID, Insurers: []string{"alpha"}, Retry: time.Millisecond,
		Observe: func(s State) {
			if s.Err == nil || s.Failures != s.Attempts {
				t.Error("the observer was told otherwise")
			}
			if seen.Add(1) == 3 {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) || calls.Load() < 3 {
		t.Errorf("after %d calls: %v", calls.Load(), err)
	}
}

func FuzzParseVersioned(f *testing.F) {
	f.Add("vault:v1:AAAA")
	f.Add("vault:v:")
	f.Fuzz(func(t *testing.T, text string) {
		if version, _, err := parseVersioned(text); err == nil && version < 1 {
			t.Errorf("version %d", version)
		}
	})
}

// TestExpiredKeysAreNotHeld: what no record may be protected with has no reason to be in memory.
func TestExpiredKeysAreNotHeld(t *testing.T) {
	halves := map[string]string{"-a": publicKey(t), "-b": publicKey(t)}
	var away atomic.Bool
	client := stub(t, func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case away.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case strings.HasSuffix(path, "/login"):
			fmt.Fprint(w, `{"auth":{"client_token":"t","lease_duration":3600,"renewable":true}}`)
		case strings.Contains(path, "/hmac/"):
			fmt.Fprint(w, `{"data":{"hmac":"vault:v1:c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYyE="}}`)
		default:
			_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{
				"latest_version": 1, "keys": map[string]any{"1": map[string]any{"public_key": halves[path[len(path)-2:]]}},
			}})
		}
	})
	s, err := Open(t.Context(), Config{
		Client: client, RoleID: "r", SecretID: secretID, Insurers: []string{"alpha"},
		KeyTTL: 400 * time.Millisecond, Refresh: 100 * time.Millisecond, Retry: 20 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	away.Store(true)
	for end := time.Now().Add(10 * time.Second); s.held.Load() != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the keys are held though they have expired")
		}
	}
	if _, err := s.Insurer("alpha"); !errors.Is(err, privacy.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	away.Store(false)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := s.Insurer("alpha"); err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the keys do not come back with Vault")
		}
	}
}

func publicKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
