package evm

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/evm/contracts"
	"tallystick/anchor/proof"
)

var settlementABI = contracts.NewClaimSettlement()

// Settlement is an entry of the journal "settlement" as the contract ClaimSettlement takes it.
type Settlement = contracts.ClaimSettlementSettlement

// SettlementProof is the way from a settlement's commitment to a head of the log.
type SettlementProof = contracts.ClaimSettlementProof

// EscrowSetup is what a ClaimSettlement is made with; nothing of it but the limits can be changed afterwards.
type EscrowSetup struct {
	Token       Address  // an ERC-20 that delivers what is sent
	Scale       *big.Int // units of the token in a minor unit of the currency
	Currency    string   // ISO 4217
	Registry    Address  // the AnchorRegistry
	Account     Address  // of the log in it
	Origin      string   // of the log
	Predecessor Address  // the contract whose escrow moves here; zero: none
	Notice      uint64   // seconds between announcing a move and moving
	PerPayment  *big.Int // limits, in minor units
	PerDay      *big.Int
	Admin       Address
	AdminDelay  uint64 // seconds before a new admin may take over
}

func (s EscrowSetup) constructor() ([]byte, error) {
	if len(s.Currency) != 3 {
		return nil, errors.New("the currency has not three letters")
	}
	args, err := settlementABI.GetABI().Pack("", contracts.ClaimSettlementSetup{
		Token: s.Token, Scale: s.Scale, Currency: [3]byte([]byte(s.Currency)), Registry: s.Registry, Account: s.Account,
		Origin:      s.Origin,
		Predecessor: s.Predecessor, Notice: s.Notice, PerPayment: s.PerPayment, PerDay: s.PerDay, Admin: s.Admin,
		AdminDelay: new(big.Int).SetUint64(s.AdminDelay),
	})
	if err != nil {
		return nil, err
	}
	return append(common.FromHex(contracts.ClaimSettlementMetaData.Bin), args...), nil
}

// Escrow calls a ClaimSettlement. Its methods may be called concurrently, but those that send transactions take turns
// on an account.
type Escrow struct {
	caller  *caller
	address Address
}

// DeployEscrow makes a new ClaimSettlement and waits until it is in a block.
func DeployEscrow(ctx context.Context, nodeURL string, chainID uint64, signer Signer, setup EscrowSetup) (*Escrow,
	error) {
	data, err := setup.constructor()
	if err != nil {
		return nil, fmt.Errorf("making a ClaimSettlement: %w", err)
	}
	c, err := newCaller(ctx, nodeURL, chainID, signer)
	if err != nil {
		return nil, fmt.Errorf("making a ClaimSettlement: %w", err)
	}
	_, address, err := c.transact(ctx, nil, data, deployGas)
	if err != nil {
		c.nodes.close()
		return nil, fmt.Errorf("making a ClaimSettlement: %w", err)
	}
	return &Escrow{c, address}, nil
}

// OpenEscrow reaches a ClaimSettlement through a node, whose word is believed: what it says costs nobody money but the
// gas of the account that sends.
func OpenEscrow(ctx context.Context, nodeURL string, chainID uint64, signer Signer, address Address) (*Escrow, error) {
	c, err := newCaller(ctx, nodeURL, chainID, signer)
	if err != nil {
		return nil, fmt.Errorf("reaching the escrow: %w", err)
	}
	return &Escrow{c, address}, nil
}

// Close ends the connections.
func (e *Escrow) Close() { e.caller.nodes.close() }

// Address returns the contract's.
func (e *Escrow) Address() Address { return e.address }

// Paid reports whether a payment was made, here or by a predecessor.
func (e *Escrow) Paid(ctx context.Context, nullifier [32]byte) (bool, error) {
	out, err := e.caller.call(ctx, e.address, settlementABI.PackPaid(nullifier))
	if err != nil {
		return false, fmt.Errorf("asking the escrow: %w", err)
	}
	return settlementABI.UnpackPaid(out)
}

// Commitment returns what the contract takes for the commitment of a settlement.
func (e *Escrow) Commitment(ctx context.Context, s Settlement) (proof.Hash, error) {
	out, err := e.caller.call(ctx, e.address, settlementABI.PackCommitmentOf(s))
	if err != nil {
		return proof.Hash{}, fmt.Errorf("asking the escrow: %w", err)
	}
	c, err := settlementABI.UnpackCommitmentOf(out)
	return proof.Hash(c), err
}

// Refused is what a contract says when it does not do what it was asked.
type Refused struct {
	Reason any // the contract's error, such as *contracts.ClaimSettlementAlreadyPaid; nil if it gave none that is known
	Err    error
}

func (r *Refused) Error() string {
	if r.Reason == nil {
		return "the contract refuses: " + r.Err.Error()
	}
	return fmt.Sprintf("the contract refuses: %T%+v", r.Reason, r.Reason)
}

// Unwrap returns the node's error.
func (r *Refused) Unwrap() error { return r.Err }

// Pay has a settlement paid and waits until it is in a block; it returns the gas that took. Of one that was paid before
// it returns nothing and nil, so the same call again is safe. A refusal, before anything is sent, is a *Refused.
func (e *Escrow) Pay(ctx context.Context, s Settlement, p SettlementProof) (gas uint64, err error) {
	if paid, err := e.Paid(ctx, s.Nullifier); err != nil || paid {
		return 0, err
	}
	return e.send(ctx, settlementABI.PackPay(s, p))
}

// Remember has the contract keep the log's present head, under which proofs then stay good.
func (e *Escrow) Remember(ctx context.Context) (gas uint64, err error) {
	return e.send(ctx, settlementABI.PackRemember())
}

// send tries a call and sends it if the contract takes it.
func (e *Escrow) send(ctx context.Context, data []byte) (gas uint64, err error) {
	if _, err := e.caller.call(ctx, e.address, data); err != nil {
		return 0, refusal(err)
	}
	r, _, err := e.caller.transact(ctx, &e.address, data, callGas)
	if err != nil {
		return 0, fmt.Errorf("calling the escrow: %w", err)
	}
	return r.GasUsed, nil
}

// refusal finds the contract's own error in a node's.
func refusal(err error) error {
	var with rpc.DataError
	if !errors.As(err, &with) {
		return fmt.Errorf("calling the escrow: %w", err)
	}
	r := &Refused{Err: err}
	if text, ok := with.ErrorData().(string); ok {
		if data, decodeErr := hexutil.Decode(text); decodeErr == nil {
			if reason, unpackErr := settlementABI.UnpackError(data); unpackErr == nil {
				r.Reason = reason
			}
		}
	}
	return r
}

// ProveSettlement makes the proof for the commitment at an index of a batch: logPath is the audit path of the batch's
// entry in the log of that size.
func ProveSettlement(commitments []proof.Hash, index int, batch, logSize uint64, logPath []proof.Hash) (SettlementProof,
	error) {
	if index < 0 || index >= len(commitments) {
		return SettlementProof{}, errors.New("the commitment is not in the batch")
	}
	tree := &batchTree{}
	for n, c := range commitments {
		hashes, err := tlog.StoredHashesForRecordHash(int64(n), tlog.RecordHash(c[:]), tree)
		if err != nil {
			return SettlementProof{}, fmt.Errorf("hashing the batch: %w", err)
		}
		tree.stored = append(tree.stored, hashes...)
	}
	path, err := tlog.ProveRecord(int64(len(commitments)), int64(index), tree)
	if err != nil {
		return SettlementProof{}, fmt.Errorf("proving the commitment in its batch: %w", err)
	}
	return SettlementProof{
		BatchIndex: uint64(index), BatchEntries: uint64(len(commitments)), BatchPath: words(path), Batch: batch,
		LogSize: logSize, LogPath: words(logPath),
	}, nil
}

func words(hashes []proof.Hash) [][32]byte {
	out := make([][32]byte, len(hashes))
	for i, h := range hashes {
		out[i] = h
	}
	return out
}

// batchTree keeps a batch's hashes as x/mod orders them.
type batchTree struct{ stored []tlog.Hash }

// ReadHashes implements tlog.HashReader.
func (t *batchTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = t.stored[index]
	}
	return hashes, nil
}
