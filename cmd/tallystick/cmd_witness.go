package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tallystick/anchor/tilelog"
	"tallystick/anchor/witness"
)

func witnessCommand() *cobra.Command {
	var cfg witness.Config
	var keyFile, name, logsFile string
	cmd := &cobra.Command{
		Use:   "witness",
		Short: "Run a witness: it signs logs that only grow",
		Long: `A witness keeps the last checkpoint of each log it watches and signs the next one only if it
extends the last. It speaks C2SP tlog-witness. Run it where the insurer has no hands: its key
and its store must be its own. The first start makes the key file and prints the public key.`,
		Example: `  tallystick witness --dir /var/lib/witness --key-file /var/lib/witness.key --name witness.example \
    --listen 127.0.0.1:7475 --log 'acme.example/claims+4a7c...+AQ...'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if logsFile != "" {
				text, err := os.ReadFile(logsFile)
				if err != nil {
					return fmt.Errorf("--logs: %w", err)
				}
				cfg.Logs = append(cfg.Logs, strings.Fields(string(text))...)
			}
			if cfg.Dir == "" || keyFile == "" || len(cfg.Logs) == 0 {
				return usageError{errors.New("--dir, --key-file and at least one --log are required")}
			}
			var err error
			if cfg.Listener, err = (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", cfg.Listen); err != nil {
				return fmt.Errorf("--listen: %w", err)
			}
			cfg.Key, err = witness.LoadKey(keyFile)
			if errors.Is(err, fs.ErrNotExist) && name != "" {
				cfg.Key, err = witness.GenerateKey(keyFile, name)
			} else if errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("%w; with --name NAME a first start makes it", err)
			}
			if err != nil {
				return errors.Join(err, cfg.Listener.Close())
			}
			cfg.Log = logger("info")
			cfg.Ready = func(at net.Addr) {
				fmt.Fprintf(cmd.OutOrStdout(), "ready http://%s %s\n", at, cfg.Key.VKey())
			}
			return witness.Run(cmd.Context(), cfg)
		},
	}
	cmd.Flags().StringVar(&cfg.Dir, "dir", "", "the store; one witness at a time")
	cmd.Flags().StringVar(&keyFile, "key-file", "", "the signing key")
	cmd.Flags().StringVar(&name, "name", "", "name of the key that the first start makes")
	cmd.Flags().StringVar(&cfg.Listen, "listen", "127.0.0.1:7475", "address to listen on")
	cmd.Flags().StringArrayVar(&cfg.Logs, "log", nil, "verifier key of a log to watch; may be repeated")
	cmd.Flags().StringVar(&logsFile, "logs", "", "file of such keys, one a line")
	return cmd
}

func logKeyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log-key FILE ORIGIN",
		Short: "Make the signing key of an insurer's log",
		Long: `Log-key makes the Ed25519 key with which the log of that origin signs its checkpoints, writes
it to a new file that only its owner can read, and prints the public key to give to verifiers.`,
		Example: "  tallystick log-key log.key acme.example/claims",
		Args:    exactArgs(2, "a file and an origin"),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := tilelog.GenerateKey(args[0], args[1])
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), key.VKey())
			return nil
		},
	}
	return cmd
}
