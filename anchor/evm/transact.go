package evm

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"tallystick/anchor/evm/contracts"
)

// Gas that is more than the calls take.
const (
	deployGas = 5_000_000
	callGas   = 1_000_000
)

// caller sends single transactions whose effect may be looked for before they are sent again. What has to survive a
// crash on its way goes through the outbox of a Ledger instead.
type caller struct {
	nodes  *nodes
	signer Signer
}

func newCaller(ctx context.Context, nodeURL string, chainID uint64, signer Signer) (*caller, error) {
	n, err := dialNodes([]string{nodeURL}, 1, chainID)
	if err != nil {
		return nil, err
	}
	if err := n.checkChain(ctx); err != nil {
		n.close()
		return nil, err
	}
	return &caller{n, signer}, nil
}

// transact sends a call, or makes a contract if to is nil, and waits until it is in a block.
func (c *caller) transact(ctx context.Context, to *Address, data []byte, gas uint64) (*receipt, Address, error) {
	one := c.nodes.all[0]
	latest, err := c.nodes.newest(ctx, "latest")
	if err != nil {
		return nil, Address{}, err
	}
	nonce, err := c.nodes.nonceAt(ctx, c.signer.Address(), latest)
	if err != nil {
		return nil, Address{}, err
	}
	tip, err := one.tip(ctx)
	if err != nil {
		return nil, Address{}, err
	}
	base, ok := new(big.Int).SetString(latest.BaseFee, 10)
	if !ok {
		return nil, Address{}, errors.New("the node does not tell what gas costs")
	}
	raw, hash, err := signTx(ctx, c.signer, &types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(c.nodes.chainID), Nonce: nonce, GasTipCap: tip,
		GasFeeCap: new(big.Int).Add(tip, base.Lsh(base, 1)),
		Gas:       gas, To: to, Value: new(big.Int), Data: data,
	})
	if err != nil {
		return nil, Address{}, err
	}
	if err := one.send(ctx, raw); err != nil {
		return nil, Address{}, err
	}
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		r, err := one.receipt(ctx, hash)
		switch {
		case err != nil:
			return nil, Address{}, err
		case r != nil && !r.Success:
			return nil, Address{}, fmt.Errorf("transaction %s failed", hash)
		case r != nil:
			return r, crypto.CreateAddress(c.signer.Address(), nonce), nil
		}
		select {
		case <-ctx.Done():
			return nil, Address{}, fmt.Errorf("transaction %s is sent and in no block yet: %w", hash, ctx.Err())
		case <-time.After(wait):
		}
	}
}

// call asks a contract at the newest block.
func (c *caller) call(ctx context.Context, to Address, data []byte) ([]byte, error) {
	var out hexutil.Bytes
	call := map[string]any{"from": c.signer.Address(), "to": to, "data": hexutil.Bytes(data)}
	return out, c.nodes.all[0].call(ctx, &out, "eth_call", call, "latest")
}

// signTx signs a transaction and makes sure that the signer did.
func signTx(ctx context.Context, signer Signer, unsigned *types.DynamicFeeTx) (raw []byte, hash common.Hash,
	err error) {
	scheme, tx := types.LatestSignerForChainID(unsigned.ChainID), types.NewTx(unsigned)
	signature, err := signer.Sign(ctx, scheme.Hash(tx))
	if err != nil {
		return nil, common.Hash{}, fmt.Errorf("signing the transaction: %w", err)
	}
	signed, err := tx.WithSignature(scheme, signature)
	if err != nil {
		return nil, common.Hash{}, fmt.Errorf("signing the transaction: %w", err)
	}
	if from, err := types.Sender(scheme, signed); err != nil || from != signer.Address() {
		return nil, common.Hash{}, errors.New("signing the transaction: the signature is not the account's")
	}
	if raw, err = signed.MarshalBinary(); err != nil {
		return nil, common.Hash{}, fmt.Errorf("encoding the transaction: %w", err)
	}
	return raw, signed.Hash(), nil
}

// Sent is what became of a transaction.
type Sent struct {
	Contract Address // that it made, if it made one
	Gas      uint64
}

// Send calls a contract, or makes one if to is nil, and waits until that is in a block. It is for what is done once, by
// hand or by a test: whoever calls it twice has done it twice.
func Send(ctx context.Context, nodeURL string, chainID uint64, signer Signer, to *Address, data []byte) (Sent, error) {
	c, err := newCaller(ctx, nodeURL, chainID, signer)
	if err != nil {
		return Sent{}, err
	}
	defer c.nodes.close()
	r, address, err := c.transact(ctx, to, data, deployGas)
	if err != nil {
		return Sent{}, err
	}
	return Sent{address, r.GasUsed}, nil
}

// DeployRegistry makes a new AnchorRegistry and waits until it is in a block. The registry belongs to nobody: logs of
// any number of insurers can share one. Whoever calls it twice has two.
func DeployRegistry(ctx context.Context, nodeURL string, chainID uint64, signer Signer) (Address, error) {
	sent, err := Send(ctx, nodeURL, chainID, signer, nil, common.FromHex(contracts.AnchorRegistryMetaData.Bin))
	if err != nil {
		return Address{}, fmt.Errorf("making an AnchorRegistry: %w", err)
	}
	return sent.Contract, nil
}
