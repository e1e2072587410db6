package outcomes

import (
	_ "embed"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
)

//go:embed outcome.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of an event. What it returns must not be changed.
func Schema() []byte { return schema }

// Topic returns the name of the topic of outcomes beside that of claims.
func Topic(claims string) string { return claims + ".outcomes" }

// Outcome is what became of a claim.
type Outcome string

// The outcomes. Only FraudConfirmed and Cleared say that somebody looked and what was found.
const (
	FraudConfirmed Outcome = "fraud-confirmed"
	FraudSuspected Outcome = "fraud-suspected"
	Cleared        Outcome = "cleared"
	Withdrawn      Outcome = "withdrawn"
	Denied         Outcome = "denied"
	Paid           Outcome = "paid"
)

// All returns the outcomes, in the order of their documentation.
func All() []Outcome {
	return []Outcome{FraudConfirmed, FraudSuspected, Cleared, Withdrawn, Denied, Paid}
}

// Event says what became of a claim and from when that is known. Its JSON form is the record on the topic.
type Event struct {
	Insurer string      `json:"insurer"`
	Claim   string      `json:"claim"`
	Outcome Outcome     `json:"outcome"`
	KnownAt time.Time   `json:"knownAt"` // never in the future
	By      string      `json:"by"`      // a person's or system's name within the insurer; no customer's
	Reason  string      `json:"reason,omitzero"`
	Saved   claim.Money `json:"saved,omitzero"` // money that was not paid because of it
}

// Limits of an event.
const (
	MaxBytes  = 8 << 10
	maxName   = 128
	maxReason = 2000
	clockSkew = 5 * time.Minute // that a producer's clock may be ahead
)

// ErrFuture says that an outcome is known from a moment that has not come.
var ErrFuture = errors.New("knownAt lies in the future: an outcome counts from when it was known")

// Check says what is wrong with an event at a moment. Its texts quote no value.
func (e *Event) Check(now time.Time) error {
	switch {
	case e.Insurer == "" || len(e.Insurer) > maxName:
		return fmt.Errorf("insurer is missing or longer than %d bytes", maxName)
	case e.Claim == "" || len(e.Claim) > maxName:
		return fmt.Errorf("claim is missing or longer than %d bytes", maxName)
	case !known(e.Outcome):
		return fmt.Errorf("outcome is none of %v", All())
	case e.KnownAt.IsZero():
		return errors.New("knownAt is missing: say from when the outcome is known")
	case e.KnownAt.After(now.Add(clockSkew)):
		return ErrFuture
	case e.By == "" || len(e.By) > maxName:
		return fmt.Errorf("by is missing or longer than %d bytes", maxName)
	case len(e.Reason) > maxReason:
		return fmt.Errorf("reason is longer than %d bytes", maxReason)
	case !utf8.ValidString(e.Insurer + e.Claim + e.By + e.Reason):
		return errors.New("a text is not UTF-8")
	case !e.Saved.IsZero() && (e.Saved.Amount.IsNeg() || !claim.KnownCurrency(e.Saved.Currency)):
		return errors.New("saved is below zero or its currency is not a code of ISO 4217")
	}
	return nil
}

func known(o Outcome) bool {
	for _, k := range All() {
		if o == k {
			return true
		}
	}
	return false
}

// Encode returns the JSON form of an event that was checked.
func Encode(e *Event) ([]byte, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode an outcome: %w", err)
	}
	return data, nil
}

var errForm = errors.New("not an outcome: want one JSON object with the fields of the schema and no others")

// Decode reads and checks an event. Its errors quote no value.
func Decode(data []byte, now time.Time) (Event, error) {
	var e Event
	if len(data) > MaxBytes {
		return e, fmt.Errorf("an outcome is larger than %d bytes", MaxBytes)
	}
	if err := json.Unmarshal(data, &e, json.RejectUnknownMembers(true),
		jsontext.AllowDuplicateNames(false)); err != nil {
		return Event{}, errForm // the library's text quotes values
	}
	if err := e.Check(now); err != nil {
		return Event{}, fmt.Errorf("an outcome is not valid: %w", err)
	}
	return e, nil
}
