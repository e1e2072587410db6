package detectors_test

import (
	"io/fs"
	"testing"

	"tallystick/detectors"
	"tallystick/detectors/rule"
)

// Whatever a file of rules says, loading returns a rule set whose tests can be run, or an error.
func FuzzLoadFiles(f *testing.F) {
	names, err := fs.Glob(rule.FS, "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(rule.FS, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("rules:\n  - id: r\n    version: 1\n    title: t\n    when: {a: 'has(line) and days(loss.time, loss.time) > 1'}\n    weight: 1\n    reason: '{'" + cases))
	f.Fuzz(func(t *testing.T, data []byte) {
		rs, err := detectors.LoadFiles(detectors.File{Name: "head.yaml", Data: []byte(head)},
			detectors.File{Name: "fuzz.yaml", Data: data})
		if err != nil {
			return
		}
		detectors.TestRules(rs)
	})
}
