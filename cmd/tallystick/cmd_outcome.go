package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/detectors/party"
	"tallystick/install"
	"tallystick/pipeline/outcomes"
)

func outcomeCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "outcome",
		Short: "Say what became of claims",
		Long: `An outcome says what became of a claim: confirmed as fraud, suspected, cleared, withdrawn, denied or paid.
Scores are trained on outcomes and judged by them. None of these commands touches the claim itself.`,
		Example: "  tallystick outcome set C-1043 cleared --insurer acme --reason 'papers in order'\n" +
			"  tallystick outcome import --map new-feed.yaml --label is_fraud --outcome-delay 180d claims.csv",
	}
	cmd.AddCommand(outcomeSetCommand(g), outcomeImportCommand(g))
	return cmd
}

func outcomeSetCommand(g *globals) *cobra.Command {
	var e outcomes.Event
	var saved, knownAt string
	cmd := &cobra.Command{
		Use:   "set CLAIM OUTCOME",
		Short: "Say what became of one claim",
		Long: `Set sends an outcome to the topic claims.outcomes. It is one of
` + outcomeList() + `.
It never touches the claim itself. A later one replaces an earlier one.`,
		Example: "  tallystick outcome set C-1043 fraud-confirmed --insurer acme \\\n" +
			"    --saved '12000.00 EUR' --reason 'staged accident'",
		Args: exactArgs(2, "a claim and an outcome: "+outcomeList()),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			e.Claim, e.Outcome, e.KnownAt = args[0], outcomes.Outcome(args[1]), time.Now().UTC().Truncate(time.Second)
			if e.Insurer == "" && len(c.Insurers) == 1 {
				e.Insurer = c.Insurers[0]
			}
			if !slices.Contains(c.Insurers, e.Insurer) {
				return usageError{fmt.Errorf("--insurer: want one of %v", c.Insurers)}
			}
			if knownAt != "" {
				w, err := claim.ParseWhen(knownAt)
				if err != nil {
					return usageError{fmt.Errorf("--known-at: %w", err)}
				}
				e.KnownAt = w.Time().UTC()
			}
			if e.Saved, err = parseSaved(saved); err != nil {
				return err
			}
			if e.By == "" {
				u, err := user.Current()
				if err != nil {
					return usageError{errors.New("--by: say who says so")}
				}
				e.By = u.Username
			}
			if err := e.Check(time.Now()); err != nil {
				return usageError{err}
			}
			if err := sendOutcomes(cmd.Context(), &c, []outcomes.Event{e}); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s/%s: %s, known from %s\n", e.Insurer, e.Claim, e.Outcome,
				e.KnownAt.Format(time.RFC3339))
			return nil
		},
	}
	cmd.Flags().StringVar(&e.Insurer, "insurer", "", "whose claim; needed where the install has several")
	cmd.Flags().StringVar(&e.Reason, "reason", "", "why, in words that name no customer")
	cmd.Flags().StringVar(&e.By, "by", "", "who says so; default the user")
	cmd.Flags().StringVar(&saved, "saved", "", "money that was not paid because of it, such as '12000.00 EUR'")
	cmd.Flags().StringVar(&knownAt, "known-at", "", "from when it was known; default now")
	return cmd
}

func outcomeImportCommand(g *globals) *cobra.Command {
	var past pastFlags
	var by string
	cmd := &cobra.Command{
		Use:   "import FEED.csv",
		Short: "Send the outcomes of past claims from a CSV feed",
		Long: `Import reads a CSV feed through a mapping and sends what became of its claims to the topic
claims.outcomes, without the claims themselves. An outcome counts from when it was known, so
--known-at or --outcome-delay is needed; one that would be known in the future is not sent.`,
		Example: "  tallystick outcome import --map new-feed.yaml --label is_fraud --known-at decided_on claims.csv",
		Args:    exactArgs(1, "one CSV file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			claims, rejected, _, err := past.claims(args[0])
			if err != nil {
				return err
			}
			for reason, n := range rejected {
				fmt.Fprintf(cmd.ErrOrStderr(), "%7d rows refused: %s\n", n, reason)
			}
			var events []outcomes.Event
			future, now := 0, time.Now()
			for i := range claims {
				p := &claims[i]
				e := outcomes.Event{Insurer: p.Insurer, Claim: p.ID, KnownAt: p.KnownAt.UTC(), By: by}
				switch p.Outcome {
				case party.Fraud:
					e.Outcome = outcomes.FraudConfirmed
				case party.Cleared:
					e.Outcome = outcomes.Cleared
				default:
					continue
				}
				if e.KnownAt.After(now) {
					future++
					continue
				}
				events = append(events, e)
			}
			if err := sendOutcomes(cmd.Context(), &c, events); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d outcomes sent; %d not, since they would be known in the future\n",
				len(events), future)
			return nil
		},
	}
	past.add(cmd)
	cmd.Flags().StringVar(&by, "by", "import", "who says so")
	return cmd
}

func outcomeList() string {
	var names []string
	for _, o := range outcomes.All() {
		names = append(names, string(o))
	}
	return strings.Join(names, ", ")
}

func parseSaved(text string) (claim.Money, error) {
	if text == "" {
		return claim.Money{}, nil
	}
	amount, currency, ok := strings.Cut(text, " ")
	value, err := claim.ParseAmount(amount)
	if !ok || err != nil || !claim.KnownCurrency(currency) {
		return claim.Money{}, usageError{errors.New("--saved: want an amount and a currency such as '12000.00 EUR'")}
	}
	return claim.Money{Amount: value, Currency: currency}, nil
}

// sendOutcomes sends in batches, to a topic that it makes if need be.
func sendOutcomes(ctx context.Context, c *install.Config, events []outcomes.Event) (err error) {
	if err := outcomes.CreateTopic(ctx, c.Client(), c.Kafka.Topics.Claims, c.Kafka.Replication); err != nil {
		return err
	}
	s := outcomes.NewSender(c.Kafka.Brokers, c.Kafka.Topics.Claims, c.Transport, c.Balancer())
	defer func() { err = errors.Join(err, s.Close()) }()
	for batch := range slices.Chunk(events, 1000) {
		if err := s.Send(ctx, batch...); err != nil {
			return err
		}
	}
	return nil
}
