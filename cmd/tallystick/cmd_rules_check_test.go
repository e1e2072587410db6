package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const fewRules = `ruleset: mine
version: 1
base: -3
bands: {review: 0.2, investigate: 0.6, hold: 0.5}
rules:
  - id: big-and-near
    version: 1
    title: t
    when: {near: links.confirmed >= 1, many: loss.witnesses > 2}
    weight: 1
    reason: r
    tests:
      hit: {event: {loss: {witnesses: 3}}}
      near: {event: {loss: {witnesses: 1}}}
      "null": {event: {loss: {witnesses: null}}}
`

func TestRulesAreCheckedAndCompared(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one := write("one.yaml", fewRules)
	two := write("two.yaml", strings.Replace(strings.Replace(fewRules, "    version: 1", "    version: 2", 1),
		"weight: 1", "weight: 1.5", 1))
	broken := write("broken.yaml", strings.Replace(fewRules, "loss.witnesses > 2", "loss.witnesss > 2", 1))
	if out, err := command(t, "rules", "check", one); err != nil ||
		!strings.Contains(out, "big-and-near@1 reads news beside fields") {
		t.Errorf("check: %v\n%s", err, out)
	}
	if _, err := command(t, "rules", "check", broken); err == nil || !strings.Contains(err.Error(), "broken.yaml:9") ||
		!strings.Contains(err.Error(), "witnesss") {
		t.Errorf("check of a broken set: %v", err)
	}
	if out, err := command(t, "rules", "diff", one, two); err != nil ||
		strings.TrimSpace(out) != "big-and-near: big-and-near@2, weight 1.5; was big-and-near@1, weight 1" {
		t.Errorf("diff: %v\n%s", err, out)
	}
	if out, err := command(t, "rules", "diff", "-", one); err != nil || !strings.Contains(out, "ring: gone") ||
		!strings.Contains(out, "big-and-near: new") {
		t.Errorf("diff with the built-in set: %v\n%s", err, out)
	}
}
