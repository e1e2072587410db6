package statement_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"tallystick/settlement/statement"
)

func items() []statement.Item {
	day := time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
	return []statement.Item{
		{Ref: "P-2/1", Day: day, Kind: "premium", From: statement.Platform, Amount: 50_000, Currency: "EUR"},
		{Ref: "P-1/1", Day: day, Kind: "premium", From: statement.Platform, Amount: 120_000, Currency: "EUR"},
		{Ref: "F-1", Day: day, Kind: "fee", From: statement.Insurer, Amount: 17_000, Currency: "EUR"},
		{Ref: "R-1", Day: day, Kind: "refund", From: statement.Insurer, Amount: 900, Currency: "CHF"},
	}
}

func make1(t testing.TB) *statement.Statement {
	t.Helper()
	s, err := statement.Make("acme.example", "platform.example", "2026-11", items())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAStatementNetsByCurrency(t *testing.T) {
	want := `tallystick/statement/v1
insurer acme.example
platform platform.example
period 2026-11
item F-1 2026-11-03 fee insurer 17000 EUR
item P-1/1 2026-11-03 premium platform 120000 EUR
item P-2/1 2026-11-03 premium platform 50000 EUR
item R-1 2026-11-03 refund insurer 900 CHF
net CHF insurer 900 platform 0 pays insurer 900
net EUR insurer 17000 platform 170000 pays platform 153000
`
	if got := make1(t).Text(); got != want {
		t.Errorf("got\n%s", got)
	}
}

// Whatever is owed by whom in which months: over all statements the nets pay what the items owe, in each currency, and
// nothing else.
func TestTheSumIsConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		byMonth := map[string][]statement.Item{}
		owed := map[string]int64{} // by the insurer, less what is owed to it
		for i := range rapid.IntRange(1, 60).Draw(t, "n") {
			item := statement.Item{
				Ref: fmt.Sprint("I-", i), Day: time.Date(2026, time.Month(rapid.IntRange(1, 4).Draw(t, "month")), 1, 0, 0, 0, 0, time.UTC), Kind: "fee",
				From:   rapid.SampledFrom([]statement.Side{statement.Insurer, statement.Platform}).Draw(t, "from"),
				Amount: rapid.Int64Range(1, statement.MaxAmount).Draw(t, "amount"), Currency: rapid.SampledFrom([]string{"EUR", "CHF", "CNY"}).Draw(t, "currency"),
			}
			month := item.Day.Format("2006-01")
			byMonth[month] = append(byMonth[month], item)
			if item.From == statement.Insurer {
				owed[item.Currency] += item.Amount
			} else {
				owed[item.Currency] -= item.Amount
			}
		}
		paid := map[string]int64{}
		for month, items := range byMonth {
			s, err := statement.Make("a", "b", month, rapid.Permutation(items).Draw(t, "order"))
			if err != nil {
				t.Fatal(err)
			}
			again, err := statement.Parse(s.Text())
			if err != nil || again.Text() != s.Text() {
				t.Fatalf("%v: %s", err, s.Text())
			}
			for _, n := range again.Nets {
				if n.Payer == statement.Insurer {
					paid[n.Currency] += n.Remaining
				} else {
					paid[n.Currency] -= n.Remaining
				}
			}
		}
		for c, want := range owed {
			if paid[c] != want {
				t.Fatalf("%s: %d is paid, %d is owed", c, paid[c], want)
			}
		}
	})
}

func TestWhatIsNoStatement(t *testing.T) {
	for name, change := range map[string]func(items []statement.Item) []statement.Item{
		"nothing":           func([]statement.Item) []statement.Item { return nil },
		"an item twice":     func(i []statement.Item) []statement.Item { return append(i, i[0]) },
		"another month":     func(i []statement.Item) []statement.Item { i[0].Day = i[0].Day.AddDate(0, 1, 0); return i },
		"owed by nobody":    func(i []statement.Item) []statement.Item { i[0].From = ""; return i },
		"nothing owed":      func(i []statement.Item) []statement.Item { i[0].Amount = 0; return i },
		"less than nothing": func(i []statement.Item) []statement.Item { i[0].Amount = -1; return i },
		"too much":          func(i []statement.Item) []statement.Item { i[0].Amount = statement.MaxAmount + 1; return i },
		"a line in a name":  func(i []statement.Item) []statement.Item { i[0].Ref = "x\nitem y"; return i },
		"no currency":       func(i []statement.Item) []statement.Item { i[0].Currency = "euro"; return i },
		"another kind":      func(i []statement.Item) []statement.Item { i[0].Kind = "gift"; return i },
	} {
		if _, err := statement.Make("a", "b", "2026-11", change(items())); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
	text := make1(t).Text()
	for name, forged := range map[string]string{
		"a net that does not add up": strings.Replace(text, "pays platform 153000", "pays platform 153001", 1),
		"another payer":              strings.Replace(text, "pays platform 153000", "pays insurer 153000", 1),
		"an item changed":            strings.Replace(text, "120000", "120001", 1),
		"an item left out":           strings.Replace(text, "item F-1 2026-11-03 fee insurer 17000 EUR\n", "", 1),
		"another order":              strings.Replace(text, "item F-1", "item Z-1", 1),
		"a leading zero":             strings.Replace(text, " 900 CHF", " 0900 CHF", 1),
		"a line more":                text + "net USD insurer 0 platform 0 pays nobody 0\n",
	} {
		if _, err := statement.Parse(forged); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

func key(t testing.TB, name string) (skey, vkey string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, name)
	if err != nil {
		t.Fatal(err)
	}
	return skey, vkey
}

func TestBothSign(t *testing.T) {
	acmeKey, acme := key(t, "acme.example")
	platformKey, platform := key(t, "platform.example")
	strangerKey, stranger := key(t, "acme.example")
	otherKey, _ := key(t, "other.example")
	text := []byte(make1(t).Text())
	one, err := statement.Sign(text, acmeKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := statement.Open(one, acme, platform); !errors.Is(err, statement.ErrUnsigned) {
		t.Errorf("signed by one: %v", err)
	}
	both, err := statement.Sign(one, platformKey)
	if err != nil {
		t.Fatal(err)
	}
	got, err := statement.Open(both, acme, platform)
	if err != nil || got.Text() != string(text) {
		t.Fatalf("signed by both: %v", err)
	}
	for name, keys := range map[string][2]string{"another key of that name": {stranger, platform}, "one key twice": {acme, acme}, "the other way round": {platform, acme}, "no key": {"", platform}} {
		if _, err := statement.Open(both, keys[0], keys[1]); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
	if _, err := statement.Sign(text, otherKey); err == nil {
		t.Error("a third party signed")
	}
	if _, err := statement.Sign(bytes.Replace(text, []byte("153000"), []byte("1"), 1), acmeKey); err == nil {
		t.Error("what does not add up was signed")
	}
	if forged, err := statement.Sign(text, strangerKey); err == nil {
		if _, err := statement.Open(forged, acme, platform); err == nil {
			t.Error("a stranger's signature counted")
		}
	}
	// Every byte of a signed statement counts.
	for i := range both {
		changed := slices.Clone(both)
		changed[i] ^= 1
		if s, err := statement.Open(changed, acme, platform); err == nil && s.Text() != got.Text() {
			t.Fatalf("byte %d: another statement was read", i)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(make1(f).Text())
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := statement.Parse(text); err == nil && s.Text() != text {
			t.Errorf("%q was read as %q", text, s.Text())
		}
	})
}
