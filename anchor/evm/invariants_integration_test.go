//go:build integration

package evm

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/transparency-dev/merkle/rfc6962"
	merkletest "github.com/transparency-dev/merkle/testonly"
	"pgregory.net/rapid"

	"tallystick/anchor/proof"
	"tallystick/settlement"
)

// The contract finds the root that transparency-dev/merkle finds, whatever tree and place, and no other path is taken.
func TestTheContractReadsPathsAsTheLibraryDoes(t *testing.T) {
	b := newBank(t)
	origin := b.log.signer.Name()
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.Uint64Range(1, 70).Draw(t, "entries")
		index := rapid.Uint64Range(0, entries-1).Draw(t, "index")
		size := rapid.Uint64Range(1, 70).Draw(t, "size")
		number := rapid.Uint64Range(0, size-1).Draw(t, "number")
		batch := merkletest.New(rfc6962.DefaultHasher)
		commitments := make([]proof.Hash, entries)
		for i := range commitments {
			commitments[i] = proof.Hash{byte(i), byte(number), 3}
			batch.AppendData(commitments[i][:])
		}
		log := merkletest.New(rfc6962.DefaultHasher)
		for i := range size {
			entry := fmt.Sprint("entry ", i)
			if i == number {
				entry = proof.BatchEntry{Origin: origin, Number: number, Entries: entries,
					Root: proof.Hash(batch.Hash())}.Text()
			}
			log.AppendData([]byte(entry))
		}
		path, err := log.InclusionProof(number, size)
		if err != nil {
			t.Fatal(err)
		}
		logPath := make([]proof.Hash, len(path))
		for i := range path {
			logPath[i] = proof.Hash(path[i])
		}
		p, err := ProveSettlement(commitments, int(index), number, size, logPath)
		if err != nil {
			t.Fatal(err)
		}
		root := func(p SettlementProof) (proof.Hash, error) {
			out, err := b.call(b.signer.Address(), b.escrow.Address(),
				settlementABI.PackProvedRoot(commitments[index], p))
			if err != nil {
				return proof.Hash{}, err
			}
			return proof.Hash(out), nil
		}
		if got, err := root(p); err != nil || got != proof.Hash(log.Hash()) {
			t.Fatalf("the contract's root is %s, want %s, %v", got, proof.Hash(log.Hash()), err)
		}
		// Whatever else is claimed leads elsewhere or nowhere.
		q := p
		switch rapid.IntRange(0, 3).Draw(t, "lie") {
		case 0:
			q.BatchIndex = rapid.Uint64().Filter(func(n uint64) bool { return n != index }).Draw(t, "another index")
		case 1:
			q.Batch = rapid.Uint64().Filter(func(n uint64) bool { return n != number }).Draw(t, "another batch")
		case 2:
			q.BatchEntries = rapid.Uint64().Filter(func(n uint64) bool { return n != entries }).Draw(t,
				"another number of entries")
		case 3:
			q.LogPath = append(append([][32]byte(nil), p.LogPath...),
				[32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash")))
		}
		if got, err := root(q); err == nil && got == proof.Hash(log.Hash()) {
			t.Fatalf("%+v leads to the root, and so does %+v", q, p)
		}
	})
}

// Whatever is tried, in whatever order: no payment is made twice or without proof, what left the escrow is what payees
// have, and the escrow pays what it has.
func TestTheEscrowsInvariants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &escrowModel{bank: sharedBank(t), paid: map[uint64]int64{}}
		b := m.bank
		snapshot := b.do("evm_snapshot")
		defer b.do("evm_revert", snapshot)
		m.held = b.balance(b.escrow.Address())
		steps := rapid.SliceOfN(rapid.IntRange(0, 8), 5, 25).Draw(rt, "steps")
		for _, step := range steps {
			m.step(rt, step)
			m.check(rt)
		}
	})
}

// escrowModel is what should be so.
type escrowModel struct {
	*bank
	paid   map[uint64]int64 // by payment
	held   int64            // by the escrow, in cents
	paused bool
	day    int64 // paid today
}

const (
	modelPayments = 12
	modelPerPay   = 50_000
	modelPerDay   = 120_000
)

func modelCents(n uint64) uint64 { return 1 + n*n*400 } // the largest are over the limit

var theBank *bank
var theProofs []SettlementProof

// sharedBank has all payments of the model in its log: an anchor for each run would be slow.
func sharedBank(t *testing.T) *bank {
	if theBank == nil || theBank.t != t {
		theBank = newBank(t)
		var all []settlement.Payment
		for n := range uint64(modelPayments) {
			all = append(all, theBank.payment(theBank.escrow, n, modelCents(n)))
		}
		theProofs = theBank.settled(all...)
	}
	return theBank
}

func (m *escrowModel) step(t *rapid.T, step int) {
	at := m.escrow.Address()
	n := rapid.Uint64Range(0, modelPayments-1).Draw(t, "payment")
	s, p := forContract(m.payment(m.escrow, n, modelCents(n)).Entry), theProofs[n]
	pay := func() error {
		_, err := m.escrow.send(m.t.Context(), settlementABI.PackPay(s, p))
		return err
	}
	switch step {
	case 0, 1, 2, 3: // an honest payment, perhaps again
		cents := int64(modelCents(n))
		_, before := m.paid[n]
		want := !before && !m.paused && cents <= modelPerPay && m.day+cents <= modelPerDay && cents <= m.held
		switch err := pay(); {
		case want && err != nil:
			t.Fatalf("payment %d of %d cents was refused: %v", n, cents, err)
		case !want && err == nil:
			t.Fatalf("payment %d of %d cents was made; paid before %v, paused %v, today %d, held %d", n, cents, before,
				m.paused, m.day, m.held)
		case want:
			m.paid[n], m.held, m.day = cents, m.held-cents, m.day+cents
		}
	case 4: // more than the entry says
		s.Amount = new(big.Int).Add(s.Amount, big.NewInt(rapid.Int64Range(1, 1000).Draw(t, "more")))
		if err := pay(); err == nil {
			t.Fatal("another amount was paid")
		}
	case 5: // to somebody else, under another's proof or another nullifier
		switch rapid.IntRange(0, 2).Draw(t, "what") {
		case 0:
			s.Payee[0] ^= 1
		case 1:
			s.Nullifier[31] ^= 1
		case 2:
			p = theProofs[(n+1)%modelPayments]
		}
		if err := pay(); err == nil {
			t.Fatal("what was not proved was paid")
		}
	case 6:
		m.paused = !m.paused
		if m.paused {
			m.must(&at, settlementABI.PackPause())
		} else {
			m.must(&at, settlementABI.PackUnpause())
		}
	case 7:
		m.do("evm_increaseTime", hexutil.EncodeUint64(86_400))
		m.mine(1)
		m.day = 0
	case 8: // money goes without the contract's doing, so that it may have too little
		cents := rapid.Int64Range(0, m.held).Draw(t, "gone")
		m.do("anvil_impersonateAccount", at)
		m.do("anvil_setBalance", at, "0xde0b6b3a7640000")
		m.mined(m.do("eth_sendTransaction", map[string]any{
			"from": at, "to": m.token,
			"data": hexutil.Bytes(token.PackTransfer(Address{0xdd}, big.NewInt(cents*tokenScale))),
		}))
		m.held -= cents
	}
}

func (m *escrowModel) check(t *rapid.T) {
	if got := m.balance(m.escrow.Address()); got != m.held || got < 0 {
		t.Fatalf("the escrow has %d cents, want %d", got, m.held)
	}
	for n := range uint64(modelPayments) {
		e := m.payment(m.escrow, n, modelCents(n)).Entry
		if got := m.balance(e.Payee); got != m.paid[n] {
			t.Fatalf("payee %d has %d cents, want %d", n, got, m.paid[n])
		}
		_, want := m.paid[n]
		if got, err := m.escrow.Paid(m.t.Context(), e.Nullifier); err != nil || got != want {
			t.Fatalf("payment %d: paid %v, want %v, %v", n, got, want, err)
		}
	}
}
