//go:build integration

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/claim/signed"
)

// TestTwoInsurersOfOneInstall has two insurers with users of their own on a Kafka that denies what is not granted: each
// one's producer speaks for it alone, and each reads its own decisions alone.
func TestTwoInsurersOfOneInstall(t *testing.T) {
	insurers := []string{"acme", "globex"}
	dir := t.TempDir()
	s := newSecureSiteFor(t, insurers, func(s *secureSite) {
		s.file["insurers"] = insurers
		s.file["producers"] = dir
		s.file["kafka"].(map[string]any)["decisions_by_insurer"] = true
		for _, insurer := range insurers {
			public := s.cliNoConfig("producer", "key", filepath.Join(dir, insurer+".key"))
			if err := os.WriteFile(filepath.Join(dir, insurer+".pem"), []byte(public), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	})
	run := s.start("pipeline", s.http)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the pipeline's log:\n%s", run.tail())
		}
	})

	// Each producer sends its own by the command; then one tries to speak for the other, without a signature and with
	// its own.
	for _, insurer := range insurers {
		s.as(producer+"-"+insurer, "generate", "--send", "--claims", "40", "--seed", "9", "--insurers", insurer,
			"--sign", filepath.Join(dir, insurer+".key"))
	}
	key, err := os.ReadFile(filepath.Join(dir, "globex.key"))
	if err != nil {
		t.Fatal(err)
	}
	globex, err := signed.ParseSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	forged := s.member(1, 0, 0)
	value, err := claim.Encode(&forged)
	if err != nil {
		t.Fatal(err)
	}
	w := s.writer(producer + "-globex")
	for _, headers := range [][]kafka.Header{nil, {{Key: signed.Header, Value: globex.Sign(value)}}} {
		if err := w.WriteMessages(t.Context(), kafka.Message{Key: claim.Key(forged.Insurer, forged.ID), Value: value,
			Headers: headers}); err != nil {
			t.Fatal(err)
		}
	}
	s.eventually("all to be answered", 2*time.Minute, func() bool {
		run.check()
		out, _, err := s.try(nil, "fsck", "--config", s.configOf(auditor))
		return err == nil && strings.Contains(out, " 2 dead") && strings.Contains(out, " 0 wait")
	})
	if out := s.as(operator, "dead-letter", "list", "--code", string(claim.NotSigned)); !strings.Contains(out,
		"2 dead letters") {
		t.Errorf("forged claims:\n%s", out)
	}

	for _, insurer := range insurers {
		for _, of := range insurers {
			if insurer == of {
				s.eventually("its own decisions", 30*time.Second, func() bool {
					n, err := s.decisionsOf(claimsSystem+"-"+insurer, of)
					return err == nil && n >= 40
				})
				continue
			}
			// Kafka hides what one may not read: the client knows of no such partition.
			if n, err := s.decisionsOf(claimsSystem+"-"+insurer, of); err == nil || n > 0 {
				t.Errorf("%s reads %d decisions of %s", insurer, n, of)
			}
		}
		if _, err := s.decisionsOf(claimsSystem+"-"+insurer, ""); err == nil {
			t.Errorf("%s may read the topic of all decisions", insurer)
		}
	}
}

// decisionsOf counts the decisions on an insurer's claims as a user reads them, and fails the test where another's is
// among them.
func (s *secureSite) decisionsOf(user, insurer string) (n int, err error) {
	s.t.Helper()
	c := s.load(user)
	topic := c.Kafka.Topics.Decisions
	if insurer != "" {
		topic = c.Topics().Public(insurer)
	}
	client := c.Client()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	for p := range s.cfg.Kafka.Partitions {
		res, err := client.Fetch(ctx, &kafka.FetchRequest{Topic: topic, Partition: p, MaxBytes: 8 << 20, MinBytes: 1,
			MaxWait: time.Second})
		if err == nil {
			err = res.Error
		}
		if err != nil {
			return n, err
		}
		for {
			r, err := res.Records.ReadRecord()
			if err != nil {
				break
			}
			key, err := kafka.ReadAll(r.Key)
			if err != nil {
				return n, err
			}
			if of, _, _ := claim.ParseKey(key); of != insurer {
				s.t.Errorf("%s reads a decision of %s", user, of)
			}
			n++
		}
	}
	return n, nil
}
