//go:build integration

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"tallystick/claim"
	"tallystick/internal/testenv"
	"tallystick/pipeline"
)

// TestClaimsLoseTheirEnd cuts off the newest records of claims on the broker's disk, as an unclean leader election
// does: while no instance runs and under one that does. The instance stops, says which partition and which offsets, and
// goes on once an operator has said so. What was decided is not decided again.
func TestClaimsLoseTheirEnd(t *testing.T) {
	t.Parallel()
	broker, at := ownKafka(t)
	s := newSiteAt(t, at, 2, "acme")
	s.quick()
	msgs := s.claims(60, 900)
	for i := 0; i < 600; i += 20 { // each request is a batch on the disk, and the disk is cut between two
		s.sendRaw(msgs[i : i+20]...)
	}
	run := s.start("pipeline", s.http)
	s.proven(run, 600)
	run.stop()
	_, was0 := s.bounds(0)
	_, was1 := s.bounds(1)
	s.deleteRecords(1, 50) // of this one the beginning is gone as well

	broker.Stop() // in order: it notes where partition 1 begins
	loseHalf(t, broker, s.cfg.Kafka.Topics.Claims, 0)
	loseHalf(t, broker, s.cfg.Kafka.Topics.Claims, 1)
	broker.Restart(t)
	_, end0 := s.bounds(0)
	_, end1 := s.bounds(1)
	says := map[int]string{
		0: fmt.Sprintf("source recreated or cut off: the source holds [0, %d), the journal covers it up to %d", end0,
			was0),
		1: fmt.Sprintf("source truncated: the source holds [50, %d), the journal covers it up to %d", end1, was1),
	}
	named := regexp.MustCompile(`topic ` + regexp.QuoteMeta(s.cfg.Kafka.Topics.Claims) + ` partition (\d)`)
	for len(says) > 0 { // whichever it finds first
		run = s.start("pipeline", s.http)
		run.ends("tallystick source reset")
		all := named.FindAllStringSubmatch(run.tail(), -1)
		if len(all) == 0 {
			t.Fatalf("the instance names no partition; its log ends:\n%s", run.tail())
		}
		p, _ := strconv.Atoi(all[len(all)-1][1])
		if says[p] == "" {
			t.Fatalf("the instance names partition %d; its log ends:\n%s", p, run.tail())
		}
		run.ends(says[p])
		delete(says, p)
		s.cli("source", "reset", "--partition", strconv.Itoa(p), "--yes")
	}
	run = s.start("pipeline", s.http)
	left := s.records()
	report := s.settled(run, left)
	t.Logf("%d of 600 records are left:\n%s", left, report)

	// Under a running instance, and with new records past the old end before it looks.
	broker.Kill()
	loseHalf(t, broker, s.cfg.Kafka.Topics.Claims, 0)
	broker.Restart(t)
	s.sendRaw(msgs[600:]...)
	run.ends("topic "+s.cfg.Kafka.Topics.Claims+" partition 0: source ", "the source holds [0, ",
		"but another record in place of", "tallystick source reset")
	t.Logf("%s", named.ReplaceAllString(run.tail()[max(0, len(run.tail())-400):], "topic claims partition $1"))
	s.cli("source", "reset", "--partition", "0", "--yes")
	run = s.start("pipeline", s.http)
	report = s.settled(run, s.records())
	t.Logf("%s", report)
	run.stop()
	s.decidedOnce(900)
}

// loseHalf cuts off the second half of a partition on the disk of a broker that is down.
func loseHalf(t *testing.T, broker *testenv.Server, topic string, partition int) {
	t.Helper()
	dir := broker.PartitionDir(topic, partition)
	if err := os.Remove(filepath.Join(dir, "..", ".kafka_cleanshutdown")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err) // with it the broker would not look at what is on the disk
	}
	segments, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("segments of %s/%d: %q, %v", topic, partition, segments, err)
	}
	info, err := os.Stat(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(segments[0], info.Size()/2); err != nil {
		t.Fatal(err)
	}
}

// bounds returns where a partition of claims begins and ends.
func (s *site) bounds(partition int) (start, end int64) {
	s.t.Helper()
	start, end = -1, 0
	err := pipeline.SourceOffsets(s.t.Context(), s.cfg.PipelineConfig(), partition,
		func(offset int64, _ *claim.SourceRef) error {
			if start < 0 {
				start = offset
			}
			end = offset + 1
			return nil
		})
	if err != nil {
		s.t.Fatal(err)
	}
	return start, end
}
