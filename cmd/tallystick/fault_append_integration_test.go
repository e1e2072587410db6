//go:build integration

package main

import (
	"testing"
	"time"

	"tallystick/journal"
)

// TestAppendsOfUnknownOutcome cuts connections to a real broker around appends to the journals of entries and of
// closings while claims come: before the request is whole, when it is appended and the answer under way, within the
// answer, and so that the broker gets it only after the sender has sent it again. Each batch counts once.
func TestAppendsOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	between := proxiedKafka(t)
	s := newSiteAt(t, between.direct, 4, "acme")
	between.topics = []string{s.cfg.Kafka.Topics.Scored, s.cfg.Kafka.Topics.Closings}
	run := s.start("pipeline", s.http, "kafka.brokers="+between.addr)
	run.awaitReady()
	load := s.trickle(s.claims(50, 2500), 10*time.Second)
	between.every.Store(3)
	load.wait()
	between.every.Store(0)
	s.proven(run, 2500)

	lost, late, cuts := between.unheard()
	t.Logf("%d appends, cut: %v", between.asked.Load(), cuts)
	for _, at := range cutPlaces {
		if cuts[at] < 3 {
			t.Errorf("cut %d times %s", cuts[at], at)
		}
	}
	counting, void := s.journalBatches()
	adopted := 0
	for _, l := range lost {
		if counting[l] {
			adopted++
		}
	}
	second := 0
	for _, l := range late {
		if void[l] == journal.VoidStale {
			second++
		}
	}
	t.Logf("%d batches were appended and their answer cut off: %d of them count; %d arrived late: %d are void; %d void in all", len(lost), adopted, len(late), second, len(void))
	if adopted == 0 {
		t.Error("no batch whose answer was cut off counts")
	}
	if second == 0 {
		t.Error("no batch arrived after its repetition")
	}
	for l, reason := range void {
		if reason != journal.VoidStale {
			t.Errorf("%s/%d, offset %d: void, %s", l.topic, l.partition, l.base, reason)
		}
	}
	run.stop()
}
