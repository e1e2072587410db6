package feed

import (
	"regexp"
	"strings"

	"golang.org/x/text/width"
)

// marks are how a column writes its numbers.
type marks struct {
	decimal string // point; empty: a full stop
	group   string // separator of thousands; empty: none
}

const (
	badNumber = "not a number as the mapping writes it (decimal and group say how)"
	badGroup  = "a separator of thousands that is not before exactly three digits: is it the decimal point?"
)

func (m marks) point() string {
	if m.decimal == "" {
		return "."
	}
	return m.decimal
}

// check says what is wrong with the marks themselves.
func (m marks) check() string {
	switch {
	case m.group != "" && m.group == m.point():
		return "decimal and group are two different marks"
	case strings.ContainsAny(m.decimal+m.group, "0123456789+-"):
		return "decimal and group are marks such as \",\", \".\", \" \" and \"'\""
	}
	return ""
}

// alike are signs that people and spreadsheets write for one another.
var alike = strings.NewReplacer("\u2212", "-", "\u2010", "-", "\u2011", "-", "\u00a0", " ", "\u202f", " ", "\u2009",
	" ", "\u2007", " ", "\u2019", "'", "\u066c", ",")

// plain writes a number in digits, with a minus and a full stop where it has them. A sign may stand before or behind,
// or brackets for a minus, as in books of account. A separator of thousands counts only before exactly three digits.
func (m marks) plain(text string) (number, reason string) {
	if !ascii(text) {
		text = alike.Replace(width.Narrow.String(text))
	}
	minus := false
	switch {
	case strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")"):
		minus, text = true, text[1:len(text)-1]
	case strings.HasPrefix(text, "-"):
		minus, text = true, text[1:]
	case strings.HasSuffix(text, "-"):
		minus, text = true, text[:len(text)-1]
	case strings.HasPrefix(text, "+"):
		text = text[1:]
	}
	whole, fraction, _ := strings.Cut(strings.TrimSpace(text), m.point())
	if m.group != "" {
		group := alike.Replace(m.group)
		if parts := strings.Split(whole, group); len(parts) > 1 {
			if len(parts[0]) == 0 || len(parts[0]) > 3 || parts[0][0] == '0' {
				return "", badGroup
			}
			for _, part := range parts[1:] {
				if len(part) != 3 {
					return "", badGroup
				}
			}
			whole = strings.Join(parts, "")
		}
	}
	if whole == "" && fraction == "" || !digitsOnly(whole) || !digitsOnly(fraction) {
		return "", badNumber
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	number = whole
	if fraction != "" {
		number += "." + fraction
	}
	if minus && strings.Trim(number, "0.") != "" {
		number = "-" + number
	}
	return number, ""
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// signs of currencies that are one currency's; a dollar is many's and counts where the mapping names one of them.
var signs = map[string][]string{"€": {"EUR"}, "£": {"GBP"}, "¥": {"JPY", "CNY"}, "￥": {"JPY", "CNY"},
	"$": {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"}, "元": {"CNY"}, "円": {"JPY"}, "US$": {"USD"}}

// withoutCurrency drops the currency that the mapping names anyway. Another one stays, and makes the number none.
func withoutCurrency(text, currency string) string {
	names := []string{currency}
	for sign, codes := range signs {
		for _, code := range codes {
			if code == currency {
				names = append(names, sign)
			}
		}
	}
	for _, name := range names {
		if rest, ok := strings.CutSuffix(text, name); ok && name != "" {
			return strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutPrefix(text, name); ok && name != "" {
			return strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutPrefix(text, "-"+name); ok && name != "" {
			return "-" + strings.TrimSpace(rest)
		}
	}
	return text
}

// What identifiers look like that were numbers to a spreadsheet or a program on their way: 4.47701E+11, 5552345678.0.
var (
	scientific = regexp.MustCompile(`^[+-]?\d+([.,]\d+)?[eE]\+\d+$|^[+-]?\d+[.,]\d+[eE]\d+$`)
	floating   = regexp.MustCompile(`^[+-]?\d+\.0+$`)
)

const (
	badScientific = "an identifier in scientific form, whose last digits are lost: have the column exported as text"
	badFloating   = "an identifier that came as a decimal number, whose first zeros or last digits may be lost: have the column exported as text"
)

// numbered says what is wrong with an identifier that was a number on its way.
func numbered(text string) string {
	switch {
	case scientific.MatchString(text):
		return badScientific
	case floating.MatchString(text):
		return badFloating
	}
	return ""
}
