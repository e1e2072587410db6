package feed

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

// account imports a feed of columns id, name and note and says what became of its rows: + line for imported, - line for
// rejected, . line for skipped.
func account(t testing.TB, text string) string {
	t.Helper()
	m := load(t, "name: s\nfields:\n  insurer: {value: acme}\n  claim: id\n  line: {value: motor}\n  narrative: note\n  claimant.name: name\n")
	r, err := NewReader(m, strings.NewReader(text), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return strings.Join(out, " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case row.Event != nil:
			out = append(out, fmt.Sprintf("+%d", row.Line))
		case row.Rejected != nil:
			out = append(out, fmt.Sprintf("-%d", row.Line))
		default:
			out = append(out, fmt.Sprintf(".%d", row.Line))
		}
	}
}

// Every line of a file with faults in its quotes is accounted for, and reading goes on behind the fault.
func TestNoRowVanishesBehindAQuote(t *testing.T) {
	long := strings.Repeat("9,Z,fine\n", 20_000)
	for _, c := range []struct{ name, body, want string }{
		{"never closed", "1,A,ok\n2,B,\"open\n3,C,ok\n4,D,ok\n", "+2 -3 +4 +5"},
		{"closed by a later cell's quote", "1,A,ok\n2,B,\"open\n3,C,ok\n4,D,\"later\"\n5,E,ok\n", "+2 -3 +4 +5 +6"},
		{"in the first column", "\"1,A,ok\n2,B,ok\n", "-2 +3"},
		{"in the middle", "1,\"A,ok\n2,B,ok\n3,\"C\",ok\n", "-2 +3 +4"},
		{"in the last line", "1,A,ok\n2,B,\"open", "+2 -3"},
		{"one in each of two lines", "1,A,\"open\n2,B,\"open\n3,C,ok\n", "-2 -3 +4"},
		{"swallows rows and closes at an end", "1,A,\"open\n2,B,ok\n3,C,closed\"\n4,D,ok\n", "-2 -3 -4 +5"},
		{"text behind a closed one", "1,A,\"x\"y\n2,B,ok\n", "-2 +3"},
		{"inches", "1,A,5\" hail\n2,B,ok\n", "+2 +3"},
		{"a blank before a quote", "1,A, \"a, b\"\n2,B,ok\n", "+2 +3"},
		{"a blank behind a quote", "1,A,\"a, b\" \n2,B,ok\n", "+2 +3"},
		{"lines in a cell", "1,A,\"one\ntwo, and, three\nfour\"\n2,B,ok\n", "+2 +5"},
		{"lines in a cell, with CR", "1,A,\"one\r\ntwo\"\r\n2,B,ok\r\n", "+2 +4"},
		{"doubled quotes", "1,A,\"he said \"\"no\"\"\"\n2,B,ok\n", "+2 +3"},
		{"blank lines and rows", "1,A,ok\n\n,,\n  \n2,B,ok\n\n", "+2 .3 .4 .5 +6 .7"},
		{"the header again", "1,A,ok\nid,name,note\n2,B,ok\n", "+2 .3 +4"},
		{"too few and too many", "1,A\n2,B,ok,more\n3,C,ok\n", "-2 -3 +4"},
		{"too long", "1,A," + strings.Repeat("x", maxRow) + "\n2,B,ok\n", "-2 +3"},
		{"a quoted cell without an end", "1,A,\"" + strings.Repeat("x\n", maxRow/2) + "2,B,ok\n", "many"},
		{"open over many rows", "1,A,\"open\n" + long, "-2 +3"},
	} {
		got := account(t, "id,name,note\n"+c.body)
		switch c.want {
		case "many":
			if n := strings.Count(got, "-") + strings.Count(got, "+"); n != maxRow/2+1 ||
				!strings.HasSuffix(got, fmt.Sprintf("+%d", maxRow/2+2)) {
				t.Errorf("%s: %d rows", c.name, n)
			}
		default:
			if got != c.want && !(c.name == "open over many rows" && strings.HasPrefix(got, c.want) &&
				strings.Count(got, "+") == 20_000) {
				t.Errorf("%s: got %.200s, want %s", c.name, got, c.want)
			}
		}
	}
}

// Whatever well-formed text encoding/csv writes, we read as encoding/csv does.
func TestAgreesWithEncodingCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(2, 5).Draw(t, "columns")
		// A cell of several lines that look like rows is refused on purpose, so lines have no commas here.
		cell := rapid.OneOf(rapid.StringMatching(`[a-z0-9äß ,;"-]{0,12}`),
			rapid.StringMatching(`[a-z0-9äß ;"\n-]{0,12}`))
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, width, width), 1, 8).Draw(t, "rows")
		names := []string{"A", "B", "C", "D", "E"}[:width]
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.UseCRLF = rapid.Bool().Draw(t, "CR LF")
		if err := w.WriteAll(append([][]string{names}, rows...)); err != nil {
			t.Fatal(err)
		}
		want, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		table, err := openCSV(bufio.NewReaderSize(&b, sampledBytes), ',')
		if err != nil {
			t.Fatal(err)
		}
		for _, cells := range want[1:] {
			got, err := table.next()
			for err == nil && got.skip != "" && !blank(cells) && !slices.Equal(cells, names) {
				got, err = table.next()
			}
			if err != nil || got.skip == "" && !slices.Equal(got.cells, cells) {
				t.Fatalf("got %q %s, %v, want %q", got.cells, got.bad, err, cells)
			}
		}
	})
}

// Whatever the text, all its lines are in the rows.
func TestEveryLineIsInARow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[a-c1-3,"]{0,8}`), 1, 12).Draw(t, "lines")
		table, err := openCSV(bufio.NewReaderSize(strings.NewReader("a,b,c\n"+strings.Join(lines, "\n")+"\n"),
			sampledBytes), ',')
		if err != nil {
			t.Fatal(err)
		}
		next := 2
		for {
			r, err := table.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.line < next {
				t.Fatalf("line %d comes again", r.line)
			}
			next = r.line + 1
			for _, cell := range r.cells {
				next += strings.Count(cell, "\n")
			}
			if r.bad == badMissing {
				next = r.line + 1
			}
		}
		if next < len(lines)+2 && strings.Contains(strings.Join(lines, ""), `"`) {
			return // lines inside a refused quoted cell are no rows
		}
		if next != len(lines)+2 {
			t.Fatalf("rows end at line %d of %d", next-1, len(lines)+1)
		}
	})
}

func utf16Text(text string, little bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		if little {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		} else {
			b.WriteByte(byte(u >> 8))
			b.WriteByte(byte(u))
		}
	}
	return b.String()
}

func TestFilesAsTheyCome(t *testing.T) {
	const plain = "Schaden;Name\n1;Jürgen Groß\n2;Zoë\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("报案号,姓名\n粤B-2024-0001,王小明\n2024 0815 7,李四光\n")
	if err != nil {
		t.Fatal(err)
	}
	german := small[:strings.Index(small, "  claim")] +
		"  claim: Schaden\n  line: {value: motor}\n  claimant.name: Name\n"
	chinese := small[:strings.Index(small, "  claim")] + "  claim: 报案号\n  line: {value: motor}\n  claimant.name: 姓名\n"
	for _, c := range []struct{ name, mapping, text, want string }{
		{"as it is", german, plain, "Jürgen Groß"},
		{"UTF-8 with a mark", german, "\ufeff" + plain, "Jürgen Groß"},
		{"UTF-16, little end first", german, utf16Text("\ufeff"+plain, true), "Jürgen Groß"},
		{"UTF-16, big end first", german, utf16Text("\ufeff"+plain, false), "Jürgen Groß"},
		{"UTF-16 without a mark", german, utf16Text(plain, true), "Jürgen Groß"},
		{"UTF-16, big end first, without a mark", german, utf16Text(plain, false), "Jürgen Groß"},
		{"UTF-16 with a mark that says otherwise", german + "charset: utf-16le\n", utf16Text("\ufeff"+plain, false),
			"Jürgen Groß"},
		{"sep=", german, "sep=;\r\n" + strings.ReplaceAll(plain, "\n", "\r\n"), "Jürgen Groß"},
		{"sep= in quotes, another mark", german, "\"sep=^\"\n" + strings.ReplaceAll(plain, ";", "^"), "Jürgen Groß"},
		{"SEP=", german, "SEP=,\n" + strings.ReplaceAll(plain, ";", ","), "Jürgen Groß"},
		{"lone CR", german, strings.ReplaceAll(plain, "\n", "\r"), "Jürgen Groß"},
		{"lone CR, the last with LF", german, strings.TrimSuffix(strings.ReplaceAll(plain, "\n", "\r"), "\r") + "\r\n",
			"Jürgen Groß"},
		{"blank lines above the names", german, "\n\n" + plain, "Jürgen Groß"},
		{"GBK, found by the names", chinese, gbk, "王小明"},
		{"GBK, said", chinese + "charset: gbk\n", gbk, "王小明"},
	} {
		m := load(t, c.mapping)
		r, err := NewReader(m, strings.NewReader(c.text), Options{Now: now})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		events, refused := readAll(t, r)
		if len(events) != 2 || len(refused) > 0 || !strings.Contains(events[0], c.want) {
			t.Errorf("%s: got %v, refused %v", c.name, events, refused)
		}
	}
}

func TestAFileMadeToFillAMachine(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for _, part := range []string{"id,name,note\n1,A,\"", "", "\"\n"} {
		if part != "" {
			if _, err := z.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		zeros := bytes.Repeat([]byte("x"), 1<<20)
		for range 200 {
			if _, err := z.Write(zeros); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(load(t, "name: s\nfields: {insurer: {value: acme}, claim: id, line: {value: motor}}\n"),
		&packed, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if _, err = r.Read(); err != nil {
			break
		}
	}
	if !errors.Is(err, errUnpacked) {
		t.Errorf("got %v", err)
	}
	// A mapping that is nested without end is refused before it costs anything.
	for _, bomb := range []string{strings.Repeat("[", 900_000), strings.Repeat("a: {", 200_000),
		strings.Repeat("- ", 400_000), strings.Repeat("x", maxMapping+1)} {
		if _, err := Load([]byte(bomb)); err == nil {
			t.Error("a nested mapping was taken")
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("id,name\n1,\"a\nb\"\n2,\"open\n"))
	f.Add([]byte("sep=;\nid;name\r\n\"1\";2"))
	f.Add([]byte("id\rname\r"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := openCSV(bufio.NewReaderSize(bytes.NewReader(data), sampledBytes), 0)
		if err != nil {
			return
		}
		for range len(data) + 1 {
			r, err := table.next()
			if err != nil {
				return
			}
			if r.bad == "" && r.skip == "" && len(r.cells) != len(table.columns()) {
				t.Fatal("a row of another length")
			}
		}
		t.Fatal("more rows than bytes")
	})
}
