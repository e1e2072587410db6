package journal

import (
	"errors"
	"fmt"
)

var (
	// ErrTooLarge: the batch exceeds Config.MaxBytes and was not sent. Split it.
	ErrTooLarge = errors.New("batch too large")
	// ErrNotNext: the append does not begin where the journal stands. Go on at Position().To.
	ErrNotNext = errors.New("append does not begin at the journal's position")
	// ErrSuperseded matches a *SupersededError: batches of other writers counted. Take them, then go on at
	// Position().To.
	ErrSuperseded = errors.New("superseded by another writer")
	// ErrRefused: the broker will not take the batch, now or later (size, authorization, unknown topic).
	ErrRefused = errors.New("append refused")
	// ErrOutcomeUnknown: the call ended before it was known whether the batch counts. It may still land. Appending on
	// is safe: at most one of the two counts.
	ErrOutcomeUnknown = errors.New("outcome of the append unknown")

	// ErrTruncated: the partition ends before the position, or no longer holds what the position says. Records that
	// were acknowledged are gone (unclean leader election, or the topic was deleted and made anew).
	ErrTruncated = errors.New("journal truncated")
	// ErrRetention: the partition begins after the position: records were deleted before this reader took them.
	ErrRetention = errors.New("journal deleted up to after the position")
	// ErrForked: the partition holds another history than the one the position belongs to.
	ErrForked = errors.New("journal forked")
	// ErrVersion: the journal was written by an earlier version of this program, which nothing reads any more.
	ErrVersion = errors.New("journal of an earlier version: this program reads version 2 alone, make the topic anew")
)

// ChainError says that a position and a partition do not belong together. Cause is ErrTruncated, ErrRetention,
// ErrForked or ErrVersion; no reader goes on by itself after it.
type ChainError struct {
	Topic     string
	Partition int
	Position  Position
	Cause     error
	Detail    string
}

func (e *ChainError) Error() string {
	return fmt.Sprintf("%s/%d: %v: %s (position: offset %d, digest %s)", e.Topic, e.Partition, e.Cause, e.Detail,
		e.Position.Offset, e.Position.Digest)
}

func (e *ChainError) Unwrap() error { return e.Cause }

// SupersededError carries the batches that the appender folded instead of, or besides, the one it was to append.
type SupersededError struct {
	// Batches that count, in order, none of which the caller has seen.
	Batches []Batch
	// Landed says that the caller's own batch is one of them.
	Landed bool
}

func (e *SupersededError) Error() string {
	return fmt.Sprintf("%v: %d batches counted meanwhile (own among them: %t)", ErrSuperseded, len(e.Batches), e.Landed)
}

func (e *SupersededError) Unwrap() error { return ErrSuperseded }
