package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tallystick/anchor"
	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/internal/plain"
	"tallystick/journal"
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
			bundle, report, err := prove(cmd.Context(), &c, claim.ClaimRef{Insurer: insurer, Claim: args[0]}, fields, original, all)
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

// placed is an entry with its place in the journal.
type placed struct {
	entry     claim.Entry
	partition int
	offset    int64
}

// findClaim folds the journal for the current version of a claim: the of the highest revision, the last entry with a decision.
func findClaim(ctx context.Context, c *Config, partitions int, ref claim.ClaimRef, original bool) (*placed, error) {
	var best *placed
	key := claim.Key(ref.Insurer, ref.Claim)
	for p := range partitions {
		_, err := journal.Scan(ctx, c.scored(), p, func(b journal.Batch) error {
			for _, r := range b.Records {
				if !slices.Equal(r.Key, key) {
					continue
				}
				next := &placed{partition: p, offset: r.Offset}
				if err := entry.Decode(r.Value, &next.entry); err != nil {
					return err
				}
				if original && next.entry.Kind == claim.Rescored {
					continue
				}
				if best == nil && next.entry.Decision != nil || best != nil && entry.InForce(&best.entry, &next.entry) {
					best = next
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if best == nil {
		return nil, fmt.Errorf("no decision on claim %s of %s is in the journal", ref.Claim, ref.Insurer)
	}
	return best, nil
}

func prove(ctx context.Context, c *Config, ref claim.ClaimRef, fields []string, original, all bool) ([]byte, *proof.Report, error) {
	if c.Anchor.Directory == "" {
		return nil, nil, errors.New("anchor.directory is not set: this install anchors nothing, so nothing can be proved")
	}
	partitions, err := countPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return nil, nil, err
	}
	found, err := findClaim(ctx, c, partitions, ref, original)
	if err != nil {
		return nil, nil, err
	}
	closing, err := closingOf(ctx, c, found)
	if err != nil {
		return nil, nil, err
	}
	leaves, err := new(entry.Builder).Leaves(&found.entry)
	if err != nil {
		return nil, nil, err
	}
	vkey, policy, err := c.verifyPolicy()
	if err != nil {
		return nil, nil, err
	}
	reader, err := tilelog.OpenReader(c.Anchor.Directory, vkey)
	if err != nil {
		return nil, nil, err
	}
	for i, path := range fields {
		fields[i] = leafOf(path)
		if !slices.Contains(openPaths(leaves), fields[i]) {
			if found.entry.Kind == claim.Rescored {
				return nil, nil, fmt.Errorf("the claim was scored anew, and that record has no field %s: with --original the record that decided the claim is proved", path)
			}
			return nil, nil, fmt.Errorf("the record has no open field %s: it is absent, or it is sealed and two officers would have to open it. Open fields are: %s",
				path, strings.Join(openPaths(leaves), ", "))
		}
	}
	show := append([]string{"entry.insurer", "entry.claim", "entry.revision", "entry.at", "decision.outcome", "decision.score"}, fields...)
	if all {
		show = openPaths(leaves)
	}
	prover := anchor.Prover{Log: c.provableLog(reader, closing.Batch), Commitments: c.commitments(), Policy: policy}
	return prover.Prove(ctx, anchor.ProveRequest{
		Record: leaves, Paths: show, Partition: found.partition, Offset: found.offset, Closing: *closing,
	})
}

// openPaths lists what of a record can be shown.
func openPaths(record *entry.Committed) []string {
	var paths []string
	for _, l := range record.Common {
		paths = append(paths, l.Path)
	}
	for i := range record.Sections {
		for _, l := range record.Sections[i].Leaves {
			paths = append(paths, l.Path)
		}
	}
	return paths
}

// leafOf returns what a value is shown with: an amount with its currency, a code with its item.
func leafOf(path string) string {
	if p, err := claim.PathOf(path); err == nil && p.Group != "" {
		return p.Group
	}
	return path
}

// closingOf finds the batch that holds an entry.
func closingOf(ctx context.Context, c *Config, found *placed) (*anchor.Closing, error) {
	var closing *anchor.Closing
	_, _, err := foldClosings(ctx, c.closings(), func(next anchor.Closing) error {
		if next.Covers(found.partition, found.offset) {
			closing = &next
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if closing == nil {
		return nil, fmt.Errorf("the record was decided but is in no closed batch yet: batches close every %s or at %d entries", c.Anchor.CloseEvery, c.Anchor.CloseAt)
	}
	return closing, nil
}

// errNotVerified makes the exit code of a proof that does not hold.
var errNotVerified = errors.New("NOT VERIFIED")

func verifyCommand() *cobra.Command {
	var policy proof.Policy
	var chain chainFlags
	cmd := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Verify a proof bundle offline",
		Long: `Verify checks a bundle with nothing but the log's key, which you must have from the insurer
by another way than the bundle, and the keys of witnesses you trust. It needs no network, no
configuration and no other file, and says what was proved and what was not. The exit code is 3
if the bundle does not hold. A bundle of - is read from standard input.

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
