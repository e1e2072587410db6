//go:build integration

package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/segmentio/kafka-go"

	"tallystick/cases"
	"tallystick/claim"
	"tallystick/claim/entry/entrytest"
	"tallystick/install"
	"tallystick/internal/testenv"
	"tallystick/journal"
	"tallystick/journal/statelog"
)

// caseSite is an install of cases alone on a Kafka of its own, which the tests may stop.
func caseSite(t *testing.T) (*site, *testenv.Server) {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	broker := testenv.StartKafka(t, testenv.KafkaOptions{})
	s := &site{t: t, name: testenv.Name(t), dir: t.TempDir(), bin: bin}
	var key [32]byte
	_, _ = rand.Read(key[:])
	if err := os.WriteFile(s.path("case.key"), []byte(base64.StdEncoding.EncodeToString(key[:])), 0o600); err != nil {
		t.Fatal(err)
	}
	file := map[string]any{
		"insurers": []string{"acme"},
		"kafka":    map[string]any{"brokers": []string{broker.Addr}},
		"keys": map[string]any{
			"service": "keyring",
			"keyring": map[string]any{"directory": s.dir, "passphrase_file": s.path("case.key")},
		},
		"cases": map[string]any{"key_file": s.path("case.key"), "exhibits": s.path("exhibits")},
	}
	data, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	s.configFile = s.path("tallystick.yaml")
	if err := os.WriteFile(s.configFile, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if s.cfg, err = install.Load(s.configFile, nil, nil); err != nil {
		t.Fatal(err)
	}
	s.cli("case", "setup")
	return s, broker
}

// TestOfTwoProcessesThatTakeACaseOneWins starts two processes for each case at once, on a real Kafka.
func TestOfTwoProcessesThatTakeACaseOneWins(t *testing.T) {
	s, _ := caseSite(t)
	const n = 12
	for i := range n {
		s.cli("case", "open", "acme", fmt.Sprint("M-", i), "--as", "lena")
	}
	for i := range n {
		id := cases.ID(i + 1).String()
		people := []string{"sofia", "minh"}
		var stderr [2]string
		var failed [2]error
		var wg sync.WaitGroup
		for p := range people {
			wg.Go(func() {
				_, stderr[p], failed[p] = s.try(nil, "case", "take", id, "--as", people[p], "-c", s.configFile)
			})
		}
		wg.Wait()
		won := 0
		if failed[0] != nil {
			won = 1
		}
		if failed[won] != nil || failed[1-won] == nil {
			t.Fatalf("%s: %v %q and %v %q", id, failed[0], stderr[0], failed[1], stderr[1])
		}
		var d cases.Detail
		if err := json.Unmarshal([]byte(s.cli("case", "show", id, "--json", "--as", "lena")), &d); err != nil {
			t.Fatal(err)
		}
		told := fmt.Sprintf(
			"%s took case %s before you, at %s; nothing was written",
			people[won],
			id,
			d.TakenAt.Format("2006-01-02 15:04:05Z"),
		)
		if d.Assignee != people[won] || !strings.Contains(stderr[1-won], told) {
			t.Errorf("%s is %s's since %s; %s was told %q", id, d.Assignee, d.TakenAt, people[1-won], stderr[1-won])
		}
	}
	out := s.cli("audit", "verify")
	// open, two takes and a view of each, with results
	if !strings.Contains(out, fmt.Sprintf("%d entries", 2*(n+2*n+n))) {
		t.Errorf("the trail: %s", out)
	}
}

// TestADayAtATerminal is an investigator's day without a browser.
func TestADayAtATerminal(t *testing.T) {
	s, _ := caseSite(t)
	s.cli("case", "open", "acme", "M-1", "--as", "lena")
	s.cli("case", "take", "C-1", "--as", "sofia")
	s.cli("case", "note", "C-1", "The garage says that the bumper was old.", "--about", "parties[0]", "--as", "sofia")
	_, stderr, err := s.try(
		nil,
		"case",
		"note",
		"C-1",
		"Paid to DE89 3704 0044 0532 0130 00.",
		"--as",
		"sofia",
		"-c",
		s.configFile,
	)
	if err == nil || !strings.Contains(stderr, "identifier (iban)") || strings.Contains(stderr, "3704") {
		t.Errorf("a note with an account: %q", stderr)
	}
	s.cli("case", "decide", "C-1", "confirm", "--reason", "staged-loss", "--as", "sofia")
	if _, stderr, err = s.try(nil, "case", "reopen", "C-1", "--reason", "mistake", "--as", "sofia", "-c",
		s.configFile); err == nil ||
		!strings.Contains(stderr, "case.reopen") {
		t.Errorf("an investigator reopens: %q", stderr)
	}
	s.cli("case", "reopen", "C-1", "--reason", "new-evidence", "--as", "lena", "--role", "lead")
	shown := s.cli("case", "show", "C-1", "--notes", "--as", "lena")
	for _, want := range []string{"bumper was old", "confirm (staged-loss)", "reopened     lena"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the case does not show %q:\n%s", want, shown)
		}
	}
	backlog := ""
	for i := range 300 {
		backlog += fmt.Sprintf(`{"insurer":"acme","claim":"M-%d","line":"motor","score":0.4,"assignee":"minh"}`+"\n", i)
	}
	if err := os.WriteFile(s.path("backlog.jsonl"), []byte(backlog), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"299 cases opened, 1 were there", "0 cases opened, 300 were there"} {
		if out := s.cli("case", "import", s.path("backlog.jsonl"), "--as", "lena", "--role",
			"lead"); !strings.Contains(out, want) {
			t.Errorf("the backlog: %q, want %q", out, want)
		}
	}
	if out := s.cli("case", "list", "--assignee", "minh", "--limit", "1"); !strings.Contains(out, "of 299 cases") {
		t.Errorf("minh's cases: %s", out)
	}
	s.cliNoConfig("log-key", s.path("audit.key"), "acme.example/audit")
	key, err := exec.Command(s.bin, "log-key", s.path("other.key"), "acme.example/other").Output()
	if err != nil {
		t.Fatal(err)
	}
	s.cli("audit", "anchor", "--log", s.path("audit-log"), "--key-file", s.path("audit.key"))
	if _, stderr, err := s.try(nil, "audit", "verify", "--log", s.path("audit-log"), "--log-key",
		strings.TrimSpace(string(key)), "-c", s.configFile); err == nil {
		t.Errorf("a log under another key was believed: %s", stderr)
	}
	s.cli("audit", "export", s.path("trail.jsonl"))
	if out := s.cliNoConfig("audit", "verify", "--export", s.path("trail.jsonl")); !strings.Contains(
		out,
		"NOT PROTECTED",
	) {
		t.Errorf("an export without an anchored head: %s", out)
	}
	listed := s.cli("audit", "list", "--act", "case.reopen")
	if !strings.Contains(listed, "denied") || !strings.Contains(listed, "lena") {
		t.Errorf("the trail of reopening:\n%s", listed)
	}
}

// TestTheJournalOfCasesIsAway stops Kafka while a console is open: reads go on, writes wait and say so, and go on after
// it.
func TestTheJournalOfCasesIsAway(t *testing.T) {
	s, broker := caseSite(t)
	w, err := install.OpenCasework(t.Context(), &s.cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	lena := cases.Actor{Person: "lena", Rights: cases.RightsOf("lead")}
	f := cases.Finding{
		ClaimRef: cases.ClaimRef{Insurer: "acme", Claim: "M-1"},
		Revision: 1,
		Line:     "motor",
		Outcome:  "review",
		At:       time.Now(),
	}
	if _, err := w.Cases.OpenByHand(t.Context(), lena, "", cases.ByPerson, f); err != nil {
		t.Fatal(err)
	}
	broker.Pause(t)
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	cmd := cases.Command{ID: "once", Case: 1, Act: cases.Take{}}
	if _, err := w.Cases.Do(ctx, lena, cmd); !errors.Is(err, statelog.ErrWaiting) {
		t.Errorf("taken while Kafka stands still: %v", err)
	}
	if page, err := w.Cases.Queue(t.Context(), lena, cases.Query{}); err != nil || page.Total != 1 {
		t.Errorf("the queue while Kafka stands still: %d cases, %v", page.Total, err)
	}
	broker.Resume()
	again, stop2 := context.WithTimeout(t.Context(), time.Minute)
	defer stop2()
	if _, err := w.Cases.Do(again, lena, cmd); err != nil {
		t.Fatalf("the same command after Kafka went on: %v", err)
	}
	d, err := w.Cases.Get(t.Context(), lena, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Chronology) != 2 || d.Assignee != "lena" {
		t.Errorf("sent twice, it was done %d times", len(d.Chronology)-1)
	}
}

// TestARelayThatIsKilledOpensEachCaseOnce kills the relay over and over while claims are decided.
func TestARelayThatIsKilledOpensEachCaseOnce(t *testing.T) {
	s, _ := caseSite(t)
	const claims = 400
	scored := s.cfg.Scored()
	if err := journal.CreateTopic(t.Context(), scored, journal.TopicOptions{Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	testenv.CreateTopic(
		t,
		s.cfg.Kafka.Brokers,
		s.cfg.Kafka.Topics.Decisions,
		1,
		map[string]string{"cleanup.policy": "compact"},
	)
	app, err := journal.NewAppender(t.Context(), scored, 0, journal.Position{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range claims {
		if _, err := app.Append(t.Context(), int64(i), int64(i+1),
			[]journal.Record{{Value: suspicious(t, i)}}); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 6 {
		ctx, stop := context.WithTimeout(t.Context(), time.Duration(150+100*round)*time.Millisecond)
		_ = exec.CommandContext(ctx, s.bin, "case", "relay", "-c", s.configFile).Run() // killed by ctx
		stop()
	}
	relay := exec.Command(s.bin, "case", "relay", "-c", s.configFile)
	if err := relay.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { relay.Process.Kill(); relay.Wait() }()
	s.eventually("all cases", time.Minute, func() bool {
		return strings.Contains(s.cli("case", "list", "--limit", "1"), fmt.Sprintf("of %d cases", claims))
	})
	s.cli("case", "decide", "C-1", "clear", "--reason", "explained")
	s.eventually("the person's decision on the public topic", time.Minute, func() bool {
		return strings.Contains(string(s.lastDecision()), `"person-clear@1"`)
	})
	if out := s.cli("case", "list", "--limit", "1", "--status", "new,taken,closed"); !strings.Contains(
		out,
		fmt.Sprintf("of %d cases", claims),
	) {
		t.Errorf("after six kills: %s", out)
	}
}

// TestFromAClaimToAnAnswer is the whole way on real servers: claims are decided, what is suspicious gets a case, a
// person writes a note that Vault's key protects and answers, and the claims system reads the answer.
func TestFromAClaimToAnAnswer(t *testing.T) {
	s := newSite(t, 2, "acme", "birch")
	s.setting("cases.secret_id_file", s.path("case-secret"))
	out := s.cliEnv([]string{"VAULT_TOKEN=" + s.vaultToken}, "case", "setup")
	_, role, ok := strings.Cut(out, "cases.role_id: ")
	if !ok {
		t.Fatalf("case setup: %s", out)
	}
	s.setting("cases.role_id", strings.TrimSpace(role))
	s.cli("generate", "--send", "--claims", "600", "--seed", "5")
	in := s.start("a", s.http)
	relay := exec.Command(s.bin, "case", "relay", "-c", s.configFile)
	if err := relay.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { relay.Process.Kill(); relay.Wait() }()
	var page cases.Page
	s.eventually("cases", 2*time.Minute, func() bool {
		in.check()
		if err := json.Unmarshal([]byte(s.cli("case", "list", "--json")), &page); err != nil {
			t.Fatal(err)
		}
		return page.Total > 3
	})
	id := page.Rows[0].ID.String()
	s.cli("case", "take", id, "--as", "sofia")
	s.cli("case", "note", id, "The garage says that the bumper was old.", "--about", "claimant", "--as", "sofia")
	if shown := s.cli("case", "show", id, "--notes", "--as", "sofia"); !strings.Contains(shown, "bumper was old") {
		t.Errorf("the note under Vault's key: %s", shown)
	}
	s.cli("case", "decide", id, "clear", "--reason", "explained", "--as", "sofia")
	s.eventually("the answer on the public topic", time.Minute, func() bool {
		told := false
		for p := range 2 {
			s.topic(
				s.cfg.Kafka.Topics.Decisions,
				p,
				func(m kafka.Message) { told = told || strings.Contains(string(m.Value), `"person-clear@1"`) },
			)
		}
		return told
	})
	if out := s.cli("audit", "verify"); !strings.Contains(out, "entries in") {
		t.Error(out)
	}
	in.stop()
}

// suspicious is an entry of the journal of claims with a score that gets a case.
func suspicious(t *testing.T, i int) []byte {
	t.Helper()
	return entrytest.Encode(&claim.Entry{
		Kind: claim.Decided, Insurer: "acme", Claim: fmt.Sprint("M-", i), Revision: 1, Line: claim.LineMotor,
		Source: claim.SourceRef{Offset: int64(i)}, At: time.Now().UTC().Truncate(time.Millisecond),
		Content: make([]byte, 32),
		Values: entrytest.Values(
			`{"amounts":{"claimed":{"amount":"1250.00","currency":"USD"}},"loss":{"place":{"region":"CA","country":"US"}}}`),
		Decision: &claim.Decision{
			Score: 0.9, Outcome: claim.Investigate, RuleSet: "test@1",
			Reasons: []claim.Reason{{Rule: "early-loss@1", Weight: 2}},
		},
	})
}

// lastDecision is the newest message on the public topic.
func (s *site) lastDecision() (value []byte) {
	s.topic(s.cfg.Kafka.Topics.Decisions, 0, func(m kafka.Message) { value = m.Value })
	return value
}
