package token

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// numbered appends letters and digits as capitals. Blanks and hyphens are how a number is set; any other sign between
// two digits is part of it: 1.12 is not 112.
func (n *Normaliser) numbered(dst, value []byte) []byte {
	if !ascii(value) {
		value = lookalikes(bytes.ToUpper(n.folded(value)))
	}
	var before, sign rune
	for len(value) > 0 {
		r, size := utf8.DecodeRune(value)
		value = value[size:]
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if sign != 0 && isDigit(before) && isDigit(r) {
				dst = append(dst, '.')
			}
			dst = utf8.AppendRune(dst, unicode.ToUpper(r))
			before, sign = r, 0
		case r != '-' && !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r):
			sign = r
		}
	}
	return dst
}

// vin appends a number by ISO 3779, which has none of the letters I, O and Q: they are misread digits.
func (n *Normaliser) vin(dst, value []byte) []byte {
	start := len(dst)
	dst = n.Letters(dst, value)
	if utf8.RuneCount(dst[start:]) != 17 {
		return dst // older than the standard
	}
	for i, c := range dst[start:] {
		switch c {
		case 'O', 'Q':
			dst[start+i] = '0'
		case 'I':
			dst[start+i] = '1'
		}
	}
	return dst
}

// plate appends country, letters and digits. In Germany B-AB 12 and BA-B 12 are two cars: where the sign behind the
// district is written it is kept.
func (n *Normaliser) plate(dst, value, country []byte) []byte {
	value, named := bracketed(n.folded(value))
	code := state(country)
	if code == "" {
		code = plateCountries[strings.ToUpper(named)]
	}
	dst = append(append(dst, code...), unit)
	start := len(dst)
	if code != "DE" && code != "" {
		return emptied(n.Letters(dst, value), start, len(code)+1)
	}
	district, rest := value, []byte(nil)
	for i, c := range value {
		if c == '-' || c == ' ' || c == ':' || c == '.' {
			district, rest = value[:i], value[i+1:]
			break
		}
	}
	dst = n.Letters(dst, district)
	if lettersThenDigits(rest) && utf8.RuneCount(dst[start:]) <= 3 && !hasDigit(dst[start:]) && len(dst) > start {
		dst = append(dst, '-')
	}
	return emptied(n.Letters(dst, rest), start, len(code)+1)
}

// emptied takes back what stands before a number that is empty.
func emptied(dst []byte, start, before int) []byte {
	if len(dst) == start {
		return dst[:start-before]
	}
	return dst
}

// lettersThenDigits reports whether text is one or two letters and up to four digits, whatever stands between them.
func lettersThenDigits(text []byte) bool {
	letters, digits := 0, 0
	for _, c := range text {
		switch {
		case letter(c) && digits == 0:
			letters++
		case isDigit(rune(c)):
			digits++
		case c != ' ' && c != '-' && c != '.' && c != 'h' && c != 'e':
			return false
		}
	}
	return 1 <= letters && letters <= 2 && 1 <= digits && digits <= 4
}

// bracketed returns text without what it has in brackets, and that.
func bracketed(text []byte) (without []byte, inside string) {
	open := bytes.IndexByte(text, '(')
	if open < 0 {
		return text, ""
	}
	shut := bytes.IndexByte(text[open:], ')')
	if shut < 0 {
		return text, ""
	}
	inside = string(text[open+1 : open+shut])
	return append(bytes.Clone(text[:open]), text[open+shut+1:]...), inside
}

// plateCountries are signs of vehicles in road traffic (UNECE, distinguishing signs) that a plate is written with, by
// ISO 3166.
var plateCountries = map[string]string{
	"A": "AT", "B": "BE", "BG": "BG", "CH": "CH", "CN": "CN", "CZ": "CZ", "D": "DE", "DK": "DK", "E": "ES", "F": "FR",
	"FIN": "FI",
	"GB":  "GB", "UK": "GB", "GR": "GR", "H": "HU", "HR": "HR", "I": "IT", "IRL": "IE", "L": "LU", "LT": "LT",
	"LV": "LV", "N": "NO",
	"NL": "NL", "P": "PT", "PL": "PL", "RO": "RO", "RUS": "RU", "S": "SE", "SK": "SK", "SLO": "SI", "TR": "TR",
	"UA": "UA", "USA": "US",
}

// state returns a country in the capitals of ISO 3166-1: UK and EL are how the union's offices call Britain and Greece.
func state(country []byte) string {
	switch code := strings.ToUpper(string(bytes.TrimSpace(country))); code {
	case "UK":
		return "GB"
	case "EL":
		return "GR"
	default:
		return code
	}
}

// official appends country, type and number: a British passport is no American social security number of the same
// digits.
func (n *Normaliser) official(dst, value, country, kind []byte) []byte {
	code := state(country)
	word := strings.Join(strings.FieldsFunc(string(n.folded(kind)), func(r rune) bool {
		return !unicode.IsLetter(r) &&
			!unicode.IsDigit(r)
	}), "")
	if known, ok := officialKinds[word]; ok {
		word = known.kind
		if code == "" {
			code = known.country
		}
	}
	if word == "social" && code != "" && code != "US" {
		word = "social" + code
	}
	dst = append(append(append(append(dst, code...), unit), word...), unit)
	start := len(dst)
	dst = n.Letters(dst, value)
	// a table took its leading zero
	if word == "social" && code == "US" && len(dst)-start == 8 && digitsOnly(dst[start:]) {
		dst = slices.Insert(dst, start, '0')
	}
	return emptied(dst, start, len(code)+len(word)+2)
}

func digitsOnly(b []byte) bool {
	for _, c := range b {
		if !isDigit(rune(c)) {
			return false
		}
	}
	return len(b) > 0
}

func hasDigit(b []byte) bool {
	for _, c := range b {
		if isDigit(rune(c)) {
			return true
		}
	}
	return false
}

type officialKind struct{ kind, country string }

// officialKinds are words for one kind of number, and the country where there is only one that calls it so.
var officialKinds = func() map[string]officialKind {
	m := map[string]officialKind{}
	for kind, words := range map[officialKind][]string{
		{"social", "US"}: {"ssn", "socialsecurity", "socialsecuritynumber", "socialsecurityno", "ussn"},
		{"itin", "US"}:   {"itin"},
		{"ein", "US"}:    {"ein", "fein", "employeridentificationnumber"},
		{"nino", "GB"}:   {"nino", "nationalinsurance", "nationalinsurancenumber", "nin"},
		{"nhs", "GB"}:    {"nhs", "nhsnumber"},
		{"id", "CN"}:     {"居民身份证", "身份证", "身份证号", "身份证号码", "居民身份证号码", "shenfenzheng"},
		{"dni", "ES"}:    {"dni", "nif", "documentonacionaldeidentidad"},
		{"nie", "ES"}:    {"nie"},
		{"fiscal", "IT"}: {"codicefiscale", "codfiscale", "cf"},
		{"nir", "FR"}:    {"nir", "securitesociale", "sécuritésociale", "insee", "numerosecuritesociale"},
		{"steuer", "DE"}: {"steuerid", "steueridentifikationsnummer", "steuerliche identifikationsnummer", "idnr"},
		{"passport", ""}: {"passport", "passportnumber", "passportno", "passnummer", "reisepass", "passeport",
			"pasaporte", "passaporto", "护照", "护照号", "pass"},
		{"licence", ""}: {"drivinglicence", "drivinglicense", "driverslicence", "driverslicense", "driverlicence",
			"driverlicense", "licence", "license", "dl",
			"führerschein", "führerscheinnummer", "fuehrerschein", "permisdeconduire", "permisodeconducir",
			"carnetdeconducir", "patente", "patentediguida", "驾驶证", "驾照"},
		{"tax", ""}: {"tax", "taxid", "taxnumber", "taxpayerid", "tin", "steuernummer", "numerofiscal", "partitaiva",
			"税号"},
		{"id", ""}: {"id", "idcard", "identitycard", "nationalid", "nationalidentity", "nationalidcard",
			"personalausweis", "ausweis", "cartedidentite", "cartedidentité", "cni", "cartadidentita",
			"cartadidentità"},
		{"health", ""}: {"health", "healthinsurance", "krankenversicherung", "krankenversichertennummer", "kvnr",
			"cartevitale"},
	} {
		for _, w := range words {
			m[w] = kind
		}
	}
	return m
}()

func imei(dst, value []byte) []byte {
	start := len(dst)
	dst = appendDigits(dst, value)
	if n := len(dst) - start; n == 15 || n == 16 { // with its check digit, or with the software version instead
		dst = dst[:start+14]
	}
	return dst
}

// ip appends an address. One that many networks give (RFC 1918, RFC 4193, loopback, none) is hollow: it joins
// strangers.
func ip(dst, value []byte) (form []byte, hollow bool) {
	addr, err := netip.ParseAddr(string(bytes.TrimSpace(value)))
	if err != nil {
		return dst, false
	}
	addr = addr.Unmap().WithZone("")
	return addr.AppendTo(dst), addr.IsPrivate() || addr.IsLoopback() || addr.IsUnspecified() ||
		addr.IsLinkLocalUnicast()
}
