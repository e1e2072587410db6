package feature

import (
	"tallystick/claim"
	"tallystick/detectors/party"
)

// Kind is what the values of a feature are.
type Kind uint8

// The kinds.
const (
	Number   Kind = iota
	Category      // a text out of few; a flag is yes or no
)

// String returns number or category.
func (k Kind) String() string {
	if k == Category {
		return "category"
	}
	return "number"
}

// Value is the value of one feature on one claim. The zero value is missing.
type Value struct {
	Text   string  // of a category
	Number float64 // of a number
	Known  bool
}

// Feature is an entry of the registry.
type Feature struct {
	Name    string
	Doc     string // what it says of the claim
	Unit    string // of a number: days, money, claims a year, log-odds; empty for a plain count or a category
	Kind    Kind
	Missing string // what its absence means
	// Rising says that more of it can only mean more suspicion, which a model must keep to.
	Rising bool
	// Personal says that it describes a person, so that an install may want to leave it out.
	Personal bool

	get func(*reading) Value
}

// reading is the claim that is being read.
type reading struct {
	event *claim.Event
	known *party.Known
}

func number(n float64) Value { return Value{Number: n, Known: true} }

func category(text string) Value { return Value{Text: text, Known: text != ""} }

func flag(b *bool) Value {
	switch {
	case b == nil:
		return Value{}
	case *b:
		return category("yes")
	default:
		return category("no")
	}
}

func count(n *int) Value {
	if n == nil {
		return Value{}
	}
	return number(float64(*n))
}
