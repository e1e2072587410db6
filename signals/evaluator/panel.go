package evaluator

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"tallystick/signals/consortium"
	"tallystick/signals/oprf"
	"tallystick/signals/peer"
)

// Panel is the evaluators as a member asks them. Safe for concurrent use.
type Panel struct {
	key   *consortium.Key
	now   func() time.Time
	hedge time.Duration // after which one more evaluator is asked beside one that is silent
	limit time.Duration // after which a silent one is given up

	mu    sync.Mutex
	nodes map[string]*node        // by TLS key
	panel map[string]*oprf.Client // by commitments
}

// node is the way to one evaluator.
type node struct {
	client *peer.Client
	mu     sync.Mutex
	seen   string // newest receipt
	at     int64  // its line
	meter  string
}

// Fault is what was wrong with one evaluator. It names it; the others' answers counted all the same.
type Fault struct {
	Evaluator string
	Err       error
}

func (f Fault) Error() string { return fmt.Sprintf("evaluator %s: %v", f.Evaluator, f.Err) }
func (f Fault) Unwrap() error { return f.Err }

// Work is what a panel is asked for.
type Work struct {
	File    *consortium.File
	Epoch   consortium.Epoch
	Purpose Purpose
	Claim   string   // commitment
	Inputs  [][]byte // any number; they go in batches
}

// Result is what came of it.
type Result struct {
	Outputs  [][]byte // one an input
	Receipts []string // signed
	Faults   []Fault  // evaluators that were late, silent or wrong
}

// PanelConfig says how long a panel waits. The zero value is right but for tests.
type PanelConfig struct {
	Hedge time.Duration    // 0: 400 ms
	Limit time.Duration    // 0: 5 s
	Now   func() time.Time // nil: time.Now
}

// NewPanel returns a panel that asks with a member's key.
func NewPanel(key *consortium.Key, cfg PanelConfig) *Panel {
	p := &Panel{key: key, now: cfg.Now, hedge: cfg.Hedge, limit: cfg.Limit, nodes: map[string]*node{},
		panel: map[string]*oprf.Client{}}
	if p.hedge == 0 {
		p.hedge = 400 * time.Millisecond
	}
	if p.limit == 0 {
		p.limit = 5 * time.Second
	}
	if p.now == nil {
		p.now = time.Now
	}
	return p
}

// Close ends idle connections.
func (p *Panel) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.nodes {
		n.client.Close()
	}
}

func (p *Panel) node(e consortium.Evaluator) (*node, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := string(e.TLS) + e.Address
	if n := p.nodes[id]; n != nil {
		return n, nil
	}
	client, err := peer.NewClient(e.Address, ed25519.PublicKey(e.TLS), p.key.TLS())
	if err != nil {
		return nil, err
	}
	n := &node{client: client}
	p.nodes[id] = n
	return n, nil
}

func (p *Panel) client(epoch consortium.Epoch) (*oprf.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := string(slices.Concat(epoch.Commitments...))
	if c := p.panel[id]; c != nil {
		return c, nil
	}
	public, err := oprf.ParsePublic(epoch.Commitments)
	if err != nil {
		return nil, fmt.Errorf("epoch %d: %w", epoch.Number, err)
	}
	c, err := oprf.NewClient(public, len(epoch.Holders))
	if err != nil {
		return nil, fmt.Errorf("epoch %d: %w", epoch.Number, err)
	}
	p.panel[id] = c
	return c, nil
}

// Evaluate has inputs evaluated by as many evaluators as the key wants. Each answer's proof is checked; one that is
// wrong is named in Faults and another evaluator is asked.
func (p *Panel) Evaluate(ctx context.Context, w Work) (*Result, error) {
	client, err := p.client(w.Epoch)
	if err != nil {
		return nil, err
	}
	result := &Result{}
	for inputs := range slices.Chunk(w.Inputs, oprf.MaxBatch) {
		if err := p.batch(ctx, client, w, inputs, result); err != nil {
			return result, err
		}
	}
	return result, nil
}

// reply is what one evaluator answered.
type reply struct {
	place  int
	answer *Answer
	err    error
}

func (p *Panel) batch(ctx context.Context, client *oprf.Client, w Work, inputs [][]byte, result *Result) error {
	blinding, err := client.Blind(inputs)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	order := rand.Perm(len(w.Epoch.Holders))
	replies := make(chan reply, len(order)) // none is left waiting when we return early
	asked, pending := 0, 0
	ask := func() {
		if asked < len(order) {
			place := order[asked]
			asked, pending = asked+1, pending+1
			go func() {
				answer, err := p.ask(ctx, w, place, blinding.Request())
				replies <- reply{place, answer, err}
			}()
		}
	}
	for range client.Threshold() {
		ask()
	}
	hedge := time.NewTicker(p.hedge)
	defer hedge.Stop()
	var faults []error
	for blinding.Answers() < client.Threshold() {
		if pending == 0 {
			return fmt.Errorf("%d of %d evaluators answered and %d must: %w", blinding.Answers(), len(order),
				client.Threshold(), errors.Join(faults...))
		}
		select {
		case r := <-replies:
			pending--
			err := r.err
			if err == nil {
				err = p.take(w, blinding, r, result)
			}
			if err != nil {
				fault := Fault{w.Epoch.Holders[r.place], err}
				faults, result.Faults = append(faults, fault), append(result.Faults, fault)
				ask()
			}
		case <-hedge.C:
			ask()
		case <-ctx.Done():
			return fmt.Errorf("asking the evaluators: %w", context.Cause(ctx))
		}
	}
	outputs, err := blinding.Finalize()
	if err != nil {
		return err
	}
	result.Outputs = append(result.Outputs, outputs...)
	return nil
}

// ask asks one evaluator.
func (p *Panel) ask(ctx context.Context, w Work, place int, blinded []byte) (*Answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.limit, fmt.Errorf("no answer within %s", p.limit))
	defer cancel()
	evaluator, ok := w.File.Evaluator(w.Epoch.Holders[place])
	if !ok {
		return nil, errors.New("it is no longer an evaluator")
	}
	n, err := p.node(evaluator)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	seen := n.seen
	n.mu.Unlock()
	answer := new(Answer)
	err = n.client.Post(ctx, "/v1/evaluate", Request{w.File.Name, w.Epoch.Number, p.now().UTC(), w.Purpose, w.Claim,
		blinded, seen}, answer)
	if err != nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		err = context.Cause(ctx)
	}
	return answer, err
}

// take checks an answer and its receipt.
func (p *Panel) take(w Work, blinding *oprf.Blinding, r reply, result *Result) error {
	name := w.Epoch.Holders[r.place]
	evaluator, _ := w.File.Evaluator(name)
	verifier, err := evaluator.Verifier()
	if err != nil {
		return err
	}
	receipt, err := OpenReceipt(r.answer.Receipt, verifier)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(blinding.Request())
	if receipt.Request != hex.EncodeToString(sum[:]) || receipt.Member != p.key.Name() ||
		receipt.Epoch != w.Epoch.Number || receipt.Claim != w.Claim {
		return errors.New("its receipt is of another request")
	}
	if err := blinding.Take(uint16(r.place+1), r.answer.Evaluated); err != nil {
		return err
	}
	result.Receipts = append(result.Receipts, r.answer.Receipt)
	n, err := p.node(evaluator)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if receipt.Meter != n.meter || receipt.Sequence > n.at {
		n.meter, n.at, n.seen = receipt.Meter, receipt.Sequence, r.answer.Receipt
	}
	return nil
}

// Status asks each evaluator how it is. An evaluator that does not answer is in the faults.
func (p *Panel) Status(ctx context.Context, file *consortium.File) ([]Status, []Fault) {
	ctx, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	all := make([]Status, len(file.Evaluators))
	errs := make([]error, len(file.Evaluators))
	var wait sync.WaitGroup
	for i, e := range file.Evaluators {
		wait.Go(func() {
			n, err := p.node(e)
			if err != nil {
				errs[i] = err
				return
			}
			text, err := n.client.Get(ctx, "/v1/status")
			if err == nil {
				err = json.Unmarshal(text, &all[i])
			}
			errs[i] = err
		})
	}
	wait.Wait()
	var answered []Status
	var faults []Fault
	for i, e := range file.Evaluators {
		if errs[i] != nil {
			faults = append(faults, Fault{e.Name, errs[i]})
			continue
		}
		answered = append(answered, all[i])
	}
	slices.SortFunc(answered, func(a, b Status) int { return strings.Compare(a.Evaluator, b.Evaluator) })
	return answered, faults
}

// Commit returns the commitment to a claim under a salt, by which evaluators know a look-up without knowing the claim.
func Commit(salt []byte, insurer, claim string) string {
	sum := sha256.Sum256(bytes.Join([][]byte{[]byte("tallystick signals claim v1"), salt, []byte(insurer),
		[]byte(claim)}, []byte{0}))
	return hex.EncodeToString(sum[:])
}
