package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// clientRevision is the revision of the Native format from which blocks carry
// an info header and columns a serialisation flag; clickhouse-go asks for it.
const clientRevision = proto.DBMS_TCP_PROTOCOL_VERSION

// translateNative copies blocks of Native as the engine writes it (revision 0)
// to w as a client of a server reads it. The engine has no setting for that.
func translateNative(w io.Writer, native []byte) error {
	reader := chproto.NewReader(bytes.NewReader(native))
	buffer := new(chproto.Buffer)
	for {
		block := proto.Block{ServerContext: &column.ServerContext{}}
		if err := block.Decode(reader, 0); err != nil {
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && len(block.Columns) == 0 {
				return nil
			}
			return fmt.Errorf("reading the engine's answer: %w", err)
		}
		if block.Rows() == 0 {
			continue
		}
		buffer.Reset()
		if err := block.Encode(buffer, clientRevision); err != nil {
			return fmt.Errorf("writing the answer: %w", err)
		}
		if _, err := w.Write(buffer.Buf); err != nil {
			return fmt.Errorf("writing the answer: %w", err)
		}
	}
}

// headerColumn is one column of an answer.
type headerColumn struct{ name, typ string }

// emptyNative is the block of no rows by which a server names the columns of an
// empty answer.
func emptyNative(columns []headerColumn) []byte {
	buffer := new(chproto.Buffer)
	buffer.PutUVarInt(1) // block info: not overflows, no bucket
	buffer.PutBool(false)
	buffer.PutUVarInt(2)
	buffer.PutInt32(-1)
	buffer.PutUVarInt(0)
	buffer.PutInt(len(columns))
	buffer.PutUVarInt(0)
	for _, c := range columns {
		buffer.PutString(c.name)
		buffer.PutString(c.typ)
		buffer.PutBool(false) // no serialisation of its own
	}
	return buffer.Buf
}
