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
	settings := clickhouse.Settings{
		"async_insert": 0,
		// The rows of a block differ in their keys: ClickHouse need not look for those that replace others.
		"optimize_on_insert": 0,
	}
	if token != "" {
		settings["insert_deduplication_token"] = token
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(settings), clickhouse.WithColumnNamesAndTypes(types))
	query := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ")"
	if err := checkRows(cols); err != nil {
		return fmt.Errorf("filling an insert into %s: %w", table, err)
	}
	if db.options.Protocol == Native {
		return db.sendNative(ctx, table, query, cols)
	}
	encoded := takeBuffer()
	encodeBlock(encoded, cols)
	if err := db.conn.InsertFormat(ctx, "Native", query, bytes.NewReader(encoded.Buf)); err != nil {
		// what was cut off may still be reading the buffer
		return fmt.Errorf("sending an insert into %s: %w", table, err)
	}
	giveBuffer(encoded)
	return nil
}

// sendNative sends a block in the native protocol, in which the driver has only batches.
func (db *DB) sendNative(ctx context.Context, table, query string, cols []column) error {
	batch, err := db.conn.PrepareBatch(ctx, query)
	if err != nil {
		return fmt.Errorf("preparing an insert into %s: %w", table, err)
	}
	defer batch.Close()
	encoded := takeBuffer()
	defer giveBuffer(encoded)
	if err := fill(batch.Columns(), cols, encoded); err != nil {
		return fmt.Errorf("filling an insert into %s: %w", table, err)
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("sending an insert into %s: %w", table, err)
	}
	return nil
}

// checkRows refuses a block whose columns differ in length.
func checkRows(cols []column) error {
	rows := cols[0].values.Rows()
	for _, c := range cols {
		if n := c.values.Rows(); n != rows {
			return fmt.Errorf("column %s has %d rows, the block %d", c.name, n, rows)
		}
	}
	return nil
}

// encodeBlock writes one block of the format Native.
func encodeBlock(to *proto.Buffer, cols []column) {
	to.PutInt(len(cols))
	to.PutInt(cols[0].values.Rows())
	for _, c := range cols {
		to.PutString(c.name)
		to.PutString(c.sqlType)
		c.values.EncodeColumn(to)
	}
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

// fill hands whole columns to the driver, for its native protocol. Its own way in, Column(i).Append, boxes each element
// of an array; decoding takes the column as the bytes that it is.
func fill(into []chcolumn.Interface, cols []column, encoded *proto.Buffer) error {
	if len(into) != len(cols) {
		return fmt.Errorf("the table takes %d columns, the block has %d", len(into), len(cols))
	}
	for _, c := range cols {
		c.values.EncodeColumn(encoded)
	}
	reader := proto.NewReader(bytes.NewReader(encoded.Buf))
	rows := cols[0].values.Rows()
	for i, c := range cols {
		if err := into[i].Decode(reader, rows); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return nil
}
