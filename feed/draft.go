package feed

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// draftRows is how many rows a draft is made from.
const draftRows = 1000

// Draft proposes a mapping for a feed never seen, from the names of its columns and what stands in its first 1,000 rows:
// a path, the form of dates and numbers, and a class for each column. The result is YAML that [Load] takes; lines to look
// at are marked CHECK. What cannot be told, such as a currency or a time zone, is not guessed: it is left to a person.
//
// The names stand in the draft, so a first line with what looks like a value in it is refused. A name that is a word, such as
// a person's, does not look like one: see that the feed has names.
func Draft(name string, r io.Reader) ([]byte, error) {
	t, err := openTable(r, "", 0, nil)
	if err != nil {
		return nil, fmt.Errorf("draft a mapping: %w", err)
	}
	columns, rows, err := sampleColumns(t)
	if err != nil {
		return nil, fmt.Errorf("draft a mapping: %w", err)
	}
	for i := range columns {
		if columns[i].namedByValue() {
			return nil, fmt.Errorf("draft a mapping: %w: in column %d stands what looks like a value", errNoNames, i+1)
		}
	}
	d := &draft{columns: columns, taken: make(map[string]bool)}
	d.head(name, rows, t.delimiter)
	d.identity()
	for i := range d.columns {
		if !d.columns[i].done {
			d.column(&d.columns[i])
		}
	}
	text := []byte(d.out.String())
	if _, err := Load(text); err != nil {
		return nil, fmt.Errorf("draft a mapping: the draft does not load: %w", err)
	}
	return text, nil
}

// column is a column of the feed with what its first rows show.
type column struct {
	name   string
	words  string // of the name, in small letters, with a space between and around: " policy number "
	cells  []string
	values map[string]int
	kind   content
	full   bool // no cell is empty
	done   bool
}

func sampleColumns(t table) (columns []column, rows int, err error) {
	for _, name := range t.columns() {
		columns = append(columns, column{name: name, words: words(name), values: make(map[string]int), done: name == "" || !utf8.ValidString(name)})
	}
	for rows < draftRows {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		if row.bad != "" || row.skip != "" {
			continue
		}
		rows++
		for i, cell := range row.cells {
			if cell = strings.TrimSpace(cell); cell != "" && utf8.ValidString(cell) {
				columns[i].cells = append(columns[i].cells, cell)
				columns[i].values[cell]++
			}
		}
	}
	for i := range columns {
		columns[i].kind = look(&columns[i])
		columns[i].full = len(columns[i].cells) == rows
	}
	return columns, rows, nil
}

var errNoNames = errors.New(namesWanted)

// namedByValue tells whether the name is rather a value: most of it digits, an address of mail or the like, or of the same form
// as all that stands below, such as C-1 above C-2.
func (c *column) namedByValue() bool {
	letters, digits := 0, 0
	for _, r := range c.name {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		}
	}
	if digits > letters || strings.Contains(c.name, "@") {
		return true
	}
	if look(&column{cells: []string{c.name}, values: map[string]int{c.name: 1}}).identifies {
		return true
	}
	own := shape(c.name)
	return digits > 0 && len(c.cells) > 0 && c.all(func(cell string) bool { return shape(cell) == own })
}

// shape writes one a for letters in a row and one 9 for digits.
func shape(s string) string {
	var b strings.Builder
	var before rune
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			r = 'a'
		case unicode.IsDigit(r):
			r = '9'
		}
		if r != before || r != 'a' && r != '9' {
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

// words splits a name at punctuation and capitals.
func words(name string) string {
	var b strings.Builder
	before := ' '
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteRune(' ')
		case unicode.IsUpper(r) && unicode.IsLower(before), unicode.IsDigit(r) && unicode.IsLetter(before):
			b.WriteRune(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(unicode.ToLower(r))
		}
		before = r
	}
	return " " + strings.Join(strings.Fields(b.String()), " ") + " "
}

func (c *column) unique() bool {
	return len(c.cells) > 0 && c.full && len(c.values) == len(c.cells)
}

type draft struct {
	out     strings.Builder
	columns []column
	taken   map[string]bool
}

func (d *draft) line(format string, args ...any) { fmt.Fprintf(&d.out, format+"\n", args...) }

func (d *draft) head(name string, rows int, delimiter string) {
	d.line("# A draft, made from the names of %d columns and %d rows. Look at each line, at those with CHECK first.", len(d.columns), rows)
	d.line("name: %s", strconv.Quote(name))
	d.line("delimiter: %s", strconv.Quote(delimiter))
	d.line("# zone: Europe/Berlin # needed to keep times of day that are written without a zone")
	d.line("\nfields:")
	d.line("  insurer: {value: my-insurer} # CHECK: one of your insurers")
}

// identity fills the paths without which there is no claim.
func (d *draft) identity() {
	id := d.first(func(c *column) bool {
		return c.unique() && regexp.MustCompile(` (claim|transaction|txn|case|schaden|siniestro|sinistre)s? .*(id|no|nr|num|number|nummer)? $`).MatchString(c.words) && c.kind.name == "text"
	})
	if id == nil {
		id = d.first(func(c *column) bool {
			return c.unique() && regexp.MustCompile(` (id|no|nr|number|nummer|key|ref|reference) $`).MatchString(c.words)
		})
	}
	if id == nil {
		id = d.first((*column).unique)
	}
	if id == nil {
		id = d.first(func(*column) bool { return true })
	}
	if id == nil {
		d.line("  claim: {value: unknown} # CHECK: the column that numbers the claims")
	} else {
		id.done = true
		d.line("  claim: {column: %s} # CHECK: a number for each claim", strconv.Quote(id.name))
	}
	d.taken["claim"] = true
	line := d.first(func(c *column) bool { return len(c.cells) > 0 && c.full && lineValues(c) != nil })
	if line == nil {
		d.line("  line: {value: motor} # CHECK: motor, health, property, life, travel or device")
		return
	}
	line.done = true
	d.line("  line: {column: %s, values: {%s}}", strconv.Quote(line.name), pairs(lineValues(line)))
}

func (d *draft) first(fits func(*column) bool) *column {
	for i := range d.columns {
		if !d.columns[i].done && fits(&d.columns[i]) {
			return &d.columns[i]
		}
	}
	return nil
}

var lineWords = map[string][]string{
	"motor": {"motor", "auto", "car", "vehicle", "kfz"}, "health": {"health", "medical", "kranken"}, "property": {"property", "home", "house", "building", "hausrat"},
	"life": {"life", "leben"}, "travel": {"travel", "trip", "reise"}, "device": {"device", "mobile", "phone", "electronics"},
}

// lineValues maps the cells of a column to lines of business, if all of them name one.
func lineValues(c *column) map[string]string {
	lines := make(map[string]string)
	for cell := range c.values {
		for line, names := range lineWords {
			if slices.Contains(names, strings.ToLower(cell)) {
				lines[cell] = line
			}
		}
	}
	if len(lines) < len(c.values) {
		return nil
	}
	return lines
}

func pairs(values map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		list = append(list, strconv.Quote(key)+": "+strconv.Quote(values[key]))
	}
	return strings.Join(list, ", ")
}

// column writes the line of one column.
func (d *draft) column(c *column) {
	quoted := strconv.Quote(c.name)
	if strings.Contains(c.words, "fraud") {
		d.line("  # %s looks like a label. CHECK: map it to outcome (fraud-confirmed, paid), never to an attribute.", quoted)
		return
	}
	for _, g := range guesses {
		if !g.fits(c) || d.taken[g.path] {
			continue
		}
		d.taken[g.path] = true
		if g.role != "" && !d.taken["role "+g.role] {
			d.taken["role "+g.role] = true
			d.line("  parties[%s].role: {value: %s, if: %s}", g.role, g.role, quoted)
		}
		d.line("  %s: {column: %s%s, class: %s}", g.path, quoted, c.kind.keys(g.path), g.class)
		return
	}
	path, note := d.attribute(c)
	class := c.class()
	d.line("  %s: {column: %s%s, class: %s}%s", path, quoted, c.kind.keys(path), class, note)
}

// attribute makes a path of its own for a column that no guess fits.
func (d *draft) attribute(c *column) (path, note string) {
	name := ""
	for i, w := range strings.Fields(c.words) {
		w = strings.Map(func(r rune) rune {
			if r < 0x80 {
				return r
			}
			return -1
		}, w)
		if i > 0 && w != "" && name != "" {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		name += w
	}
	if name == "" || name[0] < 'a' {
		name = "column" + name
	}
	name = name[:min(len(name), 50)]
	for base, n := name, 2; d.taken["attributes."+name]; n++ {
		name = base + strconv.Itoa(n)
	}
	d.taken["attributes."+name] = true
	if c.kind.attribute() == "number" && money.MatchString(c.words) {
		note = " # CHECK: with its currency, this could be an amount, such as amounts.claimed: {column: " + strconv.Quote(c.name) + ", currency: EUR}"
	}
	return "attributes." + name + "." + c.kind.attribute(), note
}

var (
	money     = regexp.MustCompile(` (amount|amt|premium|price|cost|value|paid|reserve|deductible|betrag|total|income|salary) `)
	sensitive = regexp.MustCompile(` (marital|married|education|income|salary|occupation|job|employment|religion|race|ethnic|health|diagnosis|disabilit\w*|social|credit|risk|house) `)
	quasi     = regexp.MustCompile(` (age|birth|sex|gender|family|children|zip|postal|city|town|state|region|country) `)
	naming    = regexp.MustCompile(` (name|ssn|passport|licen[cs]e|account|acct|email|phone|iban|address) `)
)

// class says what a policy should take a column for that no guess fits.
func (c *column) class() string {
	switch {
	case c.kind.identifies, naming.MatchString(c.words):
		return "identifier"
	case c.kind.name == "text" && len(c.cells) >= 20 && len(c.values)*10 > len(c.cells)*9:
		return "identifier" // nearly each row has its own
	case sensitive.MatchString(c.words), c.kind.name == "long":
		return "sensitive"
	case quasi.MatchString(c.words):
		return "quasi"
	default:
		return "open"
	}
}
