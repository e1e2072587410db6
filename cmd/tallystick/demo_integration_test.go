//go:build integration

package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/claim/fields"
	"tallystick/feed/synthetic"
	"tallystick/install"
	"tallystick/privacy"
)

// TestDemo lets the demonstration tell its story, and looks whether it kept any identifier of the claims that it made
// up.
func TestDemo(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	const claims = 400
	s := &site{t: t, bin: bin, dir: filepath.Join(t.TempDir(), "demo")}
	cmd := exec.Command(bin, "demo", "--claims", "400", "--seed", "5", "--keep", "--dir", s.dir)
	var out, errs lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { cmd.Process.Kill() })
	s.eventually("the story's end", 3*time.Minute, func() bool {
		select {
		case err := <-ended:
			t.Fatalf("the demo ended: %v\n%s%s", err, out.String(), errs.String())
		default:
		}
		return strings.Contains(out.String(), "Ctrl-C ends it")
	})
	story := out.String()
	for _, want := range []string{"400 made-up claims", "ring", "look-alike", "\nPROVED\n", "\nNOT PROVED\n",
		"NOT VERIFIED", "decision.outcome"} {
		if !strings.Contains(strings.ToLower(story), strings.ToLower(want)) {
			t.Errorf("the story does not say %q:\n%s", want, story)
		}
	}

	s.configFile = s.path("tallystick.yaml")
	if s.cfg, err = install.Load(s.configFile, nil, nil); err != nil {
		t.Fatal(err)
	}
	c := &cage{site: s, aviary: newAviary(t), input: s.path("kafka"), engine: t.TempDir()}
	c.caught(synthetic.Config{Seed: 5, Claims: claims, Insurers: demoInsurers})
	kept := c.collect()
	c.search(kept)
	numbers := 0 // of claims, which are kept: the search works
	for _, p := range kept {
		if p.kind == "topic claims.scored" {
			numbers += len(newSearcher(c.kept).find(p.data))
		}
	}
	if numbers < claims {
		t.Errorf("only %d of %d claims were found in the journal: was it read?", numbers, claims)
	}

	cmd.Process.Signal(syscall.SIGINT)
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Ctrl-C: %v\n%s", err, errs.String())
		}
	case <-time.After(time.Minute):
		t.Error("the demo did not end within a minute of Ctrl-C")
	}
}

var element = regexp.MustCompile(`\[[0-9]+\]`)

// caught takes what identifies the people of a made-up feed for canaries.
func (c *cage) caught(cfg synthetic.Config) {
	t := c.site.t
	policy, err := privacy.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	direct := map[string]bool{}
	for _, f := range policy.Fields() {
		direct[f.Path] = f.Class == fields.Direct && f.Action != privacy.Keep
	}
	events, err := synthetic.Generate(cfg)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for event := range events {
		data, err := claim.Encode(&event)
		if err != nil {
			t.Fatal(err)
		}
		values, err := claim.ValuesOf(data)
		if err != nil {
			t.Fatal(err)
		}
		c.kept = append(c.kept, &canary{"claim", event.ID})
		for _, v := range values {
			pattern, value := element.ReplaceAllString(v.Path.Text, "[]"), string(v.Bytes)
			if direct[pattern] && !seen[value] {
				seen[value] = true
				c.put(pattern, value)
			}
		}
	}
}
