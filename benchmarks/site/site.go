package site

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/segmentio/kafka-go"

	"tallystick/analytics"
)

// Servers that a benchmark runs on, and the binary that it measures.
type Servers struct {
	Brokers    []string
	ClickHouse string // host:port, HTTP
	Binary     string
}

// FromEnvironment returns what internal/testenv/run and the Makefile say.
func FromEnvironment() (Servers, error) {
	s := Servers{Brokers: strings.Split(os.Getenv("TALLYSTICK_TEST_KAFKA"), ","),
		ClickHouse: os.Getenv("TALLYSTICK_TEST_CLICKHOUSE"), Binary: os.Getenv("TALLYSTICK_BIN")}
	if s.Brokers[0] == "" || s.ClickHouse == "" || s.Binary == "" {
		return s, errors.New("no servers: start it by its target of the Makefile, or set TALLYSTICK_TEST_KAFKA, TALLYSTICK_TEST_CLICKHOUSE and TALLYSTICK_BIN")
	}
	return s, nil
}

// Config of a site. What is zero is as the binary has it, save for the batches, which are closed every 5 s.
type Config struct {
	Partitions  int
	Instances   int // that can run at a time, 1 at least; the first one keeps the log
	Session     time.Duration
	StateClaims int           // max_state_claims
	KeepEvery   time.Duration // state.keep_every; 0 keeps no state
	// ClickHouse merges 4 GB at the most and soon deletes what it has merged, so a large site needs less disk
	SmallMerges bool
	Env         []string // of the instances, beside this process's own
}

// Site is an install. Its methods may be called concurrently, but for Close.
type Site struct {
	Servers
	Config
	Name      string // of the database, the group and the prefix of all topics
	Transport *kafka.Transport
	Client    *kafka.Client
	DB        *analytics.DB

	dir  string
	http []string // of each instance
}

// New makes topics, keys, tables and an empty log. Whoever calls it closes the site.
func New(ctx context.Context, servers Servers, cfg Config) (*Site, error) {
	dir, err := os.MkdirTemp("", "tallystick-bench-")
	if err != nil {
		return nil, err
	}
	cfg.Instances = max(1, cfg.Instances)
	s := &Site{Servers: servers, Config: cfg, Name: "bench_" + strings.ToLower(rand.Text()[:10]), dir: dir}
	s.Transport = &kafka.Transport{MetadataTTL: 2 * time.Second, DialTimeout: 5 * time.Second}
	s.Client = &kafka.Client{Addr: kafka.TCP(s.Brokers...), Transport: s.Transport, Timeout: 30 * time.Second}
	if err := s.setUp(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Site) setUp(ctx context.Context) error {
	for i := range s.Instances {
		addr, err := freeAddr()
		if err != nil {
			return err
		}
		s.http = append(s.http, addr)
		if err := os.WriteFile(s.configFile(i), []byte(s.settings(i)), 0o600); err != nil {
			return err
		}
	}
	for _, args := range [][]string{
		{"keyring", "new", s.Path("keys"), "--insurer", Insurers[0], "--insurer", Insurers[1]},
		{"log-key", s.Path("log.key"), s.Name + ".example/claims"},
		{"migrate", "--config", s.configFile(0)},
	} {
		if _, err := s.CLI(ctx, args...); err != nil {
			return err
		}
	}
	if s.SmallMerges {
		if err := s.mergeLess(ctx); err != nil {
			return err
		}
	}
	var err error
	s.DB, err = analytics.Open(ctx, analytics.Options{Addr: s.ClickHouse, Database: s.Name, Protocol: analytics.HTTP})
	return err
}

// ConnectClickHouse returns a connection to the site's database, for what [analytics.DB] does not do. Whoever calls it
// closes it.
func (s *Site) ConnectClickHouse() (driver.Conn, error) {
	return clickhouse.Open(&clickhouse.Options{Addr: []string{s.ClickHouse}, Auth: clickhouse.Auth{Database: s.Name},
		Protocol: clickhouse.HTTP})
}

func (s *Site) mergeLess(ctx context.Context) error {
	conn, err := s.ConnectClickHouse()
	if err != nil {
		return err
	}
	defer conn.Close()
	query := fmt.Sprintf("ALTER TABLE entries MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = %d, old_parts_lifetime = 10", largestMerge)
	if err := conn.Exec(ctx, query); err != nil {
		return fmt.Errorf("keeping merges small: %w", err)
	}
	return nil
}

func (s *Site) settings(instance int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `insurers: [%s]
kafka:
  brokers: [%s]
  group: %s
  partitions: %d
  topics: {claims: %[3]s.claims, scored: %[3]s.scored, keys: %[3]s.keys, dead_letters: %[3]s.dead, decisions: %[3]s.decisions, closings: %[3]s.closings}
`, strings.Join(Insurers, ", "), strings.Join(s.Brokers, ", "), s.Name, s.Partitions)
	if s.Session > 0 {
		fmt.Fprintf(&b, "  session: %s\n", s.Session)
	}
	fmt.Fprintf(&b, `keys:
  service: keyring
  keyring: {directory: %[1]s/keys, passphrase_file: %[1]s/keys/keyring.pass}
clickhouse: {addr: %[2]q, protocol: http, database: %[3]s}
http: %[4]s
`, s.dir, s.ClickHouse, s.Name, s.http[instance])
	if s.StateClaims > 0 {
		fmt.Fprintf(&b, "max_state_claims: %d\n", s.StateClaims)
	}
	if s.KeepEvery > 0 {
		fmt.Fprintf(&b, "state: {directory: %s, keep_every: %s}\n", s.StateDirectory(instance), s.KeepEvery)
	}
	if instance == 0 { // one process at a time may hold the log
		fmt.Fprintf(&b, "anchor: {directory: %[1]s/log, key_file: %[1]s/log.key, origin: %[2]s.example/claims, close_every: 5s}\n", s.dir, s.Name)
	}
	return b.String()
}

// StateDirectory is where an instance keeps its state.
func (s *Site) StateDirectory(instance int) string { return s.Path(fmt.Sprintf("state-%d", instance)) }

// Path returns the path of a file of the site.
func (s *Site) Path(name string) string { return filepath.Join(s.dir, name) }

// Topic returns the full name of a topic: claims, scored, decisions and so on.
func (s *Site) Topic(name string) string { return s.Name + "." + name }

func (s *Site) configFile(instance int) string {
	return s.Path(fmt.Sprintf("tallystick-%d.yaml", instance))
}

// CLI runs a command of the binary that ends by itself and returns what it printed on its standard output. The error
// holds what it printed otherwise.
func (s *Site) CLI(ctx context.Context, args ...string) ([]byte, error) {
	out, _, err := s.run(ctx, args)
	return out, err
}

func (s *Site) run(ctx context.Context, args []string) ([]byte, *os.ProcessState, error) {
	cmd := exec.CommandContext(ctx, s.Binary, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.Bytes(), cmd.ProcessState, fmt.Errorf("tallystick %s: %w\n%s", strings.Join(args, " "), err,
			errs.String())
	}
	return out.Bytes(), cmd.ProcessState, nil
}

// Close removes what the run made, also when it was interrupted. Errors of that change no figure.
func (s *Site) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if s.DB != nil {
		_ = s.DB.Drop(ctx)
		_ = s.DB.Close()
	}
	var topics []string
	for _, t := range []string{"claims", "scored", "keys", "dead", "decisions", "closings", "copied"} {
		topics = append(topics, s.Topic(t))
	}
	_, _ = s.Client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: topics})
	s.Transport.CloseIdleConnections()
	_ = os.RemoveAll(s.dir)
}

// Produce appends claims, as a producer with a backlog would, and waits for the broker.
func (s *Site) Produce(ctx context.Context, list []Message) error {
	w := &kafka.Writer{
		Addr: kafka.TCP(s.Brokers...), Transport: s.Transport, Topic: s.Topic("claims"), Balancer: balancer,
		RequiredAcks: kafka.RequireAll, Compression: kafka.Zstd, BatchSize: 500, BatchBytes: 900_000,
		BatchTimeout: 5 * time.Millisecond,
	}
	msgs := make([]kafka.Message, 0, 8000)
	for len(list) > 0 {
		n := min(len(list), cap(msgs))
		msgs = msgs[:0]
		for _, m := range list[:n] {
			msgs = append(msgs, kafka.Message{Key: m.Key, Value: m.Value})
		}
		list = list[n:]
		if err := w.WriteMessages(ctx, msgs...); err != nil {
			return errors.Join(fmt.Errorf("sending claims: %w", err), w.Close())
		}
	}
	return w.Close()
}

// Ends returns the end offset of each partition of a topic.
func (s *Site) Ends(ctx context.Context, topic string) ([]int64, error) {
	want := make([]kafka.OffsetRequest, s.Partitions)
	for p := range want {
		want[p] = kafka.LastOffsetOf(p)
	}
	res, err := s.Client.ListOffsets(ctx,
		&kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{s.Topic(topic): want}})
	if err != nil {
		return nil, fmt.Errorf("asking for the ends of %s: %w", topic, err)
	}
	ends := make([]int64, s.Partitions)
	for _, p := range res.Topics[s.Topic(topic)] {
		if p.Error != nil {
			return nil, fmt.Errorf("asking for the end of %s/%d: %w", topic, p.Partition, p.Error)
		}
		ends[p.Partition] = p.LastOffset
	}
	return ends, nil
}
