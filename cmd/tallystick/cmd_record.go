package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/install"
	"tallystick/install/record"
)

func recordCommand(g *globals) *cobra.Command {
	var insurer string
	var flags whichFlags
	cmd := &cobra.Command{
		Use:   "record CLAIM",
		Short: "Show the record that decides a claim as JSON",
		Long: `Record finds the entry in force of a claim in the journal and prints it as JSON: open values, tokens,
decision with reasons, commitment. Sealed values stay sealed. With - it reads one record's value from
standard input, as bytes or base64, and prints what decodes of it, also of one that is damaged.`,
		Example: "  tallystick record C-2026-000042\n  kcat -C -t claims.scored -o 41 -c 1 | tallystick record -",
		Args:    exactArgs(1, "one claim id, or - for a record on standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "-" {
				return showRecord(cmd.InOrStdin(), cmd.OutOrStdout())
			}
			c, _, err := g.load()
			if err != nil {
				return err
			}
			if insurer == "" {
				if len(c.Insurers) != 1 {
					return usageError{fmt.Errorf("--insurer: this install has several, name one of %s",
						strings.Join(c.Insurers, ", "))}
				}
				insurer = c.Insurers[0]
			}
			partitions, err := install.CountPartitions(cmd.Context(), &c, c.Kafka.Topics.Scored)
			if err != nil {
				return err
			}
			which, err := flags.parse()
			if err != nil {
				return err
			}
			found, err := record.Find(cmd.Context(), &c, partitions, claim.ClaimRef{Insurer: insurer, Claim: args[0]},
				which)
			if err != nil {
				return err
			}
			text, err := entry.JSON(&found.Entry)
			if err != nil {
				return fmt.Errorf("showing the record: %w", err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "partition %d, offset %d of %s\n", found.Partition, found.Offset,
				c.Kafka.Topics.Scored)
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", text)
			return err
		},
	}
	cmd.Flags().StringVar(&insurer, "insurer", "", "whose claim; needed where the install has several insurers")
	flags.addTo(cmd)
	return cmd
}

// recordLimit bounds what is read of a record.
const recordLimit = 16 << 20

// showRecord prints the record on in, or what of it can be read.
func showRecord(in io.Reader, out io.Writer) error {
	data, err := io.ReadAll(io.LimitReader(in, recordLimit))
	if err != nil {
		return fmt.Errorf("reading the record: %w", err)
	}
	if plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(data))); err == nil {
		data = plain
	}
	e, damage := entry.Salvage(data)
	if e == nil {
		return fmt.Errorf("nothing of it can be read: %w", damage)
	}
	text, err := entry.JSON(e)
	if err != nil {
		return errors.Join(damage, fmt.Errorf("showing the record: %w", err))
	}
	if _, err := fmt.Fprintf(out, "%s\n", text); err != nil {
		return err
	}
	if damage != nil {
		return fmt.Errorf("the record is damaged, this is what decodes: %w", damage)
	}
	return nil
}
