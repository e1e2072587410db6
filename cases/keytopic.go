package cases

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"tallystick/journal"
	"tallystick/journal/fetch"
)

// ErrErased says that a key was forgotten: what it sealed cannot be read by anybody.
var ErrErased = errors.New("the key was forgotten: this was erased")

// Wrapper encrypts keys under a key that it does not give out. bound names what a key is for; a wrapped key opens for
// that alone. It may be called concurrently.
type Wrapper interface {
	Wrap(ctx context.Context, key []byte, bound string) ([]byte, error)
	Unwrap(ctx context.Context, wrapped []byte, bound string) ([]byte, error)
}

// KeyTopic keeps wrapped keys on a compacted topic of one partition, by id. A tombstone forgets a key for good once the
// topic is compacted. It may be used concurrently.
type KeyTopic struct {
	cfg     journal.Config // Addr, Transport and Topic are used
	wrapper Wrapper
	client  kafka.Client

	mu      sync.Mutex
	reader  *fetch.Reader
	wrapped map[string][]byte
	read    time.Time // when the topic was last read to its end
}

// OpenKeyTopic opens the topic; see CreateKeyTopic.
func OpenKeyTopic(cfg journal.Config, wrapper Wrapper) (*KeyTopic, error) {
	if wrapper == nil {
		return nil, errors.New("keys of cases: who wraps them is missing")
	}
	reader, err := fetch.NewReader(fetch.Config{
		Addr: cfg.Addr, Transport: cfg.Transport, Topic: cfg.Topic, MaxWait: 50 * time.Millisecond,
		TopicWait: cfg.TopicWait,
	})
	if err != nil {
		return nil, fmt.Errorf("keys of cases: %w", err)
	}
	return &KeyTopic{
		cfg: cfg, wrapper: wrapper, reader: reader, wrapped: map[string][]byte{},
		client: kafka.Client{Addr: cfg.Addr, Transport: cfg.Transport, Timeout: 10 * time.Second},
	}, nil
}

// CreateKeyTopic makes the topic, unless it is there. An active segment is never compacted, so segments are closed and
// tombstones take effect within a day.
func CreateKeyTopic(ctx context.Context, client *kafka.Client, topic string, replication int) error {
	day := strconv.FormatInt((24 * time.Hour).Milliseconds(), 10)
	entries := []kafka.ConfigEntry{
		{ConfigName: "cleanup.policy", ConfigValue: "compact"},
		{ConfigName: "segment.ms", ConfigValue: day},
		{ConfigName: "max.compaction.lag.ms", ConfigValue: day},
		{ConfigName: "delete.retention.ms", ConfigValue: day},
		{ConfigName: "unclean.leader.election.enable", ConfigValue: "false"},
	}
	if replication >= 3 {
		entries = append(entries, kafka.ConfigEntry{ConfigName: "min.insync.replicas", ConfigValue: "2"})
	}
	res, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
		Topic: topic, NumPartitions: 1, ReplicationFactor: replication, ConfigEntries: entries,
	}}})
	if err == nil {
		err = res.Errors[topic]
	}
	if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
		return fmt.Errorf("creating topic %s: %w", topic, err)
	}
	return nil
}

// New implements Keys.
func (k *KeyTopic) New(ctx context.Context, bound string) (string, []byte, error) {
	var random [48]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	id, key := hex.EncodeToString(random[:16]), random[16:]
	wrapped, err := k.wrapper.Wrap(ctx, key, bound+"/"+id)
	if err != nil {
		return "", nil, fmt.Errorf("wrapping a key: %w", err)
	}
	// A crash or a lost answer leaves a key that nothing was sealed with; sent again it is the same record.
	if err := k.write(ctx, id, wrapped); err != nil {
		return "", nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wrapped[id] = wrapped
	return id, key, nil
}

// Forget writes tombstones for keys. What they sealed can no longer be read here; the topic forgets them with its next
// compaction.
func (k *KeyTopic) Forget(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		if err := k.write(ctx, id, nil); err != nil {
			return err
		}
		k.mu.Lock()
		delete(k.wrapped, id)
		k.mu.Unlock()
	}
	return nil
}

func (k *KeyTopic) write(ctx context.Context, id string, wrapped []byte) error {
	record := func() kafka.RecordReader {
		r := kafka.Record{Time: time.Now(), Key: kafka.NewBytes([]byte(id))}
		if wrapped != nil {
			r.Value = kafka.NewBytes(wrapped)
		}
		return kafka.NewRecordReader(r)
	}
	attempt := func() (struct{}, error) {
		res, err := k.client.Produce(
			ctx,
			&kafka.ProduceRequest{Topic: k.cfg.Topic, RequiredAcks: kafka.RequireAll, Records: record()},
		)
		if err == nil {
			err = res.Error
		}
		if err != nil && fetch.Classify(err) == fetch.KindRefused {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, 2*time.Second
	if _, err := backoff.Retry(ctx, attempt, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0)); err != nil {
		return fmt.Errorf("writing to %s: %w", k.cfg.Topic, err)
	}
	return nil
}

// freshFor is how long a key is given out without looking whether it was forgotten meanwhile.
const freshFor = time.Second

// Get implements Keys.
func (k *KeyTopic) Get(ctx context.Context, id, bound string) ([]byte, error) {
	wrapped, err := k.find(ctx, id)
	if err != nil {
		return nil, err
	}
	key, err := k.wrapper.Unwrap(ctx, wrapped, bound+"/"+id)
	if err != nil {
		return nil, fmt.Errorf("unwrapping a key: %w", err)
	}
	return key, nil
}

func (k *KeyTopic) find(ctx context.Context, id string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.read) > freshFor {
		if err := k.catchUp(ctx); err != nil {
			return nil, fmt.Errorf("reading %s: %w", k.cfg.Topic, err)
		}
	}
	wrapped, ok := k.wrapped[id]
	if !ok {
		return nil, ErrErased
	}
	return wrapped, nil
}

// catchUp reads the topic to its present end.
func (k *KeyTopic) catchUp(ctx context.Context) error {
	end, err := k.reader.End(ctx)
	if err != nil {
		return err
	}
	for k.reader.NextOffset() < end {
		res, err := k.reader.Fetch(ctx)
		if err != nil {
			return err
		}
		for _, batch := range res.Batches {
			for _, r := range batch.Records {
				if r.Value == nil {
					delete(k.wrapped, string(r.Key))
				} else {
					k.wrapped[string(r.Key)] = r.Value
				}
			}
		}
	}
	k.read = time.Now()
	return nil
}

// LocalWrapper wraps under a key of its own with AES-256-GCM: for who has no key service.
type LocalWrapper struct{ aead cipher.AEAD }

// NewLocalWrapper takes a key of 32 bytes.
func NewLocalWrapper(key []byte) (*LocalWrapper, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("the key that wraps keys of cases has %d bytes, want 32", len(key))
	}
	aead, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	return &LocalWrapper{aead}, nil
}

// newGCM is AES-256-GCM under random nonces, which it puts before what it seals.
func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Wrap implements Wrapper.
func (w *LocalWrapper) Wrap(_ context.Context, key []byte, bound string) ([]byte, error) {
	return w.aead.Seal(nil, nil, key, []byte("tallystick case key v1\x00"+bound)), nil
}

// Unwrap implements Wrapper.
func (w *LocalWrapper) Unwrap(_ context.Context, wrapped []byte, bound string) ([]byte, error) {
	key, err := w.aead.Open(nil, nil, wrapped, []byte("tallystick case key v1\x00"+bound))
	if err != nil {
		return nil, errors.New("a wrapped key is damaged, of another case, or under another key")
	}
	return key, nil
}

// NoWrapper is for who gives keys up and reads none.
var NoWrapper Wrapper = noWrapper{}

type noWrapper struct{}

var errNoWrapper = errors.New("keys of cases: neither written nor read here")

func (noWrapper) Wrap(context.Context, []byte, string) ([]byte, error)   { return nil, errNoWrapper }
func (noWrapper) Unwrap(context.Context, []byte, string) ([]byte, error) { return nil, errNoWrapper }
