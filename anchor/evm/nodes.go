package evm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"tallystick/anchor/evm/contracts"
)

// ErrNodesDisagree means that nodes contradict each other about what is settled: one of them lies, is on a fork, or is
// broken. Nothing is taken for final until it is known which.
var ErrNodesDisagree = errors.New("the chain's nodes contradict each other")

// ErrWrongChain means that a node serves another chain than the configured one, or that there is no AnchorRegistry at
// the configured address.
var ErrWrongChain = errors.New("this is another chain")

var (
	registry      = contracts.NewAnchorRegistry()
	anchoredTopic = registry.GetABI().Events["Anchored"].ID
)

// logOf is a log in a registry.
type logOf struct {
	registry common.Address
	account  common.Address
	origin   common.Hash // SHA-256 of the origin
}

// wireLog is an event as nodes send it.
type wireLog struct {
	Address common.Address `json:"address"`
	Topics  []common.Hash  `json:"topics"`
	Data    hexutil.Bytes  `json:"data"`
}

func (l wireLog) log() *types.Log {
	return &types.Log{Address: l.Address, Topics: l.Topics, Data: l.Data}
}

// nodes are the endpoints of one chain, of which need must agree before anything is believed.
type nodes struct {
	all     []*node
	need    int
	chainID uint64
}

func dialNodes(urls []string, agree int, chainID uint64) (*nodes, error) {
	if len(urls) == 0 {
		return nil, errors.New("no node is named")
	}
	if agree == 0 {
		agree = len(urls)
	}
	if agree > len(urls) || 2*agree <= len(urls) {
		return nil, fmt.Errorf("%d of %d nodes shall agree: want more than half of them", agree, len(urls))
	}
	n := &nodes{need: agree, chainID: chainID}
	for _, u := range urls {
		one, err := dialNode(u)
		if err != nil {
			n.close()
			return nil, err
		}
		n.all = append(n.all, one)
	}
	return n, nil
}

func (n *nodes) close() {
	for _, one := range n.all {
		one.Close()
	}
}

// answer is what one node said.
type answer[T any] struct {
	from  *node
	value T
	err   error
}

// ask puts a question to nodes at the same time.
func ask[T any](ctx context.Context, from []*node, question func(context.Context, *node) (T, error)) []answer[T] {
	answers := make([]answer[T], len(from))
	var wg sync.WaitGroup
	for i, one := range from {
		wg.Go(func() {
			value, err := question(ctx, one)
			answers[i] = answer[T]{one, value, err}
		})
	}
	wg.Wait()
	return answers
}

// agreed returns the value that need nodes gave, and those nodes. what says what was asked, for errors.
func agreed[T comparable](answers []answer[T], need int, what string) (T, []*node, error) {
	var zero T
	var errs []error
	by := map[T][]*node{}
	for _, a := range answers {
		if a.err != nil {
			errs = append(errs, fmt.Errorf("node %s: %w", a.from.name, a.err))
			continue
		}
		by[a.value] = append(by[a.value], a.from)
		if len(by[a.value]) >= need {
			value := a.value
			for _, rest := range answers {
				if rest.err == nil && rest.value == value && !slices.Contains(by[value], rest.from) {
					by[value] = append(by[value], rest.from)
				}
			}
			return value, by[value], nil
		}
	}
	if len(by) > 1 {
		return zero, nil, errors.Join(append(errs, fmt.Errorf("%s: %w", what, ErrNodesDisagree))...)
	}
	return zero, nil, fmt.Errorf("%s: fewer than %d nodes answered: %w", what, need, errors.Join(errs...))
}

// checkChain asks each node for its chain. One that serves another is an error even if enough others do not: it would
// be sent transactions.
func (n *nodes) checkChain(ctx context.Context) error {
	answered := 0
	var errs []error
	for _, a := range ask(ctx, n.all, func(ctx context.Context, one *node) (uint64, error) {
		return one.chainID(ctx)
	}) {
		if a.err != nil {
			errs = append(errs, fmt.Errorf("node %s: %w", a.from.name, a.err))
			continue
		}
		if a.value != n.chainID {
			return fmt.Errorf("node %s serves chain %d, configured is %d: %w", a.from.name, a.value, n.chainID,
				ErrWrongChain)
		}
		answered++
	}
	if answered < n.need {
		return fmt.Errorf("asking for the chain: fewer than %d nodes answered: %w", n.need, errors.Join(errs...))
	}
	return nil
}

// point is a block that enough nodes have, and who they are: what is asked about it is asked of them.
type point struct {
	block
	nodes []*node
}

// newest returns the newest block of that name that enough nodes have.
func (n *nodes) newest(ctx context.Context, name string) (point, error) {
	var have []answer[block]
	var errs []error
	for _, a := range ask(ctx, n.all, func(ctx context.Context, one *node) (block, error) {
		return one.block(ctx, name)
	}) {
		if a.err != nil {
			errs = append(errs, fmt.Errorf("node %s: %w", a.from.name, a.err))
			continue
		}
		have = append(have, a)
	}
	if len(have) < n.need {
		return point{}, fmt.Errorf("asking for the %s block: fewer than %d nodes answered: %w", name, n.need,
			errors.Join(errs...))
	}
	slices.SortFunc(have, func(a, b answer[block]) int {
		switch {
		case a.value.Number > b.value.Number:
			return -1
		case a.value.Number < b.value.Number:
			return 1
		}
		return 0
	})
	// Nodes are never at one height. The need-th highest is the newest block that need of them can have; if the one
	// ahead lies about its height, the honest ones below it still agree.
	return n.at(ctx, have[n.need-1].value.Number)
}

// at returns the block of that number, as enough nodes have it.
func (n *nodes) at(ctx context.Context, number uint64) (point, error) {
	which := hexutil.EncodeUint64(number)
	answers := ask(ctx, n.all, func(ctx context.Context, one *node) (block, error) { return one.block(ctx, which) })
	b, from, err := agreed(answers, n.need, fmt.Sprintf("block %d", number))
	return point{b, from}, err
}

// headAt returns the log's head at a point.
func (n *nodes) headAt(ctx context.Context, l logOf, p point) (head, error) {
	answers := ask(ctx, p.nodes, func(ctx context.Context, one *node) (head, error) {
		return one.headAt(ctx, l, p.Hash)
	})
	h, _, err := agreed(answers, n.need, fmt.Sprintf("the log's head at block %d", p.Number))
	return h, err
}

// nonceAt returns how many transactions of an account are in the chain up to a point.
func (n *nodes) nonceAt(ctx context.Context, who common.Address, p point) (uint64, error) {
	answers := ask(ctx, p.nodes, func(ctx context.Context, one *node) (uint64, error) {
		return one.nonceAt(ctx, who, p.Hash)
	})
	nonce, _, err := agreed(answers, n.need, fmt.Sprintf("the account's nonce at block %d", p.Number))
	return nonce, err
}

// checkRegistry makes sure that the contract is the one whose rules this package relies on.
func (n *nodes) checkRegistry(ctx context.Context, l logOf, p point) error {
	answers := ask(ctx, p.nodes, func(ctx context.Context, one *node) (string, error) {
		return one.codeAt(ctx, l.registry, p.Hash)
	})
	code, _, err := agreed(answers, n.need, "the registry's code")
	if err != nil {
		return err
	}
	if code != string(contracts.RegistryCode()) {
		return fmt.Errorf("%s holds no AnchorRegistry of this version: %w", l.registry, ErrWrongChain)
	}
	return nil
}
