package claim

import "github.com/quagmt/udecimal"

// Money is a decimal amount in a currency. The amount travels as a JSON string ("1234.50"), never as a float.
// The zero value is absent, not nothing: a claim of 0.00 has a currency.
type Money struct {
	Amount   udecimal.Decimal `json:"amount"`
	Currency string           `json:"currency"` // ISO 4217
}

// IsZero reports whether the value is absent.
func (m Money) IsZero() bool { return m.Currency == "" && m.Amount.IsZero() }
