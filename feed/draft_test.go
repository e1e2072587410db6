package feed

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"tallystick/feed/mappings"
)

func TestDraftOfTheSample(t *testing.T) {
	data, err := fs.ReadFile(mappings.Sample(), "insurance_transactions.csv")
	if err != nil {
		t.Fatal(err)
	}
	text, err := Draft("new feed", strings.NewReader(string(data)), DraftOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`claim: {column: "TRANSACTION_ID"}`,
		`line: {column: "INSURANCE_TYPE", values: {"Health": "health", "Life": "life", "Mobile": "device"`,
		`policy.number: {column: "POLICY_NUMBER", class: identifier}`,
		`policy.inception: {column: "POLICY_EFF_DT", time: "2006-01-02", class: open}`,
		`loss.time: {template: "{LOSS_DT} {INCIDENT_HOUR_OF_THE_DAY}", time: "2006-01-02 15", ambiguous: day}`,
		`loss.reported: {column: "REPORT_DT", time: "2006-01-02", class: open}`,
		`recorded: {column: "TXN_DATE_TIME", time: "2006-01-02 15:04:05", known: day, class: open}`,
		`claimant.id: {column: "CUSTOMER_ID", class: identifier}`,
		`claimant.name: {column: "CUSTOMER_NAME", class: identifier}`,
		`claimant.nationalIds[ssn].number: {column: "SSN", class: identifier}`,
		`claimant.address.line1: {column: "ADDRESS_LINE1", class: identifier}`,
		`claimant.address.postcode: {column: "POSTAL_CODE", class: quasi}`,
		`claimant.bankAccount.routing: {column: "ROUTING_NUMBER", class: identifier}`,
		`claimant.bankAccount.number: {column: "ACCT_NUMBER", class: identifier}`,
		`parties[agent].role: {value: agent, if: "AGENT_ID"}`,
		`loss.policeReport: {column: "POLICE_REPORT_AVAILABLE", class: open}`,
		`attributes.maritalStatus.flag: {column: "MARITAL_STATUS", class: sensitive}`,
		`attributes.age.number: {column: "AGE", class: quasi}`,
		`amounts.claimed: {column: "CLAIM_AMOUNT", currency: USD} # 0.50; CHECK: the currency is a guess from codes of American states`,
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

// The shipped mapping is what a person made of the draft: three lines differ.
func TestTheShippedMappingIsADraftButForThreeLines(t *testing.T) {
	file, err := mappings.Sample().Open("insurance_transactions.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	draft, err := Draft("insurance_transactions", file,
		DraftOptions{Beside: mappings.Sample(), Feed: "insurance_transactions.csv"})
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := mappings.Get("insurance_transactions")
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := strings.Split(strings.TrimSpace(string(draft)), "\n"),
		strings.Split(strings.TrimSpace(string(shipped)), "\n")
	differ := 0
	for i := range max(len(ours), len(theirs)) {
		if i >= len(ours) || i >= len(theirs) || ours[i] != theirs[i] {
			differ++
		}
	}
	if differ > 3 {
		t.Errorf("%d lines differ:\n%s", differ, draft)
	}
}

func TestDraftByContent(t *testing.T) {
	text, err := Draft("de", strings.NewReader("Schaden-Nr;Kontakt;Konto;Betrag;Datum;US Date;Text;is_fraud;;Wann\n"+
		"S-1;a@example.com;DE89370400440532013000;1.234,50;31.12.2024;01/02/2024;x;0;;2024-01-01 10:00\nS-2;b@example.org;DE02120300000000202051;80,00;01.01.2025;03/04/2024;y;1;;2024-01-02 11:00\n"), DraftOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`delimiter: ";"`, `claim: {column: "Schaden-Nr"}`, `claimant.email: {column: "Kontakt", class: identifier}`,
		`claimant.bankAccount.iban: {column: "Konto", class: identifier}`,
		`amounts.claimed: {column: "Betrag", currency: EUR, decimal: ",", group: "."} # 0.40; CHECK: the currency`,
		`attributes.datum.when: {column: "Datum", time: "02.01.2006", class: open}`,
		`attributes.usDate.when: {column: "US Date", time: "02/01/2006", known: year, class: open}`,
		`"is_fraud" looks like a label`,
		`attributes.wann.when: {column: "Wann", time: "2006-01-02 15:04", ambiguous: day`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
}

// One feed in five languages: the same paths, and nobody's phone, identity card, plate or name is open.
func TestDraftInFiveLanguages(t *testing.T) {
	for language, c := range map[string]struct{ head, rows string }{
		"English": {"Claim No,Date of Loss,Report Date,Insured Name,Mobile,Passport No,Number Plate,Postcode,Cause,Claim Amount,Currency,Paid",
			"C-1,2024-01-13,2024-01-14,Ann Ashby,07700900123,P-533,AB12 CDE,AB1 2CD,theft,1,234.50,GBP,10.00"},
		"German": {"Schadennummer;Schadendatum;Meldedatum;Versicherungsnehmer;Handy;Reisepass;Kennzeichen;PLZ;Schadenursache;Schadenhöhe;Währung;Ausgezahlt",
			"C-1;13.01.2024;14.01.2024;Änne Groß;0151 23456;P-533;B-AB 12;01234;Diebstahl;1.234,50;EUR;10,00"},
		"French": {"Numéro de sinistre;Date du sinistre;Date de déclaration;Nom de l'assuré;Téléphone;Passeport;Immatriculation;Code postal;Cause du sinistre;Montant réclamé;Devise;Montant réglé",
			"C-1;2024-01-13;2024-01-14;Zoé Élan;0612345678;P-533;AB-123-CD;01234;vol;1 234,50;EUR;10,00"},
		"Spanish": {"Número de siniestro;Fecha del siniestro;Fecha de notificación;Nombre del asegurado;Teléfono móvil;Pasaporte;Matrícula;Código postal;Causa;Importe del siniestro;Moneda;Importe pagado",
			"C-1;2024-01-13;2024-01-14;Íñigo Peña;612345678;P-533;1234 BCD;01234;robo;1.234,50;EUR;10,00"},
		"Chinese": {"报案号,出险时间,报案时间,被保险人,手机号,护照号,车牌号,邮编,出险原因,索赔金额,币种,赔付金额",
			"C-1,2024-01-13,2024-01-14,王小明,13912345678,P-533,粤B12345,518000,盗窃,1234.50,CNY,10.00"},
	} {
		rows := c.rows
		if language == "English" {
			rows = strings.Replace(rows, "1,234.50", "\"1,234.50\"", 1)
		}
		text, err := Draft("feed", strings.NewReader(c.head+"\n"+rows+"\n"+strings.Replace(rows, "C-1", "C-2", 1)+"\n"),
			DraftOptions{})
		if err != nil {
			t.Errorf("%s: %v", language, err)
			continue
		}
		m := load(t, string(text))
		paths := make(map[string]*Field)
		for i := range m.Fields {
			paths[m.Fields[i].Path] = &m.Fields[i]
		}
		for _, path := range []string{"claim", "loss.time", "loss.reported", "claimant.name", "claimant.phone",
			"claimant.nationalIds[passport].number", "vehicle.plate", "claimant.address.postcode",
			"loss.cause", "amounts.claimed", "amounts.paid"} {
			if paths[path] == nil {
				t.Errorf("%s: no %s", language, path)
			}
		}
		for _, path := range []string{"claimant.name", "claimant.phone", "claimant.nationalIds[passport].number",
			"vehicle.plate"} {
			if f := paths[path]; f != nil && f.Class != "identifier" {
				t.Errorf("%s: %s is %s", language, path, f.Class)
			}
		}
		if !strings.Contains(string(text), after) {
			t.Errorf("%s: what was paid is not marked", language)
		}
		r, err := NewReader(m, strings.NewReader(c.head+"\n"+rows+"\n"), Options{Now: now, Insurer: "acme"})
		if err != nil {
			t.Errorf("%s: %v", language, err)
			continue
		}
		events, refused := readAll(t, r)
		if len(events) != 1 || !strings.Contains(events[0], `"cause":"theft"`) ||
			!strings.Contains(events[0], `"amount":"1234.50"`) {
			t.Errorf("%s: got %v, %v\n%s", language, events, refused, text)
		}
	}
}

// What a person is known by is never open, whatever its column is called.
func TestDraftKeepsPeopleClosed(t *testing.T) {
	for name, cells := range map[string][]string{
		"phone":            {"5552345678", "5552345679", "5552345670"},
		"mobile_phone":     {"4915123456789", "4915123456780", "4915123456781"},
		"id_card":          {"11010519491231002X", "110105194912310038", "110105194912310046"},
		"c1":               {"13912345678", "13812345678", "13712345678"},
		"c2":               {"Ann Ashby", "Ben Birtles", "Cleo Crane"},
		"c3":               {"王小明", "李四光", "张三丰"},
		"c4":               {"B-AB 12", "M-XY 345", "HH-A 1"},
		"c5":               {"490154203237518", "356938035643809", "352099001761481"},
		"c6":               {"192.0.2.1", "192.0.2.2", "192.0.2.3"},
		"c7":               {"DE89370400440532013000", "DE02120300000000202051", "DE02500105170137075030"},
		"c8":               {"912-11-0001", "912-11-0002", "912-11-0003"},
		"c9":               {"00123", "00456", "00789"},
		"member_key":       {"4402819281", "4402819282", "4402819283"},
		"Beneficiary Tel":  {"x1", "x1", "x1"},
		"nickname surname": {"Bo", "Bo", "Cy"},
	} {
		text, err := Draft("feed", strings.NewReader("nr;"+name+"\nQ1;"+cells[0]+"\nQ2;"+cells[1]+"\nQ3;"+cells[2]+
			"\n"), DraftOptions{Header: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, f := range load(t, string(text)).Fields {
			if f.Column == name && f.Class != "identifier" {
				t.Errorf("%s: %s is %s", name, f.Path, f.Class)
			}
		}
	}
}

// The marks of numbers are proven on all rows, or the draft says that they are not.
func TestDraftProvesMarks(t *testing.T) {
	for _, c := range []struct{ cells, want string }{
		{"1,234|12,345|999", "group: \",\"} # 0.50; CHECK: marks not proven"},
		{"1,234|12,345.5|999", "group: \",\", class"}, {"1.234|12.345|999", "group: \".\""},
		{"1.234|12.345,5|999", "decimal: \",\", group: \".\", class"},
		{"1.5|2.25|3", "amount\", class"}, {"1,5|2,25|3", "decimal: \",\", class"},
		{"0.125|0.250|1", "amount\", class"}, {"1.234,50|12.50|3", "CHECK: it may be an amount"},
		{"1'234.50|3|4", "group: \"'\""},
		{"1 234,50|3|4", "decimal: \",\", group: \" \""},
		{"12|17|30", "attributes.amount.number: {column: \"amount\", class"},
	} {
		var b strings.Builder
		b.WriteString("nr;amount\n")
		for i := range 12 {
			for _, cell := range strings.Split(c.cells, "|") {
				b.WriteString("Q" + string(rune('A'+i)) + cell + ";" + cell + "\n")
			}
		}
		text, err := Draft("feed", strings.NewReader(b.String()), DraftOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimSuffix(c.want, "} # 0.50; CHECK: marks not proven"); !strings.Contains(string(text),
			want) || want != c.want && !strings.Contains(string(text), "marks not proven") {
			t.Errorf("%s: want %s\n%s", c.cells, c.want, text)
		}
	}
}

// A few rows that say otherwise do not change what a column is, and are named.
func TestDraftNamesTheRowsAgainstIt(t *testing.T) {
	var b strings.Builder
	b.WriteString("claim_no;loss_date\n")
	for i := range 100 {
		day := "2024-01-13"
		if i == 7 || i == 40 {
			day = "unknown"
		}
		b.WriteString("Q" + strings.Repeat("x", i) + ";" + day + "\n")
	}
	text, err := Draft("feed", strings.NewReader(b.String()), DraftOptions{})
	if err != nil || !strings.Contains(string(text),
		`loss.time: {column: "loss_date", time: "2006-01-02", class: open} # 0.50; CHECK: against it are 2 of 100 rows, as in line 9, 42`) {
		t.Errorf("got %v\n%s", err, text)
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
		draft, err := Draft("feed", strings.NewReader(text), DraftOptions{})
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
	if _, err := Draft("feed", strings.NewReader("id,Address 1,Address 2,E-Mail\nC-1,12 Elm Street,,ann@example.com\n"),
		DraftOptions{}); err != nil {
		t.Errorf("names with a number in them: %v", err)
	}
}

// Whatever the feed, the draft is a mapping that loads and reads that feed.
func TestDraftAlwaysLoads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.OneOf(rapid.StringMatching(`[A-Za-z_ äß."{}:#-]{1,12}`),
			rapid.SampledFrom([]string{"Claim ID", "SSN", "Loss date", "policy_number",
				"amount", "Phone", "AGENT_ID", "broker id", "Police", "Description", "Country", "witnesses", "Fraud",
				"9 lives", "名前"})), 1, 8, strings.TrimSpace).Draw(t, "columns")
		cell := rapid.OneOf(rapid.StringMatching(`[a-z0-9,. -]{0,10}`),
			rapid.SampledFrom([]string{"2024-01-02", "01/02/2024", "yes", "no", "0", "1", "1.234,50", "DE", "US",
				"a@example.com", "motor", "912-34-5678", "+12025550143", "007"}))
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
		text, err := Draft("random", strings.NewReader(b.String()), DraftOptions{})
		if errors.Is(err, errNoNames) || errors.Is(err, errHeader) {
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

// A label of a file beside the feed is told as one: as an attribute it would be learnt from.
func TestALabelOfAJoinedFileIsNoAttribute(t *testing.T) {
	beside := fstest.MapFS{"claims.csv": {Data: []byte("claim_id,amount,fraud\nK1,10,0\nK2,20,1\nK3,30,0\n")}}
	text, err := Draft("parties",
		strings.NewReader("claim_id,role,party\nK1,insured,P1\nK1,expert,P2\nK2,insured,P3\nK3,insured,P4\n"),
		DraftOptions{Beside: beside, Feed: "parties.csv"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"claims.fraud" looks like a label`) ||
		strings.Contains(string(text), "claimsFraud") {
		t.Errorf("got\n%s", text)
	}
}
