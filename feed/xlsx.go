package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxWhole bounds files that must be in memory whole, workbooks and Parquet; maxSheet what a workbook may unpack to.
const (
	maxWhole = 512 << 20
	maxSheet = 1 << 30
)

// readWhole reads what must be in memory whole.
func readWhole(in io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxWhole+1))
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if len(data) > maxWhole {
		return nil, fmt.Errorf("the file is longer than %d MiB: cut it into several", maxWhole>>20)
	}
	return data, nil
}

// sheetTable reads a sheet of a workbook (.xlsx). Cells come as they are kept and not as they are shown, but for days
// and times, which come as 2006-01-02 and 2006-01-02 15:04:05.
type sheetTable struct {
	book  *excelize.File
	rows  *excelize.Rows
	names []string
	n     int
}

func openSheet(in io.Reader, sheet string) (t *sheetTable, err error) {
	defer recovered("the workbook", &err)
	data, err := readWhole(in)
	if err != nil {
		return nil, err
	}
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxSheet})
	if err != nil {
		return nil, fmt.Errorf("open the workbook: %w", err)
	}
	sheets := book.GetSheetList()
	if sheet == "" && len(sheets) > 0 {
		sheet = sheets[0]
	}
	if !slices.Contains(sheets, sheet) {
		return nil, errors.Join(fmt.Errorf("the workbook has no sheet %q among its %d", sheet, len(sheets)),
			book.Close())
	}
	if err := unstyled(book); err != nil {
		return nil, errors.Join(err, book.Close())
	}
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the sheet: %w", err), book.Close())
	}
	t = &sheetTable{book: book, rows: rows}
	for t.names == nil {
		r, err := t.next()
		if errors.Is(err, io.EOF) {
			return nil, errHeader
		}
		if err != nil {
			return nil, err
		}
		if r.skip == "" {
			for _, name := range r.cells {
				t.names = append(t.names, strings.TrimSpace(name))
			}
		}
	}
	return t, nil
}

// What a number format must have to be one of days or of times of day, once texts in quotes and brackets are out.
var (
	quotedFormat = regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|\\.`)
	dayFormat    = regexp.MustCompile(`(?i)[yd]|m{3}`)
	clockFormat  = regexp.MustCompile(`(?i)h|s`)
)

// The built-in formats of days and of days with a time (ECMA-376, 18.8.30).
var (
	dayFormats   = []int{14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58}
	clockFormats = []int{22}
)

// unstyled sets the formats of days and times to ISO 8601 and takes all others away, so that 1234.5 shown as 1,235 € is
// 1234.5.
func unstyled(book *excelize.File) error {
	const day, clock, none = 9001, 9002, 9003 // ids that no workbook has; 9003 stands for no format
	if _, err := book.GetStyle(0); err != nil {
		return fmt.Errorf("read the workbook's styles: %w", err)
	}
	if book.Styles == nil || book.Styles.CellXfs == nil {
		return nil
	}
	kinds := make([]int, len(book.Styles.CellXfs.Xf))
	for i := range kinds {
		style, err := book.GetStyle(i)
		if err != nil {
			return fmt.Errorf("read the workbook's styles: %w", err)
		}
		kinds[i] = none
		switch {
		case style.CustomNumFmt != nil:
			format := quotedFormat.ReplaceAllString(*style.CustomNumFmt, "")
			if dayFormat.MatchString(format) {
				if kinds[i] = day; clockFormat.MatchString(format) {
					kinds[i] = clock
				}
			}
		case slices.Contains(dayFormats, style.NumFmt):
			kinds[i] = day
		case slices.Contains(clockFormats, style.NumFmt):
			kinds[i] = clock
		}
	}
	// A style of our own brings the two formats into the book.
	for _, format := range []string{"yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"} {
		if _, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return fmt.Errorf("set the workbook's styles: %w", err)
		}
	}
	ids := make(map[string]int)
	for _, f := range book.Styles.NumFmts.NumFmt {
		ids[f.FormatCode] = f.NumFmtID
	}
	for i, kind := range kinds {
		id := none
		switch kind {
		case day:
			id = ids["yyyy-mm-dd"]
		case clock:
			id = ids["yyyy-mm-dd hh:mm:ss"]
		}
		book.Styles.CellXfs.Xf[i].NumFmtID = &id
	}
	return nil
}

func (t *sheetTable) columns() []string { return t.names }

func (t *sheetTable) next() (r row, err error) {
	defer recovered("the sheet", &err)
	if !t.rows.Next() {
		if err := t.rows.Error(); err != nil {
			return row{}, fmt.Errorf("read the sheet after row %d: %w", t.n, err)
		}
		return row{}, errors.Join(io.EOF)
	}
	t.n++
	cells, err := t.rows.Columns()
	if err != nil {
		return row{}, fmt.Errorf("read row %d of the sheet: %w", t.n, err)
	}
	r = row{line: t.n, cells: cells}
	switch {
	case blank(cells):
		r.skip = skipBlank
	case t.names == nil:
	case len(cells) > len(t.names) && !blank(cells[len(t.names):]):
		r.bad = fmt.Sprintf("%d cells where the first line has %d", len(cells), len(t.names))
	default:
		for len(r.cells) < len(t.names) { // cells at the end that are empty are not kept
			r.cells = append(r.cells, "")
		}
		if r.cells = r.cells[:len(t.names)]; slices.Equal(r.cells, t.names) {
			r.skip = skipHeader
		}
	}
	return r, nil
}

// close lets go of the files that the library lays beside a large workbook.
func (t *sheetTable) close() error { return errors.Join(t.rows.Close(), t.book.Close()) }

// recovered turns a panic of a library that reads foreign bytes into an error.
func recovered(what string, err *error) {
	if broken := recover(); broken != nil {
		*err = fmt.Errorf("%s is broken", what)
	}
}
