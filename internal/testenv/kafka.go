package testenv

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/analytics/engine"
)

// kafkaVersion is the one that the Makefile fetches.
const kafkaVersion = "4.1.0"

// KafkaOptions of a broker of the test's own.
type KafkaOptions struct {
	// Properties add to server.properties or replace what is there.
	Properties map[string]string
	// Second is the security protocol of a second listener, such as SASL_SSL. It
	// is at Server.Second; the first one stays in plain text.
	Second string
	// Advertised is where clients of the second listener are told to connect to:
	// a proxy before it. Empty is the listener itself.
	Advertised string
}

// StartKafka starts an Apache Kafka for this test alone.
func StartKafka(t testing.TB, opts KafkaOptions) *Server {
	t.Helper()
	p := shortSession()
	maps.Copy(p, opts.Properties)
	opts.Properties = p
	s, err := startKafka(opts)
	return own(t, s, err)
}

// StartKafkaCluster starts brokers, each of which is a controller as well, for
// this test alone. Broker i has the id i+1. Topics are replicated as they ask for.
func StartKafkaCluster(t testing.TB, brokers int) []*Server {
	t.Helper()
	c, err := newKafkaCluster(brokers)
	if err != nil {
		t.Fatal(err)
	}
	servers, errs := make([]*Server, brokers), make([]error, brokers)
	var starting sync.WaitGroup
	for i, n := range c.nodes { // at the same time: one alone has no quorum
		starting.Go(func() { servers[i], errs[i] = c.start(n, KafkaOptions{Properties: shortSession()}) })
	}
	starting.Wait()
	for i := range servers {
		if servers[i] != nil {
			own(t, servers[i], nil)
		}
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return servers
}

// shortSession is for brokers that are killed: one may register again only after
// its session has ended.
func shortSession() map[string]string {
	return map[string]string{"broker.session.timeout.ms": "3000", "broker.heartbeat.interval.ms": "500"}
}

// PartitionDir is where a Kafka of the test's own keeps a partition. Change it
// only while the server is down.
func (s *Server) PartitionDir(topic string, partition int) string {
	return filepath.Join(s.dir, "data", topic+"-"+strconv.Itoa(partition))
}

// CreateTopic makes a topic with one replica, and fails the test if that is not
// possible, also because it exists.
func CreateTopic(t testing.TB, brokers []string, topic string, partitions int, configs map[string]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c := kafka.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}
	for k, v := range configs {
		c.ConfigEntries = append(c.ConfigEntries, kafka.ConfigEntry{ConfigName: k, ConfigValue: v})
	}
	client, done := kafkaClient(brokers...)
	defer done()
	resp, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{c}})
	if err == nil {
		err = resp.Errors[topic]
	}
	if err != nil {
		t.Fatalf("creating topic %s: %v", topic, err)
	}
	// Created is not yet led: the first produce would be told so.
	for {
		err := led(ctx, client, topic, partitions)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("creating topic %s: its partitions got no leader: %v", topic, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// led says whether all partitions have leaders, and whether these know that they are: the rest of the cluster, and even
// the same broker's answers about the cluster, may be ahead of them.
func led(ctx context.Context, client *kafka.Client, topic string, partitions int) error {
	meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	if len(meta.Topics) != 1 || len(meta.Topics[0].Partitions) != partitions {
		return fmt.Errorf("not all of %d partitions are there yet", partitions)
	}
	errs := []error{meta.Topics[0].Error}
	starts := make([]kafka.OffsetRequest, partitions)
	for i, p := range meta.Topics[0].Partitions {
		errs = append(errs, p.Error)
		if p.Leader.Host == "" {
			errs = append(errs, fmt.Errorf("partition %d has no leader yet", p.ID))
		}
		starts[i] = kafka.FirstOffsetOf(i)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	offsets, err := client.ListOffsets(ctx,
		&kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: starts}})
	if err != nil {
		return err
	}
	for _, p := range offsets.Topics[topic] {
		errs = append(errs, p.Error)
	}
	return errors.Join(errs...)
}

// kafkaNode is a broker and controller of a cluster.
type kafkaNode struct {
	id                         int
	broker, controller, second int // ports
}

// kafkaCluster is what its nodes have in common.
type kafkaCluster struct {
	java, classpath, id string
	nodes               []kafkaNode
}

func newKafkaCluster(nodes int) (*kafkaCluster, error) {
	cache, err := engine.CacheDir()
	if err != nil {
		return nil, err
	}
	libs := filepath.Join(cache, "kafka-"+kafkaVersion)
	if _, err := os.Stat(libs); err != nil {
		return nil, fmt.Errorf("starting Apache Kafka %s: it is not here: run `make kafka` (or `make test`) to fetch it: %w", kafkaVersion, err)
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, errors.New("starting Apache Kafka: it needs Java 17 or later: install a JRE (on Debian openjdk-17-jre-headless)")
	}
	id := make([]byte, 16)
	rand.Read(id)
	id[0] &= 0x7f // no leading "-" in base64: it would be taken for an option
	c := &kafkaCluster{java: java, classpath: filepath.Join(libs, "*"), id: base64.RawURLEncoding.EncodeToString(id)}
	for i := range nodes {
		n := kafkaNode{id: i + 1}
		for _, port := range []*int{&n.broker, &n.controller, &n.second} {
			if *port, err = freePort(); err != nil {
				return nil, err
			}
		}
		c.nodes = append(c.nodes, n)
	}
	return c, nil
}

func startKafka(opts KafkaOptions) (*Server, error) {
	c, err := newKafkaCluster(1)
	if err != nil {
		return nil, err
	}
	return c.start(c.nodes[0], opts)
}

// start formats a node's log and runs it.
func (c *kafkaCluster) start(n kafkaNode, opts KafkaOptions) (*Server, error) {
	dir, err := os.MkdirTemp("", "tallystick-kafka-")
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "server.properties")
	if err := os.WriteFile(config, c.properties(n, dir, opts), 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	format := exec.Command(c.java, "-XX:TieredStopAtLevel=1", "-cp", c.classpath, "kafka.tools.StorageTool", "format",
		"-t", c.id, "-c", config)
	format.Dir = dir
	if out, err := format.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("formatting Kafka's log: %w:\n%s", err, out), os.RemoveAll(dir))
	}
	s := &Server{
		Addr: loopback(n.broker), name: "Apache Kafka", dir: dir,
		command: []string{c.java, "-Xms128m", "-Xmx512m", "-cp", c.classpath, "kafka.Kafka", config},
	}
	if opts.Second != "" {
		s.Second = loopback(n.second)
	}
	s.ready = func(ctx context.Context) error { return kafkaReady(ctx, s.Addr) }
	if err := s.start(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (c *kafkaCluster) properties(n kafkaNode, dir string, opts KafkaOptions) []byte {
	var voters []string
	for _, v := range c.nodes {
		voters = append(voters, strconv.Itoa(v.id)+"@"+loopback(v.controller))
	}
	replicas := strconv.Itoa(len(c.nodes))
	p := map[string]string{
		"process.roles":            "broker,controller",
		"node.id":                  strconv.Itoa(n.id),
		"controller.quorum.voters": strings.Join(voters, ","),
		"listeners": "PLAINTEXT://" + loopback(n.broker) + ",CONTROLLER://" +
			loopback(n.controller),
		"advertised.listeners":                     "PLAINTEXT://" + loopback(n.broker),
		"controller.listener.names":                "CONTROLLER",
		"listener.security.protocol.map":           "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs":                                 filepath.Join(dir, "data"),
		"auto.create.topics.enable":                "false",
		"group.initial.rebalance.delay.ms":         "0",
		"group.min.session.timeout.ms":             "1000",
		"offsets.topic.replication.factor":         replicas,
		"offsets.topic.num.partitions":             "4",
		"transaction.state.log.replication.factor": replicas,
		"transaction.state.log.min.isr":            strconv.Itoa(len(c.nodes)/2 + 1),
		"transaction.state.log.num.partitions":     "2",
		"num.network.threads":                      "2",
		"num.io.threads":                           "4",
		"log.cleaner.dedupe.buffer.size":           "16777216",
	}
	if opts.Second != "" {
		name, advertised := opts.Second, cmp.Or(opts.Advertised, loopback(n.second))
		if name == "PLAINTEXT" {
			name = "SECOND" // the first one is called so
		}
		p["listeners"] += "," + name + "://" + loopback(n.second)
		p["advertised.listeners"] += "," + name + "://" + advertised
		p["listener.security.protocol.map"] += "," + name + ":" + opts.Second
	}
	maps.Copy(p, opts.Properties)
	var b strings.Builder
	for k, v := range p {
		fmt.Fprintf(&b, "%s=%s\n", k, v)
	}
	return []byte(b.String())
}

// kafkaReady asks for what a consumer group needs too: right after its start a
// broker leads partitions and yet has no coordinator.
func kafkaReady(ctx context.Context, addr string) error {
	client, done := kafkaClient(addr)
	defer done()
	if _, err := client.Metadata(ctx, &kafka.MetadataRequest{}); err != nil {
		return err
	}
	resp, err := client.FindCoordinator(ctx,
		&kafka.FindCoordinatorRequest{Key: "testenv", KeyType: kafka.CoordinatorKeyTypeConsumer})
	if err != nil {
		return err
	}
	return resp.Error
}

func kafkaClient(brokers ...string) (client *kafka.Client, done func()) {
	transport := &kafka.Transport{DialTimeout: 5 * time.Second}
	return &kafka.Client{Addr: kafka.TCP(brokers...), Timeout: 10 * time.Second, Transport: transport},
		transport.CloseIdleConnections
}
