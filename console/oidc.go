package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OIDCConfig says where people sign in and what their groups mean here.
type OIDCConfig struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	RedirectURL  string              // of this console, ending in /auth/callback
	GroupsClaim  string              // empty means groups
	Roles        map[string]Role     // by group
	Insurers     map[string][]string // by group; a person of no such group sees no claim
}

// OIDC is a provider at which people sign in.
type OIDC struct {
	cfg      OIDCConfig
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// OpenOIDC asks the provider for its description.
func OpenOIDC(ctx context.Context, cfg OIDCConfig) (*OIDC, error) {
	provider, err := oidc.NewProvider(ctx, cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("asking the provider %s of console.oidc: %w", cfg.Issuer, err)
	}
	if cfg.GroupsClaim == "" {
		cfg.GroupsClaim = "groups"
	}
	return &OIDC{
		cfg: cfg,
		oauth: oauth2.Config{
			ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, Endpoint: provider.Endpoint(),
			RedirectURL: cfg.RedirectURL,
			Scopes:      []string{oidc.ScopeOpenID, "profile", cfg.GroupsClaim},
		},
		verifier: provider.Verifier(&oidc.Config{ClientID: cfg.ClientID}),
	}, nil
}

// Host is what the sign-in page calls the provider.
func (o *OIDC) Host() string {
	u, err := url.Parse(o.cfg.Issuer)
	if err != nil {
		return o.cfg.Issuer
	}
	return u.Host
}

// person reads who a verified token is about. Groups that mean nothing here become groups of need-to-know.
func (o *OIDC) person(token *oidc.IDToken) (*Person, error) {
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return nil, fmt.Errorf("reading the provider's token: %w", err)
	}
	name, _ := claims["name"].(string)
	if name == "" {
		name = token.Subject
	}
	p := &Person{ID: token.Subject, Name: name, Groups: []string{}, Insurers: []string{}}
	groups, _ := claims[o.cfg.GroupsClaim].([]any)
	for _, g := range groups {
		group, ok := g.(string)
		if !ok {
			continue
		}
		role, isRole := o.cfg.Roles[group]
		if isRole && !slices.Contains(p.Roles, role) {
			p.Roles = append(p.Roles, role)
		}
		insurers, isInsurers := o.cfg.Insurers[group]
		p.Insurers = append(p.Insurers, insurers...)
		if !isRole && !isInsurers {
			p.Groups = append(p.Groups, group)
		}
	}
	if len(p.Roles) == 0 {
		return nil, errNoRole
	}
	slices.Sort(p.Insurers)
	p.Insurers = slices.Compact(p.Insurers)
	return p, nil
}

var errNoRole = fmt.Errorf("%w: none of your groups is a role here; ask who runs the console", errForbidden)

const stateKey, nonceKey, pkceKey = "oidc-state", "oidc-nonce", "oidc-pkce"

func (s *Server) oidcLogin(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	state, nonce, pkce := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	s.sessions.Put(ctx, stateKey, state)
	s.sessions.Put(ctx, nonceKey, nonce)
	s.sessions.Put(ctx, pkceKey, pkce)
	http.Redirect(w, r, s.cfg.OIDC.oauth.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(pkce)),
		http.StatusFound)
}

// oidcCallback ends what oidcLogin began: a state, nonce and verifier are used once, whatever comes of it.
func (s *Server) oidcCallback(w http.ResponseWriter, r *http.Request) {
	ctx, o := r.Context(), s.cfg.OIDC
	state, nonce, pkce := s.sessions.PopString(ctx, stateKey), s.sessions.PopString(ctx, nonceKey),
		s.sessions.PopString(ctx, pkceKey)
	fail := func(why string, err error) {
		s.cfg.Log.Warn("a sign-in at the provider failed", "why", why, "error", err)
		http.Redirect(w, r, "/sign-in?failed="+url.QueryEscape(why), http.StatusFound)
	}
	if state == "" || subtle.ConstantTimeCompare([]byte(state), []byte(r.URL.Query().Get("state"))) != 1 {
		fail("state", nil)
		return
	}
	token, err := o.oauth.Exchange(ctx, r.URL.Query().Get("code"), oauth2.VerifierOption(pkce))
	if err != nil {
		fail("code", err)
		return
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := o.verifier.Verify(ctx, raw)
	if err != nil || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		fail("token", err)
		return
	}
	p, err := o.person(id)
	if err != nil {
		fail("role", err)
		return
	}
	if err := s.begin(ctx, p); err != nil {
		fail("session", err)
		return
	}
	http.Redirect(w, r, "/", http.StatusFound)
}
