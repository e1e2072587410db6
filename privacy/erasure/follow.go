package erasure

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
	"tallystick/journal/statelog"
	"tallystick/privacy"
)

// Config says which journal, and what else a follower needs. Journal and Digest are required.
type Config struct {
	Journal journal.Config
	Digest  entry.SectionDigest // what stands for a section in a commitment
	Now     func() time.Time    // nil: time.Now
	Logger  *slog.Logger        // nil: discard
}

// Follower knows what was erased, and leaves it out of what is read of the journal of claims. It may be used
// concurrently.
type Follower struct {
	cfg Config
	log *statelog.Log[*book]
}

// Open folds the journal of erasures to its present end: whoever folds claims does so first. Run follows it from there.
func Open(ctx context.Context, cfg Config) (*Follower, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	log, err := statelog.Open(ctx, statelog.Config{Journal: cfg.Journal, Logger: cfg.Logger}, newBook())
	if err != nil {
		return nil, fmt.Errorf("opening the journal of erasures: %w", err)
	}
	return &Follower{cfg, log}, nil
}

// Run follows the journal until ctx ends or it cannot be followed any more.
func (f *Follower) Run(ctx context.Context) error { return f.log.Run(ctx) }

// Reach returns when the first n entries are known. Run must be running.
func (f *Follower) Reach(ctx context.Context, n int64) error {
	for {
		changed := f.log.Changed()
		var have int64
		f.log.View(func(b *book) { have = b.seq })
		if have >= n {
			return nil
		}
		if err := f.log.Err(); err != nil {
			return fmt.Errorf("waiting for entry %d of the journal of erasures: %w", n, err)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Changed returns a channel that is closed when the journal has more entries, or can no longer be followed.
func (f *Follower) Changed() <-chan struct{} { return f.log.Changed() }

// Without returns a record of the journal of claims without what was erased of it: the record itself where nothing was.
func (f *Follower) Without(key, value []byte) ([]byte, error) {
	any := false
	f.log.View(func(b *book) { any = len(b.gone[string(key)]) > 0 })
	if !any {
		return value, nil
	}
	var e claim.Entry
	if err := entry.Decode(value, &e); err != nil {
		return nil, err
	}
	var parties []string
	f.log.View(func(b *book) { parties = b.gone[string(key)][e.Revision] })
	if len(parties) == 0 || len(e.Sections) == 0 {
		return value, nil
	}
	out, _, err := entry.LeaveOut(value, parties, f.cfg.Digest)
	return out, err
}

// Caught returns the parties of a record that comes in which are people who were erased, ascending.
func (f *Follower) Caught(keys privacy.Keys, insurer, id string, tokens []claim.Token) ([]string, error) {
	any := false
	f.log.View(func(b *book) { any = len(b.domains[insurer]) > 0 || len(b.weak[keyOf(insurer, id)]) > 0 })
	if !any {
		return nil, nil
	}
	k, err := keys.Insurer(insurer)
	if err != nil {
		return nil, err
	}
	var parties []string
	now := f.cfg.Now()
	f.log.View(func(b *book) { parties = b.caught(insurer, id, tokens, k.Mark, now) })
	return parties, nil
}

// Entries returns how many entries of the journal are known.
func (f *Follower) Entries() (n int64) {
	f.log.View(func(b *book) { n = b.seq })
	return n
}

// Counts returns how many erasures there are in each state, and how many claims are under legal hold, for metrics.
func (f *Follower) Counts() (states map[State]int, holds int) {
	states = map[State]int{}
	f.log.View(func(b *book) {
		for _, x := range b.erasures {
			states[x.State]++
		}
		holds = len(b.holds)
	})
	return states, holds
}
