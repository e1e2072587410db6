package feed

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"tallystick/claim"
)

// Validate checks a mapping without its feed. The error joins a *[Problem] for each thing that is wrong.
func (m *Mapping) Validate() error {
	_, problems := m.compile()
	return errors.Join(problems...)
}

// compiled is a field ready for use.
type compiled struct {
	*Field
	place   place
	parts   []part // of the text: constants and columns in turn
	ifPart  *part
	money   *part // where the currency comes from
	layouts []layout
	// identifies: the text is a number of somebody or something, which a float is not.
	identifies bool
	each       bool       // each row of a claim brings an element
	vocabulary []string   // words that rules know; nil: any text
	values     *cellTable // nil: none
	synonyms   *cellTable // nil: none
}

// identifierEnds are the ends of paths whose text numbers somebody or something.
var identifierEnds = regexp.MustCompile(`^claim$|(^|\.)(id|number|phone|iban|routing|postcode|vin|plate|imei|serial|policeReportNumber|deviceId)$`)

// part is a constant or a cell.
type part struct {
	constant string
	file     string // joined file; empty: the feed
	column   string // empty: a constant
	at       int    // of the column in its file, once the feed is open
}

// layout is a time layout and how much of a date it writes.
type layout struct {
	text    string
	known   claim.Precision
	hasZone bool
}

func (m *Mapping) compile() (fields []compiled, problems []error) {
	fail := func(line int, where, format string, args ...any) {
		problems = append(problems, &Problem{line, where, fmt.Sprintf(format, args...)})
	}
	for _, f := range m.Files {
		if f.Path == "" || f.On == "" || f.Key == "" {
			fail(f.line, "files."+f.Name, "a file has path, on (the feed's column) and key (its own column)")
		}
	}
	_, wrongColumns := compileColumns(m.Columns, nil)
	problems = append(problems, wrongColumns...)
	p := &plan{labels: make(map[string][]string)}
	seen := make(map[string]bool)
	for i := range m.Fields {
		f := &m.Fields[i]
		c := compiled{Field: f, each: starred(f.Path)}
		var wrong string
		if c.place, wrong = p.resolve(strings.ReplaceAll(f.Path, "[*]", "["+each+"]")); wrong != "" {
			fail(f.line, f.Path, "%s", wrong)
			continue
		}
		if c.each && (len(m.Rows.By) == 0 || strings.Count(f.Path, "[*]") > 1 ||
			strings.Index(f.Path, "[*]") > strings.IndexByte(f.Path+".", '.')) {
			fail(f.line, f.Path, "[*] is for the first list of a path, where rows says which rows are one claim")
			continue
		}
		if seen[f.Path] {
			fail(f.line, f.Path, "is filled twice")
		}
		seen[f.Path] = true
		for _, message := range m.compileField(&c) {
			fail(f.line, f.Path, "%s", message)
		}
		fields = append(fields, c)
	}
	for _, required := range []string{"insurer", "claim", "line"} {
		if !seen[required] {
			fail(1, "fields", "%s is required and has no field", required)
		}
	}
	return fields, problems
}

var braces = regexp.MustCompile(`\{([^{}]*)\}`)

func (m *Mapping) compileField(c *compiled) (wrong []string) {
	f := c.Field
	set := 0
	for _, s := range []string{f.Column, f.Value, f.Template} {
		if s != "" {
			set++
		}
	}
	if set != 1 {
		return []string{"exactly one of column, value and template says where it comes from"}
	}
	switch {
	case f.Column != "":
		c.parts = []part{m.cell(f.Column)}
	case f.Value != "":
		c.parts = []part{{constant: f.Value}}
	default:
		c.parts = m.template(f.Template)
	}
	if f.If != "" {
		c.ifPart = new(m.cell(f.If))
	}
	if !slices.Contains([]string{"", "identifier", "quasi", "sensitive", "open"}, f.Class) {
		wrong = append(wrong, "class is identifier, quasi, sensitive or open")
	}
	if !slices.Contains([]string{"", "reject", "absent", "keep"}, f.Other) {
		wrong = append(wrong, "other is reject, absent or keep")
	}
	if f.Other != "" && f.Values == nil {
		wrong = append(wrong, "other says what cells outside values are; there are no values")
	}
	isTime, isMoney := c.place.leaf == reflect.TypeFor[claim.When](), c.place.leaf == reflect.TypeFor[claim.Money]()
	isNumber := c.place.leaf.Kind() == reflect.Int || c.place.leaf.Kind() == reflect.Float64
	if !isTime && (f.Times != nil || f.Known != "" || f.Zone != nil || f.Ambiguous != "") {
		wrong = append(wrong, "time, known, zone and ambiguous are for paths that hold a time")
	}
	if !slices.Contains([]string{"", "reject", "day"}, f.Ambiguous) {
		wrong = append(wrong, "ambiguous is reject or day")
	}
	if !isMoney && f.Currency != "" {
		wrong = append(wrong, "currency is for paths that hold money")
	}
	if !isMoney && !isNumber && f.Decimal+f.Group != "" {
		wrong = append(wrong, "decimal and group are for numbers and money")
	}
	if problem := (marks{f.Decimal, f.Group}).check(); problem != "" {
		wrong = append(wrong, problem)
	}
	c.identifies = c.place.leaf.Kind() == reflect.String &&
		(f.Class == "identifier" || identifierEnds.MatchString(f.Path))
	if isMoney {
		wrong = append(wrong, m.compileMoney(c)...)
	}
	if isTime {
		wrong = append(wrong, m.compileTime(c)...)
	}
	c.vocabulary = vocabularyOf(f.Path)
	if f.Values != nil {
		c.values = newCellTable(f.Values)
	}
	if f.Synonyms != nil {
		c.synonyms = newCellTable(f.Synonyms)
		if f.Values != nil {
			wrong = append(wrong, "values is the whole table and synonyms adds to the words of the vocabulary: one of them")
		}
	}
	return append(wrong, c.constants()...)
}

// constants tries what needs no cell: a constant, and the right side of values.
func (c *compiled) constants() (wrong []string) {
	if c.Value != "" && c.Values == nil {
		if _, reason := c.convert(c.Value, "USD"); reason != "" {
			wrong = append(wrong, "value: "+reason)
		}
	}
	for _, cell := range slices.Sorted(maps.Keys(c.Values)) {
		to := c.Values[cell]
		if to == nil {
			continue
		}
		if _, reason := c.convert(*to, "USD"); reason != "" {
			wrong = append(wrong, fmt.Sprintf("values, line %d: %s", c.valuesLine, reason))
			break
		}
	}
	return wrong
}

func (m *Mapping) compileMoney(c *compiled) (wrong []string) {
	switch code := c.Currency; {
	case code == "":
		return []string{"an amount has a currency: a code such as EUR, or {COLUMN}"}
	case strings.HasPrefix(code, "{") && strings.HasSuffix(code, "}"):
		c.money = new(m.cell(code[1 : len(code)-1]))
	case !claim.KnownCurrency(code):
		return []string{"currency is a code of ISO 4217 in capitals, or {COLUMN}"}
	default:
		c.money = &part{constant: code}
	}
	return nil
}

func (m *Mapping) compileTime(c *compiled) (wrong []string) {
	if c.Zone == nil {
		c.Zone = m.Zone
	}
	if c.Times == nil { // the wire's own four forms
		if c.Known != "" {
			wrong = append(wrong, "known goes with time, the layout of the cell")
		}
		return wrong
	}
	for _, text := range c.Times {
		if counts[text] != nil {
			c.layouts = append(c.layouts, layout{text: text, known: known(c.Known, claim.Instant), hasZone: true})
			continue
		}
		l := layout{text: text, known: writes(text), hasZone: writesZone(text)}
		if l.known == claim.Absent {
			wrong = append(wrong, "time is a layout of Go's time package, in which 2006-01-02 15:04:05 stands for the parts, or one of excel, unix and unix-ms; it needs at least the year")
			continue
		}
		if c.Known != "" {
			cut := known(c.Known, claim.Absent)
			if cut == claim.Absent || cut > l.known {
				wrong = append(wrong, "known is year, month, day or instant, and not more than the layout writes")
				continue
			}
			l.known = cut
		}
		if l.known == claim.Instant && !l.hasZone && c.Zone == nil {
			wrong = append(wrong, "a time of day needs a zone: in the layout, or as zone here or in the mapping")
		}
		c.layouts = append(c.layouts, l)
	}
	return wrong
}

// known returns the precision of a name, or otherwise if there is none.
func known(name string, otherwise claim.Precision) claim.Precision {
	if p, ok := map[string]claim.Precision{"year": claim.Year, "month": claim.Month, "day": claim.Day,
		"instant": claim.Instant}[name]; ok {
		return p
	}
	return otherwise
}

// writes tells how much of a time survives being written in the layout.
func writes(text string) claim.Precision {
	base := time.Date(2007, 3, 4, 5, 0, 0, 0, time.UTC)
	changes := func(other time.Time) bool { return base.Format(text) != other.Format(text) }
	known := claim.Absent
	for _, c := range []struct {
		other time.Time
		known claim.Precision
	}{{base.AddDate(1, 0, 0), claim.Year}, {base.AddDate(0, 1, 0), claim.Month}, {base.AddDate(0, 0, 1), claim.Day},
		{base.Add(time.Hour), claim.Instant}} {
		if !changes(c.other) {
			return known
		}
		known = c.known
	}
	return known
}

func writesZone(text string) bool {
	base := time.Date(2007, 3, 4, 5, 0, 0, 0, time.FixedZone("AAA", 3600))
	return base.Format(text) != time.Date(2007, 3, 4, 5, 0, 0, 0, time.FixedZone("BBB", 7200)).Format(text)
}

// cell finds the file of a column: agents.NAME is NAME of the joined file agents.
func (m *Mapping) cell(column string) part {
	if file, rest, ok := strings.Cut(column, "."); ok &&
		slices.ContainsFunc(m.Files, func(f File) bool { return f.Name == file }) {
		return part{file: file, column: rest}
	}
	return part{column: column}
}

func (m *Mapping) template(text string) (parts []part) {
	at := 0
	for _, found := range braces.FindAllStringSubmatchIndex(text, -1) {
		if found[0] > at {
			parts = append(parts, part{constant: text[at:found[0]]})
		}
		parts = append(parts, m.cell(text[found[2]:found[3]]))
		at = found[1]
	}
	if at < len(text) {
		parts = append(parts, part{constant: text[at:]})
	}
	return parts
}
