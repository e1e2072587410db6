package backtest

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"

	"tallystick/detectors/measure"
)

//go:embed report.html
var page string

var tmpl = template.Must(template.New("report").Funcs(template.FuncMap{
	"show":    func(v *float64) string { return show(v, 4) },
	"percent": func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) },
	"two":     func(v float64) string { return fmt.Sprintf("%.2f", v) },
	"whole":   func(v float64) string { return fmt.Sprintf("%.0f", v) },
	"curve":   curve,
	"dots":    dots,
	"bar":     func(v int, most float64) float64 { return 160 * float64(v) / math.Max(most, 1) },
}).Parse(page))

// HTML writes one page with pictures, which loads nothing from elsewhere.
func (r *Report) HTML(w io.Writer) error {
	most := 1
	for _, m := range r.Months {
		most = max(most, m.Alerts)
	}
	if err := tmpl.Execute(w,
		map[string]any{"R": r, "Most": float64(most), "Base": float64(r.Fraud) / float64(r.Claims)}); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// curve returns the points of a polyline in a square of 240.
func curve(points []measure.Point) string {
	var b strings.Builder
	for _, p := range points {
		fmt.Fprintf(&b, "%.1f,%.1f ", 240*p.X, 240-240*p.Y)
	}
	return b.String()
}

type dot struct{ X, Y float64 }

// dots places calibration in a square of 240, whose side is the highest of both.
func dots(bins []measure.Bin) []dot {
	most := 0.0
	for _, b := range bins {
		most = math.Max(most, math.Max(b.Said, b.Was))
	}
	most = math.Max(most, 1e-9)
	out := make([]dot, len(bins))
	for i, b := range bins {
		out[i] = dot{240 * b.Said / most, 240 - 240*b.Was/most}
	}
	return out
}
