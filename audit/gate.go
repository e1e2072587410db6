package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Rights says who may do what. It is asked each time, and may be called concurrently.
type Rights interface {
	// Allowed reports whether a person has a right on an object now. An error is no permission.
	Allowed(ctx context.Context, person, right string, object Object) (bool, error)
}

// Act is something privileged that somebody wants to do.
type Act struct {
	Person string
	Act    string // fixed words, such as reveal.open
	Right  string // that it takes
	Object Object
	Reason string // a code: the purpose
	Second string // the second person, where it takes two

	Fields  []string  // what it asks for: paths of the registry; nil where it is about no field
	Expires time.Time // when what it asks for is void; zero where it is not
	On      int64     // the number of the earlier act that it answers or uses
	Digest  []byte    // SHA-256 of a document that it issues
}

// DeniedError says which right is missing.
type DeniedError struct{ Act, Right string }

func (e *DeniedError) Error() string {
	return fmt.Sprintf("%s: this needs the right %s", e.Act, e.Right)
}

// Writer writes to the trail; *Trail is one.
type Writer interface {
	Write(ctx context.Context, e Entry) (int64, error)
}

// Gate is the one way to do something privileged: right, then entry, then the act, then its result.
type Gate struct {
	Trail  Writer
	Rights Rights
	// Code names an error in the trail by a fixed word; nil or "": error. It never quotes the error.
	Code   func(error) string
	Logger *slog.Logger // nil: discard
}

// resultWait is how long the result of an act is tried to be written after it was done.
const resultWait = 30 * time.Second

// Do does an act if its author may. It returns what do returned; a *DeniedError if the right is missing; an error, with
// nothing done, if the entry could not be written. The number of the entry is given to do. When the result cannot be
// written the act stands as announced: the trail says that its outcome is not known.
func (g *Gate) Do(ctx context.Context, a Act, do func(ctx context.Context, entry int64) error) error {
	e := Entry{
		Kind:   Intent,
		Person: a.Person,
		Act:    a.Act,
		Right:  a.Right,
		Object: a.Object,
		Reason: a.Reason,
		Second: a.Second,
		Fields: a.Fields,
		On:     a.On,
		Digest: a.Digest,
	}
	if !a.Expires.IsZero() {
		e.Expires = a.Expires.UTC().Truncate(time.Millisecond)
	}
	allowed, err := g.Rights.Allowed(ctx, a.Person, a.Right, a.Object)
	if err != nil {
		return fmt.Errorf("%s: asking for the right: %w", a.Act, err)
	}
	if !allowed {
		e.Kind = Denied
		if _, err := g.Trail.Write(ctx, e); err != nil {
			return errors.Join(&DeniedError{a.Act, a.Right}, err)
		}
		return &DeniedError{a.Act, a.Right}
	}
	number, err := g.Trail.Write(ctx, e)
	if err != nil {
		return fmt.Errorf("%s was not done: %w", a.Act, err)
	}
	// From here a crash leaves an announced act without a result, which Unfinished lists.
	acted := do(ctx, number)
	result := Entry{Kind: Done, Person: a.Person, Act: a.Act, Of: number}
	if acted != nil {
		result.Kind, result.Result = Failed, g.code(acted)
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), resultWait)
	defer stop()
	if _, err := g.Trail.Write(ctx, result); err != nil && g.Logger != nil {
		g.Logger.Error("the result of an act is not in the audit trail", "act", a.Act, "entry", number, "error", err)
	}
	return acted
}

func (g *Gate) code(err error) string {
	if g.Code != nil {
		if c := g.Code(err); words.MatchString(c) {
			return c
		}
	}
	return "error"
}
