//go:build integration

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tallystick/claim"
	"tallystick/internal/testenv"
)

// unanchored are settings of the further instances on this machine: the log's directory belongs to one process.
const unanchored = "anchor.directory="

// TestKafkaIsKilledUnderLoad kills the broker twice while claims come: appends of unknown outcome, a group without its
// coordinator, an end of the topic that trails after the restart.
func TestKafkaIsKilledUnderLoad(t *testing.T) {
	t.Parallel()
	broker, at := ownKafka(t)
	s := newSiteAt(t, at, 4, "acme")
	s.quick()
	run := s.start("pipeline", s.http)
	load := s.trickle(s.claims(1, 3000), 18*time.Second)
	for range 2 {
		load.decides(run, 400)
		broker.Kill()
		broker.Restart(t)
	}
	load.wait()
	s.proven(run, 3000)
	run.stop()
}

// TestAnIdleInstanceSurvivesKafkasRestart restarts the broker while nothing comes: the end of the topic trails, and
// must not pass for a topic made anew.
func TestAnIdleInstanceSurvivesKafkasRestart(t *testing.T) {
	t.Parallel()
	broker, at := ownKafka(t)
	s := newSiteAt(t, at, 2, "acme")
	s.quick()
	s.sendRaw(s.claims(2, 500)...)
	run := s.start("pipeline", s.http)
	s.proven(run, 500)
	for range 2 {
		broker.Kill()
		broker.Restart(t)
		run.check()
	}
	s.sendRaw(s.claims(3, 500)...)
	s.settled(run, s.records())
	run.stop()
}

// TestRebalanceStorm starts, stops and kills three instances on eight partitions at random.
func TestRebalanceStorm(t *testing.T) {
	t.Parallel()
	s := newSite(t, 8, "acme")
	s.quick()
	load := s.trickle(s.claims(4, 4000), 20*time.Second)
	var running [3]*instance
	start := func(i int) {
		if i == 0 {
			running[i] = s.start("anchoring", s.http)
			return
		}
		running[i] = s.start("instance-"+strconv.Itoa(i), freeAddr(t), unanchored)
	}
	for i := range running {
		start(i)
	}
	did := map[string]int{}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Duration(200+rand.IntN(800)) * time.Millisecond) {
		i := rand.IntN(len(running))
		switch in := running[i]; {
		case in == nil:
			start(i)
			did["started"]++
		case rand.IntN(2) == 0 && in.tail() != "": // one that has not begun does not know of signals yet
			in.stop()
			running[i] = nil
			did["stopped"]++
		default:
			in.check()
			in.kill()
			running[i] = nil
			did["killed"]++
		}
	}
	load.wait()
	t.Logf("%v", did)
	if running[0] == nil {
		start(0)
	}
	s.proven(running[0], 4000)
	for _, in := range running {
		if in != nil {
			in.stop()
		}
	}
}

// TestAStalledOwnerWakes stops an instance in its tracks for longer than its session. Another takes over; when the
// first wakes, what it was about to append and to write does not count.
func TestAStalledOwnerWakes(t *testing.T) {
	t.Parallel()
	s := newSite(t, 4, "acme")
	s.quick()
	first := s.start("first", s.http)
	load := s.trickle(s.claims(5, 3000), 20*time.Second)
	load.decides(first, 200)
	second := s.start("second", freeAddr(t), unanchored)
	second.awaitReady()
	for range 2 {
		second.pause()
		load.decides(first, 600) // all partitions go on, those of the stalled one too
		second.resume()
		load.decides(second, 100)
	}
	load.wait()
	s.proven(first, 3000)
	second.awaitReady() // it has joined again
	second.stop()
	first.stop()
}

// TestTwoInstancesHandOver lets a new instance come and the old one go, again and again: both write to ClickHouse and
// to the public topic at the same moment.
func TestTwoInstancesHandOver(t *testing.T) {
	t.Parallel()
	s := newSite(t, 4, "acme")
	s.quick()
	msgs := s.claims(6, 4000)
	load := s.trickle(msgs, 15*time.Second)
	old := s.start("0", freeAddr(t), unanchored)
	for i := range 4 {
		load.decides(old, 300)
		next := s.start(strconv.Itoa(i+1), freeAddr(t), unanchored)
		next.awaitReady()
		old.stop()
		old = next
	}
	load.wait()
	run := s.start("anchoring", s.http)
	s.proven(run, 4000)
	old.stop()
	run.stop()
	// The last message on each claim is the newest that its partition of the journal has, whoever wrote it.
	type version struct{ last, newest int64 }
	versions, claims := map[string]version{}, map[string]bool{}
	for p := range s.cfg.Kafka.Partitions {
		s.topic(s.cfg.Kafka.Topics.Decisions, p, func(m kafka.Message) {
			var d claim.PublicDecision
			if err := json.Unmarshal(m.Value, &d); err != nil {
				t.Fatal(err)
			}
			partition, text, _ := strings.Cut(d.Version, "-")
			offset, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			id := string(m.Key) + " " + partition
			versions[id] = version{offset, max(offset, versions[id].newest)}
			claims[string(m.Key)] = true
		})
	}
	if len(claims) != 4000 {
		t.Errorf("decisions on %d claims are public, want 4000", len(claims))
	}
	for id, v := range versions {
		if v.last != v.newest {
			t.Errorf("%s: the last public decision is version %d, the newest %d", id, v.last, v.newest)
		}
	}
}

// TestAbortedClaimsHaveNoEntry sends claims in Kafka transactions, half of which are aborted, between others without.
func TestAbortedClaimsHaveNoEntry(t *testing.T) {
	t.Parallel()
	s := newSite(t, 2, "acme")
	run := s.start("pipeline", s.http)
	producer, err := kgo.NewClient(kgo.SeedBrokers(s.cfg.Kafka.Brokers...), kgo.TransactionalID(s.name),
		kgo.DefaultProduceTopic(s.cfg.Kafka.Topics.Claims))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	msgs := s.claims(7, 3000)
	committed := 0
	for i := range 30 {
		part := msgs[i*100 : (i+1)*100]
		if i%3 == 2 {
			s.sendRaw(part...)
			committed += len(part)
			continue
		}
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		var records []*kgo.Record
		for _, m := range part {
			records = append(records, &kgo.Record{Key: m.Key, Value: m.Value})
		}
		if err := producer.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		commit := kgo.TryAbort
		if i%2 == 0 {
			commit = kgo.TryCommit
			committed += len(part)
		}
		if err := producer.EndTransaction(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.records(); got != int64(committed) {
		t.Errorf("the source yields %d records, %d were committed", got, committed)
	}
	s.proven(run, committed)
	run.stop()
}

// TestClaimsMadeAnew deletes the topic of claims under a running instance and makes it again: the instance stops and
// says why, and goes on when an operator has said that this was meant.
func TestClaimsMadeAnew(t *testing.T) {
	t.Parallel()
	s := newSite(t, 2, "acme")
	s.sendRaw(s.claims(8, 600)...)
	run := s.start("pipeline", s.http)
	s.proven(run, 600)
	topic := s.cfg.Kafka.Topics.Claims
	if err := s.deleteTopic(topic); err != nil {
		t.Fatal(err)
	}
	run.ends(topic)

	testenv.CreateTopic(t, s.cfg.Kafka.Brokers, topic, 2, nil)
	s.sendRaw(s.claims(9, 900)...) // more than were in the old one
	s.start("pipeline", s.http).ends("source recreated", "tallystick source reset", topic)
	for p := range 2 {
		s.cli("source", "reset", "--partition", strconv.Itoa(p), "--yes")
	}
	run = s.start("pipeline", s.http)
	report := s.settled(run, 900)
	if !strings.Contains(report, "600 entries outlive their record") {
		t.Errorf("what was decided of the old topic is gone:\n%s", report)
	}
	run.stop()
}

func (s *site) deleteTopic(topic string) error {
	client := s.cfg.Client()
	res, err := client.DeleteTopics(s.t.Context(), &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	if err == nil {
		err = res.Errors[topic]
	}
	return err
}

// TestRetentionOvertakesThePosition deletes claims that nobody has decided, while no instance runs and under one that
// has stalled. It stops and names what was lost.
func TestRetentionOvertakesThePosition(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1, "acme")
	s.sendRaw(s.claims(10, 300)...)
	run := s.start("pipeline", s.http)
	s.proven(run, 300)
	run.stop()
	s.sendRaw(s.claims(11, 500)...)
	s.deleteRecords(0, 400)

	s.start("pipeline", s.http).ends("source records lost", s.cfg.Kafka.Topics.Claims+" partition 0", "[400, 800)",
		"up to 300", "tallystick source reset")
	if report := s.cli("fsck"); !strings.Contains(report, "400 wait") {
		t.Errorf("fsck:\n%s", report)
	}
	if out := s.cli("source", "reset", "--partition", "0", "--yes"); !strings.Contains(out, "goes on at offset 400") {
		t.Errorf("reset: %s", out)
	}
	run = s.start("pipeline", s.http)
	s.settled(run, 400)

	run.pause()
	time.Sleep(500 * time.Millisecond) // its fetch is answered before there is anything
	s.sendRaw(s.claims(12, 500)...)
	s.deleteRecords(0, 1100)
	run.resume()
	run.ends("source records lost", s.cfg.Kafka.Topics.Claims+" partition 0", "[1100, 1300)", "up to 800",
		"tallystick source reset")
	s.cli("source", "reset", "--partition", "0", "--yes")
	run = s.start("pipeline", s.http)
	if report := s.settled(run, 200); !strings.Contains(report, "700 entries outlive their record") {
		t.Errorf("fsck:\n%s", report)
	}
	run.stop()
}

// deleteRecords makes a partition of claims begin at an offset, as retention would.
func (s *site) deleteRecords(partition int32, before int64) {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.cfg.Kafka.Brokers...))
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	req := kmsg.NewDeleteRecordsRequest()
	req.TimeoutMillis = 10_000
	p := kmsg.NewDeleteRecordsRequestTopicPartition()
	p.Partition, p.Offset = partition, before
	topic := kmsg.NewDeleteRecordsRequestTopic()
	topic.Topic, topic.Partitions = s.cfg.Kafka.Topics.Claims, []kmsg.DeleteRecordsRequestTopicPartition{p}
	req.Topics = []kmsg.DeleteRecordsRequestTopic{topic}
	res, err := req.RequestWith(s.t.Context(), client)
	if err == nil && (len(res.Topics) != 1 || len(res.Topics[0].Partitions) != 1 ||
		res.Topics[0].Partitions[0].ErrorCode != 0) {
		err = fmt.Errorf("answer %+v", res)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}
