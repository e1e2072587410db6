//go:build integration

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/feed/synthetic"
	"tallystick/install"
)

// TestKilledTwentyTimes kills the pipeline without warning at random moments while claims keep coming, on real servers.
// Afterwards every claim is decided once, the counts agree everywhere and every root verifies.
func TestKilledTwentyTimes(t *testing.T) {
	const kills, claims = 20, 10000
	s := newSite(t, 4, "acme", "birch")
	events, err := synthetic.Generate(synthetic.Config{Seed: 42, Claims: claims, Insurers: []string{"acme", "birch"}})
	if err != nil {
		t.Fatal(err)
	}
	var msgs []kafka.Message
	for event := range events {
		value, err := claim.Encode(&event)
		if err != nil {
			t.Fatal(err)
		}
		msgs = append(msgs, kafka.Message{Key: claim.Key(event.Insurer, event.ID), Value: value})
	}
	for i := range kills {
		s.sendRaw(msgs[i*claims/kills : (i+1)*claims/kills]...)
		run := s.start("pipeline", s.http)
		time.Sleep(time.Duration(rand.IntN(2500)) * time.Millisecond)
		run.check()
		run.kill()
	}
	run := s.start("pipeline", s.http)
	report := s.settled(run, claims)
	run.stop()
	if !strings.Contains(report, fmt.Sprintf("%d decided", claims)) {
		t.Errorf("not every claim is decided:\n%s", report)
	}
	t.Logf("after %d kills:\n%s", kills, report)

	// The views count the same, whatever was delivered twice on the way.
	db, err := install.OpenAnalytics(t.Context(), &s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	counts, err := db.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		if c.Kind == claim.Decided && (c.Rows != claims || c.Sources != claims) {
			t.Errorf("ClickHouse counts %d decided rows of %d sources, want %d", c.Rows, c.Sources, claims)
		}
	}
	// Decisions may be published twice after a crash; each version is the same decision.
	versions := map[string]string{}
	published := map[string]bool{}
	for p := range s.cfg.Kafka.Partitions {
		s.topic(s.cfg.Kafka.Topics.Decisions, p, func(m kafka.Message) {
			key, value := string(m.Key), string(m.Value)
			published[key] = true
			at := strings.Index(value, `"version":"`)
			version := value[at : at+30]
			if have, seen := versions[key+version]; seen && have != value {
				t.Errorf("one version, two decisions on %s", key)
			}
			versions[key+version] = value
		})
	}
	if len(published) != claims {
		t.Errorf("decisions on %d claims are published, want %d", len(published), claims)
	}
}

// TestImportOfAPublicFeed brings the 10,000 claims of a public data set through real Kafka and Vault. The data are not
// part of the project: TALLYSTICK_DATA names the directory that holds them; without it the sample in their columns is
// imported.
func TestImportOfAPublicFeed(t *testing.T) {
	s := newSite(t, 4, "acme")
	s.setting("policy", "feeds")
	feedFile, want := "", int64(0)
	if dir := os.Getenv("TALLYSTICK_DATA"); dir != "" {
		feedFile, want = filepath.Join(dir, "insurance_transactions.csv.gz"), 10000
	} else {
		feedFile, want = sampleFeed(t)
	}
	_, report, err := s.try(nil, "import", "--map", "insurance_transactions", "--insurer", "acme", "--config",
		s.configFile, feedFile)
	if err != nil || !strings.Contains(report, fmt.Sprintf("%d imported, 0 rejected", want)) {
		t.Fatalf("import: %v\n%s", err, report)
	}
	run := s.start("pipeline", s.http)
	defer run.stop()
	if got := s.settled(run, want); !strings.Contains(got, fmt.Sprintf("%d decided", want)) {
		t.Errorf("fsck:\n%s", got)
	}
	db, err := install.OpenAnalytics(t.Context(), &s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	hits, err := db.HitsByIndicator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d claims, hits by indicator: %+v", want, hits)
	if want == 10000 && len(hits) < 12 {
		t.Errorf("%d indicators hit, want 12 or more", len(hits))
	}
	if _, err := db.Peers(t.Context(), claim.Agent); err != nil {
		t.Error(err)
	}
	if _, err := db.RulePrecision(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := db.Ages(t.Context()); err != nil {
		t.Error(err)
	}
	// A second import is counted and changes nothing.
	if _, report, err := s.try(nil, "import", "--map", "insurance_transactions", "--insurer", "acme", "--config",
		s.configFile, feedFile); err != nil {
		t.Fatalf("import: %v\n%s", err, report)
	}
	if got := s.settled(run, 2*want); !strings.Contains(got, fmt.Sprintf("%d duplicate", want)) {
		t.Errorf("after the second import:\n%s", got)
	}
}

// TestClaimsWaitWhileASinkIsAway stops ClickHouse under load: claims are decided all the same and the sink catches up.
func TestClaimsWaitWhileASinkIsAway(t *testing.T) {
	t.Parallel()
	ch, at := ownClickHouse(t)
	s := newSiteAt(t, at, 2, "acme")
	run := s.start("pipeline", s.http)
	events, err := synthetic.Generate(synthetic.Config{Seed: 7, Claims: 3000, Insurers: []string{"acme"}})
	if err != nil {
		t.Fatal(err)
	}
	var all []claim.Event
	for e := range events {
		all = append(all, e)
	}
	s.send(all[:1000]...)
	s.settled(run, 1000)
	ch.Kill()
	s.send(all[1000:]...)
	s.eventually("claims to be decided without ClickHouse", time.Minute, func() bool {
		run.check()
		return s.decidedTo() == 3000
	})
	ch.Restart(t)
	s.settled(run, 3000)
	run.stop()
}
