package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tallystick/audit"
	"tallystick/cases"
	"tallystick/journal/statelog"
)

// endpoint is one operation of the API with what it takes to be let in.
type endpoint struct {
	Method, Path, ID, Summary string

	Public bool  // needs no session
	Right  Right // of the person
	Audit  bool  // an entry is durable before the act
	Status int   // of success; 0 is 200
	Big    bool  // the answer is a file
	Upload int64 // bytes that the body may have; 0 is 64 KiB
}

// scoped inputs are about one claim or case: the gate asks whether the person may know of it.
type scoped interface {
	scope(ctx context.Context, s *Server) (insurer, claim, group string, err error)
}

// ClaimPath is the part of a path that names a claim. The number of a claim may hold any character: it comes escaped.
type ClaimPath struct {
	Insurer string `path:"insurer" maxLength:"128"`
	Claim   string `path:"claim" maxLength:"256"`
}

func (c *ClaimPath) ref() Ref { return Ref{c.Insurer, c.Claim} }

func (c *ClaimPath) scope(ctx context.Context, s *Server) (insurer, claim, group string, err error) {
	group, err = s.groupOf(ctx, c.ref())
	return c.Insurer, c.Claim, group, err
}

// CasePath is the part of a path that names a case.
type CasePath struct {
	Case int64 `path:"case" minimum:"1" doc:"number of the case, without C-"`
}

func (c *CasePath) id() cases.ID { return cases.ID(c.Case) }

func (c *CasePath) scope(ctx context.Context, s *Server) (insurer, claim, group string, err error) {
	d, err := s.cfg.Cases.Get(ctx, s.self(), c.id())
	if err != nil {
		return "", "", "", err
	}
	return d.Case.Insurer, d.Case.Claims[0].Claim, d.Case.Group, nil
}

// reasoned inputs say what the audit entry of a bulk act shall say: how many claims, and a code.
type reasoned interface {
	reason() (count int, code string)
}

// handle registers an operation behind the gate. This is the one way in: who, right, scope, audit entry, act.
func handle[I, O any](s *Server, e endpoint, act func(context.Context, *Person, *I) (*O, error)) {
	s.endpoints = append(s.endpoints, e)
	op := huma.Operation{
		OperationID: e.ID, Method: e.Method, Path: e.Path, Summary: e.Summary, DefaultStatus: e.Status,
		MaxBodyBytes: smallBody, BodyReadTimeout: 10 * time.Second,
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
			http.StatusServiceUnavailable},
	}
	if e.Upload > 0 {
		op.MaxBodyBytes, op.BodyReadTimeout = e.Upload, 5*time.Minute
	}
	if !e.Public {
		op.Security = []map[string][]string{{"session": {}}}
		op.Description = fmt.Sprintf("Needs the right `%s`.", e.Right)
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (out *O, err error) {
		p := s.personOf(ctx)
		err = s.admit(ctx, p, e, in, func(ctx context.Context) (err error) {
			out, err = act(ctx, p, in)
			return err
		})
		if err != nil {
			return nil, s.answer(e, err)
		}
		return out, nil
	})
}

// admit is the gate. What it refuses it refuses before anything was read or done; a claim that the person may not know
// of is answered as one that does not exist.
func (s *Server) admit(ctx context.Context, p *Person, e endpoint, in any, act func(context.Context) error) error {
	if e.Public {
		return act(ctx)
	}
	if p == nil {
		return errSignIn
	}
	what := audit.Act{Person: p.ID, Act: e.ID, Right: string(e.Right)}
	if r, ok := in.(reasoned); ok {
		what.Object.Count, what.Reason = r.reason()
	}
	// Who lacks the right learns nothing of what there is: the claim is looked up for others alone.
	if c, ok := in.(scoped); ok && p.May(e.Right) {
		insurer, claim, group, err := c.scope(ctx, s)
		if err != nil {
			return err
		}
		if !p.Sees(insurer, group) {
			return ErrNotFound
		}
		what.Object.Insurer, what.Object.Claim = insurer, claim
	}
	if !e.Audit {
		if !p.May(e.Right) {
			return errForbidden
		}
		return act(ctx)
	}
	gate := audit.Gate{Trail: s.cfg.Audit, Rights: personRights{p}, Code: codeOf, Logger: s.cfg.Log}
	done := false
	err := gate.Do(ctx, what, func(ctx context.Context, _ int64) error {
		done = true
		return act(ctx)
	})
	var denied *audit.DeniedError
	switch {
	case err == nil, done:
		return err
	case errors.As(err, &denied):
		return errForbidden
	}
	s.cfg.Log.Error("the audit trail does not take entries", "act", e.ID, "error", err)
	return errAudit
}

// personRights answers the gate of package audit for the person of a request.
type personRights struct{ p *Person }

// Allowed implements audit.Rights.
func (r personRights) Allowed(_ context.Context, _, right string, _ audit.Object) (bool, error) {
	return r.p.May(Right(right)), nil
}

// codeOf names an error in the trail.
func codeOf(err error) string {
	var status huma.StatusError
	if errors.As(answerTo(err), &status) {
		return fmt.Sprintf("http-%d", status.GetStatus())
	}
	return ""
}

// groupOf returns the need-to-know group of the case that holds a claim; "" if there is none.
func (s *Server) groupOf(ctx context.Context, ref Ref) (string, error) {
	id, err := s.cfg.Cases.ByClaim(ctx, s.self(), cases.ClaimRef{Insurer: ref.Insurer, Claim: ref.Claim})
	if errors.Is(err, cases.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	d, err := s.cfg.Cases.Get(ctx, s.self(), id)
	return d.Group, err
}

// self is who looks up what the gate compares with a person: it sees every case, and writes none.
func (s *Server) self() cases.Actor {
	return cases.Actor{Person: "console", Rights: []cases.Right{cases.RightRead, cases.RightAll}}
}

var (
	errSignIn    = errors.New("sign in first")
	errForbidden = errors.New("your roles do not allow this")
	errAudit     = errors.New("the audit trail does not answer: nothing was done")
)

// answer turns an error of an act into one for the client. What has no answer of its own is logged and said to be ours:
// its words may hold what a client should not see.
func (s *Server) answer(e endpoint, err error) error {
	a := answerTo(err)
	if a.(huma.StatusError).GetStatus() == http.StatusInternalServerError {
		s.cfg.Log.Error("an operation of the console failed", "operation", e.ID, "error", err)
	}
	return a
}

func answerTo(err error) error {
	var moved *cases.ConflictError
	var invalid *cases.InvalidError
	var right *cases.RightError
	var status huma.StatusError
	var refused *RefusedError
	switch {
	case errors.As(err, &status):
		return err
	case errors.As(err, &refused):
		return &refusal{refused.Status, http.StatusText(refused.Status), refused.Text, refused.Code}
	case errors.As(err, &moved):
		return &conflict{
			Status: http.StatusConflict, Title: "moved", Detail: moved.Error(), By: moved.By, At: moved.At,
			Kind:     string(moved.Kind),
			Assignee: moved.Assignee, Version: moved.Version,
		}
	case errors.As(err, &invalid):
		return huma.Error422UnprocessableEntity(invalid.Error())
	case errors.Is(err, errSignIn):
		return huma.Error401Unauthorized(err.Error())
	case errors.Is(err, errForbidden), errors.As(err, &right):
		return huma.Error403Forbidden(err.Error())
	case errors.Is(err, ErrNotFound), errors.Is(err, cases.ErrNotFound):
		return huma.Error404NotFound("there is no such claim or case")
	case errors.Is(err, cases.ErrNoKeys):
		return errOff
	case errors.Is(err, cases.ErrErased):
		return huma.Error410Gone("the key of this file is gone: it was erased")
	case errors.Is(err, statelog.ErrWaiting), errors.Is(err, errAudit):
		return huma.Error503ServiceUnavailable(err.Error())
	}
	return huma.Error500InternalServerError("the console failed to do this; its log says why")
}

// refusal is the answer of another process, with a code by which the pages have their words.
type refusal struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Kind   string `json:"kind"`
}

func (r *refusal) Error() string  { return r.Detail }
func (r *refusal) GetStatus() int { return r.Status }

// conflict is the answer to who was not the first.
type conflict struct {
	Status   int       `json:"status"`
	Title    string    `json:"title"`
	Detail   string    `json:"detail"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`
	Assignee string    `json:"assignee"`
	Version  int64     `json:"version"`
}

func (c *conflict) Error() string  { return c.Detail }
func (c *conflict) GetStatus() int { return c.Status }
