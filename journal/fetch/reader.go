package fetch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	fetchapi "github.com/segmentio/kafka-go/protocol/fetch"
)

const (
	defaultMaxBytes       = 4 << 20
	defaultMaxWait        = 500 * time.Millisecond
	defaultRequestTimeout = 10 * time.Second
	defaultTopicWait      = 15 * time.Second

	// growLimit bounds how far the fetch size grows for one batch that does not fit; brokers since 0.10.1 send such a
	// batch whole, so only older ones or proxies get here.
	growLimit = 256 << 20
	// stuckLimit is the number of answers in a row without a readable batch, although the broker says there are
	// records, after which the reader gives up.
	stuckLimit = 24
	// undecodableLimit is the number of failures in a row that are neither the network's nor the broker's.
	undecodableLimit = 5
)

// Config says which partition to read and how.
type Config struct {
	// Addr is one or more bootstrap brokers, as from kafka.TCP.
	Addr net.Addr
	// Transport carries the requests and caches the cluster's layout; nil means kafka.DefaultTransport. It takes up to
	// its MetadataTTL to notice that a leader moved.
	Transport kafka.RoundTripper
	// Topic and Partition name what to read.
	Topic     string
	Partition int
	// Offset is where to begin. There is no "first" or "last": ask Start or End.
	Offset int64
	// ReadCommitted leaves out the records of aborted transactions and waits at those of open ones.
	ReadCommitted bool
	// MinBytes is how much the broker should wait for, up to MaxWait; default 1.
	MinBytes int
	// MaxBytes bounds one answer; a single larger batch still arrives whole. Default 4 MiB.
	MaxBytes int
	// MaxWait is how long the broker may hold an answer back while there is nothing to send; default 500 ms.
	MaxWait time.Duration
	// RequestTimeout is added to MaxWait as the limit of one request; default 10 s.
	RequestTimeout time.Duration
	// TopicWait is how long a topic or partition may be missing from the cluster's metadata before that is an error;
	// it covers topics made a moment ago. Default 15 s.
	TopicWait time.Duration
	// OnRetry, if set, is called for each failure that is tried again.
	OnRetry func(error)
}

// Result is one answer of the broker.
type Result struct {
	// Batches in the order of the log. May be empty: nothing new within MaxWait, or only records that were left out.
	Batches []Batch
	// HighWatermark is the end of the replicated log; LastStable is the offset of the first record of an open
	// transaction, or the high watermark; LogStart is the oldest offset the broker still has.
	HighWatermark, LastStable, LogStart int64
}

// Reader reads one partition. It is not safe for concurrent use.
type Reader struct {
	cfg      Config
	offset   int64
	maxBytes int
	stuck    int
	scratch  []rawRecord
}

// NewReader checks cfg and returns a reader. It sends nothing yet.
func NewReader(cfg Config) (*Reader, error) {
	if cfg.Addr == nil {
		return nil, errors.New("fetch: Addr: no broker given")
	}
	if cfg.Topic == "" {
		return nil, errors.New("fetch: Topic: empty")
	}
	if cfg.Partition < 0 {
		return nil, fmt.Errorf("fetch: Partition: %d, want 0 or more", cfg.Partition)
	}
	if cfg.Offset < 0 {
		return nil, fmt.Errorf("fetch: Offset: %d, want 0 or more (ask Start or End)", cfg.Offset)
	}
	if cfg.Transport == nil {
		cfg.Transport = kafka.DefaultTransport
	}
	if cfg.MinBytes <= 0 {
		cfg.MinBytes = 1
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	if cfg.MaxWait <= 0 {
		cfg.MaxWait = defaultMaxWait
	}
	if cfg.RequestTimeout <= 0 {
		cfg.RequestTimeout = defaultRequestTimeout
	}
	if cfg.TopicWait <= 0 {
		cfg.TopicWait = defaultTopicWait
	}
	return &Reader{cfg: cfg, offset: cfg.Offset, maxBytes: cfg.MaxBytes}, nil
}

// NextOffset is the offset that the next Fetch asks for: past everything handed over and everything left out.
func (r *Reader) NextOffset() int64 { return r.offset }

// SeekTo makes the next Fetch begin at offset.
func (r *Reader) SeekTo(offset int64) {
	r.offset, r.stuck, r.maxBytes = offset, 0, r.cfg.MaxBytes
}

// Fetch asks the partition's leader for what follows NextOffset and waits up to MaxWait for it. Failures that pass
// (a moved leader, a lost connection, a broker that starts) are tried again until ctx is done. It returns a
// *RangeError when the offset is not in the log, ErrUnknownTopic, ErrUndecodable, or the broker's refusal.
// The records' bytes belong to the caller.
func (r *Reader) Fetch(ctx context.Context) (Result, error) {
	var res Result
	err := r.retry(ctx, func(ctx context.Context) error {
		var err error
		res, err = r.fetchOnce(ctx)
		return err
	})
	if errors.Is(err, kafka.OffsetOutOfRange) {
		return Result{}, r.rangeError(ctx)
	}
	if err != nil {
		return Result{}, fmt.Errorf("fetch %s/%d at %d: %w", r.cfg.Topic, r.cfg.Partition, r.offset, err)
	}
	return res, nil
}

func (r *Reader) fetchOnce(ctx context.Context) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.MaxWait+r.cfg.RequestTimeout)
	defer cancel()
	isolation := kafka.ReadUncommitted
	if r.cfg.ReadCommitted {
		isolation = kafka.ReadCommitted
	}
	m, err := r.cfg.Transport.RoundTrip(ctx, r.cfg.Addr, &fetchapi.Request{
		ReplicaID:   -1,
		MaxWaitTime: int32(r.cfg.MaxWait.Milliseconds()),
		MinBytes:    int32(r.cfg.MinBytes),
		// One partition, so its own limit below is the one that counts. (The embedded broker leaves out the list of
		// aborted transactions when this one is hit.)
		MaxBytes:       math.MaxInt32,
		IsolationLevel: int8(isolation),
		SessionID:      0,
		SessionEpoch:   -1,
		Topics: []fetchapi.RequestTopic{{
			Topic: r.cfg.Topic,
			Partitions: []fetchapi.RequestPartition{{
				Partition:          int32(r.cfg.Partition),
				CurrentLeaderEpoch: -1,
				FetchOffset:        r.offset,
				LogStartOffset:     -1,
				PartitionMaxBytes:  int32(r.maxBytes),
			}},
		}},
	})
	if err != nil {
		return Result{}, err
	}
	resp, ok := m.(*fetchapi.Response)
	if !ok {
		return Result{}, fmt.Errorf("unexpected answer %T", m)
	}
	if resp.ErrorCode != 0 {
		return Result{}, kafka.Error(resp.ErrorCode)
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return Result{}, fmt.Errorf("answer for %d topics, want one partition of one", len(resp.Topics))
	}
	p := &resp.Topics[0].Partitions[0]
	if p.ErrorCode != 0 {
		return Result{}, kafka.Error(p.ErrorCode)
	}
	return r.take(p, resp.ThrottleTimeMs > 0)
}

// take turns the broker's answer into a Result and moves the offset. Nothing is moved when it fails.
func (r *Reader) take(p *fetchapi.ResponsePartition, throttled bool) (Result, error) {
	res := Result{HighWatermark: p.HighWatermark, LastStable: p.LastStableOffset, LogStart: p.LogStartOffset}
	end := res.HighWatermark
	if r.cfg.ReadCommitted && res.LastStable >= 0 {
		end = res.LastStable
	}
	sets := recordSets(p.RecordSet.Records)
	if len(sets) == 0 {
		if r.offset >= end || throttled {
			r.stuck = 0
			return res, nil
		}
		return res, r.noBatch()
	}
	var aborted *abortedSet
	if r.cfg.ReadCommitted {
		aborted = newAbortedSet(p.AbortedTransactions)
	}
	next := r.offset
	for _, set := range sets {
		b, n, err := r.decode(set, next, aborted)
		if err != nil {
			return Result{}, err
		}
		next = max(next, n)
		if len(b.Records) > 0 {
			res.Batches = append(res.Batches, b)
		}
	}
	if next == r.offset {
		// Every batch ended before the offset although the broker chose it: compaction took the batch's last records
		// and kafka-go does not tell where it ended. There is no record at this offset.
		next++
	}
	r.offset, r.stuck, r.maxBytes = next, 0, r.cfg.MaxBytes
	return res, nil
}

// noBatch handles an answer without a readable batch below the end of the log. The batch did not fit, or the broker's
// view of the end was newer than its read.
func (r *Reader) noBatch() error {
	r.stuck++
	if r.stuck >= stuckLimit {
		return fmt.Errorf("%w: no readable batch in %d answers of up to %d bytes", ErrUndecodable, r.stuck, r.maxBytes)
	}
	if r.stuck > 2 {
		r.maxBytes = min(r.maxBytes*4, growLimit)
	}
	return nil
}

func recordSets(rr protocol.RecordReader) []protocol.RecordReader {
	switch s := rr.(type) {
	case nil:
		return nil
	case *protocol.RecordStream:
		return s.Records
	default:
		return []protocol.RecordReader{s}
	}
}

// retry runs op until it succeeds, fails for good, or ctx is done.
func (r *Reader) retry(ctx context.Context, op func(context.Context) error) error {
	var missingSince time.Time
	undecodable := 0
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, 2*time.Second
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := op(ctx)
		if err == nil {
			return struct{}{}, nil
		}
		if ctx.Err() != nil {
			return struct{}{}, backoff.Permanent(context.Cause(ctx))
		}
		switch Classify(err) {
		case KindMissing:
			if unreachable := Reachable(ctx, r.cfg.Transport, r.cfg.Addr); unreachable != nil {
				return struct{}{}, unreachable
			}
			if missingSince.IsZero() {
				missingSince = time.Now()
			}
			if time.Since(missingSince) > r.cfg.TopicWait {
				return struct{}{}, backoff.Permanent(fmt.Errorf("%w: %w", ErrUnknownTopic, err))
			}
			return struct{}{}, err
		case KindRetry:
			return struct{}{}, err
		case KindUnknown:
			if undecodable++; undecodable < undecodableLimit {
				return struct{}{}, err
			}
			return struct{}{}, backoff.Permanent(fmt.Errorf("%w: %w", ErrUndecodable, err))
		}
		return struct{}{}, backoff.Permanent(err)
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, _ time.Duration) {
		if r.cfg.OnRetry != nil {
			r.cfg.OnRetry(err)
		}
	}))
	return err
}
