package claim

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/quagmt/udecimal"
	"pgregory.net/rapid"
)

var equalDecimals = cmp.Options{
	cmp.Comparer(func(a, b udecimal.Decimal) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b When) bool { return a.Precision() == b.Precision() && a.Time().Equal(b.Time()) }),
}

func readMotor(tb testing.TB) []byte {
	tb.Helper()
	data, err := os.ReadFile("testdata/motor.json")
	if err != nil {
		tb.Fatal(err)
	}
	return bytes.TrimSpace(data)
}

func TestDecodeMotor(t *testing.T) {
	data := readMotor(t)
	e, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if e.ID != "C-2026-004711" || e.Line != LineMotor || e.Parties[1].Role != Repairer ||
		e.Loss.Time.Precision() != Instant ||
		e.Claimant.Address.Since.String() != "2019-04" || e.Amounts.Claimed.Amount.String() != "9900" ||
		*e.Loss.Witnesses != 0 {
		t.Errorf("got %+v", e)
	}
	if p := Validate(e, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Limits{}); p != nil {
		t.Error(p)
	}
	again, err := Encode(e)
	if err != nil || !bytes.Equal(again, data) {
		t.Errorf("written again:\n%s\n%v", again, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	motor := string(readMotor(t))
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for _, c := range []struct {
		name, json string
		code       Code
		path       string
	}{
		{"empty", "", NotJSON, ""},
		{"truncated", motor[:900], NotJSON, "parties[].name"},
		{"not JSON", "claim=1", NotJSON, ""},
		{"two values", motor + motor, NotJSON, ""},
		{"null", " null ", WrongType, ""},
		{"list", "[]", WrongType, ""},
		{"duplicate name", `{"insurer":"secret","insurer":"b"}`, DuplicateName, "insurer"},
		{"duplicate unknown name", `{"secret":1,"secret":2}`, DuplicateName, ""},
		{"duplicate below", `{"claimant":{"phone":"1","phone":"secret"}}`, DuplicateName, "claimant.phone"},
		{"duplicate in money", `{"amounts":{"paid":{"amount":"1","amount":"2","currency":"EUR"}}}`, DuplicateName,
			"amounts.paid.amount"},
		{"not UTF-8", "{\"narrative\":\"secret\xff\"}", NotUTF8, "narrative"},
		{"not UTF-8 in an unknown field", "{\"x\":\"secret\xff\"}", NotUTF8, ""},
		{"half a surrogate pair", `{"narrative":"\ud800secret"}`, NotUTF8, "narrative"},
		{"too deep", `{"x":` + deep + `}`, TooDeep, ""},
		{"too deep in lists", `{"x":` + strings.Repeat("[", 1<<16), TooDeep, ""},
		{"wrong type", `{"parties":[{"phone":5551234}]}`, WrongType, "parties[].phone"},
		{"text for a number", `{"revision":"secret"}`, WrongType, "revision"},
		{"fraction for a number", `{"revision":1.5}`, WrongType, "revision"},
		{"object for a list", `{"parties":{"secret":1}}`, WrongType, "parties"},
		{"amount as a number", `{"amounts":{"claimed":{"amount":990.5,"currency":"EUR"}}}`, WrongType,
			"amounts.claimed"},
		{"amount with exponent", `{"amounts":{"claimed":{"amount":"9e5","currency":"EUR"}}}`, Invalid,
			"amounts.claimed"},
		{"amount of many digits", `{"amounts":{"claimed":{"amount":"1234567890123456","currency":"EUR"}}}`, Invalid,
			"amounts.claimed"},
		{"amount of many decimals", `{"amounts":{"claimed":{"amount":"1.23456","currency":"EUR"}}}`, Invalid,
			"amounts.claimed"},
		{"amount without currency", `{"items":[{"amount":{"amount":"0"}}]}`, Missing, "items[].amount.currency"},
		{"money as text", `{"amounts":{"claimed":"secret"}}`, WrongType, "amounts.claimed"},
		{"day that is not", `{"loss":{"time":"2026-02-30"}}`, Invalid, "loss.time"},
		{"time without zone", `{"loss":{"time":"2026-02-03T10:00:00"}}`, Invalid, "loss.time"},
		{"time as a number", `{"loss":{"time":20260203}}`, WrongType, "loss.time"},
		{"attribute", `{"attributes":{"secret":{"number":"secret"}}}`, WrongType, "attributes.*.number"},
		{"too large", `{"narrative":"` + strings.Repeat("a", MaxBytes) + `"}`, TooLarge, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode([]byte(c.json))
			p, ok := errors.AsType[*Problem](err)
			if !ok || p.Code != c.code || p.Path != c.path {
				t.Fatalf("got %#v, want %s at %s", err, c.code, c.path)
			}
			if strings.Contains(p.Error(), "secret") || strings.Contains(p.Error(), "5551234") {
				t.Errorf("quotes the value: %s", p)
			}
		})
	}
}

func TestDecodeAccepts(t *testing.T) {
	for _, c := range []struct{ name, json, want string }{
		{"nothing", `{}`, `{"insurer":"","claim":"","revision":0,"line":""}`},
		{"unknown fields", `{"claim":"1","x":{"y":[1,{"z":null}]},"claimant":{"nickname":"secret"}}`,
			`{"insurer":"","claim":"1","revision":0,"line":""}`},
		{"other case is another name", `{"Claim":"1"}`, `{"insurer":"","claim":"","revision":0,"line":""}`},
		{"nulls", `{"claim":"1","policy":null,"parties":null,"amounts":{"paid":null},"loss":{"time":null,"witnesses":null}}`, `{"insurer":"","claim":"1","revision":0,"line":""}`},
		{"whole numbers however they are written", `{"revision":2.0,"loss":{"witnesses":0.3e1}}`,
			`{"insurer":"","claim":"","revision":2,"line":"","loss":{"witnesses":3}}`},
		{"money in any order", `{"amounts":{"paid":{ "currency":"EUR", "note":[1], "amount":"-\u0031.50" }}}`,
			`{"insurer":"","claim":"","revision":0,"line":"","amounts":{"paid":{"amount":"-1.50","currency":"EUR"}}}`},
		{"an escaped time", `{"loss":{"time":"2026\u002d02"}}`,
			`{"insurer":"","claim":"","revision":0,"line":"","loss":{"time":"2026-02"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := Decode([]byte(c.json))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Encode(e)
			if err != nil || string(got) != c.want {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

func TestDecodeIntoForgetsTheLastEvent(t *testing.T) {
	var e Event
	if err := DecodeInto(readMotor(t), &e); err != nil {
		t.Fatal(err)
	}
	if err := DecodeInto([]byte(`{"claim":"2"}`), &e); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(e, Event{ID: "2"}) {
		t.Errorf("got %+v", e)
	}
}

func TestEventRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anEvent(t)
		data, err := Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(data)
		if err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		if diff := cmp.Diff(e, back, equalDecimals); diff != "" {
			t.Fatalf("%s\n%s", data, diff)
		}
		again, err := Encode(back)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("got %s\nwant %s", again, data)
		}
	})
}

func TestPaths(t *testing.T) {
	paths := Paths()
	for _, want := range []string{"claim", "parties[].phone", "claimant.nationalIds[].number",
		"amounts.claimed.currency",
		"loss.time", "items[].modifiers[]", "attributes.*.money.amount", "payments[].bankAccount.iban"} {
		if !slices.Contains(paths, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, p := range paths {
		if !KnownPath(p) {
			t.Errorf("%s is not known", p)
		}
	}
	for pattern, known := range map[string]bool{"parties[]": true, "policy": true, "amounts.claimed": true,
		"attributes.driverRating.number": true,
		"parties.phone":                  false, "nothing": false, "claim.x": false, "items[][]": false,
		"attributes": true} {
		if KnownPath(pattern) != known {
			t.Errorf("KnownPath(%s) = %t", pattern, !known)
		}
	}
	for pointer, want := range map[string]string{"": "", "/parties/12/phone": "parties[].phone",
		"/attributes/secret/text": "attributes.*.text",
		"/secret/5":               "", "/claimant/secret": "claimant", "/items/0/modifiers/3": "items[].modifiers[]"} {
		if got := PatternOf(pointer); got != want {
			t.Errorf("PatternOf(%s) = %s, want %s", pointer, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(readMotor(f))
	f.Add([]byte(`{"attributes":{"a":{"money":{"amount":"-0.00","currency":"EUR"}}},"loss":{"time":"1994-12"}}`))
	f.Add([]byte(`{"claim":"1","claim":"2"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Decode(data)
		if err != nil {
			p, ok := errors.AsType[*Problem](err)
			if !ok || p.Path != "" && !KnownPath(p.Path) {
				t.Fatalf("got %#v", err)
			}
			return
		}
		Validate(e, time.Unix(1.7e9, 0), Limits{})
		once, err := Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(once)
		if err != nil {
			if p, _ := errors.AsType[*Problem](err); p.Code == TooLarge {
				t.Skip("escapes made it larger than the limit")
			}
			t.Fatalf("own output refused: %v\n%s", err, once)
		}
		twice, err := Encode(back)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("not stable:\n%s\n%s\n%v", once, twice, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	data := readMotor(b)
	b.SetBytes(int64(len(data)))
	var e Event
	for b.Loop() {
		if err := DecodeInto(data, &e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	e, err := Decode(readMotor(b))
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		if p := Validate(e, now, Limits{}); p != nil {
			b.Fatal(p)
		}
	}
}
