package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tallystick/anchor"
	"tallystick/anchor/tilelog"
	"tallystick/claim"
	"tallystick/install"
	"tallystick/install/fsck"
	"tallystick/journal"
	"tallystick/pipeline"
)

func fsckCommand(g *globals) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "fsck",
		Short: "Prove from topics, tables and log that nothing is lost or doubled",
		Long: `Fsck reads the whole journal and checks that every source record has exactly one entry, every
refused one its dead letter, every entry its commitment and its row, every batch its root, and
every root its place under the log's checkpoint with its signatures. It changes nothing and may
run beside instances; what is under way shows as waiting. The exit code is 1 if anything is
wrong.`,
		Example: "  tallystick fsck --config tallystick.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			report, err := checkInstall(cmd.Context(), &c)
			if report != nil {
				err = errors.Join(err, printFindings(cmd.OutOrStdout(), report, asJSON))
			}
			if err != nil {
				return err
			}
			if !report.OK() {
				return fmt.Errorf("%d problems", report.Total)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

func printFindings(out io.Writer, r *fsck.Report, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	_, err := io.WriteString(out, r.Text())
	return err
}

func checkInstall(ctx context.Context, c *install.Config) (*fsck.Report, error) {
	partitions, err := install.CountPartitions(ctx, c, c.Kafka.Topics.Scored)
	if err != nil {
		return nil, err
	}
	in := fsck.Install{
		Partitions: partitions,
		Source: func(ctx context.Context, p int, yield func(int64) error) error {
			return pipeline.SourceOffsets(ctx, c.PipelineConfig(), p, yield)
		},
		Journal: func(ctx context.Context, p int, yield func(journal.Batch) error, void func(journal.Void)) error {
			scored := c.Scored()
			scored.OnVoid = void
			_, err := journal.Scan(ctx, scored, p, yield)
			return err
		},
	}
	in.Letters = func(ctx context.Context, yield func(claim.SourceRef) error) error {
		_, err := pipeline.DeadLetters(ctx, c.PipelineConfig(), func(d pipeline.DeadLetter) error { return yield(d.Source) })
		return err
	}
	db, err := install.OpenAnalytics(ctx, c)
	if err != nil {
		return nil, err
	}
	if db != nil {
		defer db.Close()
		in.Rows = db.Commitments
	}
	if c.Anchor.Directory != "" {
		key, policy, err := c.VerifyPolicy()
		if err != nil {
			return nil, err
		}
		reader, err := tilelog.OpenReader(c.Anchor.Directory, key)
		if err != nil {
			return nil, err
		}
		in.Log, in.Policy, in.Origin = reader, policy, c.Anchor.Origin
		scored := c.Scored()
		scored.MaxFetchBytes = 1 << 20 // one is held for each partition
		in.Open = func(ctx context.Context, partition int, from journal.Position) (anchor.BatchFold, error) {
			return journal.OpenFold(ctx, scored, partition, from)
		}
		in.Closings = func(ctx context.Context, yield func(anchor.Closing) error) error {
			_, _, err := install.FoldClosings(ctx, c.Closings(), yield)
			return err
		}
	}
	return fsck.Check(ctx, in)
}
