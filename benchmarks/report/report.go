// Package report collects the figures of a benchmark and prints them as a table for people and a JSON line each.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"text/tabwriter"
)

// Figure is one measured number. Reference says what Ratio compares it with.
type Figure struct {
	Name      string  `json:"name"`
	Value     float64 `json:"value"`
	Unit      string  `json:"unit"`
	Reference string  `json:"reference"`
	Ratio     float64 `json:"ratio"`
}

// Report is what a run says. The zero Report is empty. It is for one goroutine.
type Report struct{ figures []Figure }

// Note prints a line of what lies behind the figures, at once.
func (r *Report) Note(format string, args ...any) { fmt.Println("#", fmt.Sprintf(format, args...)) }

// Add adds a figure. A ratio to nothing is 0: JSON has no other way to say it.
func (r *Report) Add(name string, value float64, unit, reference string, ratio float64) {
	if math.IsNaN(ratio) || math.IsInf(ratio, 0) {
		ratio = 0
	}
	r.figures = append(r.figures, Figure{name, value, unit, reference, ratio})
}

// Print prints the table and the lines.
func (r *Report) Print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nfigure\tvalue\tunit\tratio\treference")
	for _, f := range r.figures {
		fmt.Fprintf(table, "%s\t%s\t%s\t%.3f\t%s\n", f.Name, short(f.Value), f.Unit, f.Ratio, f.Reference)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	enc := json.NewEncoder(out)
	for _, f := range r.figures {
		if err := enc.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

func short(v float64) string {
	text := fmt.Sprintf("%.1f", v)
	if v >= 1000 {
		text = fmt.Sprintf("%.0f", v)
	}
	return strings.TrimSuffix(text, ".0")
}

// LoadAverage is the machine's, over 1, 5 and 15 minutes.
func LoadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	f := strings.Fields(string(text))
	return strings.Join(f[:min(3, len(f))], " ")
}
