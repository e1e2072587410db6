//go:build integration

package anchor

import (
	"context"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor"
	"tallystick/anchor/evm"
	"tallystick/anchor/evm/contracts/testtoken"
	"tallystick/anchor/proof"
	"tallystick/internal/testenv"
)

const chainID = 31337

// chain is an anvil on which a log is anchored.
type chain struct {
	b        *testing.B
	url      string
	signer   *evm.FileSigner
	registry evm.Address
	log      note.Signer
	ledger   *evm.Ledger
}

func newChain(b *testing.B) *chain {
	// A block every now and then by itself, so that an anchor becomes final.
	c := &chain{b: b, url: testenv.StartAnvil(b, testenv.AnvilOptions{Args: []string{"--block-time", "1"}}).Addr}
	path := filepath.Join(b.TempDir(), "account.key")
	if err := os.WriteFile(path, []byte(testenv.AnvilKeys[0]), 0o600); err != nil {
		b.Fatal(err)
	}
	var err error
	if c.signer, err = evm.LoadKeyFile(path); err != nil {
		b.Fatal(err)
	}
	if c.registry, err = evm.DeployRegistry(b.Context(), c.url, chainID, c.signer); err != nil {
		b.Fatal(err)
	}
	skey, vkey, err := note.GenerateKey(nil, "insurer.example/settlements")
	if err != nil {
		b.Fatal(err)
	}
	if c.log, err = note.NewSigner(skey); err != nil {
		b.Fatal(err)
	}
	c.ledger, err = evm.Open(evm.Config{
		Dir: b.TempDir(), LogKey: vkey, ChainID: chainID, Nodes: []string{c.url}, Registry: c.registry,
		Signer: c.signer, Depth: 1,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.ledger.Close() })
	return c
}

// anchor makes a head final and returns the gas.
func (c *chain) anchor(size uint64, root proof.Hash) uint64 {
	c.b.Helper()
	cp := proof.Checkpoint{Origin: c.log.Name(), Size: size, Root: root}
	msg, err := note.Sign(&note.Note{Text: cp.Text()}, c.log)
	if err != nil {
		c.b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(c.b.Context(), time.Minute)
	defer cancel()
	for {
		err := c.ledger.Publish(ctx, msg)
		if err == nil {
			return c.ledger.State().Gas
		}
		if !errors.Is(err, anchor.ErrPending) || ctx.Err() != nil {
			c.b.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// An anchor of a log that has a head already.
func BenchmarkAnchor(b *testing.B) {
	c := newChain(b)
	first := c.anchor(1, proof.Hash{1})
	size, sum := uint64(1), uint64(0)
	for b.Loop() {
		size += 1000
		sum += c.anchor(size, proof.Hash{byte(size), byte(size >> 8), 1})
	}
	b.ReportMetric(float64(sum)/float64(b.N), "anchor_gas")
	b.ReportMetric(float64(first), "first_anchor_gas")
	b.ReportMetric(0, "ns/op")
}

// A settlement in a batch of 10,000 of a log of 100,000 batches: 14 and 17 hashes.
func BenchmarkSettle(b *testing.B) {
	c := newChain(b)
	ctx := b.Context()
	made, err := evm.Send(ctx, c.url, chainID, c.signer, nil, testtoken.Code())
	if err != nil {
		b.Fatal(err)
	}
	token := made.Contract
	escrow, err := evm.DeployEscrow(ctx, c.url, chainID, c.signer, evm.EscrowSetup{
		Token: token, Scale: big.NewInt(10_000), Currency: "USD", Registry: c.registry, Account: c.signer.Address(),
		Origin:     c.log.Name(),
		PerPayment: big.NewInt(1_000_000), PerDay: big.NewInt(1_000_000_000), Admin: c.signer.Address(),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer escrow.Close()
	mint := testtoken.NewTestToken().PackMint(escrow.Address(), big.NewInt(1e15))
	if _, err := evm.Send(ctx, c.url, chainID, c.signer, &token, mint); err != nil {
		b.Fatal(err)
	}
	const entries, batches, batch = 10_000, 100_000, 77_777
	payments := make([]evm.Settlement, entries)
	commitments := make([]proof.Hash, entries)
	for i := range commitments {
		n := byte(i)
		payments[i] = evm.Settlement{
			Version: 1, Payee: evm.Address{0xbe, n}, Amount: big.NewInt(12_345), Currency: [3]byte{'U', 'S', 'D'},
			Claim:  [32]byte{1, n, byte(i >> 8)},
			Record: [32]byte{2, n, byte(i >> 8)}, DisputeEnd: 1_700_000_000, Nullifier: [32]byte{3, n, byte(i >> 8)},
		}
		if i < 64 { // those that are paid
			if commitments[i], err = escrow.Commitment(ctx, payments[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
	leaves := make([]proof.Hash, entries)
	for i := range commitments {
		leaves[i] = tlog.RecordHash(commitments[i][:])
	}
	log := &hashes{}
	for i := range int64(batches) {
		entry := proof.BatchEntry{Origin: c.log.Name(), Number: uint64(i), Entries: 1, Root: proof.Hash{1}}
		if i == batch {
			entry.Entries, entry.Root = entries, proof.FoldRoot(leaves)
		}
		stored, err := tlog.StoredHashes(i, []byte(entry.Text()), log)
		if err != nil {
			b.Fatal(err)
		}
		log.stored = append(log.stored, stored...)
	}
	root, err := tlog.TreeHash(batches, log)
	if err != nil {
		b.Fatal(err)
	}
	path, err := tlog.ProveRecord(batches, batch, log)
	if err != nil {
		b.Fatal(err)
	}
	c.anchor(batches, root)
	paid, sum := 0, uint64(0)
	for b.Loop() {
		p, err := evm.ProveSettlement(commitments, paid, batch, batches, path)
		if err != nil {
			b.Fatal(err)
		}
		gas, err := escrow.Pay(ctx, payments[paid], p)
		if err != nil || gas == 0 {
			b.Fatal(gas, err)
		}
		sum += gas
		if paid++; paid == 64 {
			b.Fatal("more runs than payments: give -benchtime 10x")
		}
	}
	b.ReportMetric(float64(sum)/float64(b.N), "settle_gas")
	b.ReportMetric(0, "ns/op")
}

// hashes keeps a log's hashes as x/mod orders them.
type hashes struct{ stored []tlog.Hash }

func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = h.stored[index]
	}
	return out, nil
}
