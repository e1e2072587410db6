package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/install"
	"tallystick/intermediary"
	"tallystick/intermediary/market"
	"tallystick/journal"
	"tallystick/privacy"
)

func intermediaryCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "intermediary",
		Short: "Reconcile what passes through agents, brokers and platforms",
		Long: `Policies, premiums and commissions are events in a journal of their own, in which tokens stand for
intermediaries, policies, customers and accounts. From them each intermediary and platform has a
score with reasons: premium kept back, inflated business, churning, commissions on policies that lapse
at once, policies written after the loss, early losses, money without a policy. A score decides
nothing. None of these commands touches a claim.`,
		Example: "  tallystick intermediary import --insurer acme books-2026-05.csv\n  tallystick intermediary list\n" +
			"  tallystick intermediary show A-017 --insurer acme",
	}
	cmd.AddCommand(intermediaryImport(g), intermediaryList(g), intermediaryShow(g), intermediaryGenerate())
	return cmd
}

func intermediaryImport(g *globals) *cobra.Command {
	var columns, fixed map[string]string
	var insurer string
	cmd := &cobra.Command{
		Use:   "import FILE.csv",
		Short: "Read policies, premiums and commissions from a CSV file into their journal",
		Long: `Import reads a table with a header whose columns are
` + strings.Join(intermediary.Names()[:6], ", ") + `,
` + strings.Join(intermediary.Names()[6:], ", ") + `.
A column with another name is told by --column, a field that is the same in all rows by --field. Identifiers
become tokens before anything is written. A row that is no event is told with its line and left
out; the same file again writes nothing.`,
		Example: "  tallystick intermediary import --insurer acme --column Police=policy \\\n    --field kind=premium-collected premiums.csv",
		Args:    exactArgs(1, "one CSV file"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			if insurer == "" && len(c.Insurers) == 1 {
				insurer = c.Insurers[0]
			}
			if err := install.CheckInsurers("insurer", []string{insurer}); err != nil {
				return usageError{err}
			}
			keys, err := install.OpenKeys(cmd.Context(), &c, slog.New(slog.DiscardHandler), nil)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, keys.Close()) }()
			own, err := keys.Insurer(insurer)
			if err != nil {
				return fmt.Errorf("keys of insurer %s: %w", insurer, err)
			}
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			events, refused, err := readBooks(f, own, insurer, columns, fixed, cmd.ErrOrStderr())
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			written, err := takeEvents(cmd.Context(), &c, events)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d events written, %d were there, %d rows refused\n", written,
				len(events)-written,
				refused)
			return nil
		},
	}
	cmd.Flags().StringToStringVar(&columns, "column", nil,
		"a column's name and the field that it is, as Name=field; may be repeated")
	cmd.Flags().StringToStringVar(&fixed, "field", nil,
		"a field with one value in all rows, as field=value; may be repeated")
	cmd.Flags().StringVar(&insurer, "insurer", "", "whose books; needed where the install has several")
	return cmd
}

// toldRows is how many refused rows are told one by one.
const toldRows = 20

// readBooks returns the events of a table, protected, and how many rows were refused.
func readBooks(in io.Reader, keys *privacy.InsurerKeys, insurer string, columns, fixed map[string]string,
	out io.Writer) (
	events []intermediary.Event, refused int, err error,
) {
	all := map[string]string{"insurer": insurer}
	for field, value := range fixed {
		all[field] = value
	}
	bad := func(e *intermediary.RowError) {
		if refused++; refused <= toldRows {
			fmt.Fprintln(out, e)
		}
	}
	line := 1
	err = intermediary.ReadCSV(in, columns, all, func(e intermediary.Event) error {
		line++
		if e.Insurer != insurer {
			bad(&intermediary.RowError{Line: line,
				Err: fmt.Errorf("insurer is not %s: one import reads one insurer's books",
					insurer)})
			return nil
		}
		if err := e.Protect(keys); err != nil {
			bad(&intermediary.RowError{Line: line, Err: err})
			return nil
		}
		events = append(events, e)
		return nil
	}, func(e *intermediary.RowError) { line++; bad(e) })
	return events, refused, err
}

// takeEvents writes events into the journal, whose topic it makes if need be.
func takeEvents(ctx context.Context, c *install.Config, events []intermediary.Event) (int, error) {
	cfg := c.Intermediaries()
	if err := journal.CreateTopic(ctx, cfg, journal.TopicOptions{Partitions: 1,
		Replication: c.Kafka.Replication}); err != nil {
		return 0, err
	}
	desk, err := intermediary.Open(ctx, cfg)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- desk.Run(ctx) }()
	written, err := desk.Take(ctx, events)
	cancel()
	if run := <-ended; err == nil && run != nil && !errors.Is(run, context.Canceled) {
		err = run
	}
	return written, err
}

type scoresFlags struct {
	asOf      string
	platforms bool
	json      bool
}

func (f *scoresFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.asOf, "as-of", "", "as of which day, such as 2026-05-31; default today")
	cmd.Flags().BoolVar(&f.platforms, "platforms", false, "platforms instead of intermediaries")
	cmd.Flags().BoolVar(&f.json, "json", false, "one JSON object a line")
}

// scores folds the journal and returns who has which score.
func (f *scoresFlags) scores(ctx context.Context, c *install.Config) ([]intermediary.Score, error) {
	asOf := time.Now()
	if f.asOf != "" {
		w, err := claim.ParseWhen(f.asOf)
		if err != nil {
			return nil, usageError{fmt.Errorf("--as-of: %w", err)}
		}
		asOf = w.Time()
	}
	desk, err := intermediary.Open(ctx, c.Intermediaries())
	if err != nil {
		return nil, fmt.Errorf("%w (`tallystick intermediary import` makes the journal)", err)
	}
	var scores []intermediary.Score
	desk.View(func(b *intermediary.Book) { scores = b.Scores(asOf, f.platforms) })
	return scores, nil
}

func (f *scoresFlags) print(out io.Writer, s *intermediary.Score) error {
	if f.json {
		return json.NewEncoder(out).Encode(s)
	}
	fmt.Fprintf(out, "%3d  %s  %s  %d policies\n", s.Score, s.Insurer, s.Name, s.Issued)
	for _, r := range s.Reasons {
		fmt.Fprintf(out, "     %s: %s\n", r.Rule, r.Text)
	}
	return nil
}

func intermediaryList(g *globals) *cobra.Command {
	var f scoresFlags
	var least int
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List intermediaries or platforms by score, with reasons",
		Long:    "List folds the journal of intermediaries and prints those with a score from --least on, the highest first.",
		Example: "  tallystick intermediary list --as-of 2026-05-31",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			scores, err := f.scores(cmd.Context(), &c)
			if err != nil {
				return err
			}
			for i := range scores {
				if scores[i].Score < least {
					break
				}
				if err := f.print(cmd.OutOrStdout(), &scores[i]); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().IntVar(&least, "least", intermediary.Suspect, "the lowest score that is listed")
	return cmd
}

func intermediaryShow(g *globals) *cobra.Command {
	var f scoresFlags
	var insurer string
	cmd := &cobra.Command{
		Use:   "show INTERMEDIARY",
		Short: "Show one intermediary's score and figures",
		Long: `Show takes the token that list prints, or the number that the insurer's books have, of which it makes the
token. With --platforms it takes a platform's name.`,
		Example: "  tallystick intermediary show A-017 --insurer acme --json",
		Args:    exactArgs(1, "an intermediary's number or token"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			if insurer == "" && len(c.Insurers) == 1 {
				insurer = c.Insurers[0]
			}
			name := args[0]
			if !f.platforms && !strings.HasPrefix(name, "pid_") {
				keys, err := install.OpenKeys(cmd.Context(), &c, slog.New(slog.DiscardHandler), nil)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, keys.Close()) }()
				own, err := keys.Insurer(insurer)
				if err != nil {
					return usageError{fmt.Errorf("--insurer: want one of %v: %w", c.Insurers, err)}
				}
				token, ok, err := own.Token("pid", name)
				if err != nil || !ok {
					return usageError{errors.Join(errors.New("of that number there is no token"), err)}
				}
				name = token
			}
			scores, err := f.scores(cmd.Context(), &c)
			if err != nil {
				return err
			}
			for i := range scores {
				s := &scores[i]
				if s.Name != name || insurer != "" && s.Insurer != insurer {
					continue
				}
				if err := f.print(cmd.OutOrStdout(), s); err != nil || f.json {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(),
					"     ended at once %d; premiums due of %d, not all arrived of %d; third policies %d; written late %d; early losses %d\n",
					s.Lapsed, s.Collected, s.Kept, s.Replaced, s.Late, s.Losses)
				return err
			}
			return errors.New("no event in the journal names that intermediary")
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&insurer, "insurer", "", "whose intermediary; needed where the install has several")
	return cmd
}

func intermediaryGenerate() *cobra.Command {
	var seed uint64
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write made-up books with hidden schemes as CSV",
		Long: `Generate writes the books of a made-up insurer, as import reads them. Sixty agents, of whom twelve cheat in
one of six ways and fourteen only look like it. Who cheats goes to standard error. The same seed
gives the same.`,
		Example: "  tallystick intermediary generate --seed 7 > books.csv",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m := market.New("any", seed)
			w := csv.NewWriter(cmd.OutOrStdout())
			_ = w.Write([]string{"id", "kind", "intermediary", "platform", "policy", "customer", "payer", "replaces",
				"at",
				"recorded", "amount", "currency"})
			for i := range m.Events {
				e := &m.Events[i]
				amount, recorded := "", ""
				if e.Amount.Currency != "" {
					amount = e.Amount.Amount.String()
				}
				if !e.Recorded.IsZero() {
					recorded = e.Recorded.String()
				}
				_ = w.Write([]string{e.ID, string(e.Kind), e.Intermediary, e.Platform, e.Policy, e.Customer, e.Payer,
					e.Replaces,
					e.At.String(),
					recorded, amount, e.Amount.Currency})
			}
			w.Flush()
			if err := w.Error(); err != nil {
				return fmt.Errorf("writing the table: %w", err)
			}
			return json.NewEncoder(cmd.ErrOrStderr()).Encode(m.Truth)
		},
	}
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of the books")
	return cmd
}
