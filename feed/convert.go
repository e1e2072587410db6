package feed

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"tallystick/claim"
)

// convert turns the text of a cell into a value for the field's place. The reason is in fixed words; it says what is
// allowed and not what was there.
func (c *compiled) convert(text, currency string) (v reflect.Value, reason string) {
	switch leaf := c.place.leaf; {
	case leaf == reflect.TypeFor[claim.When]():
		w, reason := c.when(text)
		return reflect.ValueOf(w), reason
	case leaf == reflect.TypeFor[claim.Money]():
		if !claim.KnownCurrency(currency) {
			return v, "the currency is not a code of ISO 4217 in capitals"
		}
		number, reason := c.marks().plain(withoutCurrency(text, currency))
		if reason != "" {
			return v, reason
		}
		amount, err := claim.ParseAmount(number)
		if err != nil {
			return v, "not an amount of at most 15 digits and 4 decimals"
		}
		return reflect.ValueOf(claim.Money{Amount: amount, Currency: currency}), ""
	case leaf.Kind() == reflect.Int:
		number, _ := c.marks().plain(text)
		whole, fraction, _ := strings.Cut(number, ".")
		n, err := strconv.Atoi(whole)
		if err != nil || strings.Trim(fraction, "0") != "" {
			return v, "not a whole number"
		}
		return reflect.ValueOf(n), ""
	case leaf.Kind() == reflect.Float64:
		number, reason := text, ""
		if c.Decimal+c.Group != "" || !measured.MatchString(text) {
			number, reason = c.marks().plain(text)
		}
		f, err := strconv.ParseFloat(number, 64)
		if reason != "" || err != nil || math.IsInf(f, 0) {
			return v, "not a number"
		}
		return reflect.ValueOf(f), ""
	case leaf.Kind() == reflect.Bool:
		switch strings.ToLower(text) {
		case "true", "yes", "y", "1":
			return reflect.ValueOf(true), ""
		case "false", "no", "n", "0":
			return reflect.ValueOf(false), ""
		}
		return v, "not yes or no (true, false, y, n, 1, 0); give values to map others"
	default:
		return reflect.ValueOf(text), ""
	}
}

// measured is the scientific form, in which programs write very large and very small measures.
var measured = regexp.MustCompile(`^-?\d+(\.\d+)?[eE][+-]?\d+$`)

func (c *compiled) marks() marks { return marks{c.Decimal, c.Group} }
