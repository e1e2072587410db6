package fields_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"tallystick/claim/fields"
)

func TestNumbersAndPathsNameOneField(t *testing.T) {
	paths, last := map[string]bool{}, fields.First-1
	for _, f := range fields.All() {
		if f.Number <= last {
			t.Errorf("%s has number %d after %d: numbers ascend", f.Path, f.Number, last)
		}
		last = f.Number
		if paths[f.Path] {
			t.Errorf("%s stands twice", f.Path)
		}
		paths[f.Path] = true
		if fields.Of(f.Number) == nil || fields.Of(f.Number).Path != f.Path ||
			fields.ByPath(f.Path).Number != f.Number {
			t.Errorf("%s is not found by its number and path", f.Path)
		}
		if g := fields.Of(f.Group); f.Group != 0 &&
			(g == nil || g.Type != fields.TypeGroup && g.Type != fields.TypeMoney) {
			t.Errorf("%s is in a group that is none", f.Path)
		}
	}
	if fields.Of(0) != nil || fields.Of(last+1) != nil || fields.ByPath("nothing") != nil {
		t.Error("a field that there is not was found")
	}
	if f := fields.ByPath("attributes.driverRating.number"); f == nil || f.Path != "attributes.*.number" {
		t.Errorf("an attribute with its name: %v", f)
	}
}

var update = flag.Bool("update", false, "add new fields to the golden file")

// Numbers stand in journals: a field that was given one keeps it, and no other ever has it.
func TestNumbersAreForGood(t *testing.T) {
	const file = "testdata/numbers.txt"
	given, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var now strings.Builder
	for _, f := range fields.All() {
		fmt.Fprintf(&now, "%d %s, of %d\n", f.Number, f.Path, f.Group)
	}
	for line := range strings.Lines(string(given)) {
		if !strings.Contains(now.String(), line) {
			t.Errorf("another meaning than: %s", line)
		}
	}
	switch {
	case !*update && now.Len() > len(given):
		t.Error("there are new fields: run go test ./claim/fields -update")
	case *update && !t.Failed():
		if err := os.WriteFile(file, []byte(now.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// What may stand in clear is short, has its field's form, holds no number as long as a person's and looks like no
// identifier.
func TestClear(t *testing.T) {
	for _, c := range []struct {
		path, value string
		clear       bool
	}{
		{"loss.cause", "collision", true},
		{"loss.cause", "Zusammenstoß mit Tier", true},
		{"loss.cause", "追尾", true},
		{"loss.cause", "20000 to 29000", true},
		{"loss.cause", "on 2024-05-05", true},
		{"loss.cause", "123-45-6789", false},
		{"loss.cause", "123 45 6789", false},
		{"loss.cause", "call 415 555 0123", false},
		{"loss.cause", "１２３４５６７８９", false},
		{"loss.cause", "ann@mail.example", false},
		{"loss.cause", "a\nb", false},
		{"loss.cause", strings.Repeat("x", 65), false},
		{"loss.cause", "ann＠mail.example", false},
		{"loss.cause", "GB29 NWBK 6016 1331 9268 19", false},
		{"items[].code", "NO9386011117947", false},
		{"items[].code", "NO9386011117948", true}, // its check digits are wrong
		{"vehicle.model", "1HGCM82633A004352", false},
		{"vehicle.model", "1HGCM82633A004353", true},
		{"vehicle.model", "Model 3 (2021) 4x4", true},
		{"loss.cause", "RSSMRA85T10A562S", false},
		{"loss.cause", "12345678Z", false},
		{"loss.cause", "12345678A", true},
		{"loss.cause", "X1234567L", false},
		{"loss.cause", "AB123456C", false},
		{"loss.cause", "from 203.0.113.7", false},
		{"loss.cause", "2001:db8::17", false},
		{"loss.cause", "at 10:30:15 on 5.6.2024", true},
		{"items[].code", "123-45-6789", false},
		{"items[].code", "415-555-0123", false},
		{"items[].code", "+4 1234567", false},
		{"items[].code", "30569309025904", false},
		{"items[].code", "30569309025905", true},
		{"claimant.sex", "female", true},
		{"claimant.sex", "Ann", false},
		{"items[].code", "0378-6205-93", true},
		// as long as an article number: a check of its own finds account numbers
		{"items[].code", "HKUN51252328472585", true},
		{"items[].code", "4012888888881881", false},
		{"items[].diagnosis", "S13.4XXA", true},
		{"documents[].mediaType", "image/jpeg", true},
		{"vehicle.year", "2019", true},
		{"loss.weather.windKph", "12.25", true},
		{"items[].quantity", "123456789", false},
		{"items[].quantity", "1e9", false},
		{"loss.time", "2026-03-03T23:40:00.123456789-05:00", true},
		{"loss.time", "2026-03-03T23:40:00.1234567891234-05:00", false},
		{"amounts.claimed.amount", "123456789.00", true},
	} {
		if got := fields.ByPath(c.path).Clear([]byte(c.value)); got != c.clear {
			t.Errorf("%s: %q: %t", c.path, c.value, got)
		}
	}
}
