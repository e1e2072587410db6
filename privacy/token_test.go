package privacy

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTokenVectors holds tokens for fixed roots, so that others can test theirs: version n of the root of insurer alpha
// is SHA-256("alpha/n").
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
		{"alpha", "nid", "935-30-1144", "US"},
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
		if got, ok, err := k.Token(parts[0], parts[1], parts[2:]...); err != nil || !ok || got != stream[path] {
			t.Errorf("%s: looked up %s, the stream has %s: %v", path, got, stream[path], err)
		}
	}
	if got, ok, err := k.Token("phn", "(415) 555-0123", "US"); err != nil || !ok || got != stream["claimant.phone"] {
		t.Errorf("looked up %s: %v", got, err)
	}
	if _, _, err := k.Token("per", "Ann"); err == nil {
		t.Error("a part is missing")
	}
	if _, ok, err := k.Token("per", "Ann", ""); ok || err != nil {
		t.Errorf("a name alone has a token: %v", err)
	}
}

func TestShortValuesGetNoToken(t *testing.T) {
	k := insurerKeys(t, "alpha", 1)
	for domain, value := range map[string]string{"phn": "911", "nam": "Al", "plt": "A1", "nid": "123", "doc": "abcdef",
		"dvc": "123"} {
		if token, ok, err := k.Token(domain, value, ""); ok || err != nil {
			t.Errorf("%s %q: %s %v", domain, value, token, err)
		}
	}
	for _, domain := range []string{"per", "adr", "bnk", "xyz", ""} {
		if _, _, err := k.Token(domain, "anything at all"); err == nil {
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
