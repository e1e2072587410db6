package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"tallystick/analytics"
	"tallystick/claim"
)

// precomputed is what the raw copy moves: the bytes and columns of the pipeline's own output.
type precomputed struct {
	batches [][]entryBatch // by partition: what the pipeline appends for each thousand claims
	blocks  []block        // for ClickHouse, in order
	entries int
	bytes   int64
}

// entryBatch holds encoded entries; claims is how many source records they answer, at most one journal batch.
type entryBatch struct {
	keys, values [][]byte
	claims       int
}

// block is an insert: whole columns as bytes, for the driver to take over.
type block struct {
	rows    int
	columns []clickhouse.ColumnNameAndType
	data    []byte
}

// batchBytes bounds a journal batch, as in the pipeline's default.
const batchBytes = 700 << 10

// sinkRows is how many entries the pipeline hands to a sink at once.
const sinkRows = 5000

// precompute runs the claims through the desk and the analytics sink, whose inserts are caught on their way.
func precompute(ctx context.Context, s *site, list []message) (*precomputed, error) {
	o, err := newOffice()
	if err != nil {
		return nil, err
	}
	defer o.close()
	caught, err := catchInserts(s.clickhouse)
	if err != nil {
		return nil, err
	}
	defer caught.Close()
	db, err := analytics.Open(ctx, analytics.Options{Addr: caught.Listener.Addr().String(), Database: s.name, Protocol: analytics.HTTP})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	sink := db.Sink(analytics.SinkOptions{})
	out := &precomputed{batches: make([][]entryBatch, s.partitions)}
	offsets := make([]int64, s.partitions)
	var pending []analytics.Batch
	rows := 0
	flush := func() error {
		defer func() { pending, rows = nil, 0 }()
		if err := sink.Write(ctx, pending); err != nil {
			return err
		}
		for _, body := range caught.bodies {
			b, err := readBlock(body)
			if err != nil {
				return err
			}
			out.blocks = append(out.blocks, b)
		}
		caught.bodies = nil
		return nil
	}
	err = o.decideAll(ctx, list, s.partitions, func(p int, entries []claim.Entry) error {
		ab := analytics.Batch{Partition: p, Position: "none", AppendTime: time.Now()}
		var eb entryBatch
		size := 0
		for i := range entries {
			e := &entries[i]
			value, err := claim.EncodeEntry(nil, e)
			if err != nil {
				return err
			}
			if size += len(value); size > batchBytes && e.Kind != claim.Raised {
				out.batches[p] = append(out.batches[p], eb)
				eb, size = entryBatch{}, len(value)
			}
			eb.keys, eb.values = append(eb.keys, claim.Key(e.Insurer, e.Claim)), append(eb.values, bytes.Clone(value))
			if e.Kind != claim.Raised {
				eb.claims++
			}
			ab.Rows = append(ab.Rows, analytics.Row{Offset: offsets[p], Entry: e})
			offsets[p]++
			out.bytes += int64(len(value))
		}
		out.entries += len(entries)
		out.batches[p] = append(out.batches[p], eb)
		pending = append(pending, ab)
		if rows += len(entries); rows >= sinkRows {
			return flush()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, flush()
}

// catcher stands before ClickHouse and keeps the bodies of inserts into the table entries.
type catcher struct {
	*httptest.Server
	bodies [][]byte
}

func catchInserts(clickhouse string) (*catcher, error) {
	to, err := url.Parse("http://" + clickhouse)
	if err != nil {
		return nil, err
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	c := &catcher{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query().Get("query")
		if !strings.HasPrefix(strings.TrimSpace(query), "INSERT INTO") {
			proxy.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if strings.Contains(query, "entries") {
			c.bodies = append(c.bodies, body)
		}
	}))
	return c, nil
}

// readBlock takes an insert's body apart.
func readBlock(body []byte) (block, error) {
	parsed := proto.Block{ServerContext: &column.ServerContext{Timezone: time.UTC}}
	if err := parsed.Decode(chproto.NewReader(bytes.NewReader(body)), 0); err != nil {
		return block{}, fmt.Errorf("reading a caught insert: %w", err)
	}
	b := block{rows: parsed.Rows()}
	var buf chproto.Buffer
	names := parsed.ColumnsNames()
	for i, col := range parsed.Columns {
		b.columns = append(b.columns, clickhouse.ColumnNameAndType{Name: names[i], Type: string(col.Type())})
		col.Encode(&buf)
	}
	b.data = bytes.Clone(buf.Buf)
	return b, nil
}
