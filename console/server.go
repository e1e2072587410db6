package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Config is what the console works with. Every interface is required unless it says otherwise.
type Config struct {
	Records Records
	Cases   Cases
	Audit   Audit
	Anchors Anchors
	Prover  Prover       // nil: this install anchors nothing
	Local   *LocalPeople // nil: nobody signs in with a password
	OIDC    *OIDC        // nil: nobody signs in at a company's provider
	Reveals Reveals      // nil: this install opens sealed fields at a terminal alone
	Tokens  Tokens       // nil: nobody looks for a clear value here
	Pages   http.Handler // the pages; nil serves a text that says how to build them

	RevealTerms RevealTerms
	Insurers    []string
	Version     string
	Thresholds  Thresholds // of the rule set in force
	ClaimsURL   string     // of the claims system, with {insurer} and {claim}; empty is no link
	Secure      bool       // cookies over TLS alone
	Log         *slog.Logger

	Idle, Lifetime time.Duration // of a session; 0 means 30 min and 8 h
}

// Server is the console. Make it with [New], run it with [Server.Run] and serve it with [Server.Handler].
type Server struct {
	cfg       Config
	api       huma.API
	mux       *http.ServeMux
	sessions  *scs.SessionManager
	store     *memstore.MemStore
	tries     *tries
	live      *hub
	present   *presence
	endpoints []endpoint
}

var listsAreLists sync.Once

// New wires the console. Nothing is asked of its parts yet.
func New(cfg Config) (*Server, error) {
	switch {
	case cfg.Records == nil, cfg.Cases == nil, cfg.Audit == nil, cfg.Anchors == nil, cfg.Log == nil:
		return nil, errors.New("console: Records, Cases, Audit, Anchors and Log are required")
	case cfg.Local == nil && cfg.OIDC == nil:
		return nil, errors.New("console: nobody could sign in: set console.oidc, or console.people for a demonstration")
	}
	if cfg.Idle == 0 {
		cfg.Idle = 30 * time.Minute
	}
	if cfg.Lifetime == 0 {
		cfg.Lifetime = 8 * time.Hour
	}
	s := &Server{cfg: cfg, mux: http.NewServeMux(), tries: newTries(), live: newHub(), present: newPresence()}
	s.store = memstore.New()
	s.sessions = scs.New()
	s.sessions.Store, s.sessions.IdleTimeout, s.sessions.Lifetime = s.store, cfg.Idle, cfg.Lifetime
	c := &s.sessions.Cookie
	c.HttpOnly, c.SameSite, c.Secure, c.Path, c.Persist = true, http.SameSiteLaxMode, cfg.Secure, "/", false
	if c.Name = "tallystick"; cfg.Secure {
		c.Name = "__Host-tallystick"
	}
	listsAreLists.Do(func() { huma.DefaultArrayNullable = false }) // the library's setting: our lists are never null
	h := huma.DefaultConfig("Tallystick console", cfg.Version)
	h.OpenAPIPath, h.DocsPath, h.SchemasPath = "/api/v1/openapi", "", ""
	h.CreateHooks = nil // no $schema in answers
	h.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"session": {Type: "apiKey", In: "cookie",
		Name: c.Name}}
	s.api = humago.New(s.mux, h)
	s.routes()
	return s, nil
}

func (s *Server) routes() {
	s.sessionRoutes()
	s.queueRoutes()
	s.caseRoutes()
	s.ringRoutes()
	s.leadRoutes()
	s.delayRoutes()
	s.officerRoutes()
	s.revealRoutes()
	s.identifyRoutes()
	s.mux.HandleFunc("GET /api/v1/events", s.events)
	if s.cfg.OIDC != nil {
		s.mux.HandleFunc("GET /auth/login", s.oidcLogin)
		s.mux.HandleFunc("GET /auth/callback", s.oidcCallback)
	}
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "there is no such end point")
	})
	pages := s.cfg.Pages
	if pages == nil {
		pages = http.HandlerFunc(unbuilt)
	}
	s.mux.Handle("/", pages)
}

// Run tells the pages what happens to cases until ctx is done. It goes on when the journal was away.
func (s *Server) Run(ctx context.Context) error {
	at := int64(0)
	for ctx.Err() == nil {
		for change, err := range s.cfg.Cases.Watch(ctx, s.self(), at) {
			if err != nil {
				s.cfg.Log.Warn("the journal of cases cannot be followed", "error", err)
				break
			}
			at = change.Seq + 1
			s.live.change(change)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// Handler is the whole of the console: pages, API, events.
func (s *Server) Handler() http.Handler {
	var h http.Handler = s.mux
	h = s.guardUploads(h)
	h = s.sessions.LoadAndSave(h)
	h = refuseForeignWrites(h)
	h = headers(h)
	return h
}

// OpenAPI returns the description of the API, OpenAPI 3.1 as JSON.
func (s *Server) OpenAPI() ([]byte, error) {
	data, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the OpenAPI description: %w", err)
	}
	return append(data, '\n'), nil
}

func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "title": http.StatusText(status), "detail": detail})
}

func unbuilt(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotImplemented)
	fmt.Fprintln(w, "This binary was built without the console's pages. Run `make web`, then `make build`. The API is at /api/v1.")
}
