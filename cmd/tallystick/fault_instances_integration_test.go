//go:build integration

package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/journal"
)

// TestInstancesComeAndGo runs one, two and three instances on eight partitions under a steady load, restarts them one
// after the other, and replaces them by another build of the program one after the other. Partitions are shared, each
// instance knows what the others decided, and a new one takes claims only when it knows everything. Each claim is
// decided once.
func TestInstancesComeAndGo(t *testing.T) {
	between := proxiedKafka(t)
	s := newSiteAt(t, between.direct, 8, "acme")
	s.quick()
	next := s.otherBuild("next")
	const rate = 300
	load := s.trickle(s.claims(70, 90*rate), 90*time.Second)
	reader := s.follow()
	phase := phases{s: s}

	phase.begin("one instance")
	running := []*instance{s.start("0", s.http)}
	s.share(running)
	reader.decides(load, 2*rate)

	phase.begin("a second one comes")
	running = append(running, s.start("1", freeAddr(t), unanchored))
	s.share(running)
	reader.decides(load, 2*rate)

	// The third reads the journal through a proxy that lets each answer wait, so that it takes a while to know
	// everything.
	phase.begin("a third one comes")
	between.slow.Store(int64(time.Second))
	reader.catchUp()
	decided, writers := reader.decided, maps.Clone(reader.writers)
	began := time.Now()
	third := s.start("2", freeAddr(t), unanchored, "kafka.brokers="+between.addr)
	running = append(running, third)
	s.eventually("the third instance to take claims", time.Minute, func() bool {
		third.check()
		owned, appended, claims := third.metric("tallystick_partitions_owned"),
			third.metric("tallystick_journal_batches_total"), third.metric("tallystick_state_claims")
		if (owned > 0 || appended > 0) && third.metric("tallystick_state_loaded") == 0 {
			t.Error("it takes claims before its state is loaded")
		}
		if owned > 0 && claims < float64(decided) {
			t.Errorf("it takes claims and knows %g, although %d were decided when it started", claims, decided)
		}
		return owned > 0
	})
	between.slow.Store(0)
	loaded := third.said("state loaded from the journal")[0]
	t.Logf("the third instance loaded %d claims in %s and takes claims", decided,
		loaded.Sub(began).Round(time.Millisecond))
	if loaded.Sub(began) < time.Second {
		t.Error("its state was loaded too soon to show anything")
	}
	if first := third.said("partitions assigned")[0]; first.Before(loaded) {
		t.Errorf("it had partitions at %s, before its state was loaded at %s", first, loaded)
	}
	// While the others kept their partitions, an appender that is new is the third instance's.
	kept := !slices.ContainsFunc(append(running[0].said("partitions assigned"),
		running[1].said("partitions assigned")...),
		func(at time.Time) bool { return at.After(began) && at.Before(loaded) })
	s.entries(func(b *journal.Batch, _ *claim.Entry) {
		if created := time.UnixMilli(b.Created); kept && !writers[b.Writer] && created.Before(loaded) {
			t.Fatalf("a new writer appended to partition %d at %s, the third instance was not loaded before %s",
				b.Partition, created, loaded)
		}
	})
	s.share(running)
	reader.decides(load, 2*rate)

	phase.begin("three instances")
	s.agree(running, reader)
	atOnce := s.agreeLater(running, reader)

	phase.begin("restarted one after the other")
	s.replaceAll(running, s.bin)
	reader.decides(load, 2*rate)

	phase.begin("upgraded one after the other")
	version := running[0].buildVersion()
	s.replaceAll(running, next)
	for _, in := range running {
		if got := in.buildVersion(); got != "next" || got == version {
			t.Errorf("version %q after %q", got, version)
		}
	}
	reader.decides(load, 2*rate)
	s.agree(running, reader)

	sent := load.stop() + 2*len(running) + atOnce
	s.proven(running[0], sent)
	s.decidedOnce(sent)
	first := running[0].metric("tallystick_state_claims")
	for _, in := range running {
		s.eventually("all instances to know the same claims", 10*time.Second,
			func() bool { return in.metric("tallystick_state_claims") == first })
		in.stop()
	}
	phase.report()
}

// share waits until the instances own all partitions between them, each its part.
func (s *site) share(running []*instance) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%d instances to share the partitions", len(running)), 40*time.Second, func() bool {
		least, all := s.cfg.Kafka.Partitions/len(running), 0
		for _, in := range running {
			in.check()
			owned := int(in.metric("tallystick_partitions_owned"))
			if owned < least || owned > least+1 {
				return false
			}
			all += owned
		}
		return all == s.cfg.Kafka.Partitions
	})
}

// replaceAll stops each instance and starts it again as bin, one after the other.
func (s *site) replaceAll(running []*instance, bin string) {
	s.t.Helper()
	s.bin = bin
	for i, old := range running {
		old.stop()
		settings := []string{unanchored}
		if i == 0 {
			settings = nil
		}
		running[i] = s.start(strconv.Itoa(i), old.http, settings...)
		running[i].awaitReady()
	}
	s.share(running)
}

// otherBuild is the program with another version.
func (s *site) otherBuild(version string) string {
	s.t.Helper()
	bin := filepath.Join(s.t.TempDir(), "tallystick-"+version)
	args := []string{"build", "-trimpath", "-ldflags", "-X tallystick/install.version=" + version, "-o", bin}
	if os.Getenv("TALLYSTICK_COVERDIR") != "" { // as make build does, so that nothing has to be compiled again
		args = append(args, "-cover", "-covermode=atomic", "-coverpkg=./...")
	}
	build := exec.CommandContext(s.t.Context(), "go", append(args, "./cmd/tallystick")...)
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		s.t.Fatalf("building version %s: %v\n%s", version, err, out)
	}
	return bin
}

// agree sends the claims of a ring to partitions of different instances, one after the other. Each instance counts the
// claims that the others decided, and the last one finds the ring and raises the others' decisions.
func (s *site) agree(running []*instance, reader *follower) {
	s.t.Helper()
	ring := int(time.Now().UnixMilli() % 1e7)
	var ids []string
	for i, in := range running {
		member := s.member(ring, i, in.owns()[0])
		ids = append(ids, member.ID)
		reader.latest[member.ID] = nil
		s.send(member)
		s.eventually("a member of the ring to be decided", 20*time.Second,
			func() bool { in.check(); reader.catchUp(); return reader.latest[member.ID] != nil })
		time.Sleep(time.Second) // the others fold it
	}
	last := reader.latest[ids[len(ids)-1]]
	counts := false
	for _, r := range last.Decision.Reasons {
		for _, f := range r.Facts {
			counts = counts || strings.HasPrefix(r.Rule, "shared-bank-account@") && f.Name == "persons" &&
				f.Value == strconv.Itoa(len(running)-1)
		}
	}
	if !counts {
		s.t.Errorf("the last claim does not count the %d before it: %+v", len(running)-1, last.Decision.Reasons)
	}
	reader.knowsRing(ids)
}

// agreeLater sends the claims of rings to different instances at the same moment, and then no more. None knows of the
// others while it decides; a moment later each raises its own. It returns how many claims it sent.
func (s *site) agreeLater(running []*instance, reader *follower) (sent int) {
	s.t.Helper()
	const rings, size = 10, 3
	first := int(time.Now().UnixMilli() % 1e7)
	all := make([][]string, rings)
	var members []claim.Event
	for r := range rings {
		for i := range size {
			member := s.member(first+r, i, running[i%len(running)].owns()[0])
			reader.latest[member.ID] = nil
			all[r] = append(all[r], member.ID)
			members = append(members, member)
		}
	}
	s.send(members...)
	for _, ids := range all {
		s.eventually("the claims of a ring to be decided", 20*time.Second, func() bool {
			reader.catchUp()
			return !slices.ContainsFunc(ids, func(id string) bool { return reader.latest[id] == nil })
		})
		reader.knowsRing(ids)
	}
	late := 0.0
	for _, in := range running {
		late += in.metric("tallystick_late_raises_total")
	}
	s.t.Logf("%d rings at once: %.0f of %d claims raised late", rings, late, len(members))
	return len(members)
}

// knowsRing waits until the newest decision on each claim names the ring. A claim is raised once, so the ring may have
// grown since.
func (f *follower) knowsRing(ids []string) {
	f.s.t.Helper()
	f.s.eventually("the ring to be known on each of its claims", 10*time.Second, func() bool {
		f.catchUp()
		return !slices.ContainsFunc(ids, func(id string) bool {
			d := f.latest[id].Decision
			return len(d.Rings) != 1 || len(d.Rings[0].Claims) < 3
		})
	})
}

// member is a claim of a ring whose people share a telephone and a bank account, with a number that brings it to a
// partition.
func (s *site) member(ring, i, partition int) claim.Event {
	s.t.Helper()
	account := claim.BankAccount{Routing: "021000021", Number: fmt.Sprintf("900%07d", ring), Country: "US"}
	e := claim.Event{
		Insurer: "acme", Revision: 1, Line: claim.LineMotor, Stage: claim.Notified,
		Policy: claim.Policy{Number: fmt.Sprintf("POL-%d-%d", ring, i), Inception: when(s.t, "2025-01-02"),
			Expiry: when(s.t, "2027-01-02")},
		Claimant: claim.Party{Name: fmt.Sprintf("Person%c Number%d", 'a'+i, 10*ring+i),
			BirthDate: when(s.t, fmt.Sprintf("198%d-04-01", i)),
			Phone:     fmt.Sprintf("+1 212 %07d", 2000000+ring%7000000), BankAccount: account},
		Loss:    claim.Loss{Time: when(s.t, fmt.Sprintf("2026-0%d-10T10:30:00-05:00", 1+i)), Cause: "collision"},
		Amounts: claim.Amounts{Claimed: dollars("2950")},
	}
	var all []int
	for p := range s.cfg.Kafka.Partitions {
		all = append(all, p)
	}
	for n := 0; ; n++ {
		e.ID = fmt.Sprintf("R-%d-%d-%d", ring, i, n)
		if (kafka.Murmur2Balancer{}).Balance(kafka.Message{Key: claim.Key(e.Insurer, e.ID)}, all...) == partition {
			return e
		}
	}
}

// said returns when the instance logged a message, at least once.
func (in *instance) said(message string) []time.Time {
	in.s.t.Helper()
	data, err := os.ReadFile(in.log)
	if err != nil {
		in.s.t.Fatal(err)
	}
	var times []time.Time
	for _, found := range regexp.MustCompile(`time=(\S+) level=\S+ msg="`+message).FindAllSubmatch(data, -1) {
		at, err := time.Parse(time.RFC3339, string(found[1]))
		if err != nil {
			in.s.t.Fatal(err)
		}
		times = append(times, at)
	}
	if len(times) == 0 {
		in.s.t.Fatalf("the instance has not said %q; its log ends:\n%s", message, in.tail())
	}
	return times
}

// owns returns the partitions of the newest assignment.
func (in *instance) owns() []int {
	in.s.t.Helper()
	data, err := os.ReadFile(in.log)
	if err != nil {
		in.s.t.Fatal(err)
	}
	found := regexp.MustCompile(`msg="partitions assigned" generation=\d+ partitions="?\[([\d ]+)\]`).FindAllSubmatch(data, -1)
	if len(found) == 0 {
		in.s.t.Fatalf("the instance has no partition; its log ends:\n%s", in.tail())
	}
	var owned []int
	for text := range strings.FieldsSeq(string(found[len(found)-1][1])) {
		p, err := strconv.Atoi(text)
		if err != nil {
			in.s.t.Fatal(err)
		}
		owned = append(owned, p)
	}
	return owned
}

func (in *instance) buildVersion() string {
	in.s.t.Helper()
	_, body := in.get("/metrics")
	found := regexp.MustCompile(`(?m)^tallystick_build_info\{.*version="([^"]*)"`).FindStringSubmatch(body)
	if found == nil {
		in.s.t.Fatalf("no version in\n%s", body)
	}
	return found[1]
}

// phases tells what a claim waited for its decision while something else happened.
type phases struct {
	s     *site
	names []string
	from  []time.Time
}

func (p *phases) begin(name string) {
	p.names, p.from = append(p.names, name), append(p.from, time.Now())
}

func (p *phases) report() {
	p.s.t.Helper()
	waits := make([][]time.Duration, len(p.names))
	p.s.entries(func(b *journal.Batch, e *claim.Entry) {
		i, _ := slices.BinarySearchFunc(p.from, e.Source.Time, time.Time.Compare)
		if e.Kind == claim.Decided && i > 0 {
			waits[i-1] = append(waits[i-1], time.UnixMilli(b.Created).Sub(e.Source.Time))
		}
	})
	for i, name := range p.names {
		w := waits[i]
		if len(w) == 0 {
			continue
		}
		slices.Sort(w)
		p.s.t.Logf("%-30s %5d claims decided after p50 %5d ms, p99 %5d ms, at most %5d ms", name, len(w),
			w[len(w)/2].Milliseconds(), w[len(w)*99/100].Milliseconds(), w[len(w)-1].Milliseconds())
	}
}
