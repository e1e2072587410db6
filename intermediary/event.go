package intermediary

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
)

// Kind is what happened.
type Kind string

// The kinds of events.
const (
	PolicyIssued       Kind = "policy-issued"
	PolicyEnded        Kind = "policy-ended"
	PremiumCollected   Kind = "premium-collected" // by the intermediary, from the customer
	PremiumRemitted    Kind = "premium-remitted"  // arrived at the insurer
	PremiumRefunded    Kind = "premium-refunded"
	CommissionPaid     Kind = "commission-paid"
	CommissionReturned Kind = "commission-returned"
	Loss               Kind = "loss" // a loss claimed under the policy
)

// Kinds returns all kinds, in the order of their documentation.
func Kinds() []Kind {
	return []Kind{PolicyIssued, PolicyEnded, PremiumCollected, PremiumRemitted, PremiumRefunded, CommissionPaid,
		CommissionReturned, Loss}
}

func (k Kind) money() bool {
	return k != PolicyIssued && k != PolicyEnded && k != Loss
}

// Event is one record of an insurer's books on a policy that somebody mediated. In the journal Intermediary, Policy,
// Customer, Payer and Replaces are tokens.
type Event struct {
	Insurer      string      `json:"insurer"`
	ID           string      `json:"id"` // of the record in the insurer's books; with the insurer it names the event
	Kind         Kind        `json:"kind"`
	Intermediary string      `json:"intermediary"`
	Platform     string      `json:"platform,omitzero"` // over which it was sold: a word, not a person
	Policy       string      `json:"policy"`
	Customer     string      `json:"customer,omitzero"`
	Payer        string      `json:"payer,omitzero"`    // account that a premium came from
	Replaces     string      `json:"replaces,omitzero"` // policy that an issued one replaces
	At           claim.When  `json:"at"`                // of an issued policy: cover begins; of a loss: it happened
	Recorded     claim.When  `json:"recorded,omitzero"` // when it was written into the books
	Amount       claim.Money `json:"amount,omitzero"`
}

// Limits of an event.
const (
	MaxBytes = 4 << 10
	maxText  = 128
)

// Check says what is wrong with an event. Its texts quote no value.
func (e *Event) Check() error {
	for _, f := range [...]struct {
		name, value string
		needed      bool
	}{
		{"insurer", e.Insurer, true}, {"id", e.ID, true}, {"intermediary", e.Intermediary, true},
		{"policy", e.Policy, true},
		{"platform", e.Platform, false}, {"customer", e.Customer, false}, {"payer", e.Payer, false},
		{"replaces", e.Replaces, false},
	} {
		switch {
		case f.needed && f.value == "":
			return fmt.Errorf("%s is missing: every event names it", f.name)
		case len(f.value) > maxText || !utf8.ValidString(f.value):
			return fmt.Errorf("%s is longer than %d bytes or not UTF-8", f.name, maxText)
		}
	}
	switch {
	case !slices.Contains(Kinds(), e.Kind):
		return fmt.Errorf("kind is none of %v", Kinds())
	case e.At.Precision() < claim.Day:
		return errors.New("at is missing or no day: want 2006-01-02")
	case !e.Recorded.IsZero() && e.Recorded.Precision() < claim.Day:
		return errors.New("recorded is no day: want 2006-01-02")
	case e.Kind.money() && (!e.Amount.Amount.IsPos() || !claim.KnownCurrency(e.Amount.Currency)):
		return errors.New("amount is missing or not above zero, or its currency is not a code of ISO 4217")
	case e.Kind != PolicyIssued && e.Replaces != "":
		return errors.New("replaces belongs to an issued policy")
	case e.Replaces != "" && e.Replaces == e.Policy:
		return errors.New("a policy replaces itself")
	}
	return nil
}

// Encode returns the journal's form of an event that was checked.
func Encode(e *Event) ([]byte, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode an intermediary's event: %w", err)
	}
	return data, nil
}

var errForm = errors.New("not an intermediary's event: want one JSON object with the fields of Event and no others")

// Decode reads and checks an event. Its errors quote no value.
func Decode(data []byte) (Event, error) {
	var e Event
	if len(data) > MaxBytes {
		return e, fmt.Errorf("an intermediary's event is larger than %d bytes", MaxBytes)
	}
	if err := json.Unmarshal(data, &e, json.RejectUnknownMembers(true),
		jsontext.AllowDuplicateNames(false)); err != nil {
		return Event{}, errForm // the library's text quotes values
	}
	if err := e.Check(); err != nil {
		return Event{}, fmt.Errorf("an intermediary's event is not valid: %w", err)
	}
	return e, nil
}
