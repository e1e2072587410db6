package token

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// phone appends a number in E.164. Numbers that are so already, or nearly, and those of the North American plan take a
// short way; the rest is parsed by the rules of its country. What no rule explains becomes its digits, after a plus if
// one is written.
func (n *Normaliser) phone(dst, value, country []byte) []byte {
	if !ascii(value) {
		value = n.folded(value)
	}
	value = bytes.TrimSpace(value)
	if e164, ok := plainE164(dst, value); ok {
		return e164
	}
	region := state(country)
	if digits, ok := northAmerican(dst, value, region); ok {
		return digits
	}
	if len(value) <= 128 {
		for _, reading := range readings(string(value)) {
			if e164, ok := parsed(reading, region); ok {
				return append(dst, e164...)
			}
		}
	}
	if first := bytes.IndexAny(value, "0123456789"); first > 0 && bytes.IndexByte(value[:first], '+') >= 0 {
		dst = append(dst, '+')
	}
	return appendDigits(dst, value)
}

// readings are what of a text may be a number: without the words around it and behind the first number alone; then the
// whole, whose letters may be those of the keys.
func readings(text string) []string {
	first := strings.IndexAny(text, "+0123456789(")
	if first < 0 {
		return nil
	}
	plain := strings.Builder{}
	digits, depth := 0, 0
	rest := text[first:]
	for i, r := range rest {
		if depth == 0 && ends(r, digits) {
			break
		}
		switch {
		case r == '(' || r == '[':
			if hasLetter(rest[i:], r) {
				depth++
			}
		case (r == ')' || r == ']') && depth > 0:
			depth--
			continue
		case isDigit(r) && depth == 0:
			digits++
		}
		if depth == 0 {
			plain.WriteRune(r)
		}
	}
	if number := strings.TrimSpace(plain.String()); digits > 0 && number != text {
		return []string{number, text}
	}
	return []string{text}
}

// ends reports whether a number that has so many digits ends before r: at a word, or at a sign behind which another
// number may stand, if this one is long enough to be whole.
func ends(r rune, digits int) bool {
	const whole = 7
	switch {
	case unicode.IsLetter(r), r == '#', r == ';':
		return digits > 0
	case r == ',' || r == '/' || r == '|' || r == '&':
		return digits >= whole
	}
	return false
}

// hasLetter reports whether the bracket that text begins with holds a letter.
func hasLetter(text string, open rune) bool {
	shut := strings.IndexByte(text, map[rune]byte{'(': ')', '[': ']'}[open])
	if shut < 0 {
		shut = len(text)
	}
	return strings.IndexFunc(text[:shut], unicode.IsLetter) >= 0
}

// parsed returns a number in E.164 by the rules of its country.
func parsed(text, region string) (string, bool) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' ' // the rules know no tabs
		}
		return r
	}, text)
	if abroad, ok := dialledAbroad(text, region); ok {
		return abroad, true
	}
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

// dialledAbroad reads digits that begin with the code of a country and lack the plus: behind 00 where the country is
// not known, and in a country that dials a 0 before its own numbers where they begin with its code instead.
func dialledAbroad(text, region string) (e164 string, ok bool) {
	digits := string(appendDigits(nil, []byte(text)))
	code := ""
	switch {
	case strings.ContainsRune(text, '+'):
		return "", false
	case region == "":
		if digits, ok = strings.CutPrefix(digits, "00"); !ok {
			return "", false
		}
	case phonenumbers.GetNddPrefixForRegion(region, true) == "0":
		code = strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))
	default:
		return "", false
	}
	if !strings.HasPrefix(digits, code) {
		return "", false
	}
	number, err := phonenumbers.Parse("+"+digits, region)
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", false
	}
	return phonenumbers.Format(number, phonenumbers.E164), true
}

// mexican drops what was dialled before a Mexican number's ten digits until 2019, above all the 1 of mobiles after +52:
// the rules of today do not know it, but it is still written.
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

// plainE164 takes a plus and 8 to 15 digits with separators between them. It leaves to the parser what may carry a
// national trunk prefix after the country code, an extension or letters.
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

// prefixed are the beginnings of numbers in which the rules of a country find a trunk prefix, carrier or area code that
// is not zero, to be dropped or rewritten. TestTheShortWayOfANumberAgreesWithTheRules finds others.
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
