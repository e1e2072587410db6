package token

import (
	"bytes"
	"strings"
)

// account appends an IBAN, or bank and number. A number that is an IBAN is one.
func (n *Normaliser) account(dst, iban, routing, number []byte) ([]byte, Outcome) {
	const shortest, alone = 6, 8 // of an account number, beside its bank and without it
	start := len(dst)
	hollow := n.stands(domainByName["bnk"], iban, nil)
	if !hollow {
		if dst = n.iban(dst, iban); len(dst)-start >= alone {
			return dst, hollowIf(hollowIBAN(dst[start:]))
		}
		dst = dst[:start]
	}
	if n.stands(domainByName["bnk"], number, nil) {
		return dst, Placeholder
	}
	if dst = n.iban(dst, number); ibanOK(dst[start:]) {
		return dst, hollowIf(hollowIBAN(dst[start:]))
	}
	dst = dst[:start]
	if !n.stands(domainByName["bnk"], routing, nil) {
		dst = n.bankOf(dst, routing)
	}
	dst = append(dst, unit)
	least, before := shortest, len(dst)
	if before == start+1 {
		least = alone
	}
	dst = n.Letters(dst, number)
	own := dst[before:]
	if len(own) < least {
		return dst[:start], hollowIf(hollow)
	}
	if digitsOnly(own) { // a form has room for more digits than a number needs, and a table takes its zeros
		own = append(own[:0], bytes.TrimLeft(own, "0")...)
		dst = dst[:before+len(own)]
	}
	if len(own) == 0 {
		return dst[:start], Placeholder
	}
	return dst, Named
}

func hollowIf(hollow bool) Outcome {
	if hollow {
		return Placeholder
	}
	return Named
}

// iban appends an IBAN without the word before it, or what is given in its place.
func (n *Normaliser) iban(dst, value []byte) []byte {
	value, _ = bracketed(n.folded(value))
	start := len(dst)
	dst = n.Letters(dst, value)
	own := bytes.TrimPrefix(dst[start:], []byte("IBAN"))
	if len(own) > 2 {
		if length := ibanLengths[string(own[:2])]; length > 0 && length < len(own) && ibanOK(own[:length]) {
			own = own[:length] // a remark behind it
		}
	}
	return append(dst[:start], own...)
}

// bankOf appends what a bank is called by: of a BIC (ISO 9362) the eight characters of the bank, since its branches
// have no accounts of the same number; of a code of digits all but leading zeros.
func (n *Normaliser) bankOf(dst, routing []byte) []byte {
	start := len(dst)
	dst = n.Letters(dst, routing)
	own := dst[start:]
	for _, word := range []string{"SWIFT", "BIC"} {
		if rest, ok := bytes.CutPrefix(own, []byte(word)); ok && (len(rest) == 8 || len(rest) == 11) {
			own = rest
		}
	}
	switch {
	case len(own) == 11 && letters(own[:6]):
		own = own[:8]
	case digitsOnly(own):
		own = bytes.TrimLeft(own, "0")
	}
	return append(dst[:start], own...)
}

func letters(b []byte) bool {
	for _, c := range b {
		if !letter(c) {
			return false
		}
	}
	return true
}

// ibanOK checks the length of the country and the check digits (ISO 13616, ISO 7064 mod 97-10).
func ibanOK(b []byte) bool {
	if len(b) < 5 || ibanLengths[string(b[:2])] != len(b) {
		return false
	}
	rest := 0
	for i := range b {
		switch c := b[(i+4)%len(b)]; {
		case isDigit(rune(c)):
			rest = (rest*10 + int(c-'0')) % 97
		case 'A' <= c && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// hollowIBAN reports an IBAN whose account is one character again and again.
func hollowIBAN(b []byte) bool { return len(b) > 4 && (repeats(b[4:], 1) || repeats(b, 1)) }

// ibanLengths are from the IBAN registry (SWIFT, release 99).
var ibanLengths = func() map[string]int {
	m := map[string]int{}
	for length, countries := range map[int]string{
		15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
		22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
		25: "LY PT ST",
		26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA",
		30: "JO KW MU",
		31: "MT SC", 32: "LC", 33: "RU",
	} {
		for country := range strings.SplitSeq(countries, " ") {
			m[country] = length
		}
	}
	m["FK"] = 18
	return m
}()
