package claim

import (
	"strings"
	"testing"
	"time"
)

// change replaces old by new once, which must be there.
func change(t *testing.T, s, old, replacement string) string {
	t.Helper()
	if strings.Count(s, old) == 0 {
		t.Fatalf("%s is not in the sample", old)
	}
	return strings.Replace(s, old, replacement, 1)
}

func TestValidate(t *testing.T) {
	now := time.Date(2026, 3, 5, 13, 12, 40, 0, time.UTC) // five seconds before the sample was recorded
	for _, c := range []struct {
		name, old, replacement string
		code                   Code
		path                   string
	}{
		{"as it is", `"x"`, `"x"`, "", ""},
		{"no insurer", `"insurer":"acme",`, ``, Missing, "insurer"},
		{"no claim", `"claim":"C-2026-004711",`, ``, Missing, "claim"},
		{"no revision", `"revision":1,`, ``, Missing, "revision"},
		{"no line", `"line":"motor",`, ``, Missing, "line"},
		{"revision 0", `"revision":1`, `"revision":0`, Missing, "revision"},
		{"revision below 1", `"revision":1`, `"revision":-1`, Invalid, "revision"},
		{"unknown line", `"motor"`, `"pets"`, Invalid, "line"},
		{"unknown stage", `"notified"`, `"lost"`, Invalid, "stage"},
		{"slash in the insurer", `"acme"`, `"ac/me"`, Invalid, "insurer"},
		{"control character in the claim", `"C-2026-004711"`, `"C\u0000"`, Invalid, "claim"},
		{"unknown currency", `"861.40","currency":"USD"`, `"861.40","currency":"QQQ"`, Invalid,
			"policy.premium.currency"},
		{"currency in small letters", `"861.40","currency":"USD"`, `"861.40","currency":"usd"`, Invalid,
			"policy.premium.currency"},
		{"no money", `"9900.00"`, `"0.00"`, "", ""},
		{"negative money", `"9900.00"`, `"-9900.00"`, Negative, "amounts.claimed"},
		{"loss in the future", `2026-03-03T23:40:00-05:00`, `2026-03-05T08:40:00-05:00`, Future, "loss.time"},
		{"loss a little ahead of the clock", `2026-03-03T23:40:00-05:00`, `2026-03-05T08:20:00-05:00`, "", ""},
		{"reported on a day that began in the east", `"reported":"2026-03-05"`, `"reported":"2026-03-06"`, "", ""},
		{"reported in two days", `"reported":"2026-03-05"`, `"reported":"2026-03-07"`, Future, "loss.reported"},
		{"recorded in the future", `2026-03-05T08:12:44.12-05:00`, `2027-03-05T08:12:44.120-05:00`, Future, "recorded"},
		{"reported before the loss", `"reported":"2026-03-05"`, `"reported":"2026-01-05"`, "", ""},
		{"cover that ends in the future", `"expiry":"2027-02-20"`, `"expiry":"2127-02-20"`, "", ""},
		{"latitude", `32.0809`, `132.0809`, Invalid, "loss.place.latitude"},
		{"longitude", `-81.0912`, `-181`, Invalid, "loss.place.longitude"},
		{"party without a role", `"role":"agent",`, ``, Missing, "parties[].role"},
		{"role of a feed's own", `"role":"agent"`, `"role":"tow-truck"`, "", ""},
		{"country", `"postcode":"05677","country":"US"`, `"postcode":"05677","country":"USA"`, Invalid,
			"claimant.address.country"},
		{"country of the account", `"HKUN51252328472585","country":"US"`, `"HKUN51252328472585","country":"us"`,
			Invalid, "claimant.bankAccount.country"},
		{"hash", `"c3d4e1f09a8b7766"`, `"c3d4e1f09a8b776g"`, Invalid, "documents[].perceptualHash"},
		{"long hash", `"c3d4e1f09a8b7766"`, `"c3d4e1f09a8b77660"`, Invalid, "documents[].perceptualHash"},
		{"model year", `2019,`, `1066,`, Invalid, "vehicle.year"},
		{"fewer than no witnesses", `"witnesses":0`, `"witnesses":-1`, Invalid, "loss.witnesses"},
		{"long text", `"Ray Johns"`, `"` + strings.Repeat("x", 1025) + `"`, Invalid, "parties[].name"},
		{"long narrative", `"I was`, `"` + strings.Repeat("x", 1<<16), Invalid, "narrative"},
		{"party index", `"documents"`, `"items":[{"party":2}],"documents"`, Invalid, "items[].party"},
		{"party index in range", `"documents"`, `"items":[{"party":1}],"documents"`, "", ""},
		{"admission's party index", `"documents"`, `"admissions":[{"party":-1}],"documents"`, Invalid,
			"admissions[].party"},
		{"attribute", `"documents"`, `"attributes":{"rating":{"number":3}},"documents"`, "", ""},
		{"attribute of two values", `"documents"`, `"attributes":{"rating":{"number":3,"text":"three"}},"documents"`,
			Invalid, "attributes.*"},
		{"attribute of none", `"documents"`, `"attributes":{"rating":{}},"documents"`, Invalid, "attributes.*"},
		{"attribute's name", `"documents"`, `"attributes":{"Driver rating":{"number":3}},"documents"`, Invalid,
			"attributes.*"},
		{"too many", `"documents"`, `"telematics":[` + strings.Repeat(`{},`, 1000) + `{}],"documents"`, Invalid,
			"telematics"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sample := string(readMotor(t))
			if c.old != c.replacement {
				sample = change(t, sample, c.old, c.replacement)
			}
			e, err := Decode([]byte(sample))
			if err != nil {
				t.Fatal(err)
			}
			p := Validate(e, now, Limits{})
			switch {
			case p == nil && c.code != "":
				t.Errorf("accepted, want %s at %s", c.code, c.path)
			case p != nil && (p.Code != c.code || p.Path != c.path):
				t.Errorf("got %v, want %s at %s", p, c.code, c.path)
			case p != nil && !KnownPath(p.Path):
				t.Errorf("%s is not a path of the schema", p.Path)
			}
		})
	}
}

// Claim numbers are what houses write, and insurers what install's keys and topics are named after.
func TestNames(t *testing.T) {
	for _, id := range []string{"C-1", "粤B-2024-0001", "2024 0815 7", "CLM#77", "SCHÄDEN-1", "A&B-2", "(7)", "2024/17",
		"№ 5", "1", strings.Repeat("粤", 128)} {
		if !ValidID(id) {
			t.Errorf("%q numbers claims", id)
		}
	}
	for _, id := range []string{"", "a\nb", "a\x00", "a\u0085b", "a\xff", strings.Repeat("粤", 129),
		strings.Repeat("x", 129)} {
		if ValidID(id) {
			t.Errorf("%q is no number", id)
		}
	}
	for name, want := range map[string]bool{"acme": true, "acme-2_b": true, "": false, "Acme": false, "ac/me": false,
		"粤": false, "a b": false, strings.Repeat("a", 65): false} {
		if ValidInsurer(name) != want {
			t.Errorf("%q: %t", name, !want)
		}
	}
}

func TestKey(t *testing.T) {
	e := &Event{Insurer: "acme", ID: "2026/17"}
	key := Key(e.Insurer, e.ID)
	if string(key) != "acme/2026/17" {
		t.Errorf("got %s", key)
	}
	insurer, id, ok := ParseKey(key)
	if !ok || insurer != e.Insurer || id != e.ID {
		t.Errorf("got %q %q %t", insurer, id, ok)
	}
	if p := CheckKey(key, e); p != nil {
		t.Error(p)
	}
	for _, other := range []string{"", "acme", "acme/", "acme/2026/18", "acme/2026/177", "acm/e2026/17",
		"acme2026/17x"} {
		if p := CheckKey([]byte(other), e); p == nil || p.Code != KeyMismatch {
			t.Errorf("%q: got %v", other, p)
		}
	}
	for _, bad := range []string{"", "/", "acme/", "/17", "acme"} {
		if _, _, ok := ParseKey([]byte(bad)); ok {
			t.Errorf("%q is a key", bad)
		}
	}
}
