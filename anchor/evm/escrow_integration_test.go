//go:build integration

package evm

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/evm/contracts"
	"tallystick/anchor/evm/contracts/testtoken"
	"tallystick/anchor/proof"
	"tallystick/internal/testenv"
	"tallystick/settlement"
)

var token = testtoken.NewTestToken()

// bank is an escrow with money, and the log whose entries it pays. Amounts are cents, the token has 10,000 units for
// each.
type bank struct {
	*site
	ledger  *Ledger
	token   Address
	escrow  *Escrow
	key     settlement.Key
	entries []string // of the log
	stored  batchTree
}

const tokenScale = 10_000

func newBank(t testing.TB) *bank {
	b := &bank{site: newSite(t, testenv.AnvilOptions{})}
	var err error
	if b.key, err = settlement.NewKey(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	r, err := b.transact(b.signer, nil, common.FromHex(testtoken.TestTokenMetaData.Bin))
	if err != nil || r.Status != 1 {
		t.Fatal(r, err)
	}
	b.token = r.ContractAddress
	b.ledger = b.open()
	b.escrow = b.newEscrow(Address{})
	b.fund(1_000_000)
	return b
}

func (b *bank) newEscrow(predecessor Address) *Escrow {
	b.t.Helper()
	e, err := DeployEscrow(b.t.Context(), b.url, testChain, b.signer, EscrowSetup{
		Token: b.token, Scale: big.NewInt(tokenScale), Currency: "USD", Registry: b.registry,
		Account: b.signer.Address(),
		Origin:  b.log.signer.Name(), Predecessor: predecessor, Notice: 1000, PerPayment: big.NewInt(50_000),
		PerDay: big.NewInt(120_000),
		Admin:  b.signer.Address(),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(e.Close)
	return e
}

// fund puts cents into the escrow.
func (b *bank) fund(cents int64) {
	b.t.Helper()
	b.must(&b.token, token.PackMint(b.escrow.Address(), big.NewInt(cents*tokenScale)))
}

func (b *bank) must(to *Address, data []byte) {
	b.t.Helper()
	if r, err := b.transact(b.signer, to, data); err != nil || r.Status != 1 {
		b.t.Fatalf("%+v, %v", r, err)
	}
}

// balance returns what an account holds, in cents.
func (b *bank) balance(of Address) int64 {
	b.t.Helper()
	out, err := b.call(of, b.token, token.PackBalanceOf(of))
	if err != nil {
		b.t.Fatal(err)
	}
	n, err := token.UnpackBalanceOf(out)
	if err != nil {
		b.t.Fatal(err)
	}
	return n.Int64() / tokenScale
}

func (b *bank) payment(e *Escrow, n uint64, cents uint64) settlement.Payment {
	name := fmt.Sprint("M-", n)
	return settlement.Payment{
		Target: settlement.Target{ChainID: testChain, Contract: e.Address()},
		Entry: settlement.Entry{
			Version: 1, Payee: Address{0xbe, byte(n)}, Amount: cents, Currency: "USD", Claim: b.key.Claim("acme", name),
			Record:     [32]byte{7, byte(n)},
			DisputeEnd: time.Unix(1_700_000_000, 0).UTC(), Nullifier: b.key.Nullifier("acme", name, 1),
		},
	}
}

// forContract is the entry as the contract takes it.
func forContract(e settlement.Entry) Settlement {
	return Settlement{
		Version: e.Version, Payee: e.Payee, Amount: new(big.Int).SetUint64(e.Amount),
		Currency: [3]byte([]byte(e.Currency)), Claim: e.Claim,
		Record: e.Record, DisputeEnd: uint64(e.DisputeEnd.Unix()), Nullifier: e.Nullifier,
	}
}

// batch puts commitments into the log as its next batch.
func (b *bank) batch(commitments []proof.Hash) uint64 {
	b.t.Helper()
	tree := &batchTree{}
	for n, c := range commitments {
		hashes, err := tlog.StoredHashesForRecordHash(int64(n), tlog.RecordHash(c[:]), tree)
		if err != nil {
			b.t.Fatal(err)
		}
		tree.stored = append(tree.stored, hashes...)
	}
	root, err := tlog.TreeHash(int64(len(commitments)), tree)
	if err != nil {
		b.t.Fatal(err)
	}
	number := uint64(len(b.entries))
	entry := proof.BatchEntry{Origin: b.log.signer.Name(), Number: number, Entries: uint64(len(commitments)),
		Root: root}.Text()
	hashes, err := tlog.StoredHashes(int64(number), []byte(entry), &b.stored)
	if err != nil {
		b.t.Fatal(err)
	}
	b.entries, b.stored.stored = append(b.entries, entry), append(b.stored.stored, hashes...)
	return number
}

// anchor makes the log's head the registry's.
func (b *bank) anchor() {
	b.t.Helper()
	size := uint64(len(b.entries))
	root, err := tlog.TreeHash(int64(size), &b.stored)
	if err != nil {
		b.t.Fatal(err)
	}
	msg := b.log.forged(b.t, size, root)
	for range 20 {
		if err = b.ledger.Publish(b.t.Context(), msg); err == nil {
			return
		}
		b.mine(1)
	}
	b.t.Fatal(err)
}

func (b *bank) prove(commitments []proof.Hash, index int, batch uint64) SettlementProof {
	b.t.Helper()
	size := uint64(len(b.entries))
	path, err := tlog.ProveRecord(int64(size), int64(batch), &b.stored)
	if err != nil {
		b.t.Fatal(err)
	}
	p, err := ProveSettlement(commitments, index, batch, size, path)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// settled makes payments part of the anchored log, in one batch.
func (b *bank) settled(payments ...settlement.Payment) []SettlementProof {
	b.t.Helper()
	var commitments []proof.Hash
	for _, p := range payments {
		commitments = append(commitments, p.Commitment())
	}
	number := b.batch(commitments)
	b.anchor()
	var proofs []SettlementProof
	for i := range payments {
		proofs = append(proofs, b.prove(commitments, i, number))
	}
	return proofs
}

func refusedWith(t testing.TB, err error, want any) {
	t.Helper()
	var refused *Refused
	if !errors.As(err, &refused) {
		t.Errorf("%v, want a refusal", err)
	} else if reflect.TypeOf(refused.Reason) != reflect.TypeOf(want) {
		t.Errorf("refused with %T, want %T", refused.Reason, want)
	}
}

func TestASettlementIsPaidOnProofOnce(t *testing.T) {
	b := newBank(t)
	p := b.payment(b.escrow, 1, 12_345)
	if got, err := b.escrow.Commitment(t.Context(), forContract(p.Entry)); err != nil ||
		got != proof.Hash(p.Commitment()) {
		t.Fatalf("the contract's commitment is %s, ours %s, %v", got, proof.Hash(p.Commitment()), err)
	}
	b.batch([]proof.Hash{{1}, {2}, {3}})
	proofs := b.settled(b.payment(b.escrow, 5, 1), b.payment(b.escrow, 6, 1), p)
	gas, err := b.escrow.Pay(t.Context(), forContract(p.Entry), proofs[2])
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d gas", gas)
	if got := b.balance(p.Entry.Payee); got != 12_345 {
		t.Errorf("the payee has %d cents", got)
	}
	if gas, err := b.escrow.Pay(t.Context(), forContract(p.Entry), proofs[2]); err != nil || gas != 0 {
		t.Errorf("again: %d gas, %v", gas, err)
	}
	_, err = b.escrow.send(t.Context(), settlementABI.PackPay(forContract(p.Entry), proofs[2]))
	refusedWith(t, err, &contracts.ClaimSettlementAlreadyPaid{})
	if paid, held := b.balance(p.Entry.Payee), b.balance(b.escrow.Address()); paid != 12_345 ||
		held != 1_000_000-12_345 {
		t.Errorf("the payee has %d, the escrow %d", paid, held)
	}
}

// Nothing is paid but what the entry says, at the contract and on the chain that it is for.
func TestWhatIsNotProvedIsNotPaid(t *testing.T) {
	b := newBank(t)
	p := b.payment(b.escrow, 1, 100)
	other := b.newEscrow(Address{})
	elsewhere, otherChain := b.payment(other, 2, 100), b.payment(b.escrow, 3, 100)
	otherChain.Target.ChainID = 1
	disputed, euro := b.payment(b.escrow, 4, 100), b.payment(b.escrow, 5, 100)
	disputed.Entry.DisputeEnd = time.Unix(4_000_000_000, 0).UTC()
	euro.Entry.Currency = "EUR"
	large, version := b.payment(b.escrow, 6, 50_001), b.payment(b.escrow, 7, 100)
	version.Entry.Version = 2
	all := []settlement.Payment{p, elsewhere, otherChain, disputed, euro, large, version}
	proofs := b.settled(all...)
	if _, err := b.call(b.signer.Address(), b.escrow.Address(),
		settlementABI.PackPay(forContract(p.Entry), proofs[0])); err != nil {
		t.Fatalf("the right one: %v", err)
	}
	notAnchored := &contracts.ClaimSettlementNotAnchored{}
	change := func(f func(*Settlement, *SettlementProof)) func() (Settlement, SettlementProof) {
		return func() (Settlement, SettlementProof) {
			s, q := forContract(p.Entry), proofs[0]
			q.BatchPath, q.LogPath = append([][32]byte(nil), q.BatchPath...), append([][32]byte(nil), q.LogPath...)
			f(&s, &q)
			return s, q
		}
	}
	as := func(i int) func() (Settlement, SettlementProof) {
		return func() (Settlement, SettlementProof) { return forContract(all[i].Entry), proofs[i] }
	}
	for name, c := range map[string]struct {
		try  func() (Settlement, SettlementProof)
		want any
	}{
		"another payee": {change(func(s *Settlement, _ *SettlementProof) { s.Payee[3]++ }), notAnchored},
		"another amount": {change(func(s *Settlement, _ *SettlementProof) { s.Amount = big.NewInt(101) }),
			notAnchored},
		"another claim":      {change(func(s *Settlement, _ *SettlementProof) { s.Claim[0]++ }), notAnchored},
		"another record":     {change(func(s *Settlement, _ *SettlementProof) { s.Record[0]++ }), notAnchored},
		"another nullifier":  {change(func(s *Settlement, _ *SettlementProof) { s.Nullifier[0]++ }), notAnchored},
		"an earlier end":     {change(func(s *Settlement, _ *SettlementProof) { s.DisputeEnd-- }), notAnchored},
		"another path":       {change(func(_ *Settlement, q *SettlementProof) { q.BatchPath[0][5]++ }), notAnchored},
		"another index":      {change(func(_ *Settlement, q *SettlementProof) { q.BatchIndex++ }), notAnchored},
		"another batch size": {change(func(_ *Settlement, q *SettlementProof) { q.BatchEntries++ }), notAnchored},
		"a longer path": {change(func(_ *Settlement, q *SettlementProof) {
			q.LogPath = append(q.LogPath, [32]byte{})
		}), &contracts.ClaimSettlementBadPath{}},
		"an index outside": {change(func(_ *Settlement, q *SettlementProof) { q.Batch = 9 }),
			&contracts.ClaimSettlementBadPath{}},
		"no payee": {change(func(s *Settlement, _ *SettlementProof) { s.Payee = Address{} }),
			&contracts.ClaimSettlementZero{}},
		"another contract's": {as(1), notAnchored},
		"another chain's":    {as(2), notAnchored},
		"in dispute":         {as(3), &contracts.ClaimSettlementInDispute{}},
		"another currency":   {as(4), &contracts.ClaimSettlementWrongCurrency{}},
		"over the limit":     {as(5), &contracts.ClaimSettlementOverLimit{}},
		"another version":    {as(6), &contracts.ClaimSettlementWrongVersion{}},
	} {
		t.Run(name, func(t *testing.T) {
			s, q := c.try()
			_, err := b.escrow.Pay(t.Context(), s, q)
			refusedWith(t, err, c.want)
		})
	}
	if got := b.balance(b.escrow.Address()); got != 1_000_000 {
		t.Errorf("the escrow has %d cents left", got)
	}
}

// A proof under a head that was replaced is good if the contract was asked to remember it.
func TestAHeadIsRemembered(t *testing.T) {
	b := newBank(t)
	one, two := b.payment(b.escrow, 1, 100), b.payment(b.escrow, 2, 100)
	first := b.settled(one)[0]
	b.settled(two)
	_, err := b.escrow.Pay(t.Context(), forContract(one.Entry), first)
	refusedWith(t, err, &contracts.ClaimSettlementNotAnchored{})
	again := b.prove([]proof.Hash{one.Commitment()}, 0, 0)
	if _, err := b.escrow.Remember(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.settled(b.payment(b.escrow, 3, 1))
	if _, err := b.escrow.Pay(t.Context(), forContract(one.Entry), again); err != nil {
		t.Error(err)
	}
}

func TestRolesLimitsAndPause(t *testing.T) {
	b := newBank(t)
	at, admin, stranger := b.escrow.Address(), b.signer, testSigner(t, 1)
	for name, data := range map[string][]byte{
		"limit": settlementABI.PackLimit(big.NewInt(1), big.NewInt(1)), "pause": settlementABI.PackPause(),
		"unpause":      settlementABI.PackUnpause(),
		"announceMove": settlementABI.PackAnnounceMove(stranger.Address()), "move": settlementABI.PackMove(),
	} {
		_, err := b.call(stranger.Address(), at, data)
		if got := revert(t, settlementABI.UnpackError,
			err); reflect.TypeOf(got) != reflect.TypeFor[*contracts.ClaimSettlementAccessControlUnauthorizedAccount]() {
			t.Errorf("%s by a stranger: %T", name, got)
		}
	}
	// A pauser may stop and not start.
	role, err := b.call(admin.Address(), at, settlementABI.PackPAUSER())
	if err != nil {
		t.Fatal(err)
	}
	b.must(&at, settlementABI.PackGrantRole([32]byte(role), stranger.Address()))
	p := b.payment(b.escrow, 1, 40_000)
	proofs := b.settled(p, b.payment(b.escrow, 2, 50_000), b.payment(b.escrow, 3, 50_000))
	if r, err := b.transact(stranger, &at, settlementABI.PackPause()); err != nil || r.Status != 1 {
		t.Fatal(r, err)
	}
	_, err = b.escrow.Pay(t.Context(), forContract(p.Entry), proofs[0])
	refusedWith(t, err, &contracts.ClaimSettlementEnforcedPause{})
	if _, err := b.call(stranger.Address(), at, settlementABI.PackUnpause()); err == nil {
		t.Error("who may pause could start again")
	}
	b.must(&at, settlementABI.PackUnpause())
	for i, n := range []uint64{1, 2} {
		if _, err := b.escrow.Pay(t.Context(), forContract(b.payment(b.escrow, n, []uint64{40_000, 50_000}[i]).Entry),
			proofs[i]); err != nil {
			t.Fatal(err)
		}
	}
	third := forContract(b.payment(b.escrow, 3, 50_000).Entry)
	_, err = b.escrow.Pay(t.Context(), third, proofs[2])
	refusedWith(t, err, &contracts.ClaimSettlementOverLimit{}) // of the day
	b.do("evm_increaseTime", hexutil.EncodeUint64(86_400))
	b.mine(1)
	if _, err := b.escrow.Pay(t.Context(), third, proofs[2]); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// The escrow moves to another contract, with notice. What the old one has paid, the new one does not.
func TestTheEscrowMoves(t *testing.T) {
	b := newBank(t)
	old := b.escrow
	oldAt := old.Address()
	next := b.newEscrow(oldAt)
	paid, late := b.payment(old, 1, 100), b.payment(old, 2, 200)
	moved, again := b.payment(next, 2, 200), b.payment(next, 1, 100)
	proofs := b.settled(paid, late, moved, again)
	pay := func(e *Escrow, p settlement.Payment, i int) error {
		_, err := e.Pay(t.Context(), forContract(p.Entry), proofs[i])
		return err
	}
	if err := pay(old, paid, 0); err != nil {
		t.Fatal(err)
	}
	refusedWith(t, pay(next, moved, 2), &contracts.ClaimSettlementPredecessorOpen{})
	b.must(&oldAt, settlementABI.PackAnnounceMove(next.Address()))
	_, err := b.call(b.signer.Address(), oldAt, settlementABI.PackMove())
	if got := revert(t, settlementABI.UnpackError,
		err); reflect.TypeOf(got) != reflect.TypeFor[*contracts.ClaimSettlementTooEarly]() {
		t.Errorf("moved without notice: %T", got)
	}
	b.do("evm_increaseTime", hexutil.EncodeUint64(1001))
	b.mine(1)
	b.must(&oldAt, settlementABI.PackMove())
	if left, has := b.balance(oldAt), b.balance(next.Address()); left != 0 || has != 1_000_000-100 {
		t.Errorf("the old escrow has %d, the new one %d", left, has)
	}
	refusedWith(t, pay(old, late, 1), &contracts.ClaimSettlementEscrowClosed{})
	if err := pay(next, moved, 2); err != nil {
		t.Errorf("what was not paid: %v", err)
	}
	if done, err := next.Paid(t.Context(), again.Entry.Nullifier); err != nil || !done {
		t.Errorf("the new one does not know what the old one paid: %v, %v", done, err)
	}
	_, err = next.send(t.Context(), settlementABI.PackPay(forContract(again.Entry), proofs[3]))
	refusedWith(t, err, &contracts.ClaimSettlementAlreadyPaid{})
	if got := b.balance(paid.Entry.Payee); got != 100 {
		t.Errorf("the first payee has %d cents", got)
	}
}
