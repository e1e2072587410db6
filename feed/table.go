package feed

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// table reads a CSV file: plain or gz, with or without a byte order mark, any delimiter, LF or CR LF.
type table struct {
	csv     *csv.Reader
	columns []string
	index   map[string]int
	delim   rune
}

// errHeader and the errors of openTable are about the file, not about a row.
var errHeader = errors.New("the first line holds the names of the columns; there is none")

// namesWanted stands in errors in place of the first line itself: where a feed has no names of columns, it is somebody's claim.
const namesWanted = "the first line must hold the names of the columns"

func openTable(r io.Reader, charset string, delimiter rune) (*table, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("unpack gz: %w", err)
		}
		in = bufio.NewReaderSize(unzipped, 1<<16)
	}
	coding, err := charsetOf(charset)
	if err != nil {
		return nil, err
	}
	if coding != nil {
		in = bufio.NewReaderSize(coding.NewDecoder().Reader(in), 1<<16)
	}
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte{0xef, 0xbb, 0xbf}) {
		if _, err := in.Discard(3); err != nil {
			return nil, err
		}
	}
	t := &table{csv: csv.NewReader(in), index: make(map[string]int), delim: delimiter}
	if t.delim == 0 {
		start, err := in.Peek(1 << 15)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read the first lines: %w", err)
		}
		t.delim = sniff(start)
	}
	t.csv.Comma = t.delim
	header, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, errHeader
	}
	if err != nil {
		return nil, fmt.Errorf("read the first line: %w", plain(err))
	}
	t.csv.ReuseRecord = true
	for i, name := range header {
		name = strings.TrimSpace(name)
		t.columns = append(t.columns, name)
		if _, ok := t.index[name]; ok && name != "" {
			return nil, fmt.Errorf("columns %d and %d have one name: %s", t.index[name]+1, i+1, namesWanted)
		}
		t.index[name] = i
	}
	return t, nil
}

// charsetOf returns nil for UTF-8.
func charsetOf(name string) (encoding.Encoding, error) {
	if name == "" {
		return nil, nil
	}
	coding, err := htmlindex.Get(name)
	if err != nil {
		return nil, fmt.Errorf("charset %q is not known", name)
	}
	if coding == unicode.UTF8 {
		return nil, nil
	}
	return coding, nil
}

// sniff returns the delimiter that the first lines have most evenly.
func sniff(start []byte) rune {
	lines := bytes.Split(start, []byte("\n"))
	if len(lines) > 1 {
		lines = lines[:len(lines)-1] // the last may be cut off
	}
	lines = lines[:min(len(lines), 20)]
	best, most := ',', 0
	for _, candidate := range []byte{',', ';', '\t', '|'} {
		counts := make([]int, 0, len(lines))
		for _, line := range lines {
			if len(bytes.TrimSpace(line)) > 0 {
				counts = append(counts, outsideQuotes(line, candidate))
			}
		}
		if len(counts) == 0 || counts[0] == 0 {
			continue
		}
		even := 0
		for _, n := range counts {
			if n == counts[0] {
				even++
			}
		}
		// Even lines count more than many delimiters: a text column may be full of commas.
		if score := even*1000 + min(counts[0], 999); score > most {
			best, most = rune(candidate), score
		}
	}
	return best
}

func outsideQuotes(line []byte, c byte) (n int) {
	quoted := false
	for _, b := range line {
		switch {
		case b == '"':
			quoted = !quoted
		case b == c && !quoted:
			n++
		}
	}
	return n
}

// plain strips what encoding/csv adds; its texts name lines and columns but no cells.
func plain(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return parse.Err
	}
	return err
}

// joined is a second file in memory, by key.
type joined struct {
	on   int // the feed's column
	rows map[string][]string
	*table
}

func readJoined(f *File, feed *table, r io.Reader, m *Mapping) (*joined, error) {
	on, ok := feed.index[f.On]
	if !ok {
		return nil, fmt.Errorf("the feed has no column %s among its %d: %s", f.On, len(feed.columns), namesWanted)
	}
	t, err := openTable(r, m.Charset, 0)
	if err != nil {
		return nil, err
	}
	key, ok := t.index[f.Key]
	if !ok {
		return nil, fmt.Errorf("no column %s among its %d: %s", f.Key, len(t.columns), namesWanted)
	}
	j := &joined{on: on, rows: make(map[string][]string), table: t}
	for {
		row, err := t.csv.Read()
		if errors.Is(err, io.EOF) {
			return j, nil
		}
		if err != nil {
			line, _ := t.csv.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, plain(err))
		}
		if _, twice := j.rows[row[key]]; twice {
			line, _ := t.csv.FieldPos(0)
			return nil, fmt.Errorf("line %d: its %s stands on an earlier line too", line, f.Key)
		}
		j.rows[row[key]] = slices.Clone(row)
	}
}
