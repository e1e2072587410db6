package token

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

func formOf(n *Normaliser, domain string, parts ...string) string {
	values := make([][]byte, len(parts))
	for i, p := range parts {
		if p != "" {
			values[i] = []byte(p)
		}
	}
	got, _ := n.Append(nil, ByName(domain), values...)
	return string(got)
}

func TestNormalForms(t *testing.T) {
	tests := []struct{ domain, value, country, want string }{
		{"nam", "Christine Archer", "", "christine archer"},
		{"nam", "  CHRISTINE   archer ", "", "christine archer"},
		{"nam", "Archer, Christine", "", "christine archer"},
		{"nam", "O'Neill-Smith", "", "oneill smith"},
		{"nam", "Dr. J. Smith", "", "j smith"},
		{"nam", "Ｊｏｈｎ Smith", "", "john smith"},       // full width
		{"nam", "Jose\u0301 Núñez", "", "josé núñez"}, // composed and decomposed
		{"nam", "Straße", "", "strasse"},              // full case folding
		{"nam", "ΣΊΣΥΦΟΣ", "", "σισυφοσ"},             // final sigma is folded, accents are not on capitals
		{"nam", "O\u2019Neill", "", "oneill"},         // apostrophes
		{"nam", "O\u02bcNeill", "", "oneill"},
		{"nam", "O\u00b4Neill", "", "oneill"},
		{"nam", "Ann\u00ad Ar\u200bcher\ufe0f", "", "ann archer"}, // what does not show
		{"nam", "王小明", "", "王小明"},                                 // no spaces to part
		{"nam", " - ", "", ""},
		{"phn", "+14155550123", "", "+14155550123"},
		{"phn", "+1 415-555-0123", "", "+14155550123"},
		{"phn", "(415) 555-0123", "US", "+14155550123"},
		{"phn", "1-415-555-0123", "us", "+14155550123"},
		{"phn", "020 7946 0123", "GB", "+442079460123"},
		{"phn", "+44 (0)20 7946 0123", "", "+442079460123"},
		{"phn", "+44 020 7946 0123", "", "+442079460123"}, // trunk zero after the country code
		{"phn", "+39 06 698 12345", "", "+390669812345"},  // in Italy the zero stays
		{"phn", "030 901820", "DE", "+4930901820"},
		{"phn", "0044 20 7946 0123", "DE", "+442079460123"},
		{"phn", "020 7946 0123", "", "02079460123"}, // no country: its digits
		{"phn", "none", "", ""},
		{"phn", "+52 1 55 1234 5678", "", "+525512345678"}, // the old 1 of Mexico's mobiles
		{"phn", "+52 (1) 55 1234 5678", "", "+525512345678"},
		{"phn", "044 55 1234 5678", "MX", "+525512345678"},
		{"phn", "+52 55 1234 5678", "", "+525512345678"},
		{"phn", "+7 8 495 123 45 67", "", "+74951234567"}, // a trunk prefix that is not zero
		{"phn", "+7 (8495) 123-45-67", "", "+74951234567"},
		{"phn", "8 495 123 45 67", "RU", "+74951234567"},
		{"phn", "+7 812 123 45 67", "", "+78121234567"},
		{"phn", "+54 11 15 2345 6789", "", "+5491123456789"}, // 15 in Argentina is 9 from abroad
		{"phn", "+54 (11) 15 2345-6789", "", "+5491123456789"},
		{"phn", "+54 9 11 2345 6789", "", "+5491123456789"},
		{"phn", "+1 1 415 555 0123", "", "+14155550123"},
		{"phn", "+1\t415\t555\t0123", "US", "+14155550123"},
		{"phn", "+1\t(415)\t555\t0123", "", "+14155550123"},
		{"phn", "415\t555\t0123", "US", "+14155550123"},
		{"phn", "\u202a+1 415\u2011555\u20110123\u202c", "", "+14155550123"}, // as copied out of an address book
		{"phn", "＋１ 415 555 0123", "", "+14155550123"},
		{"phn", "+999 1357 24680", "", "+999135724680"}, // no such country
		{"phn", "+999 (1357) 24680", "", "+999135724680"},
		{"eml", " Christine.Archer@Example.COM ", "", "christine.archer@example.com"},
		{"eml", "jo\u200b@ex\u00adample.org", "", "jo@example.org"},
		{"eml", "\ufeffo\u2019neill@example.org\u034f", "", "o'neill@example.org"},
		{"eml", "jo@example.org\x00\x1f\x7f\u0085", "", "jo@example.org"},
		{"nid", "935-30-1144", "US", "US\x1f\x1f935301144"},
		{"nid", "٩٣٥-٣٠-١١٤٤", "", "\x1f\x1f935301144"}, // digits of another script
		{"nid", "ab १२\u00ad३४५", "", "\x1f\x1fAB12345"},
		{"phn", "٠٣٠ ٩٠١٨٢٠", "DE", "+4930901820"},
		{"phn", "٠٣٠ ٩٠١٨٢٠", "", "030901820"},
		{"nid", "ab 12 43 56 c", "", "\x1f\x1fAB124356C"},
		{"vin", "1hg cm82633a-004352", "", "1HGCM82633A004352"},
		{"plt", "ab-123 cd", "FR", "FR\x1fAB123CD"},
		{"plt", "м 123 ск", "RU", "RU\x1fM123CK"},
		{"pol", "PLC-0000 8468", "", "PLC00008468"},
		{"doc", strings.Repeat("aB", 32), "", strings.Repeat("AB", 32)},
		{"dvc", "35-209900-176148-1", "", "35209900176148"},
		{"dvc", "\u200e٣٥٢٠٩٩٠٠١٧٦١٤٨١", "", "35209900176148"},
		{"dvc", "35 209900 176148 23", "", "35209900176148"}, // with software version
		{"net", "2001:DB8:0:0::1", "", "2001:db8::1"},
		{"net", "::ffff:192.0.2.1", "", "192.0.2.1"},
		{"net", "192.0.2.1\u200b", "", "192.0.2.1"},
		{"net", "192.0.2.300", "", ""},
		{"pid", " a-17 ", "", "a-17"},
	}
	var n Normaliser
	for _, tt := range tests {
		got := formOf(&n, tt.domain, tt.value, tt.country)
		if got != tt.want {
			t.Errorf("%s %q (%s): got %q, want %q", tt.domain, tt.value, tt.country, got, tt.want)
		}
	}
}

func TestDigitsOfEveryScriptAreThoseOfASCII(t *testing.T) {
	run := 0 // of digits that follow each other, of whole rows from zero to nine
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(unicode.Nd, r) {
			run = 0
			continue
		}
		if got := digit(r); int(got) != run%10 {
			t.Errorf("%U is a %d, got %d", r, run%10, got)
		}
		if plain := norm.NFKC.String(string(r)); len(plain) == 1 && plain[0] != '0'+digit(r) {
			t.Errorf("%U is a %s, got %d", r, plain, digit(r))
		}
		run++
	}
}

// However a number is written, it has one token: the short way may not give another form than the rules.
func TestTheShortWayOfANumberAgreesWithTheRules(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, code := range slices.Sorted(maps.Keys(phonenumbers.GetSupportedCallingCodes())) {
		for range 200 {
			value := "+" + strconv.Itoa(code)
			for range 5 + random.IntN(8) {
				value += strconv.Itoa(random.IntN(10))
			}
			short, ok := plainE164(nil, []byte(value))
			byRules, explained := parsed(value, "")
			if ok && explained && string(short) != byRules {
				t.Errorf("%s: %s on the short way, by the rules %s", value, short, byRules)
			}
		}
	}
}

func TestComposedForms(t *testing.T) {
	const sep = "\x1f"
	tests := []struct {
		name   string
		domain string
		parts  []string
		want   string
	}{
		{"person", "per", []string{"Archer, Christine", "1980-02-11"}, "christine archer" + sep + "1980-02-11"},
		{"person with the time of birth", "per", []string{"Ann", "1980-02-11T05:00:00Z"}, "ann" + sep + "1980-02-11"},
		{"a year would join namesakes", "per", []string{"Ann", "1980"}, ""},
		{"no birth date", "per", []string{"Ann", ""}, ""},
		{"no name", "per", []string{"", "1980-02-11"}, ""},
		{"address", "adr", []string{"7701 West Sunset Avenue", "", "Fayetteville", "72704", "us"},
			"7701 w sunset ave" + sep + "fayetteville" + sep + "72704" + sep + "US"},
		{"the same, written otherwise", "adr", []string{"7701 W. Sunset Ave", "", "FAYETTEVILLE", "727 04", "US"},
			"7701 w sunset ave" + sep + "fayetteville" + sep + "72704" + sep + "US"},
		{"second line", "adr", []string{"1 Main Street", "Suite 5", "X", "", ""}, "1 main st ste 5" + sep + "x" +
			sep + sep},
		{"second line without a word", "adr", []string{"1 Main Street", "--", "X", "", ""}, "1 main st" + sep + "x" +
			sep + sep},
		{"street alone", "adr", []string{"1 Main Street", "Suite 5", "", "", "US"}, ""},
		{"no street", "adr", []string{"", "", "Fayetteville", "72704", "US"}, ""},
		{"iban", "bnk", []string{"gb29 nwbk 6016 1331 9268 19", "", ""}, "GB29NWBK60161331926819"},
		{"iban before number", "bnk", []string{"GB29NWBK60161331926819", "1", "2"}, "GB29NWBK60161331926819"},
		{"routing and number", "bnk", []string{"", "026944372", "HUYP-97291113"}, "26944372" + sep + "HUYP97291113"},
		{"number alone", "bnk", []string{"", "", "97291113"}, sep + "97291113"},
		{"short number alone", "bnk", []string{"", "", "972911"}, ""},
		{"short number", "bnk", []string{"", "026944372", "97291"}, ""},
		{"bank alone", "bnk", []string{"", "026944372", ""}, ""},
	}
	var n Normaliser
	for _, tt := range tests {
		if got := formOf(&n, tt.domain, tt.parts...); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	f.Add("Archer, Christine", "US", "", uint8(0))
	f.Add("+44 (0)20 7946 0123", "", "", uint8(2))
	f.Add("DE89370400440532013000", "COBADEFFXXX", "1", uint8(6))
	f.Fuzz(func(t *testing.T, value, country, kind string, which uint8) {
		d := domains[int(which)%len(domains)]
		var n Normaliser
		once, outcome := n.Append(nil, d, []byte(value), []byte(country), []byte(kind))
		kept := string(once)
		twice, again := n.Append([]byte("before"), d, []byte(value), []byte(country), []byte(kind))
		if string(twice) != "before"+kept || outcome != again || (outcome == Named) != (kept != "") {
			t.Errorf("not the same twice")
		}
	})
}
