package main

import (
	"fmt"
	"reflect"
	"strings"
	"tallystick/install"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func configCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Show what is configured",
		Example: "  tallystick config check --config tallystick.yaml",
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Check the configuration and print it as it takes effect",
		Long: `Check reads the file, the environment and --set, and prints the result as a file that says the
same. It connects to nothing: doctor does. Secrets are not printed; settings name their files.`,
		Example: "  tallystick config check --config tallystick.yaml\n  TALLYSTICK_LOG_LEVEL=debug tallystick config check -c tallystick.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := g.load()
			if err != nil {
				return err
			}
			text, err := c.Yaml()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}, &cobra.Command{
		Use:   "keys",
		Short: "List the settings, their variables and defaults",
		Long: `Keys lists every setting that holds one value, the environment variable that sets it, and its
default. What each means is in docs/configuration.md.`,
		Example: "  tallystick config keys",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			values := map[string]any{}
			install.Flatten(values, "", install.Settings(reflect.ValueOf(install.Defaults())))
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, key := range install.ConfigKeys() {
				fmt.Fprintf(w, "%s\t%s\t%v\n", key,
					install.EnvPrefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_")), values[key])
			}
			return w.Flush()
		},
	})
	return cmd
}
