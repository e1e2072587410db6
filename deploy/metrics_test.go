package deploy

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/metrics.md anew")

// metric is one that the program publishes, as its source declares it.
type metric struct {
	name, kind, help string
	labels           []string
}

// declaredMetrics reads the Go sources for what prometheus.NewXxx is called with. Nothing is started, so metrics that
// only some configurations have are there too.
func declaredMetrics(t *testing.T) map[string]metric {
	t.Helper()
	all := map[string]metric{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "benchmarks") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte(`"tallystick_`)) {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			m, ok := declaration(call)
			if ok {
				if _, twice := all[m.name]; twice {
					t.Errorf("%s declares %s a second time", path, m.name)
				}
				all[m.name] = m
			}
			return true
		})
		if found := bytes.Count(text, []byte(`Name: "tallystick_`)); found != bytes.Count(text,
			[]byte(`"tallystick_`)) {
			t.Errorf("%s names a metric outside prometheus.XxxOpts, where this test does not see it", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// declaration reads prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: ..., Help: ...}, []string{...}) and its like; a
// helper that takes the options first counts as well.
func declaration(call *ast.CallExpr) (metric, bool) {
	options, ok := call.Args[0].(*ast.CompositeLit)
	if !ok {
		return metric{}, false
	}
	kind, ok := options.Type.(*ast.SelectorExpr)
	if !ok || !strings.HasSuffix(kind.Sel.Name, "Opts") {
		return metric{}, false
	}
	m := metric{kind: strings.ToLower(strings.TrimSuffix(kind.Sel.Name, "Opts"))}
	for _, e := range options.Elts {
		field, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch field.Key.(*ast.Ident).Name {
		case "Name":
			m.name = text(field.Value)
		case "Help":
			m.help = text(field.Value)
		}
	}
	if len(call.Args) > 1 {
		if list, ok := call.Args[1].(*ast.CompositeLit); ok {
			for _, e := range list.Elts {
				m.labels = append(m.labels, text(e))
			}
		}
	}
	return m, strings.HasPrefix(m.name, "tallystick_")
}

func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

func TestMetricsAreNamedAndExplained(t *testing.T) {
	all := declaredMetrics(t)
	if len(all) < 30 {
		t.Errorf("only %d metrics found: has the way of declaring them changed?", len(all))
	}
	for name, m := range all {
		if m.help == "" || !strings.HasSuffix(m.help, ".") {
			t.Errorf("%s: the help is %q: want a sentence", name, m.help)
		}
		if total := strings.HasSuffix(name, "_total"); total != (m.kind == "counter") {
			t.Errorf("%s is a %s: counters, and they alone, end in _total", name, m.kind)
		}
	}
}

func TestMetricsPageIsUpToDate(t *testing.T) {
	all := declaredMetrics(t)
	var b strings.Builder
	b.WriteString(`# Metrics

What ` + "`/metrics`" + ` of an instance shows, beside the ` + "`go_`" + ` and ` + "`process_`" + ` metrics of Prometheus's client. ` + "`go test ./deploy -update`" + ` writes
this page from the sources. No label ever holds data of a claim.

| name | type | labels | meaning |
|---|---|---|---|
`)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := all[name]
		labels := "-"
		if len(m.labels) > 0 {
			labels = "`" + strings.Join(m.labels, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, m.kind, labels, strings.ReplaceAll(m.help, "|", `\|`))
	}
	b.WriteString(`
What to watch, and what to do when it is wrong, is in [the runbooks](runbooks.md); the [alerts](../deploy/prometheus/alerts.yml) and the
[board](../deploy/grafana/tallystick.json) are made of these.

- A partition is decided by one instance at a time, and an instance that lost it goes on showing the last figure of ` + "`tallystick_source_position`" + `
  and ` + "`tallystick_source_end`" + `: take the maximum over instances.
- ` + "`tallystick_source_end`" + ` is as of the last fetch. When nothing is fetched it stands still, and ` + "`tallystick_source_retention_left_seconds`" + `, which asks
  Kafka by itself, tells.
- Anchor metrics are of the whole install on every instance that anchors.
`)
	const page = "../docs/metrics.md"
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil || string(got) != b.String() {
		t.Errorf("%s is not what the sources say (%v): run go test ./deploy -update", page, err)
	}
}
