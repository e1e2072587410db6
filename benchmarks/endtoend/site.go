package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/analytics"
)

type servers struct {
	brokers    []string
	clickhouse string
	binary     string
}

// site is an install of its own: topics, keys, database and log that nothing else uses.
type site struct {
	servers
	name, dir, http string
	transport       *kafka.Transport
	client          *kafka.Client
	partitions      int
	copied          bool
	db              *analytics.DB
}

func newSite(ctx context.Context, servers servers, o options) (*site, error) {
	dir, err := os.MkdirTemp("", "tallystick-bench-")
	if err != nil {
		return nil, err
	}
	s := &site{servers: servers, name: "bench_" + strings.ToLower(rand.Text()[:10]), dir: dir, partitions: o.partitions}
	s.transport = &kafka.Transport{MetadataTTL: 2 * time.Second, DialTimeout: 5 * time.Second}
	s.client = &kafka.Client{Addr: kafka.TCP(s.brokers...), Transport: s.transport, Timeout: 30 * time.Second}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.http = l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	config := fmt.Sprintf(`insurers: [%s]
kafka:
  brokers: [%s]
  group: %s
  partitions: %d
  topics: {claims: %[3]s.claims, scored: %[3]s.scored, keys: %[3]s.keys, dead_letters: %[3]s.dead, decisions: %[3]s.decisions, closings: %[3]s.closings}
keys:
  service: keyring
  keyring: {directory: %[5]s/keys, passphrase_file: %[5]s/keys/keyring.pass}
clickhouse: {addr: %[6]q, protocol: http, database: %[3]s}
anchor: {directory: %[5]s/log, key_file: %[5]s/log.key, origin: %[3]s.example/claims, close_every: 5s}
http: %[7]s
`, strings.Join(insurers, ", "), strings.Join(s.brokers, ", "), s.name, o.partitions, dir, s.clickhouse, s.http)
	if err := os.WriteFile(s.path("tallystick.yaml"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	if err := s.cli(ctx, "keyring", "new", s.path("keys"), "--insurer", insurers[0], "--insurer", insurers[1]); err != nil {
		return nil, err
	}
	if err := s.cli(ctx, "log-key", s.path("log.key"), s.name+".example/claims"); err != nil {
		return nil, err
	}
	if err := s.cli(ctx, "migrate", "--config", s.path("tallystick.yaml")); err != nil {
		return nil, err
	}
	s.db, err = analytics.Open(ctx, analytics.Options{Addr: s.clickhouse, Database: s.name, Protocol: analytics.HTTP})
	return s, err
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) topic(name string) string { return s.name + "." + name }

func (s *site) cli(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, s.binary, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("tallystick %s: %w\n%s", strings.Join(args, " "), err, out.String())
	}
	return nil
}

// close removes what the run made. Errors of that change no figure.
func (s *site) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_ = s.db.Drop(ctx)
	_ = s.db.Close()
	var topics []string
	for _, t := range []string{"claims", "scored", "keys", "dead", "decisions", "closings", "copied"} {
		topics = append(topics, s.topic(t))
	}
	_, _ = s.client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: topics})
	s.transport.CloseIdleConnections()
	_ = os.RemoveAll(s.dir)
}

// copyTopic returns a topic like the journal's, which raw copies append to. It makes it the first time and waits until its
// partitions are led.
func (s *site) copyTopic(ctx context.Context) (string, error) {
	topic := s.topic("copied")
	if s.copied {
		return topic, nil
	}
	res, err := s.client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
		Topic: topic, NumPartitions: s.partitions, ReplicationFactor: 1,
		ConfigEntries: []kafka.ConfigEntry{{ConfigName: "max.message.bytes", ConfigValue: "8388608"}},
	}}})
	if err == nil {
		err = res.Errors[topic]
	}
	if err != nil {
		return "", fmt.Errorf("making the raw copy's topic: %w", err)
	}
	for p := 0; p < s.partitions; {
		probe := &kafka.ProduceRequest{Topic: topic, Partition: p, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte{0})})}
		res, err := s.client.Produce(ctx, probe)
		if err == nil && res.Error == nil {
			p++
			continue
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	s.copied = true
	return topic, nil
}

// produce appends claims, as a producer with a backlog would, and waits for the broker.
func (s *site) produce(ctx context.Context, list []message) error {
	w := &kafka.Writer{
		Addr: kafka.TCP(s.brokers...), Transport: s.transport, Topic: s.topic("claims"), Balancer: kafka.Murmur2Balancer{Consistent: true},
		RequiredAcks: kafka.RequireAll, Compression: kafka.Zstd, BatchSize: 500, BatchBytes: 900_000, BatchTimeout: 5 * time.Millisecond,
	}
	msgs := make([]kafka.Message, 0, 8000)
	for len(list) > 0 {
		n := min(len(list), cap(msgs))
		msgs = msgs[:0]
		for _, m := range list[:n] {
			msgs = append(msgs, kafka.Message{Key: m.key, Value: m.value})
		}
		list = list[n:]
		if err := w.WriteMessages(ctx, msgs...); err != nil {
			return errors.Join(fmt.Errorf("sending claims: %w", err), w.Close())
		}
	}
	return w.Close()
}

// instance is a running pipeline.
type instance struct {
	cmd     *exec.Cmd
	log     string
	started time.Time
	exited  chan struct{}
	err     error
}

// start runs the pipeline and returns once it says that it is ready.
func (s *site) start(ctx context.Context) (*instance, error) {
	p, err := s.spawn()
	if err != nil {
		return nil, err
	}
	for !s.ready(ctx) {
		select {
		case <-p.exited:
			return nil, p.failure()
		case <-ctx.Done():
			p.kill()
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return p, nil
}

func (s *site) spawn() (*instance, error) {
	p := &instance{cmd: exec.Command(s.binary, "run", "--config", s.path("tallystick.yaml")), log: s.path("run.log"), exited: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.err = p.cmd.Wait(); close(p.exited) }()
	return p, nil
}

func (p *instance) failure() error {
	log, _ := os.ReadFile(p.log)
	return fmt.Errorf("the pipeline ended: %w\n%s", p.err, log[max(0, len(log)-4000):])
}

// kill ends the process without warning.
func (p *instance) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// stop lets it drain.
func (p *instance) stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return p.failure()
	}
	<-p.exited
	if p.err != nil {
		return p.failure()
	}
	return nil
}
