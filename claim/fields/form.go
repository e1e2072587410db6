package fields

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Form says what a field's values look like. Strict forms and ranges are the schema's: another value is refused. The
// others say what may stand in clear: a value of another form is sealed, be the policy what it may.
type Form struct {
	Hint     string   // what is allowed, in fixed words
	Strict   bool     // a text of another form is refused
	Required bool     // of every event; of parties[].role: of every party
	Past     bool     // a time that must not lie ahead of the clock
	Ahead    int      // years that a year may lie ahead of the clock; 0 is any
	Words    []string // all texts that there are
	Such     []string // examples
	Pattern  string   // regular expression of a strict text, as ECMA 262 and RE2 both read it
	Max      int      // characters of a text; 0 is DefaultMax
	Least    float64  // smallest number
	Most     float64  // largest number
	Unit     string   // of a number
	IndexOf  string   // of a whole number: the list that it is an index into
	From     string   // of a derived field: the name of the field beside it that it stands for

	clear func([]byte) bool // whether a text may stand in clear
	ok    func([]byte) bool // Pattern, many times faster
}

// The limits of what has no other. A text is counted in characters, as JSON Schema does.
const (
	DefaultMax = 1024
	MaxList    = 1000 // elements of a list, and attributes
	MaxNumber  = 1e15 // size of a number
	ClearBytes = 64   // of a text in clear
)

// Places of the event that have rules of their own.
const (
	Parties    = "parties"
	Role       = "parties[].role"
	Attributes = "attributes"
	// Placeholders is the last name of the derived fields that say which identifiers stand for nothing.
	Placeholders = "placeholders"
	Attribute    = "attributes.*"
)

// WhenPattern is the form of times: a year, month, day, or instant with its zone, that exists. AmountPattern is that of
// amounts, which are not below zero.
const (
	WhenPattern = `^([0-9]{4}|[0-9]{4}-(0[1-9]|1[0-2])|` + day +
		`(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-]((0[0-9]|1[0-7]):[0-5][0-9]|18:00)))?)$`
	AmountPattern = `^(-?0(\.0{1,4})?|(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?)$`

	day = `([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))` +
		`|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)`
)

// The forms of the registry.
var (
	text  = &Form{}
	word  = &Form{Hint: "a word or few", clear: wordy}
	code  = &Form{Hint: "a code of up to 32 letters, digits and signs", clear: codelike}
	media = &Form{Hint: "a media type such as image/jpeg", clear: codelike}
	flag  = &Form{Hint: "true or false"}
	when  = &Form{Hint: "a year, month, day or time with its zone"}
	past  = &Form{Hint: "a year, month, day or time with its zone, not ahead of the clock", Past: true}

	amount = &Form{Hint: `digits such as "1234.50", at most 15 before and 4 after the point`, Pattern: AmountPattern,
		Strict: true}
	currency = &Form{Hint: "a currency code of ISO 4217 in capitals", Strict: true} // package claim has the codes

	insurer = &Form{Hint: "1 to 64 characters of a-z, 0-9, - and _", Pattern: `^[a-z0-9_-]+$`, Max: 64,
		Strict: true, Required: true, ok: small}
	claimID = &Form{Hint: "1 to 128 characters of any script, blanks and signs too, but no control characters",
		Pattern: `^[^\x00-\x1f\x7f-\x9f]+$`, Max: 128, Strict: true, Required: true, ok: printed}
	line = &Form{Strict: true, Required: true, Words: []string{"motor", "health", "property", "life", "travel",
		"device"}}
	stage = &Form{Strict: true, Words: []string{"notified", "assessed", "approved", "paid", "closed"}}

	country = &Form{Hint: "two capitals of ISO 3166-1", Pattern: `^[A-Z]{2}$`, Strict: true, ok: capitals}
	sha256  = &Form{Hint: "64 small hex digits", Pattern: `^[0-9a-f]{64}$`, Strict: true, ok: hex64}
	hash64  = &Form{Hint: "16 small hex digits", Pattern: `^[0-9a-f]{16}$`, Strict: true, ok: hex16}

	roles = []string{"agent", "handler", "vendor", "repairer", "provider", "driver", "witness", "attorney", "insured",
		"third-party"}
	ownRole = &Form{Such: roles, clear: wordy}
	role    = &Form{Hint: "every party but the claimant has a role", Required: true, Such: roles, clear: wordy}

	channel   = &Form{Words: []string{"agent", "broker", "direct", "other"}}
	sex       = &Form{Words: []string{"female", "male", "other", "unknown"}}
	residence = &Form{Words: []string{"residence", "po-box", "temporary", "business", "other"}}
	tenure    = &Form{Words: []string{"own", "rent", "other"}}
	area      = &Form{Words: []string{"urban", "rural", "other"}}
	severity  = &Form{Words: []string{"trivial", "minor", "major", "total"}}
	fault     = &Form{Words: []string{"claimant", "third-party", "shared", "none", "unknown"}}

	narrative = &Form{Max: 1 << 16}

	revision    = &Form{Hint: "1 to 1,000,000", Least: 1, Most: 1_000_000, Required: true}
	modelYear   = &Form{Hint: "a model year from 1885 to two years ahead", Least: 1885, Most: 2200, Ahead: 2}
	count       = &Form{Hint: "0 to 1,000,000", Most: 1_000_000}
	partyIndex  = &Form{Hint: "an index into parties", Most: MaxList - 1, IndexOf: Parties}
	measure     = &Form{Hint: "not below zero", Most: MaxNumber}
	kph         = &Form{Hint: measure.Hint, Most: MaxNumber, Unit: "km/h"}
	millimetres = &Form{Hint: measure.Hint, Most: MaxNumber, Unit: "mm"}
	days        = &Form{Hint: measure.Hint, Most: MaxNumber, Unit: "days"}
	minutes     = &Form{Hint: measure.Hint, Most: MaxNumber, Unit: "minutes"}
	signed      = &Form{Hint: "at most 1e15, above and below zero", Least: -MaxNumber, Most: MaxNumber}
	latitude    = &Form{Hint: "degrees, WGS 84", Least: -90, Most: 90, Unit: "degrees, WGS 84"}
	longitude   = &Form{Hint: "degrees, WGS 84", Least: -180, Most: 180, Unit: "degrees, WGS 84"}

	stands       = &Form{From: "the identifiers", clear: wordy}
	birthYear    = &Form{From: "birthDate", Most: 9999}
	postcodeArea = &Form{From: "postcode", clear: codelike}
	scanned      = &Form{From: "narrative"}
)

// Refuses says in fixed words why the schema does not have the value, "" if it does. It knows texts and numbers; that a
// time or an amount can be read, and that a currency exists, is package claim's to say. An empty text is an absent one.
func (f *Field) Refuses(value []byte) string {
	switch f.Type {
	case TypeText:
		return f.Form.refusesText(value)
	case TypeNumber, TypeInteger:
		n, err := strconv.ParseFloat(string(value), 64)
		if err != nil || !(f.Form.Least <= n && n <= f.Form.Most) {
			return f.Form.Hint
		}
	}
	return ""
}

func (f *Form) refusesText(value []byte) string {
	if len(value) > f.Longest() && utf8.RuneCount(value) > f.Longest() {
		return "at most " + strconv.Itoa(f.Longest()) + " characters"
	}
	if !f.Strict || len(value) == 0 {
		return ""
	}
	if f.Words != nil && !f.has(value) || f.ok != nil && !f.ok(value) {
		return f.Hint
	}
	return ""
}

func small(value []byte) bool {
	for _, c := range value {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func printed(value []byte) bool { return bytes.IndexFunc(value, unicode.IsControl) < 0 }

func capitals(value []byte) bool {
	return len(value) == 2 && 'A' <= value[0] && value[0] <= 'Z' && 'A' <= value[1] && value[1] <= 'Z'
}

func hex64(value []byte) bool { return len(value) == 64 && hex(value) }
func hex16(value []byte) bool { return len(value) == 16 && hex(value) }

func hex(value []byte) bool {
	for _, c := range value {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Longest is how many characters a text may have.
func (f *Form) Longest() int {
	if f.Max == 0 {
		return DefaultMax
	}
	return f.Max
}

func (f *Form) has(value []byte) bool {
	for _, w := range f.Words {
		if w == string(value) {
			return true
		}
	}
	return false
}

// Clear reports whether a value that the schema has may stand in clear if the policy says so: whether it has the
// field's form. Of every text that is kept the length is bounded, it has no control characters, and none takes a number
// as long as a person's, or what looks like an identifier.
func (f *Field) Clear(value []byte) bool {
	switch f.Type {
	case TypeText:
		return f.Form.clearText(value)
	case TypeNumber, TypeInteger:
		return clearNumber(value)
	case TypeWhen:
		return len(value) <= len("2006-01-02T15:04:05.123456789+05:30")
	}
	return true
}

func (f *Form) clearText(value []byte) bool {
	switch {
	case len(value) == 0:
		return true
	case f.Strict:
		return true // what is not of the form was refused
	case len(value) > ClearBytes:
		return false
	case f.Words != nil:
		return f.has(value)
	case f.clear != nil && !f.clear(value) || f.clear == nil && !wordy(value):
		return false
	}
	return !identifies(value)
}

// clearNumber allows what is measured and counted: seven digits before the point. Identifiers have more.
func clearNumber(value []byte) bool {
	whole, fraction, _ := bytes.Cut(bytes.TrimPrefix(value, []byte{'-'}), []byte{'.'})
	return len(whole) <= 7 && len(fraction) <= 17 && !bytes.ContainsAny(value, "eE")
}

// idDigits is the length from which a number in a text may be a person's: that of a social security number. Dates have
// 8.
const idDigits = 9

// wordy reports whether a text is made of words: of letters and digits of any script, blanks, and signs that words and
// amounts come with, without a number of idDigits or more, whatever parts its digits.
func wordy(value []byte) bool {
	digits, gap := 0, 0
	for i := 0; i < len(value); {
		c := rune(value[i])
		size := 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRune(value[i:])
		}
		i += size
		switch {
		case c >= utf8.RuneSelf && unicode.IsNumber(c), '0' <= c && c <= '9':
			if gap = 0; digits+1 >= idDigits {
				return false
			}
			digits++
			continue
		case c < utf8.RuneSelf && !sign[c], c >= utf8.RuneSelf && (!unicode.IsPrint(c) || c == '＠' || c == '﹫'):
			return false
		}
		if gap++; gap > 2 || unicode.IsLetter(c) {
			digits = 0
		}
	}
	return true
}

// codelike reports whether a text is a code as invoices and classifications have: up to 32 letters, digits and signs,
// at most 14 of them digits, so that article numbers pass and account numbers do not.
func codelike(value []byte) bool {
	digits := 0
	for _, c := range value {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', strings.IndexByte(" -_./:+", c) >= 0:
		default:
			return false
		}
	}
	return len(value) <= 32 && digits <= 14
}

// sign are the characters of ASCII that words may have. The sign of e-mail addresses is none of them, nor are those of
// markup.
var sign = func() (ok [utf8.RuneSelf]bool) {
	for c := range rune(utf8.RuneSelf) {
		ok[c] = unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune(" -_./,:;()&+#'%*!?$<>=", c)
	}
	return ok
}()

// finished completes the forms of the table.
func finished(f *Form) *Form {
	if f != nil && f.Hint == "" && f.Words != nil {
		f.Hint = "one of " + strings.Join(f.Words, ", ")
	}
	return f
}

// Examples are the words of the field, all that there are or some.
func (f *Form) Examples() []string { return slices.Concat(f.Words, f.Such) }
