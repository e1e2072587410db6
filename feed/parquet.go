package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// parquetTable reads a Parquet file. The name of a column is the way to its leaf, such as insured.name; of a repeated
// leaf the values are joined by a semicolon.
type parquetTable struct {
	names  []string
	texts  []func(parquet.Value) string
	groups []parquet.RowGroup
	rows   parquet.Rows
	buffer []parquet.Row
	ahead  []parquet.Row
	n      int
}

func openParquet(in io.Reader) (t *parquetTable, err error) {
	defer recovered("the Parquet file", &err)
	data, err := readWhole(in)
	if err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, errors.New("the Parquet file cannot be opened: it is broken or cut off")
	}
	t = &parquetTable{groups: file.RowGroups(), buffer: make([]parquet.Row, 64)}
	for _, path := range file.Schema().Columns() {
		leaf, ok := file.Schema().Lookup(path...)
		if !ok || len(t.names) >= maxColumns {
			return nil, errors.New("the Parquet file has a schema that cannot be read")
		}
		path = slices.DeleteFunc(slices.Clone(path), func(s string) bool {
			return s == "list" || s == "element" ||
				s == "array"
		})
		t.names, t.texts = append(t.names, strings.Join(path, ".")), append(t.texts, textOf(leaf.Node.Type()))
	}
	return t, nil
}

func (t *parquetTable) columns() []string { return t.names }

func (t *parquetTable) next() (r row, err error) {
	defer recovered("the Parquet file", &err)
	for len(t.ahead) == 0 {
		if t.rows == nil {
			if len(t.groups) == 0 {
				return row{}, io.EOF
			}
			t.rows, t.groups = t.groups[0].Rows(), t.groups[1:]
		}
		n, err := t.rows.ReadRows(t.buffer)
		t.ahead = t.buffer[:n]
		if errors.Is(err, io.EOF) {
			err = t.rows.Close()
			t.rows = nil
		}
		if err != nil {
			return row{}, fmt.Errorf("read the Parquet file after row %d: it is broken", t.n)
		}
	}
	t.n++
	r = row{line: t.n, cells: make([]string, len(t.names))}
	for _, v := range t.ahead[0] {
		if v.IsNull() || v.Column() < 0 || v.Column() >= len(t.names) {
			continue
		}
		text := t.texts[v.Column()](v)
		if len(text) > maxRow {
			r.bad = badLong
		}
		if cell := &r.cells[v.Column()]; *cell == "" {
			*cell = text
		} else if len(*cell) < maxRow {
			*cell += "; " + text
		}
	}
	t.ahead = t.ahead[1:]
	if r.bad == "" && blank(r.cells) {
		r.skip = skipBlank
	}
	return r, nil
}

// textOf returns what writes values of a type as a feed of text would.
func textOf(typ parquet.Type) func(parquet.Value) string {
	if logical := typ.LogicalType(); logical != nil {
		switch kind := logical.Value.(type) {
		case *format.DateType:
			return func(v parquet.Value) string {
				return time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly)
			}
		case *format.TimestampType:
			return timestampText(kind)
		case *format.DecimalType:
			return func(v parquet.Value) string { return decimalText(v, int(kind.Scale)) }
		}
	}
	return func(v parquet.Value) string {
		switch v.Kind() {
		case parquet.Boolean:
			return strconv.FormatBool(v.Boolean())
		case parquet.Int32:
			return strconv.FormatInt(int64(v.Int32()), 10)
		case parquet.Int64:
			return strconv.FormatInt(v.Int64(), 10)
		case parquet.Int96: // how Spark wrote times: nanoseconds of a day, and the day by Julius' count
			i := v.Int96()
			nanos := int64(i[0]) | int64(i[1])<<32
			return time.Unix((int64(i[2])-2440588)*86400, nanos).UTC().Format("2006-01-02T15:04:05.999999999")
		case parquet.Float:
			return floatText(float64(v.Float()), 32)
		case parquet.Double:
			return floatText(v.Double(), 64)
		default:
			return string(v.ByteArray())
		}
	}
}

// timestampText writes times with their zone where the file says that they have one.
func timestampText(kind *format.TimestampType) func(parquet.Value) string {
	layout := "2006-01-02T15:04:05.999999999"
	if kind.IsAdjustedToUTC {
		layout += "Z"
	}
	unit := time.Nanosecond
	if kind.Unit.Value != nil {
		unit = kind.Unit.Value.Duration()
	}
	per := int64(time.Second / unit)
	return func(v parquet.Value) string {
		return time.Unix(v.Int64()/per, v.Int64()%per*int64(unit)).UTC().Format(layout)
	}
}

// floatText keeps the sign of a float, .0: an identifier that is one has lost what it was.
func floatText(f float64, bits int) string {
	if math.IsNaN(f) {
		return ""
	}
	s := strconv.FormatFloat(f, 'f', -1, bits)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func decimalText(v parquet.Value, scale int) string {
	n := new(big.Int)
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default: // two's complement, great end first
		b := v.ByteArray()
		n.SetBytes(b)
		if len(b) > 0 && b[0]&0x80 != 0 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
	}
	digits := n.Abs(n).String()
	if scale <= 0 || scale > 40 {
		return sign + digits
	}
	for len(digits) <= scale {
		digits = "0" + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}
