package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"golang.org/x/sync/errgroup"

	"tallystick/benchmarks/site"
)

// rawCopy fetches the claims, appends the precomputed entries and inserts the precomputed columns, and does nothing
// else. A claim counts when its entry is appended and its row inserted. Fetching, appending and inserting overlap. It
// returns claims a second. Copies share a topic and a table, so that they too have a past that ClickHouse has to merge.
func rawCopy(ctx context.Context, s *site.Site, pre *precomputed) (float64, error) {
	topic, err := copyTopic(ctx, s)
	if err != nil {
		return 0, err
	}
	conn, err := s.ConnectClickHouse()
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS copied AS entries"); err != nil {
		return 0, fmt.Errorf("making the copy's table: %w", err)
	}
	var appended atomic.Int64 // entries
	more := make(chan struct{}, 1)
	positions := make([]atomic.Int64, s.Partitions)
	start := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	work, workCtx := errgroup.WithContext(ctx)
	for p := range s.Partitions {
		fetched := make(chan int, 4)
		work.Go(func() error { defer close(fetched); return fetchAll(workCtx, s, p, pre, fetched) })
		work.Go(func() error {
			left := pre.batches[p]
			ready := 0
			for n := range fetched {
				for ready += n; len(left) > 0 && ready >= left[0].claims; left = left[1:] {
					if err := appendEntries(workCtx, s, topic, p, &left[0]); err != nil {
						return err
					}
					ready -= left[0].claims
					positions[p].Add(int64(left[0].claims))
					appended.Add(int64(len(left[0].values)))
					select {
					case more <- struct{}{}:
					default:
					}
				}
			}
			return nil
		})
	}
	g.Go(work.Wait)
	g.Go(func() error { // inserts
		rows := 0
		for i := range pre.blocks {
			b := &pre.blocks[i]
			for appended.Load() < int64(min(rows+b.rows, pre.entries)) {
				select {
				case <-more:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if err := insert(ctx, conn, b); err != nil {
				return err
			}
			rows += b.rows
		}
		return nil
	})
	done := make(chan struct{})
	committed := make(chan error, 1)
	go func() { committed <- commitOffsets(ctx, s, positions, done) }()
	err = g.Wait()
	end := time.Now()
	close(done)
	if err == nil {
		err = <-committed
	}
	if err != nil {
		return 0, fmt.Errorf("raw copy: %w", err)
	}
	return float64(pre.claims) / end.Sub(start).Seconds(), nil
}

// fetchAll reads the copy's part of a partition of claims and says how many records came.
func fetchAll(ctx context.Context, s *site.Site, p int, pre *precomputed, out chan<- int) error {
	left := 0
	for i := range pre.batches[p] {
		left += pre.batches[p][i].claims
	}
	conn, err := kafka.DialLeader(ctx, "tcp", s.Brokers[0], s.Topic("claims"), p)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Seek(pre.from[p], kafka.SeekAbsolute); err != nil {
		return err
	}
	for left > 0 {
		batch := conn.ReadBatchWith(kafka.ReadBatchConfig{MinBytes: 1, MaxBytes: 4 << 20,
			MaxWait: 50 * time.Millisecond})
		n := 0
		for {
			m, err := batch.ReadMessage()
			if err != nil {
				break // Close tells an end from a failure
			}
			if len(m.Value) > 0 {
				n++
			}
		}
		if err := batch.Close(); err != nil && err != io.EOF {
			return fmt.Errorf("fetching claims: %w", err)
		}
		left -= n
		select {
		case out <- n:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// reader feeds precomputed records to kafka-go without an allocation a record.
type reader struct {
	batch      *entryBatch
	next       int
	at         time.Time
	rec        kafka.Record
	key, value bytesReader
}

type bytesReader struct{ bytes.Reader }

func (*bytesReader) Close() error { return nil }

var _ protocol.Bytes = (*bytesReader)(nil)

func (r *reader) ReadRecord() (*kafka.Record, error) {
	if r.next == len(r.batch.values) {
		return nil, io.EOF
	}
	r.key.Reset(r.batch.keys[r.next])
	r.value.Reset(r.batch.values[r.next])
	r.next++
	r.rec = kafka.Record{Time: r.at, Key: &r.key, Value: &r.value}
	return &r.rec, nil
}

func appendEntries(ctx context.Context, s *site.Site, topic string, p int, b *entryBatch) error {
	res, err := s.Client.Produce(ctx, &kafka.ProduceRequest{
		Topic: topic, Partition: p, RequiredAcks: kafka.RequireAll, Compression: kafka.Zstd,
		Records: &reader{batch: b, at: time.Now()},
	})
	if err == nil {
		err = res.Error
	}
	if err != nil {
		return fmt.Errorf("appending entries: %w", err)
	}
	return nil
}

// insert sends a block as the sink does.
func insert(ctx context.Context, conn driver.Conn, b *block) error {
	ctx = clickhouse.Context(ctx,
		clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0, "optimize_on_insert": 0}))
	if err := conn.InsertFormat(ctx, "Native", b.query, bytes.NewReader(b.data)); err != nil {
		return fmt.Errorf("inserting: %w", err)
	}
	return nil
}

// awaitMerges waits until ClickHouse merges nothing, so that no part of a round is slowed down by the part before it.
func awaitMerges(ctx context.Context, s *site.Site) error {
	conn, err := s.ConnectClickHouse()
	if err != nil {
		return err
	}
	defer conn.Close()
	for quiet := 0; quiet < 5; quiet++ { // the next merge may begin a little later
		var merges uint64
		if err := conn.QueryRow(ctx, "SELECT count() FROM system.merges").Scan(&merges); err != nil {
			return fmt.Errorf("asking ClickHouse what it merges: %w", err)
		}
		if merges > 0 {
			quiet = 0
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return nil
}

// commitOffsets commits all partitions together, once a second and at the end, as the pipeline does.
func commitOffsets(ctx context.Context, s *site.Site, positions []atomic.Int64, done <-chan struct{}) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for last := false; !last; {
		select {
		case <-tick.C:
		case <-done:
			last = true
		}
		commits := make([]kafka.OffsetCommit, len(positions))
		for p := range positions {
			commits[p] = kafka.OffsetCommit{Partition: p, Offset: positions[p].Load()}
		}
		res, err := s.Client.OffsetCommit(context.WithoutCancel(ctx), &kafka.OffsetCommitRequest{
			GroupID: s.Name + ".copy", GenerationID: -1,
			Topics: map[string][]kafka.OffsetCommit{s.Topic("claims"): commits},
		})
		if err != nil {
			return fmt.Errorf("committing offsets: %w", err)
		}
		for _, p := range res.Topics[s.Topic("claims")] {
			if p.Error != nil {
				return fmt.Errorf("committing offsets: %w", p.Error)
			}
		}
	}
	return nil
}
