package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tallystick/anchor/tilelog"
	"tallystick/internal/plain"
	"tallystick/settlement/statement"
)

func statementCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "statement",
		Short: "Premiums and fees between insurer and platform, netted and signed by both",
		Long: `A statement lists what an insurer and a platform owe each other in a month, nets it by currency, and is
signed by both. Whoever has both keys checks it and adds it up anew. Keys are made by
"tallystick log-key"; a key's name is its party's. No money is moved and no server is asked.`,
		Example: `  tallystick settlement statement make items.csv --insurer acme.example \
    --platform platform.example --period 2026-11 > november
  tallystick settlement statement sign november --key-file acme.key > november.acme
  tallystick settlement statement check november.both --insurer-key VKEY --platform-key VKEY`,
	}
	cmd.AddCommand(statementMake(), statementSign(), statementCheck())
	return cmd
}

func statementMake() *cobra.Command {
	var insurer, platform, period string
	cmd := &cobra.Command{
		Use:   "make ITEMS.csv",
		Short: "Net a month's items into a statement",
		Long: `Make reads items (ref, day, kind, from, amount in minor units, currency) and writes the statement
that both sides sign.`,
		Example: "  tallystick settlement statement make items.csv --insurer a.example --platform p.example --period 2026-11",
		Args:    exactArgs(1, "one file of items"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := os.Open(args[0])
			if err != nil {
				return fmt.Errorf("reading the items: %w", err)
			}
			defer file.Close()
			items, err := statement.ReadItems(file)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			s, err := statement.Make(insurer, platform, period, items)
			if err != nil {
				return err
			}
			_, err = plain.Data(cmd.OutOrStdout()).Write([]byte(s.Text()))
			return err
		},
	}
	cmd.Flags().StringVar(&insurer, "insurer", "", "name of the insurer, as its key has it")
	cmd.Flags().StringVar(&platform, "platform", "", "name of the platform, as its key has it")
	cmd.Flags().StringVar(&period, "period", "", "the month, such as 2026-11")
	return cmd
}

func statementSign() *cobra.Command {
	var keyFile string
	cmd := &cobra.Command{
		Use:     "sign STATEMENT",
		Short:   "Sign a statement, or one that the other side has signed",
		Long:    "Sign adds it up first and signs nothing that does not come out. It writes the statement with your signature.",
		Example: "  tallystick settlement statement sign november --key-file acme.key",
		Args:    exactArgs(1, "one statement"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if keyFile == "" {
				return usageError{errors.New("--key-file is required: the signing key of one of the two parties")}
			}
			text, err := readBundle(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			skey, err := tilelog.ReadKeyFile(keyFile)
			if err != nil {
				return err
			}
			signed, err := statement.Sign(text, skey)
			if err != nil {
				return err
			}
			_, err = plain.Data(cmd.OutOrStdout()).Write(signed)
			return err
		},
	}
	cmd.Flags().StringVar(&keyFile, "key-file", "", "your signing key")
	return cmd
}

func statementCheck() *cobra.Command {
	var insurerKey, platformKey string
	cmd := &cobra.Command{
		Use:   "check STATEMENT",
		Short: "Check that both have signed and that it adds up",
		Long: `Check needs the public keys of both sides, which you have by another way than the statement.
The exit code is 3 if it does not hold.`,
		Example: "  tallystick settlement statement check november.both --insurer-key VKEY --platform-key VKEY",
		Args:    exactArgs(1, "one signed statement"),
		RunE: func(cmd *cobra.Command, args []string) error {
			signed, err := readBundle(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			s, err := statement.Open(signed, insurerKey, platformKey)
			if err != nil {
				return fmt.Errorf("%w: %w", errNotVerified, err)
			}
			for _, n := range s.Nets {
				fmt.Fprintln(cmd.OutOrStdout(), n)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "signed by %s and %s\n", s.Insurer, s.Platform)
			return err
		},
	}
	cmd.Flags().StringVar(&insurerKey, "insurer-key", "", "the insurer's public key (vkey)")
	cmd.Flags().StringVar(&platformKey, "platform-key", "", "the platform's public key (vkey)")
	return cmd
}
