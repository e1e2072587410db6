package feed

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// country is where a feed seems to be from, and what follows from that.
type country struct {
	code, currency, zone string
	evidence             string
}

var countries = map[string]country{
	"US": {"US", "USD", "America/New_York", ""}, "DE": {"DE", "EUR", "Europe/Berlin", ""},
	"AT": {"AT", "EUR", "Europe/Vienna", ""}, "CH": {"CH", "CHF", "Europe/Zurich", ""},
	"FR": {"FR", "EUR", "Europe/Paris", ""}, "ES": {"ES", "EUR", "Europe/Madrid", ""},
	"IT": {"IT", "EUR", "Europe/Rome", ""}, "NL": {"NL", "EUR", "Europe/Amsterdam", ""},
	"BE": {"BE", "EUR", "Europe/Brussels", ""}, "GB": {"GB", "GBP", "Europe/London", ""},
	"CN": {"CN", "CNY", "Asia/Shanghai", ""},
}

// countryOf tells it by what only one country has: official numbers, states, accounts.
func countryOf(columns []column) country {
	told := func(code, evidence string) country {
		c := countries[code]
		c.evidence = evidence
		return c
	}
	for i := range columns {
		c := &columns[i]
		switch {
		case c.kind.name == "idcard":
			return told("CN", "Chinese identity numbers")
		case c.kind.name == "ssn" || c.kind.name == "digits" &&
			guessOf("claimant.nationalIds[ssn].number").name.MatchString(c.words):
			return told("US", "social security numbers")
		case american(c) && len(c.values) >= 5:
			return told("US", "codes of American states")
		case c.kind.name == "iban" && len(c.cells) > 0:
			code := ibanCountry(c.cells[0])
			if c.all(func(s string) bool { return ibanCountry(s) == code }) && countries[code].code != "" {
				return told(code, "accounts of one country")
			}
		case c.kind.name == "phone" && c.all(regexp.MustCompile(`^1[3-9]\d{9}$`).MatchString):
			return told("CN", "Chinese mobile numbers")
		}
	}
	return country{}
}

func ibanCountry(s string) string {
	s = strings.TrimLeft(strings.TrimPrefix(s, "IBAN"), ": ")
	return s[:min(2, len(s))]
}

// beside is a file that tells more of what a column of the feed numbers.
type beside struct {
	File
	columns []column
}

// Bounds on what a draft looks at beside its feed.
const (
	besideFiles = 50
	besideBytes = 64 << 20
	besideRows  = 200_000
)

// besides finds the files that have one row for each number in a column of the feed.
func besides(o DraftOptions, columns []column) (found []beside, err error) {
	if o.Beside == nil {
		return nil, nil
	}
	entries, err := fs.ReadDir(o.Beside, ".")
	if err != nil {
		return nil, fmt.Errorf("look beside the feed: %w", err)
	}
	looked := 0
	for _, entry := range entries {
		name := entry.Name()
		info, err := entry.Info()
		plain := strings.TrimSuffix(name, ".gz")
		if name == o.Feed || err != nil || entry.IsDir() || path.Ext(plain) != ".csv" || info.Size() > besideBytes ||
			looked >= besideFiles {
			continue
		}
		looked++
		if b, ok := besideOf(o.Beside, name, columns); ok {
			b.Name, b.Path = labelOf(plain), plain
			found = append(found, b)
		}
	}
	return found, nil
}

// labelOf makes a name of a file's name that mappings can use.
func labelOf(file string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, strings.TrimSuffix(path.Base(file), ".csv"))
	return strings.Trim(name, "-")
}

// besideOf reads one file. What cannot be read is not joined: the draft is of the feed.
func besideOf(dir fs.FS, name string, columns []column) (b beside, ok bool) {
	file, err := dir.Open(name)
	if err != nil {
		return b, false
	}
	defer func() { _ = file.Close() }()
	t, err := openTable(file, form{})
	if err != nil {
		return b, false
	}
	defer func() { _ = t.close() }()
	type candidate struct {
		on   *column
		key  int
		keys map[string]bool // nil once a key came twice
	}
	var candidates []candidate
	for i := range columns {
		c := &columns[i]
		if key := slices.Index(t.columns(), c.name); key >= 0 && len(c.values) > 0 && !c.unique() &&
			named(number, `代码|编号`).MatchString(c.words) {
			candidates = append(candidates, candidate{c, key, make(map[string]bool)})
		}
	}
	if len(candidates) == 0 {
		return b, false
	}
	keep := &sampling{table: t, visit: func(cells []string) {
		for i := range candidates {
			c := &candidates[i]
			value := strings.TrimSpace(cells[c.key])
			if c.keys[value] {
				c.keys = nil
			}
			if c.keys != nil && value != "" {
				c.keys[value] = true
			}
		}
	}}
	if b.columns, _, err = sampleColumns(keep, besideRows); err != nil {
		return b, false
	}
	for _, c := range candidates {
		hits := 0
		for value := range c.on.values {
			if c.keys[value] {
				hits++
			}
		}
		if hits*10 >= len(c.on.values)*8 {
			b.On, b.Key = c.on.name, c.on.name
			return b, true
		}
	}
	return b, false
}

// sampling is a table that shows each row to somebody on its way.
type sampling struct {
	table
	visit func(cells []string)
}

func (s *sampling) next() (row, error) {
	r, err := s.table.next()
	if err == nil && r.bad == "" && r.skip == "" {
		s.visit(r.cells)
	}
	return r, err
}

// joined writes the columns of the files beside the feed: who a party is, where the feed's column numbers one.
func (d *draft) joined() {
	for i := range d.files {
		f := &d.files[i]
		role := d.roles[f.On]
		for j := range f.columns {
			c := &f.columns[j]
			if c.file = f.Name; c.done || c.name == f.Key {
				continue
			}
			if d.label(c) {
				continue
			}
			if role == "" || !d.person("parties["+role+"]", c) {
				d.attribute(c, nil)
			}
		}
	}
}

// person writes a column that tells something of a party.
func (d *draft) person(base string, c *column) bool {
	for i := range personGuesses {
		g := &personGuesses[i]
		path := base + g.path
		if d.taken[path] || !g.fits(c) {
			continue
		}
		d.field(path, "column: "+c.ref()+c.kind.keys(path, d.zone)+", class: "+g.class, 0.9,
			c.kind.note(len(c.cells))...)
		d.constants(strings.TrimSuffix(path, "."+lastOf(path)), lastOf(path), c)
		return true
	}
	return false
}
