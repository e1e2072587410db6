package analytics

import (
	"context"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"tallystick/claim"
)

// Stored is one column of a row as it is stored.
type Stored struct {
	Name  string
	Type  string // ClickHouse's
	Value any    // as the driver reads it; pointers for what may be NULL
}

// Entry returns the row of the entry that decided a claim's highest revision, all columns in the table's order: what an
// investigator, or a thief, can see of it. Where the claim was scored anew, that stands in a row of its own: see
// [DB.History]. It returns [ErrNoClaim] when there is none.
func (db *DB) Entry(ctx context.Context, c claim.ClaimRef) ([]Stored, error) {
	// The choice is that of the view claims_current, made among this claim's rows alone: the view looks at all claims.
	const query = `SELECT * EXCEPT (token_values) FROM entries_deduped
WHERE insurer = {insurer:String} AND claim = {claim:String} AND kind = 'decided'
ORDER BY revision DESC, journal_partition DESC, journal_offset DESC LIMIT 1`
	found, err := collect(ctx, db, "a claim's row", scanStored, query,
		clickhouse.Named("insurer", c.Insurer), clickhouse.Named("claim", c.Claim))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("analytics: asking for a claim's row: %w", ErrNoClaim)
	}
	return found[0], nil
}

func scanStored(rows driver.Rows) ([]Stored, error) {
	types := rows.ColumnTypes()
	row := make([]Stored, len(types))
	into := make([]any, len(types))
	for i, t := range types {
		row[i] = Stored{Name: t.Name(), Type: t.DatabaseTypeName()}
		into[i] = reflect.New(t.ScanType()).Interface()
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i := range row {
		row[i].Value = reflect.ValueOf(into[i]).Elem().Interface()
	}
	return row, nil
}

// String returns the value for people: NULL, numbers and times as usual, lists in brackets, and what is no text in hex.
func (s Stored) String() string { return show(s.Value) }

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return readable(v)
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.000Z")
	case decimal.Decimal:
		return v.String()
	}
	r := reflect.ValueOf(v)
	switch {
	case r.Kind() == reflect.Pointer && r.IsNil():
		return "NULL"
	case r.Kind() == reflect.Pointer:
		return show(r.Elem().Interface())
	case r.Kind() == reflect.Slice:
		parts := make([]string, r.Len())
		for i := range parts {
			parts[i] = show(r.Index(i).Interface())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(v)
}

// readable shows key ids, salts and ciphertext in hex.
func readable(s string) string {
	if !utf8.ValidString(s) ||
		strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) {
		return "0x" + hex.EncodeToString([]byte(s))
	}
	return s
}
