package privacy

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// phone appends a number in E.164. Numbers that are so already, or nearly, and those of the North American plan take a
// short way; the rest is parsed by the rules of its country. What no rule explains becomes its digits, after a plus if one is
// written.
func (n *norms) phone(dst, value, country []byte) []byte {
	if !ascii(value) {
		value = n.folded(value)
	}
	value = bytes.TrimSpace(value)
	if e164, ok := plainE164(dst, value); ok {
		return e164
	}
	region := string(bytes.ToUpper(country))
	if digits, ok := northAmerican(dst, value, region); ok {
		return digits
	}
	if len(value) <= 64 {
		if e164, ok := parsed(string(value), region); ok {
			return append(dst, e164...)
		}
	}
	if first := bytes.IndexAny(value, "0123456789"); first > 0 && bytes.IndexByte(value[:first], '+') >= 0 {
		dst = append(dst, '+')
	}
	return appendDigits(dst, value)
}

// parsed returns a number in E.164 by the rules of its country.
func parsed(text, region string) (string, bool) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' ' // the rules know no tabs
		}
		return r
	}, text)
	number, err := phonenumbers.Parse(text, region)
	if err != nil {
		return "", false
	}
	e164 := phonenumbers.Format(number, phonenumbers.E164)
	if phonenumbers.IsPossibleNumber(number) {
		return e164, true
	}
	return mexican(e164)
}

// mexican drops what was dialled before a Mexican number's ten digits until 2019, above all the 1 of mobiles after +52: the rules
// of today do not know it, but it is still written.
func mexican(e164 string) (string, bool) {
	national, ok := strings.CutPrefix(e164, "+52")
	if !ok {
		return "", false
	}
	for _, dialled := range [...]string{"1", "01", "044", "045"} {
		if number, ok := strings.CutPrefix(national, dialled); ok && len(number) == 10 {
			return "+52" + number, true
		}
	}
	return "", false
}

// plainE164 takes a plus and 8 to 15 digits with separators between them. It leaves to the parser what may carry a national
// trunk prefix after the country code, an extension or letters.
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
		case c == ' ' || c == '-' || c == '.' || c == '\t':
		default:
			return dst[:start], false
		}
	}
	digits := dst[start+1:]
	if len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return dst[:start], false
	}
	if digits[0] != '1' && bytes.IndexByte(digits[1:4], '0') >= 0 {
		return dst[:start], false
	}
	for _, rewritten := range prefixed {
		if bytes.HasPrefix(digits, rewritten) {
			return dst[:start], false
		}
	}
	return dst, true
}

// prefixed are the beginnings of numbers in which the rules of a country find a trunk prefix, carrier or area code that is not
// zero, to be dropped or rewritten. TestTheShortWayOfANumberAgreesWithTheRules finds others.
var prefixed = [][]byte{
	[]byte("11"), []byte("261"), []byte("298"), []byte("352"), []byte("375"), []byte("378"), []byte("52"), []byte("54"),
	[]byte("611"), []byte("672"), []byte("692"), []byte("78"), []byte("861"), []byte("993"),
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
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '\t':
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
