//go:build integration

package evm

import (
	"errors"
	"io/fs"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"tallystick/anchor"
	"tallystick/internal/testenv"
)

var _ anchor.Ledger = (*Ledger)(nil)

func TestACheckpointBecomesFinal(t *testing.T) {
	s := newSite(t, testenv.AnvilOptions{})
	l := s.open()
	if _, err := l.Head(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the head of nothing: %v", err)
	}
	s.pending(l, 3)
	if _, err := l.Lookup(t.Context(), 3); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not final was found: %v", err)
	}
	s.settle(l, 3)
	s.settle(l, 3) // again is safe
	s.settle(l, 7)
	want := string(s.log.checkpoint(t, 7))
	if got, err := l.Head(t.Context()); err != nil || string(got) != want {
		t.Errorf("head %q, %v", got, err)
	}
	if got, err := l.Lookup(t.Context(), 3); err != nil || string(got) != string(s.log.checkpoint(t, 3)) {
		t.Errorf("lookup %q, %v", got, err)
	}
	for name, msg := range map[string][]byte{
		"a smaller one":              s.log.checkpoint(t, 5),
		"another root of that size":  s.log.forged(t, 7, s.log.root(8)),
		"another root of a past one": s.log.forged(t, 3, s.log.root(8)),
		"another log's":              newTestLog(t).checkpoint(t, 9),
		"no checkpoint":              []byte("hello\n"),
	} {
		if err := l.Publish(t.Context(), msg); err == nil || errors.Is(err, anchor.ErrPending) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
	if got := s.anchors(); !slices.Equal(got, []uint64{3, 7}) {
		t.Errorf("anchored %v", got)
	}
	if st := l.State(); st.Final != 7 || st.Newest != 7 || !st.Waiting.IsZero() || st.Err != nil {
		t.Errorf("state %+v", st)
	}
}

// An anchor costs at most 40,000 gas once the log has a head, whatever the batch holds.
func TestAnAnchorsGas(t *testing.T) {
	s := newSite(t, testenv.AnvilOptions{})
	l := s.open()
	for size := uint64(1); size < 1000; size += 333 {
		s.settle(l, size)
		gas := l.box.state.Final.GasUsed
		t.Logf("size %d: %d gas", size, gas)
		if limit := uint64(40_000); size > 1 && (gas == 0 || gas > limit) {
			t.Errorf("size %d took %d gas, want at most %d", size, gas, limit)
		}
	}
}

// While one transaction is on its way, newer checkpoints wait, and the newest takes the place of those before it.
func TestTheNewestGoesNext(t *testing.T) {
	s := newSite(t, byHand)
	l := s.open()
	s.pending(l, 1)
	s.pending(l, 2)
	s.pending(l, 3)
	s.mine(1)
	s.pending(l, 4)
	s.settle(l, 4)
	if got := s.anchors(); !slices.Equal(got, []uint64{1, 4}) {
		t.Errorf("anchored %v", got)
	}
	if _, err := l.Lookup(t.Context(), 1); err != nil {
		t.Error(err)
	}
}

func TestADroppedTransactionIsSentAgain(t *testing.T) {
	s := newSite(t, byHand)
	l := s.open()
	s.pending(l, 1)
	for range 3 {
		s.do("anvil_dropAllTransactions")
		s.mine(1)
		if got := s.anchors(); len(got) != 0 {
			t.Fatalf("anchored %v", got)
		}
		s.pending(l, 1)
	}
	s.settle(l, 1)
	if got := s.anchors(); !slices.Equal(got, []uint64{1}) {
		t.Errorf("anchored %v", got)
	}
}

// Somebody else uses the account: the number of our transaction is gone.
func TestAStrangersTransactionTakesTheNonce(t *testing.T) {
	s := newSite(t, byHand)
	l := s.open()
	s.pending(l, 1)
	i := l.box.state.Items[0]
	s.do("anvil_dropAllTransactions")
	to := testSigner(t, 1).Address()
	s.do("eth_sendRawTransaction", hexutil.Bytes(s.signed(s.signer, i.Nonce, 50e9, &to, nil)))
	s.mine(1)
	s.pending(l, 1)
	if again := l.box.state.Items[0]; again.Nonce != i.Nonce+1 {
		t.Errorf("nonce %d after %d", again.Nonce, i.Nonce)
	}
	s.settle(l, 1)
	if got := s.anchors(); !slices.Equal(got, []uint64{1}) {
		t.Errorf("anchored %v", got)
	}
}

// A transaction whose number lies behind one that nobody uses would wait for ever.
func TestANonceGapIsClosed(t *testing.T) {
	s := newSite(t, byHand)
	l := s.open()
	s.pending(l, 1)
	i := &l.box.state.Items[0]
	s.do("anvil_dropAllTransactions")
	v, err := l.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.sign(t.Context(), v, i, i.Nonce+5); err != nil { // as if the chain had undone five of ours
		t.Fatal(err)
	}
	s.settle(l, 1)
	if got := s.anchors(); !slices.Equal(got, []uint64{1}) {
		t.Errorf("anchored %v", got)
	}
}

// When gas becomes dearer than what was offered, the same number is offered for more, within the limit.
func TestFeesAreRaised(t *testing.T) {
	s := newSite(t, byHand)
	cfg := s.config()
	cfg.MaxFee = big.NewInt(60e9)
	l := s.openWith(cfg)
	s.pending(l, 1)
	first := l.box.state.Items[0]
	dear := func(gwei int64) {
		s.do("anvil_setNextBlockBaseFeePerGas", hexutil.EncodeBig(new(big.Int).Mul(big.NewInt(gwei), big.NewInt(1e9))))
		s.mine(1)
	}
	for range 3 {
		dear(20)
		s.pending(l, 1)
	}
	i := l.box.state.Items[0]
	if len(i.Txs) < 2 || i.Nonce != first.Nonce {
		t.Fatalf("%d transactions, nonce %d after %d", len(i.Txs), i.Nonce, first.Nonce)
	}
	for n := 1; n < len(i.Txs); n++ {
		before, _ := new(big.Int).SetString(i.Txs[n-1].FeeCap, 10)
		after, _ := new(big.Int).SetString(i.Txs[n].FeeCap, 10)
		if after.Cmp(before) <= 0 || after.Cmp(cfg.MaxFee) > 0 {
			t.Errorf("offered %s after %s", after, before)
		}
	}
	for range 5 {
		dear(100) // above the limit: nothing is offered that will not be paid
		s.pending(l, 1)
	}
	if got := s.anchors(); len(got) != 0 {
		t.Fatalf("anchored %v above the limit", got)
	}
	dear(1)
	s.settle(l, 1)
	if got := s.anchors(); !slices.Equal(got, []uint64{1}) {
		t.Errorf("anchored %v", got)
	}
}

// A log that was never anchored waits while gas is dearer than the limit, and says so.
func TestNothingIsSentAboveTheLimit(t *testing.T) {
	s := newSite(t, byHand)
	cfg := s.config()
	cfg.MaxFee = big.NewInt(1000)
	l := s.openWith(cfg)
	if err := s.pending(l, 1); !errors.Is(err, errFee) {
		t.Errorf("%v, want the reason", err)
	}
	if txs := l.box.state.Items[0].Txs; len(txs) > 0 {
		t.Errorf("%d transactions were made", len(txs))
	}
}

func TestReorganisations(t *testing.T) {
	for _, c := range []struct {
		name  string
		after int // blocks on the second anchor before the chain is undone
		depth int // blocks undone
		keep  bool
	}{
		{"the newest block", 0, 1, true},
		{"both anchors", 0, 4, true},
		{"deeper than final", 3, 6, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, byHand)
			l := s.open()
			s.mine(5)
			s.pending(l, 1)
			s.mine(1)
			s.pending(l, 2)
			s.mine(1)
			s.pending(l, 2)
			s.mine(c.after)
			if c.after > 2 {
				s.settle(l, 2)
			}
			s.do("anvil_reorg", c.depth, []any{})
			s.do("anvil_dropAllTransactions")
			err := l.Publish(t.Context(), s.log.checkpoint(t, 2))
			if !errors.Is(err, anchor.ErrPending) {
				t.Fatalf("after the reorganisation: %v", err)
			}
			s.settle(l, 2)
			got := s.anchors()
			if len(got) == 0 || got[len(got)-1] != 2 || !slices.IsSorted(got) ||
				len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Errorf("anchored %v", got)
			}
			f := l.box.state.Final
			if b, err := l.nodes.at(t.Context(), f.Block); err != nil || b.Hash != f.BlockHash {
				t.Errorf("final in block %d %s, the chain has %s, %v", f.Block, f.BlockHash, b.Hash, err)
			}
			if got, err := l.Head(t.Context()); err != nil || string(got) != string(s.log.checkpoint(t, 2)) {
				t.Errorf("head %q, %v", got, err)
			}
		})
	}
}

func TestAnotherChainIsRefused(t *testing.T) {
	s := newSite(t, testenv.AnvilOptions{})
	for name, change := range map[string]func(*Config){
		"another chain id":  func(c *Config) { c.ChainID = 1 },
		"no contract there": func(c *Config) { c.Registry = Address{1} },
		"a node among others": func(c *Config) {
			c.Nodes = append(c.Nodes, testenv.StartAnvil(t, testenv.AnvilOptions{ChainID: 5}).Addr)
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := s.config()
			cfg.Dir = t.TempDir()
			change(&cfg)
			l := s.openWith(cfg)
			if err := l.Publish(t.Context(), s.log.checkpoint(t, 1)); !errors.Is(err, ErrWrongChain) {
				t.Errorf("%v", err)
			}
			if items := l.box.state.Items; len(items) != 1 || len(items[0].Txs) > 0 {
				t.Errorf("a transaction was made: %+v", items)
			}
		})
	}
	t.Run("the same id, begun anew", func(t *testing.T) {
		l := s.open()
		s.settle(l, 1)
		l.Close()
		fresh := newSite(t, testenv.AnvilOptions{Args: []string{"--timestamp", "1700000000"}})
		if fresh.registry != s.registry {
			t.Fatal("the registries differ: the test shows nothing")
		}
		cfg := s.config()
		cfg.Nodes = []string{fresh.url}
		if err := s.openWith(cfg).Publish(t.Context(), s.log.checkpoint(t, 2)); !errors.Is(err, ErrWrongChain) {
			t.Errorf("%v", err)
		}
	})
}

// The chain holds what this log never had: as after the log was put back from an old copy, or when two keep one log.
func TestAnotherHistoryOnTheChainStopsAnchoring(t *testing.T) {
	for name, c := range map[string]struct{ size, root, publish uint64 }{
		"another root": {5, 6, 5},
		"a larger log": {9, 9, 5},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, testenv.AnvilOptions{})
			data := registry.PackAnchor(s.signer.Address(), OriginHash(s.log.signer.Name()), c.size, s.log.root(c.root))
			if _, err := s.transact(s.signer, &s.registry, data); err != nil {
				t.Fatal(err)
			}
			s.mine(5)
			l := s.open()
			if err := l.Publish(t.Context(), s.log.checkpoint(t, c.publish)); !errors.Is(err, ErrConflict) {
				t.Errorf("%v, want a conflict", err)
			}
		})
	}
}

// Another process, a copy of the outbox or a lost outbox has anchored the same: that is found and counts.
func TestALostOutboxAnchorsNothingTwice(t *testing.T) {
	s := newSite(t, testenv.AnvilOptions{})
	s.settle(s.open(), 4)
	cfg := s.config()
	cfg.Dir = t.TempDir()
	l := s.openWith(cfg)
	s.settle(l, 4)
	s.settle(l, 6)
	if got := s.anchors(); !slices.Equal(got, []uint64{4, 6}) {
		t.Errorf("anchored %v", got)
	}
}

func TestASignerThatWasReplacedIsTold(t *testing.T) {
	s := newSite(t, testenv.AnvilOptions{})
	l := s.open()
	s.settle(l, 1)
	data := registry.PackAppoint(s.signer.Address(), OriginHash(s.log.signer.Name()), testSigner(t, 1).Address())
	if _, err := s.transact(s.signer, &s.registry, data); err != nil {
		t.Fatal(err)
	}
	if err := l.Publish(t.Context(), s.log.checkpoint(t, 2)); !errors.Is(err, ErrRefused) {
		t.Errorf("%v", err)
	}
	l.Close()
	cfg := s.config()
	cfg.Account, cfg.Signer = s.signer.Address(), testSigner(t, 1)
	s.settle(s.openWith(cfg), 2)
}

// A verifier walks back from the head to the anchor that it asks for.
func TestCheckFindsAnchors(t *testing.T) {
	s := newSite(t, testenv.AnvilOptions{})
	l := s.open()
	for _, size := range []uint64{2, 5, 9} {
		s.settle(l, size)
	}
	chain := Chain{Nodes: []string{s.url}, ID: testChain, Registry: s.registry, Account: s.signer.Address(), Depth: 2}
	origin := s.log.signer.Name()
	for _, size := range []uint64{2, 5, 9} {
		a, err := chain.Check(t.Context(), origin, size, s.log.root(size))
		if err != nil || a.Block == 0 {
			t.Errorf("size %d: %+v, %v", size, a, err)
		}
	}
	for _, c := range []struct {
		name       string
		size, root uint64
		origin     string
		want       error
	}{
		{"between two", 4, 4, origin, ErrNotAnchored},
		{"before the first", 1, 1, origin, ErrNotAnchored},
		{"not yet", 10, 10, origin, ErrNotAnchored},
		{"another log", 5, 5, "another", ErrNotAnchored},
		{"another root", 5, 6, origin, ErrConflict},
	} {
		if _, err := chain.Check(t.Context(), c.origin, c.size, s.log.root(c.root)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
