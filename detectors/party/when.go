package party

import (
	"time"

	"tallystick/claim"
)

// When returns the moment at which a claim came to the insurer's knowledge: its record where that is known to the day,
// else the latest of record, report and loss.
func When(e *claim.Event) time.Time {
	if e.Recorded.Precision() >= claim.Day {
		return e.Recorded.Time()
	}
	var at time.Time
	for _, w := range []claim.When{e.Recorded, e.Loss.Reported, e.Loss.Time} {
		if !w.IsZero() && w.Time().After(at) {
			at = w.Time()
		}
	}
	return at
}
