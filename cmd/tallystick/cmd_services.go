package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tallystick/analytics/engine"
	"tallystick/internal/embedded"
)

// The embedded servers run as processes of their own: a crash of one must not take the pipeline with it, and the
// pipeline reaches them over the same clients as the real ones.

// enginePasswordFile is the file in the engine's folder that each start writes its password to.
const enginePasswordFile = "password"

func engineCommand() *cobra.Command {
	var cfg engine.Config
	cmd := &cobra.Command{
		Use:   "engine",
		Short: "Run the embedded ClickHouse engine (for trying out)",
		Long: `Engine serves ClickHouse's own engine, loaded from libchdb (make engine fetches it), over HTTP on loopback.

Each start makes a password, which clients must send with any user name, and writes it to the file
password in --dir. Clients may do what stays within the tables; statements that read or write other
files, run programs or call other machines are refused, and on Linux the kernel keeps the process to
--dir (Landlock).`,
		Example: "  tallystick engine --dir ./data/clickhouse --listen 127.0.0.1:8123",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cfg.DataDir == "" {
				return usageError{errors.New("--dir is required")}
			}
			if cfg.Library != "" {
				path, err := filepath.Abs(cfg.Library) // the loader looks for a bare name among the system's libraries
				if err != nil {
					return fmt.Errorf("--library: %w", err)
				}
				cfg.Library = path
			}
			cfg.Log = logger("info")
			if err := engine.Confine(cfg); err != nil {
				cfg.Log.Warn("the kernel does not confine the engine: only its own rules do", "error", err)
			}
			cfg.PasswordFile = filepath.Join(cfg.DataDir, enginePasswordFile)
			cfg.Ready = func(addr string) { fmt.Fprintln(cmd.OutOrStdout(), "ready", addr) }
			return engine.Run(cmd.Context(), cfg)
		},
	}
	cmd.Flags().StringVar(&cfg.DataDir, "dir", "", "where the tables are kept")
	cmd.Flags().StringVar(&cfg.Addr, "listen", "127.0.0.1:8123", "address on loopback; port 0 takes a free one")
	cmd.Flags().StringVar(&cfg.Library, "library", "", "libchdb; default: where make engine put it")
	return cmd
}

func brokerCommand() *cobra.Command {
	var cfg embedded.Config
	cmd := &cobra.Command{
		Use:     "broker",
		Short:   "Run the embedded Kafka broker (for trying out)",
		Long:    "Broker serves the Kafka protocol on loopback from a directory. It has one node and no authentication.",
		Example: "  tallystick broker --dir ./data/kafka --port 9092",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cfg.Dir == "" {
				return usageError{errors.New("--dir is required")}
			}
			cfg.Log = logger("warn")
			return embedded.Run(cmd.Context(), cfg, func(addrs []string) {
				fmt.Fprintln(cmd.OutOrStdout(), "ready", strings.Join(addrs, ","))
			})
		},
	}
	cmd.Flags().StringVar(&cfg.Dir, "dir", "", "where the log is kept")
	cmd.Flags().IntVar(&cfg.Port, "port", 0, "port on 127.0.0.1; 0 takes the one used last time, or any free one")
	return cmd
}
