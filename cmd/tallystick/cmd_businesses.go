package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"tallystick/detectors"
	"tallystick/install"
)

func businessesCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "businesses",
		Short:   "Say which phones, accounts and addresses are businesses'",
		Example: "  tallystick businesses import --insurer acme --output businesses.txt businesses.csv",
	}
	cmd.AddCommand(businessesImportCommand(g))
	return cmd
}

func businessesImportCommand(g *globals) *cobra.Command {
	var insurer, out string
	cmd := &cobra.Command{
		Use:   "import --insurer NAME --output FILE TABLE",
		Short: "Make tokens of a table of businesses",
		Long: `Import reads a CSV table of an insurer's businesses (call centres, hospitals, garages, law
firms) and adds their tokens to the file of the setting businesses, which instances read at start.
The first row names the columns: phone, email, iban, routing, account, line1, line2, city, postcode,
country; others are passed over. What businesses share joins no claims and is no reason. It needs the
insurer's keys, and writes no clear value.`,
		Example: "  tallystick businesses import --insurer acme --output businesses.txt businesses.csv",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || insurer == "" || out == "" {
				return usageError{fmt.Errorf("%s wants --insurer, --output and one table", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, log, err := g.load()
			if err != nil {
				return err
			}
			keys, err := install.OpenKeys(cmd.Context(), &c, log, prometheus.NewRegistry())
			if err != nil {
				return err
			}
			defer keys.Close()
			of, err := keys.Insurer(insurer)
			if err != nil {
				return fmt.Errorf("keys of the insurer: %w", err)
			}
			placeholders, err := install.LoadPlaceholders(c.Placeholders)
			if err != nil {
				return err
			}
			table, err := os.Open(args[0])
			if err != nil {
				return fmt.Errorf("reading the table: %w", err)
			}
			defer table.Close()
			tokens, rows, err := install.TokensOfBusinesses(table, of, placeholders)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			list, err := install.LoadBusinesses(out)
			if errors.Is(err, os.ErrNotExist) {
				list, err = detectors.Businesses{}, nil
			}
			if err != nil {
				return err
			}
			list[insurer] = append(list[insurer], tokens...)
			if err := replace(out, list.Write); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(),
				"%d businesses, %d tokens; instances whose setting businesses is %s know them after their next start\n",
				rows, len(tokens), out)
			return nil
		},
	}
	cmd.Flags().StringVar(&insurer, "insurer", "", "whose businesses they are")
	cmd.Flags().StringVar(&out, "output", "", "file that the tokens are added to")
	return cmd
}

// replace writes a file beside the one of that name and puts it in its place.
func replace(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".businesses-*")
	if err != nil {
		return fmt.Errorf("writing the list of businesses: %w", err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing the list of businesses: %w", err)
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return fmt.Errorf("writing the list of businesses: %w", err)
	}
	return nil
}
