package synthetic

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/big"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tallystick/claim"
)

func collect(t testing.TB, cfg Config) (events []claim.Event, labels []Label) {
	t.Helper()
	feed, err := Generate(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for e, l := range feed {
		events, labels = append(events, e), append(labels, l)
	}
	return events, labels
}

func TestFeedIsValid(t *testing.T) {
	cfg := Config{Seed: 3, Claims: 3000, Insurers: []string{"acme", "birch", "cedar"}}
	events, labels := collect(t, cfg)
	if len(events) != cfg.Claims {
		t.Fatalf("%d claims", len(events))
	}
	seen := make(map[string]bool)
	lines := make(map[claim.Line]int)
	last := time.Time{}
	for i := range events {
		e := &events[i]
		if p := claim.Validate(e, e.Recorded.Time(), claim.Limits{}); p != nil {
			t.Errorf("claim %s (%s): %v", e.ID, labels[i].Kind, p)
		}
		if days, ok := e.Loss.Time.DaysUntil(e.Loss.Reported); labels[i].Kind != DuplicateFraud && (!ok || days < 0) {
			t.Errorf("claim %s (%s): loss %s, reported %s", e.ID, labels[i].Kind, e.Loss.Time, e.Loss.Reported)
		}
		if !labels[i].Kind.Fraud() && e.Policy.SumInsured.Amount.LessThan(e.Amounts.Claimed.Amount) {
			t.Errorf("claim %s (%s): more than is insured", e.ID, labels[i].Kind)
		}
		if id := e.Insurer + "/" + e.ID; seen[id] {
			t.Errorf("%s comes twice", id)
		} else {
			seen[id] = true
		}
		if e.Recorded.Time().Before(last) {
			t.Errorf("claim %s is out of order", e.ID)
		}
		last = e.Recorded.Time()
		lines[e.Line]++
		data, err := claim.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := claim.Decode(data); err != nil {
			t.Errorf("claim %s: %v", e.ID, err)
		}
	}
	if len(lines) != 6 {
		t.Errorf("lines of business: %v", lines)
	}
}

func TestKindsAndShares(t *testing.T) {
	_, labels := collect(t, Config{Seed: 5, Claims: 2000})
	kinds, groups := make(map[Kind]int), make(map[string]int)
	for _, l := range labels {
		kinds[l.Kind]++
		if l.Group != "" {
			groups[l.Group]++
		}
	}
	fraud, innocent := 0, 0
	for _, k := range []Kind{RingFraud, DuplicateFraud, EarlyFraud, NearLimitFraud, TelematicsFraud, IntermediaryFraud, Family, Employer, Switchboard, RepairChain} {
		if kinds[k] == 0 {
			t.Errorf("no %s among 2,000 claims: %v", k, kinds)
		}
		if k.Fraud() {
			fraud += kinds[k]
		} else {
			innocent += kinds[k]
		}
	}
	if fraud < 100 || fraud > 140 || innocent < 85 || innocent > 115 {
		t.Errorf("fraud %d, innocent %d: %v", fraud, innocent, kinds)
	}
	for name, n := range groups {
		if strings.HasPrefix(name, string(RingFraud)+"-") && n < 4 {
			t.Errorf("%s has only %d claims", name, n)
		}
	}
}

// Newcomers come where they are asked for: a garage's first customers within days of its beginning, and one number for all whom a call
// centre looks after. Nothing of it looks like fraud on purpose.
func TestNewcomersAreInnocent(t *testing.T) {
	events, labels := collect(t, Config{Seed: 5, Claims: 4000, Newcomer: 0.2})
	phones, garages := map[string]map[string]bool{}, map[string]int{}
	for i, l := range labels {
		if l.Kind != NewGarage && l.Kind != CallCentre {
			continue
		}
		e := &events[i]
		if l.Kind.Fraud() || !l.Kind.Innocent() {
			t.Fatalf("%s counts as fraud", l.Kind)
		}
		if l.Kind == CallCentre {
			if phones[l.Group] == nil {
				phones[l.Group] = map[string]bool{}
			}
			phones[l.Group][e.Claimant.Phone] = true
			continue
		}
		for _, p := range e.Parties {
			if p.Role != claim.Repairer {
				continue
			}
			garages[p.ID]++
			if days, ok := p.Since.DaysUntil(e.Recorded); !ok || days > 14 {
				t.Errorf("claim %s: a garage of %s, on %s", e.ID, p.Since, e.Recorded)
			}
		}
	}
	if len(phones) < 2 || len(garages) < 2 {
		t.Fatalf("%d call centres, %d garages", len(phones), len(garages))
	}
	for group, numbers := range phones {
		if len(numbers) != 1 {
			t.Errorf("%s has %d numbers", group, len(numbers))
		}
	}
}

func TestSameSeedSameFeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{Seed: rapid.Uint64().Draw(t, "seed"), Claims: rapid.IntRange(1, 300).Draw(t, "claims")}
		var a, b, c, labelsA, labelsB bytes.Buffer
		if _, err := Write(cfg, &a, &labelsA); err != nil {
			t.Fatal(err)
		}
		if _, err := Write(cfg, &b, &labelsB); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) || !bytes.Equal(labelsA.Bytes(), labelsB.Bytes()) {
			t.Fatal("two runs differ")
		}
		cfg.Seed++
		if _, err := Write(cfg, &c, nil); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(a.Bytes(), c.Bytes()) {
			t.Fatal("two seeds give the same feed")
		}
		rows, err := csv.NewReader(&labelsA).ReadAll()
		if err != nil || len(rows) != cfg.Claims+1 || bytes.Count(a.Bytes(), []byte("\n")) != cfg.Claims {
			t.Fatalf("%d labels, %v", len(rows), err)
		}
	})
}

// Telephones and accounts are shared where a kind says so and nowhere else.
func TestNothingIsSharedByAccident(t *testing.T) {
	events, labels := collect(t, Config{Seed: 8, Claims: 4000})
	owner := make(map[string]string)
	for i, e := range events {
		if labels[i].Kind != Honest {
			continue
		}
		for _, shared := range []string{e.Claimant.Phone, e.Claimant.BankAccount.Number, e.Claimant.BankAccount.IBAN, e.Claimant.Address.Line1 + e.Claimant.Address.City, e.Claimant.Email} {
			if shared == "" {
				continue
			}
			if was, ok := owner[shared]; ok && was != e.Claimant.ID {
				t.Errorf("%s and %s share something", was, e.Claimant.ID)
			}
			owner[shared] = e.Claimant.ID
		}
	}
}

func TestRingSharesTelephoneAndSwapsRoles(t *testing.T) {
	events, labels := collect(t, Config{Seed: 1, Claims: 500})
	phones, roles := make(map[string]int), make(map[string]map[claim.Role]bool)
	ring := ""
	for i, e := range events {
		if labels[i].Kind != RingFraud || ring != "" && labels[i].Group != ring {
			continue
		}
		ring = labels[i].Group
		phones[e.Claimant.Phone]++
		for _, p := range append([]claim.Party{e.Claimant}, e.Parties...) {
			if roles[p.Name] == nil {
				roles[p.Name] = make(map[claim.Role]bool)
			}
			roles[p.Name][p.Role] = true
		}
	}
	if len(phones) > 2 || ring == "" {
		t.Errorf("ring %q: telephones %v", ring, phones)
	}
	swaps := 0
	for _, r := range roles {
		if len(r) > 1 {
			swaps++
		}
	}
	if swaps < 3 {
		t.Errorf("%d people swap roles", swaps)
	}
}

func TestIdentifiersCannotBeSomebodys(t *testing.T) {
	seen := make(map[string]bool)
	unique := func(s string) {
		if seen[s] {
			t.Errorf("%s comes twice", s)
		}
		seen[s] = true
	}
	for n := range uint64(80_000) {
		p := phone("US", n)
		if len(p) != 12 || n < 71_200 && p[5:10] != "55501" || n >= 71_200 && p[3] != '9' {
			t.Fatalf("telephone %s", p)
		}
		unique(p)
		_, ssn := nationalNumber("US", n)
		if len(ssn) != 11 || ssn[0] != '9' || ssn[4:6] > "49" || ssn[4:6] == "00" || ssn[7:] == "0000" {
			t.Fatalf("number %s", ssn)
		}
		unique(ssn)
		if n < 20_000 {
			unique(vin(2019, n))
			unique(imei(n))
			for _, country := range []string{"GB", "DE"} {
				account := iban(country, n)
				if mod97(account[4:]+account[:4]) != 1 || len(account) != 22 {
					t.Fatalf("IBAN %s", account)
				}
				unique(account)
				unique(phone(country, n))
			}
		}
	}
	if got := routing(7); got != "990000077" && !validRouting(got) {
		t.Errorf("routing number %s", got)
	}
	// A vehicle number and an IBAN from the standards' own examples, so that the digits are not only right to ourselves.
	if got := mod97("WEST12345698765432GB82"); got != 1 {
		t.Errorf("ISO 13616's example: %d", got)
	}
	if v := vin(2019, 5); len(v) != 17 || strings.ContainsAny(v, "IOQ") {
		t.Errorf("vehicle number %s", v)
	}
}

func validRouting(s string) bool {
	sum := new(big.Int)
	for i, c := range s {
		sum.Add(sum, big.NewInt(int64(int(c-'0')*[]int{3, 7, 1}[i%3])))
	}
	return sum.Mod(sum, big.NewInt(10)).Sign() == 0
}

func TestConfigRefused(t *testing.T) {
	for _, cfg := range []Config{{}, {Claims: -1}, {Claims: 1, Fraud: 0.9}, {Claims: 1, Span: -1}} {
		if _, err := Generate(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}

// The generator must not know the detectors: else what they find would be true by construction.
func TestImportsOnlyTheClaim(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(name, "tallystick/") && name != "tallystick/claim" && name != "tallystick/claim/fields" && name != "tallystick/feed/synthetic" {
			t.Errorf("imports %s", name)
		}
	}
}

func ExampleGenerate() {
	feed, err := Generate(Config{Seed: 1, Claims: 3, Fraud: -1, Innocent: -1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for e, label := range feed {
		fmt.Println(e.Insurer, e.ID, label.Kind)
	}
	// Output:
	// birch H-2025-0000001 honest
	// acme M-2025-0000001 honest
	// birch M-2025-0000002 honest
}

func BenchmarkGenerate(b *testing.B) {
	feed, err := Generate(Config{Claims: b.N})
	if err != nil {
		b.Fatal(err)
	}
	for range feed {
	}
}
