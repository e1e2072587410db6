package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tallystick/anchor/proof"
	"tallystick/claim"
	"tallystick/install"
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

// errNotVerified makes the exit code of a proof that does not hold.
var errNotVerified = errors.New("NOT VERIFIED")

func verifyCommand() *cobra.Command {
	var policy proof.Policy
	var chain chainFlags
	var authorities string
	cmd := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Verify a proof bundle offline",
		Long: `Verify checks a bundle with nothing but the log's key, which you must have from the insurer
by another way than the bundle, and the keys of witnesses you trust. It needs no network, no
configuration and no other file, and says what was proved and what was not. The exit code is 3
if the bundle does not hold. A bundle of - is read from standard input.

Time stamps in the bundle are checked against --time-authorities, at the time that each states, so
a stamp stays good after its certificate has ended. Without that list they prove nothing.

With --chain it also asks a chain's nodes whether the checkpoint is final there: then nobody's word,
not even the witnesses', is needed for that the log has one history. That needs the network.`,
		Example: `  tallystick verify claim.proof --key 'acme.example/claims+4a7c...+AQ...' \
    --witness 'witness.example+9f01...+BA...' --quorum 1`,
		Args: exactArgs(1, "one bundle file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if policy.LogKey == "" {
				return usageError{errors.New("--key is required: without the log's key anybody could have made the bundle")}
			}
			if len(policy.Witnesses) > 0 && !cmd.Flags().Changed("quorum") {
				policy.Quorum = len(policy.Witnesses)
			}
			if authorities != "" {
				trust, err := install.LoadTrust(authorities)
				if err != nil {
					return err
				}
				policy.Authorities = trust
			}
			if err := policy.Check(); err != nil {
				return usageError{err}
			}
			if err := chain.parse(); err != nil {
				return err
			}
			bundle, err := readBundle(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			if isReferral(bundle) {
				return verifyReferral(cmd.OutOrStdout(), bundle, policy)
			}
			report, err := proof.Verify(bundle, policy)
			if err != nil {
				return fmt.Errorf("%w: %w", errNotVerified, err)
			}
			anchored, err := chain.check(cmd.Context(), report)
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), report.Text()+anchored)
			return err
		},
	}
	cmd.Flags().StringVar(&policy.LogKey, "key", "", "the log's verifier key (C2SP vkey)")
	cmd.Flags().StringVar(&policy.Origin, "origin", "", "the log's origin, where it is not the key's name")
	cmd.Flags().StringArrayVar(&policy.Witnesses, "witness", nil, "verifier key of a witness you trust; may be repeated")
	cmd.Flags().IntVar(&policy.Quorum, "quorum", 0, "how many of the witnesses must have signed; default all")
	cmd.Flags().StringVar(&authorities, "time-authorities", "", "file with certificates (PEM) of time authorities you trust, for the time stamps in the bundle")
	cmd.Flags().IntVar(&policy.Stamps, "stamps", 0, "how many of the time authorities must have stamped; by default none must, and the report says so")
	chain.addTo(cmd)
	return cmd
}

// bundleLimit bounds what is read; proof.Verify has its own limit below it.
const bundleLimit = 16 << 20

func readBundle(stdin io.Reader, name string) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("reading the bundle: %w", err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, bundleLimit))
	if err != nil {
		return nil, fmt.Errorf("reading the bundle: %w", err)
	}
	return data, nil
}
