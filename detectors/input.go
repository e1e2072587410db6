package detectors

import (
	"time"

	"tallystick/claim"
)

// Input is one claim as the detectors may see it.
type Input struct {
	Event    *claim.Event // the open fields only; identifying fields are absent
	Insurer  string
	Claim    string
	Revision int
	Tokens   []claim.Token
	Source   claim.SourceRef // the record of the topic claims
	At       time.Time       // when it is decided; snoozes end by this clock
	Scoring  *Scoring        // nil: rules alone
}

// Raise asks that the decision on an earlier claim be replaced, because a later claim completed a ring around it.
type Raise struct {
	Ref      claim.ClaimRef
	Revision int
	Line     claim.Line
	Decision claim.Decision

	source cause // the record of the decision that is replaced
}

// Result is what the rules made of one claim.
type Result struct {
	Decision claim.Decision
	Raises   []Raise // sorted by Ref
	Features []byte  // what the entry keeps of what the model read, see feature.Pack
}

// eventDay is the day at which the windows count the claim: when it was reported, else when the loss happened, else
// when its record was written, and never later than a day after that. Days are counted from 1970 in UTC.
func eventDay(in *Input) int32 {
	t := in.Source.Time
	switch {
	case in.Event == nil:
	case !in.Event.Loss.Reported.IsZero():
		t = in.Event.Loss.Reported.Time()
	case !in.Event.Loss.Time.IsZero():
		t = in.Event.Loss.Time.Time()
	}
	limit := in.Source.Time
	// a producer's clock counts for no more than ours
	if limit.IsZero() || !in.At.IsZero() && limit.After(in.At.Add(24*time.Hour)) {
		limit = in.At
	}
	if !limit.IsZero() && t.After(limit.Add(24*time.Hour)) {
		t = limit
	}
	return dayOf(t)
}

func dayOf(t time.Time) int32 {
	s := t.Unix()
	d := s / 86400
	if s%86400 < 0 {
		d--
	}
	return int32(min(max(d, -1<<30), 1<<30))
}
