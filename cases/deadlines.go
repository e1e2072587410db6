package cases

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed deadlines.yaml
var deadlinesYAML []byte

// Start is what a deadline counts from.
type Start string

// The starts.
const (
	FromOpened     Start = "opened"
	FromDetermined Start = "determined"
	FromContested  Start = "contested"
)

// Rule is a deadline of a jurisdiction.
type Rule struct {
	Name         string   `yaml:"name"`
	Jurisdiction string   `yaml:"jurisdiction"` // such as US-CA; US stands for all of its states, empty for everywhere
	Lines        []string `yaml:"lines"`        // empty: all
	From         Start    `yaml:"from"`
	Days         int      `yaml:"days"`
	Law          string   `yaml:"law"`
}

// Table is the deadlines of an install. A lawyer confirms it for each install.
type Table []Rule

// DefaultTable is the table that comes with the program.
func DefaultTable() (Table, error) { return ParseTable(deadlinesYAML) }

// ParseTable reads a table from YAML.
func ParseTable(data []byte) (Table, error) {
	var doc struct {
		Deadlines Table `yaml:"deadlines"`
	}
	if err := yaml.UnmarshalWithOptions(data, &doc, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("reading the table of deadlines: %w", err)
	}
	for i, r := range doc.Deadlines {
		switch {
		case r.Name == "":
			return nil, fmt.Errorf("deadlines[%d]: name is missing", i)
		case r.From != FromOpened && r.From != FromDetermined && r.From != FromContested:
			return nil, fmt.Errorf("deadlines[%d] (%s): from: want opened, determined or contested", i, r.Name)
		case r.Days < 1 || r.Days > 3660:
			return nil, fmt.Errorf("deadlines[%d] (%s): days: want 1 to 3660", i, r.Name)
		}
	}
	return doc.Deadlines, nil
}

// covers reports whether a rule holds in a jurisdiction: its own, that of the country, or everywhere.
func (r *Rule) covers(jurisdiction, line string) bool {
	if !among(r.Lines, line) {
		return false
	}
	country, _, _ := strings.Cut(jurisdiction, "-")
	return r.Jurisdiction == "" || r.Jurisdiction == jurisdiction || r.Jurisdiction == country
}

// find returns the deadlines that a start brings. Of two rules of one name the one of the narrower jurisdiction holds.
func (t Table) find(start Start, jurisdiction, line string, at time.Time) []Deadline {
	var out []Deadline
	narrow := map[string]int{}
	for _, r := range t {
		if r.From != start || !r.covers(jurisdiction, line) {
			continue
		}
		d := Deadline{Name: r.Name, Due: at.UTC().AddDate(0, 0, r.Days), Law: r.Law, From: start}
		i := slices.IndexFunc(out, func(o Deadline) bool { return o.Name == r.Name })
		switch {
		case i < 0:
			out, narrow[r.Name] = append(out, d), len(r.Jurisdiction)
		case len(r.Jurisdiction) > narrow[r.Name]:
			out[i], narrow[r.Name] = d, len(r.Jurisdiction)
		}
	}
	return out
}

func (t Table) from(start Start, c *Case, at time.Time) []Deadline {
	return t.find(start, c.Jurisdiction, c.Line, at)
}

func (t Table) fromFinding(f *Finding, at time.Time) []Deadline {
	return t.find(FromOpened, f.Jurisdiction, f.Line, at)
}

// meet returns the case's deadlines that count from these starts as met.
func (c *Case) meet(starts ...Start) []Deadline {
	var out []Deadline
	for _, d := range c.Clocks {
		if !d.Met && slices.Contains(starts, d.From) {
			d.Met = true
			out = append(out, d)
		}
	}
	return out
}
