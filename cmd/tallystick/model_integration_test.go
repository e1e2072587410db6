//go:build integration

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/detectors/feature"
	"tallystick/detectors/history"
	"tallystick/install"
	"tallystick/journal"
)

// TestAScoreGoesLiveAndComesBack: history in, trained, shadowed, promoted, an outcome comes back and counts, rolled
// back; the instance is killed in between and never told anything by its configuration.
func TestAScoreGoesLiveAndComesBack(t *testing.T) {
	dir := t.TempDir()
	feed, mapping := pastFeed(t, dir)
	file := filepath.Join(dir, "model.json")
	if out, err := command(t, "train", "--map", mapping, "--label", "fraud", "--known-at", "told", "--drop",
		"attributes.rating", "--drop", "attributes.decision",
		"-o", file, feed); err != nil {
		t.Fatalf("train: %v\n%s", err, out)
	}
	s := newSite(t, 2, "acme")
	in := s.start("pipeline", s.http)
	sent := 0
	claims := func(n int, garage string) (last string) {
		t.Helper()
		var events []claim.Event
		for range n {
			sent++
			last = fmt.Sprint("C-", sent)
			events = append(events, claim.Event{
				Insurer: "acme", ID: last, Revision: 1, Line: claim.LineMotor,
				Claimant: claim.Party{ID: fmt.Sprint("customer-", sent)},
				Parties:  []claim.Party{{Role: "repairer", ID: garage}},
				Loss:     claim.Loss{Time: when(t, "2026-03-01"), Cause: "collision"},
				Amounts:  claim.Amounts{Claimed: dollars("1200")},
			})
		}
		s.send(events...)
		s.settled(in, int64(sent))
		return last
	}
	before := s.entry(claims(12, "crooked"))
	if before.Context.Model != "" {
		t.Fatalf("decided by %s before any model was activated", before.Context.Model)
	}
	s.cli("model", "shadow", file, "--reason", "fitted on two years")
	s.eventually("the shadow to be asked", time.Minute,
		func() bool { in.check(); return in.metric("tallystick_settings_number") == 1 })
	if e := s.entry(claims(2, "other")); e.Context.Model != "" {
		t.Errorf("the shadow decided: %s", e.Context.Model)
	}
	if out := s.cli("model", "promote", "--cut", "0.1,0.5,0.5", "--draw", "0", "--reason",
		"a month in the shadow"); !strings.Contains(out, "live fraud@1") {
		t.Fatalf("promote: %s", out)
	}
	s.eventually("the score to be live", time.Minute,
		func() bool { in.check(); return in.metric("tallystick_settings_number") == 2 })
	unknown := s.entry(claims(1, "crooked"))
	for i := range 12 {
		s.cli("outcome", "set", fmt.Sprint("C-", i+1), "fraud-confirmed", "--by", "m.lee", "--reason", "staged")
	}
	s.eventually("the outcomes to be known", time.Minute,
		func() bool { in.check(); return in.metric("tallystick_news_claims") == 12 })
	in.kill()
	in = s.start("pipeline", s.http)
	in.awaitReady()
	known := s.entry(claims(1, "crooked"))
	if unknown.Context.Model != "fraud@1" || known.Context.Model != "fraud@1" || len(known.Context.Features) == 0 ||
		len(known.Context.Settings) != 2 {
		t.Fatalf("decided by %q and %q with %+v", unknown.Context.Model, known.Context.Model, known.Context)
	}
	if known.Decision.Score <= unknown.Decision.Score {
		t.Errorf("with twelve confirmed frauds of its garage a claim scores %v, and %v before they were known",
			known.Decision.Score, unknown.Decision.Score)
	}
	s.servedIsLearntFrom(file)
	if out := s.cli("model", "rollback", "--reason", "to try it"); !strings.Contains(out, "live none") {
		t.Errorf("rollback: %s", out)
	}
	s.eventually("the rollback to be in use", time.Minute,
		func() bool { in.check(); return in.metric("tallystick_settings_number") == 3 })
	if e := s.entry(claims(1, "crooked")); e.Context.Model != "" {
		t.Errorf("decided by %s after the rollback", e.Context.Model)
	}
	// Each partition took to each number at one point, and what lies behind it was decided under it.
	at, model := map[int]int64{}, map[int64]string{2: "fraud@1"}
	s.entries(func(b *journal.Batch, e *claim.Entry) {
		switch {
		case e.Kind == claim.Activated && e.Context.Cause != nil:
			if e.Context.Cause.Offset <= at[b.Partition] {
				t.Errorf("partition %d takes to %d after %d", b.Partition, e.Context.Cause.Offset, at[b.Partition])
			}
			at[b.Partition] = e.Context.Cause.Offset
		case e.Kind == claim.Decided && e.Context.Model != model[at[b.Partition]]:
			t.Errorf("%s was decided by %q where partition %d uses the settings %d", e.Claim, e.Context.Model,
				b.Partition, at[b.Partition])
		}
	})
	if out := s.cli("model", "status"); !strings.Contains(out, "uncalibrated") ||
		!strings.Contains(out, "before: settings 2") {
		t.Errorf("status: %s", out)
	}
}

// servedIsLearntFrom compares the features that entries keep with the rows that would be learnt from.
func (s *site) servedIsLearntFrom(file string) {
	s.t.Helper()
	m, err := readModel(file)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, name := range m.Features() {
		if feature.OfParties(name) {
			names = append(names, name)
		}
	}
	claims, err := install.PastClaims(s.t.Context(), &s.cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	h, err := history.New(claims)
	if err != nil {
		s.t.Fatal(err)
	}
	table, rows := h.Table(nil), 0
	values := make([]feature.Value, len(names))
	for row := range h.Claims {
		e := s.entry(h.Claims[row].ID)
		if e.Context.Model == "" {
			continue
		}
		rows++
		served, err := feature.Unpack(e.Context.Features, len(names))
		if err != nil {
			s.t.Fatal(err)
		}
		if !table.Values(names, row, values) {
			s.t.Fatal("the rows lack a feature of the model")
		}
		for i, v := range values {
			if served[i].Known != v.Known || v.Known && float32(served[i].Number) != float32(v.Number) {
				s.t.Errorf("%s: %s was served as %v, and is learnt from as %v", e.Claim, names[i], served[i], v)
			}
		}
	}
	if rows < 2 || len(names) == 0 {
		s.t.Errorf("%d rows of %d features were compared", rows, len(names))
	}
}
