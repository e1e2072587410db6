package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// csvTable reads delimited text as RFC 4180 has it, and goes on behind what is not of that form: encoding/csv, which it
// agrees with on all well-formed text (a test holds that), takes an open quote to the end of the file.
type csvTable struct {
	in      *bufio.Reader
	end     byte // of lines
	delim   []byte
	names   []string
	queue   []textLine // read ahead while a quote was open
	pending []row
	read    int // lines
	eof     bool
	record  record
	header  []string
}

// textLine is one line of the file without its end.
type textLine struct {
	text []byte
	n    int
	long bool // and cut
}

const (
	badQuote   = "a quote that is not closed, or text behind a closed one: quotes are doubled inside quoted cells"
	badLong    = "longer than 1 MiB"
	badMissing = "a quote is missing on this line: the cell that it opens holds what look like rows"
	badInside  = "inside a quoted cell of an earlier line, where a quote is missing"
)

func openCSV(in *bufio.Reader, delimiter rune) (*csvTable, error) {
	start, err := in.Peek(sampledBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the first lines: %w", err)
	}
	t := &csvTable{in: in, end: '\n'}
	if alone(start) > bytes.Count(start, []byte{'\n'}) {
		t.end = '\r'
	}
	if delimiter == 0 {
		delimiter = sniff(start, t.end)
	}
	t.delim = []byte(string(delimiter))
	for first := true; ; first = false {
		r, err := t.next()
		if errors.Is(err, io.EOF) {
			return nil, errHeader
		}
		if err != nil {
			return nil, err
		}
		if r.bad != "" {
			return nil, fmt.Errorf("read the first line: %s", r.bad)
		}
		if r.skip != "" {
			continue
		}
		if delim, ok := declared(r.cells, string(t.delim)); first && ok {
			t.delim = []byte(delim)
			continue
		}
		if len(r.cells) > maxColumns {
			return nil, fmt.Errorf("the first line has more than %d columns", maxColumns)
		}
		for _, name := range r.cells {
			t.names = append(t.names, strings.TrimSpace(name))
		}
		t.header = slices.Clone(r.cells)
		return t, nil
	}
}

// alone counts carriage returns that no line feed follows: they end the lines of old Macintosh files.
func alone(start []byte) (n int) {
	for i, c := range start {
		if c == '\r' && i+1 < len(start) && start[i+1] != '\n' {
			n++
		}
	}
	return n
}

// declared reads the line sep=; that spreadsheets write for one another.
func declared(cells []string, delim string) (string, bool) {
	line := strings.Trim(strings.Join(cells, delim), "\"")
	if len(line) >= 4 && strings.EqualFold(line[:4], "sep=") {
		if rest := []rune(line[4:]); len(rest) >= 1 {
			return string(rest[0]), true
		}
	}
	return "", false
}

func (t *csvTable) columns() []string { return t.names }

// next returns the next row. Where quotes are not well-formed only the first line is refused, and reading takes up
// again on the next one; where they are well-formed but seem to have swallowed rows, all of them are refused, so that
// nobody who writes a text of a claim can write a row.
func (t *csvTable) next() (row, error) {
	if len(t.pending) > 0 {
		r := t.pending[0]
		t.pending = t.pending[1:]
		return r, nil
	}
	first, err := t.peek(0)
	if err != nil {
		return row{}, err
	}
	if first.long {
		t.drop(1)
		return row{line: first.n, bad: badLong}, nil
	}
	if bytes.IndexByte(first.text, '"') < 0 {
		t.drop(1)
		return t.checked(row{line: first.n, cells: strings.Split(string(first.text), string(t.delim))}), nil
	}
	t.record.reset(t.delim)
	took, size := 0, 0
	for open := true; open; {
		next, err := t.peek(took)
		if err != nil && !errors.Is(err, io.EOF) {
			return row{}, err
		}
		if size += len(next.text) + 1; err != nil || next.long || size > maxRow || !t.record.feed(next.text) {
			t.drop(1)
			return row{line: first.n, bad: badQuote}, nil
		}
		took++
		open = t.record.state == quoted
	}
	r := row{line: first.n, cells: slices.Clone(t.record.cells)}
	for i := 1; i < took; i++ {
		if t.swallowed(t.queue[i].text, r.cells) {
			r.bad = badMissing
			t.pending = append(t.pending, row{line: t.queue[i].n, bad: badInside})
		}
	}
	t.drop(took)
	if r.bad != "" {
		return r, nil
	}
	return t.checked(r), nil
}

// checked says of a row whether it is blank, the header again, or of the wrong length.
func (t *csvTable) checked(r row) row {
	switch {
	case blank(r.cells):
		r.skip = skipBlank
	case t.names == nil:
	case slices.Equal(r.cells, t.header):
		r.skip = skipHeader
	case len(r.cells) != len(t.names):
		r.bad = fmt.Sprintf("%d cells where the first line has %d", len(r.cells), len(t.names))
	}
	return r
}

// swallowed tells whether a line inside a quoted cell looks like a row of this file: as many cells, and before the
// quoted one digits where the row has digits.
func (t *csvTable) swallowed(line []byte, cells []string) bool {
	parts := strings.Split(string(line), string(t.delim))
	if len(parts) != len(t.names) || len(parts) < 2 {
		return false
	}
	alike := false
	for i := range min(len(parts), len(cells)) {
		if strings.Contains(cells[i], "\n") {
			break
		}
		if !strings.ContainsAny(cells[i], "0123456789") {
			continue
		}
		if shape(strings.TrimSpace(parts[i])) != shape(strings.TrimSpace(cells[i])) {
			return false
		}
		alike = true
	}
	return alike
}

// peek returns the i-th line that is not yet used.
func (t *csvTable) peek(i int) (textLine, error) {
	for len(t.queue) <= i {
		line, err := t.line()
		if err != nil {
			return textLine{}, err
		}
		t.queue = append(t.queue, line)
	}
	return t.queue[i], nil
}

func (t *csvTable) drop(n int) {
	t.queue = t.queue[n:]
	if len(t.queue) == 0 {
		t.queue = nil
	}
}

// line reads a line, of which it keeps no more than a row may have.
func (t *csvTable) line() (textLine, error) {
	if t.eof {
		return textLine{}, io.EOF
	}
	line := textLine{n: t.read + 1}
	for {
		part, err := t.in.ReadSlice(t.end)
		if line.long = line.long || len(line.text)+len(part) > maxRow; !line.long {
			line.text = append(line.text, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if t.eof = errors.Is(err, io.EOF); err != nil && !t.eof {
			return line, fmt.Errorf("read the feed after line %d: %w", t.read, err)
		}
		line.text = bytes.TrimSuffix(line.text, []byte{t.end})
		if t.end == '\r' {
			line.text = bytes.TrimPrefix(line.text, []byte{'\n'})
		}
		line.text = bytes.TrimSuffix(line.text, []byte{'\r'})
		if t.eof && len(line.text) == 0 && !line.long {
			return textLine{}, io.EOF
		}
		t.read++
		return line, nil
	}
}

// The states of a cell that is being read.
const (
	starting = iota // nothing yet, or blanks
	plainCell
	quoted
	closed
)

// record takes the lines of one row.
type record struct {
	delim []byte
	cells []string
	cell  []byte
	state int
}

func (r *record) reset(delim []byte) {
	*r = record{delim: delim, cells: r.cells[:0], cell: r.cell[:0]}
}

// feed takes a line. It reports whether quotes stand where they may; the row goes on while its state is quoted.
func (r *record) feed(line []byte) bool {
	for i := 0; i < len(line); {
		c := line[i]
		switch {
		case r.state == quoted:
			n := bytes.IndexByte(line[i:], '"')
			if n < 0 {
				r.cell = append(r.cell, line[i:]...)
				i = len(line)
				continue
			}
			r.cell = append(r.cell, line[i:i+n]...)
			if i += n + 1; i < len(line) && line[i] == '"' {
				r.cell = append(r.cell, '"')
				i++
				continue
			}
			r.state = closed
			continue
		case bytes.HasPrefix(line[i:], r.delim):
			r.endCell()
			i += len(r.delim)
			continue
		case r.state == closed && c != ' ' && c != '\t':
			return false
		case r.state == closed:
		case r.state == starting && c == '"':
			r.cell, r.state = r.cell[:0], quoted
		default:
			if c != ' ' && c != '\t' {
				r.state = plainCell
			}
			r.cell = append(r.cell, c)
		}
		i++
	}
	if r.state == quoted {
		r.cell = append(r.cell, '\n')
		return true
	}
	r.endCell()
	return true
}

func (r *record) endCell() {
	r.cells = append(r.cells, string(r.cell))
	r.cell, r.state = r.cell[:0], starting
}

// sniff returns the delimiter that the first lines have most evenly.
func sniff(start []byte, end byte) rune {
	lines := bytes.Split(start, []byte{end})
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
	inside := false
	for _, b := range line {
		switch {
		case b == '"':
			inside = !inside
		case b == c && !inside:
			n++
		}
	}
	return n
}
