package main

import (
	"github.com/spf13/cobra"

	"tallystick/install/doctor"
)

func doctorCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check the configuration and everything it names",
		Long: `Doctor checks the configuration, rules and field policy, then that Kafka, Vault or the keyring,
ClickHouse, the log's directory and the witnesses answer and are set as they must be. It changes
nothing. For each thing that is wrong it says what to do. The exit code is 1 if anything is.`,
		Example: "  tallystick doctor --config tallystick.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			return doctor.Examine(cmd.Context(), &c, cmd.OutOrStdout())
		},
	}
}
