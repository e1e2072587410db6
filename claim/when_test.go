package claim

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/quagmt/udecimal"
	"pgregory.net/rapid"
)

func TestWhenForms(t *testing.T) {
	for _, c := range []struct {
		in, out   string
		precision Precision
	}{
		{"1994", "1994", Year},
		{"1994-12", "1994-12", Month},
		{"1996-02-29", "1996-02-29", Day},
		{"1994-12-31T23:00:00-05:00", "1994-12-31T23:00:00-05:00", Instant},
		{"1994-12-31T23:00:00.120Z", "1994-12-31T23:00:00.12Z", Instant},
		{"2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00Z", Instant},
		{"2026-01-01T00:00:00+14:00", "2026-01-01T00:00:00+14:00", Instant},
		{"2026-01-01T00:00:00-18:00", "2026-01-01T00:00:00-18:00", Instant},
	} {
		w, err := ParseWhen(c.in)
		if err != nil || w.Precision() != c.precision || w.String() != c.out {
			t.Errorf("%s: got %s, precision %d, %v", c.in, w, w.Precision(), err)
		}
	}
	for _, bad := range []string{"", "94", "1994-13", "1994-00", "1995-02-29", "1994-1-1", "1994/12/31", "12-31-1994",
		"1994-12-31T23:00:00",
		"1994-12-31 23:00:00Z", "1994-12-31T3:00:00.0Z", "1994-12-31T23:00:00,5Z", "1994-12-31T24:00:00Z", "+994",
		"1994-12-31T23:00:00.0+25:00",
		"1994-12-31T23:00:00+24:00", "1994-12-31T23:00:00+18:01", "1994-12-31T23:00:00-19:00"} {
		if w, err := ParseWhen(bad); err == nil {
			t.Errorf("%s: read as %s", bad, w)
		} else if bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%s: the error quotes it", bad)
		}
	}
}

func TestWhenTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := aWhen(t)
		text, err := w.MarshalText()
		if w.IsZero() {
			if err == nil {
				t.Fatal("an absent time has no text")
			}
			return
		}
		var back When
		if err != nil || back.UnmarshalText(text) != nil || back.String() != w.String() ||
			back.Precision() != w.Precision() || !back.Time().Equal(w.Time()) {
			t.Fatalf("%s came back as %s", text, back)
		}
	})
}

func TestDaysUntil(t *testing.T) {
	when := func(s string) When {
		w, err := ParseWhen(s)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	for _, c := range []struct {
		from, to string
		days     int
		ok       bool
	}{
		{"2026-03-01", "2026-03-31", 30, true},
		{"2026-03-08", "2026-03-09T01:00:00-04:00", 1, true}, // the night clocks change
		{"2026-03-31", "2026-03-01", -30, true},
		{"2026-03", "2026-03-31", 0, false},
		{"2026-03-31", "2026", 0, false},
	} {
		if days, ok := when(c.from).DaysUntil(when(c.to)); days != c.days || ok != c.ok {
			t.Errorf("%s to %s: got %d, %t", c.from, c.to, days, ok)
		}
	}
	if _, ok := (When{}).Sub(At(time.Now())); ok {
		t.Error("an absent time has no distance")
	}
	if d, ok := when("2026-03-08T01:00:00Z").Sub(when("2026-03-08T01:00:00+01:00")); !ok || d != time.Hour {
		t.Errorf("got %s, %t", d, ok)
	}
}

func TestAmountForms(t *testing.T) {
	for in, out := range map[string]string{"0": "0", "0.00": "0", "1234.50": "1234.50", "-7.1": "-7.1",
		"999999999999999.9999": "999999999999999.9999", "-0": "0"} {
		d, err := ParseAmount(in)
		if err != nil || d.StringFixed(d.PrecUint()) != out {
			t.Errorf("%s: got %s, %v", in, d, err)
		}
	}
	for _, bad := range []string{"", "-", ".5", "5.", "05", "1,000", "1e3", "+1", "0x1", "١", "1 ", "NaN", "1.2.3",
		"1000000000000000", "1.00000"} {
		if d, err := ParseAmount(bad); err == nil {
			t.Errorf("%s: read as %s", bad, d)
		}
	}
}

func TestEncodeRefusesAnAmountThatCannotBeRead(t *testing.T) {
	for _, amount := range []string{"1000000000000000", "0.00001"} {
		e := &Event{Amounts: Amounts{Paid: Money{udecimal.MustParse(amount), "EUR"}}}
		if data, err := Encode(e); err == nil {
			t.Errorf("written: %s", data)
		} else if p, ok := errors.AsType[*Problem](err); !ok || p.Path != "amounts.paid" || p.Code != Invalid {
			t.Errorf("got %#v", err)
		}
	}
}
