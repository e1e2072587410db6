package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// figure is one measured number. Reference says what Ratio compares it with.
type figure struct {
	Name      string  `json:"name"`
	Value     float64 `json:"value"`
	Unit      string  `json:"unit"`
	Reference string  `json:"reference"`
	Ratio     float64 `json:"ratio"`
}

type report struct {
	notes   []string
	figures []figure
}

func (r *report) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Println("#", text)
	r.notes = append(r.notes, text)
}

func (r *report) add(name string, value float64, unit, reference string, ratio float64) {
	r.figures = append(r.figures, figure{name, value, unit, reference, ratio})
}

func (r *report) print(out io.Writer) error {
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
