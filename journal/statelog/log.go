package statelog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tallystick/journal"
)

// State is what the records of a journal fold to. Apply is called under the log's write lock, batch by batch, in the
// order of the journal, by every process alike: it must depend on nothing but the batches. An error of it ends the log.
type State interface {
	Apply(batch journal.Batch) error
}

// Command is one change that somebody wants.
type Command[S State] struct {
	// Keys name what the command reads and changes. Of commands that share a key at most one is in a batch, so that
	// each is checked against all that was done before it.
	Keys []string
	// More, if set, names further keys that depend on the state; it is called right before Propose.
	More func(state S) []string
	// Propose checks the command against the state and returns its records; none means that there is nothing to do. It
	// is called under the log's read lock, once more after each batch that others got in first, and must not change the
	// state. Its error is what Submit returns.
	Propose func(state S) ([]journal.Record, error)
}

// Result says where the records of a command lie.
type Result struct {
	// First is the number of the command's first record among all records of the journal, from 0; the others follow.
	First int64
	// Records as appended, with their offsets; empty if there was nothing to do.
	Records []journal.Record
	// Position after the batch.
	Position journal.Position
}

// ErrClosed says that the log does not take commands any more: Run has ended. The cause is joined to it.
var ErrClosed = errors.New("the journal's writer has ended")

// ErrWaiting says that the caller's context ended before the journal answered. If the command was on its way it may
// still come to count; sending it again under the same command id tells.
var ErrWaiting = errors.New("the journal does not answer; whether this was written is not known")

// Config says which journal. Journal is required.
type Config struct {
	Journal   journal.Config
	Partition int
	// At is where the state given to Open stands; the zero Position is the beginning.
	At journal.Position
	// Window is how long commands are gathered into one batch; 0: 20 ms.
	Window time.Duration
	// Logger; nil: discard.
	Logger *slog.Logger
}

// Log is a state that follows its journal. Make it with Open.
type Log[S State] struct {
	cfg      Config
	appender *journal.Appender
	queue    chan *pending[S]
	ended    chan struct{}

	mu      sync.RWMutex
	state   S
	at      journal.Position
	changed chan struct{} // closed and replaced with each batch
	err     error         // why the log ended
}

type pending[S State] struct {
	Command[S]
	ctx  context.Context
	done chan struct{}
	res  Result
	err  error
}

// queued bounds the commands that wait; Submit blocks beyond it.
const queued = 4096

// Open folds the journal from cfg.At to its present end into state. After an error state is of no use.
func Open[S State](ctx context.Context, cfg Config, state S) (*Log[S], error) {
	if cfg.Window <= 0 {
		cfg.Window = 20 * time.Millisecond
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Log[S]{
		cfg: cfg, state: state, at: cfg.At, changed: make(chan struct{}),
		queue: make(chan *pending[S], queued), ended: make(chan struct{}),
	}
	fold, err := journal.OpenFold(ctx, cfg.Journal, cfg.Partition, cfg.At)
	if err != nil {
		return nil, fmt.Errorf("opening the journal %s: %w", cfg.Journal.Topic, err)
	}
	if err := fold.CatchUp(ctx, l.take); err != nil {
		return nil, fmt.Errorf("folding the journal %s: %w", cfg.Journal.Topic, err)
	}
	l.at = fold.Position()
	if l.appender, err = journal.NewAppender(ctx, cfg.Journal, cfg.Partition, l.at); err != nil {
		return nil, fmt.Errorf("opening the journal %s for appending: %w", cfg.Journal.Topic, err)
	}
	return l, nil
}

// View calls read with the state under the read lock. What read keeps of it must be copied.
func (l *Log[S]) View(read func(state S)) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	read(l.state)
}

// Position is up to where the state is folded.
func (l *Log[S]) Position() journal.Position {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.at
}

// ViewAt is View with the position that the state stands at.
func (l *Log[S]) ViewAt(read func(state S, at journal.Position)) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	read(l.state, l.at)
}

// Changed returns a channel that is closed when the next batch was folded or the log has ended.
func (l *Log[S]) Changed() <-chan struct{} {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.changed
}

// Err returns why the log has ended; nil while it runs.
func (l *Log[S]) Err() error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.err
}

// Submit brings a command and returns when it counts, was refused by its own Propose, or ctx has ended (ErrWaiting).
func (l *Log[S]) Submit(ctx context.Context, cmd Command[S]) (Result, error) {
	wait, err := l.Send(ctx, cmd)
	if err != nil {
		return Result{}, err
	}
	return wait()
}

// Send queues a command and returns what waits for its result as Submit does. Commands that share a key are done in the
// order in which they were sent.
func (l *Log[S]) Send(ctx context.Context, cmd Command[S]) (wait func() (Result, error), err error) {
	p := &pending[S]{Command: cmd, ctx: ctx, done: make(chan struct{})}
	select {
	case l.queue <- p:
		return func() (Result, error) { return l.wait(p) }, nil
	case <-l.ended:
		return nil, errors.Join(ErrClosed, l.Err())
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrWaiting, context.Cause(ctx))
	}
}

func (l *Log[S]) wait(p *pending[S]) (Result, error) {
	select {
	case <-p.done:
		return p.res, p.err
	case <-p.ctx.Done():
		return Result{}, fmt.Errorf("%w: %w", ErrWaiting, context.Cause(p.ctx))
	case <-l.ended:
		select {
		case <-p.done:
			return p.res, p.err
		default:
			return Result{}, errors.Join(ErrClosed, l.Err())
		}
	}
}

// Run folds what others append and commits what was submitted, until ctx ends or the journal can no longer be followed.
// It may be called once.
func (l *Log[S]) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.follow(gctx) })
	g.Go(func() error { return l.commit(gctx) })
	err := g.Wait()
	if ctx.Err() != nil {
		err = nil
	}
	l.mu.Lock()
	l.err = err
	if err == nil {
		l.err = context.Cause(ctx)
	}
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
	close(l.ended)
	return err
}

// follow folds the journal for what others append.
func (l *Log[S]) follow(ctx context.Context) error {
	fold, err := journal.OpenFold(ctx, l.cfg.Journal, l.cfg.Partition, l.Position())
	if err != nil {
		return fmt.Errorf("following the journal %s: %w", l.cfg.Journal.Topic, err)
	}
	for {
		batch, err := fold.Next(ctx)
		if err != nil {
			return fmt.Errorf("following the journal %s: %w", l.cfg.Journal.Topic, err)
		}
		if err := l.take(batch); err != nil {
			return err
		}
	}
}

// take applies a batch that counts unless it was applied already: the follower and the appender both bring it.
func (l *Log[S]) take(batch journal.Batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.at.IsZero() && batch.Base <= l.at.Base {
		return nil
	}
	if !l.at.IsZero() && l.at.Base >= 0 && batch.Prev != l.at.Digest {
		return fmt.Errorf(
			"the batch at offset %d of %s does not follow the one before: batches are missing",
			batch.Base,
			l.cfg.Journal.Topic,
		)
	}
	if err := l.state.Apply(batch); err != nil {
		return fmt.Errorf("folding the batch at offset %d of %s: %w", batch.Base, l.cfg.Journal.Topic, err)
	}
	l.at = batch.Next
	close(l.changed)
	l.changed = make(chan struct{})
	return nil
}

func (l *Log[S]) takeAll(batches []journal.Batch) error {
	for _, b := range batches {
		if err := l.take(b); err != nil {
			return err
		}
	}
	return nil
}
