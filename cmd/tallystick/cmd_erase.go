package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/install"
	"tallystick/privacy/erasure"
)

func eraseCommand(g *globals) *cobra.Command {
	o := &officerFlags{}
	cmd := &cobra.Command{
		Use:   "erase",
		Short: "Erase a person from all claims, by two officers",
		Long: `Who is erased is taken out of the install for good: their sealed values can be opened by nobody, their
tokens and open values are in no row, window or ring any more, and every rebuild stays without them.
What was decided stays, and proofs of everything else still verify.

One officer asks, the other looks at the preview and approves, either of them runs it. Each step is in
the audit trail before it is done. A run that died is run again; one that was done changes nothing.

--login says who acts, as for tallystick reveal.`,
		Example: `  tallystick erase request --claim C-2026-000042 --party claimant --ground gdpr-17 --login a=olga.token
  tallystick erase preview 1
  tallystick erase approve 1 --login b=peter.token
  tallystick erase run 1 --login b=peter.token
  tallystick erase certificate 1 --login b=peter.token -o erased.txt`,
	}
	flags := cmd.PersistentFlags()
	flags.StringArrayVar(&o.logins, "login", nil, "who acts: a=FILE or b=FILE")
	flags.StringVar(&o.directory, "officers", "",
		"directory of a keyring's officers' files; default that of the keyring")
	cmd.AddCommand(
		eraseRequest(g, o), erasePreview(g), eraseStatus(g), eraseRun(g, o), eraseCertificate(g, o), eraseHold(g, o),
		eraseRelease(g, o),
		eraseAnswer(g, o, "approve", "Approve what another officer asked for",
			"Approve lets an erasure be run. Look at `tallystick erase preview` first.", (*erasure.Desk).Approve),
		eraseAnswer(g, o, "withdraw", "End a request that nobody approved",
			"Withdraw ends a request. Who asked may do it, and the other officer too.", (*erasure.Desk).Withdraw),
	)
	return cmd
}

// atErasureDesk runs do with the officer who logged in.
func (o *officerFlags) atErasureDesk(cmd *cobra.Command, g *globals,
	do func(*install.Config, *erasure.Desk, string) error) error {
	c, log, err := g.load()
	if err != nil {
		return err
	}
	if len(o.logins) != 1 {
		return usageError{fmt.Errorf("%s wants --login once", cmd.CommandPath())}
	}
	officer, may, err := o.open(cmd.Context(), &c, o.logins[0])
	if err != nil {
		return err
	}
	return withErasureDesk(cmd.Context(), &c, log, officerRights{officer.Person: may}, func(d *erasure.Desk) error {
		return do(&c, d, officer.Person)
	})
}

func eraseRequest(g *globals, o *officerFlags) *cobra.Command {
	var a erasure.Ask
	var valueFile string
	var days int
	cmd := &cobra.Command{
		Use:   "request",
		Short: "Ask that a person be erased",
		Long: `Request looks through all claims for a person and prints the number of the erasure. The person is named
by a claim and a party of it, by a token, or by a clear value with its domain, which is read from a file
or from standard input (-) and never written anywhere. By claim or value, what is this person's own there
(official number, name with birth date, customer number) finds them in other claims too.

Grounds are ` + erasure.Codes(erasure.Grounds()) + ".",
		Example: "  tallystick erase request --claim C-2026-000042 --party 'parties[0]' --ground gdpr-17 --login a=olga.token\n" +
			"  tallystick erase request --value-file - --domain nid --ground pipl-47 --login a=olga.token < number.txt",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if valueFile != "" {
				value, err := readValue(cmd.InOrStdin(), valueFile)
				if err != nil {
					return err
				}
				a.Value = value
			}
			a.Watch = time.Duration(days) * 24 * time.Hour
			return o.atErasureDesk(cmd, g, func(c *install.Config, d *erasure.Desk, person string) error {
				if err := oneInsurer(c, &a.Insurer); err != nil {
					return err
				}
				number, err := d.Request(cmd.Context(), person, a)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), number)
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.Insurer, "insurer", "", "whose claims; needed where the install has several insurers")
	f.StringVar(&a.Claim, "claim", "", "a claim that names the person")
	f.StringVar(&a.Party, "party", claim.ClaimantParty,
		"which party of the claim: claimant, parties[n], or record for what concerns nobody")
	f.StringVar(&a.Token, "token", "", "a token of the person")
	f.StringVar(&valueFile, "value-file", "", "file with a clear value of the person; - is standard input")
	f.StringVar(&a.Domain, "domain", "", "what the value is: nid, phn, eml, pid and so on")
	f.StringVar(&a.Country, "country", "", "of a phone number as dialled nationally, such as DE")
	f.StringVar(&a.Ground, "ground", "", "why: one of the list above")
	f.IntVar(&days, "watch", 366, "for how many days who comes again is recognised and left out")
	return cmd
}

// readValue reads one line from a file or standard input.
func readValue(in io.Reader, path string) (string, error) {
	const most = 4 << 10
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("--value-file: %w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return "", fmt.Errorf("--value-file: %w", err)
	}
	value := strings.TrimSpace(string(text))
	if value == "" || len(text) > most || strings.ContainsAny(value, "\r\n") {
		return "", usageError{errors.New("--value-file: want one value on one line")}
	}
	return value, nil
}

// oneInsurer fills in the insurer where there is one only.
func oneInsurer(c *install.Config, insurer *string) error {
	if *insurer != "" {
		return nil
	}
	if len(c.Insurers) != 1 {
		return usageError{fmt.Errorf("--insurer: this install has several, name one of %s",
			strings.Join(c.Insurers, ", "))}
	}
	*insurer = c.Insurers[0]
	return nil
}

func eraseAnswer(
	g *globals, o *officerFlags, use, short, long string, act func(*erasure.Desk, context.Context, string, int64) error,
) *cobra.Command {
	return &cobra.Command{
		Use: use + " NUMBER", Short: short, Long: long, Example: "  tallystick erase " + use +
			" 1 --login b=peter.token",
		Args: exactArgs(1, "the number of an erasure"),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := requestNumber(args[0])
			if err != nil {
				return err
			}
			return o.atErasureDesk(cmd, g, func(_ *install.Config, d *erasure.Desk, person string) error {
				return act(d, cmd.Context(), person, number)
			})
		},
	}
}

func erasePreview(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "preview NUMBER",
		Short: "Show what an erasure takes out, what stays and why",
		Long: `Preview lists the records of which the person is taken out, with their party in each, those under legal
hold, and what stays, why and until when. It shows no value and no token.`,
		Example: "  tallystick erase preview 1",
		Args:    exactArgs(1, "the number of an erasure"),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := requestNumber(args[0])
			if err != nil {
				return err
			}
			c, log, err := g.load()
			if err != nil {
				return err
			}
			return withErasureDesk(cmd.Context(), &c, log, nil, func(d *erasure.Desk) error {
				x, err := d.Find(number)
				if err != nil {
					return err
				}
				return showErasure(cmd.OutOrStdout(), x, d.Holds(), c.ErasureKeeping())
			})
		},
	}
}

func showErasure(out io.Writer, x *erasure.Erasure, holds []erasure.Hold, keep erasure.Keeping) error {
	held := map[claim.ClaimRef]string{}
	for _, h := range holds {
		held[h.Ref] = h.Reason
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "erasure %d\t%s\t%s\tasked by %s\t%s\n", x.Number, x.State, x.Ground, x.Requester,
		approvedBy(x.Approver))
	fmt.Fprintf(w, "\nis taken out of %d records:\n", len(x.Targets))
	for _, t := range x.Targets {
		fmt.Fprintf(w, "  %s/%s\trevision %d\t%s", t.Insurer, t.Claim, t.Revision, t.Party)
		if reason, ok := held[claim.ClaimRef{Insurer: t.Insurer, Claim: t.Claim}]; ok {
			fmt.Fprintf(w, "\tstays: under legal hold (%s)", reason)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\nwho comes again is left out until %s\n\nstays:\n", x.Until.Format(time.DateOnly))
	done := x.Finished
	if done.IsZero() {
		done = time.Now()
	}
	for _, r := range keep.Stays(done, false) {
		until := "with the claim"
		if !r.Until.IsZero() {
			until = "until " + r.Until.Format(time.DateOnly)
		}
		fmt.Fprintf(w, "  %s: %s; %s\t%s\n", r.Where, r.What, r.Why, until)
	}
	return w.Flush()
}

func eraseStatus(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "List erasures and legal holds",
		Long:    "Status lists all erasures with what they came to, and the claims under legal hold.\nIt shows no value and no token.",
		Example: "  tallystick erase status",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := g.load()
			if err != nil {
				return err
			}
			return withErasureDesk(cmd.Context(), &c, log, nil, func(d *erasure.Desk) error {
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
				for _, x := range d.List() {
					fmt.Fprintf(w, "%d\t%s\t%s\t%d records\t%d keys given up\tasked by %s\t%s\n",
						x.Number, x.State, x.Ground, len(x.Targets), x.Keys, x.Requester, approvedBy(x.Approver))
				}
				for _, h := range d.Holds() {
					fmt.Fprintf(w, "hold\t%s/%s\t%s\tby %s\tsince %s\n", h.Ref.Insurer, h.Ref.Claim, h.Reason, h.By,
						h.At.Format(time.DateOnly))
				}
				return w.Flush()
			})
		},
	}
}

func eraseRun(g *globals, o *officerFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "run NUMBER",
		Short: "Do what was approved",
		Long: `Run takes the person out: it marks each partition, looks for what came in meanwhile, writes what is left
of each record, and gives up the keys. Instances may run or not: those that do follow within a moment,
those that do not obey when they start. After a crash it is run again.`,
		Example: "  tallystick erase run 1 --login b=peter.token",
		Args:    exactArgs(1, "the number of an erasure"),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := requestNumber(args[0])
			if err != nil {
				return err
			}
			return o.atErasureDesk(cmd, g, func(_ *install.Config, d *erasure.Desk, person string) error {
				r, err := d.Run(cmd.Context(), person, number)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(),
					"%d parties left out of %d records, %d keys given up, %d notes without a key\n",
					r.Parties, r.Records, r.Keys, r.Notes)
				for _, t := range r.Held {
					fmt.Fprintf(cmd.OutOrStdout(), "stays under legal hold: %s/%s revision %d %s\n", t.Insurer, t.Claim,
						t.Revision, t.Party)
				}
				return nil
			})
		},
	}
}
