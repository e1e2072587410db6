package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"time"

	"tallystick/analytics"
	"tallystick/benchmarks/site"
	"tallystick/claim"
	"tallystick/claim/entry"
)

// precomputed is what one raw copy moves: the bytes and columns of the pipeline's own output.
type precomputed struct {
	claims  int
	from    []int64        // offsets of claims where it begins, by partition
	batches [][]entryBatch // by partition: what the pipeline appends for each batch of claims
	blocks  []block        // for ClickHouse, in order
	entries int
	bytes   int64
}

// entryBatch holds encoded entries; claims is how many source records they answer, at most one journal batch.
type entryBatch struct {
	keys, values [][]byte
	claims       int
}

// block is an insert as the sink sends it.
type block struct {
	rows  int
	query string // INSERT INTO copied, with the columns' names
	data  []byte // in the format Native
}

// batchBytes bounds a journal batch, as in the pipeline's default.
const batchBytes = 4_000_000

// sinkRows is how many entries the pipeline hands to a sink at once.
const sinkRows = 5000

// precompute runs the claims through the desk and the analytics sink, whose inserts are caught on their way. Each of
// the rounds gets an equal part.
func precompute(ctx context.Context, s *site.Site, list []site.Message, rounds int) ([]*precomputed, error) {
	o, err := newOffice()
	if err != nil {
		return nil, err
	}
	defer o.close()
	caught, err := catchInserts(s.ClickHouse)
	if err != nil {
		return nil, err
	}
	defer caught.Close()
	db, err := analytics.Open(ctx, analytics.Options{Addr: caught.Listener.Addr().String(), Database: s.Name,
		Protocol: analytics.HTTP})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	c := collector{office: o, sink: db.Sink(analytics.SinkOptions{}), caught: caught,
		offsets: make([]int64, s.Partitions)}
	from := make([]int64, s.Partitions)
	var all []*precomputed
	for _, part := range parts(list, rounds) {
		c.out = &precomputed{claims: len(part), from: slices.Clone(from), batches: make([][]entryBatch, s.Partitions)}
		for i := range part {
			from[part[i].Partition]++
		}
		if err := o.decideAll(ctx, part, s.Partitions, func(p int, entries []claim.Entry) error {
			return c.take(ctx, p, entries)
		}); err != nil {
			return nil, err
		}
		if err := c.flush(ctx); err != nil {
			return nil, err
		}
		all = append(all, c.out)
	}
	return all, nil
}

// parts cuts list into n parts of equal size.
func parts(list []site.Message, n int) [][]site.Message {
	var all [][]site.Message
	for i := range n {
		all = append(all, list[i*len(list)/n:(i+1)*len(list)/n])
	}
	return all
}

// collector keeps what the desk and the sink give out.
type collector struct {
	office  *office
	sink    *analytics.Sink
	caught  *catcher
	offsets []int64 // of the journal
	pending []analytics.Batch
	rows    int
	out     *precomputed
}

func (c *collector) take(ctx context.Context, p int, entries []claim.Entry) error {
	ab := analytics.Batch{Partition: p, Position: "none", AppendTime: time.Now()}
	var eb entryBatch
	size := 0
	for i := range entries {
		e := &entries[i]
		value, err := new(entry.Encoder).Append(nil, e)
		if err != nil {
			return err
		}
		if size += len(value); size > batchBytes && e.Kind != claim.Rescored {
			c.out.batches[p] = append(c.out.batches[p], eb)
			eb, size = entryBatch{}, len(value)
		}
		eb.keys, eb.values = append(eb.keys, claim.Key(e.Insurer, e.Claim)), append(eb.values, bytes.Clone(value))
		if e.Kind != claim.Rescored {
			eb.claims++
		}
		ab.Rows = append(ab.Rows, analytics.Row{Offset: c.offsets[p], Entry: e})
		c.offsets[p]++
		c.out.bytes += int64(len(value))
	}
	c.out.entries += len(entries)
	c.out.batches[p] = append(c.out.batches[p], eb)
	c.pending = append(c.pending, ab)
	if c.rows += len(entries); c.rows >= sinkRows {
		return c.flush(ctx)
	}
	return nil
}

func (c *collector) flush(ctx context.Context) error {
	if err := c.sink.Write(ctx, c.pending); err != nil {
		return err
	}
	c.pending, c.rows = nil, 0
	c.out.blocks = append(c.out.blocks, c.caught.inserts...)
	c.caught.inserts = nil
	return nil
}

// catcher stands before ClickHouse and keeps the bodies of inserts into the table entries.
type catcher struct {
	*httptest.Server
	inserts []block
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
		into, columns, _ := strings.Cut(strings.TrimSuffix(query, " FORMAT Native"), "entries ")
		if columns == "" {
			return // positions
		}
		rows, err := rowsOf(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c.inserts = append(c.inserts, block{rows, into + "copied " + columns, body})
	}))
	return c, nil
}

// rowsOf reads the head of a block: the numbers of its columns and rows.
func rowsOf(body []byte) (int, error) {
	in := bytes.NewReader(body)
	_, err := binary.ReadUvarint(in)
	rows, err2 := binary.ReadUvarint(in)
	if err := errors.Join(err, err2); err != nil {
		return 0, fmt.Errorf("reading a caught insert: %w", err)
	}
	return int(rows), nil
}
