package token

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// identities are groups of writings: those of a group are one identity, those of two groups two. Parts are split at |.
var identities = []struct {
	domain string
	groups [][]string
}{
	{"phn", [][]string{
		{"+15552345678|US", "555-234-5678|US", "555-234-5678,|US", "555-234-5678 cell|US", "(555) 234-5678 (home)|US",
			"Tel. 555.234.5678|US", "tel:+1-555-234-5678", "1 555 234 5678|US",
			"+1 (555) 234-5678 x12|US", "555-234-5678 ext. 12|US", "[555] 234 5678|US", "＋１ 555 234 5678|GB",
			"5552345678 or 5552345679|US", "555-234-5678;555-234-5679|US", "+1.555.234.5678"},
		{"555-234-5679|US", "+15552345679"},
		{"+4915123456789|DE", "0151 23456789|DE", "0151 23456789 (privat)|DE", "0151 23456789 Handy|DE",
			"0151 23456789 / 030 1234567|DE", "0151/23456789|DE", "49151 23456789|DE", "4915123456789|DE",
			"0049 151 23456789", "+49 (0) 151 23456789", "Mobil: 0151-23456789|DE", "0151 23456789, ab 18 Uhr|DE",
			"+49 151 23456789|UK", "0151 23456789 王|DE", "privat 0151 23456789|DE"},
		{"030/1234576|DE", "+49 30 1234576", "(030) 123 45 76|DE", "030 1234576 Büro|DE", "4930 1234576|DE"},
		{"+447700900123|GB", "07700 900123|GB", "07700 900123 (wife)|GB", "07700 900123|UK", "+44 (0)7700 900123",
			"447700900123|GB", "44 7700 900 123|UK"},
		{"+8613912345678|CN", "13912345678（手机）|CN", "13912345678 王|CN", "8613912345678|CN", "139-1234-5678|CN",
			"手机：139 1234 5678|CN"},
		{"+33612345678", "06 12 34 56 78|FR", "33612345678|FR", "06.12.34.56.78 (perso)|FR"},
		{"+34612345678", "612 345 678|ES", "612345678 móvil|ES", "34 612 345 678|ES"},
		{"+390612345678", "06 1234 5678|IT", "06 12345678 ufficio|IT", "39 06 12345678|IT"},
		{"1-800-356-9377|US", "1-800-FLOWERS|US"},
		{"020 7946 0123|GB"}, {"020 7946 0124|GB"},
	}},
	{"nid", [][]string{
		{"533201877|GB|passport", "533 201 877|GB|Passport", "533201877|UK|passport no."},
		{"533201877|DE|driving-licence", "533201877|DE|Führerschein", "533-201-877|DE|driving licence"},
		{"533201877|US|ssn", "533-20-1877|US|SSN", "533 20 1877||ssn", "533201877|US|Social Security Number"},
		{"533201877|SE|health"}, {"533201877|FR|tax"}, {"533201877|US|"}, {"533201877||"},
		{"012345679|US|ssn", "12345679|US|ssn", "012-34-5679||ssn"}, // a table took the zero
		{"C01X00T47|DE|passport", "c01x00t47|DE|Reisepass"},
		{"12345678Z1|ES|dni", "12345678-Z1||DNI"},
		{"AB 12 43 56 C||nino", "ab124356c|GB|National Insurance number"},
	}},
	{"bnk", [][]string{
		{"DE89370400440532013000||", "IBAN DE89 3704 0044 0532 0130 00||", "IBAN: DE89 3704 0044 0532 0130 00||",
			"de89 3704 0044 0532 0130 00||", "iban:DE89370400440532013000 (Commerzbank)||",
			"DE89-3704-0044-0532-0130-00||", "|COBADEFFXXX|DE89370400440532013000",
			"||IBAN DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00 Commerzbank||",
			"DE89370400440532013000|COBADEFF|0532013000"},
		{"DE02120300000000202051||"},
		{"|COBADEFF|0532013000", "|COBADEFFXXX|532013000", "|cobadeffxxx|0532013000", "|COBA DE FF|532013000",
			"|BIC: COBADEFFXXX|0532013000", "|COBADEFF370|0532013000"},
		{"|021000021|12345679", "|21000021|12345679", "|021000021|0012345679", "|021000021|1234-5679"},
		{"|021000021|12345670"}, {"|121000021|12345679"},
	}},
	{"nam", [][]string{
		{"Acme Garage Ltd", "ACME GARAGE LIMITED", "Acme Garage, Ltd.", "Acme Garage L.T.D."},
		{"Acme Garage Inc", "Acme Garage, Incorporated", "ACME GARAGE INC."},
		{"Acme Garage LLC", "Acme Garage L.L.C.", "Acme Garage Limited Liability Company"},
		{"Acme Garage"},
		{"Müller Bau GmbH", "Müller Bau Gesellschaft mit beschränkter Haftung", "MÜLLER BAU G.m.b.H."},
		{"Müller Bau GmbH & Co. KG", "Müller Bau GmbH und Co KG", "MÜLLER BAU GMBH & CO KG"},
		{"Société Dupont S.A.R.L.", "Société Dupont SARL", "société dupont société à responsabilité limitée"},
		{"Rossi S.p.A.", "ROSSI SPA", "Rossi Società per Azioni"},
		{"García Talleres S.L.", "garcía talleres sl", "García Talleres Sociedad Limitada"},
		{"深圳安泰汽修有限公司", "深圳安泰汽修有限责任公司", "深圳 安泰汽修 有限公司"},
		{"Smith & Sons", "Smith and Sons"},
		{"İSTANBUL IŞIK", "istanbul ışık", "İstanbul Işık", "ISTANBUL IŞIK", "Işık, İstanbul"},
		{"Παπαδόπουλος Γιώργος", "ΠΑΠΑΔΟΠΟΥΛΟΣ ΓΙΩΡΓΟΣ", "παπαδοπουλος γιωργος", "Παπαδόπουλοσ Γιώργοσ"},
		{"John Smith Jr", "John Smith Jr.", "John Smith, Jr.", "Smith, John, Jr.", "Smith Jr., John",
			"Mr. John Smith Junior", "SMITH, JOHN JR", "John Smith jnr"},
		{"John Smith Sr", "John Smith, Senior"},
		{"John Smith III", "John Smith, 3rd", "Smith, John III"},
		{"John Smith", "Mr John Smith", "Smith, John", "Dr. John Smith", "John Smith, MD", "Јоhn Ѕmith", "Jоhn Smіth",
			"JOHN SMITH, Ph.D."},
		{"Junior Smith"}, {"Jane Smith", "Mrs. Jane Smith", "Frau Jane Smith"},
		{"Смирнов Иван", "СМИРНОВ ИВАН", "Иван, Смирнов"},
		{"王小明", "王 小明", "王　小明"},
		{"Unit 1.12 Trading"}, {"Unit 112 Trading"},
	}},
	{"eml", [][]string{
		{"ann@example.org", "Ann <ann@example.org>", `"Archer, Ann" <Ann@Example.ORG>`, "mailto:ann@example.org",
			"mailto:ann@example.org?subject=x", "ann@example.org.", "ann@example.org (work)", " ann@example.org; ",
			"<ann@example.org>", "ann@example.org, bob@example.org", "E-Mail: ann@example.org", "аnn@example.org"},
		{"ann@bücher.example", "ann@xn--bcher-kva.example", "ANN@BÜCHER.EXAMPLE", "Ann <ann@bücher.example.>"},
		{"ann+claims@example.org"}, {"a.nn@example.org"}, {"bob@example.org"},
	}},
	{"plt", [][]string{
		{"B-AB 123|DE", "b ab 123|DE", "B-AB-123|DE", "B AB123|DE", "B-AB 123 (D)|", "B:AB 123|DE"},
		{"BA-B 123|DE"},
		{"B-AB 123|PL"}, {"AB 123 CD|FR", "AB-123-CD|FR", "ab123cd|FR"}, {"AB 123 CD|IT"},
		{"М123СК77|RU", "M123CK77|RU", "м 123 ск 77|RU"},
		{"AB12 CDE|UK", "AB12CDE|GB"},
	}},
	{"inv", [][]string{{"RE-1.12-77", "re 1.12 77", "RE 1/12-77"}, {"RE-112-77", "RE11277", "RE 11277"}, {"RE-11.277"},
		{"RE-2024/112"}, {"RE-20241/12"}}},
	{"vin", [][]string{{"1HGCM82633A004352", "1hg cm82633a-004352", "IHGCM82633AOO4352"}, {"1HGCM82633A004353"}}},
	{"adr", [][]string{
		{"12 Main Street||Springfield|01101|US", "12 Main St.||SPRINGFIELD|01101-1234|US",
			"12 MAIN ST||Springfield|1101|US", "12 main street||Springfield|011011234|US"},
		{"12 Main Street||Springfield|01102|US"},
		{"1.12 Main Street||Springfield|01101|US"}, {"112 Main Street||Springfield|01101|US"},
		{"Hauptstraße 5||Berlin|10115|DE", "Hauptstr. 5||BERLIN|10115|DE", "HAUPTSTRASSE 5||Berlin|10115|DE"},
		{"10 Downing Street||London|SW1A 2AA|GB", "10 Downing St||London|sw1a2aa|UK"},
	}},
}

func TestOneIdentityHasOneFormAndTwoHaveTwo(t *testing.T) {
	var n Normaliser
	for _, kind := range identities {
		owner := map[string]string{}
		for _, group := range kind.groups {
			want := formOf(&n, kind.domain, strings.Split(group[0], "|")...)
			if other, taken := owner[want]; taken || want == "" {
				t.Errorf("%s %q has the form %q, which is that of %q", kind.domain, group[0], want, other)
			}
			owner[want] = group[0]
			for _, text := range group[1:] {
				if got := formOf(&n, kind.domain, strings.Split(text, "|")...); got != want {
					t.Errorf("%s %q: got %q, want %q as of %q", kind.domain, text, got, want, group[0])
				}
			}
		}
	}
}

// Thirty strangers who have these have nothing in common.
func TestPlaceholdersHaveNoForm(t *testing.T) {
	var n Normaliser
	for domain, values := range map[string][]string{
		"nid": {"000-00-0000|US|ssn", "000-12-3456|US|ssn", "666-12-3457|US|ssn", "123-00-4567|US|ssn",
			"111-11-1111|US|ssn", "123-45-6789|US|ssn", "987654321", "078-05-1120|US|ssn", "N/A", "UNKNOWN", "XXXXXXXX",
			"XXX-XX-XXXX", "keine Angabe", "sans objet", "不详", "110101199003077758|CN|id", "?????????", "0000000000",
			"99999999R|ES|dni"},
		"phn": {"1111111111", "0123456789", "13800138000|CN", "+86 138 0013 8000", "13800138000（手机）|CN",
			"000-000-0000|US", "(555) 555-5555|US", "999 999 9999", "N/A", "unknown", "unbekannt", "inconnu",
			"desconocido", "sconosciuto",
			"无", "+49 0000000000", "+1 111 111 1111", "1234567890|US", "0000000000|DE", "01234 567890|GB", "XXXXXXXXXX",
			"none", "0151 0000000|DE", "1212121212", "+10000000000", "-"},
		"eml": {"none@none.com", "NONE@none.com", "no@no.com", "noemail@noemail.com", "n/a", "test@test.com",
			"unknown@unknown.com", "xxx@xxx.com", "keine@keine.de", "aucun@aucun.fr", "na@na.com",
			"noemail@acme.example", "aaaa@example.org", "无", "none"},
		"nam": {"N/A", "UNKNOWN", "Unknown Unknown", "John Doe", "DOE, JANE", "Max Mustermann", "Mustermann, Max",
			"not known", "张三", "未知", "N.N.", "XXXX", "inconnu", "desconocido", "Sconosciuto", "test test", "12345",
			"неизвестно"},
		"bnk": {"XXXXXXXXXX||", "||0000000000", "||1111111111", "N/A||", "DE00000000000000000000||",
			"|021000021|123456789", "|021000021|00000000", "unknown|unknown|unknown", "||keine"},
		"adr": {"not known||London|X1 1XX|GB", "unknown||Unknown|00000|US", "unbekannt||Berlin|10115|DE",
			"inconnue||Paris|75001|FR", "不详||上海|200000|CN", "No fixed abode||London||GB", "XXXX||London|X1 1XX|GB",
			"desconocido||Madrid|28001|ES"},
		"per": {"Ann Archer|1900-01-01", "Ann Archer|9999-12-31", "Ann Archer|1899-12-30"},
		"vin": {"00000000000000000", "11111111111111111", "XXXXXXXXXXXXXXXXX", "UNKNOWN", "12345678901234567"},
		"plt": {"UNKNOWN", "NOPLATE", "XXXXXX", "无牌", "N/A", "000000"},
		"dvc": {"000000000000000", "111111111111111", "004999010640000", "123456789012345", "unknown"},
		"ser": {"0123456789ABCDEF", "To be filled by O.E.M.", "Default string", "00000000", "N/A"},
		"net": {"127.0.0.1", "0.0.0.0", "192.168.1.1", "10.0.0.1", "::1", "fe80::1"},
		"pol": {"0000000", "N/A", "unknown", "123456789"},
		"inv": {"N/A", "0000", "12345", "none"},
		"doc": {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		"img": {"0000000000000000", "ffffffffffffffff"},
		"emp": {"self-employed", "retired", "N/A", "无业", "arbeitslos"},
		"pid": {"000000", "N/A", "unknown", "99999999"},
		"fpr": {"unknown", "00000000-0000-0000-0000-000000000000"},
		"rep": {"N/A", "pending", "00000"},
	} {
		for _, value := range values {
			parts := strings.Split(value, "|")
			in := make([][]byte, len(parts))
			for i, p := range parts {
				in[i] = []byte(p)
			}
			if got, outcome := n.Append(nil, ByName(domain), in...); outcome != Placeholder || len(got) != 0 {
				t.Errorf("%s %q is %s, with the form %q", domain, value, outcome, got)
			}
		}
	}
}

// What looks like one but may well be somebody's.
func TestWhatIsNoPlaceholder(t *testing.T) {
	var n Normaliser
	for domain, values := range map[string][]string{
		"nid": {"533-20-1877|US|ssn", "666123456|GB|passport", "900-70-1234|US|itin"},
		"phn": {"+1 212 555 1234", "0800 1111|GB", "020 7946 0123|GB", "+86 138 1234 5671", "+49 30 1000000"},
		"eml": {"nathan@none.example", "info@acme.example", "test.er@example.org", "noah@example.com"},
		"nam": {"Nan Goldin", "Na Li", "Jean Dupont", "Mario Rossi", "张三丰", "李四光", "Noone, Peter", "Test Garage Ltd",
			"John Doerr"},
		"plt": {"AAA 111|", "B-AB 123|DE"},
		"pid": {"1111", "12345", "2222"},
		"adr": {"1 Unknown Road||London|X1 1XX|GB", "11 11th Street||New York|10001|US"},
		"per": {"Ann Archer|1970-01-01", "Ann Archer|1980-01-01"},
		"net": {"192.0.2.1", "2001:db8::1"},
	} {
		for _, value := range values {
			parts := strings.Split(value, "|")
			if domain == "phn" && value == "0800 1111|GB" { // too short to tell anybody, and no placeholder
				continue
			}
			if formOf(&n, domain, parts...) == "" {
				t.Errorf("%s %q has no form", domain, value)
			}
		}
	}
}

func TestWhatIsFoundByTryingHasNoForm(t *testing.T) {
	var n Normaliser
	for domain, values := range map[string][]string{
		"nid": {"123", "7364518", "A12345", "AB7364"}, "phn": {"911", "555 1234", "7364518"}, "vin": {"A1234", "12345"},
		"ser": {"AB123", "7364518"}, "fpr": {"abc12"}, "bnk": {"||7364518", "|12|73645"}, "dvc": {"123"},
		"eml": {"a@b.c"},
	} {
		for _, value := range values {
			if got := formOf(&n, domain, strings.Split(value, "|")...); got != "" {
				t.Errorf("%s %q has the form %q", domain, value, got)
			}
		}
	}
	for _, value := range []string{"73645182|GB|passport", "A123457|GB|passport"} {
		if formOf(&n, "nid", strings.Split(value, "|")...) == "" {
			t.Errorf("%q has no form", value)
		}
	}
}

// Numbers as an issuer gives them one after another are as many identities, in each domain and however they are set.
func TestAMillionNumbersAreAMillionIdentities(t *testing.T) {
	many := 1_000_000
	if testing.Short() {
		many = 100_000
	}
	var n Normaliser
	for _, of := range []struct{ domain, layout string }{
		{"nid", "%09d|GB|passport"}, {"phn", "+4915%09d"}, {"bnk", "|37040044|%010d"}, {"nam", "Ann Archer%06d"},
		{"eml", "ann%06d@example.org"},
		{"plt", "B-AB %06d|DE"}, {"inv", "RE-%08d"}, {"adr", "%d Main Street||Springfield|01101|US"},
	} {
		seen := make(map[string]bool, many)
		gone := 0
		for i := range many / 8 {
			form := formOf(&n, of.domain, strings.Split(fmt.Sprintf(of.layout, i*7+3), "|")...)
			if form == "" {
				gone++ // a placeholder by its shape
				continue
			}
			if seen[form] {
				t.Fatalf("%s: two numbers have the form %q", of.domain, form)
			}
			seen[form] = true
		}
		if gone > many/8/1000 {
			t.Errorf("%s: %d of %d have no form", of.domain, gone, many/8)
		}
	}
}

// However blanks, hyphens and case are set, a number is one identity, and changing a character makes another.
func TestAnyOtherCharacterIsAnotherIdentity(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := rapid.SampledFrom([]string{"nid", "vin", "pol", "inv", "ser", "plt"}).Draw(r, "domain")
		number := []byte(rapid.StringMatching(`[A-HJ-NPR-Z0-9]{9,16}`).Draw(r, "number"))
		var n Normaliser
		one := formOf(&n, d, string(number), "FR")
		var set strings.Builder
		for _, c := range number {
			if rapid.Bool().Draw(r, "lower") {
				c = []byte(strings.ToLower(string(c)))[0]
			}
			set.WriteByte(c)
			set.WriteString(rapid.SampledFrom([]string{"", "", " ", "-", "\u00a0", "\u2011"}).Draw(r, "sign"))
		}
		if got := formOf(&n, d, set.String(), "FR"); got != one {
			r.Fatalf("%s %q: got %q, want %q", d, set.String(), got, one)
		}
		other := slices.Clone(number)
		at := rapid.IntRange(0, len(other)-1).Draw(r, "at")
		other[at] = rapid.SampledFrom([]byte("ABCDEFGHJKLMNPRSTUVWXYZ0123456789")).Draw(r, "character")
		if form := formOf(&n, d, string(other), "FR"); (form == one) != (string(other) == string(number)) &&
			form != "" {
			r.Fatalf("%s: %q and %q are one", d, number, other)
		}
	})
}

// The forms are what tokens are made of: one that changes must raise Domain.Form, or what was kept joins nothing and
// nobody knows.
func TestFormsChangeWithTheirVersionOnly(t *testing.T) {
	var n Normaliser
	var text strings.Builder
	for _, d := range domains {
		fmt.Fprintf(&text, "%s form %d\n", d.Name, d.Form)
	}
	for _, kind := range identities {
		for _, group := range kind.groups {
			fmt.Fprintf(&text, "%s %q %q\n", kind.domain, group[0],
				formOf(&n, kind.domain, strings.Split(group[0], "|")...))
		}
	}
	golden(t, "forms.golden.txt", text.String())
}

func TestPlaceholdersOfAnInstall(t *testing.T) {
	p, err := LoadPlaceholders([]byte("version: 1\nphone: [\"+49 30 99 88 776\"]\nany: [entfernt]\nbirth-date: [1999-09-09]\nemail-domains: [acme.example]\n"))
	if err != nil {
		t.Fatal(err)
	}
	n := Normaliser{Placeholders: p}
	for domain, value := range map[string]string{"phn": "+49 30 9988776", "nam": "ENTFERNT",
		"per": "Ann Archer|1999-09-09", "eml": "kunde77@acme.example", "nid": "N/A"} {
		if got := formOf(&n, domain, strings.Split(value, "|")...); got != "" {
			t.Errorf("%s %q has the form %q", domain, value, got)
		}
	}
	for name, text := range map[string]string{
		"version: 1 is missing": "phone: [\"1\"]", "there is no such list": "version: 1\nphones: [a]",
		"a list of words":    "version: 1\nphone: {a: b}",
		"no letter or digit": "version: 1\nphone: [\"--\"]", "must be YAML": "version: [",
		"null, no and numbers": "version: 1\nname: [null]",
	} {
		if _, err := LoadPlaceholders([]byte(text)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v, want %q", text, err, name)
		}
	}
}
