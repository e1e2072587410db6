package deploy

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

type alertFile struct {
	Groups []struct {
		Name  string  `yaml:"name"`
		Rules []alert `yaml:"rules"`
	} `yaml:"groups"`
}

type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func decodeYAML(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var f alertFile
	decodeYAML(t, "prometheus/alerts.yml", &f)
	var all []alert
	for _, g := range f.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// foreign are metrics that others declare: Prometheus itself and its client library.
var foreign = map[string]metric{
	"up":                            {kind: "gauge"},
	"process_start_time_seconds":    {kind: "gauge"},
	"process_resident_memory_bytes": {kind: "gauge"},
	"process_cpu_seconds_total":     {kind: "counter"},
}

// scraped are labels that scraping adds to every series.
var scraped = []string{"job", "instance"}

// checkExpr parses an expression with Prometheus's own parser and compares it with the metrics that exist. It returns
// the labels that its result may have.
func checkExpr(t *testing.T, where, expr string, metrics map[string]metric, used map[string]bool) []string {
	t.Helper()
	parsed, err := parser.ParseExpr(expr)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return nil
	}
	known := slices.Clone(scraped)
	parser.Inspect(parsed, func(node parser.Node, path []parser.Node) error {
		sel, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		m, ok := metrics[sel.Name]
		if !ok {
			m, ok = foreign[sel.Name]
		}
		labels := append(slices.Clone(scraped), m.labels...)
		if !ok {
			base := sel.Name
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				if name, cut := strings.CutSuffix(base, suffix); cut && metrics[name].kind == "histogram" {
					m, ok = metrics[name], true
					labels = append(append(labels, m.labels...), "le")
					m.kind = "counter"
					used[name] = true
				}
			}
		}
		if !ok {
			t.Errorf("%s: there is no metric %s", where, sel.Name)
			return nil
		}
		used[sel.Name] = true
		ranged := false
		if len(path) > 0 {
			_, ranged = path[len(path)-1].(*parser.MatrixSelector)
		}
		if ranged != (m.kind == "counter") && !rangedGauge(path) {
			t.Errorf("%s: %s is a %s: counters are read through rate or increase, gauges are not", where, sel.Name,
				m.kind)
		}
		for _, match := range sel.LabelMatchers {
			if match.Name != model.MetricNameLabel && !slices.Contains(labels, match.Name) {
				t.Errorf("%s: %s has no label %s", where, sel.Name, match.Name)
			}
		}
		known = append(known, labels...)
		return nil
	})
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		if agg, ok := node.(*parser.AggregateExpr); ok {
			for _, label := range agg.Grouping {
				if !slices.Contains(known, label) {
					t.Errorf("%s: nothing in it has the label %s to group by", where, label)
				}
			}
		}
		return nil
	})
	if agg, ok := parsed.(*parser.AggregateExpr); ok {
		return agg.Grouping
	}
	return known
}

// rangedGauge reports a function that is meant for the change of gauges.
func rangedGauge(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		call, ok := n.(*parser.Call)
		return ok && (call.Func.Name == "delta" || call.Func.Name == "changes")
	})
}

var labelInText = regexp.MustCompile(`\$labels\.([a-z_]+)`)

func TestAlertsUseMetricsThatExistAndNameTheirRunbook(t *testing.T) {
	metrics := declaredMetrics(t)
	seen := map[string]bool{}
	for _, a := range alerts(t) {
		if seen[a.Alert] || !strings.HasPrefix(a.Alert, "Tallystick") {
			t.Errorf("alert %q: want a name of its own that begins with Tallystick", a.Alert)
		}
		seen[a.Alert] = true
		labels := checkExpr(t, a.Alert, a.Expr, metrics, map[string]bool{})
		if a.For != "" {
			if _, err := model.ParseDuration(a.For); err != nil {
				t.Errorf("%s: for: %v", a.Alert, err)
			}
		}
		if s := a.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s: severity is %q, want page or ticket", a.Alert, s)
		}
		if a.Annotations["summary"] == "" {
			t.Errorf("%s has no summary", a.Alert)
		}
		for _, m := range labelInText.FindAllStringSubmatch(a.Annotations["summary"], -1) {
			if !slices.Contains(labels, m[1]) {
				t.Errorf("%s: the summary names the label %s, which the result does not have", a.Alert, m[1])
			}
		}
		if want := "docs/runbooks.md#" + strings.ToLower(a.Alert); a.Annotations["runbook"] != want {
			t.Errorf("%s: runbook is %q, want %s", a.Alert, a.Annotations["runbook"], want)
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d alerts", len(seen))
	}
}

// TestEveryAlertHasARunbook, and the other way round.
func TestEveryAlertHasARunbook(t *testing.T) {
	text, err := os.ReadFile("../docs/runbooks.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, s := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(s, "\n")
		if strings.HasPrefix(title, "Tallystick") {
			sections[title] = body
		}
	}
	for _, a := range alerts(t) {
		body, ok := sections[a.Alert]
		if !ok {
			t.Errorf("docs/runbooks.md has no section %s", a.Alert)
		}
		delete(sections, a.Alert)
		for _, part := range []string{"**Means**", "**Look**", "**Do**", "**Wake**"} {
			if !strings.Contains(body, part) {
				t.Errorf("docs/runbooks.md: %s does not say %s", a.Alert, part)
			}
		}
	}
	for title := range sections {
		t.Errorf("docs/runbooks.md: there is no alert %s", title)
	}
}

type board struct {
	UID    string `json:"uid"`
	Panels []struct {
		ID      int    `json:"id"`
		Type    string `json:"type"`
		Title   string `json:"title"`
		GridPos struct{ H, W, X, Y int }
		Targets []struct {
			Expr   string `json:"expr"`
			Legend string `json:"legendFormat"`
		} `json:"targets"`
	} `json:"panels"`
}

var labelInLegend = regexp.MustCompile(`\{\{([a-z_]+)\}\}`)

func TestBoardShowsMetricsThatExist(t *testing.T) {
	data, err := os.ReadFile("grafana/tallystick.json")
	if err != nil {
		t.Fatal(err)
	}
	var b board
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	metrics, used := declaredMetrics(t), map[string]bool{}
	fill := strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*")
	ids, cells := map[int]bool{}, map[[2]int]string{}
	for _, p := range b.Panels {
		if ids[p.ID] {
			t.Errorf("two panels have the id %d", p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := cells[[2]int{x, y}]; other != "" {
					t.Fatalf("the panels %q and %q lie over each other", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			labels := checkExpr(t, "panel "+p.Title, fill.Replace(target.Expr), metrics, used)
			for _, m := range labelInLegend.FindAllStringSubmatch(target.Legend, -1) {
				if !slices.Contains(labels, m[1]) && !strings.Contains(target.Expr, m[1]) {
					t.Errorf("panel %q: the legend names the label %s", p.Title, m[1])
				}
			}
		}
	}
	for _, a := range alerts(t) {
		checkExpr(t, a.Alert, a.Expr, metrics, used)
	}
	for name := range metrics {
		if !used[name] && name != "tallystick_build_info" {
			t.Logf("%s is on no panel and in no alert", name)
		}
	}
}

// TestScrapeConfigurationFitsTheAlerts: they name the job, and the compose file the target.
func TestScrapeConfigurationFitsTheAlerts(t *testing.T) {
	var c struct {
		Global    map[string]string `yaml:"global"`
		RuleFiles []string          `yaml:"rule_files"`
		Scrape    []struct {
			Job    string `yaml:"job_name"`
			Static []struct {
				Targets []string `yaml:"targets"`
			} `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	decodeYAML(t, "prometheus/prometheus.yml", &c)
	for _, f := range c.RuleFiles {
		if _, err := os.Stat("prometheus/" + f); err != nil {
			t.Error(err)
		}
	}
	if len(c.Scrape) != 1 || c.Scrape[0].Job != "tallystick" {
		t.Fatalf("jobs are %v: the alerts name tallystick", c.Scrape)
	}
	_, port, _ := strings.Cut(effective(t, "compose/tallystick.yaml").get("http"), ":")
	if want := "tallystick:" + port; !slices.Equal(c.Scrape[0].Static[0].Targets, []string{want}) {
		t.Errorf("targets are %v, the compose file's is %s", c.Scrape[0].Static[0].Targets, want)
	}
}
