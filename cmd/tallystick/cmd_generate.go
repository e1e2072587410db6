package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/feed"
	"tallystick/feed/synthetic"
	"tallystick/install"
	"tallystick/internal/plain"
)

func generateCommand(g *globals) *cobra.Command {
	var cfg synthetic.Config
	var out, labels, start string
	var send bool
	var key string
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Make up a labelled feed of claims",
		Long: `Generate makes up claims of all lines with known fraud (rings, duplicates, early claims, amounts
near a limit, telematics mismatches, inflated intermediaries) and innocent look-alikes (families,
an employer's account, a hospital's switchboard, a repair chain; with --newcomers garages in their first
week and people reached through a call centre). The same seed gives the same
feed. Events go to a file as JSON lines or, with --send, to the topic claims.`,
		Example: "  tallystick generate --claims 1000 --seed 7 --output claims.jsonl --labels labels.csv\n" +
			"  tallystick generate --claims 100000 --send --config tallystick.yaml",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if start != "" {
				if cfg.Start, err = time.Parse(time.DateOnly, start); err != nil {
					return usageError{errors.New("--start: want a date such as 2026-01-05")}
				}
			}
			truth := io.Discard
			if labels != "" {
				f, err := os.Create(labels)
				if err != nil {
					return fmt.Errorf("writing labels: %w", err)
				}
				defer func() { err = errors.Join(err, f.Close()) }()
				truth = f
			}
			if err := install.CheckInsurers("--insurers", cfg.Insurers); err != nil {
				return usageError{err}
			}
			var counts map[synthetic.Kind]int
			if send {
				c, _, err := g.load()
				if err != nil {
					return err
				}
				if len(cfg.Insurers) == 0 {
					cfg.Insurers = c.Insurers
				}
				counts, err = sendGenerated(cmd.Context(), &c, cfg, key)
				if err != nil {
					return err
				}
			} else {
				events, closeEvents, err := output(plain.Data(cmd.OutOrStdout()), out)
				if err != nil {
					return err
				}
				counts, err = synthetic.Write(cfg, events, truth)
				if err = errors.Join(err, closeEvents()); err != nil {
					return err
				}
			}
			kinds := make([]synthetic.Kind, 0, len(counts))
			for k := range counts {
				kinds = append(kinds, k)
			}
			slices.Sort(kinds)
			for _, k := range kinds {
				fmt.Fprintf(cmd.ErrOrStderr(), "%7d %s\n", counts[k], k)
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&cfg.Claims, "claims", 1000, "how many")
	cmd.Flags().Uint64Var(&cfg.Seed, "seed", 1, "the same seed gives the same feed")
	cmd.Flags().StringVar(&start, "start", "", "day of the first claim; default 2025-01-06")
	cmd.Flags().StringSliceVar(&cfg.Insurers, "insurers", nil,
		"names of the insurers; default acme,birch, or the install's with --send")
	cmd.Flags().Float64Var(&cfg.Fraud, "fraud", 0, "share of fraudulent claims; 0 is 0.06, negative none")
	cmd.Flags().Float64Var(&cfg.Innocent, "innocent", 0, "share of innocent look-alikes; 0 is 0.05, negative none")
	cmd.Flags().Float64Var(&cfg.Newcomer, "newcomers", 0,
		"share of claims of garages in their first week and of people reached through a call centre")
	cmd.Flags().StringVarP(&out, "output", "o", "", "file of events as JSON lines; default standard output")
	cmd.Flags().StringVar(&labels, "labels", "", "file of labels (CSV); not with --send")
	cmd.Flags().StringVar(&key, "sign", "", "with --send: private key that signs the events (producer key)")
	cmd.Flags().BoolVar(&send, "send", false, "send the events to the topic claims")
	cmd.MarkFlagsMutuallyExclusive("send", "output")
	cmd.MarkFlagsMutuallyExclusive("send", "labels")
	return cmd
}

// output returns standard output or a new file, buffered, and how to close it.
func output(stdout io.Writer, path string) (io.Writer, func() error, error) {
	if path == "" {
		w := bufio.NewWriter(stdout)
		return w, w.Flush, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, fmt.Errorf("writing events: %w", err)
	}
	w := bufio.NewWriter(f)
	return w, func() error { return errors.Join(w.Flush(), f.Close()) }, nil
}

// sendGenerated sends a made-up feed to the topic claims.
func sendGenerated(ctx context.Context, c *install.Config, cfg synthetic.Config, key string) (map[synthetic.Kind]int,
	error) {
	events, err := synthetic.Generate(cfg)
	if err != nil {
		return nil, err
	}
	producer, err := sending(c, key)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	counts := map[synthetic.Kind]int{}
	var records []feed.Record
	flush := func() error {
		err := producer.Produce(ctx, records)
		records = records[:0]
		return err
	}
	for event, label := range events {
		value, err := claim.Encode(&event)
		if err != nil {
			return counts, err
		}
		records = append(records, feed.Record{Key: claim.Key(event.Insurer, event.ID), Value: value})
		counts[label.Kind]++
		if len(records) == 1000 {
			if err := flush(); err != nil {
				return counts, err
			}
		}
	}
	return counts, flush()
}
