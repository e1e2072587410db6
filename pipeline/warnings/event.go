package warnings

import (
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"tallystick/claim"
)

// Topic returns the name of the topic of warnings beside that of claims.
func Topic(claims string) string { return claims + ".signals" }

// Event is all that counts for a claim from here on, in place of what was said before. Its JSON form is the record on
// the topic.
type Event struct {
	Insurer     string    `json:"insurer"`
	Claim       string    `json:"claim"`
	At          time.Time `json:"at"`
	Epoch       uint32    `json:"epoch"`            // of the consortium
	Members     int       `json:"members"`          // insurers that say so; 0 withdraws
	Established int       `json:"established"`      // of them, those that found fraud and do not only suspect it
	Line        string    `json:"line,omitzero"`    // of business in which they warn, the first by name
	Quarter     string    `json:"quarter,omitzero"` // of the newest, such as 2026-Q2
}

const (
	maxBytes   = 4 << 10
	maxMembers = 10_000
)

var (
	line    = regexp.MustCompile(`^[a-z][a-z-]{0,31}$`)
	quarter = regexp.MustCompile(`^[0-9]{4}-Q[1-4]$`)
)

// Check says what is wrong with an event.
func (e *Event) Check() error {
	switch {
	case e.Insurer == "" || e.Claim == "" || !utf8.ValidString(e.Claim) || len(e.Insurer)+len(e.Claim) > 512:
		return errors.New("insurer and claim: want the names of a claim")
	case e.At.IsZero():
		return errors.New("at: want the time of the warning")
	case e.Members < 0 || e.Members > maxMembers:
		return fmt.Errorf("members: want 0 to %d", maxMembers)
	case e.Established < 0 || e.Established > e.Members:
		return errors.New("established: want at most as many as members")
	case e.Members == 0 && (e.Line != "" || e.Quarter != ""):
		return errors.New("members is 0, which withdraws: line and quarter say nothing then")
	case e.Members > 0 && !line.MatchString(e.Line):
		return errors.New("line: want a line of business such as health")
	case e.Members > 0 && !quarter.MatchString(e.Quarter):
		return errors.New("quarter: want a quarter such as 2026-Q2")
	}
	return nil
}

// Encode checks an event and writes its record.
func Encode(e *Event) ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, fmt.Errorf("warning: %w", err)
	}
	return json.Marshal(e)
}

// Decode reads a record and checks it. It quotes no value.
func Decode(value []byte) (*Event, error) {
	if len(value) > maxBytes {
		return nil, fmt.Errorf("warning: more than %d bytes", maxBytes)
	}
	var e Event
	if err := json.Unmarshal(value, &e, json.RejectUnknownMembers(true)); err != nil {
		return nil, errors.New("warning: it is not the JSON of one")
	}
	if err := e.Check(); err != nil {
		return nil, fmt.Errorf("warning: %w", err)
	}
	return &e, nil
}

// News reads a record of the topic as news of its claim; its place is the reader's to fill.
func News(value []byte) (*claim.News, error) {
	e, err := Decode(value)
	if err != nil {
		return nil, err
	}
	return &claim.News{
		Cause: claim.Cause{Epoch: e.Epoch}, Claim: claim.ClaimRef{Insurer: e.Insurer, Claim: e.Claim}, KnownAt: e.At,
		Signals: &claim.Signals{Members: e.Members, Established: e.Established, Line: e.Line, Quarter: e.Quarter},
	}, nil
}
