package evm

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

// view is what enough nodes agree on at one moment.
type view struct {
	latest, final point
	now, settled  head   // of the log, at the two
	nonce         uint64 // transactions of the signer up to latest
}

// advance looks at the chain and takes the next step, whichever it is: after a crash the same code goes on. The caller
// holds mu.
func (l *Ledger) advance(ctx context.Context) error {
	if l.fatal != nil {
		return l.fatal
	}
	if len(l.box.state.Items) == 0 && l.checked && l.box.state.Final == nil {
		return nil
	}
	v, err := l.look(ctx)
	if err != nil {
		return err
	}
	if err := l.compare(v); err != nil {
		l.fatal = err
		l.cfg.Logger.Error("the chain contradicts the log: nothing more is anchored", "error", err)
		return err
	}
	if err := l.reopen(v); err != nil {
		return err
	}
	if err := l.follow(ctx, v); err != nil {
		return err
	}
	return l.submit(ctx, v)
}

// look asks the nodes.
func (l *Ledger) look(ctx context.Context) (view, error) {
	var v view
	if err := l.nodes.checkChain(ctx); err != nil {
		return v, err
	}
	var err error
	if v.latest, err = l.nodes.newest(ctx, "latest"); err != nil {
		return v, err
	}
	if !l.checked {
		if err := l.checkIdentity(ctx, v.latest); err != nil {
			return v, err
		}
	}
	if l.cfg.Depth == 0 {
		v.final, err = l.nodes.newest(ctx, "finalized")
	} else {
		v.final, err = l.nodes.at(ctx, v.latest.Number-min(v.latest.Number, l.cfg.Depth))
	}
	if err != nil {
		return v, err
	}
	if v.now, err = l.nodes.headAt(ctx, l.log, v.latest); err != nil {
		return v, err
	}
	if v.settled, err = l.nodes.headAt(ctx, l.log, v.final); err != nil {
		return v, err
	}
	v.nonce, err = l.nodes.nonceAt(ctx, l.cfg.Signer.Address(), v.latest)
	return v, err
}

// checkIdentity makes sure, once a process, that this is the chain that the outbox was begun on.
func (l *Ledger) checkIdentity(ctx context.Context, latest point) error {
	if err := l.nodes.checkRegistry(ctx, l.log, latest); err != nil {
		return err
	}
	first, err := l.nodes.at(ctx, 0)
	if err != nil {
		return err
	}
	s := &l.box.state
	switch {
	case s.Genesis == (common.Hash{}):
		s.Genesis = first.Hash
		if err := l.box.save(); err != nil {
			s.Genesis = common.Hash{}
			return err
		}
	case s.Genesis != first.Hash:
		return fmt.Errorf("the outbox was begun on a chain whose first block is %s, here it is %s: %w", s.Genesis,
			first.Hash, ErrWrongChain)
	}
	l.checked = true
	return nil
}

// compare finds contradictions between the log and the chain that no waiting resolves. What only the newest block says
// may be undone yet, so the final one decides.
func (l *Ledger) compare(v view) error {
	h := v.settled
	if h.Size == 0 {
		return nil
	}
	newest := l.box.newest()
	if newest == nil || h.Size > newest.Size {
		known := uint64(0)
		if newest != nil {
			known = newest.Size
		}
		return fmt.Errorf("its head has size %d, the newest checkpoint given here %d: the log was put back, or another one anchors for it: %w",
			h.Size, known, ErrConflict)
	}
	held := l.box.find(h.Size)
	if held == nil {
		// one that is not known was never given, or has no file; then its root cannot be compared
		held, _ = l.box.lookup(h.Size)
	}
	if held != nil && held.Root != h.Root {
		return fmt.Errorf("at size %d: %w", h.Size, ErrConflict)
	}
	return nil
}

// reopen takes back what was final and is not any more: the chain was reorganised deeper than it is said to be.
func (l *Ledger) reopen(v view) error {
	s := &l.box.state
	if s.Final == nil || v.settled.Size >= s.Final.Size {
		return nil
	}
	if v.final.Number < s.Final.Block {
		return fmt.Errorf("the nodes' final block is %d, it was %d before: they are behind", v.final.Number,
			s.Final.Block)
	}
	l.cfg.Logger.Error("the chain has undone an anchor that was final: anchoring it again", "size", s.Final.Size,
		"block", s.Final.Block)
	back := *s.Final
	back.Step, back.Block, back.BlockHash, back.BlockTime = queued, 0, common.Hash{}, 0
	if len(back.Txs) > 0 {
		back.Step = submitted
	}
	before := *s
	if back.Step == submitted || len(s.Items) == 0 { // else a newer one says the same and more
		s.Items = append([]item{back}, s.Items...)
	}
	s.Final = nil
	if err := l.box.save(); err != nil {
		*s = before
		return err
	}
	return nil
}

// follow brings the items up to what the blocks say.
func (l *Ledger) follow(ctx context.Context, v view) error {
	s := &l.box.state
	for len(s.Items) > 0 && s.Items[0].Size <= v.settled.Size {
		i := s.Items[0]
		if i.Size < v.settled.Size {
			// A larger one is final, and this one before it, if it was mined at all.
			anchored, err := l.find(ctx, &i, v.final)
			if err != nil {
				return err
			}
			if !anchored {
				l.cfg.Logger.Info("a checkpoint was overtaken by a larger one", "size", i.Size, "by", v.settled.Size)
				s.Items = s.Items[1:]
				if err := l.box.save(); err != nil {
					return err
				}
				continue
			}
		} else if err := l.locate(ctx, &i, v.settled); err != nil {
			return err
		}
		i.Step = final
		if err := l.box.settle(i); err != nil {
			return err
		}
		l.cfg.Logger.Info("anchored", "size", i.Size, "block", i.Block, "hash", i.BlockHash)
	}
	changed := false
	for n := range s.Items {
		i := &s.Items[n]
		switch {
		case i.Size == v.now.Size && i.Root == v.now.Root:
			was := i.BlockHash
			if err := l.locate(ctx, i, v.now); err != nil {
				return err
			}
			changed = changed || i.Step != included || was != i.BlockHash
			i.Step = included
		case i.Step == included && i.Size > v.now.Size:
			// The block that held it is gone. Its transactions are sent again: the nonces behind it need them too.
			i.Step, i.Block, i.BlockHash, i.BlockTime = queued, 0, common.Hash{}, 0
			if len(i.Txs) > 0 {
				i.Step = submitted
			}
			changed = true
		}
	}
	if changed {
		return l.box.save()
	}
	return nil
}

// locate fills in the block that made an item the head.
func (l *Ledger) locate(ctx context.Context, i *item, h head) error {
	p, err := l.nodes.at(ctx, h.AtBlock)
	if err != nil {
		return err
	}
	i.Block, i.BlockHash, i.BlockTime = p.Number, p.Hash, p.Time
	for _, t := range i.Txs {
		if r := l.receiptIn(ctx, t.Hash, p); r != nil {
			i.GasUsed = r.GasUsed
		}
	}
	return nil
}

// find looks for the block in which an item's transaction succeeded, not later than a point.
func (l *Ledger) find(ctx context.Context, i *item, upTo point) (bool, error) {
	for _, t := range i.Txs {
		for _, a := range ask(ctx, upTo.nodes, func(ctx context.Context, one *node) (*receipt, error) {
			return one.receipt(ctx, t.Hash)
		}) {
			if a.err != nil || a.value == nil || !a.value.Success || a.value.Number > upTo.Number {
				continue
			}
			p, err := l.nodes.at(ctx, a.value.Number)
			if err != nil {
				return false, err
			}
			event, err := l.nodes.anchoredIn(ctx, l.log, p, i.Size)
			if err != nil {
				return false, err
			}
			if event == i.Root {
				i.Block, i.BlockHash, i.BlockTime, i.GasUsed = p.Number, p.Hash, p.Time, a.value.GasUsed
				return true, nil
			}
		}
	}
	return false, nil
}

// anchoredIn returns the root that a block's event made the head of that size; zero if there is no such event.
func (n *nodes) anchoredIn(ctx context.Context, l logOf, p point, size uint64) (common.Hash, error) {
	answers := ask(ctx, p.nodes, func(ctx context.Context, one *node) (common.Hash, error) {
		event, err := one.anchoredIn(ctx, l, p.Hash, size)
		if err != nil || event == nil {
			return common.Hash{}, err
		}
		return event.Root, nil
	})
	root, _, err := agreed(answers, n.need, fmt.Sprintf("the events of block %d", p.Number))
	return root, err
}

// receiptIn returns a transaction's receipt of that block, for what is only told to people: nothing is decided by it.
func (l *Ledger) receiptIn(ctx context.Context, hash common.Hash, p point) *receipt {
	for _, a := range ask(ctx, p.nodes, func(ctx context.Context, one *node) (*receipt, error) {
		return one.receipt(ctx, hash)
	}) {
		if a.err == nil && a.value != nil && a.value.Block == p.Hash {
			return a.value
		}
	}
	return nil
}

var errFee = errors.New("gas costs more than the limit: waiting")
