//go:build integration && cluster

package main

import (
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/internal/testenv"
)

// TestALeaderIsKilled kills the leader of a journal's partition on a cluster of three brokers, with three replicas of
// which two must be in step, under load. Another broker leads in its place and claims are decided; the killed one comes
// back and follows. Then the leader of another partition is killed.
func TestALeaderIsKilled(t *testing.T) {
	brokers := testenv.StartKafkaCluster(t, 3)
	var addrs []string
	for _, b := range brokers {
		addrs = append(addrs, b.Addr)
	}
	t.Setenv("TALLYSTICK_KAFKA_REPLICATION", "3")
	s := newSiteAt(t, servers{kafka: addrs}, 4, "acme")
	s.quick()
	run := s.start("pipeline", s.http)
	run.awaitReady()
	load := s.trickle(s.claims(80, 6000), 40*time.Second)
	for partition := range 2 {
		load.decides(run, 300)
		s.eventually("all replicas to be in step", time.Minute, func() bool {
			run.check()
			return !slices.ContainsFunc(s.replicas(), func(p kafka.Partition) bool { return len(p.Isr) != 3 })
		})
		leader := s.replicas()[partition].Leader.ID
		killed := time.Now()
		brokers[leader-1].Kill()
		s.eventually("another broker to lead", time.Minute, func() bool {
			run.check()
			now := s.replicas()[partition].Leader.ID
			return now > 0 && now != leader
		})
		led := time.Since(killed)
		load.decides(run, 600)
		t.Logf("broker %d was killed, partition %d was led by another after %s, 600 more records were decided after %s",
			leader, partition, led.Round(time.Millisecond), time.Since(killed).Round(time.Millisecond))
		brokers[leader-1].Restart(t)
	}
	load.wait()
	s.proven(run, 6000)
	s.decidedOnce(6000)
	run.stop()
}

// replicas returns the partitions of the journal as the cluster sees them, in order. A leader that nobody is has the id
// 0.
func (s *site) replicas() []kafka.Partition {
	client := &kafka.Client{Addr: kafka.TCP(s.cfg.Kafka.Brokers...), Timeout: 5 * time.Second,
		Transport: &kafka.Transport{MetadataTTL: 100 * time.Millisecond}}
	defer client.Transport.(*kafka.Transport).CloseIdleConnections()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		res, err := client.Metadata(s.t.Context(), &kafka.MetadataRequest{Topics: []string{s.cfg.Kafka.Topics.Scored}})
		if err == nil && len(res.Topics) == 1 && len(res.Topics[0].Partitions) == s.cfg.Kafka.Partitions {
			slices.SortFunc(res.Topics[0].Partitions, func(a, b kafka.Partition) int { return a.ID - b.ID })
			return res.Topics[0].Partitions
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the cluster does not describe the journal: %v, %+v", err, res)
		}
	}
}
