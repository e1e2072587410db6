package desk_test

import (
	"fmt"
	"strings"
	"testing"
)

// strangers decides so many claims of people who have nothing in common but what they give, and returns the scores.
func strangers(t *testing.T, many int, give string) (scores []float64, rings int) {
	t.Helper()
	o := open(t)
	for i := range many {
		value := fmt.Sprintf(`{"insurer":"acme","claim":"S-%d","revision":1,"line":"travel","policy":{"number":"POL-7%05d","inception":"2020-01-01","expiry":"2031-01-01"},`+
			`"claimant":{"id":"K-%08d","name":"Ann Archer%c","birthDate":"19%02d-03-1%d","address":{"line1":"%d Elm Lane","city":"Weston","postcode":"W%d 4XY","country":"GB"},%s},`+
			`"loss":{"time":"2026-02-01","reported":"2026-02-01","cause":"illness"},"amounts":{"claimed":{"amount":"417.13","currency":"GBP"}}}`,
			i, 31*i+17, i, 'a'+i, 40+i, i%9, 10+3*i, i, give)
		e, _ := o.take(t, fmt.Sprintf("acme/S-%d", i), value)
		if e.Decision == nil {
			t.Fatalf("claim %d was refused: %+v", i, e.Dead)
		}
		scores = append(scores, e.Decision.Score)
		rings += len(e.Decision.Rings)
	}
	return scores, rings
}

func TestThirtyStrangersWithAPlaceholderAreNoRing(t *testing.T) {
	for name, give := range map[string]string{
		"social security number": `"nationalIds":[{"type":"ssn","country":"US","number":"000-00-0000"}]`,
		"phone":                  `"phone":"1111111111"`,
		"e-mail":                 `"email":"none@none.com"`,
		"account":                `"bankAccount":{"iban":"XXXXXXXXXX"}`,
		"phone and account":      `"phone":"1111111111","bankAccount":{"iban":"XXXXXXXXXX"}`,
		"Chinese":                `"phone":"13800138000","nationalIds":[{"type":"id","country":"CN","number":"不详"}],"bankAccount":{"number":"无"}`,
		"everything":             `"phone":"N/A","email":"unbekannt","deviceId":"unknown","ip":"127.0.0.1","employer":"inconnu","bankAccount":{"number":"0000000000"},"nationalIds":[{"number":"UNKNOWN"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			scores, rings := strangers(t, 30, give)
			if rings > 0 {
				t.Errorf("%d rings", rings)
			}
			for i, score := range scores {
				if score != scores[0] {
					t.Fatalf("claim %d has the score %v, the first has %v", i, score, scores[0])
				}
			}
		})
	}
	// What somebody does have joins them.
	if scores, rings := strangers(t, 30,
		`"phone":"07700 900123","bankAccount":{"iban":"GB29NWBK60161331926819"}`); rings == 0 ||
		scores[29] <= scores[0] {
		t.Errorf("a phone and an account of thirty people: %d rings, the last score %v", rings, scores[29])
	}
}

// A rule can ask what was not given.
func TestPlaceholdersAreInTheEntry(t *testing.T) {
	o := open(t)
	e, _ := o.take(t, goodKey,
		with(`"phone":"+15550100123"`, `"phone":"111 111 1111","email":"n/a","birthDate":"1900-01-01"`))
	for _, v := range e.Values {
		if v.Path.Text == "claimant.placeholders" {
			if got := string(v.Bytes); got != "birth-date phone email" {
				t.Errorf("placeholders are %q", got)
			}
			return
		}
	}
	t.Error("the entry does not say which identifiers are placeholders", strings.TrimSpace(fmt.Sprint(len(e.Values))))
}
