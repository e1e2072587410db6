package feed

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNumbersAsHousesWriteThem(t *testing.T) {
	german, english, swiss, french, none := marks{",", "."}, marks{".", ","}, marks{".", "'"}, marks{",", " "}, marks{}
	for _, c := range []struct {
		marks
		text, want string // empty: refused
	}{
		{german, "1.234,50", "1234.50"}, {german, "1.234.567,89", "1234567.89"}, {german, "1.234", "1234"},
		{german, "12,50", "12.50"},
		{german, "-12,50", "-12.50"}, {german, "12,50-", "-12.50"}, {german, "(12,50)", "-12.50"},
		{german, "+5,00", "5.00"}, {german, "−5,00", "-5.00"},
		{german, "00012,50", "12.50"}, {german, "5,", "5"}, {german, ",5", "0.5"}, {german, "1234,567", "1234.567"},
		{german, "１２,５０", "12.50"},
		{german, "12.50", ""}, {german, "1250.00", ""}, {german, "1.5", ""}, {german, "0.5", ""}, {german, "0.500", ""},
		{german, ".5", ""}, {german, ".500", ""},
		{german, "1,234.50", ""}, {german, "1.2.3,4", ""}, {german, "12.34.567,00", ""}, {german, "1.234.56", ""},
		{german, "1e3", ""}, {german, "1,5,0", ""},
		{german, "1.234,5.0", ""}, {german, "1 234,50", ""}, {german, "--5", ""}, {german, "+-5", ""}, {german, "", ""},
		{german, "-", ""}, {german, ",", ""}, {german, "()", ""},
		{english, "1,234.50", "1234.50"}, {english, "12,345", "12345"}, {english, "999", "999"},
		{english, "1.234,50", ""}, {english, "1,23", ""}, {english, "12,34,567.00", ""},
		{english, ",123", ""}, {english, "1,,234", ""}, {english, "1234,567", ""}, {english, "0,123", ""},
		{swiss, "1'234.50", "1234.50"}, {swiss, "1’234.50", "1234.50"}, {swiss, "1'23", ""},
		{french, "1 234,50", "1234.50"}, {french, "1\u00a0234,50", "1234.50"},
		{french, "1\u202f234\u202f567,5", "1234567.5"}, {french, "12 34", ""},
		{none, "1234.5", "1234.5"}, {none, "1,234", ""}, {none, "1,5", ""}, {none, "0", "0"}, {none, "-0", "0"},
		{none, "000", "0"}, {none, "0x10", ""}, {none, "1_000", ""}, {none, "Inf", ""},
	} {
		if got, reason := c.plain(c.text); got != c.want || (reason == "") != (c.want != "") {
			t.Errorf("%q with point %q and group %q: got %q, %s, want %q", c.text, c.decimal, c.group, got, reason,
				c.want)
		}
	}
}

// Whatever marks a house has, a number written with them is read as that number, and the digits are never another
// number's.
func TestMarksNeverMakeAnotherNumber(t *testing.T) {
	all := []marks{{",", "."}, {".", ","}, {".", "'"}, {",", " "}, {".", ""}, {",", ""}}
	rapid.Check(t, func(t *rapid.T) {
		write, read := rapid.SampledFrom(all).Draw(t, "written"), rapid.SampledFrom(all).Draw(t, "read")
		whole := rapid.StringMatching(`0|[1-9][0-9]{0,8}`).Draw(t, "whole")
		fraction := rapid.StringMatching(`([0-9]{1,2})?`).Draw(t, "fraction")
		text := whole
		if write.group != "" {
			for i := len(whole) - 3; i > 0; i -= 3 {
				text = text[:i] + write.group + text[i:]
			}
		}
		want := whole
		if fraction != "" {
			text, want = text+write.point()+fraction, want+"."+fraction
		}
		got, reason := read.plain(text)
		switch {
		case write == read && got != want:
			t.Fatalf("%q: got %q, %s, want %q", text, got, reason, want)
		case got != "" && got != want && !strings.ContainsAny(text, ".,"):
			t.Fatalf("%q read as %q", text, got)
		case got != "" && got != want && fraction != "":
			t.Fatalf("%q read as %q", text, got) // one or two decimals are never thousands
		}
	})
}

func TestMoneyWithItsCurrency(t *testing.T) {
	for _, c := range []struct{ currency, text, want string }{
		{"EUR", "1234,50 EUR", "1234,50"}, {"EUR", "EUR 1234,50", "1234,50"}, {"EUR", "€ 1234,50", "1234,50"},
		{"EUR", "1234,50€", "1234,50"}, {"EUR", "-€5", "-5"},
		{"USD", "$5.00", "5.00"}, {"GBP", "£5.00", "5.00"}, {"JPY", "¥5", "5"}, {"CNY", "5元", "5"},
		{"EUR", "5.00 USD", "5.00 USD"}, {"EUR", "$5.00", "$5.00"}, {"GBP", "€5", "€5"}, {"EUR", "5", "5"},
	} {
		if got := withoutCurrency(c.text, c.currency); got != c.want {
			t.Errorf("%s of %s: got %q", c.text, c.currency, got)
		}
	}
}

func TestIdentifiersThatWereNumbers(t *testing.T) {
	for _, path := range []string{"claimant.phone", "claimant.nationalIds[1].number", "claimant.bankAccount.number",
		"claimant.address.postcode", "device.imei", "policy.number", "vehicle.vin",
		"claimant.bankAccount.iban", "claimant.id", "loss.policeReportNumber"} {
		m := load(t, small+"  "+path+": A\n")
		for _, cell := range []string{"4.47701E+11", "1.10105194912310E+17", "5552345678.0", "4,47701E+11", "4.9e+11",
			"12345.00", "1E+05", "4.47E11"} {
			if events, refused := convertText(t, m, "ID;A\n1;"+cell+"\n"); len(refused) != 1 ||
				refused[0].Path != path {
				t.Errorf("%s took %s: %v", path, cell, events)
			}
		}
		for _, cell := range []string{"447701000000", "005552345678", "1E5", "B-AB 12", "12.34", "4E11", "A.0",
			"v1.0"} {
			if _, refused := convertText(t, m, "ID;A\n1;"+cell+"\n"); len(refused) != 0 {
				t.Errorf("%s refused %s: %v", path, cell, refused)
			}
		}
	}
	for _, field := range []string{"  attributes.speed.number: A", "  narrative: A", "  loss.cause: A"} {
		if _, refused := convertText(t, load(t, small+field+"\n"), "ID;A\n1;1.5E+03\n"); len(refused) != 0 {
			t.Errorf("%s: %v", field, refused)
		}
	}
	if _, refused := convertText(t, load(t, small+"  attributes.member.text: {column: A, class: identifier}\n"),
		"ID;A\n1;1.5E+03\n"); len(refused) != 1 {
		t.Error("what a mapping calls an identifier is one")
	}
}
