package feed

import "time"

// Mapping says how the columns of a feed become the paths of a claim event. It is read from YAML by [Load].
type Mapping struct {
	Name      string
	Delimiter rune           // 0: found out from the first lines
	Sheet     string         // of a workbook; empty: the first
	Charset   string         // of the feed and its joined files, such as windows-1252; empty: UTF-8
	Zone      *time.Location // of times that are written without one; nil: such times are an error of the mapping
	Empty     []string       // cells that mean absent, beside the empty cell
	Files     []File         // joined by key
	Rows      Rows           // which rows are one claim
	Columns   []Computed     // in the order of the file
	Fields    []Field        // in the order of the file
}

// File is a second CSV file whose columns fields may name as name.COLUMN.
type File struct {
	Name string
	Path string // beside the feed; with or without .gz
	On   string // the feed's column that holds the key
	Key  string // the file's column that holds the key
	line int
}

// Field fills one path of the event. Exactly one of Column, Value and Template is set.
type Field struct {
	Path string // such as amounts.claimed, parties[agent].name, attributes.rating.number
	// what a privacy policy should take it for: identifier, quasi, sensitive or open; only a note
	Class    string
	Column   string             // cell to take, of the feed or, as file.COLUMN, of a joined file
	Value    string             // constant
	Template string             // text with {COLUMN} in it; absent if one of them is absent
	If       string             // absent unless this column has a cell
	Empty    []string           // cells that mean absent here, beside those of the mapping
	Values   map[string]*string // cell to value; nil means absent
	Synonyms map[string]*string // cell to value, where other cells are kept; nil means absent
	Other    string             // what a cell outside Values is: reject (default), absent or keep
	Times    []string           // layouts of Go's time package, tried in turn
	Known    string             // year, month, day or instant; empty: what the layout writes
	Zone     *time.Location     // instead of the mapping's
	// Ambiguous is what becomes of a time that the zone skipped or had twice, by daylight saving: reject (default) or
	// day.
	Ambiguous string
	Currency  string // of an amount: a code, or the column that has it in braces
	Decimal   string // decimal point of a number or amount; empty: a full stop
	Group     string // separator of thousands, dropped

	line       int
	valuesLine int // of Values
}
