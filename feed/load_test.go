package feed

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tallystick/feed/mappings"
)

const small = `name: small
fields:
  insurer: {value: acme}
  claim: ID
  line: {value: motor}
`

func TestShippedMappingsLoad(t *testing.T) {
	for _, name := range mappings.Names() {
		if m := shipped(t, name); m.Name != name {
			t.Errorf("mapping %s calls itself %s", name, m.Name)
		}
	}
	if _, err := mappings.Get("nothing"); err == nil || !strings.Contains(err.Error(), "fraud_oracle") {
		t.Errorf("got %v", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ name, mapping, want string }{
		{"not YAML", "name: [", "read the mapping"},
		{"a list", "- a", "line 1: mapping: a YAML mapping"},
		{"unknown key", small + "colour: red", "line 6: mapping: no key colour; allowed are name, delimiter"},
		{"unknown field key", small + "  outcome: {column: A, color: red}",
			"line 6: outcome: no key color; allowed are column, value"},
		{"unknown path", small + "  claimant.nmae: NAME",
			"line 6: claimant.nmae: no such path; claimant has role, id, name"},
		{"unknown first name", small + "  claimants.name: NAME",
			"line 6: claimants.name: no such path; the event has insurer, claim"},
		{"below a value", small + "  loss.time.year: Y", "loss.time is a value of its own"},
		{"a path that holds others", small + "  claimant.address: A",
			"this holds other paths; claimant.address has line1"},
		{"attribute without a type", small + "  attributes.rating: R",
			"attributes.rating has text, number, flag, when, money"},
		{"attribute's name", small + "  attributes.Rating.text: R", "begins with a small letter"},
		{"list without a label", small + "  parties.name: NAME", "parties is a list; name its element"},
		{"label without a list", small + "  policy[1].number: P", "policy is not a list"},
		{"form of a path", small + "  \"loss time\": P", "a path is names joined by full stops"},
		{"twice", small + "  claim: OTHER", "line 6: fields: claim stands here twice"},
		{"two sources", small + "  outcome: {column: A, value: paid}", "exactly one of column, value and template"},
		{"no source", small + "  outcome: {if: A}", "exactly one of column, value and template"},
		{"constant of another type", small + "  loss.witnesses: {value: some}", "value: not a whole number"},
		{"values of another type", small + "  loss.policeReport: {column: A, values: {J: ja}}",
			"values, line 6: not yes or no"},
		{"money without currency", small + "  amounts.claimed: AMOUNT", "an amount has a currency"},
		{"unknown currency", small + "  amounts.claimed: {column: A, currency: EURO}", "a code of ISO 4217"},
		{"currency for text", small + "  outcome: {column: A, currency: EUR}", "currency is for paths that hold money"},
		{"time for text", small + "  outcome: {column: A, time: \"2006\"}",
			"time, known, zone and ambiguous are for paths that hold a time"},
		{"layout", small + "  loss.time: {column: A, time: dd.mm.yyyy}", "time is a layout of Go's time package"},
		{"time of day without a zone", small + "  loss.time: {column: A, time: \"2006-01-02 15:04\"}",
			"a time of day needs a zone"},
		{"known more than written", small + "  loss.time: {column: A, time: \"2006-01\", known: day}",
			"not more than the layout writes"},
		{"zone", small + "  loss.time: {column: A, time: \"2006-01-02 15\", zone: Mars/Olympus}",
			"line 6: loss.time.zone: \"Mars/Olympus\" is not a time zone"},
		{"other without values", small + "  outcome: {column: A, other: keep}", "there are no values"},
		{"other", small + "  outcome: {column: A, values: {A: b}, other: drop}", "other is reject, absent or keep"},
		{"class", small + "  outcome: {column: A, class: secret}", "class is identifier, quasi, sensitive or open"},
		{"delimiter", small + "delimiter: ab", "line 6: delimiter: one character"},
		{"charset", small + "charset: klingon", "line 6: charset: \"klingon\" is not known"},
		{"file", small + "files: {agents: {path: agents.csv}}", "line 6: files.agents: a file has path, on"},
		{"required", "name: x\nfields: {claim: ID, insurer: {value: a}}", "line is required and has no field"},
		{"name", "fields: {claim: ID}", "a mapping has a name"},
		{"decimal", small + "  outcome: {column: A, decimal: \",\"}", "decimal and group are for numbers and money"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load([]byte(c.mapping))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestLoadReportsEverythingAtOnce(t *testing.T) {
	_, err := Load([]byte(small + "  claimant.nmae: A\n  amounts.claimed: B\n"))
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Fatalf("got %v", err)
	}
	if p, ok := errors.AsType[*Problem](err); !ok || p.Line != 6 || p.Where != "claimant.nmae" {
		t.Errorf("got %+v", p)
	}
}

func TestDialects(t *testing.T) {
	m := load(t, small+"  claimant.name: NAME\n")
	const want = `{"insurer":"acme","claim":"1","revision":1,"line":"motor","claimant":{"name":"Vale, Ada"}}`
	for name, text := range map[string]string{
		"comma":           "ID,NAME\n1,\"Vale, Ada\"\n",
		"semicolon":       "ID;NAME\n1;Vale, Ada\n",
		"tab":             "ID\tNAME\n1\tVale, Ada\n",
		"bar":             "ID|NAME\n1|Vale, Ada\n",
		"CR LF":           "ID;NAME\r\n1;Vale, Ada\r\n",
		"byte order mark": "\ufeffID;NAME\n1;Vale, Ada\n",
		"no last newline": "ID;NAME\n1;Vale, Ada",
		"space":           " ID ; NAME \n 1 ; Vale, Ada \n",
		"empty lines":     "ID;NAME\n\n1;Vale, Ada\n\n",
		"other columns":   "X;NAME;ID;Y\nx;Vale, Ada;1;y\n",
	} {
		events, refused := convertText(t, m, text)
		if len(events) != 1 || events[0] != want {
			t.Errorf("%s: got %v, refused %v", name, events, refused)
		}
	}
}

func TestCharset(t *testing.T) {
	m := load(t, small+"  claimant.name: NAME\ncharset: windows-1252\n")
	events, _ := convertText(t, m, "ID;NAME\n1;J\xfcrgen\n")
	if len(events) != 1 || !strings.Contains(events[0], "Jürgen") {
		t.Errorf("got %v", events)
	}
	_, refused := convertText(t, load(t, small+"  claimant.name: NAME\n"), "ID;NAME\n1;J\xfcrgen\n")
	if len(refused) != 1 || refused[0].Column != "NAME" || !strings.HasPrefix(refused[0].Reason, "not UTF-8") {
		t.Errorf("got %v", refused)
	}
}

func TestValuesNumbersAndTimes(t *testing.T) {
	for _, c := range []struct{ field, cell, want string }{
		{`  amounts.claimed: {column: A, currency: EUR, decimal: ",", group: "."}`, "1.234,50",
			`"amounts":{"claimed":{"amount":"1234.50","currency":"EUR"}}`},
		{`  amounts.claimed: {column: A, currency: EUR, group: " "}`, "12 000",
			`"amounts":{"claimed":{"amount":"12000","currency":"EUR"}}`},
		{`  amounts.claimed: {column: A, currency: "{ID}"}`, "1", "refused"},
		{`  amounts.claimed: {column: A, currency: EUR, decimal: ","}`, "1.5", "refused"},
		{`  amounts.claimed: {column: A, currency: EUR}`, "1e5", "refused"},
		{`  amounts.claimed: {column: A, currency: EUR}`, "-5", "refused"},
		{`  loss.time: {column: A, time: ["02.01.2006", "2006-01-02"]}`, "31.12.2024", `"loss":{"time":"2024-12-31"}`},
		{`  loss.time: {column: A, time: ["02.01.2006", "2006-01-02"]}`, "2024-12-31", `"loss":{"time":"2024-12-31"}`},
		{`  loss.time: {column: A, time: ["02.01.2006", "2006-01-02"]}`, "12/31/2024", "refused"},
		{`  loss.time: {column: A, time: "02.01.2006 15:04", zone: Europe/Berlin}`, "01.07.2024 08:30",
			`"loss":{"time":"2024-07-01T08:30:00+02:00"}`},
		{`  loss.time: {column: A, time: "2006-01-02T15:04:05Z07:00"}`, "2024-07-01T08:30:00+02:00",
			`"loss":{"time":"2024-07-01T08:30:00+02:00"}`},
		{`  loss.time: {column: A, time: "2006-01-02T15:04:05Z07:00", known: month}`, "2024-07-01T08:30:00+02:00",
			`"loss":{"time":"2024-07"}`},
		{`  loss.time: A`, "2024-07", `"loss":{"time":"2024-07"}`},
		{`  loss.time: A`, "2124-07", "refused"},
		{`  outcome: {column: A, values: {P: paid}}`, "P", `"outcome":"paid"`},
		{`  outcome: {column: A, values: {P: paid}}`, "Q", "refused"},
		{`  outcome: {column: A, values: {P: paid}, other: keep}`, "Q", `"outcome":"Q"`},
		{`  outcome: {column: A, values: {P: paid}, other: absent}`, "Q", ""},
		{`  outcome: {column: A, values: {P: null}}`, "P", ""},
		{`  outcome: {column: A, empty: [n/a]}`, "n/a", ""},
		{`  loss.cause: A`, "Hail", `"loss":{"cause":"hail"}`},
		{`  loss.cause: A`, "  HAIL  ", `"loss":{"cause":"hail"}`},
		{`  loss.fault: A`, "Third  Party", `"loss":{"fault":"third-party"}`},
		{`  loss.fault: A`, "THIRD_PARTY", `"loss":{"fault":"third-party"}`},
		{`  loss.cause: A`, "Meteorite", `"loss":{"cause":"Meteorite"}`},
		{`  loss.cause: {column: A, synonyms: {hagel: hail}}`, "HAGEL", `"loss":{"cause":"hail"}`},
		{`  loss.cause: {column: A, synonyms: {hagel: hail, sonst: null}}`, "sonst", ""},
		{`  loss.cause: {column: A, synonyms: {hagel: hail}}`, "theft", `"loss":{"cause":"theft"}`},
		{`  loss.cause: {column: A, values: {hagel: hail}}`, "Hagel", `"loss":{"cause":"hail"}`},
		{`  loss.cause: {column: A, values: {"-": theft}}`, "-", `"loss":{"cause":"theft"}`},
		{`  outcome: {column: A, values: {a: paid, A: denied}}`, "A", `"outcome":"denied"`},
		{`  outcome: A`, "NULL", ""}, {`  outcome: A`, "?", ""}, {`  outcome: A`, "#N/A", ""},
		{`  outcome: A`, " - ", ""},
		{`  outcome: {template: "{A}-{A}"}`, "x", `"outcome":"x-x"`},
		{`  outcome: {template: "{A}-{A}"}`, "", ""},
		{`  outcome: {value: paid, if: A}`, "x", `"outcome":"paid"`},
		{`  outcome: {value: paid, if: A}`, "", ""},
		{`  loss.policeReport: A`, "Y", `"loss":{"policeReport":true}`},
		{`  loss.policeReport: A`, "0", `"loss":{"policeReport":false}`},
		{`  loss.policeReport: A`, "maybe", "refused"},
		{`  loss.witnesses: A`, "0", `"loss":{"witnesses":0}`},
		{`  loss.witnesses: A`, "1.5", "refused"},
		{`  loss.witnesses: A`, "-1", "refused"},
		{`  attributes.speed.number: A`, "NaN", ""},
		{`  attributes.speed.number: A`, "1.5e-05", `"attributes":{"speed":{"number":0.000015}}`},
		{`  attributes.speed.number: A`, "3.5", `"attributes":{"speed":{"number":3.5}}`},
		{`  loss.place.latitude: A`, "91", "refused"},
		{"  items[1].modifiers[a]: A\n  items[1].modifiers[b]: ID", "25", `"items":[{"modifiers":["25","1"]}]`},
		{"  items[1].modifiers[a]: A\n  items[2].code: ID", "", `"items":[{"code":"1"}]`},
	} {
		m := load(t, small+c.field+"\n")
		events, refused := convertText(t, m, "ID;A\n1;"+c.cell+"\n")
		want := strings.TrimSuffix(`{"insurer":"acme","claim":"1","revision":1,"line":"motor",`+c.want, ",") + "}"
		switch {
		case c.want == "refused":
			if len(refused) != 1 || refused[0].Line != 2 || strings.Contains(fmt.Sprint(refused), c.cell) &&
				len(c.cell) > 2 {
				t.Errorf("%s, cell %q: got %v, refused %v", c.field, c.cell, events, refused)
			}
		case len(events) != 1 || events[0] != want:
			t.Errorf("%s, cell %q: got %v, refused %v\nwant %s", c.field, c.cell, events, refused, want)
		}
	}
}

func TestRefusedRowsDoNotStopTheFeed(t *testing.T) {
	m := load(t, small+"  loss.witnesses: W\n")
	events, refused := convertText(t, m, "ID,W\n1,1\n2\n3,many\n\"4\"x,1\n,1\n6,1\n")
	if len(events) != 2 || len(refused) != 4 {
		t.Fatalf("got %v, refused %v", events, refused)
	}
	for i, want := range []Rejection{
		{3, "", "", "invalid", "1 cells where the first line has 2"},
		{4, "W", "loss.witnesses", "invalid", "not a whole number"},
		{5, "", "", "invalid", badQuote},
		{6, "ID", "claim", "missing", "required"},
	} {
		if refused[i] != want {
			t.Errorf("got %+v, want %+v", refused[i], want)
		}
	}
}

func TestFeedRefused(t *testing.T) {
	joins := load(t, small+"  claimant.name: people.NAME\nfiles: {people: {path: people.csv, on: ID, key: ID}}\n")
	for _, c := range []struct {
		name   string
		m      *Mapping
		feed   string
		people string
		want   string
	}{
		{"empty", load(t, small), "", "", "names of the columns"},
		{"no such column", load(t, small), "NUMBER,NAME\n", "",
			"line 4: claim: the feed has no column ID among its 2: the first line must hold the names"},
		{"column twice", load(t, small+"  claimant.name: NAME\n"), "ID,NAME,NAME\n", "",
			"the feed has two columns of the name NAME, 2 and 3"},
		{"not gz", load(t, small), "\x1f\x8bxx", "", "unpack gz"},
		{"no such column in a joined file", joins, "ID\n", "ID,N\n",
			"the joined file people has no column NAME among its 2"},
		{"no key in a joined file", joins, "ID\n", "NO,NAME\n", "no column ID among its 2"},
		{"key twice", joins, "ID\n", "ID,NAME\n1,a\n1,b\n", "line 3: its ID stands on an earlier line too"},
		{"key not in the feed", joins, "NO\n", "ID,NAME\n", "the feed has no column ID"},
	} {
		_, err := NewReader(c.m, strings.NewReader(c.feed),
			Options{Join: memory(map[string]string{"people.csv": c.people})})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

// A joined file as spreadsheets write it: blank rows, blanks around keys, a key that is absent.
func TestJoinedFileAsItComes(t *testing.T) {
	m := load(t, small+"  claimant.name: shops.NAME\nfiles: {shops: {path: shops.csv, on: SHOP, key: ID}}\n")
	shops := "ID,NAME\nS1,Anton\n,\n,\n S2 ,Berta\n007,Emil\n,nobody\n"
	for cell, want := range map[string]string{"S1": "Anton", " S1": "Anton", "S1 ": "Anton", "S2": "Berta", "s1": "",
		"": "", "-": "", "007": "Emil", "7": ""} {
		r, err := NewReader(m, strings.NewReader("ID,SHOP\n1,"+cell+"\n"),
			Options{Now: now, Join: memory(map[string]string{"shops.csv": shops})})
		if err != nil {
			t.Fatal(err)
		}
		row, err := r.Read()
		if err != nil || row.Event == nil || row.Event.Claimant.Name != want {
			t.Errorf("%q: got %+v, %v, want %s", cell, row.Event, err, want)
		}
	}
}

// A feed without names of columns begins with somebody's claim, which is not for a log.
func TestFeedWithoutNamesOfColumns(t *testing.T) {
	for _, feed := range []string{"C-1,John Smith,+4915112345678\n", "C-1,John Smith,John Smith\n"} {
		_, err := NewReader(load(t, small), strings.NewReader(feed), Options{})
		if err == nil || !strings.Contains(err.Error(), "the first line must hold the names of the columns") ||
			strings.Contains(err.Error(), "Smith") {
			t.Errorf("got %v", err)
		}
	}
}

// What stands in a cell comes out in the event as it is, whatever the delimiter.
func TestAnyTextPasses(t *testing.T) {
	m := load(t, small+"  narrative: TEXT\n")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zA-ZäöüéΩ,;|"' \n-]{1,40}`).Draw(t, "text")
		delimiter := rapid.SampledFrom([]string{",", ";", "\t", "|"}).Draw(t, "delimiter")
		if slices.Contains(absent, strings.TrimSpace(text)) {
			t.Skip("stands for absent")
		}
		quoted := `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		r, err := NewReader(m, strings.NewReader("ID"+delimiter+"TEXT\n1"+delimiter+quoted+"\n"), Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		row, err := r.Read()
		if err != nil || row.Event == nil || row.Event.Narrative != strings.TrimSpace(text) {
			t.Fatalf("got %+v, %v", row.Rejected, err)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(small))
	for _, name := range mappings.Names() {
		data, err := mappings.Get(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Load(data)
		if err == nil && m.Validate() != nil {
			t.Fatal("loaded, but not valid")
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("ID,W\n1,2\n"))
	f.Add([]byte("\ufeffID;W\r\n\"1\";2"))
	f.Add([]byte("\x1f\x8b\x08"))
	m, err := Load([]byte(small + "  loss.witnesses: W\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(m, strings.NewReader(string(data)), Options{Now: now})
		if err != nil {
			return
		}
		for range len(data) + 1 {
			row, err := r.Read()
			if err != nil {
				return
			}
			if n := count(row.Event != nil, row.Rejected != nil, row.Skipped != ""); n != 1 {
				t.Fatal("a row is an event, refused or passed over")
			}
		}
		t.Fatal("more rows than bytes")
	})
}

// The example of mappings/README.md is one that works.
func TestExampleOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile("mappings/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(readme), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	r, err := NewReader(load(t, text),
		strings.NewReader("Schadennummer;Sparte;Tag;Uhrzeit;Gemeldet;Betrag;Telefon;SHOP;Region\nS1;KFZ;01.07.2024;08:30;2024-07-02;1.234,50;-;7;X\n"),
		Options{Now: now, Join: memory(map[string]string{"shops.csv": "ID,NAME\n7,Vale Motors\n"})})
	if err != nil {
		t.Fatal(err)
	}
	events, refused := readAll(t, r)
	want := `{"insurer":"acme","claim":"S1","revision":1,"line":"motor","parties":[{"role":"repairer","name":"Vale Motors"}],"loss":{"time":"2024-07-01T08:30:00+02:00","reported":"2024-07-02"},"amounts":{"claimed":{"amount":"1234.50","currency":"EUR"}}}`
	if len(events) != 1 || events[0] != want {
		t.Errorf("got %v, refused %v", events, refused)
	}
}

func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}
