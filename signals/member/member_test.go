package member_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tallystick/signals"
	"tallystick/signals/index"
	"tallystick/signals/member"
)

const phone = "phone=0170 1234567@DE"

// One insurer warns, another finds it however the number is written, the subject contests, is turned down, and is
// cleared.
func TestASignalsLife(t *testing.T) {
	s := found(t, "acme", "beta", "gamma")
	acme, beta := s.members["acme"], s.members["beta"]
	names := acme.publish(phone, "account=DE02 1203 0000 0000 2020 51")
	if f := beta.lookUp("C-1", phone); f.Hit.Publishers != 0 {
		t.Error("found before it was fetched")
	}
	sameInts(t, causes(beta), nil)
	s.pull()
	sameInts(t, causes(beta), []int{1}) // late: nobody looked it up again
	f := beta.lookUp("C-2", "phone=+49 (170) 123-4567")
	if want := "flagged elsewhere (ring), suspected, motor, this quarter"; f.Reason != want {
		t.Errorf("%q, want %q", f.Reason, want)
	}
	if f := acme.lookUp("C-2", phone); f.Hit.Publishers != 0 {
		t.Error("an insurer's own signal came back to it as somebody else's")
	}
	acme.turn(signals.Suspend, names...)
	s.pull()
	if f := beta.lookUp("C-2", phone); f.Hit.Publishers != 0 {
		t.Error("a contested signal counts")
	}
	acme.turn(signals.Restore, names...)
	s.pull()
	if f := beta.lookUp("C-2", phone); f.Hit.Publishers != 1 {
		t.Error("a signal that was upheld does not count")
	}
	acme.turn(signals.Withdraw, names[0])
	s.pull()
	if f := beta.lookUp("C-2", phone); f.Hit.Publishers != 0 {
		t.Error("a withdrawn signal counts")
	}
	if f := beta.lookUp("C-3", "account=DE02120300000000202051"); f.Hit.Publishers != 1 {
		t.Error("the other signal went with it")
	}
	sameInts(t, causes(beta), []int{1, 1, 0, 0, 1, 1, 0, 0, 1})
}

func TestOnePersonIsNotTwo(t *testing.T) {
	s := found(t, "acme", "beta")
	acme := s.members["acme"]
	text := must[string](t)(acme.Propose(context.Background(), acme.publication(phone)))
	for range 2 {
		id, have, done, err := acme.Approve(acme.signed(text, acme.approvers[0]))
		if err != nil || have != 1 || done {
			t.Fatalf("%s: %d signatures, done %t, %v", id, have, done, err)
		}
	}
	if _, _, _, err := acme.Approve(acme.signed(text, s.members["beta"].approvers[1])); err == nil {
		t.Error("somebody else's approver approved")
	}
	changed := strings.Replace(text, `"severity":2`, `"severity":3`, 1)
	if _, have, done, err := acme.Approve(acme.signed(changed, acme.approvers[1])); err != nil || have != 1 || done {
		t.Errorf("a changed proposal is another one: %d, %t, %v", have, done, err)
	}
	if _, _, done, err := acme.Approve(acme.signed(text, acme.approvers[1])); err != nil || !done {
		t.Errorf("two people: %t, %v", done, err)
	}
	if _, _, _, err := acme.Approve(acme.signed(text, acme.approvers[1])); err == nil {
		t.Error("the same act was done twice")
	}
}

func TestWhatIsNotPublished(t *testing.T) {
	s := found(t, "acme", "beta")
	acme := s.members["acme"]
	for name, change := range map[string]func(*member.Publication){
		"without a reason":         func(p *member.Publication) { p.Reason = " " },
		"without one for how long": func(p *member.Publication) { p.Expiry = "" },
		"without telling":          func(p *member.Publication) { p.Notified = "" },
		"for ever":                 func(p *member.Publication) { p.Expires = "2099-01-01" },
		"longer than agreed":       func(p *member.Publication) { p.Expires = "2027-11-17" },
		"expired":                  func(p *member.Publication) { p.Expires = "2026-11-15" },
		"of no claim":              func(p *member.Publication) { p.Claim = "C-9" },
		"of a kind that is none":   func(p *member.Publication) { p.Kind = "gossip" },
		"on a hunch":               func(p *member.Publication) { p.Basis = "hunch" },
		"of severity 4":            func(p *member.Publication) { p.Severity = 4 },
		"about nobody":             func(p *member.Publication) { p.Identifiers = nil },
		"about a name that is one of many": func(p *member.Publication) {
			p.Identifiers = []signals.Identifier{id(t, "person=Ann Example")}
		},
	} {
		p := acme.publication(phone)
		change(&p)
		if _, err := acme.Propose(context.Background(), p); err == nil {
			t.Errorf("published %s", name)
		}
	}
	acme.publish(phone)
	if _, err := acme.Propose(context.Background(), acme.publication(phone)); !errors.Is(err, index.ErrTwice) {
		t.Errorf("twice in a month: %v", err)
	}
}

func TestALookUpNamesAnOpenClaim(t *testing.T) {
	s := found(t, "acme", "beta")
	beta := s.members["beta"]
	for _, claim := range []string{"", "C-9"} {
		q := member.Query{By: "test", Insurer: "beta", Claim: claim, Identifiers: []signals.Identifier{id(t, phone)}}
		if _, err := beta.LookUp(context.Background(), q); err == nil {
			t.Errorf("claim %q was looked up", claim)
		}
	}
	beta.lookUp("C-1", phone)
	log := files(t, beta.dir)[filepath.Join(beta.dir, "audit.jsonl")]
	if !strings.Contains(log, `"act":"look-up"`) || !strings.Contains(log, `"claim":"C-1"`) ||
		strings.Contains(log, "C-9") {
		t.Errorf("the audit holds %s", log)
	}
	// The evaluators log the same look-up under a commitment that this audit can open.
	var meters string
	for _, e := range s.evaluators {
		for name, text := range files(t, e.dir) {
			if strings.HasSuffix(name, ".jsonl") {
				meters += text
			}
		}
	}
	_, commit, _ := strings.Cut(log, `"commit":"`)
	if commit = commit[:64]; strings.Count(meters, commit) != 2 || strings.Contains(meters, "C-1") {
		t.Errorf("of two evaluators' logs, commitment %s stands in: %s", commit, meters)
	}
}

// The copies of a member that is out of contact for ten minutes do not count, and what they said before is not taken
// back.
func TestAStaleCopyDoesNotCount(t *testing.T) {
	s := found(t, "acme", "beta")
	acme, beta := s.members["acme"], s.members["beta"]
	acme.publish(phone)
	s.pull()
	beta.lookUp("C-1", phone)
	acme.stop()
	s.clock.move(9 * time.Minute)
	s.pull()
	if f := beta.lookUp("C-2", phone); f.Hit.Publishers != 1 || len(f.Hit.Stale) != 0 {
		t.Errorf("after nine minutes: %+v", f.Hit)
	}
	s.clock.move(time.Minute)
	if f := beta.lookUp("C-3", phone); f.Hit.Publishers != 0 || !slices.Equal(f.Hit.Stale, []string{"acme"}) {
		t.Errorf("after ten minutes: %+v", f.Hit)
	}
	sameInts(t, causes(beta), []int{1, 1})
	acme.start()
	s.pull()
	sameInts(t, causes(beta), []int{1, 1, 1}) // the claim of the time between, late
}

// A restart finds batches, claims and causes as they were, and raises or lowers nothing.
func TestARestartChangesNothing(t *testing.T) {
	s := found(t, "acme", "beta")
	acme, beta := s.members["acme"], s.members["beta"]
	names := acme.publish(phone)
	s.pull()
	beta.lookUp("C-1", phone)
	for range 2 {
		for _, h := range []*house{acme, beta} {
			h.stop()
			h.start()
		}
		if err := beta.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		s.pull()
		sameInts(t, causes(beta), []int{1})
	}
	beta.stop()
	acme.turn(signals.Withdraw, names...)
	beta.start()
	s.pull()
	sameInts(t, causes(beta), []int{1, 0}) // what it missed
}

func TestASignalExpires(t *testing.T) {
	s := found(t, "acme", "beta")
	acme, beta := s.members["acme"], s.members["beta"]
	acme.publish(phone)
	s.pull()
	beta.lookUp("C-1", phone)
	s.clock.move(136 * 24 * time.Hour) // 1 April 2027
	s.pull()
	if err := beta.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	sameInts(t, causes(beta), []int{1, 0})
}

// A closed claim is let go of: no more is learnt about it.
func TestAClosedClaimIsNotWatched(t *testing.T) {
	s := found(t, "acme", "beta")
	acme, beta := s.members["acme"], s.members["beta"]
	beta.lookUp("C-1", phone)
	beta.open("beta/C-2")
	if err := beta.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	acme.publish(phone)
	s.pull()
	sameInts(t, causes(beta), nil)
}

func TestAnInquiryGoesBetweenTwoDesks(t *testing.T) {
	s := found(t, "acme", "beta", "gamma")
	acme, beta := s.members["acme"], s.members["beta"]
	acme.publish(phone)
	s.pull()
	if _, err := beta.Inquire(context.Background(), "carl", "beta", "C-1", "What did you find?"); err == nil {
		t.Error("asked about a claim without a hit")
	}
	beta.lookUp("C-1", phone)
	sent, err := beta.Inquire(context.Background(), "carl", "beta", "C-1", "What did you find?")
	if err != nil || len(sent) != 1 || sent[0].To != "acme" {
		t.Fatalf("%v, %v", sent, err)
	}
	answer, err := acme.Answer(context.Background(), "ann", sent[0].ID, "Call us.")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []*house{acme, beta} {
		all, err := h.Letters()
		if err != nil || len(all) != 2 ||
			!slices.ContainsFunc(all, func(l member.Letter) bool {
				return l.Answers == sent[0].ID &&
					l.ID == answer.ID
			}) {
			t.Errorf("%s has %v, %v", h.name, all, err)
		}
		for name, text := range files(t, h.dir) {
			if strings.Contains(text, "What did you find") || strings.Contains(text, "Call us") {
				t.Errorf("%s keeps a letter in clear", name)
			}
		}
	}
	if all, err := s.members["gamma"].Letters(); err != nil || len(all) != 0 {
		t.Errorf("gamma has %v, %v", all, err)
	}
}

// A crash between the batch and its record leaves a proposal that is done; the next start makes it the record.
func TestACrashBeforeTheRecord(t *testing.T) {
	s := found(t, "acme", "beta")
	acme := s.members["acme"]
	names := acme.publish(phone)
	records, err := filepath.Glob(filepath.Join(acme.dir, "records", "*.txt"))
	if err != nil || len(records) != 1 {
		t.Fatal(records, err)
	}
	acme.stop()
	proposal := filepath.Join(acme.dir, "proposals", filepath.Base(records[0])[:16]+".txt")
	if err := os.Rename(records[0], proposal); err != nil {
		t.Fatal(err)
	}
	acme.start()
	if waiting, err := acme.Proposals(); err != nil || len(waiting) != 0 {
		t.Errorf("%d proposals wait, %v", len(waiting), err)
	}
	acme.turn(signals.Withdraw, names...)
}
