package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tallystick/install"
	"tallystick/install/fsck"
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
			report, err := install.Fsck(cmd.Context(), &c)
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
