package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tallystick/detectors"
	"tallystick/install"
)

func rulesCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say what is wrong with a rule set, and what it cannot do",
		Long: `Check loads a rule set and names what is wrong, by file and line. It also names rules that read what becomes
known of other claims beside fields of the claim itself: a later outcome changes nothing of decisions that
they made. It needs no server.`,
		Example: "  tallystick rules check my-rules.yaml",
		Args:    exactArgs(1, "one file of rules"),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := install.LoadRuleSet(args[0])
			if err != nil {
				return err
			}
			for _, r := range set.Rules() {
				if r.Fixed {
					fmt.Fprintf(cmd.OutOrStdout(),
						"note: %s reads news beside fields of the claim: a later outcome changes nothing of decisions that it made\n", r.Ref)
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %d rules, nothing wrong; `tallystick rules test` runs their cases\n",
				set, len(set.Rules()))
			return nil
		},
	}
}

func rulesDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say which rules two sets have apart",
		Long: `Diff compares two rule sets by id: what came, what went, and whose version, weight, lines or shadow
changed. A dash is the built-in set.`,
		Example: "  tallystick rules diff - my-rules.yaml",
		Args:    exactArgs(2, "two files of rules, - for the built-in one"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var sets [2]map[string]detectors.RuleInfo
			for i, path := range args {
				if path == "-" {
					path = ""
				}
				set, err := install.LoadRuleSet(path)
				if err != nil {
					return err
				}
				sets[i] = map[string]detectors.RuleInfo{}
				for _, r := range set.Rules() {
					id, _, _ := strings.Cut(r.Ref, "@")
					sets[i][id] = r
				}
			}
			for _, line := range diffRules(sets[0], sets[1]) {
				fmt.Fprintln(cmd.OutOrStdout(), line)
			}
			return nil
		},
	}
}

// diffRules returns a line a rule that is not the same, sorted by id.
func diffRules(old, next map[string]detectors.RuleInfo) (lines []string) {
	show := func(r detectors.RuleInfo) string {
		text := fmt.Sprintf("%s, weight %g", r.Ref, r.Weight)
		if len(r.Lines) > 0 {
			text += fmt.Sprintf(", of %v", r.Lines)
		}
		if r.Shadow {
			text += ", in the shadow"
		}
		return text
	}
	for id, r := range old {
		switch n, ok := next[id]; {
		case !ok:
			lines = append(lines, id+": gone, was "+show(r))
		case show(r) != show(n):
			lines = append(lines, id+": "+show(n)+"; was "+show(r))
		}
	}
	for id, n := range next {
		if _, ok := old[id]; !ok {
			lines = append(lines, id+": new, "+show(n))
		}
	}
	slices.Sort(lines)
	return lines
}
