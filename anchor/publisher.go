package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
	"tallystick/journal"
)

// Log is the insurer's log; *tilelog.Log is one.
type Log interface {
	// Origin returns the origin in the log's checkpoints.
	Origin() string
	// Append adds entries, the first at index first, and signs the head; entries held already are compared and left.
	Append(ctx context.Context, first uint64, entries []string) error
	// Signed returns the newest signed head and its note without cosignatures; nil while the log is empty.
	Signed() (proof.Checkpoint, []byte)
	// Consistency proves that the log of that head begins with its first oldSize entries.
	Consistency(ctx context.Context, oldSize uint64, head proof.Checkpoint) ([]Hash, error)
}

// Cosigner gathers cosignatures; *witness.Quorum is one.
type Cosigner interface {
	// Cosign returns the checkpoint with enough cosignatures, or an error and nothing.
	Cosign(ctx context.Context, checkpoint []byte,
		prove func(ctx context.Context, oldSize uint64) ([]Hash, error)) ([]byte, error)
	// Cosigned reports whether the checkpoint carries enough cosignatures already.
	Cosigned(checkpoint []byte) bool
}

// PublisherConfig says where batches are published. Origin, Log and Commitments are required.
type PublisherConfig struct {
	Origin      string // of the log
	Log         Log
	Commitments Commitments
	// Cosigner is asked before anything is published: a checkpoint without its quorum waits. nil publishes unwitnessed
	// checkpoints; verifiers will say so.
	Cosigner Cosigner
	Ledgers  []Ledger // at least one; the log's directory first
	// Computed reports whether this process has made the closing's root from its own fold of the journal, as
	// [Closer.Computed] does; then it is not read a second time. nil: every root is recomputed through Commitments.
	Computed func(Closing) bool

	Retry  time.Duration // wait after a failed attempt; 0: 5 s
	Logger *slog.Logger  // nil: discard
}

// PublisherState is how far publishing has come, for metrics and people.
type PublisherState struct {
	Signed    uint64    // batches in the newest signed head
	Published uint64    // batches in the newest head that all ledgers have made final since the start
	Waiting   time.Time // since when the signed head waits for witnesses or ledgers; zero: it does not
	Err       error     // of the last attempt; nil: it succeeded
}

// Publisher puts closed batches into the log, has the head cosigned and gives it to the ledgers. All it does follows
// from the closings, so it may die anywhere and be run again. Its methods may be called concurrently.
type Publisher struct {
	cfg PublisherConfig

	taking  sync.Mutex // one closing at a time
	chain   Chain
	started bool

	publishing sync.Mutex // one attempt at a time

	mu    sync.Mutex
	state PublisherState
}

// NewPublisher checks the configuration.
func NewPublisher(cfg PublisherConfig) (*Publisher, error) {
	if cfg.Origin == "" || cfg.Log == nil || cfg.Commitments == nil || len(cfg.Ledgers) == 0 {
		return nil, errors.New("publisher: origin, log, commitments and a ledger are required")
	}
	if cfg.Origin != cfg.Log.Origin() {
		return nil, fmt.Errorf("publisher: origin %q, but the log's is %q: no proof would verify", cfg.Origin,
			cfg.Log.Origin())
	}
	if cfg.Retry == 0 {
		cfg.Retry = 5 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Publisher{cfg: cfg}
	p.signed()
	return p, nil
}

// State returns how far publishing has come.
func (p *Publisher) State() PublisherState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Take puts a closing into the log after recomputing its root from the journal. Closings come in order, beginning with
// one that the log holds or would take next; those that it holds are compared. See [Permanent] for its errors.
func (p *Publisher) Take(ctx context.Context, closing Closing) error {
	p.taking.Lock()
	defer p.taking.Unlock()
	head, _ := p.cfg.Log.Signed()
	next := p.chain
	if !p.started && closing.Batch > 0 {
		if closing.Batch > head.Size {
			return fmt.Errorf("taking batch %d into a log of %d: %w", closing.Batch, head.Size, tilelog.ErrGap)
		}
		if err := closing.check(); err != nil {
			return err
		}
		next.Resume(closing)
	} else if err := next.Apply(closing); err != nil {
		return err
	}
	if closing.Batch >= head.Size && (p.cfg.Computed == nil || !p.cfg.Computed(closing)) {
		// The root in the closing is a claim of whoever closed it. Only what the journal gives is signed.
		if err := closing.Verify(ctx, p.cfg.Commitments); err != nil {
			return err
		}
	}
	if err := p.cfg.Log.Append(ctx, closing.Batch, []string{closing.BatchEntry(p.cfg.Origin).Text()}); err != nil {
		return fmt.Errorf("logging batch %d: %w", closing.Batch, err)
	}
	p.chain, p.started = next, true
	p.signed()
	return nil
}

// Publish has the newest signed head cosigned and gives it to every ledger. Until the quorum has signed, no ledger sees
// it.
func (p *Publisher) Publish(ctx context.Context) error {
	p.publishing.Lock()
	defer p.publishing.Unlock()
	head, msg := p.cfg.Log.Signed()
	if msg == nil || p.isPublished(ctx, head) {
		p.published(head.Size, nil)
		return nil
	}
	err := p.publish(ctx, head, msg)
	p.published(head.Size, err)
	return err
}

func (p *Publisher) publish(ctx context.Context, head proof.Checkpoint, msg []byte) error {
	if p.cfg.Cosigner != nil {
		cosigned, err := p.cfg.Cosigner.Cosign(ctx, msg, func(ctx context.Context, oldSize uint64) ([]Hash, error) {
			return p.cfg.Log.Consistency(ctx, oldSize, head)
		})
		if err != nil {
			return fmt.Errorf("having the checkpoint of size %d cosigned: %w", head.Size, err)
		}
		msg = cosigned
	}
	var errs []error
	for i, ledger := range p.cfg.Ledgers {
		if err := ledger.Publish(ctx, msg); err != nil {
			errs = append(errs, fmt.Errorf("publishing size %d on ledger %d: %w", head.Size, i, err))
		}
	}
	return errors.Join(errs...)
}

// isPublished reports whether every ledger has the head already, as after a restart, and has it with its quorum: it may
// have been published before there were witnesses, or when fewer were needed.
func (p *Publisher) isPublished(ctx context.Context, head proof.Checkpoint) bool {
	for _, ledger := range p.cfg.Ledgers {
		msg, err := ledger.Head(ctx)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				p.cfg.Logger.Warn("reading a ledger's head failed", "error", err)
			}
			return false
		}
		if held, err := headOf(msg); err != nil || held != head || p.cfg.Cosigner != nil &&
			!p.cfg.Cosigner.Cosigned(msg) {
			return false
		}
	}
	return true
}

// headOf reads the head in a note without checking its signatures.
func headOf(msg []byte) (proof.Checkpoint, error) {
	text, _, ok := bytes.Cut(msg, []byte("\n\n"))
	if !ok {
		return proof.Checkpoint{}, errors.New("not a signed note")
	}
	return proof.ParseCheckpoint(string(text) + "\n")
}

// Run takes closings from next, which must return when ctx ends, and publishes, trying again what fails. It returns the
// first error that does not pass, and the error of next; nil when ctx has ended.
func (p *Publisher) Run(ctx context.Context, next func(ctx context.Context) (Closing, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	taken, done := make(chan struct{}, 1), make(chan error, 1)
	go func() { done <- p.takeAll(ctx, next, taken) }()
	taken <- struct{}{} // an earlier run may have left a head that waits
	var retry <-chan time.Time
	for {
		select {
		case err := <-done: // takeAll ends with ctx at the latest, so this is the way out in every case
			if ctx.Err() != nil {
				return nil
			}
			return err
		case <-taken:
		case <-retry:
		}
		retry = nil
		if err := p.Publish(ctx); err != nil && ctx.Err() == nil {
			p.cfg.Logger.Warn("publishing failed, trying again", "error", err)
			retry = time.After(p.cfg.Retry)
		}
	}
}

// takeAll feeds Take and asks for publication after each closing.
func (p *Publisher) takeAll(ctx context.Context, next func(ctx context.Context) (Closing, error),
	taken chan<- struct{}) error {
	for {
		closing, err := next(ctx)
		if err != nil {
			return err
		}
		for {
			if err = p.Take(ctx, closing); err == nil {
				break
			}
			if ctx.Err() != nil || Permanent(err) {
				return err
			}
			p.cfg.Logger.Warn("logging a batch failed, trying again", "batch", closing.Batch, "error", err)
			if !p.wait(ctx) {
				return ctx.Err()
			}
		}
		select {
		case taken <- struct{}{}:
		default: // one is asked for already
		}
	}
}

// Permanent reports whether an error of a Closer or Publisher will not pass by itself: closings, journal and log
// contradict each other. Others, such as a full disk or an unreachable journal, are tried again.
func Permanent(err error) bool {
	var chain *journal.ChainError
	if errors.As(err, &chain) {
		return true
	}
	for _, target := range []error{ErrClosing, ErrRootMismatch, tilelog.ErrConflict, tilelog.ErrGap,
		tilelog.ErrDamaged} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

func (p *Publisher) wait(ctx context.Context) bool {
	timer := time.NewTimer(p.cfg.Retry)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (p *Publisher) signed() {
	head, _ := p.cfg.Log.Signed()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Signed = head.Size
	if p.state.Signed > p.state.Published && p.state.Waiting.IsZero() {
		p.state.Waiting = time.Now()
	}
}

func (p *Publisher) published(size uint64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Err = err
	if err != nil {
		return
	}
	p.state.Published = size
	p.state.Waiting = time.Time{}
	if p.state.Signed > size {
		p.state.Waiting = time.Now()
	}
}
