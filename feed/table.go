package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// table is a file of rows under named columns.
type table interface {
	columns() []string // names, in order; "" where there is none
	// next returns the next row, or io.EOF after the last. Another error means that the file cannot be read on.
	next() (row, error)
}

// row is one row of a table. At most one of bad and skip is set, in fixed words.
type row struct {
	line  int
	cells []string
	bad   string
	skip  string
}

// Why rows are passed over.
const (
	skipBlank  = "blank"
	skipHeader = "the names of the columns again"
)

// errHeader is about the file, not about a row.
var errHeader = errors.New("the first line holds the names of the columns; there is none")

// namesWanted stands in errors in place of the first line itself: where a feed has no names of columns, it is
// somebody's claim.
const namesWanted = "the first line must hold the names of the columns"

// opened is a table and what was found out about its file.
type opened struct {
	table
	delimiter string // of delimited text
	charset   string // where it is not UTF-8
	close     func() error
	absent    func() []string // columns that no row had, where rows name their columns themselves
}

// form is what a mapping says of how a file is written.
type form struct {
	charset   string
	delimiter rune
	sheet     string   // of a workbook; empty: the first
	wanted    []string // columns; nil: all
}

// The first bytes of files that are no text.
var (
	magicZip     = []byte("PK\x03\x04")
	magicParquet = []byte("PAR1")
	magicOLE     = []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}
)

// openTable opens a file of any kind that is known, which it tells by its first bytes: delimited text, JSON, a
// workbook, Parquet.
func openTable(r io.Reader, f form) (*opened, error) {
	in, err := unpack(r)
	if err != nil {
		return nil, err
	}
	o := &opened{close: func() error { return nil }, absent: func() []string { return nil }}
	start, _ := in.Peek(len(magicOLE))
	switch {
	case bytes.HasPrefix(start, magicZip):
		t, err := openSheet(in, f.sheet)
		if err != nil {
			return nil, err
		}
		o.table, o.close = t, t.close
		return o, nil
	case bytes.HasPrefix(start, magicParquet):
		if o.table, err = openParquet(in); err != nil {
			return nil, err
		}
		return o, nil
	case bytes.HasPrefix(start, magicOLE):
		return nil, errors.New("an old or encrypted workbook: save it as .xlsx without a password")
	}
	if in, o.charset, err = decode(in, f.charset, f.wanted); err != nil {
		return nil, err
	}
	if start, _ := in.Peek(sampledBytes); f.delimiter == 0 && isJSON(start) {
		t, err := openJSON(in, f.wanted)
		if err != nil {
			return nil, err
		}
		o.table, o.absent = t, t.absent
		return o, nil
	}
	t, err := openCSV(in, f.delimiter)
	if err != nil {
		return nil, err
	}
	o.table, o.delimiter = t, string(t.delim)
	return o, nil
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// find returns where a column stands. Two of one name are wrong only if it is asked for.
func find(columns []string, name string) (int, string) {
	at := slices.Index(columns, name)
	if at < 0 || name == "" {
		return -1, fmt.Sprintf("has no column %s among its %d: %s", name, len(columns), namesWanted)
	}
	if twice := slices.Index(columns[at+1:], name); twice >= 0 {
		return -1, fmt.Sprintf("has two columns of the name %s, %d and %d", name, at+1, at+1+twice+1)
	}
	return at, ""
}

// joined is a second file in memory, by key.
type joined struct {
	on      int // the feed's column
	rows    map[string][]string
	columns []string
}

func readJoined(f *File, feed []string, r io.Reader, m *Mapping, wanted []string) (j *joined, err error) {
	on, wrong := find(feed, f.On)
	if wrong != "" {
		return nil, fmt.Errorf("the feed %s", wrong)
	}
	t, err := openTable(r, form{charset: m.Charset, wanted: append([]string{f.Key}, wanted...)})
	if err != nil {
		return nil, err
	}
	key, wrong := find(t.columns(), f.Key)
	if wrong != "" {
		return nil, fmt.Errorf("it %s", wrong)
	}
	defer func() { err = errors.Join(err, t.close()) }()
	j = &joined{on: on, rows: make(map[string][]string), columns: t.columns()}
	size := 0
	for {
		r, err := t.next()
		if errors.Is(err, io.EOF) {
			return j, nil
		}
		if err != nil {
			return nil, err
		}
		if r.skip != "" {
			continue
		}
		if r.bad != "" {
			return nil, fmt.Errorf("line %d: %s", r.line, r.bad)
		}
		value := strings.TrimSpace(r.cells[key])
		if value == "" {
			continue // nothing can ask for it
		}
		if _, twice := j.rows[value]; twice {
			return nil, fmt.Errorf("line %d: its %s stands on an earlier line too: many rows of the feed may name one of the file, not the other way round", r.line, f.Key)
		}
		for _, cell := range r.cells {
			size += len(cell) + 16
		}
		if size > maxJoined {
			return nil, fmt.Errorf("more than %d MiB: join it before it comes here", maxJoined>>20)
		}
		j.rows[value] = slices.Clone(r.cells)
	}
}
