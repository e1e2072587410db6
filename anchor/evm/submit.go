package evm

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/core/types"
)

// gasLimit is more than any anchor takes, the first of a log included.
const gasLimit = 120_000

// txsLimit bounds how often a transaction is sent for more: at a quarter more each time the fee has grown 600-fold by
// then.
const txsLimit = 32

// submit sends what is on its way once more and, if nothing is, the newest checkpoint. The caller holds mu.
func (l *Ledger) submit(ctx context.Context, v view) error {
	s := &l.box.state
	waiting := false
	next := v.nonce // what the chain takes next, then what it takes after our own
	for n := range s.Items {
		i := &s.Items[n]
		if i.Step != submitted {
			continue
		}
		switch {
		case i.Nonce < v.nonce:
			// The number is used up and the registry does not know the checkpoint: the transaction failed, or somebody
			// else sent one from this account. Another is made below; should the chain undo that block, both may be
			// mined, and the second changes nothing.
			l.cfg.Logger.Warn("a transaction was mined in vain or replaced by a stranger's: making another", "size",
				i.Size, "nonce", i.Nonce)
			if err := l.withdraw(i); err != nil {
				return err
			}
			return l.submit(ctx, v)
		case i.Size < v.now.Size:
			// A larger one came first: this could only fail now, for money.
			if err := l.withdraw(i); err != nil {
				return err
			}
			return l.submit(ctx, v)
		case i.Nonce > next:
			// A gap: nothing of ours fills the numbers before, so this could wait for ever.
			l.cfg.Logger.Warn("a transaction waits for a number that nobody uses: making another", "size", i.Size,
				"nonce", i.Nonce, "next", next)
			if err := l.withdraw(i); err != nil {
				return err
			}
			return l.submit(ctx, v)
		}
		if v.latest.Number >= i.SentAt+l.cfg.BumpAfter {
			if err := l.sign(ctx, v, i, i.Nonce); err != nil && !errors.Is(err, errFee) {
				return err
			}
		}
		if err := l.send(ctx, i); err != nil {
			return err
		}
		next, waiting = i.Nonce+1, true
	}
	if waiting || len(s.Items) == 0 {
		return nil
	}
	i := &s.Items[len(s.Items)-1]
	if i.Step != queued {
		return nil
	}
	if signer := l.cfg.Signer.Address(); v.now.Signer != (Address{}) && v.now.Signer != signer ||
		v.now.Signer == (Address{}) && l.cfg.Account != signer {
		return fmt.Errorf("the signer is %s: %w", signer, ErrRefused)
	}
	if i.Size <= v.now.Size {
		return nil // the newest block has another history; the final one will tell
	}
	if err := l.sign(ctx, v, i, v.nonce); err != nil {
		return err
	}
	return l.send(ctx, i)
}

// withdraw gives up an item's transactions. Only the newest checkpoint gets others: it says all that the rest do.
func (l *Ledger) withdraw(i *item) error {
	i.Step, i.Txs, i.Nonce, i.SentAt = queued, nil, 0, 0
	s := &l.box.state
	var kept []item
	for n, one := range s.Items {
		if one.Step != queued || n == len(s.Items)-1 {
			kept = append(kept, one)
		}
	}
	s.Items = kept
	return l.box.save()
}

// sign makes a transaction for an item and keeps it before anybody sees it: what a crash leaves is sent by the next
// run.
func (l *Ledger) sign(ctx context.Context, v view, i *item, nonce uint64) error {
	if len(i.Txs) >= txsLimit {
		return fmt.Errorf("%d fees were tried: %w", len(i.Txs), errFee)
	}
	tip, fee, err := l.fees(ctx, v, i)
	if err != nil {
		return err
	}
	raw, hash, err := signTx(ctx, l.cfg.Signer, &types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(l.cfg.ChainID), Nonce: nonce, GasTipCap: tip, GasFeeCap: fee, Gas: gasLimit,
		To:    &l.log.registry,
		Value: new(big.Int), Data: registry.PackAnchor(l.log.account, l.log.origin, i.Size, i.Root),
	})
	if err != nil {
		return err
	}
	before := *i
	i.Step, i.Nonce, i.SentAt = submitted, nonce, v.latest.Number
	i.Txs = append(append([]tx(nil), i.Txs...), tx{Hash: hash, Raw: raw, TipCap: tip.String(), FeeCap: fee.String()})
	if err := l.box.save(); err != nil {
		*i = before
		return err
	}
	return nil
}

// fees returns the tip and the most that is paid for each unit of gas. A transaction in place of another must offer
// more than that by some tenths, or nodes keep the old one.
func (l *Ledger) fees(ctx context.Context, v view, i *item) (tip, fee *big.Int, err error) {
	for _, a := range ask(ctx, v.latest.nodes, func(ctx context.Context, one *node) (*big.Int, error) {
		return one.tip(ctx)
	}) {
		if a.err == nil && (tip == nil || a.value.Cmp(tip) < 0) {
			tip = a.value // the lowest: what a node asks for is what its owner earns
		}
	}
	base, ok := new(big.Int).SetString(v.latest.BaseFee, 10)
	if tip == nil || !ok {
		return nil, nil, errors.New("no node tells what gas costs")
	}
	// A node that names no tip, or lies low, would have us wait: a fiftieth of the price is nearly always enough.
	if least := new(big.Int).Add(new(big.Int).Div(base, big.NewInt(50)), big.NewInt(1)); tip.Cmp(least) < 0 {
		tip = least
	}
	fee = new(big.Int).Add(tip, new(big.Int).Lsh(base, 1)) // good for six full blocks in a row
	if n := len(i.Txs); n > 0 {
		last := i.Txs[n-1]
		if tip, err = raised(tip, last.TipCap); err == nil {
			fee, err = raised(fee, last.FeeCap)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if limit := l.cfg.MaxFee; fee.Cmp(limit) > 0 {
		if len(i.Txs) > 0 || new(big.Int).Add(base, tip).Cmp(limit) > 0 {
			return nil, nil, fmt.Errorf("a unit costs %s wei, the limit is %s: %w", fee, limit, errFee)
		}
		fee = limit
	}
	return tip, fee, nil
}

// raised returns the larger of a price and another, a quarter and one wei more than which it shall be.
func raised(price *big.Int, than string) (*big.Int, error) {
	old, ok := new(big.Int).SetString(than, 10)
	if !ok {
		return nil, errors.New("a price in the outbox is not a number")
	}
	more := new(big.Int).Add(old, new(big.Int).Rsh(old, 2))
	more.Add(more, big.NewInt(1))
	if price.Cmp(more) > 0 {
		return price, nil
	}
	return more, nil
}

// send gives an item's newest transaction to every node. One that takes it is enough.
func (l *Ledger) send(ctx context.Context, i *item) error {
	raw := i.Txs[len(i.Txs)-1].Raw
	var errs []error
	for _, a := range ask(ctx, l.nodes.all, func(ctx context.Context, one *node) (struct{}, error) {
		return struct{}{}, one.send(ctx, raw)
	}) {
		if a.err == nil {
			return nil
		}
		errs = append(errs, fmt.Errorf("node %s: %w", a.from.name, a.err))
	}
	return fmt.Errorf("no node takes the transaction: %w", errors.Join(errs...))
}
