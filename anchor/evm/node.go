package evm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"tallystick/anchor/evm/contracts"
)

// Limits on what a node may send and how long it may take.
const (
	answerLimit = 4 << 20
	callTime    = 10 * time.Second
)

// node is one endpoint of the chain. Whatever it answers is a claim of its own.
type node struct {
	name string // host and port: a URL may hold an access key
	rpc  *rpc.Client
}

// block is what a node says of a block. It is compared whole between nodes.
type block struct {
	Number  uint64
	Hash    common.Hash
	Time    uint64 // seconds since 1970
	BaseFee string // in wei, decimal, so that it compares
}

// receipt is what a node says of a transaction that is in a block.
type receipt struct {
	Block   common.Hash
	Number  uint64
	Success bool
	GasUsed uint64
}

// head is what the registry holds of a log.
type head struct {
	Size    uint64
	Root    common.Hash
	AtBlock uint64 // of the event that made it the head
	Signer  common.Address
}

// boundedTransport ends an answer that is larger than any honest one.
type boundedTransport struct{ base http.RoundTripper }

func (t boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, answerLimit)
	}
	return resp, err
}

func dialNode(address string) (*node, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the address of a node is not a URL such as https://node.example.org:8545")
	}
	client := &http.Client{
		Transport: boundedTransport{&http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: time.Minute}},
		// A node that sends its callers elsewhere is not the node that was configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c, err := rpc.DialOptions(context.Background(), address, rpc.WithHTTPClient(client))
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", u.Host, withoutURL(err))
	}
	return &node{name: u.Host, rpc: c}, nil
}

// withoutURL drops the address, which may hold an access key, from an error of net/http.
func withoutURL(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

func (n *node) call(ctx context.Context, result any, method string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := n.rpc.CallContext(ctx, result, method, args...); err != nil {
		return fmt.Errorf("%s: %w", method, withoutURL(err))
	}
	return nil
}

func (n *node) chainID(ctx context.Context) (uint64, error) {
	var id hexutil.Big
	if err := n.call(ctx, &id, "eth_chainId"); err != nil {
		return 0, err
	}
	if !id.ToInt().IsUint64() {
		return 0, errors.New("eth_chainId: not a chain id")
	}
	return id.ToInt().Uint64(), nil
}

// block returns a block by number or by one of the names latest and finalized.
func (n *node) block(ctx context.Context, which string) (block, error) {
	var answer *struct {
		Number    *hexutil.Uint64 `json:"number"`
		Hash      *common.Hash    `json:"hash"`
		Timestamp hexutil.Uint64  `json:"timestamp"`
		BaseFee   *hexutil.Big    `json:"baseFeePerGas"`
	}
	if err := n.call(ctx, &answer, "eth_getBlockByNumber", which, false); err != nil {
		return block{}, err
	}
	if answer == nil || answer.Number == nil || answer.Hash == nil {
		return block{}, fmt.Errorf("eth_getBlockByNumber: it has no block %s", which)
	}
	b := block{Number: uint64(*answer.Number), Hash: *answer.Hash, Time: uint64(answer.Timestamp), BaseFee: "0"}
	if answer.BaseFee != nil {
		b.BaseFee = answer.BaseFee.ToInt().String()
	}
	if strings.HasPrefix(which, "0x") && hexutil.EncodeUint64(b.Number) != which {
		return block{}, fmt.Errorf("eth_getBlockByNumber: asked for block %s, it sent %d", which, b.Number)
	}
	return b, nil
}

func at(hash common.Hash) any { return map[string]any{"blockHash": hash} }

func (n *node) nonceAt(ctx context.Context, who common.Address, hash common.Hash) (uint64, error) {
	var nonce hexutil.Uint64
	err := n.call(ctx, &nonce, "eth_getTransactionCount", who, at(hash))
	return uint64(nonce), err
}

func (n *node) codeAt(ctx context.Context, contract common.Address, hash common.Hash) (string, error) {
	var code hexutil.Bytes
	err := n.call(ctx, &code, "eth_getCode", contract, at(hash))
	return string(code), err
}

func (n *node) headAt(ctx context.Context, l logOf, hash common.Hash) (head, error) {
	var answer hexutil.Bytes
	call := map[string]any{"to": l.registry, "data": hexutil.Bytes(registry.PackHeadOf(l.account, l.origin))}
	if err := n.call(ctx, &answer, "eth_call", call, at(hash)); err != nil {
		return head{}, err
	}
	if len(answer) == 0 {
		return head{}, nil // a block before the registry was made; that it is there now is asked for apart
	}
	if len(answer) != 4*32 {
		return head{}, errors.New("eth_call: not the answer of an AnchorRegistry")
	}
	out, err := registry.UnpackHeadOf(answer)
	if err != nil {
		return head{}, fmt.Errorf("eth_call: %w", err)
	}
	return head{Size: out.Size, Root: out.Root, AtBlock: uint64(out.AtBlock), Signer: out.Signer}, nil
}

// receipt returns nil if the node knows of none.
func (n *node) receipt(ctx context.Context, tx common.Hash) (*receipt, error) {
	var raw json.RawMessage
	if err := n.call(ctx, &raw, "eth_getTransactionReceipt", tx); err != nil {
		// Right after sending, nodes that index in the background say so with an error.
		if strings.Contains(err.Error(), "indexing is in progress") {
			return nil, nil
		}
		return nil, err
	}
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var answer struct {
		BlockHash   common.Hash    `json:"blockHash"`
		BlockNumber hexutil.Uint64 `json:"blockNumber"`
		Status      hexutil.Uint64 `json:"status"`
		GasUsed     hexutil.Uint64 `json:"gasUsed"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, fmt.Errorf("eth_getTransactionReceipt: %w", err)
	}
	return &receipt{
		Block: answer.BlockHash, Number: uint64(answer.BlockNumber), Success: answer.Status == 1,
		GasUsed: uint64(answer.GasUsed),
	}, nil
}

// anchoredIn returns the event of a block that made a checkpoint of that log its head; nil if there is none.
func (n *node) anchoredIn(ctx context.Context, l logOf, hash common.Hash,
	size uint64) (*contracts.AnchorRegistryAnchored, error) {
	var logs []wireLog
	filter := map[string]any{
		"blockHash": hash, "address": l.registry,
		"topics": []any{anchoredTopic, common.BytesToHash(l.account[:]), l.origin,
			common.BigToHash(new(big.Int).SetUint64(size))},
	}
	if err := n.call(ctx, &logs, "eth_getLogs", filter); err != nil {
		return nil, err
	}
	for _, l := range logs {
		event, err := registry.UnpackAnchoredEvent(l.log())
		if err == nil && event.Size == size {
			return event, nil
		}
	}
	return nil, nil
}

func (n *node) tip(ctx context.Context) (*big.Int, error) {
	var tip hexutil.Big
	err := n.call(ctx, &tip, "eth_maxPriorityFeePerGas")
	return tip.ToInt(), err
}

// send hands over a signed transaction. One that the node has, or whose number is used up, is no error: what became of
// it is seen on the chain.
func (n *node) send(ctx context.Context, raw []byte) error {
	err := n.call(ctx, nil, "eth_sendRawTransaction", hexutil.Bytes(raw))
	if err == nil {
		return nil
	}
	text := strings.ToLower(err.Error())
	for _, harmless := range []string{"already known", "already imported", "nonce too low", "transaction already"} {
		if strings.Contains(text, harmless) {
			return nil
		}
	}
	return err
}

var _ io.Closer = (*node)(nil)

// Close ends the connections.
func (n *node) Close() error {
	n.rpc.Close()
	return nil
}
