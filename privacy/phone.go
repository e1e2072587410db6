package privacy

import (
	"bytes"

	"github.com/nyaruka/phonenumbers"
)

// phone appends a number in E.164. Numbers that are so already, or nearly, and those of the North American plan take a
// short way; the rest is parsed by the rules of its country. What no rule explains becomes its digits, behind a plus if one was written.
func (n *norms) phone(dst, value, country []byte) []byte {
	value = bytes.TrimSpace(value)
	if e164, ok := plainE164(dst, value); ok {
		return e164
	}
	region := string(bytes.ToUpper(country))
	if digits, ok := northAmerican(dst, value, region); ok {
		return digits
	}
	start := len(dst)
	if len(value) <= 64 {
		number, err := phonenumbers.Parse(string(value), region)
		if err == nil && phonenumbers.IsPossibleNumber(number) {
			return withoutOldOne(append(dst, phonenumbers.Format(number, phonenumbers.E164)...), start)
		}
	}
	if bytes.HasPrefix(value, []byte{'+'}) {
		dst = append(dst, '+')
	}
	return withoutOldOne(appendDigits(dst, value), start)
}

// withoutOldOne drops the 1 that stood before Mexico's mobile numbers until 2019, and is still written.
func withoutOldOne(dst []byte, start int) []byte {
	if number := dst[start:]; len(number) == len("+5215512345678") && bytes.HasPrefix(number, []byte("+521")) {
		return append(dst[:start+len("+52")], number[len("+521"):]...)
	}
	return dst
}

// plainE164 takes a plus and 8 to 15 digits with separators between them. It leaves to the parser what may carry a national
// trunk zero after the country code, an extension or letters.
func plainE164(dst, value []byte) ([]byte, bool) {
	if len(value) < 9 || value[0] != '+' {
		return dst, false
	}
	start := len(dst)
	dst = append(dst, '+')
	for _, c := range value[1:] {
		switch {
		case '0' <= c && c <= '9':
			dst = append(dst, c)
		case c == ' ' || c == '-' || c == '.':
		default:
			return dst[:start], false
		}
	}
	digits := dst[start+1:]
	if len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return dst[:start], false
	}
	for _, code := range []string{"52", "54", "78"} { // Mexico and Argentina write 1, 9 and 15 for mobiles, Russia an 8
		if bytes.HasPrefix(digits, []byte(code)) {
			return dst[:start], false
		}
	}
	if digits[0] != '1' && bytes.IndexByte(digits[1:4], '0') >= 0 {
		return dst[:start], false
	}
	return dst, true
}

func northAmerican(dst, value []byte, region string) ([]byte, bool) {
	if region != "US" && region != "CA" {
		return dst, false
	}
	start := len(dst)
	dst = append(dst, '+', '1')
	for _, c := range value {
		switch {
		case '0' <= c && c <= '9':
			dst = append(dst, c)
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')':
		default:
			return dst[:start], false
		}
	}
	digits := dst[start+2:]
	if len(digits) == 11 && digits[0] == '1' {
		copy(digits, digits[1:])
		dst, digits = dst[:len(dst)-1], digits[:10]
	}
	if len(digits) != 10 || digits[0] < '2' {
		return dst[:start], false
	}
	return dst, true
}
