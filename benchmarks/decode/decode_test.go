package decode

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/bytedance/sonic"
	goccy "github.com/goccy/go-json"

	"tallystick/claim"
)

// decoders fill the same Go type. sonic's strictest set of options is used beside its default.
var decoders = []struct {
	name   string
	decode func([]byte, *claim.Event) error
}{
	{"encoding/json", func(data []byte, e *claim.Event) error { return stdjson.Unmarshal(data, e) }},
	{"go-json-experiment (claim.DecodeInto)", claim.DecodeInto},
	{"goccy/go-json", func(data []byte, e *claim.Event) error { return goccy.Unmarshal(data, e) }},
	{"bytedance/sonic", func(data []byte, e *claim.Event) error { return sonic.Unmarshal(data, e) }},
	{"bytedance/sonic, strict", func(data []byte, e *claim.Event) error { return strict.Unmarshal(data, e) }},
}

var strict = sonic.Config{UseNumber: false, ValidateString: true, CopyString: true, DisallowUnknownFields: false,
	CaseSensitive: true}.Froze()

func motor(tb testing.TB) []byte {
	tb.Helper()
	data, err := os.ReadFile("../../claim/testdata/motor.json")
	if err != nil {
		tb.Fatal(err)
	}
	return bytes.TrimSpace(data)
}

// bad are inputs that must be refused, since two readers would understand them differently.
var bad = []struct{ name, json string }{
	{"name twice", `{"insurer":"a","insurer":"b"}`},
	{"other case", `{"INSURER":"a"}`}, // must not fill insurer
	{"not UTF-8", "{\"insurer\":\"a\xff\"}"},
	{"half surrogate", `{"insurer":"\ud800"}`},
	{"amount as number", `{"amounts":{"paid":{"amount":990.5,"currency":"EUR"}}}`},
}

func refuses(decode func([]byte, *claim.Event) error, text string) bool {
	var e claim.Event
	return decode([]byte(text), &e) != nil || e.Insurer == "" && e.Amounts.Paid.IsZero()
}

// TestTable prints speed and strictness. Only the strictness of the chosen decoder is asserted: speeds depend on the
// machine.
func TestTable(t *testing.T) {
	if !testing.Verbose() {
		t.Skip("measuring takes seconds and is for people: run with -v")
	}
	data := motor(t)
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	// a strings.Builder takes all
	row := func(cells ...string) { _, _ = fmt.Fprintln(table, strings.Join(cells, "\t")) }
	header := []string{"decoder", "ns", "ratio", "allocs"}
	for _, b := range bad {
		header = append(header, b.name)
	}
	row(header...)
	best := measure(t, data)
	for i, d := range decoders {
		allocs := testing.AllocsPerRun(100, func() {
			var e claim.Event
			_ = d.decode(data, &e)
		})
		cells := []string{d.name, fmt.Sprint(best[i].Nanoseconds()),
			fmt.Sprintf("%.2f", float64(best[i])/float64(best[0])), fmt.Sprint(allocs)}
		for _, b := range bad {
			verdict := "accepts"
			if refuses(d.decode, b.json) {
				verdict = "refuses"
			}
			cells = append(cells, verdict)
		}
		row(cells...)
	}
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes\n%s", len(data), out.String())
}

// measure returns the time of one decoding. The decoders take turns and the best of many rounds counts, so that what
// else the machine does falls on all of them alike.
func measure(t *testing.T, data []byte) []time.Duration {
	t.Helper()
	const rounds, times = 40, 500
	best := make([]time.Duration, len(decoders))
	for round := range rounds {
		for i, d := range decoders {
			start := time.Now()
			for range times {
				var e claim.Event
				if err := d.decode(data, &e); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(start) / times; round == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	return best
}

func TestTheChosenDecoderRefuses(t *testing.T) {
	for _, b := range bad {
		if !refuses(claim.DecodeInto, b.json) {
			t.Errorf("accepts %s", b.name)
		}
	}
}

func run(b *testing.B, data []byte, decode func([]byte, *claim.Event) error) {
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		var e claim.Event
		if err := decode(data, &e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := motor(b)
	for _, d := range decoders {
		b.Run(d.name, func(b *testing.B) { run(b, data, d.decode) })
	}
}

// A decoder that is fast because it leaves things out must not look good.
func TestAllReadTheSameClaim(t *testing.T) {
	data := motor(t)
	for _, d := range decoders {
		var e claim.Event
		if err := d.decode(data, &e); err != nil {
			t.Fatal(err)
		}
		again, err := claim.Encode(&e)
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s reads\n%s\n%v", d.name, again, err)
		}
	}
}
