package text

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLines(t *testing.T) {
	in := strings.Join([]string{
		`{"text": "SSN 219-09-9999"}`,
		`"电话：13800138000"`,
		``,
		`{"text": "Xanthe came", "known": [{"kind": "person", "value": "Xanthe"}]}`,
		`"nothing here"`,
		`{"txt": "a"}`,
		`not JSON`,
	}, "\n")
	const want = `{"spans":[{"start":4,"end":15,"kind":"us_ssn","score":0.95}]}
{"spans":[{"start":3,"end":14,"kind":"phone","score":0.95}]}
{"spans":[{"start":0,"end":6,"kind":"person","score":0.95}]}
{"spans":[]}
{"error":"the line is neither a JSON string nor an object with \"text\""}
{"error":"the line is neither a JSON string nor an object with \"text\""}
`
	var out strings.Builder
	err := Lines(t.Context(), strings.NewReader(in), &out, time.Minute)
	if !errors.Is(err, ErrNotScanned) || !strings.Contains(err.Error(), "2 of 6") {
		t.Error(err)
	}
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestRedacted(t *testing.T) {
	var out strings.Builder
	if err := Redacted(t.Context(), strings.NewReader(`"SSN 219-09-9999 of Mr. Smith"`), &out,
		time.Minute); err != nil {
		t.Fatal(err)
	}
	if out.String() != "\"SSN [us_ssn] of Mr. [person]\"\n" {
		t.Error(out.String())
	}
}

func TestLinesSayWhichTextTookTooLong(t *testing.T) {
	var out strings.Builder
	err := Lines(t.Context(), strings.NewReader(`"SSN 219-09-9999"`), &out, -time.Second)
	if !errors.Is(err, ErrNotScanned) ||
		!strings.HasPrefix(out.String(), `{"error":"scanning 15 bytes: context deadline exceeded"`) {
		t.Error(err, out.String())
	}
}

func TestALineThatIsTooLongEndsTheScan(t *testing.T) {
	var out strings.Builder
	if err := Lines(t.Context(), strings.NewReader(`"`+strings.Repeat("x", maxLine)+`"`), &out,
		time.Minute); err == nil ||
		!strings.Contains(err.Error(), "reading text 1") {
		t.Error(err)
	}
}
