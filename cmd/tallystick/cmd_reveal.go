package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/install"
	"tallystick/privacy/reveal"
)

func revealCommand(g *globals) *cobra.Command {
	o := &officerFlags{}
	cmd := &cobra.Command{
		Use:   "reveal",
		Short: "Open sealed fields of a claim, by two officers",
		Long: `What identifies people is sealed, and opens with two halves of a key, of which each of two officers has
one. One officer asks for fields of a party, with a purpose; the other approves; then both log in and
the fields asked for are shown, once. Each step is in the audit trail before it is done.

--login says who acts: a=FILE or b=FILE, by the half that the officer opens. With Vault the file holds
the officer's token, and Vault says whose it is: a second token of the same person is the same person.
With a keyring it holds the passphrase of that officer's file. Files must be readable by their owner alone.`,
		Example: `  tallystick reveal request C-2026-000042 --field claimant.name --purpose court-order --login a=olga.token
  tallystick reveal approve 17 --login b=peter.token
  tallystick reveal open 17 --login a=olga.token --login b=peter.token`,
	}
	flags := cmd.PersistentFlags()
	flags.StringArrayVar(&o.logins, "login", nil, "who acts: a=FILE or b=FILE; open takes two, first who asked")
	flags.StringVar(&o.directory, "officers", "",
		"directory of a keyring's officers' files; default that of the keyring")
	cmd.AddCommand(
		revealRequest(g, o),
		revealAnswer(g, o, "approve", "Approve what another officer asked for",
			"Approve lets a request of another officer be opened. Look at it first with `tallystick reveal list`.",
			(*reveal.Desk).Approve),
		revealAnswer(g, o, "withdraw", "End a request that was not opened",
			"Withdraw ends a request for good. Who asked may do it, and the other officer too.",
			(*reveal.Desk).Withdraw),
		revealOpen(g, o),
		revealList(g),
		revealServe(g),
	)
	return cmd
}

// atDesk runs do with the officers who logged in, of whom there must be n, in the order of the flags.
func (o *officerFlags) atDesk(
	cmd *cobra.Command, g *globals, n int, do func(*install.Config, *reveal.Desk, []reveal.Officer) error,
) error {
	c, log, err := g.load()
	if err != nil {
		return err
	}
	var officers []reveal.Officer
	rights := officerRights{}
	if len(o.logins) != n {
		return usageError{fmt.Errorf("%s wants --login %d times", cmd.CommandPath(), n)}
	}
	for _, login := range o.logins {
		officer, may, err := o.open(cmd.Context(), &c, login)
		if err != nil {
			return err
		}
		rights[officer.Person] = may
		officers = append(officers, officer)
	}
	return withRevealDesk(cmd.Context(), &c, log, rights, func(d *reveal.Desk) error { return do(&c, d, officers) })
}

// withRevealDesk runs do with the audit trail open.
func withRevealDesk(
	ctx context.Context, c *install.Config, log *slog.Logger, rights officerRights, do func(*reveal.Desk) error,
) error {
	trail, stop, err := openTrail(ctx, c, log)
	if err != nil {
		return err
	}
	err = do(reveal.New(reveal.Config{Trail: trail, Rights: rights, Store: &sealedStore{c}, Logger: log}))
	return errors.Join(err, stop())
}

func revealRequest(g *globals, o *officerFlags) *cobra.Command {
	var a reveal.Ask
	var purposes []string
	for _, p := range reveal.Purposes() {
		purposes = append(purposes, fmt.Sprintf("  %-14s %s", p.Code, p.Text))
	}
	cmd := &cobra.Command{
		Use:   "request CLAIM",
		Short: "Ask for sealed fields of one party",
		Long: "Request asks for sealed fields and prints the number of the request. Purposes are:\n" +
			strings.Join(purposes, "\n"),
		Example: "  tallystick reveal request C-2026-000042 --field claimant.name --purpose payment --login a=olga.token",
		Args:    exactArgs(1, "one claim id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.atDesk(cmd, g, 1, func(c *install.Config, d *reveal.Desk, who []reveal.Officer) error {
				if a.Ref.Insurer == "" {
					if len(c.Insurers) != 1 {
						const several = "--insurer: this install has several, name one of %s"
						return usageError{fmt.Errorf(several, strings.Join(c.Insurers, ", "))}
					}
					a.Ref.Insurer = c.Insurers[0]
				}
				a.Ref.Claim = args[0]
				number, err := d.Request(cmd.Context(), who[0].Person, a)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), number)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&a.Ref.Insurer, "insurer", "", "whose claim; needed where the install has several insurers")
	cmd.Flags().StringVar(&a.Party, "party", claim.ClaimantParty,
		"claimant, parties[n], or record for what concerns nobody")
	cmd.Flags().StringArrayVar(&a.Fields, "field", nil, "path of a field, such as claimant.name; may be repeated")
	cmd.Flags().StringVar(&a.Purpose, "purpose", "", "why: one of the list above")
	cmd.Flags().DurationVar(&a.For, "expires", 24*time.Hour, "how long the request is good; at most 72h")
	return cmd
}

func revealAnswer(
	g *globals, o *officerFlags, use, short, long string, act func(*reveal.Desk, context.Context, string, int64) error,
) *cobra.Command {
	return &cobra.Command{
		Use:     use + " NUMBER",
		Short:   short,
		Long:    long,
		Example: "  tallystick reveal " + use + " 17 --login b=peter.token",
		Args:    exactArgs(1, "the number of a request"),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := requestNumber(args[0])
			if err != nil {
				return err
			}
			return o.atDesk(cmd, g, 1, func(_ *install.Config, d *reveal.Desk, who []reveal.Officer) error {
				return act(d, cmd.Context(), who[0].Person, number)
			})
		},
	}
}

func requestNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, usageError{errors.New("the number of a request is that which `reveal request` printed")}
	}
	return n, nil
}

func revealOpen(g *globals, o *officerFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "open NUMBER",
		Short: "Show what an approved request asked for, once",
		Long: `Open wants both logins, first who asked and then who approved. It shows the fields asked for and no
others. When it fails before anything was shown the request can be opened again; when it may have
shown something the request is used.`,
		Example: "  tallystick reveal open 17 --login a=olga.token --login b=peter.token",
		Args:    exactArgs(1, "the number of a request"),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := requestNumber(args[0])
			if err != nil {
				return err
			}
			return o.atDesk(cmd, g, 2, func(_ *install.Config, d *reveal.Desk, who []reveal.Officer) error {
				return d.Open(cmd.Context(), number, who[0], who[1], func(values []reveal.Value) error {
					for _, v := range values {
						if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", v.Path, shown(v)); err != nil {
							return err
						}
					}
					return nil
				})
			})
		},
	}
}

func shown(v reveal.Value) string {
	switch v.Kind {
	case 0:
		return "is not sealed in this record"
	case claim.LeafTrue:
		return "= true"
	case claim.LeafFalse:
		return "= false"
	case claim.LeafNumber:
		return "= " + string(v.Bytes)
	}
	return "= " + strconv.Quote(string(v.Bytes))
}

func revealList(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the requests and what they came to",
		Long:    "List shows who asked for what and why, who approved, and whether it can still be opened. It shows no value.",
		Example: "  tallystick reveal list",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := g.load()
			if err != nil {
				return err
			}
			return withRevealDesk(cmd.Context(), &c, log, nil, func(d *reveal.Desk) error {
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
				for _, r := range d.List() {
					if _, err := fmt.Fprintf(w, "%d\t%s\tuntil %s\t%s/%s %s\t%s\t%s\tby %s\t%s\n", r.Number,
						r.State(time.Now()),
						r.Expires.Format(time.RFC3339), r.Ref.Insurer, r.Ref.Claim, r.Party,
						strings.Join(r.Fields, ","), r.Purpose,
						r.Requester, approvedBy(r.Approver)); err != nil {
						return err
					}
				}
				return w.Flush()
			})
		},
	}
}

func approvedBy(person string) string {
	if person == "" {
		return ""
	}
	return "approved by " + person
}

// officerLogin reads a file of --login.
func officerLogin(path string) (string, error) {
	text, err := install.SecretFile("--login", path)
	if err == nil && text == "" {
		err = fmt.Errorf("--login: %s is empty", path)
	}
	return text, err
}

// directoryOf is where the officers' files of a keyring are.
func (o *officerFlags) directoryOf(c *install.Config) string {
	if o.directory != "" {
		return o.directory
	}
	return c.Keys.Keyring.Directory
}

// parseLogin splits a=FILE.
func parseLogin(login string) (reveal.Half, string, error) {
	half, path, ok := strings.Cut(login, "=")
	if !ok || path == "" || !slices.Contains([]reveal.Half{reveal.HalfA, reveal.HalfB}, reveal.Half(half)) {
		return "", "", usageError{errors.New("--login: want a=FILE or b=FILE")}
	}
	if _, err := os.Stat(path); err != nil {
		return "", "", fmt.Errorf("--login: %w", err)
	}
	return reveal.Half(half), path, nil
}
