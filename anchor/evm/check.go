package evm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"tallystick/anchor/evm/contracts"
	"tallystick/anchor/proof"
)

// Chain is where a verifier looks for anchors. All of it comes from the verifier, never from a bundle.
type Chain struct {
	Nodes    []string // URLs; what one says is believed if it is alone, else Agree of them must say the same
	Agree    int      // more than half; 0: all
	ID       uint64
	Registry Address
	Account  Address // of the log
	Depth    uint64  // blocks behind the newest; 0: what the chain calls finalized
}

// ErrNotAnchored means that no final block holds the checkpoint.
var ErrNotAnchored = errors.New("not anchored on the chain")

// Anchored is what a chain says of a checkpoint.
type Anchored struct {
	Chain     Chain
	Size      uint64
	Root      proof.Hash
	Block     uint64
	BlockHash common.Hash
	At        time.Time // by the block's clock
	Final     uint64    // the final block at which this was asked
}

// anchorsLimit bounds how many anchors are walked back through for one.
const anchorsLimit = 100_000

// Check looks for a checkpoint among the anchors of a log, from the head back. ErrNotAnchored says that it is not
// there, [ErrConflict] that the chain holds another root of its size.
func (c Chain) Check(ctx context.Context, origin string, size uint64, root proof.Hash) (*Anchored, error) {
	a, err := c.check(ctx, origin, size, root)
	if err != nil {
		return nil, fmt.Errorf("looking for size %d of %s on chain %d: %w", size, origin, c.ID, err)
	}
	return a, nil
}

func (c Chain) check(ctx context.Context, origin string, size uint64, root proof.Hash) (*Anchored, error) {
	n, err := dialNodes(c.Nodes, c.Agree, c.ID)
	if err != nil {
		return nil, err
	}
	defer n.close()
	if err := n.checkChain(ctx); err != nil {
		return nil, err
	}
	settled, err := c.settled(ctx, n)
	if err != nil {
		return nil, err
	}
	l := logOf{c.Registry, c.Account, OriginHash(origin)}
	if err := n.checkRegistry(ctx, l, settled); err != nil {
		return nil, err
	}
	h, err := n.headAt(ctx, l, settled)
	if err != nil {
		return nil, err
	}
	if h.Size < size {
		return nil, fmt.Errorf("the newest final anchor has size %d: %w", h.Size, ErrNotAnchored)
	}
	atBlock, upTo := h.AtBlock, settled.Number
	for range anchorsLimit {
		if atBlock == 0 || atBlock > upTo {
			return nil, fmt.Errorf("its anchors do not lead back to it: %w", ErrNotAnchored)
		}
		p, err := n.at(ctx, atBlock)
		if err != nil {
			return nil, err
		}
		events, err := n.anchorsOf(ctx, l, p)
		if err != nil {
			return nil, err
		}
		for _, e := range events { // the newest first
			switch {
			case e.Size == size && proof.Hash(e.Root) != root:
				return nil, fmt.Errorf("block %d: %w", atBlock, ErrConflict)
			case e.Size == size:
				return &Anchored{
					Chain: c, Size: size, Root: root, Block: p.Number, BlockHash: p.Hash,
					At: time.Unix(int64(p.Time), 0).UTC(), Final: settled.Number,
				}, nil
			case e.Size < size:
				return nil, fmt.Errorf("anchors go from size %d past it: %w", e.Size, ErrNotAnchored)
			}
		}
		if len(events) == 0 {
			return nil, fmt.Errorf("block %d holds no anchor of the log: %w", atBlock, ErrNotAnchored)
		}
		oldest := events[len(events)-1]
		atBlock, upTo = uint64(oldest.PreviousBlock), atBlock-1
	}
	return nil, fmt.Errorf("more than %d anchors lie between: %w", anchorsLimit, ErrNotAnchored)
}

func (c Chain) settled(ctx context.Context, n *nodes) (point, error) {
	if c.Depth == 0 {
		return n.newest(ctx, "finalized")
	}
	latest, err := n.newest(ctx, "latest")
	if err != nil {
		return point{}, err
	}
	return n.at(ctx, latest.Number-min(latest.Number, c.Depth))
}

// anchorsOf returns the anchors of a log in a block, the newest first.
func (n *nodes) anchorsOf(ctx context.Context, l logOf, p point) ([]*contracts.AnchorRegistryAnchored, error) {
	type told struct{ text string } // comparable
	var mostSaid map[string][]*contracts.AnchorRegistryAnchored = map[string][]*contracts.AnchorRegistryAnchored{}
	answers := ask(ctx, p.nodes, func(ctx context.Context, one *node) ([]*contracts.AnchorRegistryAnchored, error) {
		return one.anchorsOf(ctx, l, p.Hash)
	})
	said := make([]answer[told], len(answers))
	for i, a := range answers {
		var b bytes.Buffer
		for _, e := range a.value {
			fmt.Fprintln(&b, e.Size, e.Root, e.PreviousSize, e.PreviousRoot, e.PreviousBlock)
		}
		said[i] = answer[told]{a.from, told{b.String()}, a.err}
		if a.err == nil {
			mostSaid[b.String()] = a.value
		}
	}
	common, _, err := agreed(said, n.need, fmt.Sprintf("the events of block %d", p.Number))
	return mostSaid[common.text], err
}

func (n *node) anchorsOf(ctx context.Context, l logOf, hash common.Hash) ([]*contracts.AnchorRegistryAnchored, error) {
	var logs []wireLog
	filter := map[string]any{
		"blockHash": hash, "address": l.registry, "topics": []any{anchoredTopic, common.BytesToHash(l.account[:]),
			l.origin},
	}
	if err := n.call(ctx, &logs, "eth_getLogs", filter); err != nil {
		return nil, err
	}
	var events []*contracts.AnchorRegistryAnchored
	for _, w := range logs {
		e, err := registry.UnpackAnchoredEvent(w.log())
		if err != nil {
			return nil, fmt.Errorf("eth_getLogs: %w", err)
		}
		if w.Address != l.registry || e.Account != l.account || e.Origin != l.origin {
			return nil, errors.New("eth_getLogs: another log's event")
		}
		events = append(events, e)
	}
	slices.SortFunc(events, func(a, b *contracts.AnchorRegistryAnchored) int {
		switch {
		case a.Size > b.Size:
			return -1
		case a.Size < b.Size:
			return 1
		}
		return 0
	})
	return events, nil
}

// Text says in plain words what the chain adds to a proof.
func (a *Anchored) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ANCHORED ON A CHAIN\n")
	fmt.Fprintf(&b, "  size %d, root %s\n", a.Size, a.Root)
	fmt.Fprintf(&b, "  on chain %d, in registry %s\n", a.Chain.ID, a.Chain.Registry)
	fmt.Fprintf(&b, "  by the account %s\n", a.Chain.Account)
	fmt.Fprintf(&b, "  in block %d (%s) of %s\n", a.Block, a.BlockHash, a.At.Format(time.RFC3339))
	if a.Chain.Depth == 0 {
		fmt.Fprintf(&b, "  final: the chain calls block %d finalized\n", a.Final)
	} else {
		fmt.Fprintf(&b, "  final: %d blocks or more lie on it\n", a.Chain.Depth)
	}
	switch n := len(a.Chain.Nodes); n {
	case 1:
		b.WriteString("  as one node says: ask a node of your own, or several\n")
	default:
		agree := a.Chain.Agree
		if agree == 0 {
			agree = n
		}
		fmt.Fprintf(&b, "  as %d of %d nodes say, or more\n", agree, n)
	}
	return b.String()
}
