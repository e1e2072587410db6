package install

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"tallystick/detectors"
	"tallystick/privacy"
	"tallystick/privacy/token"
)

// LoadBusinesses reads an install's list of businesses; without a file there is none.
func LoadBusinesses(path string) (detectors.Businesses, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the list of businesses: %w", err)
	}
	defer f.Close()
	list, err := detectors.ReadBusinesses(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// BusinessColumns are what a table of businesses may have; each row has one of a phone, an e-mail, an account or an
// address at least.
var BusinessColumns = []string{"phone", "email", "iban", "routing", "account", "line1", "line2", "city", "postcode",
	"country"}

// TokensOfBusinesses reads a CSV table of an insurer's businesses, with names of [BusinessColumns] in its first row,
// and returns their tokens, sorted, and how many rows gave one. Other columns are passed over. Errors name lines and
// columns, never a value.
func TokensOfBusinesses(table io.Reader, keys *privacy.InsurerKeys, placeholders *token.Placeholders) (tokens []string,
	rows int, err error) {
	in := csv.NewReader(table)
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil {
		return nil, 0, fmt.Errorf("reading the first row: %w", withoutText(err))
	}
	column := map[string]int{}
	for i, name := range head {
		if name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name,
			"\ufeff"))); slices.Contains(BusinessColumns, name) {
			column[name] = i
		}
	}
	if len(column) == 0 {
		return nil, 0, fmt.Errorf("the first row names none of the columns %s", strings.Join(BusinessColumns, ", "))
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			slices.Sort(tokens)
			return slices.Compact(tokens), rows, nil
		}
		if err != nil {
			return nil, 0, withoutText(err)
		}
		of := func(name string) string {
			if i, ok := column[name]; ok && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		before := len(tokens)
		for _, made := range []struct {
			domain string
			parts  []string
		}{
			{"phn", []string{of("phone"), of("country")}},
			{"eml", []string{of("email")}},
			{"bnk", []string{of("iban"), of("routing"), of("account")}},
			{"adr", []string{of("line1"), of("line2"), of("city"), of("postcode"), of("country")}},
		} {
			e, err := keys.Explain(placeholders, made.domain, made.parts...)
			if err != nil {
				line, _ := in.FieldPos(0)
				return nil, 0, fmt.Errorf("line %d: making a token of domain %s: %w", line, made.domain, err)
			}
			if e.Outcome == token.Named {
				tokens = append(tokens, e.Token)
			}
		}
		if len(tokens) > before {
			rows++
		}
	}
}

// withoutText keeps of a CSV error where it is and what it is.
func withoutText(err error) error {
	if at, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("line %d, column %d: %w", at.Line, at.Column, at.Err)
	}
	return err
}
