package main

import (
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
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
			text, err := c.yaml()
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
			flatten(values, "", settings(reflect.ValueOf(defaults())))
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, key := range configKeys() {
				fmt.Fprintf(w, "%s\t%s\t%v\n", key, envPrefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_")), values[key])
			}
			return w.Flush()
		},
	})
	return cmd
}

// yaml returns a file that loads as c.
func (c *Config) yaml() ([]byte, error) {
	text, err := yaml.Parser().Marshal(settings(reflect.ValueOf(*c)))
	if err != nil {
		return nil, fmt.Errorf("writing the configuration: %w", err)
	}
	return text, nil
}

// settings turns a configuration, or a part of it, into maps under the keys of the file.
func settings(v reflect.Value) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.IsExported() {
			out[f.Tag.Get("koanf")] = setting(v.Field(i))
		}
	}
	return out
}

func setting(v reflect.Value) any {
	if d, ok := v.Interface().(time.Duration); ok {
		return d.String()
	}
	switch v.Kind() {
	case reflect.Struct:
		return settings(v)
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = setting(v.Index(i))
		}
		return list
	}
	return v.Interface()
}

func flatten(into map[string]any, prefix string, m map[string]any) {
	for key, v := range m {
		if part, ok := v.(map[string]any); ok {
			flatten(into, prefix+key+".", part)
			continue
		}
		into[prefix+key] = v
	}
}
