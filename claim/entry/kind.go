package entry

import (
	"fmt"

	"tallystick/claim"
	"tallystick/claim/entry/entrypb"
)

// Visitor has an answer for each kind of entry. A new kind is a new method, so that no reader of the journal compiles
// until it has one.
type Visitor[T any] interface {
	Decided(*claim.Entry) T
	Duplicate(*claim.Entry) T
	Dead(*claim.Entry) T
	Rescored(*claim.Entry) T
	Forwarded(*claim.Entry) T
	Erased(*claim.Entry) T
	Activated(*claim.Entry) T
}

// Visit asks the visitor about an entry. A kind that there is not is a programming error: [Decode] refuses it.
func Visit[T any](e *claim.Entry, v Visitor[T]) T {
	switch e.Kind {
	case claim.Decided:
		return v.Decided(e)
	case claim.Duplicate:
		return v.Duplicate(e)
	case claim.Dead:
		return v.Dead(e)
	case claim.Rescored:
		return v.Rescored(e)
	case claim.Forwarded:
		return v.Forwarded(e)
	case claim.Erased:
		return v.Erased(e)
	case claim.Activated:
		return v.Activated(e)
	default:
		panic(fmt.Sprintf("entry: kind %q", e.Kind))
	}
}

// InForce reports whether next, which stands behind have in the journal, is the decision in force on their claim from
// there on: of the highest revision, the last entry with a decision. have is nil before the first.
func InForce(have, next *claim.Entry) bool {
	return next.Decision != nil && (have == nil || next.Revision >= have.Revision)
}

var kindNumbers = map[claim.Kind]entrypb.Kind{
	claim.Decided: entrypb.Kind_KIND_DECIDED, claim.Duplicate: entrypb.Kind_KIND_DUPLICATE,
	claim.Dead:     entrypb.Kind_KIND_DEAD,
	claim.Rescored: entrypb.Kind_KIND_RESCORED, claim.Forwarded: entrypb.Kind_KIND_FORWARDED,
	claim.Erased: entrypb.Kind_KIND_ERASED, claim.Activated: entrypb.Kind_KIND_ACTIVATED,
}

var kinds = [...]claim.Kind{
	1: claim.Decided, 2: claim.Duplicate, 3: claim.Dead, 4: claim.Rescored, 5: claim.Forwarded, 6: claim.Erased,
	7: claim.Activated,
}

var outcomeNumbers = map[claim.Outcome]entrypb.Outcome{
	claim.Settle: entrypb.Outcome_OUTCOME_SETTLE, claim.Review: entrypb.Outcome_OUTCOME_REVIEW,
	claim.Investigate: entrypb.Outcome_OUTCOME_INVESTIGATE,
}

var outcomes = [...]claim.Outcome{1: claim.Settle, 2: claim.Review, 3: claim.Investigate}
