package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/install/record"
	"tallystick/internal/plain"
)

func proveCommand(g *globals) *cobra.Command {
	var insurer, out string
	var fields []string
	var original, all bool
	cmd := &cobra.Command{
		Use:   "prove CLAIM",
		Short: "Make a proof bundle of one claim's record",
		Long: `Prove finds the current record of a claim in the journal and writes a bundle that shows the
fields asked for and proves that the record was anchored. Whoever has the log's key checks it
with "tallystick verify", offline. Fields that are sealed stay hidden; without --fields the
bundle shows the identity and the decision. A claim that was scored anew has several records:
the last one is proved unless --original asks for the record that decided the claim.`,
		Example: "  tallystick prove C-2026-000042 --fields loss.cause,amounts.claimed.amount > claim.proof",
		Args:    exactArgs(1, "one claim id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			if insurer == "" {
				if len(c.Insurers) != 1 {
					return usageError{fmt.Errorf("--insurer: this install has several, name one of %s", strings.Join(c.Insurers, ", "))}
				}
				insurer = c.Insurers[0]
			}
			bundle, report, err := record.Prove(cmd.Context(), &c, claim.ClaimRef{Insurer: insurer, Claim: args[0]}, fields, original, all)
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.ErrOrStderr(), report.Text())
			if out == "" {
				_, err = plain.Data(cmd.OutOrStdout()).Write(bundle)
				return err
			}
			return os.WriteFile(out, bundle, 0o644)
		},
	}
	cmd.Flags().StringVar(&insurer, "insurer", "", "whose claim; needed where the install has several insurers")
	cmd.Flags().StringSliceVar(&fields, "fields", nil, "paths to show beside identity and decision")
	cmd.Flags().BoolVar(&original, "original", false, "prove the record that decided the claim, not one that scored it anew later")
	cmd.Flags().BoolVar(&all, "all", false, "show all open values and the tokens")
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write instead of standard output")
	return cmd
}
