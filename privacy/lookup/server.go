package lookup

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"tallystick/internal/neighbour"
	"tallystick/privacy"
)

// Keys give the token keys of an insurer. It may be called concurrently.
type Keys interface {
	Insurer(ctx context.Context, name string) (*privacy.InsurerKeys, error)
}

// Kinds are what can be looked for, and the domain of its tokens. An official number is none of them: its token is made
// with its type, which who asks seldom knows.
var Kinds = map[string]string{
	"phone": "phn", "email": "eml", "account": "bnk", "policy": "pol", "plate": "plt", "vehicle": "vin", "name": "nam",
}

// Question is a value with who asks; one token an insurer is made.
type Question struct {
	Person   string   `json:"person"`
	Insurers []string `json:"insurers"`
	Kind     string   `json:"kind"`
	Value    string   `json:"value"`
	Country  string   `json:"country,omitzero"` // of a phone number as dialled at home, ISO 3166-1 alpha-2
}

// Answer has the token by insurer. None: the value is no such identifier, or too short to tell people apart.
type Answer struct {
	Tokens map[string]string `json:"tokens"`
	Left   int               `json:"left"` // look-ups of this person today
}

// Server makes tokens. It may be used concurrently.
type Server struct {
	Keys     Keys
	Insurers []string // of the install
	Quota    int      // look-ups a person and day (UTC)
	Now      func() time.Time
	Logger   *slog.Logger

	mu   sync.Mutex
	day  string
	used map[string]int
}

// The limits of a question.
const (
	maxValue    = 200
	maxInsurers = 100
)

var (
	errMany = &neighbour.Problem{Status: http.StatusTooManyRequests, Code: "quota",
		Text: "this person has no look-up left today"}
	errQuestion = &neighbour.Problem{Status: http.StatusUnprocessableEntity, Code: "lookup",
		Text: "a look-up names a person, a kind, insurers of this install and a value of 3 to 200 characters"}
	errFailed = &neighbour.Problem{Status: http.StatusServiceUnavailable, Code: "lookup-failed",
		Text: "no token could be made: the log of the look-up process says why"}
)

// Handler answers the web process: see package neighbour.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /tokens", func(w http.ResponseWriter, r *http.Request) {
		var q Question
		if !neighbour.Read(w, r, &q) {
			return
		}
		a, err := s.tokens(r.Context(), &q)
		var p *neighbour.Problem
		switch {
		case errors.As(err, &p):
			neighbour.Refuse(w, p)
		case err != nil:
			if s.Logger != nil {
				// of keys: the value is in none of its errors
				s.Logger.Error("a look-up failed", "kind", q.Kind, "error", err)
			}
			neighbour.Refuse(w, errFailed)
		default:
			_ = neighbour.Answer(w, a) // whoever is gone hears nothing
		}
	})
	return mux
}

func (s *Server) tokens(ctx context.Context, q *Question) (*Answer, error) {
	domain, known := Kinds[q.Kind]
	if !known || q.Person == "" || len(q.Person) > maxValue || len(q.Value) < 3 || len(q.Value) > maxValue ||
		len(q.Country) > 2 ||
		len(q.Insurers) == 0 || len(q.Insurers) > maxInsurers {
		return nil, errQuestion
	}
	ours := map[string]bool{}
	for _, name := range s.Insurers {
		ours[name] = true
	}
	for _, name := range q.Insurers {
		if !ours[name] {
			return nil, errQuestion
		}
	}
	left, ok := s.spend(q.Person)
	if !ok {
		return nil, errMany
	}
	a := &Answer{Tokens: map[string]string{}, Left: left}
	for _, name := range q.Insurers {
		keys, err := s.Keys.Insurer(ctx, name)
		if err != nil {
			return nil, err
		}
		context := []string{q.Country}
		if domain == "bnk" {
			context = []string{"", ""} // an IBAN alone, without routing and number
		}
		token, ok, err := keys.Token(domain, q.Value, context...)
		if err != nil {
			return nil, err
		}
		if ok {
			a.Tokens[name] = token
		}
	}
	return a, nil
}

// spend counts a look-up before it is made: one that fails counts too, so that nobody tries for ever.
func (s *Server) spend(person string) (left int, ok bool) {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if day := now().UTC().Format(time.DateOnly); day != s.day {
		s.day, s.used = day, map[string]int{}
	}
	if s.used[person] >= s.Quota {
		return 0, false
	}
	s.used[person]++
	return s.Quota - s.used[person], true
}
