package privacy

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestNormalForms(t *testing.T) {
	tests := []struct{ domain, value, country, want string }{
		{"nam", "Christine Archer", "", "christine archer"},
		{"nam", "  CHRISTINE   archer ", "", "christine archer"},
		{"nam", "Archer, Christine", "", "christine archer"},
		{"nam", "O'Neill-Smith", "", "oneill smith"},
		{"nam", "Dr. J. Smith", "", "dr j smith"},
		{"nam", "Ｊｏｈｎ Smith", "", "john smith"},       // full width
		{"nam", "Jose\u0301 Núñez", "", "josé núñez"}, // composed and decomposed
		{"nam", "Straße", "", "strasse"},              // full case folding
		{"nam", "ΣΊΣΥΦΟΣ", "", "σίσυφοσ"},             // final sigma is folded
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
		{"phn", "+999 1234 56789", "", "+999123456789"}, // no such country
		{"phn", "+999 (1234) 56789", "", "+999123456789"},
		{"eml", " Christine.Archer@Example.COM ", "", "christine.archer@example.com"},
		{"eml", "jo\u200b@ex\u00adample.org", "", "jo@example.org"},
		{"eml", "\ufeffo\u2019neill@example.org\u034f", "", "o'neill@example.org"},
		{"eml", "jo@example.org\x00\x1f\x7f\u0085", "", "jo@example.org"},
		{"nid", "935-30-1144", "", "935301144"},
		{"nid", "٩٣٥-٣٠-١١٤٤", "", "935301144"}, // digits of another script
		{"nid", "ab १२\u00ad३४", "", "AB1234"},
		{"phn", "٠٣٠ ٩٠١٨٢٠", "DE", "+4930901820"},
		{"phn", "٠٣٠ ٩٠١٨٢٠", "", "030901820"},
		{"nid", "ab 12 34 56 c", "", "AB123456C"},
		{"vin", "1hg cm82633a-004352", "", "1HGCM82633A004352"},
		{"plt", "ab-123 cd", "", "AB123CD"},
		{"plt", "м 123 ск", "", "М123СК"},
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
	var n norms
	for _, tt := range tests {
		got := string(n.normalise(nil, domainByName[tt.domain].norm, []byte(tt.value), []byte(tt.country)))
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
		name  string
		form  form
		parts []string
		want  string
	}{
		{"person", formPerson, []string{"Archer, Christine", "1980-02-11"}, "christine archer" + sep + "1980-02-11"},
		{"person with the time of birth", formPerson, []string{"Ann", "1980-02-11T05:00:00Z"}, "ann" + sep + "1980-02-11"},
		{"a year would join namesakes", formPerson, []string{"Ann", "1980"}, ""},
		{"no birth date", formPerson, []string{"Ann", ""}, ""},
		{"no name", formPerson, []string{"", "1980-02-11"}, ""},
		{"address", formAddress, []string{"7701 West Sunset Avenue", "", "Fayetteville", "72704", "us"},
			"7701 w sunset ave" + sep + "fayetteville" + sep + "72704" + sep + "US"},
		{"the same, written otherwise", formAddress, []string{"7701 W. Sunset Ave", "", "FAYETTEVILLE", "727 04", "US"},
			"7701 w sunset ave" + sep + "fayetteville" + sep + "72704" + sep + "US"},
		{"second line", formAddress, []string{"1 Main Street", "Suite 5", "X", "", ""}, "1 main st ste 5" + sep + "x" + sep + sep},
		{"second line without a word", formAddress, []string{"1 Main Street", "--", "X", "", ""}, "1 main st" + sep + "x" + sep + sep},
		{"street alone", formAddress, []string{"1 Main Street", "Suite 5", "", "", "US"}, ""},
		{"no street", formAddress, []string{"", "", "Fayetteville", "72704", "US"}, ""},
		{"iban", formBank, []string{"gb29 nwbk 6016 1331 9268 19", "", ""}, "GB29NWBK60161331926819"},
		{"iban before number", formBank, []string{"GB29NWBK60161331926819", "1", "2"}, "GB29NWBK60161331926819"},
		{"routing and number", formBank, []string{"", "026944372", "HUYP-97291113"}, "026944372" + sep + "HUYP97291113"},
		{"number alone", formBank, []string{"", "", "97291113"}, sep + "97291113"},
		{"short number alone", formBank, []string{"", "", "972911"}, ""},
		{"short number", formBank, []string{"", "026944372", "97291"}, ""},
		{"bank alone", formBank, []string{"", "026944372", ""}, ""},
	}
	var n norms
	for _, tt := range tests {
		parts := make([][]byte, len(tt.parts))
		for i, p := range tt.parts {
			if p != "" {
				parts[i] = []byte(p)
			}
		}
		if got := string(n.compose(nil, tt.form, parts)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestTokenVectors holds tokens for fixed roots, so that others can test theirs: version n of the root of insurer alpha is
// SHA-256("alpha/n").
func TestTokenVectors(t *testing.T) {
	type vector struct {
		Insurer  string `json:"insurer"`
		Domain   string `json:"domain"`
		Value    string `json:"value"`
		Country  string `json:"country,omitempty"`
		Version1 string `json:"version1"`
		Version2 string `json:"version2"`
	}
	var vectors []vector
	for _, in := range [][4]string{
		{"alpha", "nam", "Archer, Christine", ""},
		{"alpha", "phn", "(415) 555-0123", "US"},
		{"beta", "phn", "+14155550123", ""},
		{"alpha", "eml", "Christine.Archer@example.com", ""},
		{"alpha", "nid", "935-30-1144", ""},
		{"alpha", "vin", "1HGCM82633A004352", ""},
		{"alpha", "plt", "AB-123-CD", ""},
		{"alpha", "pol", "PLC00008468", ""},
		{"alpha", "dvc", "352099001761481", ""},
		{"alpha", "net", "192.0.2.1", ""},
	} {
		v := vector{Insurer: in[0], Domain: in[1], Value: in[2], Country: in[3]}
		for version, to := range map[int]*string{1: &v.Version1, 2: &v.Version2} {
			token, ok, err := insurerKeys(t, v.Insurer, version).Token(v.Domain, v.Value, v.Country)
			if err != nil || !ok {
				t.Fatalf("%s: %v %v", v.Domain, ok, err)
			}
			*to = token
		}
		vectors = append(vectors, v)
	}
	text, err := json.MarshalIndent(vectors, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "tokens.golden.json", string(text)+"\n")
}

func TestTokensJoinWithinInsurerAndDomainOnly(t *testing.T) {
	alpha, beta := insurerKeys(t, "alpha", 1), insurerKeys(t, "beta", 1)
	token := func(k *InsurerKeys, domain, value string) string {
		s, ok, err := k.Token(domain, value, "US")
		if err != nil || !ok {
			t.Fatalf("%s %v %v", domain, ok, err)
		}
		return s[len(domain):]
	}
	if token(alpha, "phn", "(415) 555-0123") != token(alpha, "phn", "+1 415 555 0123") {
		t.Error("one number written in two ways has two tokens")
	}
	if token(alpha, "pol", "ABC123") == token(beta, "pol", "ABC123") {
		t.Error("two insurers have one token")
	}
	if token(alpha, "pol", "ABC123") == token(alpha, "vin", "ABC123") {
		t.Error("two domains have one token")
	}
}

func TestLookUpFindsTheTokensOfTheStream(t *testing.T) {
	out := protectText(t, string(sample(t)))
	k := insurerKeys(t, "alpha", 1)
	stream := map[string]string{}
	for _, token := range out.Tokens {
		stream[token.Path] = token.Value
	}
	for path, parts := range map[string][]string{
		"claimant.person":      {"per", "christine ARCHER", "1980-02-11"},
		"claimant.address":     {"adr", "7701 W Sunset Ave", "", "Fayetteville", "72704", "US"},
		"claimant.bankAccount": {"bnk", "", "026944372", "HUYP97291113"},
	} {
		if got, ok, err := k.ComposedToken(parts[0], parts[1:]...); err != nil || !ok || got != stream[path] {
			t.Errorf("%s: looked up %s, the stream has %s: %v", path, got, stream[path], err)
		}
	}
	if got, ok, err := k.Token("phn", "(415) 555-0123", "US"); err != nil || !ok || got != stream["claimant.phone"] {
		t.Errorf("looked up %s: %v", got, err)
	}
	if _, _, err := k.ComposedToken("per", "Ann"); err == nil {
		t.Error("a part is missing")
	}
	if _, ok, err := k.ComposedToken("per", "Ann", ""); ok || err != nil {
		t.Errorf("a name alone has a token: %v", err)
	}
}

func TestShortValuesGetNoToken(t *testing.T) {
	k := insurerKeys(t, "alpha", 1)
	for domain, value := range map[string]string{"phn": "911", "nam": "Al", "plt": "A1", "nid": "123", "doc": "abcdef", "dvc": "123"} {
		if token, ok, err := k.Token(domain, value, ""); ok || err != nil {
			t.Errorf("%s %q: %s %v", domain, value, token, err)
		}
	}
	for _, domain := range []string{"per", "adr", "bnk", "xyz", ""} {
		if _, _, err := k.Token(domain, "anything at all", ""); err == nil {
			t.Errorf("domain %q took a single value", domain)
		}
	}
}

func TestLiftReachesTheTokenOfTheNewerKey(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		value := rapid.StringMatching(`[A-Z0-9]{6,20}`).Draw(r, "value")
		from := rapid.IntRange(1, 4).Draw(r, "from")
		to := rapid.IntRange(from, 5).Draw(r, "to")
		old, _, err := insurerKeys(t, "alpha", from).Token("pol", value, "")
		if err != nil {
			r.Fatal(err)
		}
		now, _, err := insurerKeys(t, "alpha", to).Token("pol", value, "")
		if err != nil {
			r.Fatal(err)
		}
		lifted, err := insurerKeys(t, "alpha", to).Lift(old)
		if err != nil || lifted != now {
			r.Fatalf("lifted from %d to %d: %v", from, to, err)
		}
	})
}

func TestLiftRefusesWhatIsNoToken(t *testing.T) {
	k := insurerKeys(t, "alpha", 1)
	good, _, err := k.Token("pol", "ABC123", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"", "pol", "pol_1", "pol_1_", good[:len(good)-1], good + "a", strings.ToUpper(good),
		strings.Replace(good, "pol_1", "pol_2", 1), strings.Replace(good, "pol_1", "pol_01", 1),
		strings.Replace(good, "pol", "abc", 1), good[:len(good)-1] + "7"} {
		if lifted, err := k.Lift(token); err == nil {
			t.Errorf("%q was lifted to %q", token, lifted)
		}
	}
}

func FuzzLift(f *testing.F) {
	f.Add("pol_1_aaaaaaaaaaaaaaaaaaaaaaaaaa")
	f.Add("phn_2_")
	f.Fuzz(func(t *testing.T, token string) {
		lifted, err := insurerKeys(t, "alpha", 2).Lift(token)
		if err == nil && len(lifted) != len("pol_2_")+26 {
			t.Errorf("lifted to %q", lifted)
		}
	})
}

func FuzzNormalise(f *testing.F) {
	f.Add("Archer, Christine", "US", uint8(1))
	f.Add("+44 (0)20 7946 0123", "", uint8(4))
	f.Fuzz(func(t *testing.T, value, country string, how uint8) {
		var n norms
		kind := normaliser(how % uint8(normIP+1))
		once := string(n.normalise(nil, kind, []byte(value), []byte(country)))
		if twice := string(n.normalise(nil, kind, []byte(value), []byte(country))); twice != once {
			t.Errorf("not the same twice")
		}
	})
}
