package cases

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFindIdentifiers(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "",
		"The bumper was old, 3 years, 4,500 EUR": "",
		"Loss on 2026-11-30 14:05 or 01.02.2026": "",
		"write to anna.smith@example.org please": "email:anna.smith@example.org",
		"IBAN DE89 3704 0044 0532 0130 00, then": "iban:DE89 3704 0044 0532 0130 00",
		"iban gb82WEST12345698765432":            "iban:gb82WEST12345698765432",
		"card 4111 1111 1111 1111":               "card:4111 1111 1111 1111",
		"身份证 11010519491231002X 已核对":             "cn-id:11010519491231002X",
		"SSN 078-05-1120":                        "ssn:078-05-1120",
		"call +49 171 2345678 tonight":           "phone:+49 171 2345678",
		"电话 13800138000":                         "phone:13800138000",
		"from 192.168.10.4 at night":             "ip:192.168.10.4",
		"VIN WVWZZZ1JZXW000001":                  "vin:WVWZZZ1JZXW000001",
		"account 1234567890":                     "number:1234567890",
		"a@b.c and c@d.e":                        "email:a@b.c email:c@d.e",
	} {
		var got []string
		for _, f := range FindIdentifiers(text) {
			got = append(got, f.Kind+":"+text[f.Start:f.End])
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: %q, want %q", text, s, want)
		}
	}
}

func FuzzFindIdentifiers(f *testing.F) {
	f.Add("call +49 171 2345678, DE89 3704 0044 0532 0130 00, a@b.c")
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, i := range FindIdentifiers(text) {
			if i.Start < last || i.End <= i.Start || i.End > len(text) || !slices.Contains(identifierKinds, i.Kind) {
				t.Fatalf("%+v after %d", i, last)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[i.Start:i.End]) {
				t.Fatalf("%+v cuts a character", i)
			}
			last = i.End
		}
	})
}

func FuzzDecodeEvent(f *testing.F) {
	f.Add([]byte(`{"kind":"assigned","case":3,"at":"2026-11-30T05:00:00Z","by":"sofia","to":"sofia"}`))
	f.Add([]byte(`{"kind":"opened","at":"2026-11-30T05:00:00Z","by":"machine","finding":{"insurer":"a","claim":"b"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := DecodeEvent(data)
		if err != nil {
			return
		}
		if _, err := e.encode(); err != nil && len(data) < MaxEventBytes/8 {
			t.Fatal(err)
		}
	})
}
