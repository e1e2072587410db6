//go:build integration

package evm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tallystick/anchor"
	"tallystick/anchor/internal/durable"
	"tallystick/anchor/internal/durabletest"
	"tallystick/internal/testenv"
)

// proxy stands before a node and may change what it says.
type proxy struct {
	*httptest.Server
	requests atomic.Int64
	// answer changes the answer to a call.
	answer func(method string, result json.RawMessage) json.RawMessage
	// before and after are called with the number of a request, when it has come and before its answer goes.
	before, after func(n int64)
}

func newProxy(t testing.TB, node string) *proxy {
	p := &proxy{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := p.requests.Add(1)
		question, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if p.before != nil {
			p.before(n)
		}
		resp, err := http.Post(node, "application/json", bytes.NewReader(question))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		said, err := io.ReadAll(resp.Body)
		if err != nil {
			return
		}
		if p.answer != nil {
			var asked struct{ Method string }
			var told map[string]json.RawMessage
			if json.Unmarshal(question, &asked) == nil && json.Unmarshal(said, &told) == nil && told["result"] != nil {
				told["result"] = p.answer(asked.Method, told["result"])
				said, _ = json.Marshal(told)
			}
		}
		if p.after != nil {
			p.after(n)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(said)
	}))
	t.Cleanup(p.Close)
	return p
}

// headAnswer is what a node says when it is asked for a log's head.
func headAnswer(size uint64, root [32]byte, block uint64, signer Address) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`"0x%064x%x%064x%064x"`, size, root[:], block, signer.Big()))
}

// A node that lies can keep an anchor from becoming final, and never makes one final that is not.
func TestOfTwoNodesOneLies(t *testing.T) {
	s := newSite(t, byHand)
	s.mine(3)
	honest := func(_ string, result json.RawMessage) json.RawMessage { return result }
	// What the registry would say had it anchored size 1.
	anchored := headAnswer(1, s.log.root(1), 2, s.signer.Address())
	for _, c := range []struct {
		name string
		lie  func(method string, result json.RawMessage) json.RawMessage
		want error // nil: it only waits
	}{
		{"about the head", func(method string, result json.RawMessage) json.RawMessage {
			if method == "eth_call" {
				return anchored
			}
			return result
		}, ErrNodesDisagree},
		{"about blocks", func(method string, result json.RawMessage) json.RawMessage {
			if method == "eth_getBlockByNumber" {
				var b map[string]any
				_ = json.Unmarshal(result, &b)
				b["hash"] = "0x" + strings.Repeat("77", 32)
				result, _ = json.Marshal(b)
			}
			return result
		}, ErrNodesDisagree},
		{"about the account's nonce", func(method string, result json.RawMessage) json.RawMessage {
			if method == "eth_getTransactionCount" {
				return json.RawMessage(`"0x63"`)
			}
			return result
		}, ErrNodesDisagree},
		{"about what gas costs", func(method string, result json.RawMessage) json.RawMessage {
			if method == "eth_maxPriorityFeePerGas" {
				return json.RawMessage(`"0xffffffffffffffff"`)
			}
			return result
		}, nil},
		{"about having sent it", func(method string, result json.RawMessage) json.RawMessage {
			if method == "eth_getTransactionReceipt" {
				return json.RawMessage(`{"blockHash":"0x` + strings.Repeat("77", 32) +
					`","blockNumber":"0x1","status":"0x1","gasUsed":"0x1"}`)
			}
			return result
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			liar := newProxy(t, s.url)
			liar.answer = c.lie
			cfg := s.config()
			cfg.Dir, cfg.Nodes = t.TempDir(), []string{s.url, liar.URL}
			l := s.openWith(cfg)
			for range 5 {
				err := l.Publish(t.Context(), s.log.checkpoint(t, 1))
				if !errors.Is(err, anchor.ErrPending) || c.want != nil && !errors.Is(err, c.want) {
					t.Fatalf("%v, want that it is pending: %v", err, c.want)
				}
				if got := s.anchors(); len(got) > 0 {
					t.Fatalf("the test's own chain has anchored %v", got)
				}
			}
			s.do("anvil_dropAllTransactions")
		})
	}
	t.Run("it stops lying", func(t *testing.T) {
		liar := newProxy(t, s.url)
		liar.answer = honest
		cfg := s.config()
		cfg.Nodes = []string{s.url, liar.URL}
		l := s.openWith(cfg)
		s.settle(l, 1)
		if got := s.anchors(); !slices.Equal(got, []uint64{1}) {
			t.Errorf("anchored %v", got)
		}
	})
	t.Run("a third node outvotes it", func(t *testing.T) {
		liar, third := newProxy(t, s.url), newProxy(t, s.url)
		liar.answer = func(method string, result json.RawMessage) json.RawMessage {
			if method == "eth_call" || method == "eth_getTransactionCount" {
				return json.RawMessage(`"0x"`)
			}
			return result
		}
		cfg := s.config()
		cfg.Dir, cfg.Nodes, cfg.Agree = t.TempDir(), []string{s.url, liar.URL, third.URL}, 2
		s.settle(s.openWith(cfg), 5)
	})
	t.Run("a verifier is not deceived", func(t *testing.T) {
		liar := newProxy(t, s.url)
		liar.answer = func(method string, result json.RawMessage) json.RawMessage {
			if method == "eth_call" {
				return headAnswer(9, s.log.root(9), 2, s.signer.Address())
			}
			return result
		}
		c := Chain{Nodes: []string{s.url, liar.URL}, ID: testChain, Registry: s.registry, Account: s.signer.Address(),
			Depth: 1}
		if _, err := c.Check(t.Context(), s.log.signer.Name(), 9, s.log.root(9)); !errors.Is(err, ErrNodesDisagree) {
			t.Errorf("%v", err)
		}
	})
}

// childEnv tells the test's own program to be the ledger that is killed.
const childEnv = "TALLYSTICK_TEST_LEDGER"

// childConfig is what that ledger works on.
type childConfig struct {
	Dir, LogKey, Node, KeyFile, Registry string
	Checkpoints                          []string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		if err := childLedger(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// childLedger makes each checkpoint final, one after the other.
func childLedger(text string) error {
	var c childConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	signer, err := LoadKeyFile(c.KeyFile)
	if err != nil {
		return err
	}
	to, err := ParseAddress(c.Registry)
	if err != nil {
		return err
	}
	l, err := Open(Config{
		Dir: c.Dir, LogKey: c.LogKey, ChainID: testChain, Nodes: []string{c.Node}, Registry: to, Signer: signer,
		Depth: 2,
	})
	if err != nil {
		return err
	}
	for _, cp := range c.Checkpoints {
		for {
			err := l.Publish(context.Background(), []byte(cp))
			if err == nil {
				break
			}
			if strings.Contains(err.Error(), "smaller than") {
				break // the run before had given a newer one
			}
			if !errors.Is(err, anchor.ErrPending) {
				return err
			}
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

// The ledger's process is killed at each of its requests, before the node has it and after, until one run comes
// through. Then all is anchored, and nothing twice.
func TestKilledAtEachRequest(t *testing.T) {
	s := newSite(t, testenv.AnvilOptions{Args: []string{"--block-time", "1"}})
	keyFile := t.TempDir() + "/account.key"
	if err := os.WriteFile(keyFile, []byte(testenv.AnvilKeys[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, s.url)
	var victim atomic.Pointer[os.Process]
	var killAt atomic.Int64
	var early atomic.Bool
	kill := func() {
		if process := victim.Load(); process != nil {
			_ = process.Signal(syscall.SIGKILL)
		}
	}
	p.before = func(n int64) {
		if n == killAt.Load() && early.Load() {
			kill()
			time.Sleep(5 * time.Millisecond)
		}
	}
	p.after = func(n int64) {
		if n == killAt.Load() && !early.Load() {
			kill()
		}
	}
	// Blocks come by themselves, as on a chain.
	stop, mining := make(chan struct{}), sync.WaitGroup{}
	mining.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(15 * time.Millisecond):
				s.mine(1)
			}
		}
	})
	defer mining.Wait()
	defer close(stop)
	var size uint64
	killed, ran := 0, 0
	for n := int64(1); ; n++ {
		came := 0
		for _, before := range []bool{true, false} {
			c := childConfig{Dir: s.dir, LogKey: s.log.vkey, Node: p.URL, KeyFile: keyFile, Registry: s.registry.Hex()}
			if size > 0 {
				c.Checkpoints = append(c.Checkpoints, string(s.log.checkpoint(t, size))) // what the one before left
			}
			size++
			c.Checkpoints = append(c.Checkpoints, string(s.log.checkpoint(t, size)))
			text, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			killAt.Store(p.requests.Load() + n)
			early.Store(before)
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childEnv+"="+string(text))
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			victim.Store(cmd.Process)
			err = cmd.Wait()
			victim.Store(nil)
			ran++
			switch state := cmd.ProcessState.Sys().(syscall.WaitStatus); {
			case err == nil:
				came++
			case state.Signaled() && state.Signal() == syscall.SIGKILL:
				killed++
			default:
				t.Fatalf("request %d: %v\n%s", n, err, out.String())
			}
		}
		if came == 2 || n > 120 {
			break
		}
	}
	t.Logf("%d runs, %d killed", ran, killed)
	if killed < 20 {
		t.Errorf("only %d runs were killed: the test shows little", killed)
	}
	l := s.open()
	for range 200 {
		if err := l.Publish(t.Context(), s.log.checkpoint(t, size)); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	got := s.anchors()
	if len(got) == 0 || got[len(got)-1] != size || !slices.IsSorted(got) ||
		len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Errorf("anchored %v, want each at most once, in order, up to %d", got, size)
	}
	for _, size := range got {
		if cp, err := l.Lookup(t.Context(), size); err != nil || string(cp) != string(s.log.checkpoint(t, size)) {
			t.Errorf("size %d is on the chain and not to be found: %v", size, err)
		}
	}
}

// Each step on the disk fails, before its effect or after, with and without a loss of power. The next run goes on from
// what is there.
func TestADiskThatFailsAtEachStep(t *testing.T) {
	s := newSite(t, testenv.AnvilOptions{})
	size := uint64(0)
	for _, fault := range []durabletest.Fault{durabletest.NotDone, durabletest.DoneFail} {
		for _, powerLoss := range []bool{false, true} {
			for n := 1; ; n++ {
				size++
				files := durabletest.NewFaultFS("/chain")
				cfg := s.config()
				cfg.Dir = "/chain"
				run := func() error {
					l, err := open(cfg, durable.NewDir(files, "/chain"))
					if err != nil {
						return err
					}
					defer l.nodes.close()
					for range 6 {
						if err = l.Publish(t.Context(), s.log.checkpoint(t, size)); err == nil {
							return nil
						}
						s.mine(1)
					}
					return err
				}
				files.FailAt(n, fault)
				_ = run()
				reached := files.Steps() >= n
				if files.Restart(); powerLoss {
					files.PowerLoss()
				}
				if err := run(); err != nil {
					t.Fatalf("step %d, fault %d, power lost %v: %v", n, fault, powerLoss, err)
				}
				if !reached {
					break
				}
			}
		}
	}
	want := make([]uint64, size)
	for i := range want {
		want[i] = uint64(i) + 1
	}
	if got := s.anchors(); !slices.Equal(got, want) {
		t.Errorf("anchored %v, want 1 to %d, each once", got, size)
	}
}
