package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
	"pgregory.net/rapid"
)

// clientRevision is what clickhouse-go decodes answers with.
const clientRevision = proto.DBMS_TCP_PROTOCOL_VERSION

func blockOf(t interface{ Fatal(...any) }, rows int) *proto.Block {
	b := &proto.Block{ServerContext: &column.ServerContext{}}
	for _, c := range []headerColumn{
		{"k", "UInt64"}, {"s", "String"}, {"l", "LowCardinality(String)"}, {"a", "Array(LowCardinality(String))"},
		{"m", "Map(String, String)"}, {"n", "Nullable(String)"}, {"f", "FixedString(4)"},
		{"at", "DateTime64(3, 'UTC')"}, {"t", "Tuple(x String, y UInt8)"},
	} {
		if err := b.AddColumn(c.name, column.Type(c.typ)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range rows {
		s := fmt.Sprint("\n\n", i)
		var row []any
		for _, c := range b.Columns {
			row = append(row, map[string]any{
				"k": uint64(i), "s": s, "l": fmt.Sprint(i % 3), "a": []string{s, "x"}, "m": map[string]string{s: "v"},
				"n": map[bool]*string{true: &s}[i%2 == 0], "f": "abcd", "at": time.UnixMilli(int64(i) * 1001).UTC(),
				"t": []any{s, uint8(i)},
			}[c.Name()])
		}
		if err := b.Append(row...); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// cells decodes blocks and prints what they hold.
func cells(t interface{ Fatal(...any) }, data []byte, revision uint64) string {
	var out strings.Builder
	reader := chproto.NewReader(bytes.NewReader(data))
	for {
		b := proto.Block{ServerContext: &column.ServerContext{}}
		err := b.Decode(reader, revision)
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range b.Columns {
			fmt.Fprint(&out, c.Name(), " ", c.Type(), ":")
			for i := range c.Rows() {
				if s, ok := c.Row(i, false).(*string); ok && s != nil {
					fmt.Fprint(&out, " ", *s)
					continue
				}
				fmt.Fprint(&out, " ", c.Row(i, false))
			}
			out.WriteByte('\n')
		}
	}
}

// Also the guard that ch-go reads through our buffer: if it did not, positions
// would be wrong and nothing would come back right.
func TestTranslatedBlocksAreThoseOfTheEngine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var native chproto.Buffer
		for _, rows := range rapid.SliceOfN(rapid.IntRange(1, 300), 0, 4).Draw(t, "rows") {
			if err := blockOf(t, rows).Encode(&native, 0); err != nil {
				t.Fatal(err)
			}
		}
		for _, revision := range []int{oldestRevision, revisionOfSerialization - 1, revisionOfSerialization,
			clientRevision} {
			var out bytes.Buffer
			if err := translateNative(&out, native.Buf, uint64(revision)); err != nil {
				t.Fatal(err)
			}
			if got, want := cells(t, out.Bytes(), uint64(revision)), cells(t, native.Buf, 0); got != want {
				t.Fatalf("revision %d: read\n%s\nwant\n%s", revision, got, want)
			}
		}
	})
}

func TestTruncatedAnswersAreErrors(t *testing.T) {
	var native chproto.Buffer
	if err := blockOf(t, 5).Encode(&native, 0); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(native.Buf); n++ {
		if err := translateNative(io.Discard, native.Buf[:n], clientRevision); err == nil {
			t.Fatalf("%d of %d bytes were taken for a whole answer", n, len(native.Buf))
		}
	}
}

func TestEmptyAnswerNamesItsColumns(t *testing.T) {
	for _, revision := range []uint64{oldestRevision, clientRevision} {
		b := proto.Block{ServerContext: &column.ServerContext{}}
		data := emptyNative([]headerColumn{{"k", "UInt64"}, {"l", "LowCardinality(String)"}}, revision)
		reader := chproto.NewReader(bytes.NewReader(data))
		if err := b.Decode(reader, revision); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintln(b.ColumnsNames(), b.Columns[1].Type(),
			b.Rows()); got != "[k l] LowCardinality(String) 0\n" {
			t.Error(got)
		}
		if _, err := reader.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("revision %d: bytes are left over", revision)
		}
	}
}
