//go:build integration

package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"
	"golang.org/x/sync/errgroup"

	"tallystick/internal/testenv"
	"tallystick/privacy"
	"tallystick/privacy/keys/vault"
)

// install is a set-up of its own in the Vault that the tests share.
type install struct {
	addr  string
	admin *api.Client
	names vault.Names
}

func setUp(t *testing.T, insurers ...string) install {
	t.Helper()
	addr, token := testenv.Vault(t)
	return setUpAt(t, addr, token, vault.SetupConfig{Insurers: insurers})
}

func setUpAt(t *testing.T, addr, token string, cfg vault.SetupConfig) install {
	t.Helper()
	cfg.Names = newNames()
	in := install{addr: addr, admin: client(t, addr, token), names: cfg.Names}
	if err := vault.Setup(t.Context(), in.admin, cfg); err != nil {
		t.Fatal(err)
	}
	return in
}

// newNames are names that nothing in Vault has yet.
func newNames() vault.Names {
	id := strings.ToLower(rand.Text()[:10])
	return vault.Names{Prefix: "t" + id, Transit: "transit-" + id, AppRole: "approle-" + id}
}

func client(t *testing.T, addr, token string) *api.Client {
	t.Helper()
	cfg := api.DefaultConfig()
	cfg.Address = addr
	c, err := api.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.SetToken(token)
	c.SetMaxRetries(0)
	return c
}

func (in install) config(t *testing.T, insurers ...string) vault.Config {
	t.Helper()
	id, err := vault.NewCredentials(t.Context(), in.admin, in.names, in.names.PipelineRole())
	if err != nil {
		t.Fatal(err)
	}
	return vault.Config{
		Client: client(t, in.addr, ""), Names: in.names, RoleID: id.RoleID,
		SecretID: func() (string, error) { return id.SecretID, nil }, Insurers: insurers,
	}
}

func open(t *testing.T, cfg vault.Config) *vault.Service {
	t.Helper()
	s, err := vault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// login returns a client with the token of a role.
func (in install) login(t *testing.T, role string) *api.Client {
	t.Helper()
	id, err := vault.NewCredentials(t.Context(), in.admin, in.names, role)
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, in.addr, "")
	answer, err := c.Logical().Write("auth/"+in.names.AppRole+"/login",
		map[string]any{"role_id": id.RoleID, "secret_id": id.SecretID})
	if err != nil {
		t.Fatal(err)
	}
	c.SetToken(answer.Auth.ClientToken)
	return c
}

var event = []byte(`{"insurer":"alpha","claim":"c-1","revision":1,"line":"motor","claimant":{"name":"Ann Example","phone":"+14155550123"}}`)

func protect(t *testing.T, keys privacy.Keys) (*privacy.Protected, privacy.BatchKey, privacy.Halves) {
	t.Helper()
	shared, err := privacy.New(privacy.Config{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	out := new(privacy.Protected)
	if err := shared.Protector().Protect(event, out); err != nil {
		t.Fatal(err)
	}
	var index privacy.KeyIndex
	for _, r := range privacy.AppendKeyRecords(nil, out.Keys) {
		if err := index.Take(r.Key, r.Value); err != nil {
			t.Fatal(err)
		}
	}
	key, halves, ok := index.Find(out.Parties[0].Key)
	if !ok {
		t.Fatal("the key is not there")
	}
	return out, key, halves
}

func TestTwoOfficersOpenThroughTransit(t *testing.T) {
	in := setUp(t, "alpha")
	out, key, batch := protect(t, open(t, in.config(t, "alpha")))
	a := vault.Officer{Client: in.login(t, in.names.OfficerRole(vault.HalfA)), Names: in.names, Half: vault.HalfA}
	b := vault.Officer{Client: in.login(t, in.names.OfficerRole(vault.HalfB)), Names: in.names, Half: vault.HalfB}
	halfA, err := a.OpenHalf(t.Context(), batch.A)
	if err != nil {
		t.Fatal(err)
	}
	halfB, err := b.OpenHalf(t.Context(), batch.B)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := privacy.Open(out.Parties[0].Section, key, halfA, halfB)
	if err != nil {
		t.Fatal(err)
	}
	if len(opened.Leaves) != 2 || string(opened.Leaves[0].Value) != "Ann Example" {
		t.Errorf("opened %d values", len(opened.Leaves))
	}
}

// TestARoleOpensItsHalfAndKeepsNoToken: what a process that opens for two people has.
func TestARoleOpensItsHalfAndKeepsNoToken(t *testing.T) {
	in := setUp(t, "alpha")
	out, key, batch := protect(t, open(t, in.config(t, "alpha")))
	role := func(half vault.Half, of string) vault.RoleOfficer {
		id, err := vault.NewCredentials(t.Context(), in.admin, in.names, of)
		if err != nil {
			t.Fatal(err)
		}
		return vault.RoleOfficer{Half: half, Role: vault.Role{
			Client: client(t, in.addr, ""), Names: in.names, ID: id.RoleID, SecretID: func() (string, error) {
				return id.SecretID, nil
			},
		}}
	}
	a, b := role(vault.HalfA, in.names.OfficerRole(vault.HalfA)), role(vault.HalfB, in.names.OfficerRole(vault.HalfB))
	for _, o := range []vault.RoleOfficer{a, b} {
		if err := o.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for name, wrong := range map[string]vault.RoleOfficer{
		"the other half": role(vault.HalfA, in.names.OfficerRole(vault.HalfB)),
		"no half":        role(vault.HalfA, in.names.PipelineRole()),
	} {
		if err := wrong.Check(t.Context()); err == nil {
			t.Errorf("a role that opens %s passed", name)
		}
	}
	halfA, err := a.OpenHalf(t.Context(), batch.A)
	if err != nil {
		t.Fatal(err)
	}
	halfB, err := b.OpenHalf(t.Context(), batch.B)
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := privacy.Open(out.Parties[0].Section, key, halfA, halfB); err != nil ||
		string(opened.Leaves[0].Value) != "Ann Example" {
		t.Errorf("opened %v, %v", opened, err)
	}
	if a.Client.Token() != "" || b.Client.Token() != "" {
		t.Error("a token was kept")
	}
}

// TestTheRoleOfLookUpsMakesTheTokensOfThePipeline, and can do nothing else.
func TestTheRoleOfLookUpsMakesTheTokensOfThePipeline(t *testing.T) {
	in := setUp(t, "alpha")
	service := open(t, in.config(t, "alpha"))
	theirs, err := service.Insurer("alpha")
	if err != nil {
		t.Fatal(err)
	}
	id, err := vault.NewCredentials(t.Context(), in.admin, in.names, in.names.LookupRole())
	if err != nil {
		t.Fatal(err)
	}
	role := vault.RoleTokens{Role: vault.Role{
		Client: client(t, in.addr, ""), Names: in.names, ID: id.RoleID, SecretID: func() (string, error) {
			return id.SecretID, nil
		},
	}}
	ours, err := role.Insurer(t.Context(), "alpha")
	if err != nil {
		t.Fatal(err)
	}
	want, _, _ := theirs.Token("phn", "+14155550123", "")
	if got, ok, err := ours.Token("phn", "+1 (415) 555-0123", ""); got != want || !ok || err != nil {
		t.Errorf("%s, %v, %v, want %s", got, ok, err, want)
	}
	id2, err := vault.Identify(t.Context(), in.login(t, in.names.LookupRole()), in.names)
	if err != nil || len(id2.Halves) != 0 {
		t.Errorf("it may open %v, %v", id2.Halves, err)
	}
}

// TestEachRoleCanDoItsOwnOnly is the write-only claim: asked of Vault, not of our code.
func TestEachRoleCanDoItsOwnOnly(t *testing.T) {
	in := setUp(t, "alpha")
	_, _, batch := protect(t, open(t, in.config(t, "alpha")))
	p, mount := in.names.Prefix, in.names.Transit
	halves := map[string]map[string]any{"a": {"ciphertext": batch.A}, "b": {"ciphertext": batch.B}}
	label := map[string]any{"input": "YQ=="}
	tests := []struct {
		role, does, path string
		body             map[string]any // nil reads
		allowed          bool
	}{
		{in.names.PipelineRole(), "make roots", "/hmac/" + p + "-root-alpha/sha2-256", label, true},
		{in.names.PipelineRole(), "read public half A", "/keys/" + p + "-seal-a", nil, true},
		{in.names.PipelineRole(), "open half A", "/decrypt/" + p + "-seal-a", halves["a"], false},
		{in.names.PipelineRole(), "open half B", "/decrypt/" + p + "-seal-b", halves["b"], false},
		{in.names.PipelineRole(), "export a root", "/export/hmac-key/" + p + "-root-alpha", nil, false},
		{in.names.PipelineRole(), "back up a key", "/backup/" + p + "-seal-a", nil, false},
		{in.names.PipelineRole(), "rotate a root", "/keys/" + p + "-root-alpha/rotate", map[string]any{}, false},
		{in.names.PipelineRole(), "make a key", "/keys/" + p + "-root-beta", map[string]any{"type": "hmac"}, false},
		{in.names.PipelineRole(), "delete a key", "/keys/" + p + "-seal-a/config",
			map[string]any{"deletion_allowed": true}, false},
		{in.names.OfficerRole(vault.HalfA), "open half A", "/decrypt/" + p + "-seal-a", halves["a"], true},
		{in.names.OfficerRole(vault.HalfA), "open half B", "/decrypt/" + p + "-seal-b", halves["b"], false},
		{in.names.OfficerRole(vault.HalfA), "make roots", "/hmac/" + p + "-root-alpha/sha2-256", label, false},
		{in.names.OfficerRole(vault.HalfB), "open half B", "/decrypt/" + p + "-seal-b", halves["b"], true},
		{in.names.OfficerRole(vault.HalfB), "open half A", "/decrypt/" + p + "-seal-a", halves["a"], false},
	}
	clients := map[string]*api.Client{}
	for _, tt := range tests {
		t.Run(strings.TrimPrefix(tt.role, p+"-")+"/"+tt.does, func(t *testing.T) {
			if clients[tt.role] == nil {
				clients[tt.role] = in.login(t, tt.role)
			}
			var err error
			if tt.body == nil {
				_, err = clients[tt.role].Logical().Read(mount + tt.path)
			} else {
				_, err = clients[tt.role].Logical().Write(mount+tt.path, tt.body)
			}
			var response *api.ResponseError
			denied := errors.As(err, &response) && response.StatusCode == http.StatusForbidden
			if tt.allowed && err != nil {
				t.Errorf("refused: %v", err)
			}
			if !tt.allowed && !denied {
				t.Errorf("not denied: %v", err)
			}
		})
	}
}

func TestSetupIsIdempotentAndKeepsKeys(t *testing.T) {
	in := setUp(t, "alpha")
	before, _, _ := protect(t, open(t, in.config(t, "alpha")))
	if err := vault.Setup(t.Context(), in.admin,
		vault.SetupConfig{Names: in.names, Insurers: []string{"alpha", "beta"}}); err != nil {
		t.Fatal(err)
	}
	after, _, _ := protect(t, open(t, in.config(t, "alpha", "beta")))
	if before.Tokens[0].Value != after.Tokens[0].Value || before.Content != after.Content {
		t.Error("another run of the set-up changed the tokens")
	}
}

// Set-ups that begin at the same moment, as those of two machines may, all succeed and make each key once.
func TestSetupsAtTheSameMoment(t *testing.T) {
	addr, token := testenv.Vault(t)
	admin := client(t, addr, token)
	names := newNames()
	var setups errgroup.Group
	for range 6 {
		setups.Go(func() error {
			return vault.Setup(t.Context(), admin, vault.SetupConfig{Names: names, Insurers: []string{"alpha"}})
		})
	}
	if err := setups.Wait(); err != nil {
		t.Fatal(err)
	}
	keys, err := admin.Logical().List(names.Transit + "/keys")
	if err != nil {
		t.Fatal(err)
	}
	made := keys.Data["keys"].([]any)
	if len(made) != 4 {
		t.Errorf("keys %v", made)
	}
	for _, name := range made {
		key, err := admin.Logical().Read(names.Transit + "/keys/" + name.(string))
		if err != nil {
			t.Fatal(err)
		}
		if v := key.Data["latest_version"]; v != json.Number("1") {
			t.Errorf("key %s has version %v", name, v)
		}
	}
}

func TestSetupRefusesAMountOfAnotherType(t *testing.T) {
	in := setUp(t, "alpha")
	for want, change := range map[string]func(n *vault.Names){
		"mount sys: it is of type system, transit is needed":        func(n *vault.Names) { n.Transit = "sys" },
		"auth method token: it is of type token, approle is needed": func(n *vault.Names) { n.AppRole = "token" },
	} {
		names := in.names
		change(&names)
		err := vault.Setup(t.Context(), in.admin, vault.SetupConfig{Names: names, Insurers: []string{"alpha"}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestSetupRefusesKeysThatCanLeave(t *testing.T) {
	addr, token := testenv.Vault(t)
	in := setUpAt(t, addr, token, vault.SetupConfig{Insurers: []string{"alpha"}})
	_, err := in.admin.Logical().Write(in.names.Transit+"/keys/"+in.names.Prefix+"-root-alpha/config",
		map[string]any{"exportable": true})
	if err != nil {
		t.Fatal(err)
	}
	err = vault.Setup(t.Context(), in.admin, vault.SetupConfig{Names: in.names, Insurers: []string{"alpha"}})
	if err == nil || !strings.Contains(err.Error(), "exportable") {
		t.Errorf("got %v", err)
	}
}

func TestRotatedRootLiftsOlderTokens(t *testing.T) {
	in := setUp(t, "alpha")
	cfg := in.config(t, "alpha")
	cfg.KeyTTL, cfg.Refresh = time.Minute, 20*time.Millisecond
	s := open(t, cfg)
	before, _, _ := protect(t, s)
	old, err := s.Insurer("alpha")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.admin.Logical().Write(in.names.Transit+"/keys/"+in.names.Prefix+"-root-alpha/rotate",
		map[string]any{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new version of the root", func() bool {
		k, err := s.Insurer("alpha")
		return err == nil && k != old
	})
	after, _, _ := protect(t, s)
	k, err := s.Insurer("alpha")
	if err != nil {
		t.Fatal(err)
	}
	for i, token := range after.Tokens {
		lifted, err := k.Lift(before.Tokens[i].Value)
		if err != nil || lifted != token.Value || !strings.Contains(lifted, "_2_") {
			t.Errorf("%s: lifted to %s, now %s: %v", token.Path, lifted, token.Value, err)
		}
	}
	if before.Content != after.Content {
		t.Error("a rotation changed the content digest: redelivered events would look new")
	}
}

// gate is what is between the service and Vault: it can be shut, or answer as a sealed Vault does.
type gate struct {
	*httptest.Server
	mode atomic.Int32
}

const (
	gateOpen = iota
	gateAway
	gateSealed
)

func newGate(t *testing.T, addr string) *gate {
	t.Helper()
	target, err := url.Parse(addr)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	g := &gate{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch g.mode.Load() {
		case gateAway:
			panic(http.ErrAbortHandler) // the connection breaks
		case gateSealed:
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"errors":["Vault is sealed"]}`))
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(g.Close)
	return g
}

func TestVaultAwayThenBack(t *testing.T) {
	for name, mode := range map[string]int32{"away": gateAway, "sealed": gateSealed} {
		t.Run(name, func(t *testing.T) {
			in := setUp(t, "alpha")
			g := newGate(t, in.addr)
			cfg := in.config(t, "alpha")
			cfg.Client = client(t, g.URL, "")
			cfg.KeyTTL, cfg.Refresh, cfg.Retry = 2*time.Second, 50*time.Millisecond, 20*time.Millisecond
			s := open(t, cfg)
			before, _, _ := protect(t, s)

			g.mode.Store(mode)
			eventually(t, "a failed attempt", func() bool { return s.State().Failures > 0 })
			during, _, _ := protect(t, s) // the keys in memory serve on
			if during.Tokens[0].Value != before.Tokens[0].Value {
				t.Error("other tokens while Vault is away")
			}
			eventually(t, "the expiry of the keys", func() bool { return s.Err() != nil })
			shared, err := privacy.New(privacy.Config{Keys: s})
			if err != nil {
				t.Fatal(err)
			}
			var out privacy.Protected
			if err := shared.Protector().Protect(event, &out); !errors.Is(err, privacy.ErrUnavailable) ||
				len(out.Tokens) > 0 {
				t.Errorf("with expired keys: %v, %d tokens", err, len(out.Tokens))
			}

			waited := make(chan error, 1)
			go func() { waited <- s.WaitReady(t.Context()) }()
			g.mode.Store(gateOpen)
			if err := <-waited; err != nil {
				t.Fatal(err)
			}
			after, _, _ := protect(t, s)
			if after.Tokens[0].Value != before.Tokens[0].Value {
				t.Error("other tokens after Vault came back")
			}
		})
	}
}

// TestSealedVault seals a real Vault of its own, for good.
func TestSealedVault(t *testing.T) {
	server := testenv.StartVault(t)
	in := setUpAt(t, server.Addr, server.Token, vault.SetupConfig{Insurers: []string{"alpha"}})
	cfg := in.config(t, "alpha")
	cfg.KeyTTL, cfg.Refresh = 2*time.Second, 50*time.Millisecond
	s := open(t, cfg)
	if err := in.admin.Sys().Seal(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a failed attempt", func() bool { return s.State().Failures > 0 })
	if err := s.Err(); err != nil {
		t.Errorf("the keys in memory should serve on: %v", err)
	}
	eventually(t, "the expiry of the keys", func() bool { return errors.Is(s.Err(), privacy.ErrUnavailable) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := vault.Open(ctx, cfg); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("opening at a sealed Vault waits until the context ends, got %v", err)
	}
}

func TestTokenIsRenewedAndReplaced(t *testing.T) {
	addr, token := testenv.Vault(t)
	in := setUpAt(t, addr, token, vault.SetupConfig{Insurers: []string{"alpha"}, TokenTTL: "3s", TokenMaxTTL: "5s"})
	cfg := in.config(t, "alpha")
	cfg.KeyTTL, cfg.Refresh, cfg.Timeout = 10*time.Second, 200*time.Millisecond, time.Second
	s := open(t, cfg)
	eventually(t, "a second login, at the end of the token's longest life",
		func() bool { return s.State().Logins >= 2 })
	if st := s.State(); st.Err != nil || st.Failures > 0 || st.Renewals < 1 || st.Logins > 4 {
		t.Errorf("%d failures, %d renewals, %d logins in %d attempts: %v", st.Failures, st.Renewals, st.Logins,
			st.Attempts, st.Err)
	}
}

func TestRevokedTokenIsReplacedByALogin(t *testing.T) {
	in := setUp(t, "alpha")
	cfg := in.config(t, "alpha")
	cfg.KeyTTL, cfg.Refresh = time.Minute, 50*time.Millisecond
	s := open(t, cfg)
	if _, err := in.admin.Logical().Write("sys/leases/revoke-force/auth/"+in.names.AppRole, nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a second login", func() bool { return s.State().Logins >= 2 })
	if err := s.State().Err; err != nil {
		t.Error(err)
	}
}

func TestRevokedRoleStopsTheTokeniser(t *testing.T) {
	in := setUp(t, "alpha")
	cfg := in.config(t, "alpha")
	cfg.KeyTTL, cfg.Refresh, cfg.Retry = time.Second, 50*time.Millisecond, 20*time.Millisecond
	s := open(t, cfg)
	if _, err := in.admin.Logical().Delete("auth/" + in.names.AppRole + "/role/" +
		in.names.PipelineRole()); err != nil {
		t.Fatal(err)
	}
	if _, err := in.admin.Logical().Write("sys/leases/revoke-force/auth/"+in.names.AppRole, nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the expiry of the keys", func() bool { return errors.Is(s.Err(), privacy.ErrUnavailable) })
}

func TestOpenIsRefusedAtOnce(t *testing.T) {
	in := setUp(t, "alpha")
	tests := map[string]func(*vault.Config){
		"wrong secret id":    func(c *vault.Config) { c.SecretID = func() (string, error) { return "not-it", nil } },
		"wrong role id":      func(c *vault.Config) { c.RoleID = "not-it" },
		"insurer not set up": func(c *vault.Config) { c.Insurers = []string{"alpha", "beta"} },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := in.config(t, "alpha")
			spoil(&cfg)
			s, err := vault.Open(t.Context(), cfg)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if strings.Contains(err.Error(), "not-it") {
				t.Error("the error quotes a secret")
			}
		})
	}
}

func TestPoliciesAreThoseOfTheFiles(t *testing.T) {
	in := setUp(t, "alpha")
	want, err := vault.Policies(in.names)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range want {
		got, err := in.admin.Sys().GetPolicy(name)
		if err != nil || !bytes.Equal(bytes.TrimSpace([]byte(got)), bytes.TrimSpace([]byte(text))) {
			t.Errorf("policy %s differs from its file: %v", name, err)
		}
	}
}

// eventually asks again and again, on the real clock of a real server.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("%s did not come", what)
		case <-tick.C:
		}
	}
}
