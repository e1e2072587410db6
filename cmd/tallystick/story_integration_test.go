//go:build integration

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quagmt/udecimal"
	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/install"
	"tallystick/journal"
	"tallystick/privacy"
	"tallystick/privacy/keys/vault"
)

// TestTheStoryOfAClaim follows one claim from the insurer's system to a stranger who checks the proof of it, on real
// Kafka, Vault and ClickHouse. Start reading here.
func TestTheStoryOfAClaim(t *testing.T) {
	s := newSite(t, 2, "acme")
	if out := s.cli("doctor"); strings.Contains(out, "WRONG") {
		// The log has no checkpoint yet; everything else must be right before the first claim.
		t.Fatalf("doctor:\n%s", out)
	}
	run := s.start("pipeline", s.http)

	// Ann reports that her car was stolen, eight days after she insured it. The insurer sends the claim twice: its
	// system retried. A colleague sends something that is no claim at all.
	theft := claim.Event{
		Insurer: "acme", ID: "C-2026-1", Revision: 1, Line: claim.LineMotor, Stage: claim.Notified,
		Policy: claim.Policy{Number: "POL-77", Inception: when(t, "2026-01-02"), Expiry: when(t, "2027-01-02"),
			SumInsured: dollars("30000")},
		Claimant: claim.Party{Name: "Ann Canary", Phone: "+1 555 0100 123", Email: "Ann.Canary@example.com",
			BirthDate: when(t, "1980-04-01")},
		Loss: claim.Loss{Time: when(t, "2026-01-10T02:30:00-05:00"), Reported: when(t, "2026-01-20"),
			Cause: "theft"},
		Vehicle: claim.Vehicle{VIN: "1M8GDM9AXKP042788", MarketValue: dollars("15000")},
		Amounts: claim.Amounts{Claimed: dollars("29500")},
	}
	s.send(theft, theft)
	s.sendRaw(kafka.Message{Key: []byte("acme/C-2026-2"),
		Value: []byte(`{"insurer":"acme","claim":"C-2026-2","claimant":{"name":"Bob Canary"`)})

	// All three are decided, stored and anchored under a witnessed checkpoint.
	report := s.settled(run, 3)
	for _, want := range []string{"3 source records have their entry", "1 dead", "1 decided", "1 duplicate"} {
		if !strings.Contains(report, want) {
			t.Errorf("fsck does not say %q:\n%s", want, report)
		}
	}

	// The fraud team sees the claim with its reasons; the claims system reads the decision from the public topic.
	db, err := install.OpenAnalytics(t.Context(), &s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	flagged, err := db.TopFlagged(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(flagged) != 1 || flagged[0].Claim != "C-2026-1" || len(flagged[0].Texts) == 0 ||
		flagged[0].Claimed != dollars("29500") {
		t.Errorf("flagged: %+v", flagged)
	}
	decision := s.decisions(1)[0]
	if decision.Claim != "C-2026-1" || len(decision.Reasons) == 0 || decision.Action != claim.Hold &&
		decision.Action != claim.Release {
		t.Errorf("public decision: %+v", decision)
	}

	// Nothing that is kept holds her name; two officers together can open it, with Vault's leave.
	e := s.entry("C-2026-1")
	data, err := new(entry.Encoder).Append(nil, e)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("Canary")) {
		t.Error("the entry holds her name in the clear")
	}
	if name := s.reveal(e, "claimant", "claimant.name"); name != "Ann Canary" {
		t.Errorf("the officers opened %q", name)
	}

	// The insurer proves to a stranger what was decided and how much was claimed, and nothing else.
	bundle := filepath.Join(t.TempDir(), "claim.proof")
	s.cli("prove", "C-2026-1", "--fields", "amounts.claimed.amount", "-o", bundle)
	out := s.cliNoConfig("verify", bundle, "--key", s.logKey, "--witness", s.witnessKey)
	for _, want := range []string{`amounts.claimed.amount = "29500"`, `entry.claim = "C-2026-1"`,
		"witnessed by witness.example", "NOT PROVED"} {
		if !strings.Contains(out, want) {
			t.Errorf("verify does not say %q:\n%s", want, out)
		}
	}
	forged, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bundle, bytes.Replace(forged, []byte("29500"), []byte("19500"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, err := s.try(nil, "verify", bundle, "--key", s.logKey); err == nil ||
		!strings.Contains(errs, "NOT VERIFIED") {
		t.Errorf("a forged amount: %v, %s", err, errs)
	}
	if _, errs, err := s.try(nil, "verify", bundle); err == nil || !strings.Contains(errs, "--key") {
		t.Errorf("without a key: %v, %s", err, errs)
	}

	// The operator finds the broken message as a sealed dead letter and has it decided again: it is still broken.
	if out := s.cli("dead-letter", "list"); !strings.Contains(out, "not-json") ||
		!strings.Contains(out, "1 dead letters") {
		t.Errorf("dead letters:\n%s", out)
	}
	s.cli("dead-letter", "replay", "--code", "not-json")
	s.settled(run, 4)

	// A restart goes on where the journal ends.
	run.stop()
	theft.Revision, theft.Stage = 2, claim.Assessed
	s.send(theft)
	run = s.start("pipeline", s.http)
	s.settled(run, 5)
	run.stop()
	if got := s.cli("fsck"); !strings.Contains(got, "2 decided") {
		t.Errorf("fsck:\n%s", got)
	}
}

func when(t *testing.T, text string) claim.When {
	t.Helper()
	w, err := claim.ParseWhen(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func dollars(amount string) claim.Money {
	return claim.Money{Amount: udecimal.MustParse(amount), Currency: "USD"}
}

// decisions reads n messages of the public topic.
func (s *site) decisions(n int) []claim.PublicDecision {
	s.t.Helper()
	var all []claim.PublicDecision
	partitions, err := install.CountPartitions(s.t.Context(), &s.cfg, s.cfg.Kafka.Topics.Decisions)
	if err != nil {
		s.t.Fatal(err)
	}
	for p := range partitions {
		s.topic(s.cfg.Kafka.Topics.Decisions, p, func(m kafka.Message) {
			var d claim.PublicDecision
			if err := json.Unmarshal(m.Value, &d); err != nil {
				s.t.Fatal(err)
			}
			if want := claim.Key(d.Insurer, d.Claim); !bytes.Equal(m.Key, want) {
				s.t.Errorf("decision on %s under key %q", want, m.Key)
			}
			all = append(all, d)
		})
	}
	if len(all) != n {
		s.t.Fatalf("%d public decisions, want %d", len(all), n)
	}
	return all
}

// topic yields the messages of a partition up to its end.
func (s *site) topic(topic string, partition int, yield func(kafka.Message)) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	conn, err := kafka.DialLeader(ctx, "tcp", s.cfg.Kafka.Brokers[0], topic, partition)
	if err != nil {
		s.t.Fatal(err)
	}
	first, end, err := conn.ReadOffsets()
	conn.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	if first == end {
		return
	}
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: s.cfg.Kafka.Brokers, Topic: topic, Partition: partition,
		MaxBytes: 16 << 20, MaxWait: 100 * time.Millisecond})
	defer r.Close()
	if err := r.SetOffset(first); err != nil {
		s.t.Fatal(err)
	}
	for {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			s.t.Fatal(err)
		}
		yield(m)
		if m.Offset >= end-1 {
			return
		}
	}
}

// entry returns the decided entry of a claim's first revision.
func (s *site) entry(id string) *claim.Entry {
	s.t.Helper()
	var found *claim.Entry
	for p := range s.cfg.Kafka.Partitions {
		fold, err := journal.OpenFold(s.t.Context(), s.cfg.Scored(), p, journal.Position{})
		if err != nil {
			s.t.Fatal(err)
		}
		err = fold.CatchUp(s.t.Context(), func(b journal.Batch) error {
			for _, r := range b.Records {
				var e claim.Entry
				if err := entry.Decode(r.Value, &e); err != nil {
					return err
				}
				if e.Kind == claim.Decided && e.Claim == id && e.Revision == 1 {
					found = &e
				}
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if found == nil {
		s.t.Fatalf("no entry of %s", id)
	}
	return found
}

// reveal opens one sealed field as the two officers together can.
func (s *site) reveal(e *claim.Entry, party, path string) string {
	s.t.Helper()
	var sealed *claim.Section
	for i := range e.Sections {
		if e.Sections[i].Party == party {
			sealed = &e.Sections[i]
		}
	}
	if sealed == nil {
		s.t.Fatalf("nothing is sealed for %s", party)
	}
	var index privacy.KeyIndex
	for p := range s.cfg.Kafka.Partitions {
		s.topic(s.cfg.Kafka.Topics.Keys, p, func(m kafka.Message) {
			if err := index.Take(m.Key, m.Value); err != nil {
				s.t.Fatal(err)
			}
		})
	}
	key, halves, ok := index.Find(sealed.Key)
	if !ok {
		s.t.Fatal("the wrapped key is not in the keys topic")
	}
	halfA, err := s.officer(vault.HalfA).OpenHalf(s.t.Context(), halves.A)
	if err != nil {
		s.t.Fatal(err)
	}
	halfB, err := s.officer(vault.HalfB).OpenHalf(s.t.Context(), halves.B)
	if err != nil {
		s.t.Fatal(err)
	}
	opened, err := privacy.Open(*sealed, key, halfA, halfB)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, leaf := range opened.Leaves {
		if leaf.Path == path {
			return string(leaf.Value)
		}
	}
	s.t.Fatalf("%s is not sealed", path)
	return ""
}
