package journal

import (
	"errors"
	"fmt"
)

var (
	// ErrSourceLost: the source begins after the position: records were deleted before they were decided.
	ErrSourceLost = errors.New("source records lost")
	// ErrSourceTruncated: the source ends before the position and does not begin at 0, so it was cut off.
	ErrSourceTruncated = errors.New("source truncated")
	// ErrSourceRecreated: the source ends before the position and begins at 0: made anew, or cut off before its first
	// deletion. Offsets do not tell the two apart.
	ErrSourceRecreated = errors.New("source recreated or cut off")
)

// SourceError says that a source does not continue where its journal stands. Cause is ErrSourceLost,
// ErrSourceTruncated or ErrSourceRecreated. Going on takes a person's decision and an epoch entry.
type SourceError struct {
	// The source holds [Start, End), the journal covers it up to To.
	Start, End, To int64
	Epoch          uint32
	Cause          error
}

func (e *SourceError) Error() string {
	other := ""
	if e.Start <= e.To && e.To <= e.End { // the bounds alone look well
		other = ", but another record in place of the newest one answered"
	}
	return fmt.Sprintf("%v: the source holds [%d, %d)%s, the journal covers it up to %d (epoch %d); find out why, then reset the source to go on", e.Cause, e.Start, e.End, other, e.To, e.Epoch)
}

func (e *SourceError) Unwrap() error { return e.Cause }

// CheckSource compares the bounds of a source partition with the position of the journal that covers it. A source that
// was made anew and has grown past the position cannot be told by its bounds.
func CheckSource(start, end int64, at Position) error {
	e := &SourceError{Start: start, End: end, To: at.To, Epoch: at.Epoch}
	switch {
	case start > at.To:
		e.Cause = ErrSourceLost
	case end >= at.To:
		return nil
	case start > 0:
		e.Cause = ErrSourceTruncated
	default:
		e.Cause = ErrSourceRecreated
	}
	return e
}
