package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tallystick/cases"
)

const personKey = "person"

// personOf returns who is signed in, or nil.
func (s *Server) personOf(ctx context.Context) *Person {
	data := s.sessions.GetBytes(ctx, personKey)
	if len(data) == 0 {
		return nil
	}
	var p Person
	if json.Unmarshal(data, &p) != nil {
		return nil
	}
	return &p
}

// begin writes to the trail that somebody signs in, and begins their session.
func (s *Server) begin(ctx context.Context, p *Person) error {
	e := endpoint{ID: "sign-in", Right: SignedIn, Audit: true}
	return s.admit(ctx, p, e, nil, func(ctx context.Context) error { return s.signIn(ctx, p) })
}

// signIn begins a session of p under a new token, so that one planted before is worth nothing.
func (s *Server) signIn(ctx context.Context, p *Person) error {
	if err := s.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("beginning a session: %w", err)
	}
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("beginning a session: %w", err)
	}
	s.sessions.Put(ctx, personKey, data)
	return nil
}

// endSessions ends all sessions of a person and returns how many there were.
func (s *Server) endSessions(ctx context.Context, id string) (n int, err error) {
	err = s.sessions.Iterate(ctx, func(ctx context.Context) error {
		if p := s.personOf(ctx); p != nil && p.ID == id {
			n++
			return s.sessions.Destroy(ctx)
		}
		return nil
	})
	if err != nil {
		return n, fmt.Errorf("ending sessions: %w", err)
	}
	return n, nil
}

// Limits of signing in with a password.
const (
	triesEach   = 5 // by person and address
	triesWindow = 15 * time.Minute
)

// tries counts failed sign-ins.
type tries struct {
	mu     sync.Mutex
	failed map[string][]time.Time
}

func newTries() *tries { return &tries{failed: map[string][]time.Time{}} }

// left returns how many tries are left for a key.
func (t *tries) left(key string, now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	recent := t.failed[key][:0]
	for _, at := range t.failed[key] {
		if now.Sub(at) < triesWindow {
			recent = append(recent, at)
		}
	}
	if len(recent) == 0 {
		delete(t.failed, key)
	} else {
		t.failed[key] = recent
	}
	return triesEach - len(recent)
}

func (t *tries) fail(key string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.failed) > 10_000 { // a flood of names: forget, and let argon2 be the brake
		clear(t.failed)
	}
	t.failed[key] = append(t.failed[key], now)
}

// SessionInfo is what the pages know before anything else.
type SessionInfo struct {
	Person    *Person     `json:"person,omitempty"`
	Rights    []Right     `json:"rights"`
	People    []Colleague `json:"people"` // who works here; before signing in those with a local password
	OIDC      string      `json:"oidc,omitempty"`
	Local     bool        `json:"local"`
	Version   string      `json:"version"`
	Log       LogHead     `json:"log"`
	Insurers  []string    `json:"insurers"`
	Idle      int         `json:"idleMinutes"`
	Lifetime  int         `json:"lifetimeHours"`
	Codes     CodeLists   `json:"codes"`
	ClaimsURL string      `json:"claimsUrl,omitempty"`
	CanProve  bool        `json:"canProve"`
}

func (s *Server) info(p *Person) SessionInfo {
	i := SessionInfo{
		Person: p, Rights: []Right{}, People: []Colleague{}, Local: s.cfg.Local != nil, Version: s.cfg.Version,
		Log:      s.cfg.Anchors.Head(),
		Insurers: []string{}, Idle: int(s.cfg.Idle.Minutes()), Lifetime: int(s.cfg.Lifetime.Hours()),
		Codes: CodeLists{Verdicts: map[string][]string{}, Acts: map[string][]string{}},
	}
	if s.cfg.OIDC != nil {
		i.OIDC = s.cfg.OIDC.Host()
	}
	if s.cfg.Local != nil {
		i.People = s.cfg.Local.Colleagues()
	}
	if p != nil {
		i.Rights, i.Insurers, i.Codes = p.Rights(), p.Insurers, codeLists(s.cfg.Cases.Codes())
		i.ClaimsURL, i.CanProve = s.cfg.ClaimsURL, s.cfg.Prover != nil
	}
	return i
}

func (s *Server) sessionRoutes() {
	type out struct{ Body SessionInfo }
	handle(s, endpoint{Method: "GET", Path: "/api/v1/session", ID: "session",
		Summary: "Who is signed in, and what this console can do", Public: true},
		func(ctx context.Context, p *Person, _ *struct{}) (*out, error) { return &out{s.info(p)}, nil })

	handle(s, endpoint{Method: "POST", Path: "/api/v1/session", ID: "sign-in", Summary: "Sign in as a local person",
		Public: true},
		func(ctx context.Context, _ *Person, in *signInInput) (*out, error) {
			if s.cfg.Local == nil {
				return nil, huma.Error404NotFound("there are no local people here: sign in at your company's provider")
			}
			key := in.Body.Person + "|" + in.address
			left := s.tries.left(key, time.Now())
			if left <= 0 {
				return nil, huma.Error429TooManyRequests("too many tries: wait a quarter of an hour")
			}
			p, ok := s.cfg.Local.SignIn(in.Body.Person, in.Body.Password)
			if !ok {
				s.tries.fail(key, time.Now())
				return nil, &triesLeft{Status: http.StatusUnauthorized, Title: "no-match",
					Detail: "person and password do not match", Left: left - 1}
			}
			if err := s.begin(ctx, p); err != nil {
				return nil, err
			}
			return &out{s.info(p)}, nil
		})

	handle(s, endpoint{Method: "DELETE", Path: "/api/v1/session", ID: "sign-out", Summary: "Sign out", Right: SignedIn,
		Status: http.StatusNoContent},
		func(ctx context.Context, _ *Person, _ *struct{}) (*struct{}, error) {
			return nil, s.sessions.Destroy(ctx)
		})

	type ended struct {
		Body struct {
			Ended int `json:"ended"`
		}
	}
	handle(s, endpoint{Method: "DELETE", Path: "/api/v1/people/{person}/sessions", ID: "end-sessions",
		Summary: "End all sessions of a person", Right: EndSessions, Audit: true},
		func(ctx context.Context, _ *Person, in *struct {
			Person string `path:"person" maxLength:"64"`
		}) (*ended, error) {
			var o ended
			var err error
			o.Body.Ended, err = s.endSessions(ctx, in.Person)
			return &o, err
		})
}

type signInInput struct {
	Body struct {
		Person   string `json:"person" minLength:"1" maxLength:"64"`
		Password string `json:"password" minLength:"1" maxLength:"256"`
	}
	address string
}

// Resolve keeps the client's address for counting tries.
func (in *signInInput) Resolve(ctx huma.Context) []error {
	host, _, err := net.SplitHostPort(ctx.RemoteAddr())
	if err != nil {
		host = ctx.RemoteAddr()
	}
	in.address = host
	return nil
}

type triesLeft struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Left   int    `json:"left"`
}

func (t *triesLeft) Error() string  { return t.Detail }
func (t *triesLeft) GetStatus() int { return t.Status }

// CodeLists are the reasons among which a person chooses.
type CodeLists struct {
	Verdicts map[string][]string `json:"verdicts"`
	Acts     map[string][]string `json:"acts"`
}

func codeLists(c cases.Codes) CodeLists {
	out := CodeLists{Verdicts: map[string][]string{}, Acts: map[string][]string{}}
	for v, list := range c.Verdicts {
		out.Verdicts[string(v)] = list
	}
	for k, list := range c.Acts {
		out.Acts[string(k)] = list
	}
	return out
}
