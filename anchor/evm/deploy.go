package evm

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"tallystick/anchor/evm/contracts"
)

// deployGas is more than making an AnchorRegistry takes.
const deployGas = 1_500_000

// DeployRegistry makes a new AnchorRegistry and waits until it is in a block. The registry belongs to nobody: logs of any
// number of insurers can share one. Whoever calls it twice has two.
func DeployRegistry(ctx context.Context, nodeURL string, chainID uint64, signer Signer) (Address, error) {
	address, err := deployRegistry(ctx, nodeURL, chainID, signer)
	if err != nil {
		return Address{}, fmt.Errorf("making an AnchorRegistry: %w", err)
	}
	return address, nil
}

func deployRegistry(ctx context.Context, nodeURL string, chainID uint64, signer Signer) (Address, error) {
	n, err := dialNodes([]string{nodeURL}, 1, chainID)
	if err != nil {
		return Address{}, err
	}
	defer n.close()
	if err := n.checkChain(ctx); err != nil {
		return Address{}, err
	}
	latest, err := n.newest(ctx, "latest")
	if err != nil {
		return Address{}, err
	}
	nonce, err := n.nonceAt(ctx, signer.Address(), latest)
	if err != nil {
		return Address{}, err
	}
	tip, err := n.all[0].tip(ctx)
	if err != nil {
		return Address{}, err
	}
	base, ok := new(big.Int).SetString(latest.BaseFee, 10)
	if !ok {
		return Address{}, errors.New("the node does not tell what gas costs")
	}
	scheme := types.LatestSignerForChainID(new(big.Int).SetUint64(chainID))
	unsigned := types.NewTx(&types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(chainID), Nonce: nonce, GasTipCap: tip, GasFeeCap: new(big.Int).Add(tip, base.Lsh(base, 1)),
		Gas: deployGas, Value: new(big.Int), Data: common.FromHex(contracts.AnchorRegistryMetaData.Bin),
	})
	signature, err := signer.Sign(ctx, scheme.Hash(unsigned))
	if err != nil {
		return Address{}, err
	}
	signed, err := unsigned.WithSignature(scheme, signature)
	if err != nil {
		return Address{}, err
	}
	raw, err := signed.MarshalBinary()
	if err != nil {
		return Address{}, err
	}
	if err := n.all[0].send(ctx, raw); err != nil {
		return Address{}, err
	}
	for {
		r, err := n.all[0].receipt(ctx, signed.Hash())
		switch {
		case err != nil:
			return Address{}, err
		case r != nil && !r.Success:
			return Address{}, errors.New("the transaction failed")
		case r != nil:
			return crypto.CreateAddress(signer.Address(), nonce), nil
		}
		select {
		case <-ctx.Done():
			return Address{}, fmt.Errorf("transaction %s is sent and in no block yet: %w", signed.Hash(), ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}
