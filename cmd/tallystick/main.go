// Command tallystick decides insurance claims: it tokenises what identifies people, scores claims for fraud, keeps
// analytics and anchors what it decided, so that others can check it. This package only wires the parts together and
// talks to people; how a part works is said in its own package.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"tallystick/install"
	"tallystick/internal/plain"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// execute runs one command and returns the exit code: 0 done, 1 failed, 2 called wrongly, 3 a proof did not verify
// or an import rejected rows.
func execute(ctx context.Context, args []string) int {
	root := rootCommand()
	root.SetArgs(args)
	// What strangers wrote into claims, feeds and bundles is shown to people, and is never obeyed by their terminals.
	out, errOut := plain.NewWriter(os.Stdout), plain.NewWriter(os.Stderr)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if flushed := errors.Join(out.Flush(), errOut.Flush()); err == nil {
		err = flushed
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(errOut, "tallystick:", err)
	var usage usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintln(errOut, "Try: tallystick help")
		return 2
	case errors.Is(err, errNotVerified), errors.Is(err, errRejected):
		return 3
	}
	return 1
}

// globals are the flags that every command has.
type globals struct {
	config string
	set    []string
}

func (g *globals) load() (install.Config, *slog.Logger, error) {
	c, err := install.Load(g.config, os.Environ(), g.set)
	if err != nil {
		if g.config == "" {
			err = fmt.Errorf("%w\n(no --config was given)", err)
		}
		return c, nil, err
	}
	return c, logger(c.LogLevel), nil
}

func logger(level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l}))
}

func rootCommand() *cobra.Command {
	g := &globals{}
	root := &cobra.Command{
		Use:   "tallystick",
		Short: "Fraud detection and privacy for insurance claims, with proofs",
		Long: `Tallystick reads insurance claims from Kafka, replaces what identifies people by tokens,
scores each claim for fraud with reasons, keeps analytics in ClickHouse, and anchors each
batch of decisions in a witnessed log, so that a stranger can verify a record offline.

Every setting can stand in the file of --config, in the environment (kafka.brokers is
TALLYSTICK_KAFKA_BROKERS) or in --set kafka.brokers=localhost:9092; the later wins.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.Version, _ = install.VersionText() // without build information there is no --version, and `version` says why
	root.SetVersionTemplate("tallystick {{.Version}}\n")
	root.PersistentFlags().StringVarP(&g.config, "config", "c", "", "configuration file (YAML)")
	root.PersistentFlags().StringArrayVar(&g.set, "set", nil, "a setting as key=value; may be repeated")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		runCommand(g), demoCommand(), importCommand(g), generateCommand(g), recordCommand(g), proveCommand(g),
		verifyCommand(g),
		migrateCommand(g), deadLetterCommand(g), sourceCommand(g), topicsCommand(g), doctorCommand(g), fsckCommand(g),
		versionCommand(),
		configCommand(g), healthCommand(), rulesCommand(), businessesCommand(g), modelCommand(g), trainCommand(g),
		backtestCommand(g), outcomeCommand(g), vaultCommand(g), producerCommand(), keyringCommand(), intakeCommand(g),
		tokenCommand(g), logKeyCommand(), witnessCommand(), chainCommand(), settlementCommand(g), engineCommand(),
		brokerCommand(),
	)
	root.AddCommand(caseCommand(g), auditCommand(g), revealCommand(g), eraseCommand(g), lookupCommand(g),
		consoleCommand(g))
	root.AddCommand(followCommand(), exportCommand())
	root.AddCommand(signalsCommand(g), evaluatorCommand(), demoConsortiumCommand())
	root.AddCommand(privacyCommand(), intermediaryCommand(g))
	refuseUnknown(root)
	return root
}

// refuseUnknown makes a command that only groups others show its help when it is called alone, and refuse a name that
// is not one of theirs: cobra takes it for help, with success.
func refuseUnknown(cmd *cobra.Command) {
	if !cmd.HasSubCommands() || cmd.RunE != nil { // one that does something itself checks its own arguments
		return
	}
	cmd.Args = cobra.ArbitraryArgs
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		hint := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = "; did you mean " + strings.Join(near, " or ") + "?"
		}
		return usageError{fmt.Errorf("%s has no command %q%s", cmd.CommandPath(), args[0], hint)}
	}
	for _, sub := range cmd.Commands() {
		refuseUnknown(sub)
	}
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no argument, but got %q", cmd.CommandPath(), args[0])}
	}
	return nil
}

func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s wants %s", cmd.CommandPath(), what)}
		}
		return nil
	}
}
