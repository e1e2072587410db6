package feed

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tallystick/claim"
)

// draftRows is how many rows a draft is made from.
const draftRows = 1000

// DraftOptions says what a draft may look at beside the feed.
type DraftOptions struct {
	Beside fs.FS  // the feed's folder, where files may tell who agents and vendors are; nil: none
	Feed   string // the feed's own name in it
	Header bool   // the first line holds the names of the columns, odd as they look
}

// Draft proposes a mapping for a feed never seen, from the names of its columns and what stands in its first 1,000
// rows: a path, the form of dates and numbers, and a class for each column. The result is YAML that [Load] takes. Each
// line ends in how sure the draft is of it, from 0 to 1, and the rows that speak against it; lines to look at are
// marked CHECK. What cannot be told, such as a currency or a time zone, is not guessed without evidence: it is left to
// a person.
//
// The names stand in the draft, so a first line with what looks like a value in it is refused. A name that is a word,
// such as a person's, does not look like one: see that the feed has names.
func Draft(name string, r io.Reader, o DraftOptions) (text []byte, err error) {
	t, err := openTable(r, form{})
	if err != nil {
		return nil, fmt.Errorf("draft a mapping: %w", err)
	}
	defer func() { err = errors.Join(err, t.close()) }()
	columns, rows, err := sampleColumns(t, draftRows)
	if err != nil {
		return nil, fmt.Errorf("draft a mapping: %w", err)
	}
	for i := range columns {
		if !o.Header && columns[i].namedByValue() {
			return nil, fmt.Errorf("draft a mapping: %w: in column %d stands what looks like a value; --header says that it is a name", errNoNames, i+1)
		}
	}
	d := &draft{columns: columns, rows: rows, taken: make(map[string]bool), roles: make(map[string]string)}
	d.country = countryOf(columns)
	if d.files, err = besides(o, columns); err != nil {
		return nil, fmt.Errorf("draft a mapping: %w", err)
	}
	d.head(name, t)
	d.identity()
	d.together()
	for i := range d.columns {
		if !d.columns[i].done {
			d.column(&d.columns[i])
		}
	}
	d.joined()
	text = []byte(d.out.String())
	if _, err := Load(text); err != nil {
		return nil, fmt.Errorf("draft a mapping: the draft does not load: %w", err)
	}
	return text, nil
}

// column is a column of the feed with what its first rows show.
type column struct {
	name   string
	file   string // joined; empty: the feed
	words  string // of the name, in small letters, with a space between and around: " policy number "
	cells  []string
	lines  []int // of the cells
	values map[string]int
	kind   content
	full   bool // no cell is empty
	done   bool
}

// ref is how a mapping names the column.
func (c *column) ref() string { return strconv.Quote(strings.TrimPrefix(c.file+"."+c.name, ".")) }

func (c *column) unique() bool {
	return len(c.cells) > 0 && c.full && len(c.values) == len(c.cells)
}

func sampleColumns(t table, most int) (columns []column, rows int, err error) {
	seen := make(map[string]bool)
	for _, name := range t.columns() {
		columns = append(columns, column{name: name, words: words(name), values: make(map[string]int),
			done: name == "" || seen[name] || !utf8.ValidString(name)})
		seen[name] = true
	}
	for rows < most {
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
			if cell = strings.TrimSpace(cell); cell != "" && !slices.Contains(absent, cell) && utf8.ValidString(cell) {
				c := &columns[i]
				c.cells, c.lines = append(c.cells, cell), append(c.lines, row.line)
				c.values[cell]++
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

// namedByValue tells whether the name is rather a value: most of it digits, an address of mail or the like, or of the
// same form as all that stands below, such as C-1 above C-2.
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
	if own := look(&column{cells: []string{c.name}, values: map[string]int{c.name: 1}}); own.identifies &&
		own.name != "name" {
		return true
	}
	form := shape(c.name)
	return digits > 0 && len(c.cells) > 0 && c.all(func(cell string) bool { return shape(cell) == form })
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

type draft struct {
	out     strings.Builder
	columns []column
	files   []beside
	rows    int
	country country
	zone    string // in force
	taken   map[string]bool
	roles   map[string]string // of a column that numbers a party: the label
}

func (d *draft) line(format string, args ...any) { fmt.Fprintf(&d.out, format+"\n", args...) }

// field writes a line of the mapping: what fills the path, how sure that is, and what a person should know of it.
func (d *draft) field(path, filled string, sure float64, notes ...string) {
	d.taken[path] = true
	if slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, "CHECK") }) {
		sure = min(sure, 0.5)
	}
	if d.rows < 10 {
		sure -= 0.1 // too few rows to say
	}
	note := strconv.FormatFloat(sure, 'f', 2, 64)
	for _, n := range notes {
		note += "; " + n
	}
	d.line("  %s: {%s} # %s", path, filled, note)
}

func (d *draft) head(name string, t *opened) {
	d.line("# A draft. Behind each line stands how sure it is, and what speaks against it; look at those with CHECK first.")
	d.line("name: %s", strconv.Quote(name))
	if t.delimiter != "" && t.delimiter != "," {
		d.line("delimiter: %s", strconv.Quote(t.delimiter))
	}
	if t.charset != "" {
		d.line("charset: %s # CHECK: %s", t.charset, "found out from the first lines")
	}
	if slices.ContainsFunc(d.columns, func(c column) bool { return c.timeOfDay() || hours.MatchString(c.words) }) {
		if d.zone = d.country.zone; d.zone != "" {
			d.line("zone: %s # CHECK: of times of day, which have none; a guess from %s", d.zone, d.country.evidence)
		} else {
			d.line("# zone: Europe/Berlin # needed to keep times of day that are written without a zone")
		}
	}
	if len(d.files) > 0 {
		d.line("\nfiles:")
		for _, f := range d.files {
			d.line("  %s: {path: %s, on: %s, key: %s}", strconv.Quote(f.Name), strconv.Quote(f.Path),
				strconv.Quote(f.On), strconv.Quote(f.Key))
		}
	}
	d.line("\nfields:")
	insurer := d.first(func(c *column) bool {
		return called("insurer|carrier|company|versicherer|assureur|aseguradora", "承保公司").MatchString(c.words) &&
			c.full && c.all(claim.ValidInsurer)
	})
	if insurer == nil {
		d.line("  insurer: {value: my-insurer} # CHECK: one of your insurers")
		return
	}
	insurer.done = true
	d.field("insurer", "column: "+insurer.ref(), 0.9)
}

func (c *column) timeOfDay() bool {
	k := c.kind
	return k.name == "time" && !k.midnight && !k.swapped && writes(k.layout) == claim.Instant && !writesZone(k.layout)
}

// identity fills the paths without which there is no claim.
func (d *draft) identity() {
	isID := func(c *column) bool {
		return slices.Contains([]string{"text", "digits", "whole", "number"}, c.kind.name)
	}
	id, sure := d.first(func(c *column) bool { return c.unique() && isID(c) && claimNames.MatchString(c.words) }), 0.95
	if id == nil {
		id, sure = d.first(func(c *column) bool {
			return c.unique() && isID(c) &&
				named(number, "编号").MatchString(c.words)
		}), 0.5
	}
	if id == nil {
		id = d.first((*column).unique)
	}
	if id == nil { // not unique: rows of one claim, which somebody has to look at
		id = d.first(func(c *column) bool { return c.full && claimNames.MatchString(c.words) })
	}
	if id == nil {
		id, sure = d.first(func(*column) bool { return true }), 0.1
	}
	switch {
	case id == nil:
		d.line("  claim: {value: unknown} # CHECK: the column that numbers the claims")
	case id.unique():
		id.done = true
		notes := []string{}
		if sure < 0.9 {
			notes = []string{"CHECK: a number for each claim"}
		}
		d.field("claim", "column: "+id.ref(), sure, notes...)
	default:
		id.done = true
		d.field("claim", "column: "+id.ref(), sure,
			"CHECK: it comes more than once; rows of one claim are told in the mapping by rows")
	}
	line := d.first(func(c *column) bool { found, all := kept(c, "line"); return c.full && all && len(found) > 0 })
	if line == nil {
		d.line("  line: {value: motor} # CHECK: motor, health, property, life, travel or device")
		return
	}
	line.done = true
	found, _ := kept(line, "line")
	filled := "column: " + line.ref()
	if !ours(found) {
		filled += ", values: {" + pairs(found) + "}"
	}
	d.field("line", filled, 0.95)
}

func (d *draft) first(fits func(*column) bool) *column {
	for i := range d.columns {
		if !d.columns[i].done && fits(&d.columns[i]) {
			return &d.columns[i]
		}
	}
	return nil
}

func pairs(values map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		list = append(list, strconv.Quote(key)+": "+strconv.Quote(values[key]))
	}
	return strings.Join(list, ", ")
}

// together fills paths that take more than one column: a day with its hour, a given with a family name, a status.
func (d *draft) together() {
	day := d.first(func(c *column) bool {
		return c.kind.name == "time" && c.kind.layout == "2006-01-02" &&
			guessOf("loss.time").name.MatchString(c.words) && !guessOf("loss.reported").name.MatchString(c.words)
	})
	hour := d.first(func(c *column) bool { return c.kind.name == "whole" && hours.MatchString(c.words) })
	if day != nil && hour != nil && d.zone != "" &&
		hour.all(func(s string) bool { n, err := strconv.Atoi(s); return err == nil && n >= 0 && n < 24 }) {
		day.done, hour.done = true, true
		d.field("loss.time", fmt.Sprintf("template: %s, time: \"2006-01-02 15\", ambiguous: day",
			strconv.Quote("{"+day.name+"} {"+hour.name+"}")), 0.9)
	}
	given, family := d.first(func(c *column) bool { return givenNames.MatchString(c.words) }),
		d.first(func(c *column) bool { return familyNames.MatchString(c.words) })
	if given != nil && family != nil && given != family {
		given.done, family.done = true, true
		d.field("claimant.name", "template: "+strconv.Quote("{"+given.name+"} {"+family.name+"}")+", class: identifier",
			0.9)
	}
	status := d.first(func(c *column) bool {
		found, _ := kept(c, "outcome")
		return c.kind.name == "text" && statusNames.MatchString(c.words) && len(found) > 0
	})
	if status != nil {
		status.done = true
		found, all := kept(status, "outcome")
		filled := "column: " + status.ref() + ", values: {" + pairs(found) + "}"
		notes := []string{"CHECK: what its codes mean", after}
		if !all {
			filled += ", other: absent"
			notes = append(notes, "other words are absent")
		}
		d.field("stage", "value: closed, if: "+status.ref(), 0.6, after)
		d.field("outcome", filled, 0.6, notes...)
	}
}

// after marks what nobody knows when a claim is decided.
const after = "filled after the decision: no rule or model may read it"

func guessOf(path string) *guess {
	for i := range guesses {
		if guesses[i].path == path {
			return &guesses[i]
		}
	}
	return nil
}

// label writes of a column that it says what became of the claim, if it looks so: it must not be learnt from as an
// attribute.
func (d *draft) label(c *column) bool {
	if !labelNames.MatchString(c.words) {
		return false
	}
	d.line("  # %s looks like a label. CHECK: map it to outcome (fraud-confirmed, paid), never to an attribute.",
		c.ref())
	return true
}

// column writes the lines of one column.
func (d *draft) column(c *column) {
	if d.label(c) {
		return
	}
	var notes []string
	if afterwards.MatchString(c.words) {
		notes = append(notes, after)
	}
	if d.money(c, notes) {
		return
	}
	if c.kind.name == "flag" && named(`injur\w*|verletzt\w*|bless\w*|herid\w*`, `受伤`).MatchString(c.words) &&
		!d.taken["loss.injuries"] && c.zeroOne() {
		d.field("loss.injuries", "column: "+c.ref()+`, values: {"0": "0", "1": null}`, 0.7,
			"how many is not stated: none is a number, some is not")
	}
	for i := range guesses {
		g := &guesses[i]
		if d.taken[g.path] || !g.fits(c) {
			continue
		}
		d.guessed(g, c, notes)
		return
	}
	d.attribute(c, notes)
}

func (c *column) zeroOne() bool { return c.all(func(s string) bool { return s == "0" || s == "1" }) }

// guessed writes a column whose path was told by its name or content.
func (d *draft) guessed(g *guess, c *column, notes []string) {
	sure := 0.8 // by the name
	switch {
	case g.kinds != "" && !strings.Contains(g.kinds, "text"):
		sure = 0.95 // and its content agrees
	case g.name.String() == "(.)":
		sure = 0.9 // by the content
	}
	d.surroundings(g, c)
	filled := "column: " + c.ref() + c.kind.keys(g.path, d.zone)
	if vocabularyOf(g.path) != nil {
		found, all := kept(c, g.path)
		switch {
		case len(found) == 0:
			notes = append(notes, "CHECK: no word that rules know")
		case !all:
			notes = append(notes, "CHECK: some of its words are none that rules know")
			if !ours(found) {
				filled += ", values: {" + pairs(found) + "}, other: keep"
			}
		case !ours(found):
			filled += ", values: {" + pairs(found) + "}"
		}
	}
	d.field(g.path, filled+", class: "+g.class, sure, append(notes, c.kind.note(len(c.cells))...)...)
	if g.path == "policy.channel" {
		return
	}
	d.constants(strings.TrimSuffix(g.path, "."+lastOf(g.path)), lastOf(g.path), c)
}

func lastOf(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// surroundings writes what a path needs beside it: a party's role, an official number's type.
func (d *draft) surroundings(g *guess, c *column) {
	if g.role != "" {
		d.roles[c.name] = g.role
		if path := "parties[" + g.role + "].role"; !d.taken[path] {
			d.field(path, "value: "+g.role+", if: "+c.ref(), 0.95)
			if g.role == "agent" && !d.taken["policy.channel"] {
				d.field("policy.channel", "value: agent, if: "+c.ref(), 0.6)
			}
		}
	}
	if types := map[string]string{"ssn": "ssn", "passport": "passport", "licence": "driving-licence", "tax": "tax",
		"id": "national-id"}; strings.Contains(g.path, "nationalIds") {
		label := g.path[strings.IndexByte(g.path, '[')+1 : strings.IndexByte(g.path, ']')]
		base := strings.TrimSuffix(g.path, "number")
		d.field(base+"type", "value: "+types[label]+", if: "+c.ref(), 0.95)
		country := map[bool]string{label == "ssn": "US", c.kind.name == "idcard": "CN"}[true]
		if country != "" {
			d.field(base+"country", "value: "+country+", if: "+c.ref(), 0.9)
		}
	}
}

// constants writes the country of an address or account that says it by its form.
func (d *draft) constants(base, last string, c *column) {
	path := base + ".country"
	if d.taken[path] || d.country.code == "" ||
		slices.ContainsFunc(d.columns,
			func(c column) bool { return !c.done && guessOf("claimant.address.country").fits(&c) && c.file == "" }) {
		return
	}
	if last == "region" && d.country.code == "US" && american(c) || last == "postcode" && d.country.code != "US" ||
		last == "routing" && d.country.code == "US" {
		d.field(path, "value: "+d.country.code+", if: "+c.ref(), 0.8)
	}
}

// money writes a number that is an amount, if the currency is known.
func (d *draft) money(c *column, notes []string) bool {
	if c.kind.name != "number" && c.kind.name != "whole" || !moneyWords.MatchString(c.words) &&
		!slices.ContainsFunc(moneyGuesses, func(g guess) bool { return g.fits(c) }) {
		return false
	}
	currency, sure := "", 0.7
	if cur := d.first(func(c *column) bool {
		return currencies.MatchString(c.words) && len(c.values) > 0 && c.all(claim.KnownCurrency)
	}); cur != nil {
		currency, sure = strconv.Quote("{"+cur.name+"}"), 0.95
	} else if d.country.currency == "" {
		return false
	} else {
		currency = d.country.currency
		notes = append(notes, "CHECK: the currency is a guess from "+d.country.evidence)
	}
	filled := "column: " + c.ref() + ", currency: " + currency
	notes = append(notes, c.kind.note(len(c.cells))...)
	for i := range moneyGuesses {
		if g := &moneyGuesses[i]; g.fits(c) && !d.taken[g.path] {
			d.field(g.path, filled+c.kind.keys(g.path, ""), sure, notes...)
			return true
		}
	}
	path := d.attributePath(c, "money")
	d.field(path, filled+c.kind.keys(path, "")+", class: "+c.class(), sure, notes...)
	return true
}

// attribute writes a column that no guess fits to a path of its own.
func (d *draft) attribute(c *column, notes []string) {
	kind, class := c.kind.attribute(), c.class()
	if class == "identifier" {
		kind = "text" // an identifier is no number, whatever its digits
	}
	path := d.attributePath(c, kind)
	filled := "column: " + c.ref()
	if kind == c.kind.attribute() {
		filled += c.kind.keys(path, d.zone)
		notes = append(notes, c.kind.note(len(c.cells))...)
	}
	if kind == "text" && c.kind.name == "text" && moneyWords.MatchString(c.words) && len(c.cells) > 0 {
		notes = append(notes, "CHECK: it may be an amount, but under no writing of marks are all sampled rows numbers")
	}
	if kind == "number" && moneyWords.MatchString(c.words) {
		notes = append(notes, "CHECK: with its currency, this could be an amount, such as amounts.claimed: {column: "+
			c.ref()+", currency: EUR}")
	}
	d.field(path, filled+", class: "+class, 0.6, notes...)
}

// attributePath makes a path of the column's words.
func (d *draft) attributePath(c *column, kind string) string {
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
	if c.file != "" {
		name = c.file + strings.ToUpper(name[:min(1, len(name))]) + name[min(1, len(name)):]
	}
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		name = "column" + name
	}
	name = name[:min(len(name), 50)]
	for base, n := name, 2; d.taken["attribute "+name]; n++ {
		name = base + strconv.Itoa(n)
	}
	d.taken["attribute "+name] = true
	return "attributes." + name + "." + kind
}

// class says what a policy should take a column for that no guess fits.
func (c *column) class() string {
	switch {
	case c.kind.identifies, naming.MatchString(c.words):
		return "identifier"
	case c.kind.name == "text" && len(c.cells) >= 3 && len(c.values)*10 > len(c.cells)*9:
		return "identifier" // nearly each row has its own
	case c.kind.name == "digits" && len(c.values)*2 > len(c.cells):
		return "identifier"
	case sensitive.MatchString(c.words), c.kind.name == "long":
		return "sensitive"
	case quasi.MatchString(c.words):
		return "quasi"
	default:
		return "open"
	}
}
