package follow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/proof"
	"tallystick/anchor/tilelog"
)

// What a log can do that its follower must tell people. Any other error of a round is one of the network or the disk.
var (
	// ErrSplitView means that the log signed two heads of which one is a lie. The evidence is kept.
	ErrSplitView = errors.New("SPLIT VIEW: the log has signed two histories")
	// ErrOlder means that a head was shown which is older than one seen before: a stale cache, or a log put back.
	ErrOlder = errors.New("the log shows an older head than it did before")
	// ErrUnsigned means that what was shown is no head signed by the log's key.
	ErrUnsigned = errors.New("no head that the log's key signed")
	// ErrNoQuorum means that too few of the trusted witnesses have cosigned the head.
	ErrNoQuorum = errors.New("too few trusted witnesses have cosigned the head")
)

// IsAlert reports whether a person must look at what the log did.
func IsAlert(err error) bool {
	return errors.Is(err, ErrSplitView) || errors.Is(err, ErrOlder) || errors.Is(err, ErrUnsigned) ||
		errors.Is(err, ErrNoQuorum)
}

const (
	// maxCheckpoint holds a checkpoint with many signatures, ML-DSA ones too.
	maxCheckpoint = 64 << 10

	seenFile = "seen" // the newest head that was accepted, copied or not
	lockFile = "lock"
	logDir   = "log"   // what a web server may publish
	stateDir = "state" // what is the follower's own
)

// Config is what a follower needs.
type Config struct {
	Dir    string        // of this log's follower alone; the copy is in Dir/log, the evidence in Dir/state/evidence
	Source Source        // where the log is published
	Policy proof.Policy  // the log's key, the witnesses trusted by the follower and how many must have cosigned
	Every  time.Duration // between two rounds of Run; 0: one minute
	Log    *slog.Logger  // nil: discard
}

// Status is what is known of the log, for metrics and people.
type Status struct {
	Origin   string
	Seen     uint64    // size of the newest head that was accepted
	Copied   uint64    // size of the newest head whose entries are all copied
	Good     time.Time // end of the last round without an error; zero: none yet
	Err      error     // of the last round
	Evidence int       // contradictions kept; while there are any, the log is not to be believed
}

// Follower follows one log.
type Follower struct {
	source   Source
	policy   proof.Policy
	verifier note.Verifier
	mirror   *tilelog.Mirror
	state    *durable.Dir
	box      evidenceBox
	every    time.Duration
	log      *slog.Logger
	release  func() error

	round sync.Mutex // one at a time
	seen  head

	mu     sync.Mutex
	status Status
}

// head is a checkpoint with its note; the zero value is that nothing was seen.
type head struct {
	proof.Checkpoint
	msg []byte
}

// Open takes over the directory of a follower, creating it if it is not there. One process at a time holds it.
func Open(cfg Config) (*Follower, error) {
	if cfg.Dir == "" || cfg.Source == nil {
		return nil, errors.New("follow: a directory and a source are needed")
	}
	release, err := durable.Lock(filepath.Join(cfg.Dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("follow: %w", err)
	}
	f, err := open(cfg, durable.OS{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("follow: %w", err), release())
	}
	f.release = release
	return f, nil
}

func open(cfg Config, files durable.FS) (*Follower, error) {
	if err := cfg.Policy.Check(); err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(cfg.Policy.LogKey)
	if err != nil {
		return nil, fmt.Errorf("log key: %w", err)
	}
	if cfg.Policy.Origin != "" && cfg.Policy.Origin != verifier.Name() {
		return nil, fmt.Errorf("the log's key is for %s, not for %s", verifier.Name(), cfg.Policy.Origin)
	}
	mirror, err := tilelog.NewMirror(durable.NewDir(files, filepath.Join(cfg.Dir, logDir)), cfg.Policy.LogKey)
	if err != nil {
		return nil, err
	}
	state := durable.NewDir(files, filepath.Join(cfg.Dir, stateDir))
	f := &Follower{
		source: cfg.Source, policy: cfg.Policy, verifier: verifier, mirror: mirror, state: state,
		box:   evidenceBox{state},
		every: cfg.Every, log: cfg.Log,
	}
	if f.every == 0 {
		f.every = time.Minute
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	return f, f.load()
}

// load reads what earlier runs kept. A seen head that does not verify is an error and never nothing seen, or damage
// would let the log start over.
func (f *Follower) load() error {
	msg, err := f.state.ReadFile(seenFile)
	switch {
	case err == nil:
		at, err := f.mirror.Open(msg)
		if err != nil {
			return fmt.Errorf("the head kept in %s is damaged or of another log: %w", seenFile, err)
		}
		f.seen = head{at, msg}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("reading the head kept: %w", err)
	}
	copied, err := f.mirror.Head(context.Background())
	if err == nil {
		at, err := f.mirror.Open(copied)
		if err != nil {
			return fmt.Errorf("the copy's head: %w", err)
		}
		if at.Size > f.seen.Size || at.Size == f.seen.Size && at != f.seen.Checkpoint {
			return fmt.Errorf("the copy has size %d, but the head kept is of size %d: put %s back, or begin in an empty folder",
				at.Size, f.seen.Size, seenFile)
		}
		f.status.Copied = at.Size
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the copy's head: %w", err)
	}
	if f.status.Evidence, err = f.box.count(); err != nil {
		return err
	}
	f.status.Seen = f.seen.Size
	f.status.Origin = f.verifier.Name()
	return nil
}

// Close gives the directory free.
func (f *Follower) Close() error {
	if f.release == nil {
		return nil
	}
	return f.release()
}

// Status returns what is known now.
func (f *Follower) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// Run makes a round each Every until ctx is done, and logs when what the rounds find changes. It returns [ErrSplitView]
// if evidence is kept, and nil otherwise.
func (f *Follower) Run(ctx context.Context) error {
	ticker := time.NewTicker(f.every)
	defer ticker.Stop()
	before := ""
	for {
		err := f.Round(ctx)
		if ctx.Err() == nil {
			before = f.tell(err, before)
		}
		select {
		case <-ctx.Done():
			if n := f.Status().Evidence; n > 0 {
				return fmt.Errorf("%w: %d contradictions are kept", ErrSplitView, n)
			}
			return nil
		case <-ticker.C:
		}
	}
}

// tell logs how a round went unless the one before went the same way.
func (f *Follower) tell(err error, before string) string {
	s := f.Status()
	now := fmt.Sprint(s.Seen, s.Copied)
	if err != nil {
		now = err.Error()
	}
	switch {
	case now == before:
	case IsAlert(err):
		f.log.Error("ALERT: the followed log is not to be believed as it stands", "error", err)
	case err != nil:
		f.log.Warn("the log could not be followed", "error", err)
	default:
		f.log.Info("the log is followed", "size", s.Seen, "copied", s.Copied)
	}
	return now
}

// Round looks at the log once: it checks the head that is shown, keeps it and copies what it covers. An error that
// [IsAlert] is something the log did; after any other one the next round goes on. While evidence is kept each round
// ends with [ErrSplitView], also when the log behaves again.
func (f *Follower) Round(ctx context.Context) error {
	f.round.Lock()
	defer f.round.Unlock()
	err := f.look(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil && f.status.Evidence > 0 {
		err = fmt.Errorf("%w: %d contradictions are kept from before; move them away once they are dealt with",
			ErrSplitView, f.status.Evidence)
	}
	f.status.Err, f.status.Seen = err, f.seen.Size
	if err == nil {
		f.status.Good = time.Now()
	}
	return err
}

func (f *Follower) look(ctx context.Context) error {
	msg, err := f.source.Fetch(ctx, "checkpoint", maxCheckpoint)
	if err != nil {
		return fmt.Errorf("fetching the log's head: %w", err)
	}
	at, err := openHead(string(msg), f.verifier)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	shown := head{at, msg}
	// The log's own signature is enough to convict it, so contradictions are looked for before witnesses are counted.
	if err := f.compare(ctx, shown); err != nil {
		return err
	}
	if _, err := f.mirror.Open(msg); err != nil {
		return fmt.Errorf("the head of size %d cannot be copied: %w", shown.Size, err)
	}
	if _, _, err := f.policy.OpenCheckpoint(msg); err != nil {
		var step *proof.Error
		if errors.As(err, &step) {
			err = step.Err
		}
		return fmt.Errorf("size %d: %w: %w", shown.Size, ErrNoQuorum, err)
	}
	if !bytes.Equal(msg, f.seen.msg) {
		// Kept before anything is copied: a crash from here on leaves a head that binds the log, and the next round
		// copies.
		if err := f.state.WriteFile(seenFile, msg); err != nil {
			return fmt.Errorf("keeping the head: %w", err)
		}
		f.seen = shown
	}
	return f.copy(ctx)
}

// compare holds a head against the one seen last. It returns nil for one that extends it.
func (f *Follower) compare(ctx context.Context, shown head) error {
	seen := f.seen
	switch {
	case shown.Size == 0 && shown.Root != proof.FoldRoot(nil):
		return fmt.Errorf("%w: the root of an empty log is another", ErrUnsigned)
	case seen.Size == 0 || shown.Checkpoint == seen.Checkpoint:
		return nil
	case shown.Size == seen.Size:
		return f.convict(shown, nil, nil)
	case shown.Size == 0:
		return fmt.Errorf("size 0 after %d: %w", seen.Size, ErrOlder)
	case shown.Size > seen.Size:
		// Tiles of the source alone: those of the copy are of the history seen, which is what is in question.
		root, path, err := f.mirror.Prefix(ctx, f.source, false, shown.Checkpoint, seen.Size)
		if err != nil {
			return fmt.Errorf("the head of size %d was not taken: %w", shown.Size, err)
		}
		if root != seen.Root {
			return f.convict(shown, &root, path)
		}
		return nil
	}
	older := fmt.Errorf("size %d after %d: %w", shown.Size, seen.Size, ErrOlder)
	root, path, err := f.mirror.Prefix(ctx, f.source, true, seen.Checkpoint, shown.Size)
	if err != nil {
		return fmt.Errorf("%w; whether both are of one history could not be checked: %w", older, err)
	}
	if root != shown.Root {
		return f.convict(shown, &root, path)
	}
	return older
}

// convict keeps the evidence of a contradiction between the head seen last and the one shown.
func (f *Follower) convict(shown head, prefix *proof.Hash, path []proof.Hash) error {
	split := fmt.Errorf("%w: sizes %d and %d", ErrSplitView, f.seen.Size, shown.Size)
	n, err := f.box.keep(Evidence{
		Format: evidenceFormat, Found: time.Now().UTC().Truncate(time.Second), Kept: string(f.seen.msg),
		Shown:  string(shown.msg),
		Prefix: prefix, Path: path,
	})
	if err != nil {
		return errors.Join(split, err)
	}
	f.mu.Lock()
	f.status.Evidence = n
	f.mu.Unlock()
	return fmt.Errorf("%w; the evidence is kept: show it to others", split)
}

// copy copies what the head seen covers and publishes the copy.
func (f *Follower) copy(ctx context.Context) error {
	if f.seen.Size == 0 {
		return nil
	}
	if published, err := f.mirror.Head(ctx); err == nil && bytes.Equal(published, f.seen.msg) {
		return nil
	}
	if err := f.mirror.Copy(ctx, f.source, f.seen.Checkpoint); err != nil {
		return fmt.Errorf("copying up to size %d: %w", f.seen.Size, err)
	}
	if err := f.mirror.Publish(f.seen.msg); err != nil {
		return err
	}
	f.mu.Lock()
	f.status.Copied = f.seen.Size
	f.mu.Unlock()
	return nil
}
