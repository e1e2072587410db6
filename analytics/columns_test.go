package analytics

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
	"github.com/google/go-cmp/cmp"
	"github.com/quagmt/udecimal"
	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/claim/entry/entrytest"
	"tallystick/claim/fields"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

func storedText(row []Stored) string {
	var b strings.Builder
	for _, s := range row {
		fmt.Fprintf(&b, "%-20s %-27s %s\n", s.Name, s.Type, s)
	}
	return b.String()
}

// emptyBlock has columns of the table's types, as the driver's batch.
func emptyBlock(t testing.TB, cols []column) *proto.Block {
	b := proto.NewBlock()
	for _, c := range cols {
		if err := b.AddColumn(c.name, chcolumn.Type(c.sqlType)); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func rowsOf(t *testing.T, entries ...*claim.Entry) [][]Stored {
	t.Helper()
	c := newColumns()
	c.add(9, appended, 9, decided("acme", "left over", 1, 0.9, 9))
	c.reset()
	for i, e := range entries {
		if err := check(e); err != nil {
			t.Fatal(err)
		}
		c.add(3, appended, int64(12+i), e)
	}
	b := emptyBlock(t, c.all)
	if err := fill(b.Columns, c.all, new(chproto.Buffer)); err != nil {
		t.Fatal(err)
	}
	all := make([][]Stored, len(entries))
	for i := range entries {
		for _, col := range b.Columns {
			all[i] = append(all[i], Stored{col.Name(), string(col.Type()), col.Row(i, false)})
		}
	}
	return all
}

func TestRowToColumns(t *testing.T) {
	rows := rowsOf(t, fullEntry(), deadEntry())
	golden(t, "testdata/full.golden", storedText(rows[0]))
	golden(t, "testdata/dead.golden", storedText(rows[1]))
}

// What ClickHouse has no column for: sealed values and salts live in the journal and its backups alone.
var journalAlone = []string{
	"Entry.Sections", "Entry.Seed", "Entry.Context.Cause", "Entry.Context.Origin", "Entry.Context.Seen",
	"Entry.Context.Settings",
	"Entry.Context.Features", "Entry.Context.Placement",
}

// Every field of an entry reaches a column: a new one must not be forgotten.
func TestEveryFieldHasAColumn(t *testing.T) {
	var empty func(path string, v reflect.Value)
	empty = func(path string, v reflect.Value) {
		if slices.Contains(journalAlone, path) {
			return
		}
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() {
				t.Errorf("%s: fullEntry leaves it out", path)
				return
			}
			empty(path, v.Elem())
			return
		case reflect.Struct:
			if v.Type() != reflect.TypeFor[time.Time]() {
				for i := range v.NumField() {
					empty(path+"."+v.Type().Field(i).Name, v.Field(i))
				}
				return
			}
		case reflect.Slice:
			if v.Len() > 0 && v.Type().Elem().Kind() == reflect.Struct && path != "Entry.Values" {
				for i := range v.Len() {
					empty(path, v.Index(i))
				}
				return
			}
		}
		before := storedText(rowsOf(t, full)[0])
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		if v.IsZero() {
			return // of a slice's later element
		}
		v.SetZero()
		switch path {
		case "Entry.Kind":
			v.SetString(string(claim.Rescored))
		case "Entry.Tokens.Value":
			v.SetString(entrytest.Token("phn", "another"))
		}
		if storedText(rowsOf(t, full)[0]) == before {
			t.Errorf("%s: emptying it changes no column", path)
		}
		v.Set(old)
	}
	full = fullEntry()
	full.Dead = deadEntry().Dead
	empty("Entry", reflect.ValueOf(full))
}

var full *claim.Entry

func TestCheckRefusesUnknownWords(t *testing.T) {
	for name, spoil := range map[string]func(*claim.Entry){
		"kind":    func(e *claim.Entry) { e.Kind = "reopened" },
		"outcome": func(e *claim.Entry) { e.Decision.Outcome = "deny" },
	} {
		e := fullEntry()
		spoil(e)
		err := check(e)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenFieldsStandInTheRegistry(t *testing.T) {
	for i, path := range openPaths {
		f := fields.ByPath(path)
		if f == nil || openSlot(f.Number) != uint8(i+1) {
			t.Errorf("%s has no field", path)
		}
	}
}

func TestTimesOutsideTheColumn(t *testing.T) {
	for text, known := range map[string]bool{
		"1899-12-31": false, "1900-01-01": true, "1900": true, "2299-12-31T23:59:59.999Z": true, "2300-01-01": false,
		"0001": false, "": false, "soon": false,
	} {
		var n nullable
		n.addWhen([]byte(text))
		if (n.nulls[0] == 0) != known {
			t.Errorf("%q: known is %v", text, !known)
		}
	}
}

func TestMoneyAsTenThousandths(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 10_000, "-1.5": -15_000, "0.00005": 0, "0.00015": 2, "0.00025": 2, "1234.5600": 12_345_600,
		"99999999999999.9999": 999_999_999_999_999_999,
	} {
		if got, ok := tenThousandths(udecimal.MustParse(text)); !ok || got != want {
			t.Errorf("%s: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"100000000000000", "-100000000000000", "99999999999999.99995",
		"123456789012345678901234567890123456789012345"} {
		if got, ok := tenThousandths(udecimal.MustParse(text)); ok {
			t.Errorf("%s: %d should not fit", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Range(-999_999_999_999_999_999, 999_999_999_999_999_999).Draw(t, "v")
		d, err := udecimal.NewFromInt64(v, 4)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := tenThousandths(udecimal.MustParse(d.String())); !ok || got != v {
			t.Errorf("%v: %d, %v", d, got, ok)
		}
	})
}
