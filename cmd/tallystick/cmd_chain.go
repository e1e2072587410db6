package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tallystick/analytics/engine"
	"tallystick/anchor/evm"
	"tallystick/anchor/proof"
)

func chainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "chain",
		Short: "Anchor the log on an Ethereum-like chain: key, registry",
		Long: `A chain's contract AnchorRegistry keeps one head for each log and takes no other history for it, so
that who reads the chain need not trust the insurer or its witnesses. "chain key" makes the account
that pays, "chain deploy" a registry, unless there is one to share; the settings anchor.chain.* do
the rest, and "verify --chain" asks the chain about a proof.`,
		Example: "  tallystick chain key chain.key\n  tallystick chain deploy --node http://127.0.0.1:8545 --chain-id 31337 --key-file chain.key",
	}
	cmd.AddCommand(chainKeyCommand(), chainDeployCommand(), chainNodeCommand())
	return cmd
}

func chainKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "key FILE",
		Short: "Make the key of an account and print its address",
		Long: `Key makes the secp256k1 key of a new account, writes it to a new file that only its owner can read,
and prints the account's address. Nothing else may send from that account; it needs coins for gas.`,
		Example: "  tallystick chain key /etc/tallystick/chain.key",
		Args:    exactArgs(1, "a file that is not there yet"),
		RunE: func(cmd *cobra.Command, args []string) error {
			signer, err := evm.GenerateKeyFile(args[0])
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), signer.Address())
			return nil
		},
	}
}

func chainDeployCommand() *cobra.Command {
	var node, keyFile string
	var id uint64
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Put an AnchorRegistry on a chain and print its address",
		Long: `Deploy makes an AnchorRegistry, paid by the account of the key. It belongs to nobody and serves the
logs of any number of insurers, so where one is trusted already, name that instead.`,
		Example: "  tallystick chain deploy --node https://node.example.org:8545 --chain-id 1 --key-file chain.key",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if node == "" || keyFile == "" || id == 0 {
				return usageError{errors.New("--node, --chain-id and --key-file are required")}
			}
			signer, err := evm.LoadKeyFile(keyFile)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), 10*time.Minute)
			defer cancel()
			address, err := evm.DeployRegistry(ctx, node, id, signer)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), address)
			return nil
		},
	}
	cmd.Flags().StringVar(&node, "node", "", "URL of a node")
	cmd.Flags().Uint64Var(&id, "chain-id", 0, "the chain's id")
	cmd.Flags().StringVar(&keyFile, "key-file", "", "key of the account that pays")
	return cmd
}

// The chain of the demonstration: an anvil with a block each second, two of which make the one before them final.
const (
	anvilVersion = "1.7.1"
	anvilChain   = 31337
	// anvilKey is of the first account of every anvil, as anvil publishes it.
	anvilKey = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
)

func chainNodeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "node",
		Short: "Run a chain that is gone with the process, for the demonstration",
		Long: `Node runs an anvil on a free port of loopback, with a block each second and keys that everybody knows,
and prints its URL.`,
		Example: "  tallystick chain node",
		Hidden:  true,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			binary, err := findAnvil()
			if err != nil {
				return err
			}
			l, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
			if err := l.Close(); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ready http://127.0.0.1:%s\n", port)
			// In place of this process, so that what ends this one ends that.
			return syscall.Exec(binary, []string{
				"anvil", "--silent", "--host", "127.0.0.1", "--port", port, "--chain-id", strconv.Itoa(anvilChain),
				"--block-time", "1", "--slots-in-an-epoch", "1",
			}, os.Environ())
		},
	}
}

func findAnvil() (string, error) {
	cache, err := engine.CacheDir()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(cache, "bin", "anvil-"+anvilVersion)
	if _, err := os.Stat(binary); err != nil {
		return "", fmt.Errorf("anvil %s is not here: run `make anvil` to fetch it: %w", anvilVersion, err)
	}
	return binary, nil
}

// chainFlags are the flags by which a verifier names a chain.
type chainFlags struct {
	chain             evm.Chain
	registry, account string
}

func (f *chainFlags) addTo(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.chain.Nodes, "chain", nil,
		"URL of a chain's node: ask whether the checkpoint is anchored there; may be repeated, then all must agree")
	flags.Uint64Var(&f.chain.ID, "chain-id", 1, "the chain's id")
	flags.StringVar(&f.registry, "registry", "", "address of the contract AnchorRegistry; needed with --chain")
	flags.StringVar(&f.account, "account", "", "the insurer's account in it; needed with --chain")
	flags.Uint64Var(&f.chain.Depth, "depth", 0,
		"blocks that must lie on the anchor; default: what the chain calls finalized")
}

// parse checks the flags before anything is asked.
func (f *chainFlags) parse() error {
	if len(f.chain.Nodes) == 0 {
		return nil
	}
	var err error
	if f.chain.Registry, err = evm.ParseAddress(f.registry); err != nil {
		return usageError{fmt.Errorf("--registry: %w; get it from the insurer by another way than the bundle", err)}
	}
	if f.chain.Account, err = evm.ParseAddress(f.account); err != nil {
		return usageError{fmt.Errorf("--account: %w; get it from the insurer by another way than the bundle", err)}
	}
	return nil
}

// check asks the chain about the checkpoint of a proof and says what it adds; nothing if no chain is named.
func (f *chainFlags) check(ctx context.Context, report *proof.Report) (string, error) {
	if len(f.chain.Nodes) == 0 {
		return "", nil
	}
	anchored, err := f.chain.Check(ctx, report.Origin, report.LogSize, report.LogRoot)
	switch {
	case errors.Is(err, evm.ErrNotAnchored) || errors.Is(err, evm.ErrConflict):
		return "", fmt.Errorf("%w: %w", errNotVerified, err)
	case err != nil:
		return "", fmt.Errorf("the proof holds, but the chain could not be asked: %w", err)
	}
	return anchored.Text(), nil
}
