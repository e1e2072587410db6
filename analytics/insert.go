package analytics

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// insert sends one block. After an error the rows may be stored or not: the driver cannot tell, and nor can the caller.
// A block with the same token is stored once as long as the table remembers the token.
func (db *DB) insert(ctx context.Context, table, token string, cols []column) error {
	ctx, cancel := context.WithTimeout(ctx, db.options.Timeout)
	defer cancel()
	names := make([]string, len(cols))
	types := make([]clickhouse.ColumnNameAndType, len(cols))
	for i, c := range cols {
		names[i] = c.name
		types[i] = clickhouse.ColumnNameAndType{Name: c.name, Type: c.sqlType}
	}
	settings := clickhouse.Settings{"async_insert": 0}
	if token != "" {
		settings["insert_deduplication_token"] = token
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(settings), clickhouse.WithColumnNamesAndTypes(types))
	batch, err := db.conn.PrepareBatch(ctx, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+")")
	if err != nil {
		return fmt.Errorf("preparing an insert into %s: %w", table, err)
	}
	defer batch.Close()
	if err := fill(batch.Columns(), cols); err != nil {
		return fmt.Errorf("filling an insert into %s: %w", table, err)
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("sending an insert into %s: %w", table, err)
	}
	return nil
}

// buffers keep their size: a block takes tens of megabytes, and a sync.Pool gives them up at every collection.
var buffers = make(chan *proto.Buffer, 1)

func takeBuffer() *proto.Buffer {
	select {
	case b := <-buffers:
		b.Reset()
		return b
	default:
		return new(proto.Buffer)
	}
}

func giveBuffer(b *proto.Buffer) {
	select {
	case buffers <- b:
	default:
	}
}

// fill hands whole columns to the driver. Its own way in, Column(i).Append, boxes each element of an array; decoding takes
// the column as the bytes that it is.
func fill(into []chcolumn.Interface, cols []column) error {
	if len(into) != len(cols) {
		return fmt.Errorf("the table takes %d columns, the block has %d", len(into), len(cols))
	}
	encoded := takeBuffer()
	defer giveBuffer(encoded)
	for _, c := range cols {
		c.values.EncodeColumn(encoded)
	}
	reader := proto.NewReader(bytes.NewReader(encoded.Buf))
	rows := cols[0].values.Rows()
	for i, c := range cols {
		if n := c.values.Rows(); n != rows {
			return fmt.Errorf("column %s has %d rows, the block %d", c.name, n, rows)
		}
		if err := into[i].Decode(reader, rows); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return nil
}
