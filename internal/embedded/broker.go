package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
)

// Topic is a topic to create at start unless the directory already has it. One
// that exists keeps its partitions and configuration.
type Topic struct {
	Name       string
	Partitions int
	Config     map[string]string // for example "max.message.bytes"
}

// Config says where a broker keeps its state and where it listens.
type Config struct {
	// Dir holds the log and the committed offsets, created if needed. Empty
	// keeps everything in memory, and it is gone with the broker.
	Dir string
	// Port on 127.0.0.1; 0 takes the port that was used last time in Dir, or
	// any free one. Clients that outlive a restart need the same port.
	Port int
	// Topics are created at start. Topics are never created by being asked for.
	Topics []Topic
	// SyncWrites flushes every batch to the disk before it is acknowledged. It
	// is needed against a crash of the machine; a killed process loses nothing
	// without it.
	SyncWrites bool
	// Log gets the broker's warnings; nil drops them.
	Log *slog.Logger
}

// Broker is a running embedded broker.
type Broker struct {
	cluster *kfake.Cluster
	unlock  func() error
	once    sync.Once
	err     error
}

// StartBroker starts a broker that keeps its state in dir and listens on the
// first of the ports, or on a free one.
func StartBroker(dir string, ports ...int) (*Broker, error) {
	if len(ports) > 1 {
		return nil, fmt.Errorf("starting the embedded broker: it is one broker, got %d ports", len(ports))
	}
	cfg := Config{Dir: dir}
	if len(ports) == 1 {
		cfg.Port = ports[0]
	}
	return Start(cfg)
}

// Start brings up a broker. With a Dir that was used before, topics, records,
// configurations and committed offsets are as they were, also after a crash.
// Two brokers cannot share a Dir: the second one fails.
func Start(cfg Config) (*Broker, error) {
	unlock := func() error { return nil }
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ClusterID("tallystick-embedded"),
		kfake.ListenFn(listenLoopback),
		kfake.DefaultNumPartitions(1),
		// kafka-go's own minimum session is 6 s; the default rebalance delay of
		// a broker would make every demo start three seconds later.
		kfake.GroupMinSessionTimeout(time.Second),
	}
	port := cfg.Port
	if cfg.Dir != "" {
		dir, err := filepath.Abs(cfg.Dir)
		if err != nil {
			return nil, fmt.Errorf("starting the embedded broker: %w", err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("starting the embedded broker: %w", err)
		}
		if unlock, err = lockDir(dir); err != nil {
			return nil, fmt.Errorf("starting the embedded broker: %w", err)
		}
		if port == 0 {
			port = lastPort(dir)
		}
		opts = append(opts, kfake.DataDir(filepath.Join(dir, "log")))
		if cfg.SyncWrites {
			opts = append(opts, kfake.SyncWrites())
		}
	}
	if port != 0 {
		opts = append(opts, kfake.Ports(port))
	}
	if cfg.Log != nil {
		opts = append(opts, kfake.WithLogger(logger{cfg.Log}))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the embedded broker: %w", err), unlock())
	}
	b := &Broker{cluster: cluster, unlock: unlock}
	if err := createTopics(b.Addrs()[0], cfg.Topics); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	if cfg.Dir != "" {
		if err := savePort(cfg.Dir, b.Addrs()[0]); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return b, nil
}

// Addrs are the broker addresses, host:port.
func (b *Broker) Addrs() []string { return b.cluster.ListenAddrs() }

// Close stops the broker and leaves its state in the directory. Connections
// break. It may be called more than once.
func (b *Broker) Close() error {
	b.once.Do(func() {
		b.cluster.Close()
		b.err = b.unlock()
	})
	return b.err
}

// Run keeps a broker up until ctx ends: the body of a command that runs it in a
// process of its own. ready, if not nil, gets the addresses once it listens.
func Run(ctx context.Context, cfg Config, ready func(addrs []string)) error {
	b, err := Start(cfg)
	if err != nil {
		return err
	}
	if ready != nil {
		ready(b.Addrs())
	}
	<-ctx.Done()
	return b.Close()
}

func createTopics(addr string, topics []Topic) error {
	if len(topics) == 0 {
		return nil
	}
	req := &kafka.CreateTopicsRequest{}
	for _, t := range topics {
		c := kafka.TopicConfig{Topic: t.Name, NumPartitions: t.Partitions, ReplicationFactor: 1}
		for k, v := range t.Config {
			c.ConfigEntries = append(c.ConfigEntries, kafka.ConfigEntry{ConfigName: k, ConfigValue: v})
		}
		req.Topics = append(req.Topics, c)
	}
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(addr), Timeout: 10 * time.Second, Transport: transport}
	resp, err := client.CreateTopics(context.Background(), req)
	if err != nil {
		return fmt.Errorf("creating topics on the embedded broker: %w", err)
	}
	for topic, err := range resp.Errors {
		if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			return fmt.Errorf("creating topic %q on the embedded broker: %w", topic, err)
		}
	}
	return nil
}

func listenLoopback(network, address string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	inner, err := net.Listen(network, net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, err
	}
	return &listener{Listener: inner}, nil
}

type logger struct{ to *slog.Logger }

func (l logger) Logf(level kfake.LogLevel, format string, args ...any) {
	if level > kfake.LogLevelWarn {
		return
	}
	l.to.Warn("embedded broker: " + fmt.Sprintf(format, args...))
}
