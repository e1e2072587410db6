package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// values reads JSON values one by one: lines of JSON, values that follow each other, or the elements of one array. Of
// lines of JSON a broken one costs itself alone.
type values struct {
	lines   *csvTable // reads lines; nil: values by the decoder
	bounded *bounded
	decoder *jsontext.Decoder
	array   bool
	n       int // of the value
}

// maxValue bounds the bytes of one JSON value: the largest event, with white space.
const maxValue = 4 << 20

var errValue = errors.New("a JSON value longer than 4 MiB")

// bounded stops a value that has no end.
type bounded struct {
	io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errValue
	}
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// isJSON tells whether text begins with a JSON object or an array of them.
func isJSON(start []byte) bool {
	start = bytes.TrimLeft(start, " \t\r\n")
	if len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return false
	}
	if start[0] == '[' {
		rest := bytes.TrimLeft(start[1:], " \t\r\n")
		return len(rest) > 0 && (rest[0] == '{' || rest[0] == ']')
	}
	rest := bytes.TrimLeft(start[1:], " \t\r\n")
	return len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
}

func openValues(in *bufio.Reader) (*values, error) {
	start, err := in.Peek(sampledBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the first lines: %w", err)
	}
	first := bytes.TrimLeft(start, " \t\r\n")
	line, _, more := bytes.Cut(first, []byte{'\n'})
	if len(first) > 0 && first[0] == '{' && (jsontext.Value(bytes.TrimSpace(line)).IsValid() || !more &&
		len(start) == sampledBytes) {
		return &values{lines: &csvTable{in: in, end: '\n'}}, nil
	}
	v := &values{bounded: &bounded{in, maxValue}}
	v.decoder = jsontext.NewDecoder(v.bounded)
	if v.decoder.PeekKind() == '[' {
		v.array = true
		if _, err := v.decoder.ReadToken(); err != nil {
			return nil, fmt.Errorf("read the array: %w", plainJSON(err))
		}
	}
	return v, nil
}

// next returns the next value and its line, or its number in an array. A value that is broken comes with what is wrong.
func (v *values) next() (value jsontext.Value, line int, bad string, err error) {
	if v.lines != nil {
		text, err := v.lines.line()
		switch {
		case err != nil:
			return nil, 0, "", err
		case text.long:
			return nil, text.n, badLong, nil
		}
		value = bytes.TrimSpace(text.text)
		if len(value) > 0 && !value.IsValid() {
			return nil, text.n, "not JSON: one object a line", nil
		}
		return value, text.n, "", nil
	}
	v.bounded.left = maxValue
	if v.array && v.decoder.PeekKind() == ']' {
		return nil, 0, "", io.EOF
	}
	value, err = v.decoder.ReadValue()
	if errors.Is(err, io.EOF) && !v.array {
		return nil, 0, "", io.EOF
	}
	if v.n++; err != nil {
		return nil, v.n, "", fmt.Errorf("read value %d: %w", v.n, plainJSON(err))
	}
	return value, v.n, "", nil
}

// plainJSON strips what the library quotes.
func plainJSON(err error) error {
	if errors.Is(err, errValue) {
		return errValue
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON ends early")
	}
	return errors.New("not JSON")
}

// jsonTable reads JSON objects as rows. The name of a column is the way to its value, such as insured.name or
// lines[0].code.
type jsonTable struct {
	values *values
	names  []string
	index  map[string]int
	met    map[string]bool // columns that some row had
	ahead  []row
}

// openJSON opens a table of the wanted columns, or, without any, of those that the first rows have.
func openJSON(in *bufio.Reader, wanted []string) (*jsonTable, error) {
	v, err := openValues(in)
	if err != nil {
		return nil, err
	}
	t := &jsonTable{values: v, index: make(map[string]int), met: make(map[string]bool)}
	for _, name := range wanted {
		t.name(name)
	}
	for wanted == nil && len(t.ahead) < draftRows {
		r, err := t.read(true)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		t.ahead = append(t.ahead, r)
	}
	return t, nil
}

func (t *jsonTable) name(name string) int {
	at, ok := t.index[name]
	if !ok {
		at = len(t.names)
		t.index[name], t.names = at, append(t.names, name)
	}
	return at
}

func (t *jsonTable) columns() []string { return t.names }

func (t *jsonTable) next() (row, error) {
	if len(t.ahead) > 0 {
		r := t.ahead[0]
		t.ahead = t.ahead[1:]
		for len(r.cells) < len(t.names) && r.bad == "" {
			r.cells = append(r.cells, "")
		}
		return r, nil
	}
	return t.read(false)
}

// read reads a row; learn says whether columns that it alone has are columns.
func (t *jsonTable) read(learn bool) (row, error) {
	value, line, bad, err := t.values.next()
	if err != nil {
		return row{}, err
	}
	r := row{line: line, bad: bad}
	if bad != "" {
		return r, nil
	}
	if len(value) == 0 {
		r.skip = skipBlank
		return r, nil
	}
	r.cells = make([]string, len(t.names))
	f := &flattener{decoder: jsontext.NewDecoder(bytes.NewReader(value)), set: func(name, text string) {
		at, ok := t.index[name]
		if !ok && learn && len(t.names) < maxColumns {
			at, ok = t.name(name), true
		}
		if !ok {
			return
		}
		for len(r.cells) <= at {
			r.cells = append(r.cells, "")
		}
		r.cells[at], t.met[name] = text, true
	}}
	if value.Kind() != '{' {
		r.bad = "not a JSON object"
	} else if err := f.value("", 0); err != nil {
		r.bad = "not a JSON object of which each name stands once, at most 32 levels deep"
	} else if blank(r.cells) {
		r.skip = skipBlank
	}
	return r, nil
}

// absent returns the columns that no row had.
func (t *jsonTable) absent() (names []string) {
	for _, name := range t.names {
		if !t.met[name] {
			names = append(names, name)
		}
	}
	return names
}

// flattener walks a value and hands over its leaves as text.
type flattener struct {
	decoder *jsontext.Decoder
	set     func(name, text string)
}

var errDeep = errors.New("more than 32 levels")

func (f *flattener) value(name string, depth int) error {
	if depth > 32 {
		return errDeep
	}
	token, err := f.decoder.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case '{':
		for f.decoder.PeekKind() != '}' {
			member, err := f.decoder.ReadToken()
			if err != nil {
				return err
			}
			own := member.String()
			if name != "" {
				own = name + "." + own
			}
			if err := f.value(own, depth+1); err != nil {
				return err
			}
		}
		_, err = f.decoder.ReadToken()
	case '[':
		for i := 0; f.decoder.PeekKind() != ']'; i++ {
			if err := f.value(name+"["+strconv.Itoa(i)+"]", depth+1); err != nil {
				return err
			}
		}
		_, err = f.decoder.ReadToken()
	case 'n':
	default:
		f.set(name, token.String())
	}
	return err
}
