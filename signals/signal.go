package signals

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Pseudonym is what stands for an identifier outside: an HMAC of the evaluators' output, bound to publisher, domain and
// month.
type Pseudonym [16]byte

// String returns it as hexadecimal digits, by which a signal is named.
func (p Pseudonym) String() string { return hex.EncodeToString(p[:]) }

// MarshalText implements encoding.TextMarshaler.
func (p Pseudonym) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Pseudonym) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(p) || hex.EncodeToString(b) != string(text) {
		return errors.New("a signal is named by 32 hexadecimal digits")
	}
	copy(p[:], b)
	return nil
}

// Month is a month of the calendar, written 2006-01.
type Month string

// MonthOf returns the month of a moment, in UTC.
func MonthOf(t time.Time) Month { return Month(t.UTC().Format("2006-01")) }

// Start returns the month's first moment.
func (m Month) Start() (time.Time, error) {
	t, err := time.Parse("2006-01", string(m))
	if err != nil || t.Format("2006-01") != string(m) {
		return time.Time{}, errors.New("a month is written 2006-01")
	}
	return t, nil
}

// Kind says what was done.
type Kind string

// Kinds are all kinds, in the order of their numbers in the index: append only.
var Kinds = []Kind{"ring", "staged", "identity", "inflated", "duplicate", "provider", "document", "other"}

// Basis says how sure the publisher is.
type Basis string

// Bases are all bases, weaker first.
var Bases = []Basis{"suspected", "established"}

// Action is what an entry does to a signal.
type Action string

// The actions.
const (
	Raise    Action = "raise"
	Suspend  Action = "suspend"  // contested: it counts nowhere until it is decided
	Restore  Action = "restore"  // the contest was turned down
	Withdraw Action = "withdraw" // cleared, or published by mistake; final
)

// MaxSeverity is the gravest; the least is 1.
const MaxSeverity = 3

// Entry is one line of a batch. Beside the first five fields, all are of a [Raise] alone.
type Entry struct {
	Action    Action    `json:"action"`
	Pseudonym Pseudonym `json:"pseudonym"`
	Epoch     uint32    `json:"epoch"`
	Domain    Domain    `json:"domain"`
	Month     Month     `json:"month"`
	Kind      Kind      `json:"kind,omitempty"`
	Severity  int       `json:"severity,omitempty"`
	Basis     Basis     `json:"basis,omitempty"`
	Line      string    `json:"line,omitempty"`
	Expires   string    `json:"expires,omitempty"` // last day, 2006-01-02
	// SHA-256 of the publisher's record of the act, with who approved and why
	Record string `json:"record"`
}

var (
	lineForm   = regexp.MustCompile(`^[a-z][a-z-]{1,23}$`)
	digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Check holds an entry to its form.
func (e *Entry) Check() error {
	if _, ok := domainParts[e.Domain]; !ok {
		return errors.New("no such domain")
	}
	if _, err := e.Month.Start(); err != nil {
		return err
	}
	if e.Epoch == 0 {
		return errors.New("epochs count from 1")
	}
	if !digestForm.MatchString(e.Record) {
		return errors.New("the digest of the publisher's record is missing")
	}
	switch e.Action {
	case Raise:
		return e.checkRaise()
	case Suspend, Restore, Withdraw:
		if e.Kind != "" || e.Severity != 0 || e.Basis != "" || e.Line != "" || e.Expires != "" {
			return fmt.Errorf("an entry %q says nothing of the signal but its name", e.Action)
		}
		return nil
	default:
		return errors.New("no such action")
	}
}

func (e *Entry) checkRaise() error {
	if !slices.Contains(Kinds, e.Kind) {
		return fmt.Errorf("the kind of a signal is one of %v", Kinds)
	}
	if !slices.Contains(Bases, e.Basis) {
		return fmt.Errorf("the basis of a signal is one of %v", Bases)
	}
	if e.Severity < 1 || e.Severity > MaxSeverity {
		return fmt.Errorf("the severity of a signal goes from 1 to %d", MaxSeverity)
	}
	if !lineForm.MatchString(e.Line) {
		return errors.New("the line of business is a word of small letters")
	}
	day, err := time.Parse(time.DateOnly, e.Expires)
	if err != nil {
		return errors.New("the day on which a signal expires is written 2006-01-02")
	}
	if start, _ := e.Month.Start(); day.Before(start) {
		return errors.New("the signal expires before it begins")
	}
	return nil
}
