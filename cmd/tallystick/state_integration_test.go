//go:build integration

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/pipeline"
)

// An instance that was killed goes on from the state that it kept: it folds what came after, and knows everything that
// it knew. A claim sent again is a duplicate, and a ring that began before is completed after.
func TestAKilledInstanceGoesOnFromItsKeptState(t *testing.T) {
	s := newSite(t, 3, "acme")
	s.quick()
	const n = 2000
	before := s.claims(81, n)
	in := s.start("tallystick", s.http)
	reader := s.follow()
	ring := []claim.Event{s.member(7, 0, 0), s.member(7, 1, 1), s.member(7, 2, 2)}
	ids := []string{ring[0].ID, ring[1].ID, ring[2].ID}
	for _, id := range ids {
		reader.latest[id] = nil
	}
	s.sendRaw(before...)
	s.send(ring[:2]...)
	s.settled(in, n+2)
	in.keptAll()
	known, claims := in.metric("tallystick_known_revisions"), in.metric("tallystick_state_claims")
	in.kill()

	in = s.start("tallystick", s.http)
	in.awaitReady()
	if folded := in.folded(); folded != 0 {
		t.Errorf("%d entries were folded, although the state was kept after the last", folded)
	}
	if k, c := in.metric("tallystick_known_revisions"), in.metric("tallystick_state_claims"); k != known ||
		c != claims {
		t.Errorf("it knows %g revisions and %g claims, before it was killed %g and %g", k, c, known, claims)
	}
	s.sendRaw(before[:100]...)
	s.send(ring[2])
	s.settled(in, n+3+100)
	reader.catchUp()
	reader.knowsRing(ids)
	in.stop()

	// What is kept is only ever a shortcut.
	in = s.start("tallystick", s.http)
	in.awaitReady()
	if folded := in.folded(); folded != 0 {
		t.Errorf("%d entries were folded after a stop", folded)
	}
	known, claims = in.metric("tallystick_known_revisions"), in.metric("tallystick_state_claims")
	in.stop()
	file := filepath.Join(s.path("tallystick.state"), pipeline.StateFile)
	if err := os.Truncate(file, 10_000); err != nil {
		t.Fatal(err)
	}
	in = s.start("tallystick", s.http)
	in.awaitReady()
	in.said("the kept state is of no use")
	if folded := in.folded(); folded < n+3+100 {
		t.Errorf("%d entries were folded without a file", folded)
	}
	if k, c := in.metric("tallystick_known_revisions"), in.metric("tallystick_state_claims"); k != known ||
		c != claims {
		t.Errorf("folded it knows %g revisions and %g claims, recalled %g and %g", k, c, known, claims)
	}
	in.stop()
	s.proven(nil, n+3)
}

// A disk that is full keeps no state and holds up nothing: the last state stays whole, and a start folds what came
// after it.
func TestTheStatesDiskIsFull(t *testing.T) {
	t.Parallel()
	s := newSite(t, 2, "acme")
	s.quick()
	disk := s.path("tallystick.state")
	s.smallDisk(disk)
	in := s.start("tallystick", s.http)
	s.sendRaw(s.claims(82, 400)...)
	s.settled(in, 400)
	in.keptAll()
	file := filepath.Join(disk, pipeline.StateFile)
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	ballast := s.fill(disk)
	s.sendRaw(s.claims(83, 200)...)
	s.settled(in, 600)
	s.eventually("keeping to fail", 30*time.Second,
		func() bool { return in.metric("tallystick_state_keep_failures_total") > 1 })
	in.said("the state could not be kept")
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, kept) {
		t.Errorf("what failed has changed the state that was there: %v", err)
	}
	if names := namesIn(t, disk); !slices.Equal(names, []string{filepath.Base(ballast), pipeline.StateFile}) {
		t.Errorf("on the disk are %q", names)
	}
	in.kill()

	in = s.start("tallystick", s.http)
	in.awaitReady()
	if folded := in.folded(); folded < 200 || folded >= 400 {
		t.Errorf("%d entries were folded, want the 200 that came after the state", folded)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s.eventually("a newer state to be kept", 30*time.Second, func() bool {
		now, err := os.ReadFile(file)
		return err == nil && !bytes.Equal(now, kept)
	})
	in.keptAll()
	s.settled(in, 600)
	in.stop()
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// keptAll waits until the instance has kept its state and nothing moved since: then it does not keep it again.
func (in *instance) keptAll() {
	in.s.t.Helper()
	last := 0.0
	in.s.eventually("the state to be kept", 30*time.Second, func() bool {
		before := last
		last = in.metric("tallystick_state_kept_timestamp_seconds")
		time.Sleep(2500 * time.Millisecond)
		return last > 0 && last == before
	})
}

// folded is how many entries the newest start folded.
func (in *instance) folded() int {
	in.s.t.Helper()
	data, err := os.ReadFile(in.log)
	if err != nil {
		in.s.t.Fatal(err)
	}
	found := regexp.MustCompile(`msg="state loaded from the journal".* folded=(\d+)`).FindAllSubmatch(data, -1)
	if len(found) == 0 {
		in.s.t.Fatalf("no state was loaded; the log ends:\n%s", in.tail())
	}
	n, err := strconv.Atoi(string(found[len(found)-1][1]))
	if err != nil {
		in.s.t.Fatal(err)
	}
	return n
}
