package analytics

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Commitments yields the offset and the commitment of each entry stored of a journal partition, ascending by offset. It
// stops at the first error of yield.
func (db *DB) Commitments(ctx context.Context, partition int, yield func(offset int64, commitment []byte) error) error {
	rows, err := db.conn.Query(ctx, `SELECT journal_offset, commitment FROM entries_deduped
WHERE journal_partition = {partition:Int32} ORDER BY journal_offset`, clickhouse.Named("partition", fmt.Sprint(partition)))
	if err != nil {
		return fmt.Errorf("analytics: asking for the entries of partition %d: %w", partition, err)
	}
	defer rows.Close()
	for rows.Next() {
		var offset int64
		var commitment string
		if err := rows.Scan(&offset, &commitment); err != nil {
			return fmt.Errorf("analytics: reading the entries of partition %d: %w", partition, err)
		}
		if err := yield(offset, []byte(commitment)); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("analytics: reading the entries of partition %d: %w", partition, err)
	}
	return nil
}

// Drop removes the database with all it holds. There is no way back.
func (db *DB) Drop(ctx context.Context) error {
	if err := db.conn.Exec(ctx, "DROP DATABASE IF EXISTS `"+db.options.Database+"`"); err != nil {
		return fmt.Errorf("analytics: dropping the database: %w", err)
	}
	return nil
}
