package feed

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tallystick/mappings"
)

func TestDraftOfTheSample(t *testing.T) {
	data, err := fs.ReadFile(mappings.Sample(), "insurance_transactions.csv")
	if err != nil {
		t.Fatal(err)
	}
	text, err := Draft("new feed", strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`claim: {column: "TRANSACTION_ID"}`,
		`line: {column: "INSURANCE_TYPE", values: {"Health": "health", "Life": "life", "Mobile": "device"`,
		`policy.number: {column: "POLICY_NUMBER", class: identifier}`,
		`policy.inception: {column: "POLICY_EFF_DT", time: "2006-01-02", class: open}`,
		`loss.time: {column: "LOSS_DT", time: "2006-01-02", class: open}`,
		`loss.reported: {column: "REPORT_DT", time: "2006-01-02", class: open}`,
		`recorded: {column: "TXN_DATE_TIME", time: "2006-01-02 15:04:05", known: day, class: open}`,
		`claimant.id: {column: "CUSTOMER_ID", class: identifier}`,
		`claimant.name: {column: "CUSTOMER_NAME", class: identifier}`,
		`claimant.nationalIds[1].number: {column: "SSN", class: identifier}`,
		`claimant.address.line1: {column: "ADDRESS_LINE1", class: identifier}`,
		`claimant.address.postcode: {column: "POSTAL_CODE", class: quasi}`,
		`claimant.bankAccount.routing: {column: "ROUTING_NUMBER", class: identifier}`,
		`claimant.bankAccount.number: {column: "ACCT_NUMBER", class: identifier}`,
		`parties[agent].role: {value: agent, if: "AGENT_ID"}`,
		`loss.policeReport: {column: "POLICE_REPORT_AVAILABLE", class: open}`,
		`attributes.maritalStatus.flag: {column: "MARITAL_STATUS", class: sensitive}`,
		`attributes.age.number: {column: "AGE", class: quasi}`,
		`attributes.claimAmount.number: {column: "CLAIM_AMOUNT", class: open} # CHECK: with its currency`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
	events, refused := convertText(t, load(t, string(text)), string(data))
	if len(events) != 200 {
		t.Errorf("%d events, refused %v", len(events), refused[0])
	}
}

func TestDraftByContent(t *testing.T) {
	text, err := Draft("de", strings.NewReader("Schaden-Nr;Kontakt;Konto;Betrag;Datum;US Date;Text;is_fraud;;Wann\n"+
		"S-1;a@example.com;DE89370400440532013000;1.234,50;31.12.2024;01/02/2024;x;0;;2024-01-01 10:00\nS-2;b@example.org;DE02120300000000202051;80,00;01.01.2025;03/04/2024;y;1;;2024-01-02 11:00\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`delimiter: ";"`, `claim: {column: "Schaden-Nr"}`, `claimant.email: {column: "Kontakt", class: identifier}`, `claimant.bankAccount.iban: {column: "Konto", class: identifier}`,
		`attributes.betrag.number: {column: "Betrag", decimal: ",", group: ".", class: open} # CHECK`, `attributes.datum.when: {column: "Datum", time: "02.01.2006", class: open}`,
		`attributes.usDate.when: {column: "US Date", time: "02/01/2006", known: year, class: open}`, `"is_fraud" looks like a label`,
		`attributes.wann.when: {column: "Wann", time: "2006-01-02 15:04", known: day`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
}

func TestAFeedWithoutNamesOfColumnsGetsNoDraft(t *testing.T) {
	for name, text := range map[string]string{
		"a number with its letter": "C-1,Ann Canary\nC-2,Jane Roe\nC-30,Jim Poe\n",
		"a date":                   "Ann Canary,2 Jan 2024\nJane Roe,3 Jan 2024\n",
		"an address of mail":       "Ann Canary,ann@example\n",
		"a phone number":           "Ann Canary,+4915112345678\n",
		"a vehicle's number":       "Ann Canary,WVWZZZ1JZXW000001\n",
		"a street":                 "12 Canary Street,x\n4 Elm Road,y\n",
	} {
		draft, err := Draft("feed", strings.NewReader(text))
		if !errors.Is(err, errNoNames) {
			t.Errorf("%s: %v\n%s", name, err, draft)
			continue
		}
		for _, clear := range []string{"Canary", "C-1", "2024", "ann@", "49151", "WVW"} {
			if strings.Contains(err.Error(), clear) {
				t.Errorf("%s: the error quotes %s: %v", name, clear, err)
			}
		}
	}
	if _, err := Draft("feed", strings.NewReader("id,Address 1,Address 2,E-Mail\nC-1,12 Elm Street,,ann@example.com\n")); err != nil {
		t.Errorf("names with a number in them: %v", err)
	}
}

// Whatever the feed, the draft is a mapping that loads and reads that feed.
func TestDraftAlwaysLoads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.OneOf(rapid.StringMatching(`[A-Za-z_ äß."{}:#-]{1,12}`), rapid.SampledFrom([]string{"Claim ID", "SSN", "Loss date", "policy_number",
			"amount", "Phone", "AGENT_ID", "broker id", "Police", "Description", "Country", "witnesses", "Fraud", "9 lives", "名前"})), 1, 8, strings.TrimSpace).Draw(t, "columns")
		cell := rapid.OneOf(rapid.StringMatching(`[a-z0-9,. -]{0,10}`), rapid.SampledFrom([]string{"2024-01-02", "01/02/2024", "yes", "no", "0", "1", "1.234,50", "DE", "US", "a@example.com", "motor", "912-34-5678", "+12025550143", "007"}))
		var b strings.Builder
		write := func(cells []string) {
			for i, c := range cells {
				if i > 0 {
					b.WriteByte('\t')
				}
				b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
			}
			b.WriteByte('\n')
		}
		write(names)
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			write(rapid.SliceOfN(cell, len(names), len(names)).Draw(t, "row"))
		}
		text, err := Draft("random", strings.NewReader(b.String()))
		if errors.Is(err, errNoNames) {
			t.Skip("the cells happen to look like the names")
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		m, err := Load(text)
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(m, strings.NewReader(b.String()), Options{Now: now})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for {
			row, err := r.Read()
			if err != nil {
				return
			}
			if no := row.Rejected; no != nil && no.Path != "claim" {
				t.Fatalf("%+v\n%s\n%s", no, b.String(), text)
			}
		}
	})
}
