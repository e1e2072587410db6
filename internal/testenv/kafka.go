package testenv

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
}

// StartKafka starts an Apache Kafka for this test alone.
func StartKafka(t testing.TB, opts KafkaOptions) *Server {
	t.Helper()
	// A killed broker may register again only after its session has ended.
	p := map[string]string{"broker.session.timeout.ms": "3000", "broker.heartbeat.interval.ms": "500"}
	maps.Copy(p, opts.Properties)
	opts.Properties = p
	s, err := startKafka(opts)
	return own(t, s, err)
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
		meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
		if err == nil && len(meta.Topics) == 1 && allLed(meta.Topics[0], partitions) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("creating topic %s: its partitions got no leader: %v", topic, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func allLed(topic kafka.Topic, partitions int) bool {
	if topic.Error != nil || len(topic.Partitions) != partitions {
		return false
	}
	for _, p := range topic.Partitions {
		if p.Error != nil || p.Leader.Host == "" {
			return false
		}
	}
	return true
}

func startKafka(opts KafkaOptions) (*Server, error) {
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
	broker, err := freePort()
	if err != nil {
		return nil, err
	}
	controller, err := freePort()
	if err != nil {
		return nil, err
	}
	second, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tallystick-kafka-")
	if err != nil {
		return nil, err
	}
	properties := map[string]string{}
	if opts.Second != "" {
		properties["listeners"] = "PLAINTEXT://" + loopback(broker) + "," + opts.Second + "://" + loopback(second) + ",CONTROLLER://" + loopback(controller)
		properties["advertised.listeners"] = "PLAINTEXT://" + loopback(broker) + "," + opts.Second + "://" + loopback(second)
		properties["listener.security.protocol.map"] = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT," + opts.Second + ":" + opts.Second
	}
	maps.Copy(properties, opts.Properties)
	config := filepath.Join(dir, "server.properties")
	if err := os.WriteFile(config, kafkaProperties(dir, broker, controller, properties), 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	classpath := filepath.Join(libs, "*")
	id := make([]byte, 16)
	rand.Read(id)
	id[0] &= 0x7f // no leading "-" in base64: it would be taken for an option
	format := exec.Command(java, "-XX:TieredStopAtLevel=1", "-cp", classpath, "kafka.tools.StorageTool", "format",
		"-t", base64.RawURLEncoding.EncodeToString(id), "-c", config)
	format.Dir = dir
	if out, err := format.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("formatting Kafka's log: %w:\n%s", err, out), os.RemoveAll(dir))
	}
	s := &Server{
		Addr: loopback(broker), name: "Apache Kafka", dir: dir,
		command: []string{java, "-Xms128m", "-Xmx512m", "-cp", classpath, "kafka.Kafka", config},
	}
	if opts.Second != "" {
		s.Second = loopback(second)
	}
	s.ready = func(ctx context.Context) error { return kafkaReady(ctx, s.Addr) }
	if err := s.start(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func kafkaProperties(dir string, broker, controller int, extra map[string]string) []byte {
	p := map[string]string{
		"process.roles":                            "broker,controller",
		"node.id":                                  "1",
		"controller.quorum.voters":                 "1@" + loopback(controller),
		"listeners":                                "PLAINTEXT://" + loopback(broker) + ",CONTROLLER://" + loopback(controller),
		"advertised.listeners":                     "PLAINTEXT://" + loopback(broker),
		"controller.listener.names":                "CONTROLLER",
		"listener.security.protocol.map":           "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs":                                 filepath.Join(dir, "data"),
		"auto.create.topics.enable":                "false",
		"group.initial.rebalance.delay.ms":         "0",
		"group.min.session.timeout.ms":             "1000",
		"offsets.topic.replication.factor":         "1",
		"offsets.topic.num.partitions":             "4",
		"transaction.state.log.replication.factor": "1",
		"transaction.state.log.min.isr":            "1",
		"transaction.state.log.num.partitions":     "2",
		"num.network.threads":                      "2",
		"num.io.threads":                           "4",
		"log.cleaner.dedupe.buffer.size":           "16777216",
	}
	maps.Copy(p, extra)
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
	resp, err := client.FindCoordinator(ctx, &kafka.FindCoordinatorRequest{Key: "testenv", KeyType: kafka.CoordinatorKeyTypeConsumer})
	if err != nil {
		return err
	}
	return resp.Error
}

func kafkaClient(brokers ...string) (client *kafka.Client, done func()) {
	transport := &kafka.Transport{DialTimeout: 5 * time.Second}
	return &kafka.Client{Addr: kafka.TCP(brokers...), Timeout: 10 * time.Second, Transport: transport}, transport.CloseIdleConnections
}
