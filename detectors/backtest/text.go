package backtest

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// JSON writes the report as JSON.
func (r *Report) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// Text writes what a person at a terminal wants to know.
func (r *Report) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", r.Title, r.How)
	fmt.Fprintf(&b, "%d claims judged, %d fraud (%.2f %%), %s to %s", r.Claims, r.Fraud,
		100*float64(r.Fraud)/float64(r.Claims), r.From, r.To)
	if r.Unreviewed > 0 {
		fmt.Fprintf(&b, "; %d more were scored, but nobody knows what they were", r.Unreviewed)
	}
	b.WriteString("\n\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "AUC\t%s\t0.5 is chance\n", show(r.All.AUC, 4))
	fmt.Fprintf(t, "average precision\t%s\t%.4f is chance\n", show(r.All.AP, 4), float64(r.Fraud)/float64(r.Claims))
	fmt.Fprintf(t, "Brier score\t%s\t%.4f if all were given the mean\n", show(r.All.Brier, 4), brierOfMean(r))
	for _, f := range r.Folds {
		fmt.Fprintf(t, "%s\tAUC %.4f\taverage precision %.4f\n", f.Name, f.AUC, f.AP)
	}
	_ = t.Flush()
	b.WriteString("\n")
	t = tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "alerts a day\tlooked at\tfraud\tinnocent\tprecision\trecall\tmoney caught\t\n")
	for _, a := range r.Capacities {
		fmt.Fprintf(t, "%.2f\t%d\t%d\t%d\t%.3f\t%.3f\t%s\t\n", a.PerDay, a.Looked, a.Fraud, a.Innocent, a.Precision,
			a.Recall, money(a))
	}
	_ = t.Flush()
	b.WriteString("\n")
	for _, l := range r.Left {
		fmt.Fprintf(&b, "left out: %s: %s\n", l.Feature, l.Why)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func money(a At) string {
	if a.MoneyFraud == 0 {
		return "not stated"
	}
	return fmt.Sprintf("%.0f of %.0f", a.MoneyCaught, a.MoneyFraud)
}

func brierOfMean(r *Report) float64 {
	p := float64(r.Fraud) / float64(r.Claims)
	return p * (1 - p)
}

func show(v *float64, digits int) string {
	if v == nil {
		return "not to be said"
	}
	return fmt.Sprintf("%.*f", digits, *v)
}
