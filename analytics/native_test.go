package analytics

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/ClickHouse/ch-go/compress"
	chproto "github.com/ClickHouse/ch-go/proto"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
	"github.com/google/go-cmp/cmp"
)

// nativeServer takes inserts in ClickHouse's native protocol, compressed, as a server does: it answers a query with an
// empty block of the table's columns, and reads blocks until an empty one. It knows one table a test gives it; the
// integration tests compare the columns with those of the real engine.
type nativeServer struct {
	columns map[string][]column // by table

	mu     sync.Mutex
	stored map[string][][]Stored
	tokens []string
}

// nativeRevision is one without the later additions to the greeting.
const nativeRevision = 54451

func (s *nativeServer) start(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wait.Go(func() {
				defer c.Close()
				if err := s.serve(c); err != nil {
					t.Errorf("native server: %v", err)
				}
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wait.Wait()
	})
	return l.Addr().String()
}

func (s *nativeServer) serve(c net.Conn) error {
	reader := chproto.NewReader(c)
	var out chproto.Buffer
	flush := func() error {
		_, err := c.Write(out.Buf)
		out.Reset()
		return err
	}
	for {
		code, err := reader.UVarInt()
		if err != nil {
			return nil // the client hung up
		}
		switch chproto.ClientCode(code) {
		case chproto.ClientCodeHello:
			var hello chproto.ClientHello
			if err := hello.Decode(reader); err != nil {
				return fmt.Errorf("reading the greeting: %w", err)
			}
			answer := chproto.ServerHello{Name: "ClickHouse", Major: 26, Minor: 5, Revision: nativeRevision,
				Timezone: "UTC"}
			answer.EncodeAware(&out, nativeRevision)
		case chproto.ClientCodePing:
			chproto.ServerCodePong.Encode(&out)
		case chproto.ClientCodeQuery:
			var q chproto.Query
			if err := q.DecodeAware(reader, nativeRevision); err != nil {
				return fmt.Errorf("reading a query: %w", err)
			}
			if _, err := s.block(reader); err != nil {
				return fmt.Errorf("reading the end of external tables: %w", err)
			}
			if err := s.insert(q, reader, &out, flush); err != nil {
				return err
			}
			chproto.ServerCodeEndOfStream.Encode(&out)
		default:
			return fmt.Errorf("unexpected packet %d", code)
		}
		if err := flush(); err != nil {
			return err
		}
	}
}

// block reads one data packet.
func (s *nativeServer) block(reader *chproto.Reader) (*proto.Block, error) {
	if code, err := reader.UVarInt(); err != nil || chproto.ClientCode(code) != chproto.ClientCodeData {
		return nil, fmt.Errorf("packet %d, %w", code, err)
	}
	return s.blockBody(reader)
}

func (s *nativeServer) blockBody(reader *chproto.Reader) (*proto.Block, error) {
	if _, err := reader.Str(); err != nil {
		return nil, err
	}
	reader.EnableCompression()
	defer reader.DisableCompression()
	b := proto.NewBlock()
	return b, b.Decode(reader, nativeRevision)
}

func (s *nativeServer) insert(q chproto.Query, reader *chproto.Reader, out *chproto.Buffer, flush func() error) error {
	table, _, ok := strings.Cut(strings.TrimPrefix(q.Body, "INSERT INTO "), " ")
	cols := s.columns[table]
	if !ok || cols == nil {
		return fmt.Errorf("unexpected query %.60s", q.Body)
	}
	sample := proto.NewBlock()
	for _, c := range cols {
		if err := sample.AddColumn(c.name, chcolumn.Type(c.sqlType)); err != nil {
			return err
		}
	}
	var raw chproto.Buffer
	if err := sample.Encode(&raw, nativeRevision); err != nil {
		return err
	}
	w := compress.NewWriter(compress.LevelZero, compress.LZ4)
	if err := w.Compress(raw.Buf); err != nil {
		return err
	}
	chproto.ServerCodeData.Encode(out)
	out.PutString("")
	out.PutRaw(w.Data)
	if err := flush(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, set := range q.Settings {
		if set.Key == "insert_deduplication_token" {
			s.tokens = append(s.tokens, set.Value)
		}
	}
	for {
		b, err := s.block(reader)
		if err != nil {
			return fmt.Errorf("reading data: %w", err)
		}
		if b.Rows() == 0 {
			return nil
		}
		for i := range b.Rows() {
			var row []Stored
			for _, c := range b.Columns {
				row = append(row, Stored{c.Name(), string(c.Type()), c.Row(i, false)})
			}
			s.stored[table] = append(s.stored[table], row)
		}
	}
}

// The same columns go over the native protocol, compressed, and arrive as they do over HTTP.
func TestWriteOverTheNativeProtocol(t *testing.T) {
	s := &nativeServer{stored: map[string][][]Stored{}, columns: map[string][]column{
		"entries":   newColumns().all,
		"positions": {{"partition", "Int32", nil}, {"position", "String", nil}, {"version", "UInt64", nil}},
	}}
	db, err := Open(t.Context(), Options{Addr: s.start(t), Protocol: Native})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	batches := []Batch{{Partition: 3, Position: "after", AppendTime: appended,
		Rows: []Row{{12, fullEntry()}, {13, deadEntry()}}}}
	sink := db.Sink(silent(SinkOptions{}))
	for range 2 {
		if err := sink.Write(t.Context(), batches); err != nil {
			t.Fatal(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.stored["entries"]
	if len(rows) != 4 || len(s.stored["positions"]) != 2 {
		t.Fatalf("stored %d rows and %d positions", len(rows), len(s.stored["positions"]))
	}
	golden(t, "testdata/full.golden", storedText(rows[0]))
	golden(t, "testdata/dead.golden", storedText(rows[1]))
	if len(s.tokens) != 2 || s.tokens[0] != s.tokens[1] || s.tokens[0] == "" {
		t.Errorf("tokens %q", s.tokens)
	}
	if d := cmp.Diff("after", s.stored["positions"][1][1].Value); d != "" {
		t.Errorf("position: %s", d)
	}
}
