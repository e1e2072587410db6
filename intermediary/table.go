package intermediary

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/quagmt/udecimal"

	"tallystick/claim"
)

// columns are the fields that a table may have, by the names of their columns.
var columns = map[string]func(*Event, string) error{
	"insurer":      func(e *Event, s string) error { e.Insurer = s; return nil },
	"id":           func(e *Event, s string) error { e.ID = s; return nil },
	"kind":         func(e *Event, s string) error { e.Kind = Kind(s); return nil },
	"intermediary": func(e *Event, s string) error { e.Intermediary = s; return nil },
	"platform":     func(e *Event, s string) error { e.Platform = s; return nil },
	"policy":       func(e *Event, s string) error { e.Policy = s; return nil },
	"customer":     func(e *Event, s string) error { e.Customer = s; return nil },
	"payer":        func(e *Event, s string) error { e.Payer = s; return nil },
	"replaces":     func(e *Event, s string) error { e.Replaces = s; return nil },
	"at":           func(e *Event, s string) (err error) { e.At, err = claim.ParseWhen(s); return err },
	"recorded":     func(e *Event, s string) (err error) { e.Recorded, err = claim.ParseWhen(s); return err },
	"amount": func(e *Event, s string) error {
		amount, err := udecimal.Parse(s)
		if err != nil {
			return errors.New("not a decimal number such as 1234.50")
		}
		e.Amount.Amount = amount
		return nil
	},
	"currency": func(e *Event, s string) error { e.Amount.Currency = s; return nil },
}

// Names are the columns that a table may have.
func Names() []string {
	names := make([]string, 0, len(columns))
	for name := range columns {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// RowError says what is wrong with one row. It quotes no value.
type RowError struct {
	Line int
	Err  error
}

func (e *RowError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *RowError) Unwrap() error { return e.Err }

// ReadCSV reads a table with a header. From names the field of a column that is called otherwise; fixed are fields
// with one value in all rows. A row that is no event goes to bad, and the others are read.
func ReadCSV(in io.Reader, from, fixed map[string]string, take func(Event) error, bad func(*RowError)) error {
	for field := range fixed {
		if columns[field] == nil {
			return fmt.Errorf("no field is called %q; there are %s", field, strings.Join(Names(), ", "))
		}
	}
	r := csv.NewReader(in)
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("reading the header: %w", err)
	}
	set := make([]string, len(header))
	for i, name := range header {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		if field, ok := from[name]; ok {
			name = field
		}
		if columns[name] != nil {
			if slices.Contains(set, name) {
				return fmt.Errorf("two columns are %s", name)
			}
			set[i] = name
		}
	}
	for _, field := range from {
		if !slices.Contains(set, field) {
			return fmt.Errorf("no column is there for %q, or there is no such field; fields are %s", field,
				strings.Join(Names(), ", "))
		}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		line, _ := r.FieldPos(0)
		var parse *csv.ParseError
		if errors.As(err, &parse) && errors.Is(err, csv.ErrFieldCount) {
			bad(&RowError{parse.Line, csv.ErrFieldCount})
			continue
		}
		if err != nil {
			return fmt.Errorf("reading the table: %w", err)
		}
		e, err := event(set, row, fixed)
		if err != nil {
			bad(&RowError{line, err})
			continue
		}
		if err := take(e); err != nil {
			return err
		}
	}
}

func event(set, row []string, fixed map[string]string) (Event, error) {
	var e Event
	put := func(field, value string) error {
		if value = strings.TrimSpace(value); value == "" {
			return nil
		}
		if err := columns[field](&e, value); err != nil {
			return fmt.Errorf("%s: %w", field, err)
		}
		return nil
	}
	for field, value := range fixed {
		if err := put(field, value); err != nil {
			return e, err
		}
	}
	for i, field := range set {
		if field == "" {
			continue
		}
		if err := put(field, row[i]); err != nil {
			return e, err
		}
	}
	if !e.Kind.money() && e.Amount.Amount.IsZero() {
		e.Amount = claim.Money{} // a column of currencies says nothing of a row without money
	}
	return e, e.Check()
}
