package feed

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

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
		amount, err := claim.ParseAmount(c.plainNumber(text))
		if err != nil {
			return v, "not an amount of at most 15 digits and 4 decimals"
		}
		if !claim.KnownCurrency(currency) {
			return v, "the currency is not a code of ISO 4217 in capitals"
		}
		return reflect.ValueOf(claim.Money{Amount: amount, Currency: currency}), ""
	case leaf.Kind() == reflect.Int:
		n, err := strconv.Atoi(c.plainNumber(text))
		if err != nil {
			return v, "not a whole number"
		}
		return reflect.ValueOf(n), ""
	case leaf.Kind() == reflect.Float64:
		f, err := strconv.ParseFloat(c.plainNumber(text), 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
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

// plainNumber drops the separator of thousands and puts a full stop for the decimal point.
func (c *compiled) plainNumber(text string) string {
	if c.Group != "" {
		text = strings.ReplaceAll(text, c.Group, "")
	}
	if c.Decimal != "" && c.Decimal != "." {
		if strings.Contains(text, ".") {
			return "" // a full stop where the point is written otherwise is no number
		}
		text = strings.ReplaceAll(text, c.Decimal, ".")
	}
	return text
}

func (c *compiled) when(text string) (claim.When, string) {
	if len(c.layouts) == 0 {
		w, err := claim.ParseWhen(text)
		if err != nil {
			return w, "not a year, month, day or time with its zone in the form of ISO 8601; give time, the layout of the cell"
		}
		return w, ""
	}
	for _, l := range c.layouts {
		zone := c.Zone
		if zone == nil {
			zone = time.UTC
		}
		t, err := time.ParseInLocation(l.text, text, zone)
		if err != nil {
			continue
		}
		if l.known == claim.Instant {
			return claim.At(t), ""
		}
		form := map[claim.Precision]string{claim.Year: "2006", claim.Month: "2006-01", claim.Day: time.DateOnly}[l.known]
		w, err := claim.ParseWhen(t.Format(form))
		if err != nil {
			return w, "not a date of the years 0 to 9999"
		}
		return w, ""
	}
	return claim.When{}, "not a time in the layout of the mapping"
}
