package statement

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// columns of a file of items, in any order.
var columns = []string{"ref", "day", "kind", "from", "amount", "currency"}

// ReadItems reads CSV with a head of the columns ref, day (2026-11-30), kind, from (insurer or platform), amount (in
// minor units) and currency.
func ReadItems(in io.Reader) ([]Item, error) {
	r := csv.NewReader(in)
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the items: %w", err)
	}
	at := map[string]int{}
	for i, c := range head {
		at[strings.TrimPrefix(c, "\ufeff")] = i
	}
	for _, c := range columns {
		if _, ok := at[c]; !ok || len(head) != len(columns) {
			return nil, fmt.Errorf("reading the items: want the columns %s, each once",
				strings.Join(slices.Clone(columns), ", "))
		}
	}
	var items []Item
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the items: %w", err)
		}
		line, _ := r.FieldPos(0)
		day, err := time.Parse(time.DateOnly, row[at["day"]])
		if err != nil {
			return nil, fmt.Errorf("line %d: day %q: want a day such as 2026-11-30", line, row[at["day"]])
		}
		amount, err := strconv.ParseInt(row[at["amount"]], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: amount %q: want a whole number of minor units, such as 1250 for 12.50",
				line, row[at["amount"]])
		}
		if items = append(items, Item{row[at["ref"]], day, row[at["kind"]], Side(row[at["from"]]), amount,
			row[at["currency"]]}); len(items) > MaxItems {
			return nil, fmt.Errorf("more than %d items", MaxItems)
		}
	}
}
