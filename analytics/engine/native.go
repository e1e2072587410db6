package engine

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// The engine writes blocks of the format Native at revision 0 and has no setting
// for another. Clients of a server (clickhouse-go asks for 54460,
// clickhouse-connect for 54405) expect an info header before each block and,
// from 54454 on, a flag after each column's type; the data are the same.
const (
	// oldestRevision is the first in which LowCardinality is written as such.
	oldestRevision = 54405
	// revisionOfSerialization is the first with the flag.
	revisionOfSerialization = 54454
)

// blockInfo is the header of a block: not the overflow of an aggregation (field
// 1), of no bucket (field 2), end of fields.
var blockInfo = []byte{1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0}

// usualSerialization is the flag after a column's type.
const usualSerialization = 0

// readAhead is above the size of ch-go's own buffer, so that ch-go reads
// through ours and tells us how far it got.
const readAhead = 1 << 20

// translateNative copies blocks as the engine writes them to w as clients read
// them. The data pass as they are; they are decoded only to find where each
// column ends. It fails for columns that clickhouse-go cannot decode.
func translateNative(w io.Writer, native []byte, revision uint64) error {
	out := bufio.NewWriterSize(w, 64<<10)
	source := bytes.NewReader(native)
	buffered := bufio.NewReaderSize(source, readAhead)
	reader := chproto.NewReader(buffered)
	position := func() int { return len(native) - source.Len() - buffered.Buffered() }
	for position() < len(native) {
		start := position()
		columns, err := reader.UVarInt()
		if err != nil {
			return fmt.Errorf("reading the engine's answer: %w", err)
		}
		rows, err := reader.UVarInt()
		if err != nil {
			return fmt.Errorf("reading the engine's answer: %w", err)
		}
		// Writing can only fail for good, which Flush tells.
		out.Write(blockInfo)
		out.Write(native[start:position()])
		for range columns {
			start := position()
			c, err := readColumnHead(reader)
			if err != nil {
				return fmt.Errorf("reading the engine's answer: %w", err)
			}
			data := position()
			if err := skipColumn(reader, c, int(rows)); err != nil {
				return fmt.Errorf("reading the engine's answer: %w", err)
			}
			out.Write(native[start:data])
			if revision >= revisionOfSerialization {
				out.WriteByte(usualSerialization)
			}
			out.Write(native[data:position()])
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

func readColumnHead(reader *chproto.Reader) (column.Interface, error) {
	name, err := reader.Str()
	if err != nil {
		return nil, err
	}
	typ, err := reader.Str()
	if err != nil {
		return nil, err
	}
	return column.Type(typ).Column(name, &column.ServerContext{})
}

func skipColumn(reader *chproto.Reader, c column.Interface, rows int) error {
	if rows == 0 {
		return nil
	}
	if s, ok := c.(column.CustomSerialization); ok {
		if err := s.ReadStatePrefix(reader); err != nil {
			return err
		}
	}
	return c.Decode(reader, rows)
}

// headerColumn is one column of an answer.
type headerColumn struct{ name, typ string }

// emptyNative is the block of no rows by which a server names the columns of an
// empty answer.
func emptyNative(columns []headerColumn, revision uint64) []byte {
	buffer := &chproto.Buffer{Buf: bytes.Clone(blockInfo)}
	buffer.PutInt(len(columns))
	buffer.PutInt(0)
	for _, c := range columns {
		buffer.PutString(c.name)
		buffer.PutString(c.typ)
		if revision >= revisionOfSerialization {
			buffer.PutByte(usualSerialization)
		}
	}
	return buffer.Buf
}
