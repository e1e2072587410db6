package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/install/record"
	"tallystick/internal/plain"
)

func proveCommand(g *globals) *cobra.Command {
	var insurer, out string
	var req record.Request
	var which whichFlags
	cmd := &cobra.Command{
		Use:   "prove CLAIM",
		Short: "Make a proof bundle of one claim's record",
		Long: `Prove finds the current record of a claim in the journal and writes a bundle that shows the
fields asked for and proves that the record was anchored. Whoever has the log's key checks it
with "tallystick verify", offline. Fields that are sealed stay hidden; without --fields the
bundle shows the identity and the decision. A claim that was scored anew has several records:
the last one of the highest revision is proved, unless --original asks for the record that decided,
--revision for another revision, or --as-of for what was in force at a time.`,
		Example: "  tallystick prove C-2026-000042 --fields loss.cause,amounts.claimed.amount > claim.proof",
		Args:    exactArgs(1, "one claim id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			if insurer == "" {
				if len(c.Insurers) != 1 {
					return usageError{fmt.Errorf("--insurer: this install has several, name one of %s",
						strings.Join(c.Insurers, ", "))}
				}
				insurer = c.Insurers[0]
			}
			if req.Which, err = which.parse(); err != nil {
				return err
			}
			req.Claim = claim.ClaimRef{Insurer: insurer, Claim: args[0]}
			bundle, report, err := record.Prove(cmd.Context(), &c, req)
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
	cmd.Flags().StringSliceVar(&req.Fields, "fields", nil, "paths to show beside identity and decision")
	cmd.Flags().BoolVar(&req.Receipt, "receipt", false,
		"a policyholder's receipt: identity, when the loss was reported, when and what was decided")
	which.addTo(cmd)
	cmd.Flags().BoolVar(&req.All, "all", false, "show all open values and the tokens")
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write instead of standard output")
	return cmd
}

// whichFlags say which of a claim's records is meant.
type whichFlags struct {
	original bool
	revision int
	asOf     string
}

func (w *whichFlags) addTo(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.original, "original", false,
		"the record that decided the claim, not one that scored it anew later")
	cmd.Flags().IntVar(&w.revision, "revision", 0, "the record of this revision, not of the highest")
	cmd.Flags().StringVar(&w.asOf, "as-of", "",
		"the record that was in force at a time, such as 2026-11-30 or 2026-11-30T12:00:00Z")
}

func (w *whichFlags) parse() (record.Which, error) {
	which := record.Which{Original: w.original, Revision: w.revision}
	if w.revision < 0 {
		return which, usageError{fmt.Errorf("--revision %d: want 1 or more", w.revision)}
	}
	if w.asOf == "" {
		return which, nil
	}
	var err error
	if which.AsOf, err = time.Parse(time.RFC3339, w.asOf); err == nil {
		return which, nil
	}
	day, err := time.Parse(time.DateOnly, w.asOf)
	if err != nil {
		return which, usageError{fmt.Errorf("--as-of %s: want a day, whose end is meant, or a time such as 2026-11-30T12:00:00Z", w.asOf)}
	}
	which.AsOf = day.AddDate(0, 0, 1).Add(-time.Nanosecond)
	return which, nil
}
