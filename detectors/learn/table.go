package learn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"

	"tallystick/detectors/feature"
)

// Column is a feature over all rows.
type Column struct {
	Name   string
	Kind   feature.Kind
	Rising bool // more of it can only mean more suspicion

	numbers []float64 // NaN is missing
	codes   []int32   // -1 is missing
	levels  []string
	index   map[string]int32
}

// Table holds the values of features by column. Rows stand in the order of time.
type Table struct {
	Columns []*Column
	Rows    int
}

// NewTable returns an empty table of columns.
func NewTable(columns []*Column) *Table {
	for _, c := range columns {
		if c.Kind == feature.Category {
			c.index = map[string]int32{}
		}
	}
	return &Table{Columns: columns}
}

// Add adds a row, whose values stand in the order of the columns.
func (t *Table) Add(values []feature.Value) {
	for i, c := range t.Columns {
		c.add(&values[i])
	}
	t.Rows++
}

func (c *Column) add(v *feature.Value) {
	if c.Kind == feature.Number {
		n := math.NaN()
		if v.Known && !math.IsInf(v.Number, 0) {
			n = v.Number
		}
		c.numbers = append(c.numbers, n)
		return
	}
	if !v.Known {
		c.codes = append(c.codes, -1)
		return
	}
	code, ok := c.index[v.Text]
	if !ok {
		code = int32(len(c.levels))
		c.index[v.Text] = code
		c.levels = append(c.levels, v.Text)
	}
	c.codes = append(c.codes, code)
}

// Missing reports whether the column has no value in a row.
func (c *Column) missing(row int) bool {
	if c.Kind == feature.Number {
		return math.IsNaN(c.numbers[row])
	}
	return c.codes[row] < 0
}

// Value returns the value of a row.
func (c *Column) value(row int) feature.Value {
	if c.missing(row) {
		return feature.Value{}
	}
	if c.Kind == feature.Number {
		return feature.Value{Number: c.numbers[row], Known: true}
	}
	return feature.Value{Text: c.levels[c.codes[row]], Known: true}
}

// Values sets dst to the values of a row in the order of names; it is false where a name is not a column.
func (t *Table) Values(names []string, row int, dst []feature.Value) bool {
	at := 0
	for i, name := range names {
		for k := range t.Columns { // names mostly stand in the order of the columns
			if c := t.Columns[(at+k)%len(t.Columns)]; c.Name == name {
				at = (at + k + 1) % len(t.Columns)
				dst[i] = c.value(row)
				goto next
			}
		}
		return false
	next:
	}
	return true
}

// digest is over names, values and outcomes of the rows.
func (t *Table) digest(rows []int, fraud []bool) string {
	h := sha256.New()
	var b [8]byte
	put := func(n uint64) {
		binary.BigEndian.PutUint64(b[:], n)
		_, _ = h.Write(b[:]) // never fails
	}
	for _, c := range t.Columns {
		put(uint64(len(c.Name)))
		_, _ = h.Write([]byte(c.Name))
		for _, row := range rows {
			if v := c.value(row); c.Kind == feature.Number {
				put(math.Float64bits(c.numbers[row]))
			} else {
				put(uint64(len(v.Text)))
				_, _ = h.Write([]byte(v.Text))
			}
		}
	}
	for i := range rows {
		if fraud[i] {
			put(1)
		} else {
			put(0)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
