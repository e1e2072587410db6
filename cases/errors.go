package cases

import (
	"errors"
	"fmt"
	"time"
)

// ErrNotFound says that there is no such case, or none that the actor may know of.
var ErrNotFound = errors.New("there is no such case")

// InvalidError says what of a command or query is wrong. It never quotes a value.
type InvalidError struct{ Field, Problem string }

func (e *InvalidError) Error() string { return e.Field + ": " + e.Problem }

// ConflictError says that a case has moved since the actor saw it: by whom, when and how. Nothing was written.
type ConflictError struct {
	Case     ID
	Version  int64 // of the case as it is
	Kind     Kind  // of the entry that moved it last
	By       string
	At       time.Time
	Assignee string // as it is
}

func (e *ConflictError) Error() string {
	what := "changed"
	switch e.Kind {
	case Assigned:
		what = "took"
		if e.Assignee != e.By {
			what = "assigned"
		}
	case Disposed:
		what = "decided"
	case Merged:
		what = "merged"
	}
	return fmt.Sprintf(
		"%s %s case %s before you, at %s; nothing was written",
		e.By,
		what,
		e.Case,
		e.At.UTC().Format("2006-01-02 15:04:05Z"),
	)
}
