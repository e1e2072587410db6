package main

import (
	"fmt"
	"tallystick/install"

	"github.com/spf13/cobra"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version and what it was built with",
		Example: "  tallystick version",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := install.VersionText()
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "tallystick "+text)
			return nil
		},
	}
}
