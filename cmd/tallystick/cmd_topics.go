package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/pipeline"
	"tallystick/pipeline/desk"
)

func topicsCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "topics",
		Short:   "Change the topics of an install",
		Example: "  tallystick topics grow --partitions 16",
	}
	var partitions int
	grow := &cobra.Command{
		Use:   "grow",
		Short: "Raise the number of partitions",
		Long: `Grow raises the partition count of the topics, the journal first, so that each partition of claims
has its partition of the journal at every moment, and writes into each partition of the journal that
claims are decided under the new number from there on. The public topic of decisions keeps its count.
It may be run again after a failure. Running instances stop when they notice, and take part in the
new partitions when they are started again. It cannot be undone. With the number that the topics have
it changes kafka.partitioner alone: set that for all instances first.`,
		Example: "  tallystick topics grow --partitions 16 --config tallystick.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if partitions < 1 {
				return usageError{errors.New("--partitions is required: how many there shall be")}
			}
			c, _, err := g.load()
			if err != nil {
				return err
			}
			grown, err := pipeline.GrowTopics(cmd.Context(), c.PipelineConfig(), partitions,
				func(at claim.SourceRef, p claim.Placement) (claim.Entry, error) {
					return desk.Activate(at, p, time.Now())
				})
			for _, name := range grown {
				fmt.Fprintf(cmd.OutOrStdout(), "%s has %d partitions\n", name, partitions)
			}
			if err == nil && len(grown) == 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "all topics have %d partitions already\n", partitions)
			}
			return err
		},
	}
	grow.Flags().IntVar(&partitions, "partitions", 0, "how many there shall be")
	cmd.AddCommand(grow)
	return cmd
}
