package member

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tallystick/signals"
	"tallystick/signals/consortium"
	"tallystick/signals/evaluator"
	"tallystick/signals/index"
	"tallystick/signals/peer"
)

// Files in a member's directory.
const (
	KeyFile        = "node.key"
	ConsortiumFile = "consortium.txt"
)

// StaleAfter is how long a copy that was not in contact with its publisher still counts.
const StaleAfter = 10 * time.Minute

// Config is what a node is made of. Dir, Approvers, Forms and Claims are required.
type Config struct {
	Dir       string         // the node's alone
	Approvers []string       // vkeys of the people who may approve
	Forms     signals.Forms  // normal forms
	Claims    signals.Claims // which claims are open
	Causes    signals.Causes // where hits go; nil: they are listed and nothing more
	Log       Anchor         // where batches are anchored; nil: nowhere
	Pull      time.Duration  // between two visits to each other member; 0: 5 s
	Panel     evaluator.PanelConfig
	Now       func() time.Time // nil: time.Now
	Logger    *slog.Logger     // nil: discard
}

// Anchor takes the digests of own batches into a log that others can verify.
type Anchor interface {
	// Anchor adds batches, the first of which has that number, from 1. Those that it has are compared: another digest
	// is an error.
	Anchor(ctx context.Context, first int64, digests []string) error
}

// Node is a member's node.
type Node struct {
	cfg       Config
	key       *consortium.Key
	signer    note.Signer
	store     *consortium.Store
	panel     *evaluator.Panel
	index     *index.Index
	approvers []note.Verifier
	now       func() time.Time
	log       *slog.Logger
	release   func() error
	audit     *lines
	receipts  *lines
	causes    *causes
	watch     *watch
	letters   *letters
	uses      *uses
	published chan struct{} // wakes who anchors

	publishing sync.Mutex // one batch at a time
	pulling    sync.Mutex // one round at a time

	mu      sync.Mutex
	own     *feed
	records map[string]*record // by signal
	others  map[string]*other
	faults  map[string]string // evaluators that were late, silent or wrong, and how, at the last time
}

// other is what is known of another member.
type other struct {
	feed    *feed
	client  *peer.Client
	address string
	contact time.Time        // when its signed head was last compared
	news    []*signals.Batch // fetched, and what they concern not judged yet
	forms   string
	problem string // of the last visit
}

// Open takes over the node in a directory.
func Open(cfg Config) (*Node, error) {
	if cfg.Forms == nil || cfg.Claims == nil {
		return nil, errors.New("a member's node needs normal forms and a list of open claims")
	}
	if cfg.Pull == 0 {
		cfg.Pull = 5 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Panel.Now = cfg.Now
	n := &Node{
		cfg: cfg, now: cfg.Now, log: cfg.Logger, index: index.New(),
		records: map[string]*record{}, others: map[string]*other{}, faults: map[string]string{},
		published: make(chan struct{}, 1),
	}
	for _, vkey := range cfg.Approvers {
		v, err := note.NewVerifier(vkey)
		if err != nil {
			return nil, fmt.Errorf("an approver's key: %w", err)
		}
		n.approvers = append(n.approvers, v)
	}
	var err error
	if n.key, err = consortium.LoadKey(filepath.Join(cfg.Dir, KeyFile)); err != nil {
		return nil, err
	}
	n.signer = n.key.Signer()
	if n.store, err = consortium.OpenStore(filepath.Join(cfg.Dir, ConsortiumFile)); err != nil {
		return nil, err
	}
	if n.release, err = lock(filepath.Join(cfg.Dir, "lock")); err != nil {
		return nil, err
	}
	if err := n.openState(); err != nil {
		return nil, errors.Join(err, n.release())
	}
	n.panel = evaluator.NewPanel(n.key, cfg.Panel)
	return n, nil
}

// openState reads what the node has kept.
func (n *Node) openState() error {
	file, err := n.file()
	if err != nil {
		return err
	}
	if err := n.takeEpochs(file); err != nil {
		return err
	}
	ignore := func(int64, []byte) error { return nil }
	if n.audit, err = openLines(filepath.Join(n.cfg.Dir, "audit.jsonl"), ignore); err != nil {
		return err
	}
	if n.receipts, err = openLines(filepath.Join(n.cfg.Dir, "receipts.jsonl"), ignore); err != nil {
		return err
	}
	if n.letters, err = openLetters(filepath.Join(n.cfg.Dir, "inquiries"), n.key); err != nil {
		return err
	}
	own, _ := file.Member(n.key.Name())
	verifier, err := own.Verifier()
	if err != nil {
		return err
	}
	published := map[string]bool{}
	n.own, err = openFeed(filepath.Join(n.cfg.Dir, "published"), verifier, func(b *signals.Batch) error {
		for i := range b.Entries {
			published[b.Entries[i].Record] = true
		}
		return n.applyKept(b)
	})
	if err != nil {
		return err
	}
	if err := n.openRecords(published); err != nil {
		return err
	}
	for _, m := range file.Members {
		if m.Name != n.key.Name() {
			if _, err := n.other(m); err != nil {
				return err
			}
		}
	}
	if n.causes, err = openCauses(n.cfg.Dir); err != nil {
		return err
	}
	if n.uses, err = openUses(n.cfg.Dir); err != nil {
		return err
	}
	n.watch, err = openWatch(n.cfg.Dir, n.causes.last)
	return err
}

// applyKept applies a batch that was checked when it was kept. Signals of epochs that are over are not there any more.
func (n *Node) applyKept(b *signals.Batch) error {
	known := n.index.Epochs()
	kept := *b
	kept.Entries = slices.DeleteFunc(slices.Clone(b.Entries), func(e signals.Entry) bool {
		return !slices.Contains(known, e.Epoch)
	})
	return n.index.Apply(&kept)
}

// takeEpochs makes the members' keys of all epochs in use known to the index.
func (n *Node) takeEpochs(file *consortium.File) error {
	for _, e := range file.Epochs {
		if !n.now().Before(e.Until) || e.MemberKeys[n.key.Name()] == nil ||
			slices.Contains(n.index.Epochs(), e.Number) {
			continue
		}
		key, err := file.MemberKey(e, n.key)
		if err != nil {
			return err
		}
		n.index.AddEpoch(e.Number, key)
	}
	return nil
}

// other returns what is known of a member, opening its copy when it is met first.
func (n *Node) other(m consortium.Member) (*other, error) {
	n.mu.Lock()
	o := n.others[m.Name]
	n.mu.Unlock()
	if o != nil && o.address == m.Address {
		return o, nil
	}
	verifier, err := m.Verifier()
	if err != nil {
		return nil, err
	}
	client, err := peer.NewClient(m.Address, ed25519.PublicKey(m.TLS), n.key.TLS())
	if err != nil {
		return nil, err
	}
	if o != nil { // it moved
		o.client.Close()
		o.client, o.address = client, m.Address
		return o, nil
	}
	o = &other{client: client, address: m.Address}
	if o.feed, err = openFeed(filepath.Join(n.cfg.Dir, "received", m.Name), verifier, n.applyKept); err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.others[m.Name] = o
	n.mu.Unlock()
	return o, nil
}

// file returns the consortium's file in force, in which this node must be a member.
func (n *Node) file() (*consortium.File, error) {
	file, err := n.store.Current()
	if err != nil {
		return nil, err
	}
	if _, ok := file.Member(n.key.Name()); !ok {
		return nil, fmt.Errorf("%s is no member of %s, version %d", n.key.Name(), file.Name, file.Version)
	}
	return file, nil
}

// Name returns the member's name.
func (n *Node) Name() string { return n.key.Name() }

// Close gives the directory free.
func (n *Node) Close() error {
	n.panel.Close()
	for _, o := range n.others {
		o.client.Close()
	}
	return errors.Join(n.audit.close(), n.receipts.close(), n.causes.close(), n.uses.close(), n.watch.close(),
		n.release())
}

// Run answers other members on the listener, visits them and hands causes on, until ctx is done.
func (n *Node) Run(ctx context.Context, listener net.Listener) error {
	server, err := peer.NewServer(listener, n.key.TLS(), map[string]peer.Handler{
		"GET /v1/head":             n.serveHead,
		"GET /v1/batches/{number}": n.serveBatch,
		"POST /v1/inquiries":       n.serveLetter,
		"POST /v1/accounts":        n.serveAccount,
	}, func(path string, err error) { n.log.Error("not answered", "path", path, "error", err) })
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	wait.Go(func() { n.visits(ctx) })
	wait.Go(func() { n.hand(ctx) })
	wait.Go(func() { n.anchors(ctx) })
	return server.Serve(ctx)
}

// visits pulls from the others, and once an hour looks for what has expired.
func (n *Node) visits(ctx context.Context) {
	tick := time.NewTicker(n.cfg.Pull)
	defer tick.Stop()
	var swept time.Time
	for {
		if err := n.Pull(ctx); err != nil && ctx.Err() == nil {
			n.log.Warn("visiting the other members", "error", err)
		}
		if now := n.now(); now.Sub(swept) >= time.Hour {
			swept = now
			if err := n.Sweep(ctx); err != nil && ctx.Err() == nil {
				n.log.Warn("sweeping", "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// from returns the member that holds a key.
func (n *Node) from(key ed25519.PublicKey) (*consortium.File, consortium.Member, error) {
	file, err := n.file()
	if err != nil {
		return nil, consortium.Member{}, err
	}
	i := slices.IndexFunc(file.Members, func(m consortium.Member) bool { return key.Equal(ed25519.PublicKey(m.TLS)) })
	if i < 0 {
		return nil, consortium.Member{},
			refused(403, "member", "the key of this connection is of no member of %s, version %d", file.Name,
				file.Version)
	}
	return file, file.Members[i], nil
}

func refused(status int, code, format string, args ...any) error {
	return &peer.Problem{Status: status, Code: code, Text: fmt.Sprintf(format, args...)}
}

func mkdir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making %s: %w", dir, err)
	}
	return nil
}
