//go:build integration

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/install"
	"tallystick/journal"
	"tallystick/privacy/keys/vault"
)

// Who is erased in TestAPersonIsErased. Ann and Bob live at one address.
var (
	ann = claim.Party{
		ID: "K-770011", Name: "Ann Canary", BirthDate: claim.When{}, Phone: "+1 555 0100 123",
		Email:       "ann.canary@example.com",
		NationalIDs: []claim.NationalID{{Type: "ssn", Country: "US", Number: "536-90-4399"}},
		Address:     claim.Address{Line1: "12 Yellow Lane", City: "Springfield", Postcode: "62701", Country: "US"},
	}
	bob = claim.Party{
		ID: "K-770012", Name: "Bob Finch", Phone: "+1 555 0100 456",
		NationalIDs: []claim.NationalID{{Type: "ssn", Country: "US", Number: "536-90-4401"}},
		Address:     ann.Address,
	}
)

func as(p claim.Party, role claim.Role) claim.Party { p.Role = role; return p }

func (s *site) ofPeople(id string, revision int, claimant claim.Party, others ...claim.Party) claim.Event {
	return claim.Event{
		Insurer: "acme", ID: id, Revision: revision, Line: claim.LineMotor, Stage: claim.Notified, Claimant: claimant,
		Parties: others,
		Loss:    claim.Loss{Time: when(s.t, "2026-01-10"), Reported: when(s.t, "2026-01-20"), Cause: "theft"},
		Amounts: claim.Amounts{Claimed: dollars(fmt.Sprintf("%d", 1000+revision))},
	}
}

// tokensOf are the tokens of a party in an entry that are nobody else's there.
func tokensOf(e *claim.Entry, party string) (out []string) {
	for _, t := range e.Tokens {
		if claim.PartyOf(t.Path) != party {
			continue
		}
		if !slices.ContainsFunc(e.Tokens, func(o claim.Token) bool {
			return o.Value == t.Value &&
				claim.PartyOf(o.Path) != party
		}) {
			out = append(out, t.Value)
		}
	}
	return out
}

// having counts the rows of a table or view whose list has a token.
func (s *site) having(table, list, token string) (n int) {
	s.t.Helper()
	sql := fmt.Sprintf("SELECT count() FROM %s.%s WHERE has(%s, '%s') FORMAT TSV", s.cfg.ClickHouse.Database, table,
		list, token)
	res, err := http.Post("http://"+s.cfg.ClickHouse.Addr+"/", "text/plain", strings.NewReader(sql))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := fmt.Fscan(res.Body, &n); err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s, %v", sql, res.Status, err)
	}
	return n
}

// isNowhere fails the test wherever the tokens still are: in ClickHouse, in a kept state, or in what a rebuild would
// read.
func (s *site) isNowhere(tokens []string, states ...string) {
	s.t.Helper()
	follower, err := install.OpenErasures(s.t.Context(), &s.cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, token := range tokens {
		if n := s.having("entries", "token_values", token); n > 0 {
			s.t.Errorf("%d rows have the token %s", n, token[:8])
		}
		if n := s.having("rings", "tokens", token); n > 0 {
			s.t.Errorf("%d rings have the token %s", n, token[:8])
		}
	}
	for p := range s.cfg.Kafka.Partitions {
		_, err := journal.Scan(s.t.Context(), s.cfg.Scored(), p, func(b journal.Batch) error {
			for _, r := range b.Records {
				value, err := follower.Without(r.Key, r.Value)
				if err != nil {
					return err
				}
				var e claim.Entry
				if err := entry.Decode(value, &e); err != nil {
					return err
				}
				if text, err := entry.JSON(&e); err != nil ||
					slices.ContainsFunc(tokens, func(t string) bool { return strings.Contains(string(text), t) }) {
					s.t.Errorf("a rebuild of %s revision %d (%s, offset %d) has a token of hers: %v", e.Claim,
						e.Revision, e.Kind, r.Offset, err)
				}
				for _, t := range e.Tokens {
					if slices.Contains(tokens, t.Value) {
						s.t.Errorf("a rebuild of %s revision %d (%s, offset %d) has %s", e.Claim, e.Revision, e.Kind,
							r.Offset, t.Path)
					}
				}
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	for _, dir := range states {
		for _, token := range tokens {
			bits := make([]byte, 16)
			if _, _, err := entry.ParseToken(token, bits); err != nil {
				s.t.Fatal(err)
			}
			s.eventually("the kept state to be without "+token[:8], 20*time.Second, func() bool {
				data, _ := os.ReadFile(filepath.Join(dir, "state.tallystick"))
				return !strings.Contains(string(data), string(bits))
			})
		}
	}
}

// TestAPersonIsErased erases a person while claims that name them are in flight, kills the run several times, and then
// makes every store anew from the topics.
func TestAPersonIsErased(t *testing.T) {
	s := newSite(t, 2, "acme")
	s.cli("case", "setup")
	s.compactSoon(s.cfg.Kafka.Topics.Keys)
	run := s.start("pipeline", s.http)
	s.send(
		s.ofPeople("C-1", 1, ann),
		s.ofPeople("C-2", 1, bob, as(ann, claim.Witness)),
		s.ofPeople("C-3", 1, bob),
		s.ofPeople("C-4", 1, ann, as(bob, claim.Witness)),
	)
	sent := int64(4)
	s.settled(run, sent)
	first := s.entry("C-4")
	gone, kept := tokensOf(first, "claimant"), tokensOf(first, "parties[0]")
	if len(gone) < 3 || len(kept) < 2 {
		t.Fatalf("tokens of Ann %d, of Bob %d", len(gone), len(kept))
	}
	if name := s.reveal(first, "claimant", "claimant.name"); name != "Ann Canary" {
		t.Fatalf("before, two officers read %q", name)
	}

	a, b := "a="+s.officerFile(vault.HalfA, "a.token"), "b="+s.officerFile(vault.HalfB, "b.token")
	s.cli("erase", "hold", "C-4", "--reason", "litigation", "--login", a)
	number := strings.TrimSpace(s.cli("erase", "request", "--claim", "C-1", "--ground", "gdpr-17", "--login", a))
	preview := s.cli("erase", "preview", number)
	for _, want := range []string{"acme/C-1", "acme/C-2", "acme/C-4", "under legal hold (litigation)", "parties[0]",
		"claimant", "until"} {
		if !strings.Contains(preview, want) {
			t.Errorf("the preview does not say %q:\n%s", want, preview)
		}
	}
	if strings.Contains(preview, "C-3") || strings.Contains(preview, "Canary") || strings.Contains(preview, gone[0]) {
		t.Errorf("the preview names somebody else, a value or a token:\n%s", preview)
	}
	if _, errs, err := s.try(nil, "erase", "approve", number, "--login", a, "--config", s.configFile); err == nil ||
		!strings.Contains(errs, "second person") {
		t.Errorf("one person alone approves: %v %s", err, errs)
	}

	// Claims of her come in before, during and after.
	flow, stopFlow := context.WithCancel(t.Context())
	flowing := make(chan int64)
	go func() {
		n := int64(0)
		for i := 0; flow.Err() == nil; i++ {
			s.send(s.ofPeople("C-1", 2+i, ann), s.ofPeople(fmt.Sprintf("F-%d", i), 1, bob, as(ann, claim.Witness)))
			n += 2
			time.Sleep(100 * time.Millisecond)
		}
		flowing <- n
	}()
	time.Sleep(500 * time.Millisecond)
	s.cli("erase", "approve", number, "--login", b)
	for i := range 6 { // kill -9 somewhere in it
		cmd := exec.Command(s.bin, "erase", "run", number, "--login", b, "--config", s.configFile)
		cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(150+200*i) * time.Millisecond)
		cmd.Process.Kill()
		_ = cmd.Wait()
	}
	out := s.cli("erase", "run", number, "--login", b)
	if !strings.Contains(out, "stays under legal hold: acme/C-4") {
		t.Errorf("the run does not say what is held:\n%s", out)
	}
	if again := s.cli("erase", "run", number, "--login", a); strings.Split(again, ",")[0] != strings.Split(out,
		",")[0] {
		t.Errorf("run again: %s, at first: %s", again, out)
	}
	time.Sleep(time.Second)
	stopFlow()
	sent += <-flowing
	s.settled(run, sent)

	// The hold wins; once it is released a run erases her there too.
	if name := s.reveal(s.entry("C-4"), "claimant", "claimant.name"); name != "Ann Canary" {
		t.Errorf("under legal hold two officers read %q", name)
	}
	s.cli("erase", "release", "C-4", "--login", a)
	s.cli("erase", "run", number, "--login", a)
	s.settled(run, sent)
	s.isNowhere(gone, s.path("pipeline.state"))
	if left := run.metric("tallystick_erased_parties_left_out_total"); left == 0 {
		t.Error("nobody counts that she was left out of what came after")
	}
	for _, id := range []string{"C-1", "C-2", "C-4"} {
		party := map[string]string{"C-1": "claimant", "C-2": "parties[0]", "C-4": "claimant"}[id]
		if key := keyOfSection(s.entry(id), party); s.keyThere(key) {
			t.Errorf("the key of %s in %s can be found", party, id)
		}
	}
	othersStay := func() {
		t.Helper()
		for _, token := range kept {
			if n := s.having("entries", "token_values", token); n < 3 {
				t.Errorf("%d rows are left with Bob's token", n)
			}
		}
		if name := s.reveal(s.entry("C-2"), "claimant", "claimant.name"); name != "Bob Finch" {
			t.Errorf("two officers read %q of Bob", name)
		}
		bundle := s.path("proof")
		s.cli("prove", "C-2", "--fields", "loss.cause", "-o", bundle)
		if out := s.cliNoConfig("verify", bundle, "--key", s.logKey, "--witness", s.witnessKey); !strings.Contains(out,
			"theft") {
			t.Errorf("the proof of another field:\n%s", out)
		}
		s.cli("prove", "C-1", "--fields", "loss.cause,amounts.claimed.amount", "-o", bundle)
		s.cliNoConfig("verify", bundle, "--key", s.logKey, "--witness", s.witnessKey)
	}
	othersStay()

	// Every store is made anew from the topics.
	run.stop()
	s.dropDatabase()
	if err := os.RemoveAll(s.path("pipeline.state")); err != nil {
		t.Fatal(err)
	}
	s.cli("migrate")
	run = s.start("pipeline", s.http)
	s.settled(run, sent)
	s.send(s.ofPeople("C-9", 1, ann, as(bob, claim.Witness)))
	sent++
	s.settled(run, sent)
	s.isNowhere(gone, s.path("pipeline.state"))
	othersStay()
	if e := s.entry("C-9"); len(tokensOf(e, "claimant")) > 0 || len(tokensOf(e, "parties[0]")) == 0 {
		t.Errorf("she came again: tokens %v", e.Tokens)
	}

	// The certificate comes when the topic of keys is compacted, which takes a record behind the tombstones.
	path := s.path("certificate")
	s.eventually("the topic of keys to be compacted", 3*time.Minute, func() bool {
		s.send(s.ofPeople(fmt.Sprintf("G-%d", sent), 1, bob), s.ofPeople(fmt.Sprintf("H-%d", sent), 1, bob))
		sent += 2
		time.Sleep(2 * time.Second)
		_, errs, err := s.try(nil, "erase", "certificate", number, "--login", b, "-o", path, "--config", s.configFile)
		if err != nil && !strings.Contains(errs, "not everything is gone yet") {
			t.Fatalf("%v: %s", err, errs)
		}
		return err == nil
	})
	if out := s.cli("erase", "certificate", "--check", path); !strings.Contains(out, "verified: erasure") {
		t.Errorf("the certificate:\n%s", out)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range append([]string{"Canary", "Yellow"}, gone...) {
		if strings.Contains(string(text), secret) {
			t.Errorf("the certificate holds %q", secret)
		}
	}
	if out := s.cli("audit", "verify"); strings.Contains(out, "FOUND") {
		t.Errorf("audit verify:\n%s", out)
	}
	trail := s.cli("audit", "list", "--json")
	for _, act := range []string{"erase.request", "erase.approve", "erase.run", "erase.hold", "erase.release",
		"erase.certify"} {
		if !strings.Contains(trail, `"act":"`+act+`"`) {
			t.Errorf("the trail has no %s", act)
		}
	}
}

func keyOfSection(e *claim.Entry, party string) []byte {
	for i := range e.Sections {
		if e.Sections[i].Party == party {
			return e.Sections[i].Key
		}
	}
	return nil
}

// keyThere reports whether a wrapped key can be found.
func (s *site) keyThere(id []byte) bool {
	s.t.Helper()
	store := &sealedStore{&s.cfg}
	_, _, err := store.Key(s.t.Context(), id)
	return err == nil
}

// compactSoon has Kafka compact a topic within seconds.
func (s *site) compactSoon(topic string) {
	s.t.Helper()
	client := s.cfg.Client()
	res, err := client.IncrementalAlterConfigs(s.t.Context(), &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{
				{Name: "segment.ms", Value: "1000", ConfigOperation: kafka.ConfigOperationSet},
				{Name: "max.compaction.lag.ms", Value: "1000", ConfigOperation: kafka.ConfigOperationSet},
				{Name: "min.cleanable.dirty.ratio", Value: "0.01", ConfigOperation: kafka.ConfigOperationSet},
			},
		}},
	})
	if err != nil || res.Resources[0].Error != nil {
		s.t.Fatal(err, res)
	}
}
