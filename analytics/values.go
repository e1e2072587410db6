package analytics

import (
	"encoding/binary"
	"math/bits"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// words is a column of strings as they travel: each after its length.
type words struct {
	bytes []byte
	count int
}

func (w *words) add(s string) {
	w.bytes = append(binary.AppendUvarint(w.bytes, uint64(len(s))), s...)
	w.count++
}

func (w *words) addBytes(b []byte) {
	w.bytes = append(binary.AppendUvarint(w.bytes, uint64(len(b))), b...)
	w.count++
}

func (w *words) Rows() int { return w.count }

func (w *words) Reset() { w.bytes, w.count = w.bytes[:0], 0 }

func (w *words) EncodeColumn(b *proto.Buffer) { b.PutRaw(w.bytes) }

// texts is a column of arrays of strings. Values are added one by one; endRow closes the arrays of a row.
type texts struct {
	ends proto.ColUInt64
	data words
}

func (t *texts) add(s string) { t.data.add(s) }

func endRow(all ...*texts) {
	for _, t := range all {
		t.ends = append(t.ends, uint64(t.data.count))
	}
}

func (t *texts) Rows() int { return len(t.ends) }

func (t *texts) Reset() {
	t.ends.Reset()
	t.data.Reset()
}

func (t *texts) EncodeColumn(b *proto.Buffer) {
	t.ends.EncodeColumn(b)
	t.data.EncodeColumn(b)
}

// Sizes of what a token is made of, in bytes.
const (
	domainSize = 3
	tokenSize  = 16
)

// fixed is a column of arrays of strings of one length.
type fixed struct {
	size int
	ends proto.ColUInt64
	data []byte
}

func (f *fixed) add(s string) { f.data = append(f.data, s...) }

func (f *fixed) endRow() { f.ends = append(f.ends, uint64(len(f.data)/f.size)) }

func (f *fixed) Rows() int { return len(f.ends) }

func (f *fixed) Reset() {
	f.ends.Reset()
	f.data = f.data[:0]
}

func (f *fixed) EncodeColumn(b *proto.Buffer) {
	f.ends.EncodeColumn(b)
	b.PutRaw(f.data)
}

// nullable is a column of 64-bit values that may be absent: milliseconds of DateTime64(3), or ten-thousandths of
// Decimal(18, 4), which both travel as an Int64.
type nullable struct {
	nulls  proto.ColUInt8
	values proto.ColInt64
}

func (n *nullable) Rows() int { return len(n.values) }

func (n *nullable) Reset() {
	n.nulls.Reset()
	n.values.Reset()
}

func (n *nullable) EncodeColumn(b *proto.Buffer) {
	n.nulls.EncodeColumn(b)
	n.values.EncodeColumn(b)
}

func (n *nullable) add(v int64, known bool) {
	if !known {
		n.nulls = append(n.nulls, 1)
		n.values = append(n.values, 0)
		return
	}
	n.nulls = append(n.nulls, 0)
	n.values = append(n.values, v)
}

// The range of DateTime64(3): ClickHouse would wrap what lies outside.
var (
	earliest = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	latest   = time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() - 1
)

func clampMilli(t time.Time) int64 { return min(max(t.UnixMilli(), earliest), latest) }

// addTime adds the zero time as NULL.
func (n *nullable) addTime(t time.Time) {
	ms := t.UnixMilli()
	n.add(ms, !t.IsZero() && earliest <= ms && ms <= latest)
}

// addWhen adds the first instant of what is known, as [claim.When.Time] has it; NULL if that is nothing, or outside the
// column's range.
func (n *nullable) addWhen(text []byte) {
	w, err := claim.ParseWhen(string(text))
	if err != nil {
		n.add(0, false)
		return
	}
	n.addTime(w.Time())
}

// money is an amount as it stands in an event.
type money struct{ amount, currency []byte }

// addMoney adds NULL for an amount that is absent or over 14 digits before the point. Beyond the fourth decimal it
// rounds half to even: no currency has more, and the event keeps the amount as it was reported.
func (n *nullable) addMoney(m money) {
	if len(m.amount) == 0 {
		n.add(0, false)
		return
	}
	var d udecimal.Decimal
	if err := d.UnmarshalText(m.amount); err != nil {
		n.add(0, false)
		return
	}
	n.add(tenThousandths(d))
}

var powers = [5]uint64{1, 10, 100, 1_000, 10_000}

func tenThousandths(d udecimal.Decimal) (v int64, fits bool) {
	if d.PrecUint() > 4 {
		d = d.RoundBank(4)
	}
	negative, high, low, precision, ok := d.ToHiLo()
	if !ok || high != 0 || precision > 4 {
		return 0, false
	}
	high, low = bits.Mul64(low, powers[4-precision])
	if high != 0 || low >= 1_000_000_000_000_000_000 {
		return 0, false
	}
	if negative {
		return -int64(low), true
	}
	return int64(low), true
}
