package feed

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tallystick/claim"
)

// Options of a [Reader].
type Options struct {
	Insurer string // instead of what the mapping says; empty: the mapping's
	// Insurers are those of the install, whose claims its pipeline takes; empty: any.
	Insurers []string
	Limits   claim.Limits     // of events; zero fields mean the defaults
	Now      func() time.Time // nil: time.Now
	// Join opens the joined file of the given path. Nil: no files, which fails for a mapping that has some.
	Join func(path string) (io.ReadCloser, error)
}

// Reader reads the rows of a feed as claim events.
type Reader struct {
	mapping  *Mapping
	options  Options
	table    *opened
	grouper  *grouper // nil: each row is a claim
	computed []computed
	events   *values // of a file of events; then there is no mapping
	fields   []source
	joined   map[string]*joined
	row      []string // being read
	unknown  unknownWords
	size     int64
	read     *counter
	closer   io.Closer
}

// source is a field whose columns were found in the feed.
type source struct {
	compiled
	columns string // for reports
}

// Rejection is a row that did not become an event. It holds no value.
type Rejection struct {
	Line   int    // of the feed, the first line being 1
	Column string // where the value came from, joined by + if from several; empty: the row
	Path   string // of the event
	Code   claim.Code
	Reason string // in fixed words: what is allowed
}

// Row is one row of the feed: exactly one of Event, Rejected and Skipped is set.
type Row struct {
	Line     int
	Lines    []int // of all its rows, where several are one claim
	Event    *claim.Event
	Rejected *Rejection
	Skipped  string // why it was passed over, in fixed words, such as blank
	raw      []byte // the event as its producer wrote it, where it was one
}

type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// Open opens a feed and, beside it, the files that its mapping joins. Close the reader afterwards.
func Open(m *Mapping, path string, options Options) (*Reader, error) {
	if options.Join == nil {
		options.Join = BesideFeed(filepath.Dir(path))
	}
	return openFile(path, func(file io.Reader) (*Reader, error) { return NewReader(m, file, options) })
}

// BesideFeed opens joined files in a folder, with or without .gz.
func BesideFeed(dir string) func(path string) (io.ReadCloser, error) {
	return func(path string) (io.ReadCloser, error) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		file, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			other, packed := strings.CutSuffix(path, ".gz")
			if !packed {
				other = path + ".gz"
			}
			if file, second := os.Open(other); second == nil {
				return file, nil
			}
		}
		return file, err
	}
}

// NewReader reads a feed from r. It reads the joined files and the first line of the feed at once.
func NewReader(m *Mapping, r io.Reader, options Options) (*Reader, error) {
	fields, problems := m.compile()
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	read := &counter{Reader: r}
	t, err := openTable(read, form{m.Charset, m.Delimiter, m.Sheet, m.feedColumns(fields)})
	if err != nil {
		return nil, err
	}
	reader := &Reader{mapping: m, options: options, table: t, joined: make(map[string]*joined), read: read,
		unknown: make(unknownWords)}
	if reader.computed, problems = compileColumns(m.Columns, slices.Clone(t.columns())); len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if len(m.Rows.By) > 0 {
		if reader.grouper, err = newGrouper(t, &m.Rows); err != nil {
			return nil, err
		}
	}
	for i := range m.Files {
		if err := reader.join(&m.Files[i], wantedOf(fields, m.Files[i].Name)); err != nil {
			return nil, err
		}
	}
	for _, c := range fields {
		s, err := reader.source(c)
		if err != nil {
			return nil, err
		}
		reader.fields = append(reader.fields, s)
	}
	return reader, nil
}

// cells returns the parts of a field that are cells.
func (c *compiled) cells() (parts []*part) {
	for i := range c.parts {
		if c.parts[i].column != "" {
			parts = append(parts, &c.parts[i])
		}
	}
	for _, extra := range []*part{c.ifPart, c.money} {
		if extra != nil && extra.column != "" {
			parts = append(parts, extra)
		}
	}
	return parts
}

// feedColumns are the columns that a mapping asks of its feed.
func (m *Mapping) feedColumns(fields []compiled) []string {
	columns := slices.Clone(m.Rows.By)
	for i := range m.Files {
		columns = append(columns, m.Files[i].On)
	}
	all, _ := compileColumns(m.Columns, nil)
	for _, c := range all {
		columns = append(columns, c.needs...)
	}
	columns = append(columns, wantedOf(fields, "")...)
	return slices.DeleteFunc(columns, func(name string) bool {
		return slices.ContainsFunc(m.Columns, func(c Computed) bool { return c.Name == name })
	})
}

// wantedOf returns the columns that fields take from a file; that of the feed has no name.
func wantedOf(fields []compiled, file string) []string {
	columns := []string{} // none is not all
	for i := range fields {
		for _, p := range fields[i].cells() {
			if p.file == file {
				columns = append(columns, p.column)
			}
		}
	}
	return columns
}

func (r *Reader) join(f *File, wanted []string) error {
	if r.options.Join == nil {
		return fmt.Errorf("the mapping joins %s, but no files are at hand", f.Path)
	}
	file, err := r.options.Join(f.Path)
	if err != nil {
		return fmt.Errorf("open the joined file %s: %w", f.Name, err)
	}
	j, err := readJoined(f, r.table.columns(), file, r.mapping, wanted)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("joined file %s (%s): %w", f.Name, f.Path, err)
	}
	r.joined[f.Name] = j
	return nil
}

// source finds the columns of a field.
func (r *Reader) source(c compiled) (source, error) {
	s := source{compiled: c}
	for _, p := range c.cells() {
		columns, where := slices.Clone(r.table.columns()), "the feed"
		for _, c := range r.computed {
			columns = append(columns, c.Name)
		}
		if p.file != "" {
			columns, where = r.joined[p.file].columns, "the joined file "+p.file
		}
		var wrong string
		if p.at, wrong = find(columns, p.column); wrong != "" {
			return s, &Problem{c.line, c.Path, where + " " + wrong}
		}
	}
	var names []string
	for _, p := range c.parts {
		if p.column != "" {
			names = append(names, strings.TrimPrefix(p.file+"."+p.column, "."))
		}
	}
	s.columns = strings.Join(names, "+")
	return s, nil
}

// Progress returns the bytes read of the feed's file and its size, 0 if that is not known.
func (r *Reader) Progress() (read, size int64) { return r.read.n, r.size }

// Unknown returns how often words came, by path, that rules do not know: they are kept as they are, and no rule can
// fire on them.
func (r *Reader) Unknown() map[string]map[string]int { return r.unknown }

// Close closes what [Open] has opened.
func (r *Reader) Close() (err error) {
	if r.table != nil {
		err = r.table.close()
	}
	if r.closer != nil {
		err = errors.Join(err, r.closer.Close())
	}
	return err
}

// Absent returns the columns of the mapping that no row of a JSON feed had so far.
func (r *Reader) Absent() []string {
	if r.table == nil {
		return nil
	}
	return r.table.absent()
}

// Read returns the next row, or io.EOF after the last. Another error means that the file cannot be read on.
func (r *Reader) Read() (Row, error) {
	if r.events != nil {
		return r.readEvent()
	}
	if r.grouper != nil {
		return r.readGroup()
	}
	row, err := r.table.next()
	if err != nil {
		return Row{}, err
	}
	if row.bad != "" {
		return rejected(row.line, "", "", claim.Invalid, row.bad), nil
	}
	if row.skip != "" {
		return Row{Line: row.line, Skipped: row.skip}, nil
	}
	if no := r.compute(row); no != nil {
		return Row{Line: row.line, Rejected: no}, nil
	}
	e, no := r.event(row.line)
	if no != nil {
		return Row{Line: row.line, Rejected: no}, nil
	}
	return Row{Line: row.line, Event: e}, nil
}

func rejected(line int, column, path string, code claim.Code, reason string) Row {
	return Row{Line: line, Rejected: &Rejection{line, column, path, code, reason}}
}

func (r *Reader) event(line int) (*claim.Event, *Rejection) {
	e := &claim.Event{Revision: 1}
	for i := range r.fields {
		f := &r.fields[i]
		text, currency, reason := r.text(f)
		if no := f.fill(e, line, text, currency, reason); no != nil {
			return nil, no
		}
	}
	return r.finish(e, line)
}

// fill stores what a field takes from a row.
func (f *source) fill(e *claim.Event, line int, text, currency, reason string) *Rejection {
	if reason == "" && text == "" {
		return nil
	}
	var v reflect.Value
	if reason == "" {
		v, reason = f.convert(text, currency)
	}
	if reason != "" {
		return &Rejection{line, f.columns, f.Path, claim.Invalid, reason}
	}
	f.place.set(e, v)
	return nil
}

// finish drops what nothing was stored in, and checks the event.
func (r *Reader) finish(e *claim.Event, line int) (*claim.Event, *Rejection) {
	compactParties(e)
	compact(reflect.ValueOf(e).Elem())
	if r.options.Insurer != "" {
		e.Insurer = r.options.Insurer
	}
	if p := r.check(e); p != nil {
		return nil, &Rejection{line, r.columnsOf(p.Path), p.Path, p.Code, p.Hint}
	}
	return e, nil
}

// text returns what a field takes from the row; empty means absent.
func (r *Reader) text(f *source) (text, currency, reason string) {
	if f.ifPart != nil && r.cell(f.ifPart, f) == "" {
		return "", "", ""
	}
	for i := range f.parts {
		s := f.parts[i].constant
		if f.parts[i].column != "" {
			if s = r.cell(&f.parts[i], f); s == "" {
				return "", "", ""
			}
			if f.identifies {
				if reason = numbered(s); reason != "" {
					return "", "", reason
				}
			}
		}
		text += s
	}
	if !utf8.ValidString(text) {
		return "", "", "not UTF-8; the mapping can name another charset"
	}
	if f.values != nil {
		to, ok := f.values.find(text)
		switch {
		case ok && to == nil:
			return "", "", ""
		case ok:
			text = *to
		case f.Other == "absent":
			return "", "", ""
		case f.Other != "keep":
			return "", "", "not among the values of the mapping"
		}
	}
	if f.synonyms != nil {
		if to, ok := f.synonyms.find(text); ok && to == nil {
			return "", "", ""
		} else if ok {
			text = *to
		}
	}
	if f.vocabulary != nil && text != "" {
		known := false
		if text, known = word(f.vocabulary, text); !known {
			r.unknown.add(f.Path, text)
		}
	}
	if f.money != nil {
		if currency = f.money.constant; f.money.column != "" {
			currency = r.cell(f.money, f)
		}
	}
	return text, currency, ""
}

// absent are cells that mean nothing in every feed. Words such as none and NA are values of some.
var absent = []string{"?", "-", "--", "—", "–", "NULL", "null", "(null)", "<null>", "N/A", "n/a", "#N/A", `\N`, "NaN",
	"nan"}

// cell returns a cell without the space around it, or nothing where it stands for absent or the join finds no row.
func (r *Reader) cell(p *part, f *source) string {
	row := r.row
	if p.file != "" {
		j := r.joined[p.file]
		if row = j.rows[strings.TrimSpace(r.row[j.on])]; row == nil {
			return ""
		}
	}
	s := strings.TrimSpace(row[p.at])
	if slices.Contains(r.mapping.Empty, s) || slices.Contains(f.Empty, s) {
		return ""
	}
	_, mapped := f.Values[s]
	if _, also := f.Synonyms[s]; !mapped && !also && slices.Contains(absent, s) {
		return ""
	}
	return s
}

// columnsOf finds the columns that a path pattern of the event was filled from.
func (r *Reader) columnsOf(pattern string) string {
	for i := range r.fields {
		own := labels.ReplaceAllString(r.fields[i].Path, "[]")
		if own == pattern || strings.HasPrefix(pattern, own+".") {
			return r.fields[i].columns
		}
	}
	return ""
}
