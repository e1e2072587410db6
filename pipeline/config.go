package pipeline

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"tallystick/journal"
	"tallystick/journal/joint"
)

// Pace is how far apart fetches from one broker should be, and writes to the public topic. A claim that comes alone is
// not held up, since a fetch is waiting for it; under load each request carries several claims, and the cores are left
// to deciding.
const Pace = 5 * time.Millisecond

// Topics names the topics of an install.
type Topics struct {
	Claims      string // events as insurers send them
	Scored      string // the journal of entries
	Keys        string // wrapped data keys, written before the entries they open
	DeadLetters string // sealed originals of refused records
	Decisions   string // public: what a claims system reads

	ByInsurer bool // each insurer's decisions have a topic of their own, see Public
}

// Public is the topic of an insurer's decisions.
func (t Topics) Public(insurer string) string {
	if t.ByInsurer {
		return t.Decisions + "." + insurer
	}
	return t.Decisions
}

// DefaultTopics are the names used in the documentation.
var DefaultTopics = Topics{
	Claims: "claims", Scored: "claims.scored", Keys: "claims.keys", DeadLetters: "claims.dead-letter",
	Decisions: "claims.decisions",
}

// JournalName is the logical name of the journal of entries, part of its genesis digest. It never changes, whatever the
// topic is called.
const JournalName = "claims.scored"

// Config says where a pipeline reads and writes. Brokers, Group, Decider and Observer are required; zero values of the
// rest are replaced by the stated defaults.
type Config struct {
	Brokers   []string
	Transport kafka.RoundTripper // TLS and SASL, and how requests are joined; nil is plain text, each request alone
	Dialer    *kafka.Dialer      // the same for the consumer group's connections; nil is plain text
	Topics    Topics             // default DefaultTopics
	Group     string             // consumer group of the install
	// Instance names this instance among those of the group; no two have the same. One that starts under the name of
	// one that was killed takes its place in the group, which else waits for Session to run out. Empty is no name.
	Instance string

	// Partitioner is how producers place keys, one of Partitioners: a record that lies elsewhere is forwarded to the
	// partition of its claim. Empty forwards nothing.
	Partitioner string

	BatchRecords int           // source records decided at once at the most, default 500
	BatchBytes   int           // bytes of entries in a journal batch at the most, default 4 MB, before compression
	MaxWait      time.Duration // how long a fetch may wait for records, default 50ms
	BufferBytes  int           // decided entries kept in memory for sinks, a partition; default 32 MiB
	SinkRows     int           // entries handed to a sink at once at the most, default 5000
	DrainTimeout time.Duration // how long sinks may catch up at shutdown, default 20s

	Session time.Duration // consumer group session time-out, default 10s: short, since a stalled owner does no harm
	Watch   time.Duration // how often the topics' partitions are counted, default 5s

	// StateDirectory is where the memory of a Decider that is a [Keeper] is kept, every KeepEvery and at the end; a
	// start folds the journal from there. Each instance has its own. Empty is nowhere.
	StateDirectory string
	KeepEvery      time.Duration // default 10m
	Version        string        // of the program: a state that another one kept is not taken over

	Decider  Decider
	Sinks    []Sink
	Erasures Erasures // nil: nobody was ever erased

	// how long the journal may trail where the source holds nothing but what is left out, default 1m
	cover time.Duration

	Log     *slog.Logger          // default discards
	Metrics prometheus.Registerer // default none
}

func (c *Config) fill() error {
	if len(c.Brokers) == 0 {
		return errors.New("pipeline: Brokers: none given")
	}
	if c.Group == "" {
		return errors.New("pipeline: Group: empty")
	}
	if c.Decider == nil {
		return errors.New("pipeline: Decider: missing")
	}
	if c.Topics == (Topics{}) {
		c.Topics = DefaultTopics
	}
	if c.Partitioner != "" {
		if _, err := NewPlacement(c.Partitioner, 1); err != nil {
			return fmt.Errorf("pipeline: %w", err)
		}
	}
	seen := map[string]bool{}
	for _, s := range c.Sinks {
		if seen[s.Name()] {
			return fmt.Errorf("pipeline: Sinks: two are named %q", s.Name())
		}
		seen[s.Name()] = true
	}
	setDefault(&c.BatchRecords, 500)
	setDefault(&c.BatchBytes, maxBatchBytes)
	if c.BatchBytes > maxBatchBytes {
		return fmt.Errorf("pipeline: BatchBytes: %d, want %d at the most", c.BatchBytes, maxBatchBytes)
	}
	setDefault(&c.BufferBytes, 32<<20)
	setDefault(&c.SinkRows, 5000)
	setDefault(&c.MaxWait, 50*time.Millisecond)
	setDefault(&c.DrainTimeout, 20*time.Second)
	setDefault(&c.Session, 10*time.Second)
	setDefault(&c.Watch, 5*time.Second)
	setDefault(&c.KeepEvery, 10*time.Minute)
	setDefault(&c.cover, time.Minute)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	return nil
}

func setDefault[T ~int | ~int64](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

func (c *Config) journal() journal.Config {
	return journal.Config{
		Addr: kafka.TCP(c.Brokers...), Transport: c.Transport, Topic: c.Topics.Scored, Name: JournalName,
		Compression: kafka.Snappy,
		MaxBytes:    journalBytes, Parts: true,
	}
}

// freshClient is one that has not cached the cluster's layout yet.
func (c *Config) freshClient() (client *kafka.Client, done func()) {
	client, done = c.client(), func() {}
	t, under := &kafka.Transport{}, c.Transport
	if j, ok := under.(*joint.Transport); ok {
		under = j.Under()
	}
	switch have := under.(type) {
	case nil:
	case *kafka.Transport:
		t.Dial, t.DialTimeout, t.ClientID, t.TLS, t.SASL, t.Resolver = have.Dial, have.DialTimeout, have.ClientID,
			have.TLS, have.SASL, have.Resolver
	default:
		return client, done
	}
	client.Transport = t
	return client, t.CloseIdleConnections
}

func (c *Config) client() *kafka.Client {
	return &kafka.Client{Addr: kafka.TCP(c.Brokers...), Transport: c.Transport, Timeout: 15 * time.Second}
}
