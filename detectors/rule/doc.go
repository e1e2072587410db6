// Package rule holds the rule sets that Tallystick ships, as YAML, and nothing else: the detectors load and check them.
// FS is what to pass to detectors.LoadRules; how to add a rule stands in docs/rules.md.
package rule

import "embed"

// FS holds the default rule set: its head in default.yaml, its rules in one file a group.
//
//go:embed *.yaml
var FS embed.FS
