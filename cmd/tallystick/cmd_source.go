package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tallystick/install"
	"tallystick/pipeline"
)

func sourceCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "source",
		Short:   "Go on after the topic claims was reset",
		Example: "  tallystick source reset --partition 2 --yes",
	}
	var partition int
	var yes bool
	reset := &cobra.Command{
		Use:   "reset",
		Short: "Record in the journal that a partition of claims begins anew",
		Long: `A pipeline stops when its source ends before the journal's position, begins after it, or holds
other records than those it answered: records were lost, or the topic was made anew. When that is
known and wanted, reset appends an entry to the journal that says so, and the pipeline goes on at
the source's present start. What was decided stays decided. Claims that were in the old topic and
not decided are gone: have the insurer send them again.`,
		Example: "  tallystick source reset --partition 2 --yes",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !yes {
				return usageError{errors.New("--yes is required: undecided claims of the old topic are given up")}
			}
			c, _, err := g.load()
			if err != nil {
				return err
			}
			n, err := install.CountPartitions(cmd.Context(), &c, c.Kafka.Topics.Scored)
			if err != nil {
				return err
			}
			if partition < 0 || partition >= n {
				return usageError{fmt.Errorf("--partition: want 0 to %d", n-1)}
			}
			pos, err := pipeline.ResetSource(cmd.Context(), c.PipelineConfig(), partition)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "partition %d goes on at offset %d, epoch %d\n", partition, pos.To,
				pos.Epoch)
			return nil
		},
	}
	reset.Flags().IntVar(&partition, "partition", -1, "which partition")
	reset.Flags().BoolVar(&yes, "yes", false, "really")
	cmd.AddCommand(reset)
	return cmd
}
