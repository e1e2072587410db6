package intermediary

import (
	"errors"
	"fmt"
)

// Tokens makes tokens of one insurer, as the keys of claims do: so a policy here and under a claim is one token.
type Tokens interface {
	Token(domain, value string, context ...string) (token string, ok bool, err error)
}

var errShort = errors.New("too short for a token: it could be guessed")

// Protect replaces what names somebody by tokens. Its errors quote no value.
func (e *Event) Protect(t Tokens) error {
	for _, f := range [...]struct {
		name, domain string
		value        *string
	}{
		{"intermediary", "pid", &e.Intermediary}, {"customer", "pid", &e.Customer}, {"policy", "pol", &e.Policy},
		{"replaces", "pol", &e.Replaces},
	} {
		if *f.value == "" {
			continue
		}
		token, ok, err := t.Token(f.domain, *f.value)
		if err == nil && !ok {
			err = errShort
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		*f.value = token
	}
	if e.Payer == "" {
		return nil
	}
	token, ok, err := t.Token("bnk", e.Payer, "", "") // an IBAN
	if err == nil && !ok {
		token, ok, err = t.Token("bnk", "", "", e.Payer) // a number
	}
	if err == nil && !ok {
		err = errShort
	}
	if err != nil {
		return fmt.Errorf("payer: %w", err)
	}
	e.Payer = token
	return nil
}
