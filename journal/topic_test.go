package journal

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
)

func TestCreatedTopicsPassTheCheck(t *testing.T) {
	ctx := testContext(t)
	for _, brokers := range []int{1, 3, 4} {
		for _, opts := range []TopicOptions{{Partitions: 4}, {Partitions: 4, Retention: 24 * time.Hour}} {
			t.Run(fmt.Sprintf("%d brokers, retention %v", brokers, opts.Retention), func(t *testing.T) {
				c, cfg := cluster(t, kfake.NumBrokers(brokers))
				cfg.MaxBytes = 4 << 20
				if err := CreateTopic(ctx, cfg, opts); err != nil {
					t.Fatal(err)
				}
				if err := CheckTopic(ctx, cfg, 4); err != nil {
					t.Fatal(err)
				}
				if err := CreateTopic(ctx, cfg, opts); err != nil {
					t.Fatalf("a second time: %v", err)
				}
				want := "-1"
				if opts.Retention > 0 {
					want = "86400000"
				}
				if got := *c.TopicInfo("scored").Configs["retention.ms"]; got != want {
					t.Fatalf("retention.ms %s, want %s", got, want)
				}
			})
		}
	}
}

func TestUnfitTopicsAreNamed(t *testing.T) {
	ctx := testContext(t)
	c, cfg := cluster(t, kfake.NumBrokers(3))
	if err := c.CreateTopic("scored", 2, map[string]string{
		"cleanup.policy": "compact,delete", "unclean.leader.election.enable": "true", "max.message.bytes": "1000",
		"min.insync.replicas": "1",
	}); err != nil {
		t.Fatal(err)
	}
	c.SetFollowers("scored", 0, nil)
	err := CheckTopic(ctx, cfg, 3)
	if err == nil {
		t.Fatal("accepted")
	}
	var settings []string
	for _, line := range strings.Split(err.Error(), "\n") {
		for _, s := range []string{"cleanup.policy", "unclean.leader.election.enable", "max.message.bytes",
			"min.insync.replicas", "replication factor", "partition count"} {
			if strings.HasPrefix(line, "topic scored: "+s+" is ") {
				settings = append(settings, s)
			}
		}
	}
	sort.Strings(settings)
	if got := strings.Join(settings, " "); !strings.Contains(got,
		"cleanup.policy max.message.bytes min.insync.replicas partition count") || !strings.Contains(got, "unclean") {
		t.Fatalf("found %s in:\n%v", got, err)
	}
	var one *TopicError
	if !errors.As(err, &one) || one.Topic != "scored" || one.Do == "" {
		t.Fatalf("%#v", one)
	}
}

func TestReplicationIsAskedForOnLargeClusters(t *testing.T) {
	admin := topicAdmin{cfg: must(Config{Topic: "scored"}.fill())(t)}
	topic := kafka.Topic{Partitions: []kafka.Partition{{ID: 0, Replicas: make([]kafka.Broker, 3)},
		{ID: 1, Replicas: make([]kafka.Broker, 2)}}}
	settings := map[string]string{"cleanup.policy": "delete", "unclean.leader.election.enable": "false",
		"max.message.bytes": "2000000", "min.insync.replicas": "2"}
	for brokers, want := range map[int]int{1: 0, 2: 0, 3: 1, 5: 1} {
		if found := admin.judge(topic, brokers, settings, 2); len(found) != want {
			t.Errorf("%d brokers: %v", brokers, found)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	addr := kafka.TCP("localhost:1")
	for _, cfg := range []Config{
		{Topic: "t"},
		{Addr: addr},
		{Addr: addr, Topic: "t", Compression: 9},
		{Addr: addr, Topic: "t", MaxBytes: 10},
	} {
		if _, err := OpenFold(t.Context(), cfg, 0, Position{}); err == nil ||
			!strings.HasPrefix(err.Error(), "journal: ") {
			t.Errorf("%+v: %v", cfg, err)
		}
		if _, err := NewAppender(t.Context(), cfg, 0, Position{}); err == nil {
			t.Errorf("%+v: appender", cfg)
		}
	}
}
