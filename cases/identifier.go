package cases

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Identifier is a piece of a text that looks like an identifier of a person. Start and End count bytes.
type Identifier struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Kind  string `json:"kind"`
}

// The kinds, in the order in which one hides the other.
var identifierKinds = []string{"email", "iban", "card", "cn-id", "vin", "ssn", "ip", "phone", "number"}

// finder finds one kind: what matches and passes the check digits.
type finder struct {
	kind    string
	pattern *regexp.Regexp
	check   func(compact string) bool
}

// What stands beside a piece is looked at by hand: RE2 has no look-around.
var finders = []finder{
	{"email", regexp.MustCompile(`[\pL\pN._%+-]{1,64}@[\pL\pN-]{1,63}(?:\.[\pL\pN-]{1,63}){1,5}`), nil},
	{"iban", regexp.MustCompile(`[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,4})?`), ibanChecks},
	{
		"cn-id",
		regexp.MustCompile(`[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]`),
		cnChecks,
	},
	{"card", regexp.MustCompile(`[0-9](?:[ -]?[0-9]){12,18}`), luhnChecks},
	{"vin", regexp.MustCompile(`[A-HJ-NPR-Za-hj-npr-z0-9]{17}`), vinChecks},
	{"ssn", regexp.MustCompile(`[0-9]{3}-[0-9]{2}-[0-9]{4}`), nil},
	{"ip", regexp.MustCompile(`(?:[0-9]{1,3}\.){3}[0-9]{1,3}`), ipChecks},
	{
		"phone",
		regexp.MustCompile(`(?:\+|00)[0-9](?:[ ()./-]{0,2}[0-9]){6,14}|\(?0[0-9](?:[ ()./-]{0,2}[0-9]){6,12}|1[3-9][0-9]{9}`),
		nil,
	},
	{"number", regexp.MustCompile(`[0-9](?:[ -]?[0-9]){8,29}`), nil},
}

// dates are no identifiers, and stand in many notes beside a time.
var dates = regexp.MustCompile(
	`\b(?:(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:19|20)[0-9]{2})\b`,
)

// FindIdentifiers finds what looks like an identifier, in the order of the text; pieces do not overlap. It errs on the
// side of showing: the author decides.
func FindIdentifiers(text string) []Identifier {
	var found []Identifier
	text = dates.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat(" ", len(s)) })
	for _, f := range finders {
		for _, at := range f.pattern.FindAllStringIndex(text, 1000) {
			start, end := at[0], at[1]
			if word(text, start-1) && word(text, start) || word(text, end) && word(text, end-1) {
				continue
			}
			if f.check != nil && !f.check(compact(text[start:end])) {
				continue
			}
			if slices.ContainsFunc(found, func(o Identifier) bool { return start < o.End && o.Start < end }) {
				continue
			}
			found = append(found, Identifier{start, end, f.kind})
		}
	}
	slices.SortFunc(found, func(a, b Identifier) int { return cmp.Compare(a.Start, b.Start) })
	return found
}

// unkept names the kinds that were found and that the author did not say to keep.
func unkept(found []Identifier, kept []string) string {
	var lacks []string
	for _, f := range found {
		if !slices.Contains(kept, f.Kind) && !slices.Contains(lacks, f.Kind) {
			lacks = append(lacks, f.Kind)
		}
	}
	return strings.Join(lacks, ", ")
}

// word reports whether the byte at i is a letter or digit of ASCII.
func word(s string, i int) bool {
	if i < 0 || i >= len(s) {
		return false
	}
	b := s[i]
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// compact leaves letters, in upper case, and digits.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return -1
	}, s)
}

// ibanChecks is ISO 7064, MOD 97-10.
func ibanChecks(s string) bool {
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	rest := 0
	for _, r := range s[4:] + s[:4] {
		if r >= 'A' {
			rest = (rest*100 + int(r-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(r-'0')) % 97
		}
	}
	return rest == 1
}

// luhnChecks is ISO/IEC 7812.
func luhnChecks(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// cnChecks is ISO 7064, MOD 11-2, as GB 11643 uses it.
func cnChecks(s string) bool {
	sum := 0
	for i := range 17 {
		sum = (sum + int(s[i]-'0')) * 2 % 11
	}
	want := (12 - sum) % 11
	return want == 10 && s[17] == 'X' || want < 10 && s[17] == byte('0'+want)
}

// vinChecks wants letters and digits both; the check digit is not used everywhere.
func vinChecks(s string) bool {
	return strings.ContainsAny(s, "0123456789") && strings.ContainsAny(s, "ABCDEFGHJKLMNPRSTUVWXYZ") && s[16] >= '0' &&
		s[16] <= '9'
}

func ipChecks(s string) bool { return len(s) >= 4 }
