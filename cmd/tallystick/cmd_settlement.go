package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tallystick/anchor/evm"
	"tallystick/anchor/tilelog"
	"tallystick/claim"
	"tallystick/install"
	"tallystick/settlement"
)

func settlementCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "settlement",
		Short: "Pay settled claims from an escrow, on proof",
		Long: `A payment that was decided is an entry of the journal "settlement", written after the time in which
the decision can be disputed. The journal has a log of its own, which is anchored on a chain. There
the contract ClaimSettlement holds money and pays an entry that is proved to stand in the log: once,
and to the payee that the entry names. Whoever brings the proof can change neither.`,
		Example: `  tallystick settlement setup
  tallystick settlement add C-2026-000042 --payee 0x... --amount 1250.00 --currency USD
  tallystick settlement anchor
  tallystick settlement pay C-2026-000042`,
	}
	cmd.AddCommand(settlementSetup(g), settlementDeploy(g), settlementAdd(g), settlementAnchor(g), settlementPay(g),
		settlementShow(g), statementCommand())
	return cmd
}

// withSettlement runs a command of an install that settles.
func withSettlement(g *globals,
	do func(cmd *cobra.Command, c *install.Config, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, _, err := g.load()
		if err != nil {
			return err
		}
		if c.Settlement.Directory == "" {
			return errors.New("settlement.directory is not set: this install settles nothing on proof")
		}
		return do(cmd, &c, args)
	}
}

func settlementSetup(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "setup",
		Short:   "Make the topics and keys of settlements",
		Long:    "Setup makes the topics and keys that are missing and prints the log's public key; what exists stays as it is.",
		Example: "  tallystick settlement setup",
		Args:    noArgs,
		RunE: withSettlement(g, func(cmd *cobra.Command, c *install.Config, _ []string) error {
			return setupSettlement(cmd.Context(), c, cmd.OutOrStdout())
		}),
	}
}

func settlementDeploy(g *globals) *cobra.Command {
	var token, admin, predecessor, currency string
	var scale, perPayment, perDay int64
	var notice, adminDelay time.Duration
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Put a ClaimSettlement on the chain and print its address",
		Long: `Deploy makes the contract that holds the escrow. Token, currency, log and admin are fixed by that;
money comes in by sending tokens to the printed address. To change what is fixed deploy another one
with --predecessor and move the escrow there: what was paid stays paid.`,
		Example: `  tallystick settlement deploy --token 0x... --scale 10000 --currency USD --admin 0x... \
    --per-payment 5000000 --per-day 50000000`,
		Args: noArgs,
		RunE: withSettlement(g, func(cmd *cobra.Command, c *install.Config, _ []string) error {
			signer, err := evm.LoadKeyFile(c.Anchor.Chain.KeyFile)
			if err != nil {
				return fmt.Errorf("anchor.chain.key_file: %w", err)
			}
			setup := evm.EscrowSetup{
				Scale: big.NewInt(scale), Currency: currency, Account: signer.Address(), Origin: c.Settlement.Origin,
				Notice:     uint64(notice.Seconds()),
				PerPayment: big.NewInt(perPayment), PerDay: big.NewInt(perDay),
				AdminDelay: uint64(adminDelay.Seconds()),
			}
			addresses := []struct {
				name, text string
				to         *evm.Address
				optional   bool
			}{
				{"--token", token, &setup.Token, false}, {"--admin", admin, &setup.Admin, false},
				{"--predecessor", predecessor, &setup.Predecessor, true},
				{"anchor.chain.registry", c.Anchor.Chain.Registry, &setup.Registry, false},
				{"anchor.chain.account", c.Anchor.Chain.Account, &setup.Account, true},
			}
			for _, a := range addresses {
				if a.text == "" && a.optional {
					continue
				}
				if *a.to, err = evm.ParseAddress(a.text); err != nil {
					return usageError{fmt.Errorf("%s: %w", a.name, err)}
				}
			}
			if _, ok := claim.MinorUnits(currency); !ok || scale < 1 || perPayment < 1 || perDay < perPayment {
				return usageError{errors.New("want --currency of ISO 4217, --scale of 1 or more, and --per-day not below --per-payment")}
			}
			escrow, err := evm.DeployEscrow(cmd.Context(), c.Anchor.Chain.Nodes[0], uint64(c.Anchor.Chain.ID), signer,
				setup)
			if err != nil {
				return err
			}
			defer escrow.Close()
			fmt.Fprintln(cmd.OutOrStdout(), escrow.Address())
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVar(&token, "token", "", "address of the ERC-20 that is paid in")
	f.Int64Var(&scale, "scale", 0,
		"units of the token in a minor unit of the currency: 10000 for cents and six decimals")
	f.StringVar(&currency, "currency", "", "what the token stands for, ISO 4217")
	f.StringVar(&admin, "admin", "", "address of who may pause, limit and move: not the account that anchors")
	f.StringVar(&predecessor, "predecessor", "", "address of the contract whose escrow moves here")
	f.Int64Var(&perPayment, "per-payment", 0, "most that one payment may be, in minor units")
	f.Int64Var(&perDay, "per-day", 0, "most that the payments of a day may be together, in minor units")
	f.DurationVar(&notice, "notice", 7*24*time.Hour, "time between announcing that the escrow moves and moving it")
	f.DurationVar(&adminDelay, "admin-delay", 2*24*time.Hour, "time before a new admin may take over")
	return cmd
}

// paymentFlags name one payment of a claim.
type paymentFlags struct {
	insurer string
	number  uint64
}

func (p *paymentFlags) addTo(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.insurer, "insurer", "", "whose claim; needed where the install has several insurers")
	cmd.Flags().Uint64Var(&p.number, "payment", 1, "number of the claim's payment, from 1")
}

func (p *paymentFlags) of(c *install.Config, id string) (claim.ClaimRef, error) {
	if p.number == 0 {
		return claim.ClaimRef{}, usageError{errors.New("--payment: want 1 or more")}
	}
	if p.insurer == "" {
		if len(c.Insurers) != 1 {
			return claim.ClaimRef{},
				usageError{fmt.Errorf("--insurer: this install has several, name one of %s",
					strings.Join(c.Insurers, ", "))}
		}
		p.insurer = c.Insurers[0]
	}
	return claim.ClaimRef{Insurer: p.insurer, Claim: id}, nil
}

// withDesk opens the journal of settlements for one command.
func withDesk(ctx context.Context, c *install.Config, decisions settlement.Decisions,
	do func(ctx context.Context, d *settlement.Desk) error) error {
	desk, err := settlement.Open(ctx, settlement.Config{Journal: c.Settlements(), Decisions: decisions})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- desk.Run(running) }()
	err = do(ctx, desk)
	stop()
	return errors.Join(err, <-ended)
}

func settlementAdd(g *globals) *cobra.Command {
	var which paymentFlags
	var payee, amount, currency string
	cmd := &cobra.Command{
		Use:   "add CLAIM",
		Short: "Write a payment into the journal",
		Long: `Add writes a payment of a claim whose decision in force says "settle", when that can no longer be
disputed (settlement.dispute after it was made) and not beyond what was claimed. The same call again
changes nothing; the same payment with other values is refused.`,
		Example: "  tallystick settlement add C-2026-000042 --payee 0x... --amount 1250.00 --currency USD",
		Args:    exactArgs(1, "one claim id"),
		RunE: withSettlement(g, func(cmd *cobra.Command, c *install.Config, args []string) error {
			ref, err := which.of(c, args[0])
			if err != nil {
				return err
			}
			to, err := evm.ParseAddress(payee)
			if err != nil {
				return usageError{fmt.Errorf("--payee: %w", err)}
			}
			minor, err := minorUnits(amount, currency)
			if err != nil {
				return usageError{fmt.Errorf("--amount and --currency: %w", err)}
			}
			escrow, err := evm.ParseAddress(c.Settlement.Escrow)
			if err != nil {
				return fmt.Errorf("settlement.escrow: %w", err)
			}
			key, err := settlementKey(c)
			if err != nil {
				return err
			}
			decision, err := decisionOf(cmd.Context(), c, ref)
			if err != nil {
				return err
			}
			p := settlement.Payment{
				Target: settlement.Target{ChainID: uint64(c.Anchor.Chain.ID), Contract: escrow},
				Entry: settlement.Entry{
					Version: settlement.Version, Payee: to, Amount: minor, Currency: currency,
					Claim:      key.Claim(ref.Insurer, ref.Claim),
					Record:     decision.record,
					DisputeEnd: decision.at.Add(c.Settlement.Dispute + time.Second - 1).Truncate(time.Second),
					Nullifier:  key.Nullifier(ref.Insurer, ref.Claim, which.number),
				},
			}
			err = withDesk(cmd.Context(), c, decision, func(ctx context.Context, d *settlement.Desk) error {
				return d.Settle(ctx, p)
			})
			if err != nil {
				return fmt.Errorf("payment %d of the claim: %w", which.number, err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "in the journal: payment %d, %d minor units of %s, nullifier %x\n",
				which.number, minor, currency, p.Entry.Nullifier)
			return nil
		}),
	}
	which.addTo(cmd)
	cmd.Flags().StringVar(&payee, "payee", "", "account that is paid")
	cmd.Flags().StringVar(&amount, "amount", "", "such as 1250.00")
	cmd.Flags().StringVar(&currency, "currency", "", "ISO 4217")
	return cmd
}

func settlementAnchor(g *globals) *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "anchor",
		Short: "Put what was settled into the log and the log's head on the chain",
		Long: `Anchor closes a batch of all new payments, puts it into the log of settlements and waits until the
chain has made the log's head final. It may be interrupted anywhere and called again; one call at a
time can run.`,
		Example: "  tallystick settlement anchor",
		Args:    noArgs,
		RunE: withSettlement(g, func(cmd *cobra.Command, c *install.Config, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), wait)
			defer cancel()
			batches, err := anchorSettlements(ctx, c, logger(c.LogLevel))
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d batches are final on the chain\n", batches)
			return nil
		}),
	}
	cmd.Flags().DurationVar(&wait, "wait", time.Hour, "how long to wait for the chain")
	return cmd
}

func settlementPay(g *globals) *cobra.Command {
	var which paymentFlags
	cmd := &cobra.Command{
		Use:   "pay CLAIM",
		Short: "Bring the proof of a payment to the escrow",
		Long: `Pay proves that the payment stands in the anchored log and has the contract pay it. Of one that was
paid before nothing is sent, so the same call again is safe.`,
		Example: "  tallystick settlement pay C-2026-000042",
		Args:    exactArgs(1, "one claim id"),
		RunE: withSettlement(g, func(cmd *cobra.Command, c *install.Config, args []string) error {
			settled, err := findPayment(cmd.Context(), c, &which, args[0])
			if err != nil {
				return err
			}
			proved, err := proveSettlement(cmd.Context(), c, settled.Offset)
			if err != nil {
				return err
			}
			signer, err := evm.LoadKeyFile(c.Anchor.Chain.KeyFile)
			if err != nil {
				return fmt.Errorf("anchor.chain.key_file: %w", err)
			}
			at := settled.Targets[len(settled.Targets)-1]
			escrow, err := evm.OpenEscrow(cmd.Context(), c.Anchor.Chain.Nodes[0], at.ChainID, signer, at.Contract)
			if err != nil {
				return err
			}
			defer escrow.Close()
			gas, err := escrow.Pay(cmd.Context(), contractEntry(settled.Entry), proved)
			if err != nil {
				return err
			}
			if gas == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "it was paid before")
				return nil
			}
			fmt.Fprintf(cmd.OutOrStdout(), "paid: %d minor units of %s to %s, %d gas\n", settled.Entry.Amount,
				settled.Entry.Currency, evm.Address(settled.Entry.Payee), gas)
			return nil
		}),
	}
	which.addTo(cmd)
	return cmd
}

func settlementShow(g *globals) *cobra.Command {
	var which paymentFlags
	cmd := &cobra.Command{
		Use:     "show CLAIM",
		Short:   "Show a payment as the journal has it",
		Long:    "Show prints the fields of a payment's entry, its commitment, and the public key of the log of settlements.",
		Example: "  tallystick settlement show C-2026-000042 --payment 2",
		Args:    exactArgs(1, "one claim id"),
		RunE: withSettlement(g, func(cmd *cobra.Command, c *install.Config, args []string) error {
			s, err := findPayment(cmd.Context(), c, &which, args[0])
			if err != nil {
				return err
			}
			key, err := tilelog.LoadKey(c.Settlement.Path("log.key"))
			if err != nil {
				return err
			}
			at, e := s.Targets[len(s.Targets)-1], s.Entry
			commitment := settlement.Payment{Target: at, Entry: e}.Commitment()
			fmt.Fprintf(cmd.OutOrStdout(),
				"payee        %s\namount       %d minor units of %s\nclaim        %x\nrecord       %x\ndispute end  %s\n"+
					"nullifier    %x\ncontract     %s on chain %d\ncommitment   %x\nlog          %s\n",
				evm.Address(e.Payee), e.Amount, e.Currency, e.Claim, e.Record, e.DisputeEnd.Format(time.RFC3339),
				e.Nullifier,
				evm.Address(at.Contract), at.ChainID, commitment, key.VKey())
			return nil
		}),
	}
	which.addTo(cmd)
	return cmd
}

func findPayment(ctx context.Context, c *install.Config, which *paymentFlags, id string) (settlement.Settled, error) {
	var found settlement.Settled
	ref, err := which.of(c, id)
	if err != nil {
		return found, err
	}
	key, err := settlementKey(c)
	if err != nil {
		return found, err
	}
	state, err := settlement.Fold(ctx, c.Settlements())
	if err != nil {
		return found, err
	}
	nullifier := key.Nullifier(ref.Insurer, ref.Claim, which.number)
	found, ok := state.Payment(nullifier)
	if !ok {
		return found, fmt.Errorf("payment %d of the claim is not in the journal (nullifier %s)", which.number,
			hex.EncodeToString(nullifier[:]))
	}
	return found, nil
}

// contractEntry is an entry as the contract takes it.
func contractEntry(e settlement.Entry) evm.Settlement {
	return evm.Settlement{
		Version: e.Version, Payee: e.Payee, Amount: new(big.Int).SetUint64(e.Amount),
		Currency: [3]byte([]byte(e.Currency)), Claim: e.Claim,
		Record: e.Record, DisputeEnd: uint64(e.DisputeEnd.Unix()), Nullifier: e.Nullifier,
	}
}
