package main

import (
	"github.com/spf13/cobra"
	"tallystick/install"
)

func runCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Decide claims until stopped",
		Long: `Run reads claims, decides them and hands them to ClickHouse, the public topic and the log, until
it gets SIGTERM; then it drains. Any number of instances share the partitions. Each claim is
decided once, whatever dies when: positions are in the journal, not in the instance.`,
		Example: "  tallystick run --config tallystick.yaml\n  TALLYSTICK_KAFKA_BROKERS=kafka:9092 tallystick run -c tallystick.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := g.load()
			if err != nil {
				return err
			}
			return install.Run(cmd.Context(), &c, log)
		},
	}
}
