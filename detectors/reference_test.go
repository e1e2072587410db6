package detectors_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"tallystick/detectors"
)

var update = flag.Bool("update", false, "rewrite the generated parts of docs/rules.md")

// The reference in docs/rules.md is generated from the code and the rules.
func TestReferenceIsCurrent(t *testing.T) {
	const path = "../docs/rules.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var variables, functions, list strings.Builder
	variables.WriteString("| variable | type | key | meaning |\n|---|---|---|---|\n")
	for _, v := range detectors.Variables() {
		key := ""
		if v.Key {
			key = "yes"
		}
		fmt.Fprintf(&variables, "| `%s` | %s | %s | %s |\n", v.Path, v.Type, key, v.Doc)
	}
	functions.WriteString("| function | meaning |\n|---|---|\n")
	for _, f := range detectors.Functions() {
		fmt.Fprintf(&functions, "| `%s%s` | %s |\n", f.Name, f.Signature, f.Doc)
	}
	rs := defaultRules(t)
	list.WriteString("| rule | indicators | weight | lines | |\n|---|---|---|---|---|\n")
	for _, r := range rs.Rules() {
		lines, note := "all", r.Title
		if len(r.Lines) > 0 {
			lines = strings.Trim(fmt.Sprint(r.Lines), "[]")
		}
		if r.Shadow {
			note += " (shadow)"
		}
		fmt.Fprintf(&list, "| `%s` | %s | %g | %s | %s |\n", r.Ref, strings.Trim(fmt.Sprint(r.Indicators), "[]"),
			r.Weight, lines, note)
	}
	want := string(data)
	for name, text := range map[string]string{"variables": variables.String(), "functions": functions.String(),
		"rules": list.String()} {
		begin := strings.Index(want, "<!-- "+name+":")
		if begin < 0 {
			t.Fatalf("%s has no place for %s", path, name)
		}
		begin += strings.IndexByte(want[begin:], '\n') + 1
		end := begin + strings.Index(want[begin:], "<!-- end -->")
		want = want[:begin] + text + want[end:]
	}
	if want == string(data) {
		return
	}
	if !*update {
		t.Fatalf("%s is out of date: run go test ./detectors -run Reference -update", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
