package reveal_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"tallystick/internal/neighbour"
	"tallystick/privacy/reveal"
	"tallystick/privacy/reveal/remote"
)

// counter is a reveal server on loopback, as the console reaches it; peter approves.
func (o *office) counter() remote.Client {
	o.t.Helper()
	secret := neighbour.Secrets{Token: "a token of twenty characters"}
	l, err := neighbour.Listen(o.t.Context(), "127.0.0.1:0", secret)
	if err != nil {
		o.t.Fatal(err)
	}
	s := remote.Server{Trail: o.trail, Store: o.store, A: o.olga.Login, B: o.peter.Login, Approvers: []string{"peter"}}
	serve(o.t, l, secret, &s)
	c, err := neighbour.Dial("http://"+l.Addr().String(), secret)
	if err != nil {
		o.t.Fatal(err)
	}
	return remote.Client{Neighbour: c}
}

func serve(t *testing.T, l net.Listener, secret neighbour.Secrets, s *remote.Server) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- neighbour.Serve(ctx, l, secret, s.Handler(), nil) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error("serve:", err)
		}
	})
}

func question(person string) remote.Question {
	return remote.Question{
		Person: person, Insurer: "acme", Claim: "C-1", Party: "claimant", Fields: []string{"claimant.name", "claimant.email"},
		Purpose: "investigation", For: time.Hour,
	}
}

func refusal(t *testing.T, err error) string {
	t.Helper()
	var p *neighbour.Problem
	if !errors.As(err, &p) {
		t.Fatalf("%v is no refusal", err)
	}
	return p.Code
}

func TestTheConsoleAsksAndAnotherPersonLetsIt(t *testing.T) {
	o := open(t)
	c, ctx := o.counter(), t.Context()
	n, err := c.Request(ctx, question("anna"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(ctx, "anna", n); refusal(t, err) != "not-approved" {
		t.Error("before anybody approved:", err)
	}
	for _, who := range []string{"anna", "sofia"} {
		if err := c.Approve(ctx, who, n); refusal(t, err) != "denied" {
			t.Errorf("%s approved: %v", who, err)
		}
	}
	if err := c.Approve(ctx, "peter", n); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(ctx, "sofia", n); refusal(t, err) != "not-yours" {
		t.Error("opened by another:", err)
	}
	values, err := c.Open(ctx, "anna", n)
	if err != nil || len(values) != 2 || values[1] != (remote.Value{Path: "claimant.name", Text: "Ann Canary", Sealed: true}) || values[0].Sealed {
		t.Fatalf("%+v, %v", values, err)
	}
	if values, err := c.Open(ctx, "anna", n); refusal(t, err) != "used" || values != nil {
		t.Error("a second time:", err)
	}
	all, err := c.Requests(ctx)
	if err != nil || len(all) != 1 || all[0].State != reveal.Used || all[0].Approver != "peter" || all[0].Requester != "anna" {
		t.Errorf("%+v, %v", all, err)
	}
	for _, line := range o.acts() {
		if strings.Contains(line, "Canary") {
			t.Error("the trail holds a value:", line)
		}
	}
}

func TestWhoApprovesAndAsksIsNotEnough(t *testing.T) {
	o := open(t)
	c := o.counter()
	n, err := c.Request(t.Context(), question("peter"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Approve(t.Context(), "peter", n); refusal(t, err) != "same-person" {
		t.Error(err)
	}
}

func TestARefusalIsTheApproversAndNamesThem(t *testing.T) {
	o := open(t)
	c := o.counter()
	n, err := c.Request(t.Context(), question("anna"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Withdraw(t.Context(), "sofia", n); refusal(t, err) != "denied" {
		t.Error("a third person ended it:", err)
	}
	if err := c.Withdraw(t.Context(), "peter", n); err != nil {
		t.Fatal(err)
	}
	all, err := c.Requests(t.Context())
	if err != nil || all[0].State != reveal.Withdrawn || all[0].Ender != "peter" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestWhatTheRevealServerRefuses(t *testing.T) {
	o := open(t)
	c := o.counter()
	for _, k := range []struct {
		code string
		q    remote.Question
	}{
		{"person", question("vault/0123")},
		{"person", question("")},
		{"request", func() remote.Question { q := question("anna"); q.Purpose = "curiosity"; return q }()},
		{"request", func() remote.Question { q := question("anna"); q.Fields = []string{"parties[0].name"}; return q }()},
		{"request", func() remote.Question { q := question("anna"); q.For = 73 * time.Hour; return q }()},
		{"no-party", func() remote.Question { q := question("anna"); q.Claim = "C-2"; return q }()},
	} {
		if _, err := c.Request(t.Context(), k.q); refusal(t, err) != k.code {
			t.Errorf("%+v: %v, want %s", k.q, err, k.code)
		}
	}
	for range remote.MaxOpen {
		if _, err := c.Request(t.Context(), question("anna")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Request(t.Context(), question("anna")); refusal(t, err) != "many" {
		t.Error("one more:", err)
	}
}

// An approval in the trail by somebody whom the server does not know opens nothing: the web process could have written it.
func TestAnApprovalByNobodyOfTheServersOpensNothing(t *testing.T) {
	o := open(t)
	c := o.counter()
	n := o.request()
	o.olga.Person = "olga"
	desk := reveal.New(reveal.Config{Trail: o.trail, Rights: people{"mallory"}, Store: o.store})
	if err := desk.Approve(t.Context(), "mallory", n); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(t.Context(), "olga", n); refusal(t, err) != "approver" {
		t.Error(err)
	}
}
