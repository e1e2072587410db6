package evm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"path/filepath"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor"
	"tallystick/anchor/internal/durable"
	"tallystick/anchor/proof"
)

// Errors that do not pass by trying again.
var (
	// ErrConflict means that the chain and the log show two histories: another root of one size, or a head that this
	// log never had.
	ErrConflict = errors.New("the chain holds another history of this log")
	// ErrRefused means that the registry does not take anchors from this account: another key was appointed.
	ErrRefused = errors.New("the registry takes anchors of this log from another account")
)

// Config says which chain, and who signs. All but Account, Agree, Depth, MaxFee, BumpAfter and Logger are required.
type Config struct {
	Dir     string // of the outbox; one process at a time may hold it
	LogKey  string // the log's key as a C2SP vkey; its name is the origin
	ChainID uint64
	// Nodes are URLs of the chain's JSON-RPC. With one, what it says is believed. With more, Agree of them must say the
	// same of a block before anything counts, so that a liar can delay and not deceive.
	Nodes    []string
	Agree    int     // more than half of the nodes; 0: all of them
	Registry Address // the contract
	Account  Address // of the log in the registry; zero: the signer's own
	Signer   Signer  // an account that nothing else uses

	Depth     uint64   // blocks behind the newest after which one is final; 0: what the chain itself calls finalized
	MaxFee    *big.Int // wei for each unit of gas, all included; nil: 200 gwei. Above it anchors wait
	BumpAfter uint64   // blocks without it after which a transaction is sent again for more; 0: 3
	Logger    *slog.Logger
}

// State is how far anchoring has come, for metrics and people.
type State struct {
	Newest  uint64    // size of the newest checkpoint that was given
	Final   uint64    // size of the newest final one; 0: none
	Gas     uint64    // that its transaction took; 0: none of ours, or no node has told
	Waiting time.Time // since when something is on its way; zero: nothing is
	Err     error     // of the last look at the chain; nil: it succeeded
}

// Ledger makes checkpoints final on a chain; it is an anchor.Ledger. All that it does follows from its outbox and the
// chain, so it may die anywhere and be opened again. Its methods may be called concurrently.
type Ledger struct {
	cfg      Config
	verifier note.Verifier
	log      logOf
	nodes    *nodes
	release  func() error

	mu      sync.Mutex // one look at the chain at a time
	box     *outbox
	checked bool  // that this is the chain and the contract of the outbox
	fatal   error // a contradiction that was seen; it does not pass

	stateMu sync.Mutex
	state   State
}

// Open takes over the outbox in a directory. It asks no node yet, so that a chain that is away keeps nobody from
// starting.
func Open(cfg Config) (*Ledger, error) {
	release, err := durable.Lock(filepath.Join(cfg.Dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("opening the chain's outbox: %w", err)
	}
	l, err := open(cfg, durable.NewDir(durable.OS{}, cfg.Dir))
	if err != nil {
		return nil, errors.Join(err, release())
	}
	l.release = release
	return l, nil
}

func open(cfg Config, dir *durable.Dir) (*Ledger, error) {
	if cfg.ChainID == 0 || cfg.Registry == (Address{}) || cfg.Signer == nil {
		return nil, errors.New("chain: its id, the registry's address and a signer are required")
	}
	verifier, err := note.NewVerifier(cfg.LogKey)
	if err != nil {
		return nil, fmt.Errorf("chain: the log's key: %w", err)
	}
	if cfg.Account == (Address{}) {
		cfg.Account = cfg.Signer.Address()
	}
	if cfg.MaxFee == nil {
		cfg.MaxFee = big.NewInt(200e9)
	}
	if cfg.BumpAfter == 0 {
		cfg.BumpAfter = 3
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	box, err := openOutbox(dir)
	if err != nil {
		return nil, err
	}
	if s := &box.state; s.V == 0 {
		s.ChainID, s.Registry, s.Account, s.Origin = cfg.ChainID, cfg.Registry, cfg.Account, verifier.Name()
	} else if s.ChainID != cfg.ChainID || s.Registry != cfg.Registry || s.Account != cfg.Account ||
		s.Origin != verifier.Name() {
		return nil, fmt.Errorf("chain: the outbox in %s is of the log %s by account %s in registry %s of chain %d: give another one its own directory",
			cfg.Dir, s.Origin, s.Account, s.Registry, s.ChainID)
	}
	l := &Ledger{cfg: cfg, verifier: verifier, box: box,
		log: logOf{cfg.Registry, cfg.Account, OriginHash(verifier.Name())}}
	if l.nodes, err = dialNodes(cfg.Nodes, cfg.Agree, cfg.ChainID); err != nil {
		return nil, fmt.Errorf("chain: %w", err)
	}
	l.note(nil)
	return l, nil
}

// OriginHash is what stands for an origin in the registry.
func OriginHash(origin string) common.Hash { return sha256.Sum256([]byte(origin)) }

// Close gives the outbox free.
func (l *Ledger) Close() error {
	l.nodes.close()
	if l.release == nil {
		return nil
	}
	return l.release()
}

// State returns how far anchoring has come.
func (l *Ledger) State() State {
	l.stateMu.Lock()
	defer l.stateMu.Unlock()
	return l.state
}

// note brings State up to date. The caller holds mu, or is the only one.
func (l *Ledger) note(err error) {
	l.stateMu.Lock()
	defer l.stateMu.Unlock()
	l.state.Err = err
	if newest := l.box.newest(); newest != nil {
		l.state.Newest = newest.Size
	}
	if l.box.state.Final != nil {
		l.state.Final, l.state.Gas = l.box.state.Final.Size, l.box.state.Final.GasUsed
	}
	switch {
	case len(l.box.state.Items) == 0:
		l.state.Waiting = time.Time{}
	case l.state.Waiting.IsZero():
		l.state.Waiting = time.Now()
	}
}

// Publish takes a checkpoint into the outbox, looks at the chain and does what is next. It returns nil once the
// checkpoint is final, and anchor.ErrPending while it is on its way; an error that wraps both is the reason why it does
// not go on. A newer checkpoint takes the place of one that has no transaction yet: the newest says all that the others
// do.
func (l *Ledger) Publish(ctx context.Context, msg []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	cp, err := l.parse(msg)
	if err != nil {
		return fmt.Errorf("anchoring: %w", err)
	}
	if err := l.take(cp, msg); err != nil {
		return fmt.Errorf("anchoring size %d: %w", cp.Size, err)
	}
	err = l.advance(ctx)
	l.note(err)
	if f := l.box.state.Final; f != nil && f.Size >= cp.Size && l.box.find(cp.Size) == nil {
		return nil
	}
	switch {
	case err == nil:
		return fmt.Errorf("anchoring size %d: %w", cp.Size, anchor.ErrPending)
	case permanent(err):
		return fmt.Errorf("anchoring size %d: %w", cp.Size, err)
	}
	return fmt.Errorf("anchoring size %d: %w: %w", cp.Size, anchor.ErrPending, err)
}

// permanent reports whether an error stays until somebody does something.
func permanent(err error) bool {
	for _, target := range []error{ErrConflict, ErrRefused, ErrWrongChain} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// parse checks that a checkpoint is one of the log.
func (l *Ledger) parse(msg []byte) (proof.Checkpoint, error) {
	opened, err := note.Open(msg, note.VerifierList(l.verifier))
	if err != nil {
		return proof.Checkpoint{}, fmt.Errorf("the checkpoint is not signed by %s: %w", l.verifier.Name(), err)
	}
	cp, err := proof.ParseCheckpoint(opened.Text)
	if err != nil {
		return proof.Checkpoint{}, err
	}
	if cp.Origin != l.verifier.Name() {
		return proof.Checkpoint{}, fmt.Errorf("the checkpoint is of another log than %s", l.verifier.Name())
	}
	if cp.Size == 0 {
		return proof.Checkpoint{}, errors.New("the log is empty")
	}
	return cp, nil
}

// take keeps a checkpoint, unless it is known or contradicts what is.
func (l *Ledger) take(cp proof.Checkpoint, msg []byte) error {
	s := &l.box.state
	known := l.box.find(cp.Size)
	if known == nil {
		if i, err := l.box.lookup(cp.Size); err == nil {
			known = i
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if known != nil {
		if known.Root != common.Hash(cp.Root) {
			return ErrConflict
		}
		return nil
	}
	if newest := l.box.newest(); newest != nil && newest.Size > cp.Size {
		return fmt.Errorf("smaller than %d, which was given already", newest.Size)
	}
	before := s.Items
	if n := len(s.Items); n > 0 && s.Items[n-1].Step == queued {
		s.Items = s.Items[:n-1]
	}
	s.Items = append(append([]item(nil), s.Items...),
		item{Size: cp.Size, Root: common.Hash(cp.Root), Checkpoint: string(msg), Step: queued})
	if err := l.box.save(); err != nil {
		s.Items = before
		return err
	}
	return nil
}

// Lookup returns the final checkpoint of that size as it was given to Publish, or an error that is fs.ErrNotExist.
func (l *Ledger) Lookup(_ context.Context, size uint64) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, err := l.box.lookup(size)
	if err != nil {
		return nil, fmt.Errorf("checkpoint of size %d on the chain: %w", size, err)
	}
	if l.box.find(size) != nil { // the chain has undone it
		return nil, fmt.Errorf("checkpoint of size %d on the chain: %w", size, fs.ErrNotExist)
	}
	return []byte(i.Checkpoint), nil
}

// Head returns the newest final checkpoint, or an error that is fs.ErrNotExist.
func (l *Ledger) Head(context.Context) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.box.state.Final == nil {
		return nil, fmt.Errorf("head on the chain: %w", fs.ErrNotExist)
	}
	return []byte(l.box.state.Final.Checkpoint), nil
}

// ReadFinal returns the newest final checkpoint, and its size, of the outbox in a directory, which another process may
// hold; an error that is fs.ErrNotExist if there is none.
func ReadFinal(dir string) (checkpoint []byte, size uint64, err error) {
	box, err := openOutbox(durable.NewDir(durable.OS{}, dir))
	if err != nil {
		return nil, 0, err
	}
	if box.state.Final == nil {
		return nil, 0, fmt.Errorf("nothing is final on the chain yet: %w", fs.ErrNotExist)
	}
	return []byte(box.state.Final.Checkpoint), box.state.Final.Size, nil
}
