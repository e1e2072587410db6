package lookup

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tallystick/internal/neighbour"
	"tallystick/privacy"
)

// ring is the token key of one insurer; broken is what a key service says that is away.
type ring struct{ broken error }

func (r *ring) Insurer(_ context.Context, name string) (*privacy.InsurerKeys, error) {
	if r.broken != nil {
		return nil, r.broken
	}
	root, err := privacy.NewSecret(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		return nil, err
	}
	return privacy.NewInsurerKeys(name, root)
}

func start(t *testing.T, s *Server) Client {
	t.Helper()
	secret := neighbour.Secrets{Token: "a token of twenty characters"}
	l, err := neighbour.Listen(t.Context(), "127.0.0.1:0", secret)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- neighbour.Serve(ctx, l, secret, s.Handler(), nil) }()
	t.Cleanup(func() { stop(); <-done })
	c, err := neighbour.Dial("http://"+l.Addr().String(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return Client{c}
}

func phone(person string) Question {
	return Question{Person: person, Insurers: []string{"acme"}, Kind: "phone", Value: "+1 (415) 555-0123"}
}

func TestTheTokenIsThatOfTheStream(t *testing.T) {
	c := start(t, &Server{Keys: &ring{}, Insurers: []string{"acme"}, Quota: 5})
	keys, _ := (&ring{}).Insurer(t.Context(), "acme")
	want, _, _ := keys.Token("phn", "+14155550123", "")
	a, err := c.Tokens(t.Context(), phone("anna"))
	if err != nil || a.Tokens["acme"] != want || a.Left != 4 {
		t.Errorf("%+v, %v, want %s", a, err, want)
	}
}

func TestTheQuotaIsAPersonsAndADays(t *testing.T) {
	now := time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC)
	c := start(t, &Server{Keys: &ring{}, Insurers: []string{"acme"}, Quota: 2, Now: func() time.Time { return now }})
	ask := func(person string) string {
		_, err := c.Tokens(t.Context(), phone(person))
		var p *neighbour.Problem
		if errors.As(err, &p) {
			return p.Code
		}
		return ""
	}
	for i, want := range []string{"", "", "quota"} {
		if got := ask("anna"); got != want {
			t.Errorf("look-up %d: %q, want %q", i+1, got, want)
		}
	}
	if got := ask("sofia"); got != "" {
		t.Error("another person pays for it:", got)
	}
	if now = now.Add(2 * time.Hour); ask("anna") != "" {
		t.Error("the next day is not a new one")
	}
}

func TestWhatIsNoQuestion(t *testing.T) {
	c := start(t, &Server{Keys: &ring{}, Insurers: []string{"acme"}, Quota: 100})
	for name, q := range map[string]Question{
		"no person": phone(""), "another insurer": {Person: "a", Insurers: []string{"birch"}, Kind: "phone",
			Value: "+14155550123"},
		"no kind":    {Person: "a", Insurers: []string{"acme"}, Kind: "shoe", Value: "4711"},
		"no value":   {Person: "a", Insurers: []string{"acme"}, Kind: "phone"},
		"a long one": {Person: "a", Insurers: []string{"acme"}, Kind: "name", Value: strings.Repeat("x", 201)},
	} {
		var p *neighbour.Problem
		if _, err := c.Tokens(t.Context(), q); !errors.As(err, &p) || p.Code != "lookup" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheValueIsInNoLogAndNoError(t *testing.T) {
	var log bytes.Buffer
	s := &Server{Keys: &ring{errors.New("vault is sealed")}, Insurers: []string{"acme"}, Quota: 5,
		Logger: slog.New(slog.NewTextHandler(&log, nil))}
	_, err := start(t, s).Tokens(t.Context(), phone("anna"))
	if err == nil || strings.Contains(err.Error()+log.String(), "415") ||
		!strings.Contains(log.String(), "vault is sealed") {
		t.Errorf("%v\n%s", err, log.String())
	}
}
