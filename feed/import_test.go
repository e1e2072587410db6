package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"tallystick/claim"
	"tallystick/feed/mappings"
)

// memory opens files that are texts.
func memory(files map[string]string) func(string) (io.ReadCloser, error) {
	return func(path string) (io.ReadCloser, error) {
		text, ok := files[path]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}
}

// collector is a producer that keeps what it gets and fails at the given call.
type collector struct {
	records []Record
	calls   int
	failAt  int
}

var errBroker = errors.New("no broker")

func (c *collector) Produce(_ context.Context, records []Record) error {
	if c.calls++; c.calls == c.failAt {
		return errBroker
	}
	c.records = append(c.records, records...)
	return nil
}

func sampleReader(t testing.TB) *Reader {
	t.Helper()
	file, err := mappings.Sample().Open("insurance_transactions.csv")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	r, err := NewReader(shipped(t, "insurance_transactions"), file, Options{Now: now, Join: sampleFiles})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestImport(t *testing.T) {
	c := &collector{}
	var bar bytes.Buffer
	report, err := Import(t.Context(), sampleReader(t), c, ImportOptions{Batch: 64, Progress: &bar})
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows != 200 || report.Imported != 200 || report.Rejected != 0 || len(c.records) != 200 || c.calls != 4 {
		t.Errorf("got %+v, %d calls", report, c.calls)
	}
	for _, record := range c.records {
		e, err := claim.Decode(record.Value)
		if err != nil {
			t.Fatal(err)
		}
		if p := claim.CheckKey(record.Key, e); p != nil || e.Revision != 1 {
			t.Errorf("key %s: %v", record.Key, p)
		}
	}
	if !strings.Contains(bar.String(), "importing") {
		t.Errorf("progress: %q", bar.String())
	}
}

func TestImportStopsWhenTheProducerFails(t *testing.T) {
	c := &collector{failAt: 3}
	report, err := Import(t.Context(), sampleReader(t), c, ImportOptions{Batch: 50})
	if !errors.Is(err, errBroker) || report.Imported != 100 || !strings.Contains(err.Error(), "after row 100") {
		t.Errorf("got %+v, %v", report, err)
	}
}

func TestImportReportsRefusedRows(t *testing.T) {
	m := load(t, small+"  loss.witnesses: W\n")
	r, err := NewReader(m, strings.NewReader("ID,W\n1,1\n2,secret\n3,secret\n"), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	var rejects bytes.Buffer
	report, err := Import(t.Context(), r, &collector{}, ImportOptions{Rejects: &rejects})
	if err != nil || report.Rejected != 2 || report.Imported != 1 || report.Reasons["W: not a whole number"] != 2 {
		t.Errorf("got %+v, %v", report, err)
	}
	want := "line,column,path,code,reason\n3,W,loss.witnesses,invalid,not a whole number\n4,W,loss.witnesses,invalid,not a whole number\n"
	if rejects.String() != want {
		t.Errorf("got %s", rejects.String())
	}
}

// importText imports a feed with the small mapping and a name, and says what became of it.
func importText(t *testing.T, text string, o Options) (Report, string) {
	t.Helper()
	o.Now = now
	r, err := NewReader(load(t, small+"  revision: REV\n  claimant.name: NAME\n"), strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	var rejects bytes.Buffer
	report, err := Import(t.Context(), r, &collector{}, ImportOptions{Rejects: &rejects})
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows != report.Imported+report.Rejected+report.Skipped {
		t.Errorf("rows vanished: %+v", report)
	}
	return report, rejects.String()
}

// What the pipeline would refuse is refused here, with its line.
func TestConflictsAndStrangersAreRefusedAtImport(t *testing.T) {
	const head = "ID,REV,NAME\n"
	for _, c := range []struct {
		name, text string
		want       [3]int // imported, rejected, skipped
		says       string
	}{
		{"two rows of one claim", "M-1,1,a\nM-1,1,b\n", [3]int{1, 1, 0}, "3,,revision,revision-conflict,\"line 2 has"},
		{"the same row twice", "M-1,1,a\nM-1,1,a\n", [3]int{1, 0, 1}, ""},
		{"two revisions", "M-1,1,a\nM-1,2,b\n", [3]int{2, 0, 0}, ""},
		{"far apart", "M-1,1,a\nM-2,1,a\nM-3,1,a\nM-1,1,c\nM-1,1,a\n", [3]int{3, 1, 1}, "5,,revision,revision-conflict"},
		{"a refused row says nothing of its revision", "M-1,0,a\nM-1,1,b\n", [3]int{1, 1, 0}, "2,"},
		{"house numbers", "粤B-2024-0001,1,a\n2024 0815 7,1,b\nCLM#77,1,c\nSCHÄDEN/1,1,d\n", [3]int{4, 0, 0}, ""},
		{"control characters", "M\t1,1,a\n", [3]int{0, 1, 0}, "2,ID,claim,invalid"},
		{"too long", strings.Repeat("x", 129) + ",1,a\n", [3]int{0, 1, 0}, "2,ID,claim,invalid"},
	} {
		report, rejects := importText(t, head+c.text, Options{})
		if got := [3]int{report.Imported, report.Rejected, report.Skipped}; got != c.want || !strings.Contains(rejects, c.says) {
			t.Errorf("%s: got %v, want %v\n%s", c.name, got, c.want, rejects)
		}
	}
	report, rejects := importText(t, head+"M-1,1,a\n", Options{Insurers: []string{"birch", "cedar"}})
	if report.Rejected != 1 || !strings.Contains(rejects, "unknown-insurer") {
		t.Errorf("a stranger's claim: %+v, %s", report, rejects)
	}
	if report, _ := importText(t, head+"M-1,1,a\n", Options{Insurers: []string{"birch", "acme"}}); report.Imported != 1 {
		t.Errorf("our own: %+v", report)
	}
}

// A word that rules do not know is kept, counted and named.
func TestUnknownWordsAreCounted(t *testing.T) {
	r, err := NewReader(load(t, small+"  loss.severity: S\n"), strings.NewReader("ID,S\n1,Minor Damage\n2,minor\n3,Minor Damage\n4,MAJOR\n5,?\n"), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	report, err := Import(t.Context(), r, &collector{}, ImportOptions{})
	if err != nil || report.Imported != 5 || len(report.Unknown) != 1 || report.Unknown["loss.severity"]["Minor Damage"] != 2 {
		t.Errorf("got %+v, %v", report, err)
	}
}

func TestDryRunSendsNothing(t *testing.T) {
	c := &collector{}
	var shown bytes.Buffer
	report, err := Import(t.Context(), sampleReader(t), c, ImportOptions{DryRun: &shown})
	if err != nil || report.Imported != 200 || c.calls != 0 {
		t.Errorf("got %+v, %d calls, %v", report, c.calls, err)
	}
	if n := strings.Count(shown.String(), `"insurer": "acme"`); n != 10 {
		t.Errorf("%d claims shown", n)
	}
}

func TestOpenFindsJoinedFilesPackedOrNot(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, mappings.Sample()); err != nil {
		t.Fatal(err)
	}
	m := shipped(t, "insurance_transactions")
	m.Files[0].Path += ".gz" // the file beside the feed is not packed
	r, err := Open(m, dir+"/insurance_transactions.csv", Options{Now: now, Insurer: "birch"})
	if err != nil {
		t.Fatal(err)
	}
	row, err := r.Read()
	if err != nil || row.Event == nil || row.Event.Insurer != "birch" || row.Event.Parties[0].Name == "" {
		t.Errorf("got %+v, %v", row, err)
	}
	if read, size := r.Progress(); size == 0 || read == 0 || read > size {
		t.Errorf("read %d of %d", read, size)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open(m, dir+"/nothing.csv", Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(dir + "/agents.csv"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(m, dir+"/insurance_transactions.csv", Options{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "joined file agents") {
		t.Errorf("got %v", err)
	}
}

// A mapping turns each row of a CSV file into a claim; here the claims are printed instead of sent.
func ExampleImport() {
	m, err := Load([]byte(`name: example
fields:
  insurer: {value: acme}
  claim: Nr
  line: {value: motor}
  loss.time: {column: Schadentag, time: "02.01.2006"}
  amounts.claimed: {column: Betrag, currency: EUR, decimal: ",", group: "."}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	csv := "Nr;Schadentag;Betrag\n17;31.12.2024;1.250,00\n18;gestern;80,00\n"
	r, err := NewReader(m, strings.NewReader(csv), Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var claims, rejects bytes.Buffer
	report, err := Import(context.Background(), r, nil, ImportOptions{DryRun: &claims, Rejects: &rejects})
	fmt.Print(claims.String(), rejects.String())
	fmt.Println(report.Imported, report.Rejected, err)
	// Output:
	// {
	// 	"insurer": "acme",
	// 	"claim": "17",
	// 	"revision": 1,
	// 	"line": "motor",
	// 	"loss": {
	// 		"time": "2024-12-31"
	// 	},
	// 	"amounts": {
	// 		"claimed": {
	// 			"amount": "1250.00",
	// 			"currency": "EUR"
	// 		}
	// 	}
	// }
	// line,column,path,code,reason
	// 3,Schadentag,loss.time,invalid,not a time in the layout of the mapping
	// 1 1 <nil>
}
