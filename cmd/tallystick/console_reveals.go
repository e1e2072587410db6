package main

import (
	"context"
	"errors"
	"net/http"

	"tallystick/console"
	"tallystick/install"
	"tallystick/internal/neighbour"
	"tallystick/privacy"
	"tallystick/privacy/reveal"
	"tallystick/privacy/reveal/remote"
)

// consoleReveals asks the reveal server for the console.
type consoleReveals struct{ remote remote.Client }

// reveals returns what the console asks, nil where the install has no reveal server, and what a request may name.
func reveals(c *install.Config) (console.Reveals, console.RevealTerms, error) {
	var terms console.RevealTerms
	client, err := c.Reveal.Link.Dial("reveal.link")
	if client == nil || err != nil {
		return nil, terms, err
	}
	for _, p := range reveal.Purposes() {
		terms.Purposes = append(terms.Purposes, p.Code)
	}
	policy, err := install.LoadPolicy(c.Policy)
	if err != nil {
		return nil, terms, err
	}
	for _, f := range policy.Fields() {
		switch f.Action {
		case privacy.Seal, privacy.Tokenise, privacy.Generalise, privacy.Scan:
			if f.Path != "attributes" { // a name of its own each, which only the record knows
				terms.Fields = append(terms.Fields, f.Path)
			}
		case privacy.Keep, privacy.Drop:
		}
	}
	return consoleReveals{remote.Client{Neighbour: client}}, terms, nil
}

// refused turns what the other process said into the console's words.
func refused(err error) error {
	var p *neighbour.Problem
	switch {
	case errors.As(err, &p) && p.Status == http.StatusUnauthorized:
		return &console.RefusedError{Status: http.StatusServiceUnavailable, Code: p.Code,
			Text: "the process that does this and the console have different tokens"}
	case errors.As(err, &p):
		return &console.RefusedError{Status: p.Status, Code: p.Code, Text: p.Text}
	case errors.Is(err, neighbour.ErrAway):
		return &console.RefusedError{Status: http.StatusServiceUnavailable, Code: "away",
			Text: neighbour.ErrAway.Error() + ": look at the list before you try again"}
	}
	return err
}

// Request implements console.Reveals.
func (r consoleReveals) Request(ctx context.Context, person string, a console.RevealAsk) (int64, error) {
	n, err := r.remote.Request(ctx, remote.Question{
		Person: person, Insurer: a.Ref.Insurer, Claim: a.Ref.Claim, Party: a.Party, Fields: a.Fields,
		Purpose: a.Purpose, For: a.For,
	})
	return n, refused(err)
}

// Requests implements console.Reveals.
func (r consoleReveals) Requests(ctx context.Context) ([]console.RevealRequest, error) {
	all, err := r.remote.Requests(ctx)
	if err != nil {
		return nil, refused(err)
	}
	out := make([]console.RevealRequest, len(all))
	for i, x := range all {
		out[i] = console.RevealRequest{
			Number: x.Number, Requester: x.Requester, Approver: x.Approver, Ender: x.Ender, Insurer: x.Insurer,
			Claim: x.Claim,
			Party: x.Party, Fields: x.Fields, Purpose: x.Purpose, At: x.At, Expires: x.Expires, State: string(x.State),
		}
	}
	return out, nil
}

// Approve implements console.Reveals.
func (r consoleReveals) Approve(ctx context.Context, person string, number int64) error {
	return refused(r.remote.Approve(ctx, person, number))
}

// Withdraw implements console.Reveals.
func (r consoleReveals) Withdraw(ctx context.Context, person string, number int64) error {
	return refused(r.remote.Withdraw(ctx, person, number))
}

// Open implements console.Reveals.
func (r consoleReveals) Open(ctx context.Context, person string, number int64) ([]console.Revealed, error) {
	values, err := r.remote.Open(ctx, person, number)
	if err != nil {
		return nil, refused(err)
	}
	out := make([]console.Revealed, len(values))
	for i, v := range values {
		out[i] = console.Revealed(v)
	}
	return out, nil
}
