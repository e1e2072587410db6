package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"tallystick/claim"
)

// rawNumber is a number as a workbook keeps it.
type rawNumber string

// sheetText writes rows as a workbook; a nil is an empty cell.
func sheetText(t testing.TB, sheet string, rows [][]any, formats map[string]string) string {
	t.Helper()
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		t.Fatal(err)
	}
	for i, cells := range rows {
		for j, cell := range cells {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if n, ok := cell.(rawNumber); ok {
				err = book.SetCellDefault(sheet, at, string(n))
			} else {
				err = book.SetCellValue(sheet, at, cell)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for column, format := range formats {
		style, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		if err := book.SetCellStyle(sheet, column+"2", fmt.Sprintf("%s%d", column, len(rows)), style); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWorkbook(t *testing.T) {
	day, at := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 7, 1, 8, 30, 0, 0, time.UTC)
	text := sheetText(t, "Claims", [][]any{
		{"ID", "NAME", "DAY", "AT", "SUM", "PHONE"},
		{"C-1", "Ann Ashby", day, at, 1234.5, "005552345678"},
		{},
		{"C-2", "Ben, \"Big\" Birtles\nof Weston", day, at, 0.1, 5552345678},
		{"C-3", nil, nil, nil, nil, rawNumber("4.47701123456789E+17")}, // as a spreadsheet keeps it
	}, map[string]string{"C": "dd/mm/yy", "D": "d.m.yyyy h:mm", "E": "#,##0 €"})
	m := load(t, "name: s\nzone: Europe/Berlin\nfields:\n  insurer: {value: acme}\n  claim: ID\n  line: {value: motor}\n  claimant.name: NAME\n  loss.reported: {column: DAY, time: \"2006-01-02\"}\n"+
		"  loss.time: {column: AT, time: \"2006-01-02 15:04:05\"}\n  amounts.claimed: {column: SUM, currency: EUR}\n  claimant.phone: PHONE\n")
	events, refused := convertText(t, m, text)
	if len(events) != 2 || len(refused) != 1 || refused[0].Line != 5 || refused[0].Reason != badScientific {
		t.Fatalf("got %v, refused %v", events, refused)
	}
	for _, want := range []string{`"reported":"2024-07-01"`, `"time":"2024-07-01T08:30:00+02:00"`, `"amount":"1234.5"`,
		`"phone":"005552345678"`} {
		if !strings.Contains(events[0], want) {
			t.Errorf("%s is not in %s", want, events[0])
		}
	}
	if !strings.Contains(events[1], `"phone":"5552345678"`) || !strings.Contains(events[1], `"amount":"0.1"`) ||
		!strings.Contains(events[1], `\nof Weston`) {
		t.Errorf("got %s", events[1])
	}
	m.Sheet = "Other"
	if _, err := NewReader(m, strings.NewReader(text), Options{Now: now}); err == nil ||
		!strings.Contains(err.Error(), "no sheet") {
		t.Errorf("got %v", err)
	}
	for _, broken := range []string{text[:len(text)/2], "PK\x03\x04garbage", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"} {
		if _, err := NewReader(m, strings.NewReader(broken), Options{Now: now}); err == nil {
			t.Error("a broken workbook was taken")
		}
	}
}

type parquetClaim struct {
	ID     string    `parquet:"ID"`
	Name   *string   `parquet:"NAME,optional"`
	Day    int32     `parquet:"DAY,date"`
	At     time.Time `parquet:"AT,timestamp(microsecond)"`
	Sum    int64     `parquet:"SUM,decimal(2:18)"`
	Phone  string    `parquet:"PHONE"`
	Number float64   `parquet:"NUMBER"`
	Hurt   bool      `parquet:"HURT"`
	Shop   struct {
		Name string `parquet:"NAME"`
	} `parquet:"SHOP"`
	Tags []string `parquet:"TAGS,list"`
}

func TestParquet(t *testing.T) {
	name := "Ann Ashby"
	one := parquetClaim{ID: "C-1", Name: &name, Day: 19905, At: time.Date(2024, 7, 1, 8, 30, 0, 5000, time.UTC),
		Sum: 123450, Phone: "005552345678", Number: 5552345678, Hurt: true, Tags: []string{"a", "b"}}
	one.Shop.Name = "Anton"
	two := parquetClaim{ID: "C-2", Day: -1, Sum: -5}
	var b bytes.Buffer
	w := parquet.NewGenericWriter[parquetClaim](&b)
	if _, err := w.Write([]parquetClaim{one, two}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	base := "name: s\nfields:\n  insurer: {value: acme}\n  claim: ID\n  line: {value: motor}\n"
	m := load(t, base+"  claimant.name: NAME\n  loss.reported: DAY\n  loss.time: AT\n  claimant.phone: PHONE\n  loss.policeReport: HURT\n  parties[shop].role: {value: repairer, if: SHOP.NAME}\n  parties[shop].name: SHOP.NAME\n  narrative: TAGS\n  attributes.sum.number: SUM\n")
	events, refused := convertText(t, m, b.String())
	if len(events) != 2 || len(refused) > 0 {
		t.Fatalf("got %v, refused %v", events, refused)
	}
	for _, want := range []string{`"reported":"2024-07-01"`, `"time":"2024-07-01T08:30:00.000005Z"`, `"number":1234.5`,
		`"phone":"005552345678"`, `"name":"Anton"`, `"policeReport":true`, `"narrative":"a; b"`} {
		if !strings.Contains(events[0], want) {
			t.Errorf("%s is not in %s", want, events[0])
		}
	}
	if !strings.Contains(events[1], `"number":-0.05`) || !strings.Contains(events[1], `"reported":"1969-12-31"`) {
		t.Errorf("got %s", events[1])
	}
	_, refused = convertText(t, load(t, base+"  claimant.phone: NUMBER\n"), b.String())
	if len(refused) != 2 || refused[0].Reason != badFloating {
		t.Errorf("an identifier that came as a float: %v", refused)
	}
	if _, err := NewReader(m, strings.NewReader(b.String()[:b.Len()-9]), Options{Now: now}); err == nil {
		t.Error("a broken file was taken")
	}
}

func TestJSONAsAFeed(t *testing.T) {
	const base = "name: s\nfields:\n  insurer: {value: acme}\n  claim: nr\n  line: {value: motor}\n  claimant.name: insured.name\n  items[1].code: items[0].code\n  amounts.claimed: {column: sum, currency: EUR}\n"
	one := `{"nr": "J-1", "insured": {"name": "Ann \"A\" Ashby", "age": null}, "items": [{"code": "99213"}, {"code": "x"}], "sum": 12.50}`
	two := `{"nr": 2, "sum": "7"}`
	for name, c := range map[string]struct {
		text string
		want [3]int // events, refused, and lines of those
	}{
		"lines":         {one + "\n" + two + "\n", [3]int{2, 0, 0}},
		"blank lines":   {"\n" + one + "\r\n\r\n" + two, [3]int{2, 0, 0}},
		"a broken line": {one + "\n{\"nr\": \"J-9\n" + two + "\n[1]\n", [3]int{2, 2, 6}},
		"an array":      {"[" + one + ",\n" + two + "]", [3]int{2, 0, 0}},
		"laid out":      {strings.ReplaceAll(one, ", ", ",\n  ") + "\n" + two, [3]int{2, 0, 0}},
		"a name twice":  {one + "\n" + `{"nr": "J-3", "nr": "J-4"}` + "\n", [3]int{1, 1, 2}},
		"too deep": {one + "\n" + `{"nr": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}\n",
			[3]int{1, 1, 2}},
		"too long": {one + "\n" + `{"nr": "` + strings.Repeat("x", maxRow) + "\"}\n" + two + "\n",
			[3]int{2, 1, 2}},
	} {
		events, refused := convertText(t, load(t, base), c.text)
		lines := 0
		for _, no := range refused {
			lines += no.Line
		}
		if got := [3]int{len(events), len(refused), lines}; got != c.want {
			t.Errorf("%s: got %v, want %v: %v %v", name, got, c.want, events, refused)
		}
	}
	events, _ := convertText(t, load(t, base), one)
	want := `{"insurer":"acme","claim":"J-1","revision":1,"line":"motor","claimant":{"name":"Ann \"A\" Ashby"},"amounts":{"claimed":{"amount":"12.50","currency":"EUR"}},"items":[{"code":"99213"}]}`
	if len(events) != 1 || events[0] != want {
		t.Errorf("got %v\nwant %s", events, want)
	}
	r, err := NewReader(load(t, base), strings.NewReader(two), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if _, _ = r.Read(); len(r.Absent()) != 2 {
		t.Errorf("columns that no row had: %v", r.Absent())
	}
	if _, err := Draft("j", strings.NewReader(one+"\n"+two), DraftOptions{}); err != nil {
		t.Error(err)
	}
	// One value that never ends is not held in memory.
	endless := io.MultiReader(strings.NewReader(`[{"nr": "`), &endlessX{left: 64 << 20})
	if r, err = NewReader(load(t, base), endless, Options{Now: now}); err == nil {
		_, err = r.Read()
	}
	if !errors.Is(err, errValue) {
		t.Errorf("got %v", err)
	}
}

type endlessX struct{ left int }

func (e *endlessX) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'x'
	}
	e.left -= len(p)
	return len(p), nil
}

func TestEventsAsTheyAre(t *testing.T) {
	const one, other = `{"insurer": "acme", "claim": "E-1", "revision": 1, "line": "motor", "extra": {"kept": 1}}`,
		`{"insurer":"acme","claim":"E-2","revision":3,"line":"motor"}`
	quote := func(s string) string { return strings.ReplaceAll(s, `"`, `\"`) }
	for name, c := range map[string]struct {
		text string
		want [4]int // rows, imported, rejected, skipped
	}{
		"lines":    {one + "\n" + other + "\n", [4]int{2, 2, 0, 0}},
		"an array": {"[" + one + "," + other + "]", [4]int{2, 2, 0, 0}},
		"records": {`{"key": "acme/E-1", "value": "` + quote(one) + `"}` + "\n" +
			`{"key":"acme/E-9","value":"` + quote(other) + `"}`, [4]int{2, 1, 1, 0}},
		"one twice":           {one + "\n" + one + "\n\n", [4]int{3, 1, 0, 2}},
		"a conflict":          {other + "\n" + strings.Replace(other, "motor", "health", 1), [4]int{2, 1, 1, 0}},
		"not valid":           {one + "\n" + strings.Replace(other, "motor", "pets", 1) + "\n{}\n", [4]int{3, 1, 2, 0}},
		"another's":           {one + "\n" + strings.Replace(other, "acme", "birch", 1), [4]int{2, 1, 1, 0}},
		"a line that is none": {one + "\nx\n" + other, [4]int{3, 2, 1, 0}},
	} {
		r, err := NewEvents(strings.NewReader(c.text), Options{Now: now, Insurers: []string{"acme"}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sent := &collector{}
		report, err := Import(t.Context(), r, sent, ImportOptions{})
		if got := [4]int{report.Rows, report.Imported, report.Rejected, report.Skipped}; err != nil || got != c.want {
			t.Errorf("%s: got %v, %v, want %v: %v", name, got, err, c.want, report.Reasons)
		}
		if name == "lines" && !bytes.Contains(sent.records[0].Value, []byte(`"extra":{"kept":1}`)) {
			t.Errorf("what the schema does not know is lost: %s", sent.records[0].Value)
		}
	}
	if _, err := NewEvents(strings.NewReader("ID,NAME\n1,2\n"), Options{}); !errors.Is(err, ErrNotEvents) {
		t.Errorf("got %v", err)
	}
}

func TestManyRowsToOneClaim(t *testing.T) {
	const mapping = `name: g
rows: {by: [NR]%s}
fields:
  insurer: {value: acme}
  claim: NR
  line: {value: health}
  claimant.name: NAME
  parties[agent].role: {value: agent, if: AGENT}
  parties[agent].name: AGENT
  parties[*].role: {value: provider, if: DOCTOR}
  parties[*].name: DOCTOR
  items[*].code: CODE
  items[*].amount: {column: SUM, currency: EUR}
`
	const head = "NR,NAME,AGENT,DOCTOR,CODE,SUM\n"
	const rows = "G-1,Ann,Bo,Dr. Cy,99213,10\nG-1,Ann,Bo,Dr. Cy,99214,20\nG-1,Ann,Bo,Dr. Di,99214,20\nG-2,Eve,,,99215,30\n"
	const want = `{"insurer":"acme","claim":"G-1","revision":1,"line":"health","claimant":{"name":"Ann"},"parties":[{"role":"agent","name":"Bo"},{"role":"provider","name":"Dr. Cy"},{"role":"provider","name":"Dr. Di"}],` +
		`"items":[{"code":"99213","amount":{"amount":"10","currency":"EUR"}},{"code":"99214","amount":{"amount":"20","currency":"EUR"}},{"code":"99214","amount":{"amount":"20","currency":"EUR"}}]}`
	apart := "G-1,Ann,Bo,Dr. Cy,99213,10\nG-2,Eve,,,99215,30\nG-1,Ann,Bo,Dr. Cy,99214,20\nG-1,Ann,Bo,Dr. Di,99214,20\n"
	for name, c := range map[string]struct {
		mapping, text  string
		want           [4]int // rows, imported, rejected, claims
		first, refused string
	}{
		"together":        {"", rows, [4]int{4, 4, 0, 2}, want, ""},
		"apart, not said": {"", apart, [4]int{4, 2, 2, 2}, "", badApart},
		"apart":           {", apart: true", apart, [4]int{4, 4, 0, 2}, want, ""},
		"blank rows":      {"", "\n" + strings.Replace(rows, "G-2", ",,,,,\nG-2", 1), [4]int{6, 4, 0, 2}, want, ""},
		"differs": {"", strings.Replace(rows, "99213", "99213", 1) + "G-3,Ann,,,1,1\nG-3,Bob,,,2,2\n",
			[4]int{6, 4, 2, 2}, want, "differs between the rows"},
		"a bad item": {"", "G-1,Ann,,,1,ten\nG-1,Ann,,,2,2\nG-2,Eve,,,99215,30\n", [4]int{3, 1, 2, 1}, "",
			"not a number"},
		"a broken row": {"", "G-1,Ann,,,1,1\nG-1,Ann\nG-1,Ann,,,2,2\n", [4]int{3, 2, 1, 1}, "", "2 cells"},
		"too many": {"", strings.Repeat("G-1,Ann,,,1,1\n", maxGroup+5) + "G-2,Eve,,,1,1\n",
			[4]int{maxGroup + 6, 1, maxGroup + 5, 1}, "", badMany},
	} {
		m := load(t, fmt.Sprintf(mapping, c.mapping))
		r, err := NewReader(m, strings.NewReader(head+c.text), Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		sent, rejects := &collector{}, &bytes.Buffer{}
		report, err := Import(t.Context(), r, sent, ImportOptions{Rejects: rejects})
		if got := [4]int{report.Rows, report.Imported, report.Rejected, report.Claims}; err != nil || got != c.want ||
			report.Rows != report.Imported+report.Rejected+report.Skipped {
			t.Errorf("%s: got %v, %v, want %v: %v", name, got, err, c.want, report.Reasons)
		}
		if c.first != "" && string(sent.records[0].Value) != c.first {
			t.Errorf("%s: got\n%s\nwant\n%s", name, sent.records[0].Value, c.first)
		}
		if !strings.Contains(rejects.String(), c.refused) || strings.Count(rejects.String(), "\n") != c.want[2]+1 {
			t.Errorf("%s: got %s", name, rejects)
		}
	}
	for _, bad := range []string{small + "  items[*].code: A\n", small + "rows: {apart: true}\n",
		small + "rows: {by: [A]}\n  items[1].modifiers[*]: B\n", small + "rows: {by: A, apart: perhaps}\n"} {
		if _, err := Load([]byte(bad)); err == nil {
			t.Errorf("taken: %s", bad)
		}
	}
}

func TestComputedColumns(t *testing.T) {
	for _, c := range []struct{ expression, row, want string }{
		{`days(START, day(LOSS, "02.01.2006"))`, "2024-01-01;31.01.2024;", "30"},
		{`days(START, day(LOSS, "02.01.2006"))`, ";31.01.2024;", ""},
		{`days(START, day(LOSS, "02.01.2006"))`, "x;31.01.2024;", "refused"},
		{`years(START, "2025-07-02")`, "2024-01-01;;", "1.5004"},
		{`number(cell("Net sum"), ",", ".") * 1.19`, ";;1.000,00", "1190"},
		{`number(START) - number(LOSS)`, "7;2.5;", "4.5"},
		{`number(START) - number(LOSS)`, "7;;", ""},
		{`number(START) / number(LOSS)`, "7;0;", "refused"},
		{`part(START, ",", 2)`, "Swann, Ada;;", "Ada"},
		{`part(START, " ", -1)`, "Ada Swann;;", "Swann"},
		{`part(START, ",", 3)`, "Swann, Ada;;", ""},
		{`text(START, LOSS)`, "Ada;Swann;", "Ada Swann"},
		{`text(START, LOSS)`, "Ada;;", "Ada"},
		{`lookup(START, {"K": "motor", "H": "property"}, "travel")`, "K;;", "motor"},
		{`lookup(START, {"K": "motor"}, "travel")`, "X;;", "travel"},
		{`lookup(START, {"K": "motor"}, "travel")`, ";;", "travel"},
		{`plus(START, 30)`, "2024-01-15;;", "2024-02-14"},
		{`upper(START)`, "ab;;", "AB"},
		{`START == "Y" ? "yes" : "no"`, "Y;;", "yes"},
		{`START + LOSS`, "a;b;", "ab"},
	} {
		m := load(t, "name: c\ncolumns:\n  out: "+yamlQuoted(c.expression)+
			"\n  again: out\nfields:\n  insurer: {value: acme}\n  claim: ID\n  line: {value: motor}\n  narrative: again\n")
		events, refused := convertText(t, m, "ID;START;LOSS;Net sum\nC-1;"+c.row+"\n")
		switch {
		case c.want == "refused":
			if len(refused) != 1 || refused[0].Column != "out" || refused[0].Reason != badComputed {
				t.Errorf("%s of %s: got %v, %v", c.expression, c.row, events, refused)
			}
		case len(events) != 1 || c.want != "" && !strings.Contains(events[0], `"narrative":"`+c.want+`"`) ||
			c.want == "" && strings.Contains(events[0], "narrative"):
			t.Errorf("%s of %s: got %v, %v, want %s", c.expression, c.row, events, refused, c.want)
		}
	}
	if _, err := Load([]byte("name: c\ncolumns: {out: '1 +'}\nfields: {insurer: {value: a}, claim: ID, line: {value: motor}}\n")); err == nil || !strings.Contains(err.Error(), "columns.out: not an expression") {
		t.Errorf("got %v", err)
	}
	m := load(t, "name: c\ncolumns: {out: 'days(A, NOWHERE)'}\nfields: {insurer: {value: a}, claim: ID, line: {value: motor}}\n")
	if _, err := NewReader(m, strings.NewReader("ID,A\n1,2\n"), Options{}); err == nil ||
		!strings.Contains(err.Error(), "no column NOWHERE") {
		t.Errorf("got %v", err)
	}
}

func yamlQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func TestFilesOfFoldersAndPatterns(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"2024-02.csv", "2024-01.csv.gz", "shops.csv", "notes.pdf", ".hidden.csv", "a.xlsx",
		"in/b.csv"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	m := &Mapping{Files: []File{{Path: "shops.csv"}}}
	for _, c := range []struct {
		args   []string
		want   string
		passed int
	}{
		{[]string{dir}, "2024-01.csv.gz 2024-02.csv a.xlsx", 4},
		{[]string{dir + "/2024-*"}, "2024-01.csv.gz 2024-02.csv", 0},
		{[]string{dir + "/2024-02.csv", dir}, "2024-02.csv 2024-01.csv.gz a.xlsx", 4},
		{[]string{dir + "/notes.pdf"}, "notes.pdf", 0}, // named, so meant
	} {
		files, passed, err := Files(c.args, m)
		var names []string
		for _, f := range files {
			names = append(names, filepath.Base(f))
		}
		if got := strings.Join(names, " "); err != nil || got != c.want || len(passed) != c.passed {
			t.Errorf("%v: got %s, %v, %v", c.args, got, passed, err)
		}
	}
	for _, bad := range []string{dir + "/none.csv", dir + "/none*", dir + "/[", dir + "/in/none"} {
		if files, _, err := Files([]string{bad}, m); err == nil {
			t.Errorf("%s: got %v", bad, files)
		}
	}
}

func writeFeed(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// An import that was interrupted goes on where it came to, and in the end each claim was sent.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("ID,REV,NAME\n")
	for i := range 95 {
		fmt.Fprintf(&b, "R-%d,1,a\n", i)
		if i%10 == 0 {
			b.WriteString("bad\n")
		}
	}
	files := []string{writeFeed(t, dir, "1.csv", b.String()),
		writeFeed(t, dir, "2.csv", strings.ReplaceAll(b.String(), "R-", "S-"))}
	m := load(t, small+"  revision: REV\n  claimant.name: NAME\n")
	position := filepath.Join(dir, "position")
	job := func(sent *collector) (Report, error) {
		j := &Job{Files: files, Mapping: m, Reader: Options{Now: now},
			Import: ImportOptions{Batch: 10, Memory: NewMemory()}, Position: position}
		return j.Run(t.Context(), sent)
	}
	all := make(map[string]int)
	total := 0
	for range 6 {
		sent := &collector{failAt: 5}
		report, err := job(sent)
		for _, r := range sent.records {
			all[string(r.Key)]++
		}
		total += len(sent.records)
		if report.Rows != report.Imported+report.Rejected+report.Skipped+report.Unsent {
			t.Fatalf("rows vanished: %+v", report)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, errBroker) {
			t.Fatal(err)
		}
	}
	if len(all) != 190 || total != 190 {
		t.Errorf("%d claims in %d records", len(all), total)
	}
	report, err := job(&collector{})
	if err != nil || report.Rows != 0 || report.Skips[skipDone] != 2 {
		t.Errorf("got %+v, %v", report, err)
	}
	writeFeed(t, dir, "2.csv", "ID,REV,NAME\nT-1,1,a\n") // another file of the name
	sent := &collector{}
	if report, err = job(sent); err != nil || len(sent.records) != 1 {
		t.Errorf("got %+v, %v", report, err)
	}
}

// A changed mapping is told before anything is sent, and revised only when that is wanted.
func TestCorrections(t *testing.T) {
	dir := t.TempDir()
	feed := writeFeed(t, dir, "feed.csv", "ID,A,B\nK-1,x,y\nK-2,x,x\nK-3,x,y\n")
	memory := filepath.Join(dir, "sub", "sent")
	run := func(mapping string, revise bool) (*collector, Report, error) {
		known, err := OpenMemory(memory)
		if err != nil {
			t.Fatal(err)
		}
		sent := &collector{}
		j := &Job{Files: []string{feed}, Mapping: load(t, small+mapping), Reader: Options{Now: now},
			Import: ImportOptions{Memory: known, Revise: revise}}
		report, err := j.Run(t.Context(), sent)
		return sent, report, err
	}
	revisions := func(c *collector) (list []int) {
		for _, r := range c.records {
			e, err := claim.Decode(r.Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, e.Revision)
		}
		return list
	}
	const first, second, third = "  claimant.name: A\n", "  claimant.name: B\n", "  claimant.name: B\n  outcome: A\n"
	for i, c := range []struct {
		mapping string
		revise  bool
		want    string
		told    bool
	}{
		{first, false, "[1 1 1]", false}, {first, false, "[1 1 1]", false}, // duplicates do no harm
		{second, false, "[]", true}, {second, true, "[2 1 2]", false}, {second, true, "[2 1 2]", false},
		{second, false, "[2 1 2]", false},
		{third, false, "[]", true}, {third, true, "[3 2 3]", false},
	} {
		sent, report, err := run(c.mapping, c.revise)
		if got := fmt.Sprint(revisions(sent)); got != c.want || errors.Is(err, ErrSentBefore) != c.told || err != nil &&
			!c.told {
			t.Errorf("import %d: got %s, %+v, %v, want %s", i+1, got, report, err, c.want)
		}
	}
	// A record that a crash cut off is dropped.
	data, err := os.ReadFile(memory)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(memory, data[:len(data)-7], 0o600); err != nil {
		t.Fatal(err)
	}
	if sent, _, err := run(third, true); err != nil || len(sent.records) != 3 {
		t.Errorf("after a crash: %v", err)
	}
	if again, err := OpenMemory(memory); err != nil || len(again.sent) != 8 {
		t.Errorf("%v, %d revisions", err, len(again.sent))
	}
	if err := os.WriteFile(memory, []byte("something else, which is long enough"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenMemory(memory); err == nil {
		t.Error("another file was taken for a memory")
	}
}

func FuzzTables(f *testing.F) {
	f.Add([]byte(`{"ID": "1", "W": {"a": [1, null]}}` + "\n{}\n"))
	f.Add([]byte(`[{"ID": 1}, {"W": true}]`))
	f.Add([]byte(sheetText(f, "S", [][]any{{"ID", "W"}, {"1", 2}}, map[string]string{"B": "yyyy"})))
	var b bytes.Buffer
	w := parquet.NewGenericWriter[parquetClaim](&b)
	if _, err := w.Write([]parquetClaim{{ID: "1"}}); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		table, err := openTable(bytes.NewReader(data), form{})
		if err != nil {
			return
		}
		defer func() { _ = table.close() }()
		for range 10_000 {
			r, err := table.next()
			if err != nil {
				return
			}
			if r.bad == "" && r.skip == "" && len(r.cells) > len(table.columns()) {
				t.Fatal("a row longer than its table")
			}
		}
	})
}
