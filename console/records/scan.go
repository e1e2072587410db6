package records

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"tallystick/console"
)

func named(name, value string) any { return clickhouse.Named(name, value) }

// collect runs a query and scans its rows. Arguments are bound by the server, never put into the text.
func collect[T any](ctx context.Context, r *Records, what, query string, scan func(driver.Rows) (T, error),
	args ...any) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	rows, err := r.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("asking ClickHouse for %s: %w", what, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("reading %s out of ClickHouse: %w", what, err)
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading %s out of ClickHouse: %w", what, err)
	}
	return all, nil
}

// facts are four columns of equal length.
type facts struct{ rules, names, values, thresholds []string }

func (f facts) of(rule string) []console.Fact {
	all := []console.Fact{}
	for i, r := range f.rules {
		if r == rule {
			all = append(all, console.Fact{Rule: r, Name: f.names[i], Value: f.values[i], Threshold: f.thresholds[i]})
		}
	}
	return all
}

func scanSummary(rows driver.Rows) (s console.Summary, err error) {
	var revision, partition int32
	var texts, rings []string
	var f facts
	var size uint64
	var claimed *string
	var currency string
	var reported *time.Time
	err = rows.Scan(&s.Insurer, &s.Claim, &revision, &s.Line, &s.Stage, &s.Score, &s.Base, &s.Outcome, &s.Hold,
		&s.Rules, &s.Weights,
		&texts, &f.rules, &f.names, &f.values, &f.thresholds, &rings, &size, &claimed, &currency, &reported, &s.Decided,
		&partition, &s.Offset, &s.Region, &s.Country)
	if err != nil {
		return s, err
	}
	s.Revision, s.Partition, s.RingSize, s.Decided = int(revision), int(partition), int(size), s.Decided.UTC()
	if len(rings) > 0 {
		s.Ring = rings[0]
	}
	if claimed != nil {
		s.Claimed = &console.Money{Amount: *claimed, Currency: currency}
	}
	if reported != nil {
		s.Reported = reported.UTC()
	}
	for i, rule := range s.Rules {
		id, _, _ := strings.Cut(rule, "@")
		if id != ringRule || len(s.Rules) == 1 {
			s.Rule, s.Text, s.Facts = rule, texts[i], f.of(rule)
			break
		}
	}
	return s, nil
}
