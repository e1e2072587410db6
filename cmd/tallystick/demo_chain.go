package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"tallystick/anchor/evm"
	"tallystick/anchor/proof"
	"tallystick/install"
)

// startChain runs a chain of the demonstration's own with a registry on it.
func (d *demo) startChain(ctx context.Context) error {
	child, line, err := startChild(ctx, d.dir, "chain", "chain", "node")
	if err != nil {
		return err
	}
	d.children = append(d.children, child)
	node := strings.TrimPrefix(line, "ready ")
	if err := os.WriteFile(d.path("chain.key"), []byte(anvilKey+"\n"), 0o600); err != nil {
		return fmt.Errorf("writing the demo's account: %w", err)
	}
	signer, err := evm.LoadKeyFile(d.path("chain.key"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var registry evm.Address
	for { // it says that it is ready before it listens
		if registry, err = evm.DeployRegistry(ctx, node, anvilChain, signer); err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
	d.say("EVM chain           %s, AnchorRegistry %s", node, registry)
	d.cfg.Anchor.Chain = install.DefaultChain()
	chain := &d.cfg.Anchor.Chain
	chain.Nodes, chain.ID, chain.Registry = []string{node}, anvilChain, registry.Hex()
	chain.Account, chain.KeyFile, chain.Directory, chain.Every = signer.Address().Hex(), d.path("chain.key"),
		d.path("chain-outbox"), time.Second
	return nil
}

// showChain waits until the newest checkpoint is final on the chain and asks the chain about a proof, as a stranger
// would.
func (d *demo) showChain(ctx context.Context, in *install.Instance, report *proof.Report) error {
	d.title("The same checkpoint on a chain, where the insurer cannot take it back")
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	started := time.Now()
	for in.Anchor.Chain.Ledger.State().Final < report.LogSize {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		if time.Since(started) > time.Minute {
			return fmt.Errorf("no anchor became final within a minute: %w", in.Anchor.Chain.Ledger.State().Err)
		}
	}
	c := d.cfg.Anchor.Chain
	flags := chainFlags{chain: evm.Chain{Nodes: c.Nodes, ID: anvilChain}, registry: c.Registry, account: c.Account}
	if err := flags.parse(); err != nil {
		return err
	}
	text, err := flags.check(ctx, report)
	if err != nil {
		return err
	}
	d.say("%s", strings.TrimRight(text, "\n"))
	forged := *report
	forged.LogRoot[0] ^= 1
	if _, err := flags.check(ctx, &forged); !errors.Is(err, evm.ErrConflict) {
		return errors.New("the chain was asked about another root and did not refuse it")
	}
	d.say("A log with another history would be NOT VERIFIED: %v", evm.ErrConflict)
	return nil
}
