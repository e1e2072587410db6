//go:build integration

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/analytics/engine"
	"tallystick/claim"
	"tallystick/install"
	"tallystick/journal"
)

// TestClaimsOfTwoPartitionersAreDecidedOnce sends the same claims by librdkafka, which places keys by CRC32, and by
// murmur2, as Java's clients do, to two instances at once; and then more of both while the topics grow.
func TestClaimsOfTwoPartitionersAreDecidedOnce(t *testing.T) {
	s := newSite(t, 4, "acme")
	s.quick()
	one, two := s.start("one", s.http), s.start("two", freeAddr(t), "anchor.directory=")
	s.share([]*instance{one, two})
	all := s.claims(71, 400)
	msgs := all[:300]
	sent := make(chan error, 1)
	go func() { sent <- s.librdkafka(msgs) }()
	s.sendRaw(msgs...)
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	report := s.quiet(one, 600)
	s.decidedOnce(300)
	forwarded, duplicate := s.count(claim.Forwarded), s.count(claim.Duplicate)
	if forwarded < 100 || duplicate != 300 {
		t.Errorf("%d records were forwarded and %d are duplicates, want most of 300 and 300\n%s", forwarded, duplicate,
			report)
	}
	t.Logf("%d of 300 records of librdkafka were forwarded", forwarded)
	if out := s.cli("doctor"); !strings.Contains(out, "partitioner") {
		t.Errorf("doctor says nothing about the partitioner:\n%s", out)
	}

	// The topics grow while both decide: the old owners stop, and those that start anew agree about every claim's home.
	s.cli("topics", "grow", "--partitions", "7")
	for _, in := range []*instance{one, two} {
		select {
		case <-in.done:
		case <-time.After(time.Minute):
			t.Fatal("an instance goes on although the topics grew")
		}
	}
	one, two = s.start("one", s.http), s.start("two", freeAddr(t), "anchor.directory=")
	msgs = all
	go func() { sent <- s.librdkafka(msgs) }()
	s.sendRaw(msgs...)
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	s.cfg.Kafka.Partitions = 7
	s.quiet(one, 1400)
	s.decidedOnce(400)
	one.stop()
	two.stop()
}

// quiet waits until nothing waits any more, of that many records at the least, and returns what fsck says.
func (s *site) quiet(in *instance, records int64) (report string) {
	s.t.Helper()
	s.eventually("the claims to be decided", 2*time.Minute, func() bool {
		in.check()
		r, err := install.Fsck(s.t.Context(), &s.cfg)
		if err != nil {
			return false // nothing is published yet
		}
		if report = r.Text(); !r.OK() {
			s.t.Fatalf("fsck:\n%s", report)
		}
		return r.Records >= records && r.Waiting == 0
	})
	return report
}

// librdkafka sends the messages by confluent-kafka as it comes.
func (s *site) librdkafka(msgs []kafka.Message) error {
	cache, err := engine.CacheDir()
	if err != nil {
		return err
	}
	python := filepath.Join(cache, "kafka-clients-2.16.1", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return err // `make kafka-clients` fetches it
	}
	var in bytes.Buffer
	for _, m := range msgs {
		in.Write(m.Key)
		in.WriteByte('\t')
		in.Write(m.Value)
		in.WriteByte('\n')
	}
	cmd := exec.CommandContext(s.t.Context(), python, "testdata/produce.py", s.cfg.Kafka.Brokers[0],
		s.cfg.Kafka.Topics.Claims)
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	return cmd.Run()
}

// count returns how many entries of a kind the journal holds.
func (s *site) count(kind claim.Kind) (n int) {
	s.entries(func(_ *journal.Batch, e *claim.Entry) {
		if e.Kind == kind {
			n++
		}
	})
	return n
}
