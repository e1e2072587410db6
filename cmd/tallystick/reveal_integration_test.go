//go:build integration

package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tallystick/claim"
	"tallystick/install"
	"tallystick/privacy/keys/vault"
)

// officerFile writes the token of a fresh login of an officer.
func (s *site) officerFile(half vault.Half, name string) string {
	s.t.Helper()
	path := s.path(name)
	if err := os.WriteFile(path, []byte(s.officer(half).Client.Token()+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// TestTwoOfficersRevealANameByTheCommands asks, approves and opens on real Kafka and Vault.
func TestTwoOfficersRevealANameByTheCommands(t *testing.T) {
	s := newSite(t, 1, "acme")
	s.cli("case", "setup")
	run := s.start("pipeline", s.http)
	s.send(claim.Event{
		Insurer: "acme", ID: "C-1", Revision: 1, Line: claim.LineMotor, Stage: claim.Notified,
		Claimant: claim.Party{Name: "Ann Canary", Phone: "+1 555 0100 123"},
		Loss:     claim.Loss{Time: when(t, "2026-01-10"), Reported: when(t, "2026-01-20"), Cause: "theft"},
		Amounts:  claim.Amounts{Claimed: dollars("29500")},
	})
	s.settled(run, 1)
	run.stop()

	a, b := "a="+s.officerFile(vault.HalfA, "a.token"), "b="+s.officerFile(vault.HalfB, "b.token")
	request := func() string {
		return strings.TrimSpace(s.cli("reveal", "request", "C-1", "--field", "claimant.name", "--purpose",
			"court-order", "--login", a))
	}
	refused := func(want string, args ...string) {
		t.Helper()
		out, errs, err := s.try(nil, append(args, "--config", s.configFile)...)
		if err == nil || !strings.Contains(errs, want) {
			t.Errorf("%s: %v, want %q:\n%s%s", strings.Join(args, " "), err, want, out, errs)
		}
		if strings.Contains(out+errs, "Canary") {
			t.Errorf("%s shows the name", strings.Join(args, " "))
		}
	}

	// One officer alone: neither with another token of the same person, nor as the other half, nor without approval.
	number := request()
	again := s.officerFile(vault.HalfA, "a2.token")
	refused("the same person asked for it", "reveal", "approve", number, "--login", "a="+again)
	refused("needs the right reveal", "reveal", "approve", number, "--login", "b="+again)
	refused("nobody has approved", "reveal", "open", number, "--login", a, "--login", b)
	s.cli("reveal", "approve", number, "--login", b)
	refused("the same person asked for it", "reveal", "open", number, "--login", a, "--login", "a="+again)
	refused("another person's", "reveal", "open", number, "--login", b, "--login", a)
	pipeline := s.path("pipeline.token")
	if err := os.WriteFile(pipeline, []byte(s.login(install.VaultNames(&s.cfg).PipelineRole()).Token()),
		0o600); err != nil {
		t.Fatal(err)
	}
	refused("needs the right reveal", "reveal", "open", number, "--login", "a="+pipeline, "--login", b)

	// Two officers see what was asked for, once.
	if out := s.cli("reveal", "open", number, "--login", a, "--login", b); out != "claimant.name = \"Ann Canary\"\n" {
		t.Errorf("opened %q", out)
	}
	refused("the request was used", "reveal", "open", number, "--login", a, "--login", b)
	withdrawn := request()
	s.cli("reveal", "withdraw", withdrawn, "--login", b)
	refused("was withdrawn", "reveal", "approve", withdrawn, "--login", b)
	refused("nothing is sealed for this party", "reveal", "request", "C-1", "--party", "parties[7]",
		"--field", "parties[7].name", "--purpose", "court-order", "--login", a)

	// The trail is whole, names the acts, and holds no value.
	if out := s.cli("audit", "verify"); !strings.Contains(out, "entries in") || strings.Contains(out, "FOUND") {
		t.Errorf("audit verify:\n%s", out)
	}
	trail := s.cli("audit", "list", "--claim", "C-1", "--json")
	for _, want := range []string{
		`"act":"reveal.request"`, `"act":"reveal.approve"`, `"act":"reveal.open"`, `"reason":"court-order"`,
		`"party":"claimant"`, `"fields":["claimant.name"]`, fmt.Sprintf(`"on":%s`, number),
	} {
		if !strings.Contains(trail, want) {
			t.Errorf("the trail does not say %s:\n%s", want, trail)
		}
	}
	if strings.Contains(trail, "Canary") {
		t.Error("the trail holds the name")
	}
	list := s.cli("reveal", "list")
	for _, want := range []string{"used", "withdrawn", "approved by vault/", "court-order"} {
		if !strings.Contains(list, want) {
			t.Errorf("reveal list does not say %q:\n%s", want, list)
		}
	}
}
