package console

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// provider is an OIDC provider that signs in whoever comes, with the claims that a test sets.
type provider struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	claims map[string]any
	nonce  string // of the last request; a test may change it
	pkce   string
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, claims: map[string]any{}}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
			"jwks_uri":                              p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "1", Algorithm: "ES256",
			Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		p.nonce, p.pkce = q.Get("nonce"), q.Get("code_challenge")
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {"c"}, "state": {q.Get("state")}}.Encode(),
			http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("code_verifier") == "" || p.pkce == "" {
			http.Error(w, "no PKCE", http.StatusBadRequest)
			return
		}
		claims := map[string]any{"iss": p.URL, "aud": "console", "sub": "u-17", "exp": time.Now().Add(time.Hour).Unix(),
			"iat": time.Now().Unix(), "nonce": p.nonce}
		for k, v := range p.claims {
			claims[k] = v
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256,
			Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		data, _ := json.Marshal(claims)
		signed, err := signer.Sign(data)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		token, _ := signed.CompactSerialize()
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": token})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// TestSignInAtTheProvider lets people in by what their groups mean, and nobody by a token that is not for them.
func TestSignInAtTheProvider(t *testing.T) {
	for name, c := range map[string]struct {
		claims map[string]any
		in     bool
		role   Role
	}{
		"an investigator of acme": {map[string]any{"groups": []string{"fraud-desk", "acme-claims", "vip"},
			"name": "Ada"}, true, Investigator},
		"nobody's group":           {map[string]any{"groups": []string{"canteen"}}, false, ""},
		"no groups":                {nil, false, ""},
		"a token of another nonce": {map[string]any{"groups": []string{"fraud-desk"}, "nonce": "stolen"}, false, ""},
		"a token for another":      {map[string]any{"groups": []string{"fraud-desk"}, "aud": "elsewhere"}, false, ""},
		"a token of another issuer": {map[string]any{"groups": []string{"fraud-desk"},
			"iss": "https://elsewhere.example"}, false, ""},
		"a token that has expired": {map[string]any{"groups": []string{"fraud-desk"},
			"exp": time.Now().Add(-time.Hour).Unix()}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			p.claims = c.claims
			var server *Server
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				server.Handler().ServeHTTP(w, r)
			}))
			t.Cleanup(front.Close)
			o, err := OpenOIDC(t.Context(), OIDCConfig{
				Issuer: p.URL, ClientID: "console", ClientSecret: "s", RedirectURL: front.URL + "/auth/callback",
				Roles:    map[string]Role{"fraud-desk": Investigator},
				Insurers: map[string][]string{"acme-claims": {"acme"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			server, err = New(Config{
				Records: newMemoryRecords(), Cases: newMemoryCases(), Audit: &memoryAudit{}, Anchors: fixedAnchors{},
				OIDC: o, Version: "test",
				Log: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			jar, _ := cookiejar.New(nil)
			b := &browser{t, front.URL, &http.Client{Jar: jar}}
			b.send("GET", "/auth/login", "")
			_, text := b.send("GET", "/api/v1/session", "")
			var got SessionInfo
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			if c.in != (got.Person != nil) {
				t.Fatalf("signed in: %v, want %v", got.Person, c.in)
			}
			if c.in && (got.Person.Roles[0] != c.role || got.Person.Insurers[0] != "acme" ||
				got.Person.Groups[0] != "vip" || got.Person.Name != "Ada") {
				t.Errorf("signed in as %+v", got.Person)
			}
			// A state that nobody asked for, as a link from elsewhere has it, signs nobody in.
			other, _ := cookiejar.New(nil)
			stranger := &browser{t, front.URL, &http.Client{Jar: other}}
			stranger.send("GET", "/auth/callback?code=c&state=forged", "")
			if _, text := stranger.send("GET", "/api/v1/session", ""); strings.Contains(text, `"person"`) {
				t.Error("a forged state signed somebody in")
			}
		})
	}
}
