package claim

import (
	"bytes"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/quagmt/udecimal"
)

// The JSON forms of Money and When. They are written by hand because a claim has twenty of them, and because an amount
// must be a string of digits: the decimal library's own methods would also take a JSON number.

var (
	errAmount   = &Problem{Code: Invalid, Offset: -1, Hint: `an amount is a string of digits such as "1234.50": at most 15 before and 4 after the point`}
	errMoney    = &Problem{Code: WrongType, Offset: -1, Hint: "an object of amount and currency"}
	errNumber   = &Problem{Code: WrongType, Offset: -1, Hint: `an amount is a string such as "1234.50", not a number`}
	errCurrency = &Problem{Code: Missing, Path: "currency", Offset: -1, Hint: "an amount has a currency"}
	errHalf     = &Problem{Code: Missing, Path: "amount", Offset: -1, Hint: "money has an amount"}
	errTime     = &Problem{Code: Invalid, Offset: -1, Hint: errWhen.Error()}
	errTimeType = &Problem{Code: WrongType, Offset: -1, Hint: "a time is a string"}
)

const (
	moneyDigits = 15 // before the point
	moneyScale  = 4  // after it: the most that an ISO 4217 currency has
)

// ParseAmount reads a decimal amount: an optional minus, up to 15 digits and up to 4 decimals, nothing else.
func ParseAmount(s string) (udecimal.Decimal, error) {
	d, ok := parseAmount([]byte(s))
	if !ok {
		return udecimal.Decimal{}, errAmount
	}
	return d, nil
}

func parseAmount(b []byte) (udecimal.Decimal, bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	whole, frac, point := bytes.Cut(b, []byte{'.'})
	if len(whole) == 0 || len(whole) > moneyDigits || (point && len(frac) == 0) || len(frac) > moneyScale {
		return udecimal.Decimal{}, false
	}
	if len(whole) > 1 && whole[0] == '0' {
		return udecimal.Decimal{}, false
	}
	var coef uint64 // 19 digits fit
	for _, digits := range [2][]byte{whole, frac} {
		for _, c := range digits {
			if c < '0' || c > '9' {
				return udecimal.Decimal{}, false
			}
			coef = coef*10 + uint64(c-'0')
		}
	}
	d, err := udecimal.NewFromUint64(coef, uint8(len(frac)))
	if err != nil {
		return udecimal.Decimal{}, false
	}
	if neg {
		d = d.Neg()
	}
	return d, true
}

// MarshalJSONTo writes {"amount":"1234.50","currency":"EUR"} with the decimals that the amount was given. It fails for
// an amount that would not be read back.
func (m Money) MarshalJSONTo(enc *jsontext.Encoder) error {
	amount := m.Amount.StringFixed(m.Amount.PrecUint())
	if _, ok := parseAmount([]byte(amount)); !ok {
		return errAmount
	}
	b := append(make([]byte, 0, 64), `{"amount":"`...)
	b = append(b, amount...)
	b = append(b, `","currency":`...)
	b, err := jsontext.AppendQuote(b, m.Currency)
	if err != nil {
		return err
	}
	return enc.WriteValue(append(b, '}'))
}

// UnmarshalJSONFrom reads amount and currency, which come together. Null is absent.
func (m *Money) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case 'n':
		*m = Money{}
		return dec.SkipValue()
	case '{', 0: // 0 is a syntax error, which ReadValue reports
	default:
		return errMoney
	}
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if m.unmarshalPlain(v) {
		return nil
	}
	return m.unmarshalAny(v)
}

// unmarshalPlain reads the form that nearly every producer writes, without a decoder.
func (m *Money) unmarshalPlain(v []byte) bool {
	rest, ok := bytes.CutPrefix(v, []byte(`{"amount":"`))
	if !ok {
		return false
	}
	amount, rest, ok := bytes.Cut(rest, []byte(`","currency":"`))
	if !ok || len(rest) != 5 || rest[3] != '"' || rest[4] != '}' {
		return false
	}
	d, ok := parseAmount(amount)
	if !ok {
		return false
	}
	code, ok := currencies()[string(rest[:3])]
	if !ok {
		return false
	}
	m.Amount, m.Currency = d, code
	return true
}

func (m *Money) unmarshalAny(v []byte) error {
	*m = Money{}
	dec := jsontext.NewDecoder(bytes.NewBuffer(v))
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	var amount, currency bool
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		field := name.String()
		if field != "amount" && field != "currency" || dec.PeekKind() == 'n' {
			if err := dec.SkipValue(); err != nil {
				return err
			}
			continue
		}
		value, err := dec.ReadToken()
		if err != nil {
			return err
		}
		switch {
		case value.Kind() == '0' && field == "amount":
			return errNumber
		case value.Kind() != '"':
			return errMoney
		case field == "currency":
			m.Currency, currency = value.String(), true
		default:
			if m.Amount, amount = parseAmount([]byte(value.String())); !amount {
				return errAmount
			}
		}
	}
	switch {
	case !amount:
		return errHalf
	case !currency || m.Currency == "":
		return errCurrency
	}
	return nil
}

// MarshalJSONTo writes one of the four forms. An absent time is null.
func (w When) MarshalJSONTo(enc *jsontext.Encoder) error {
	if w.p == Absent {
		return enc.WriteToken(jsontext.Null)
	}
	b := append(make([]byte, 0, 40), '"')
	return enc.WriteValue(append(w.append(b), '"'))
}

// UnmarshalJSONFrom reads one of the four forms. Null is absent.
func (w *When) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case 'n':
		*w = When{}
		return dec.SkipValue()
	case '"', 0:
	default:
		return errTimeType
	}
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	text := v[1 : len(v)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		if text, err = jsontext.AppendUnquote(nil, v); err != nil {
			return errTime
		}
	}
	if !w.parse(text) {
		return errTime
	}
	return nil
}

// parse reads one of the four forms without allocating.
func (w *When) parse(b []byte) bool {
	switch {
	case len(b) >= len("2006-01-02T15:04:05Z"):
		// The time package also reads an hour of one digit and a comma before the fraction, which RFC 3339 does not have.
		if b[13] != ':' || b[19] == ',' {
			return false
		}
		var t time.Time
		if t.UnmarshalText(b) != nil || !zoneExists(t) {
			return false
		}
		*w = When{t, Instant}
		return true
	case len(b) == len("2006-01-02") && b[4] == '-' && b[7] == '-':
		return w.civil(b[:4], b[5:7], b[8:], Day)
	case len(b) == len("2006-01") && b[4] == '-':
		return w.civil(b[:4], b[5:], []byte("01"), Month)
	case len(b) == len("2006"):
		return w.civil(b, []byte("01"), []byte("01"), Year)
	default:
		return false
	}
}

func (w *When) civil(year, month, day []byte, p Precision) bool {
	y, m, d := digits(year), digits(month), digits(day)
	if y < 0 || m < 1 || m > 12 || d < 1 {
		return false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d { // the 31st of February ends up in March
		return false
	}
	*w = When{t, p}
	return true
}

// digits returns the number that b writes in decimal, or -1.
func digits(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
