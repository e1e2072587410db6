//go:build integration

package evm

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor"
	"tallystick/anchor/proof"
	"tallystick/internal/testenv"
)

const testChain = 31337

// byHand mines only when the test says so.
var byHand = testenv.AnvilOptions{Args: []string{"--no-mining"}}

// testLog signs checkpoints of a log whose root of each size is made up.
type testLog struct {
	signer note.Signer
	vkey   string
}

func newTestLog(t testing.TB) testLog {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, "acme.example/claims")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return testLog{signer, vkey}
}

func (l testLog) root(size uint64) proof.Hash {
	return sha256.Sum256([]byte{byte(size), byte(size >> 8)})
}

func (l testLog) checkpoint(t testing.TB, size uint64) []byte { return l.forged(t, size, l.root(size)) }

func (l testLog) forged(t testing.TB, size uint64, root proof.Hash) []byte {
	t.Helper()
	cp := proof.Checkpoint{Origin: l.signer.Name(), Size: size, Root: root}
	msg, err := note.Sign(&note.Note{Text: cp.Text()}, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

// site is an anvil with a registry, and a log that is anchored there.
type site struct {
	t        testing.TB
	url      string
	rpc      *rpc.Client
	signer   *FileSigner
	registry Address
	log      testLog
	dir      string
}

func newSite(t testing.TB, opts testenv.AnvilOptions) *site {
	t.Helper()
	s := &site{t: t, url: testenv.StartAnvil(t, opts).Addr, log: newTestLog(t),
		dir: filepath.Join(t.TempDir(), "chain")}
	var err error
	if s.rpc, err = rpc.Dial(s.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.rpc.Close)
	s.signer = testSigner(t, 0)
	s.do("evm_setAutomine", true)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if s.registry, err = DeployRegistry(ctx, s.url, testChain, s.signer); err != nil {
		t.Fatal(err)
	}
	if len(opts.Args) > 0 && opts.Args[0] == "--no-mining" {
		s.do("evm_setAutomine", false)
	}
	return s
}

func testSigner(t testing.TB, n int) *FileSigner {
	t.Helper()
	path := filepath.Join(t.TempDir(), "account.key")
	if err := os.WriteFile(path, []byte(testenv.AnvilKeys[n]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	signer, err := LoadKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func (s *site) config() Config {
	return Config{
		Dir: s.dir, LogKey: s.log.vkey, ChainID: testChain, Nodes: []string{s.url}, Registry: s.registry,
		Signer: s.signer, Depth: 2,
	}
}

func (s *site) open() *Ledger { return s.openWith(s.config()) }

func (s *site) openWith(cfg Config) *Ledger {
	s.t.Helper()
	l, err := Open(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { l.Close() })
	return l
}

// do calls anvil.
func (s *site) do(method string, args ...any) json.RawMessage {
	s.t.Helper()
	var result json.RawMessage
	if err := s.rpc.CallContext(context.Background(), &result, method, args...); err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
	return result
}

func (s *site) mine(blocks int) { s.do("anvil_mine", hexutil.EncodeUint64(uint64(blocks))) }

// anchors returns the sizes that were anchored, in the order of their events on the canonical chain.
func (s *site) anchors() []uint64 {
	s.t.Helper()
	var logs []wireLog
	if err := json.Unmarshal(s.do("eth_getLogs", map[string]any{"fromBlock": "0x0", "address": s.registry}),
		&logs); err != nil {
		s.t.Fatal(err)
	}
	var sizes []uint64
	for _, l := range logs {
		if event, err := registry.UnpackAnchoredEvent(l.log()); err == nil {
			if event.Root != s.log.root(event.Size) {
				s.t.Errorf("size %d is anchored with another root", event.Size)
			}
			sizes = append(sizes, event.Size)
		}
	}
	return sizes
}

// settle publishes and mines until a checkpoint is final.
func (s *site) settle(l *Ledger, size uint64) {
	s.t.Helper()
	var err error
	for range 20 {
		if err = l.Publish(s.t.Context(), s.log.checkpoint(s.t, size)); err == nil {
			return
		}
		if !errors.Is(err, anchor.ErrPending) {
			break
		}
		s.mine(1)
	}
	s.t.Fatalf("size %d does not become final: %v", size, err)
}

func (s *site) pending(l *Ledger, size uint64) error {
	s.t.Helper()
	err := l.Publish(s.t.Context(), s.log.checkpoint(s.t, size))
	if !errors.Is(err, anchor.ErrPending) {
		s.t.Fatalf("size %d: %v, want that it is pending", size, err)
	}
	return err
}

// transact sends a call of a contract from an account of anvil and returns its receipt.
func (s *site) transact(signer *FileSigner, to *Address, data []byte) (*types.Receipt, error) {
	s.t.Helper()
	var nonce, price hexutil.Uint64
	if err := s.rpc.Call(&nonce, "eth_getTransactionCount", signer.Address(), "latest"); err != nil {
		s.t.Fatal(err)
	}
	if err := s.rpc.Call(&price, "eth_gasPrice"); err != nil {
		s.t.Fatal(err)
	}
	raw := s.signed(signer, uint64(nonce), uint64(price)*2, to, data)
	var hash common.Hash
	if err := s.rpc.Call(&hash, "eth_sendRawTransaction", hexutil.Bytes(raw)); err != nil {
		return nil, err
	}
	return s.mined(hash), nil
}

// mined waits for a transaction's receipt; hash is what a node answered or a common.Hash.
func (s *site) mined(hash any) *types.Receipt {
	s.t.Helper()
	var r *types.Receipt
	for range 500 {
		if err := s.rpc.Call(&r, "eth_getTransactionReceipt", hash); err != nil {
			s.t.Fatal(err)
		}
		if r != nil {
			return r
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatal("the transaction is in no block")
	return nil
}

func (s *site) signed(signer *FileSigner, nonce, price uint64, to *Address, data []byte) []byte {
	s.t.Helper()
	scheme := types.LatestSignerForChainID(big.NewInt(testChain))
	tx, err := types.SignNewTx(signer.key, scheme, &types.LegacyTx{
		Nonce: nonce, GasPrice: new(big.Int).SetUint64(price), Gas: 5_000_000, To: to, Data: data,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		s.t.Fatal(err)
	}
	return raw
}

// call asks a contract without a transaction; an error is the contract's revert.
func (s *site) call(from, to Address, data []byte) ([]byte, error) {
	var out hexutil.Bytes
	err := s.rpc.Call(&out, "eth_call", map[string]any{"from": from, "to": to, "data": hexutil.Bytes(data)}, "latest")
	return out, err
}

// revert returns the contract's error in an error of a node.
func revert(t testing.TB, unpack func([]byte) (any, error), err error) any {
	t.Helper()
	var withData rpc.DataError
	if !errors.As(err, &withData) {
		t.Fatalf("%v: want a revert", err)
	}
	text, _ := withData.ErrorData().(string)
	data, decodeErr := hexutil.Decode(text)
	if decodeErr != nil {
		t.Fatalf("%v: %v", err, decodeErr)
	}
	reason, decodeErr := unpack(data)
	if decodeErr != nil {
		t.Fatalf("%v: %v", err, decodeErr)
	}
	return reason
}
