//go:build integration

package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestDemoConsortium lets the demonstration tell its story, which fails where a part of it does not come true.
func TestDemoConsortium(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(bin, "demo-consortium", "--claims", "1500", "--seed", "3").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"each of them sees one claim like any other", "killed", "flagged elsewhere",
		"suspended everywhere", "3 signatures", "Done in"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the story does not say %q:\n%s", want, out)
		}
	}
}
