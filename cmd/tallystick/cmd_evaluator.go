package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tallystick/signals/evaluator"
)

func evaluatorCommand() *cobra.Command {
	var dir, listen string
	cmd := &cobra.Command{
		Use:   "evaluator",
		Short: "Hold one share of a consortium's key and meter who may use it",
		Long: `An evaluator turns blinded identifiers into blinded pseudonyms for the members of a consortium. It sees
neither, counts what each member has evaluated on a day, and stops at the member's budget. Run each
one at an operator of its own: shares protect only from operators that do not conspire.`,
		Example: "  tallystick evaluator import --dir /var/lib/evaluator north.share\n" +
			"  tallystick evaluator run --dir /var/lib/evaluator --listen 0.0.0.0:7480",
	}
	run := &cobra.Command{
		Use:   "run",
		Short: "Answer members until stopped",
		Long: `Run answers the members of the consortium over TLS until stopped. It needs the directory with its key, the
consortium's file, a share and its meter; what a member spends is on disk before the answer goes out. It
never sees an identifier or a pseudonym, and answers nobody whose budget of the day is spent.`,
		Example: "  tallystick evaluator run --dir /var/lib/evaluator --listen 0.0.0.0:7480",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usageError{errors.New("--dir is required")}
			}
			node, err := evaluator.Open(dir, time.Now, logger("info"))
			if err != nil {
				return err
			}
			listener, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", listen)
			if err != nil {
				return errors.Join(fmt.Errorf("--listen: %w", err), node.Close())
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ready %s\n", listener.Addr())
			return errors.Join(node.Serve(cmd.Context(), listener), node.Close())
		},
	}
	run.Flags().StringVar(&listen, "listen", "127.0.0.1:7480", "address to listen on")
	imported := &cobra.Command{
		Use:   "import SHARE",
		Short: "Take the share that a ceremony sealed for this evaluator",
		Long: `Import opens a sealed share, checks it against the consortium's file and keeps it. The first one makes
the meter: it opens at once on the day of the ceremony, and otherwise tomorrow.`,
		Example: "  tallystick evaluator import --dir /var/lib/evaluator north.share",
		Args:    exactArgs(1, "the file of a sealed share"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				return usageError{errors.New("--dir is required")}
			}
			sealed, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("reading the share: %w", err)
			}
			share, err := evaluator.Import(dir, sealed, time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "holds share %d of epoch %d\n", share.Index(), share.Epoch)
			return nil
		},
	}
	renew := &cobra.Command{
		Use:   "renew-meter",
		Short: "Put a new meter in the place of one that was lost; it opens tomorrow",
		Long: `Renew-meter makes a meter that opens at midnight UTC, since nobody knows what members spent today, and puts
what is left of the old one beside it. It is for an evaluator that says that its meter is lost or was set
back. It never removes the old meter, and members see that the new one is another.`,
		Example: "  tallystick evaluator renew-meter --dir /var/lib/evaluator",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usageError{errors.New("--dir is required")}
			}
			if err := evaluator.RenewMeter(dir, time.Now()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "a new meter opens at midnight UTC; members see that it is another one")
			return nil
		},
	}
	cmd.PersistentFlags().StringVar(&dir, "dir", "",
		"the evaluator's directory: key, consortium's file, shares and meter")
	cmd.AddCommand(run, imported, renew)
	return cmd
}
