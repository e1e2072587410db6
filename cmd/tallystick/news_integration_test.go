//go:build integration

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/journal"
	"tallystick/signals"
)

// TestAnOutcomeComesBackAndLowersAScore: what becomes of one claim scores another that shares its telephone, up and
// down again, although the instance is killed in between.
func TestAnOutcomeComesBackAndLowersAScore(t *testing.T) {
	s := newSite(t, 2, "acme")
	in := s.start("pipeline", s.http)
	event := func(id, name, policy string) claim.Event {
		return claim.Event{
			Insurer: "acme", ID: id, Revision: 1, Line: claim.LineMotor,
			Policy:   claim.Policy{Number: policy, Inception: when(t, "2024-01-02")},
			Claimant: claim.Party{Name: name, Phone: "+1 555 0100 123"},
			Loss:     claim.Loss{Time: when(t, "2026-01-10"), Reported: when(t, "2026-01-11"), Cause: "collision"},
		}
	}
	s.send(event("C-1", "Ann Archer", "POL-1"), event("C-2", "Bob Bower", "POL-2"))
	s.settled(in, 2)
	decided := func(id string) (scores []float64, causes []claim.Cause) {
		s.entries(func(_ *journal.Batch, e *claim.Entry) {
			if e.Claim != id || e.Decision == nil {
				return
			}
			scores = append(scores, e.Decision.Score)
			if e.Kind == claim.Rescored {
				causes = append(causes, *e.Context.Cause)
			}
		})
		return scores, causes
	}
	rescored := func(times int) {
		t.Helper()
		s.eventually("C-2 to be scored anew", time.Minute, func() bool {
			in.check()
			_, causes := decided("C-2")
			return len(causes) == times
		})
	}
	s.cli("outcome", "set", "C-1", "fraud-confirmed", "--by", "m.lee", "--reason", "staged", "--known-at", "2026-02-01")
	rescored(1)
	in.kill()
	s.cli("outcome", "set", "C-1", "cleared", "--by", "m.lee", "--reason", "papers in order", "--known-at",
		"2026-03-01")
	in = s.start("pipeline", s.http)
	in.awaitReady()
	rescored(2)
	in.kill()
	in = s.start("pipeline", s.http)
	in.awaitReady()
	time.Sleep(3 * time.Second) // three looks of an instance that begins anew
	scores, causes := decided("C-2")
	if len(scores) != 3 || scores[1] <= scores[0] || scores[2] != scores[0] {
		t.Fatalf("scores of C-2 %v, want one that rises and falls again", scores)
	}
	for i, c := range causes {
		if !strings.HasSuffix(c.Journal, "claims.outcomes") || c.Offset != int64(i) {
			t.Errorf("the cause of rescore %d is %+v", i, c)
		}
	}
	if own, _ := decided("C-1"); len(own) != 1 {
		t.Errorf("C-1 itself was scored anew: %v", own)
	}
	if n := in.metric("tallystick_news_pending"); n != 0 {
		t.Errorf("%v pieces of news are still pending", n)
	}
	s.settled(in, 2)
}

// TestAWarningScoresItsClaimAnewAndGoes: what a member's node hands on raises the claim that it is about, and its end
// lowers it.
func TestAWarningScoresItsClaimAnewAndGoes(t *testing.T) {
	s := newSite(t, 2, "acme")
	in := s.start("pipeline", s.http)
	s.send(claim.Event{
		Insurer: "acme", ID: "C-1", Revision: 1, Line: claim.LineMotor,
		Policy:   claim.Policy{Number: "POL-1", Inception: when(t, "2024-01-02")},
		Claimant: claim.Party{Name: "Ann Archer", Phone: "+1 555 0100 123"},
		Loss:     claim.Loss{Time: when(t, "2026-01-10"), Reported: when(t, "2026-01-11"), Cause: "collision"},
	})
	s.settled(in, 1)
	sender, err := s.cfg.OpenWarnings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	cause := signals.Cause{Journal: "signals", Time: time.Now(), Insurer: "acme", Claim: "C-1", Hit: signals.Hit{
		Publishers: 1, Lines: []string{"health"}, Bases: []signals.Basis{"established"}, Newest: "2026-02",
	}}
	var scores []float64
	var texts []string
	scored := func(times int) {
		t.Helper()
		s.eventually("C-1 to be scored anew", time.Minute, func() bool {
			in.check()
			scores, texts = nil, nil
			s.entries(func(_ *journal.Batch, e *claim.Entry) {
				if e.Decision == nil {
					return
				}
				scores = append(scores, e.Decision.Score)
				for _, r := range e.Decision.Reasons {
					texts = append(texts, r.Text)
				}
			})
			return len(scores) == times
		})
	}
	if err := sender.Take(t.Context(), cause); err != nil {
		t.Fatal(err)
	}
	scored(2)
	if !slices.Contains(texts, "Flagged elsewhere: health, 2026-Q1.") {
		t.Errorf("reasons %q", texts)
	}
	cause.Offset, cause.Hit = 1, signals.Hit{}
	if err := sender.Take(t.Context(), cause); err != nil {
		t.Fatal(err)
	}
	scored(3)
	if scores[1] <= scores[0] || scores[2] != scores[0] {
		t.Errorf("scores %v, want one that rises and falls again", scores)
	}
	s.settled(in, 1)
}
