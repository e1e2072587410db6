package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tallystick/detectors"
	"tallystick/install"
)

func rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rules",
		Short:   "Check a rule set, run the tests in it, compare two",
		Example: "  tallystick rules check my-rules.yaml\n  tallystick rules test my-rules.yaml\n  tallystick rules diff - my-rules.yaml",
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "test [FILE]",
		Short:   "Run the tests that stand beside the rules",
		Long:    "Test loads a rule set, the built-in one without FILE, checks its expressions and runs its test cases.",
		Example: "  tallystick rules test my-rules.yaml",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("%s wants one file, or none for the built-in rules", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path := ""
			if len(args) == 1 {
				path = args[0]
			}
			set, err := install.LoadRuleSet(path)
			if err != nil {
				return err
			}
			failed, all := 0, detectors.TestRules(set)
			for _, t := range all {
				if !t.OK() {
					failed++
					fmt.Fprintln(cmd.OutOrStdout(), t)
				}
			}
			policy, err := install.LoadPolicy("")
			if err != nil {
				return err
			}
			if lacking := set.Lacking(policy.TokenPaths()); len(lacking) > 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "note: the built-in field policy makes no token at %s\n",
					strings.Join(lacking, ", "))
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %d rules, %d cases, %d failed\n", set, len(set.Rules()), len(all),
				failed)
			if failed > 0 {
				return fmt.Errorf("%d cases failed", failed)
			}
			return nil
		},
	})
	cmd.AddCommand(rulesCheckCommand(), rulesDiffCommand())
	return cmd
}
