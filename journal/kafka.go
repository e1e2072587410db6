package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"tallystick/journal/fetch"
)

// errMissing says that the cluster does not know the topic or partition; nothing was sent.
var errMissing = errors.New("unknown topic or partition")

// kafkaLog is the log of one partition on Kafka.
type kafkaLog struct {
	cfg       Config
	partition int
	reader    *fetch.Reader
	client    kafka.Client
}

func newKafkaLog(cfg Config, partition int) (*kafkaLog, error) {
	// The journal reads uncommitted: whether a transaction was aborted must not matter to which batches count, so
	// transactional batches never do, and a foreign open transaction must not hold readers back.
	reader, err := fetch.NewReader(fetch.Config{
		Addr:           cfg.Addr,
		Transport:      cfg.Transport,
		Topic:          cfg.Topic,
		Partition:      partition,
		MaxBytes:       cfg.MaxFetchBytes,
		MaxWait:        cfg.MaxWait,
		RequestTimeout: cfg.RequestTimeout,
		TopicWait:      cfg.TopicWait,
		OnRetry:        cfg.OnRetry,
	})
	if err != nil {
		return nil, err
	}
	// Client.Timeout, not the context's deadline, is what kafka-go derives the broker's time limit from (half of it);
	// without it brokers get 500 ms.
	client := kafka.Client{Addr: cfg.Addr, Transport: cfg.Transport, Timeout: cfg.RequestTimeout}
	return &kafkaLog{cfg: cfg, partition: partition, reader: reader, client: client}, nil
}

func (l *kafkaLog) Fetch(ctx context.Context, offset int64) (page, error) {
	if l.reader.NextOffset() != offset {
		l.reader.SeekTo(offset)
	}
	res, err := l.reader.Fetch(ctx)
	if err != nil {
		return page{}, err
	}
	return page{batches: res.Batches, next: l.reader.NextOffset(), end: res.HighWatermark}, nil
}

func (l *kafkaLog) Start(ctx context.Context) (int64, error) { return l.reader.Start(ctx) }
func (l *kafkaLog) End(ctx context.Context) (int64, error)   { return l.reader.End(ctx) }

func (l *kafkaLog) Produce(ctx context.Context, header []byte, created int64, records []Record) (int64, error) {
	resp, err := l.client.Produce(ctx, &kafka.ProduceRequest{
		Topic:        l.cfg.Topic,
		Partition:    l.partition,
		RequiredAcks: kafka.RequireAll,
		Compression:  l.cfg.Compression,
		Records:      newBatchReader(header, created, records),
	})
	if err == nil {
		// A broker's refusal comes in here, with err nil.
		err = resp.Error
	}
	if err == nil {
		return resp.BaseOffset, nil
	}
	err = fmt.Errorf("appending to %s/%d: %w", l.cfg.Topic, l.partition, err)
	switch fetch.Classify(err) {
	case fetch.KindRefused:
		return 0, fmt.Errorf("%w: %w", ErrRefused, err)
	case fetch.KindMissing:
		if unreachable := fetch.Reachable(ctx, l.cfg.Transport, l.cfg.Addr); unreachable != nil {
			return 0, unreachable
		}
		return 0, fmt.Errorf("%w: %w", errMissing, err)
	}
	return 0, err
}

// batchReader feeds a journal batch to kafka-go's encoder without an allocation a record.
type batchReader struct {
	header     []byte
	records    []Record
	at         time.Time
	next       int
	rec        kafka.Record
	key, value byteReader
}

func newBatchReader(header []byte, created int64, records []Record) *batchReader {
	return &batchReader{header: header, records: records, at: time.UnixMilli(created), next: -1}
}

var headerKeyBytes = []byte(headerKey)

func (r *batchReader) ReadRecord() (*kafka.Record, error) {
	if r.next >= len(r.records) {
		return nil, io.EOF
	}
	key, value := headerKeyBytes, r.header
	if r.next >= 0 {
		key, value = r.records[r.next].Key, r.records[r.next].Value
	}
	r.next++
	r.rec = kafka.Record{Time: r.at, Key: r.key.over(key), Value: r.value.over(value)}
	return &r.rec, nil
}

type byteReader struct{ bytes.Reader }

func (*byteReader) Close() error { return nil }

func (b *byteReader) over(p []byte) protocol.Bytes {
	if len(p) == 0 {
		return nil
	}
	b.Reset(p)
	return b
}
