package journal

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"
)

const (
	defaultMaxBytes       = 1_000_000
	defaultMaxWait        = 500 * time.Millisecond
	defaultRequestTimeout = 10 * time.Second
	defaultTopicWait      = 15 * time.Second

	// batchOverhead is what Kafka and the header record add to a batch, recordOverhead the most that Kafka adds to a
	// record of less than 256 MiB.
	batchOverhead  = 61 + recordOverhead + len(headerKey) + headerSize
	recordOverhead = 24
)

// Config says which journal, and how to reach it. The same Config serves all its partitions.
type Config struct {
	// Addr is one or more bootstrap brokers, as from kafka.TCP.
	Addr net.Addr
	// Transport carries the requests; nil means kafka.DefaultTransport.
	Transport kafka.RoundTripper
	// Topic is where the journal is kept.
	Topic string
	// Name is the journal's logical name. It enters every digest, so it stays when the topic is copied to another
	// cluster or name. Empty means Topic.
	Name string
	// Parts says that the records that are appended are lists of parts, so that some may be left out of a copy. Readers
	// see it in each batch.
	Parts bool
	// Compression of appended batches; the zero value means none.
	Compression kafka.Compression
	// MaxBytes bounds a batch before compression, see Size; default 1,000,000. The topic's max.message.bytes must be
	// larger by one per cent: CreateTopic and CheckTopic see to it.
	MaxBytes int
	// MaxFetchBytes bounds one read; a larger batch still arrives whole. Default 4 MiB.
	MaxFetchBytes int
	// MaxWait is how long a broker may hold back an answer while there is nothing to read; default 500 ms.
	MaxWait time.Duration
	// RequestTimeout limits one request, default 10 s. The broker gets half of it to replicate an append.
	RequestTimeout time.Duration
	// TopicWait is how long the topic may be missing from the cluster's metadata; default 15 s.
	TopicWait time.Duration
	// Now is the clock for Header.Created; nil means time.Now.
	Now func() time.Time
	// OnVoid, if set, is told of each Kafka batch that does not count. It runs on the reader's goroutine.
	OnVoid func(Void)
	// OnRetry, if set, is told of each failure that is tried again. It may be called concurrently.
	OnRetry func(error)

	// pause makes the waits between attempts; tests replace it.
	pause func() backoff.BackOff
}

func (c Config) check() (Config, error) {
	if c.Addr == nil {
		return c, errors.New("journal: Addr: no broker given")
	}
	return c.fill()
}

func (c Config) fill() (Config, error) {
	if c.Topic == "" {
		return c, errors.New("journal: Topic: empty")
	}
	if c.Name == "" {
		c.Name = c.Topic
	}
	if c.Compression != 0 && c.Compression.Codec() == nil {
		return c, fmt.Errorf("journal: Compression: %d is not a codec", c.Compression)
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = defaultMaxBytes
	}
	if c.MaxBytes < batchOverhead {
		return c, fmt.Errorf("journal: MaxBytes: %d, want at least %d", c.MaxBytes, batchOverhead)
	}
	if c.Transport == nil {
		c.Transport = kafka.DefaultTransport
	}
	setDefault(&c.MaxWait, defaultMaxWait)
	setDefault(&c.RequestTimeout, defaultRequestTimeout)
	setDefault(&c.TopicWait, defaultTopicWait)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.OnRetry == nil {
		c.OnRetry = func(error) {}
	}
	if c.pause == nil {
		c.pause = func() backoff.BackOff {
			b := backoff.NewExponentialBackOff()
			b.InitialInterval, b.MaxInterval = 20*time.Millisecond, 2*time.Second
			return b
		}
	}
	return c, nil
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}

// Size is an upper bound of what a batch of these records takes before compression; Append refuses more than
// Config.MaxBytes. Sizes add up: Size(a, b) = Size(a) + RecordSize(b).
func Size(records ...Record) int {
	n := batchOverhead
	for i := range records {
		n += RecordSize(records[i])
	}
	return n
}

// RecordSize is what one more record adds to Size.
func RecordSize(r Record) int { return recordOverhead + len(r.Key) + len(r.Value) }
