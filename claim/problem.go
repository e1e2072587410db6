package claim

import "fmt"

// Code says why a claim event is refused. Codes are stable: they stand in dead letters, metrics and tables.
type Code string

// The reason codes.
const (
	TooLarge         Code = "too-large"         // over the size limit
	NotJSON          Code = "not-json"          // truncated or malformed
	NotUTF8          Code = "not-utf8"          // text that is not UTF-8
	TooDeep          Code = "too-deep"          // nested over the limit
	DuplicateName    Code = "duplicate-name"    // one object has a name twice
	WrongType        Code = "wrong-type"        // a value is not of the schema's type
	Missing          Code = "missing"           // a required field is absent
	Invalid          Code = "invalid"           // a value is outside what the schema allows
	Negative         Code = "negative-money"    // money below zero
	Future           Code = "future"            // a past event dated in the future
	UnknownInsurer   Code = "unknown-insurer"   // not an insurer of this install
	KeyMismatch      Code = "key-mismatch"      // the Kafka key is not the claim's
	RevisionConflict Code = "revision-conflict" // other content under a revision that was decided
	CannotOpen       Code = "cannot-open"       // sealed for another key, or damaged
	NotSigned        Code = "not-signed"        // no producer of its insurer signed it
	NotSealed        Code = "not-sealed"        // in clear, where an install takes sealed claims alone
	NotForwarded     Code = "not-forwarded"     // lies in a partition that is not its claim's, and could not be brought there
)

// Problem is why an event is refused: a code and where. It never carries the value, so it may be logged.
type Problem struct {
	Code   Code
	Path   string // the pattern of the path, such as parties[].phone; "" for the whole event
	Offset int64  // byte offset in the event where known, else -1
	Hint   string // what is allowed, in fixed words
}

func (p *Problem) Error() string {
	where := "claim event"
	if p.Path != "" {
		where = p.Path
	}
	s := where + ": " + string(p.Code)
	if p.Offset >= 0 {
		s += fmt.Sprintf(" at byte %d", p.Offset)
	}
	if p.Hint != "" {
		s += ": " + p.Hint
	}
	return s
}
