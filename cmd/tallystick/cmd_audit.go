package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/anchor/witness"
	"tallystick/audit"
	"tallystick/install"
	"tallystick/journal"
)

func auditCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Verify, list, export and anchor the trail of privileged acts",
		Long: `The audit trail has an entry for each privileged act: before it, who wants to do what with which
claim and why, and after it what came of it. It is a chained journal: an entry that was edited,
removed or moved shows. What was removed at its end shows by the heads that were anchored.`,
		Example: "  tallystick audit verify --log audit-log --log-key acme.example/audit+...\n  tallystick audit list --unfinished",
	}
	cmd.AddCommand(auditVerify(g), auditList(g), auditExport(g), auditAnchor(g))
	return cmd
}

// trailLog is where heads of the trail are anchored: a log of its own, with a key of its own.
type trailLog struct{ dir, key string }

func (l *trailLog) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.dir, "log", "", "directory of the log in which the heads of the trail are anchored")
	cmd.Flags().StringVar(&l.key, "log-key", "", "public key of that log")
}

// heads reads what was anchored; none if no log was named.
func (l *trailLog) heads(ctx context.Context) ([]audit.Head, error) {
	if l.dir == "" && l.key == "" {
		return nil, nil
	}
	if l.dir == "" || l.key == "" {
		return nil, usageError{errors.New("--log and --log-key go together")}
	}
	r, err := tilelog.OpenReader(l.dir, l.key)
	if err != nil {
		return nil, err
	}
	return readHeads(ctx, r, proof.Policy{LogKey: l.key})
}

// readHeads reads the heads of the newest published checkpoint.
func readHeads(ctx context.Context, r *tilelog.Reader, policy proof.Policy) ([]audit.Head, error) {
	signed, err := r.Head(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	at, _, err := proof.OpenCheckpoint(signed, policy)
	if err != nil {
		return nil, err
	}
	var heads []audit.Head
	for text, err := range r.Entries(ctx, at) {
		if err != nil {
			return nil, fmt.Errorf("reading the log of anchored heads: %w", err)
		}
		h, err := audit.ParseHead(text)
		if err != nil {
			return nil, err
		}
		heads = append(heads, h)
	}
	return heads, nil
}

func auditVerify(g *globals) *cobra.Command {
	var log trailLog
	var export string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that no entry was edited, removed or moved",
		Long: `Verify folds the whole trail and holds it against the heads that were anchored. Without --log the
end of the trail is not protected: what was removed there cannot be told. With --export it checks a
file that export wrote, without Kafka. The exit code is 3 if anything was touched.`,
		Example: "  tallystick audit verify --log audit-log --log-key acme.example/audit+...\n" +
			"  tallystick audit verify --export trail.jsonl --log audit-log --log-key acme.example/audit+...",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			heads, err := log.heads(cmd.Context())
			if err != nil {
				return err
			}
			var report audit.Report
			if export != "" {
				f, err := os.Open(export)
				if err != nil {
					return err
				}
				defer f.Close()
				report, err = audit.VerifyExport(f, heads)
				if err != nil {
					return err
				}
			} else {
				c, _, err := g.load()
				if err != nil {
					return err
				}
				if report, err = audit.Verify(cmd.Context(), c.AuditJournal(), heads); err != nil {
					return err
				}
			}
			out := cmd.OutOrStdout()
			for _, f := range report.Findings {
				fmt.Fprintln(out, "FOUND", f)
			}
			fmt.Fprintf(
				out,
				"%d entries in %d batches, %d anchored heads agree, %d batches lost a race\n",
				report.Entries,
				report.Batches,
				report.Heads,
				report.Races,
			)
			fmt.Fprintf(out, "head: %d %s\n", report.Head.Entries, report.Head.Digest)
			if len(report.Findings) > 0 {
				return fmt.Errorf("%w: the audit trail is not as it was written", errNotVerified)
			}
			if report.Heads == 0 {
				fmt.Fprintln(out, "NOT PROTECTED: the end of the trail, since no anchored head was given")
			}
			return nil
		},
	}
	log.flags(cmd)
	cmd.Flags().StringVar(&export, "export", "", "a file that `audit export` wrote, in place of the topic")
	return cmd
}

func auditList(g *globals) *cobra.Command {
	var person, act, claim string
	var unfinished, asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the entries of the trail",
		Long: `List reads the trail to its end and prints each entry: when, who, which act, on which claim and why. With
--unfinished it prints only acts of which no result is known. It does not verify the chain: audit verify
does.`,
		Example: "  tallystick audit list --person sofia --act case.decide",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
			enc := json.NewEncoder(out)
			open := map[int64]audit.Entry{}
			show := func(e audit.Entry) error {
				if person != "" && e.Person != person || act != "" && e.Act != act || claim != "" &&
					e.Object.Claim != claim {
					return nil
				}
				if asJSON {
					return enc.Encode(e)
				}
				of := ""
				if e.Of > 0 {
					of = fmt.Sprintf("of %d %s", e.Of, e.Result)
				}
				if e.On > 0 {
					of = fmt.Sprintf("on %d", e.On)
				}
				_, err := fmt.Fprintf(
					w,
					"%d\t%s\t%s\t%s\t%s\t%s/%s %s\t%s%s\n",
					e.Number,
					e.At.Format(time.RFC3339),
					e.Kind,
					e.Person,
					e.Act,
					e.Object.Insurer,
					e.Object.Claim,
					e.Object.Party,
					e.Reason,
					of,
				)
				return err
			}
			if _, err := journal.Scan(cmd.Context(), c.AuditJournal(), 0, func(b journal.Batch) error {
				for i, r := range b.Records {
					e, err := audit.Decode(r.Value)
					if err != nil {
						return fmt.Errorf("offset %d: %w: run audit verify", r.Offset, err)
					}
					e.Number = b.From + int64(i) + 1
					if !unfinished {
						if err := show(e); err != nil {
							return err
						}
					} else if e.Kind == audit.Intent {
						open[e.Number] = e
					} else {
						delete(open, e.Of)
					}
				}
				return nil
			}); err != nil {
				return err
			}
			for _, n := range sortedNumbers(open) {
				if err := show(open[n]); err != nil {
					return err
				}
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&person, "person", "", "only what this person did")
	cmd.Flags().StringVar(&act, "act", "", "only this act")
	cmd.Flags().StringVar(&claim, "claim", "", "only about this claim")
	cmd.Flags().BoolVar(&unfinished, "unfinished", false, "only acts of which no result is known")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as lines of JSON")
	return cmd
}

func sortedNumbers(m map[int64]audit.Entry) []int64 {
	out := make([]int64, 0, len(m))
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func auditExport(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "export FILE",
		Short: "Write the whole trail to a file that verifies by itself",
		Long: `Export writes every entry of the trail to FILE and prints the head that it ends with; audit verify --export
checks it without Kafka. It needs the topic of the audit trail. It never replaces a file.`,
		Example: "  tallystick audit export trail.jsonl",
		Args:    exactArgs(1, "the file to write"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return err
			}
			head, err := audit.Export(cmd.Context(), c.AuditJournal(), f)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d entries, head %s\n", head.Entries, head.Digest)
			return nil
		},
	}
}

func auditAnchor(g *globals) *cobra.Command {
	var dir, keyFile string
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "anchor",
		Short: "Put the head of the trail into a witnessed log",
		Long: `Anchor reads the trail to its end and puts its head into a log of its own, which the witnesses of
anchor.witnesses cosign. Their quorum is that of anchor.quorum, and each witness must have been
given this log's key. With --every it goes on until stopped.`,
		Example: "  tallystick log-key audit.key acme.example/audit\n  tallystick audit anchor --log audit-log --key-file audit.key --every 1h",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" || keyFile == "" {
				return usageError{errors.New("--log and --key-file are required")}
			}
			c, _, err := g.load()
			if err != nil {
				return err
			}
			for {
				line, err := anchorAudit(cmd.Context(), &c, dir, keyFile)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), line)
				if every <= 0 {
					return nil
				}
				select {
				case <-cmd.Context().Done():
					return nil
				case <-time.After(every):
				}
			}
		},
	}
	cmd.Flags().StringVar(&dir, "log", "", "directory of the log")
	cmd.Flags().StringVar(&keyFile, "key-file", "", "its signing key, as `tallystick log-key` makes it")
	cmd.Flags().DurationVar(&every, "every", 0, "again and again after this time; 0: once")
	return cmd
}

// anchorAudit anchors the head of the trail unless it is anchored already. A crash leaves a head that is in the log and
// not cosigned yet: the next call has it cosigned.
func anchorAudit(ctx context.Context, c *install.Config, dir, keyFile string) (string, error) {
	key, err := tilelog.LoadKey(keyFile)
	if err != nil {
		return "", err
	}
	pos, err := journal.Scan(ctx, c.AuditJournal(), 0, func(journal.Batch) error { return nil })
	if err != nil {
		return "", fmt.Errorf("reading the audit trail: %w", err)
	}
	head := audit.Head{Entries: pos.To, Digest: pos.Digest}
	log, err := tilelog.Open(dir, key)
	if err != nil {
		return "", fmt.Errorf("opening the log in %s: %w", dir, err)
	}
	defer log.Close()
	reader, err := tilelog.OpenReader(dir, key.VKey())
	if err != nil {
		return "", err
	}
	var heads []audit.Head
	if at, _ := log.Signed(); at.Size > 0 {
		for text, err := range reader.Entries(ctx, at) {
			if err != nil {
				return "", err
			}
			h, err := audit.ParseHead(text)
			if err != nil {
				return "", err
			}
			heads = append(heads, h)
		}
	}
	if n := len(heads); n == 0 || heads[n-1] != head {
		if n > 0 && heads[n-1].Entries >= head.Entries {
			return "", fmt.Errorf(
				"%w: %d entries were anchored, the trail has %d: verify it",
				errNotVerified,
				heads[n-1].Entries,
				head.Entries,
			)
		}
		if err := log.Append(ctx, log.Size(), []string{head.Text()}); err != nil {
			return "", err
		}
	}
	_, signed := log.Signed()
	if c.Anchor.Quorum > 0 {
		peers := make([]witness.Peer, len(c.Anchor.Witnesses))
		for i, w := range c.Anchor.Witnesses {
			peers[i] = witness.Peer{URL: w.URL, VKey: w.Key}
		}
		quorum, err := witness.NewQuorum(witness.QuorumConfig{Peers: peers, Need: c.Anchor.Quorum})
		if err != nil {
			return "", fmt.Errorf("anchor.witnesses: %w", err)
		}
		at, _ := log.Signed()
		signed, err = quorum.Cosign(
			ctx,
			signed,
			func(ctx context.Context, old uint64) ([]proof.Hash, error) { return log.Consistency(ctx, old, at) },
		)
		if err != nil {
			return "", fmt.Errorf("asking the witnesses: %w", err)
		}
	}
	if err := log.Publish(ctx, signed); err != nil {
		return "", err
	}
	return fmt.Sprintf("anchored: %d entries, head %s", head.Entries, head.Digest), nil
}
