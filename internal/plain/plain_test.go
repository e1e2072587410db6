package plain

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain, Größe 東京 👩‍👩‍👧\n\ttab":      "plain, Größe 東京 👩‍👩‍👧\n\ttab",
		"\x1b[2J\x1b]0;title\x07":           `\x1b[2J\x1b]0;title\x07`,
		"over\rwritten\b\x00\x7f":           `over\x0dwritten\x08\x00\x7f`,
		"\u009b31m":                         `\x9b31m`,
		"\x9b31m":                           `\x9b31m`,
		"a\u202egnp.exe\u2066x\ufeff\u200b": `a\u202egnp.exe\u2066x\ufeff\u200b`,
		"line\u2028two\U000e0041":           `line\u2028two\U000e0041`,
		"cut \xe6\x9d":                      `cut \xe6\x9d`,
	} {
		if got := Text(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// However a text is cut into writes, what comes out is the same and nothing in it is obeyed.
func TestWriterDoesNotDependOnHowItIsFed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOf(rapid.SampledFrom([]string{"a", "\x1b", "東", "\xe6", "\x9d", "\u202e", "\n", "👩",
			"\xf0\x9f", "\x9b", "\u009b"})).Draw(t, "text")
		whole := strings.Join(text, "")
		var out bytes.Buffer
		w := NewWriter(&out)
		for rest := whole; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			if _, err := io.WriteString(w, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if out.String() != Text(whole) {
			t.Fatalf("%q came out as %q, want %q", whole, out.String(), Text(whole))
		}
		for _, r := range out.String() {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || r == '\u202e' || r == utf8.RuneError) {
				t.Fatalf("%q holds %U", out.String(), r)
			}
		}
	})
}

func TestDataOfPrograms(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "bundle"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if Data(NewWriter(file)) != io.Writer(file) {
		t.Error("a file gets other bytes than were written")
	}
	terminal, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device as well
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if w := NewWriter(terminal); Data(w) != io.Writer(w) {
		t.Error("a terminal gets raw bytes")
	}
}

func TestCell(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1-800-555": "'+1-800-555", "-cmd|x": "'-cmd|x", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1",
		"\r=1": "'\r=1", " =1": "' =1",
		"＝1": "'＝1", "-": "'-", "+Inf": "'+Inf", "-1_0": "'-1_0",
		"": "", "C-2026-1": "C-2026-1", "-12.5": "-12.5", "+3e4": "+3e4", "a=b": "a=b", "1": "1",
	} {
		if got := Cell(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.Write(Row([]string{"=HYPERLINK(\"http://x\")", "2"})); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	if got := out.String(); got != "\"'=HYPERLINK(\"\"http://x\"\")\",2\n" {
		t.Errorf("written as %q", got)
	}
}
