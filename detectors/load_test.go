package detectors_test

import (
	"fmt"
	"strings"
	"testing"

	"tallystick/detectors"
)

func TestLoadErrorsSayWhereAndWhatIsAllowed(t *testing.T) {
	rule := func(when, rest string) string {
		return `rules:
  - id: r
    version: 1
    title: t
    when: {a: '` + when + `'}
    weight: 1
    reason: x` + rest + cases
	}
	for _, c := range []struct{ name, yaml, want string }{
		{"unknown variable", rule(`loss.tim == loss.time`, ""),
			`test.yaml:12: r: when.a: no variable tim here (column 6); docs/rules.md lists`},
		{"unknown function", rule(`dayz(loss.time, loss.time) > 1`, ""), `test.yaml:12: r: when.a: unknown name dayz`},
		{"wrong type", rule(`loss.cause > 3`, ""),
			`test.yaml:12: r: when.a: invalid operation: > (mismatched types string and int)`},
		{"not a condition", rule(`loss.injuries`, ""), `test.yaml:12: r: when.a: expected bool, but got int`},
		{"syntax", rule(`loss.injuries >`, ""), `test.yaml:12: r: when.a: unexpected token EOF`},
		{"money compared with a number", rule(`amounts.claimed > 3`, ""), `mismatched types claim.Money and int`},
		{"window not constant", rule(`claims(line, 30) > 1`, ""), `claims: the key must be a constant text`},
		{"window too long", rule(`claims("claimant.phone", 366) > 1`, ""),
			`claims: the days must be a constant from 1 to 365`},
		{"unknown key", rule(`claims("phone", 30) > 1`, ""),
			`"phone" is neither a key of this rule set nor a token such as claimant.phone`},
		{"internal name", rule(`answerInt(3) > 1`, ""), `unknown name answerInt`},
		{"label as evidence", rule(`outcome == "denied"`, ""), `unknown name outcome`},
		{"clock", rule(`now().Year() > 2000`, ""), `unknown name now`},
		{"unknown name in reason", rule(`line == "motor"`, " {days}"),
			`test.yaml:14: r: reason: {days} is not a fact of this rule`},
		{"weight", strings.Replace(rule(`line == "motor"`, ""), "weight: 1", "weight: 9", 1),
			`test.yaml:9: r: weight: log-odds from -5 to 5, not 0`},
		{"weight that is no number", strings.Replace(rule(`line == "motor"`, ""), "weight: 1", "weight: .nan", 1),
			`test.yaml:9: r: weight: log-odds from -5 to 5, not 0`},
		{"ring of no strength", "ring: {groups: 3, strength: .nan, household: 4}", `strength above 0`},
		{"fact twice", strings.Replace(rule(`line == "motor"`, ""), "reason: x",
			"reason: x {n}\n    facts: [{name: n, value: loss.cause}, {name: n, value: line}]", 1),
			`facts: n is named twice`},
		{"second document", rule(`line == "motor"`, "") + "---\nrules: []\n", `a second document: one file holds one`},
		{"line", strings.Replace(rule(`line == "motor"`, ""), "weight: 1", "weight: 1\n    lines: [motor, marine]", 1),
			`r: lines: one of motor, health, property, life, travel, device`},
		{"no tests", strings.Replace(rule(`line == "motor"`, ""), cases, "", 1),
			`test.yaml:9: r: tests: hit, near and null are required`},
		{"unknown word", strings.Replace(rule(`line == "motor"`, ""), "weight: 1", "wieght: 1", 1),
			`unknown field "wieght"`},
		{"not YAML", "rules: [", `test.yaml`},
		{"snooze of nothing", `snoozes: [{rule: x, claim: a/b, until: "2026-01-01T00:00:00Z", reason: y}]`,
			`test.yaml:8: snoozes: no rule has this id`},
		{"key of a time", "keys: {k: {of: [loss.time]}}", `a time is rounded by day(...) or month(...)`},
		{"key of nothing", "keys: {k: {of: [loss.policeReport]}}", `cannot be part of a key`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := detectors.LoadFiles(detectors.File{Name: "test.yaml", Data: []byte(head + c.yaml)})
			if err == nil {
				t.Fatal("loaded")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestSameIDTwice(t *testing.T) {
	one := "rules:\n  - id: r\n    version: 1\n    title: t\n    when: {a: 'line == \"motor\"'}\n    weight: 1\n    reason: x" + cases
	_, err := detectors.LoadFiles(detectors.File{Name: "a.yaml", Data: []byte(head + one)},
		detectors.File{Name: "b.yaml", Data: []byte(one)})
	if err == nil || !strings.Contains(err.Error(), "b.yaml:2: r: defined before at a.yaml:9") {
		t.Error(err)
	}
}

// Conditions whose values are absent or too coarse are unknown, not false and not an error; has asks for absence.
func TestUnknownValues(t *testing.T) {
	for _, c := range []struct {
		name, when, event string
		want              string // hit, no hit or null
	}{
		{"absent", `loss.cause != "fire"`, `{}`, "null"},
		{"present", `loss.cause != "fire"`, `{"loss":{"cause":"hail"}}`, "hit"},
		{"negated", `not (loss.injuries > 1)`, `{}`, "null"},
		{"a month has no days", `days(policy.inception, loss.time) <= 30`,
			`{"policy":{"inception":"2024-01"},"loss":{"time":"2024-01-02"}}`, "null"},
		{"negated month", `not (days(policy.inception, loss.time) > 30)`,
			`{"policy":{"inception":"2024-01"},"loss":{"time":"2024-01-02"}}`, "null"},
		{"a day has no hour", `hour(loss.time) >= 0`, `{"loss":{"time":"2024-01-02"}}`, "null"},
		{"other currency", `ratio(amounts.claimed, policy.sumInsured) >= 0`,
			`{"amounts":{"claimed":{"amount":"1","currency":"USD"}},"policy":{"sumInsured":{"amount":"1","currency":"EUR"}}}`, "null"},
		{"zero divisor", `ratio(amounts.claimed, policy.sumInsured) >= 0`,
			`{"amounts":{"claimed":{"amount":"1","currency":"USD"}},"policy":{"sumInsured":{"amount":"0","currency":"USD"}}}`, "null"},
		{"exact decimals", `ratio(amounts.claimed, policy.sumInsured) == 0.7`,
			`{"amounts":{"claimed":{"amount":"0.7","currency":"USD"}},"policy":{"sumInsured":{"amount":"1","currency":"USD"}}}`, "hit"},
		{"has, absent", `not has(loss.cause)`, `{}`, "hit"},
		{"has, present", `not has(loss.cause)`, `{"loss":{"cause":"hail"}}`, "no hit"},
		{"has and use", `has(loss.cause) and loss.cause == "hail"`, `{}`, "null"},
		{"zero is a value", `loss.injuries == 0`, `{"loss":{"injuries":0}}`, "hit"},
		{"attribute", `flag("x")`, `{}`, "null"},
		{"attribute false", `not flag("x")`, `{"attributes":{"x":{"flag":false}}}`, "hit"},
		{"no token", `claims("claimant.phone", 30) == 0`, `{}`, "null"},
		{"times", `loss.time < loss.reported`, `{"loss":{"time":"2024-01-02T23:00:00-05:00","reported":"2024-01-03"}}`,
			"hit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(ruleSet(t, "rules:\n  - id: r\n    version: 1\n    title: t\n    when: {a: '"+c.when+
				"'}\n    weight: 1\n    reason: x"+cases))
			d.decide(input(0, "c", 3, c.event))
			n := d.Counts()[0]
			got := map[bool]string{n.Hit == 1: "hit", n.NoHit == 1: "no hit", n.Unknown == 1: "null",
				n.Error == 1: "error"}[true]
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestBaseAndLinksAreNumbers(t *testing.T) {
	for _, edit := range [][2]string{{"base: -2", "base: .nan"}, {"base: -2", "base: -.inf"},
		{"weight: 1,", "weight: .nan,"}, {"weight: 1,", "weight: .inf,"}} {
		text := strings.Replace(head, edit[0], edit[1], 1) + "rules: []\n"
		if _, err := detectors.LoadFiles(detectors.File{Name: "test.yaml", Data: []byte(text)}); err == nil ||
			!strings.Contains(err.Error(), "test.yaml") {
			t.Errorf("%s: %v", edit[1], err)
		}
	}
}

func TestAHeadStandsInTheFileThatNamesTheRuleset(t *testing.T) {
	other := detectors.File{Name: "other.yaml",
		Data: []byte("base: 3\nbands: {review: 0.9, investigate: 0.95, hold: 0.99}\n")}
	_, err := detectors.LoadFiles(detectors.File{Name: "test.yaml", Data: []byte(head + "rules: []\n")}, other)
	if err == nil || !strings.Contains(err.Error(), "other.yaml") ||
		!strings.Contains(err.Error(), "stand in the file that names the ruleset") {
		t.Errorf("got %v", err)
	}
}

// TestWhatRulesAskForAndNoClaimHasIsTold: a slip in a token's name makes a rule that can never hold.
func TestWhatRulesAskForAndNoClaimHasIsTold(t *testing.T) {
	rs := ruleSet(t, strings.Replace(countPhone, `claims("claimant.phone", 30) >= 0`,
		`claims("witness.phnoe", 30) >= 0 and not business("vendor.id") and claims("pair", 9) > 1`, 1)+
		"keys: {pair: {of: [claimant.emial, line, vehicle.vin]}}\n")
	paths := []string{"claimant.phone", "parties[].phone", "parties[].id", "claimant.bankAccount", "vehicle.vin"}
	if got, want := fmt.Sprint(rs.Lacking(paths)), "[claimant.emial witness.phnoe]"; got != want {
		t.Errorf("lacking: %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(rs.Lacking([]string{"parties[].phone"})), "[claimant.emial claimant.phone links.bankAccount: bankAccount vehicle.vin vendor.id witness.phnoe]"; got != want {
		t.Errorf("lacking: %s, want %s", got, want)
	}
}
