package audit

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"tallystick/journal"
	"tallystick/journal/statelog"
)

// Config says which journal. Journal is required.
type Config struct {
	Journal journal.Config
	Now     func() time.Time // nil: time.Now
	Logger  *slog.Logger     // nil: discard
}

// Trail is the audit journal, open for entries. Make it with Open.
type Trail struct {
	cfg Config
	log *statelog.Log[*tail]
}

// Open folds the journal to its present end. Run must be called for entries to be taken.
func Open(ctx context.Context, cfg Config) (*Trail, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	log, err := statelog.Open(ctx, statelog.Config{Journal: cfg.Journal, Logger: cfg.Logger}, newTail())
	if err != nil {
		return nil, fmt.Errorf("opening the audit trail: %w", err)
	}
	return &Trail{cfg, log}, nil
}

// Run takes entries until ctx ends or the journal cannot be followed any more.
func (t *Trail) Run(ctx context.Context) error { return t.log.Run(ctx) }

// Write appends one entry and returns its number when it is durable. Gate.Do is the way to write of an act.
func (t *Trail) Write(ctx context.Context, e Entry) (int64, error) {
	if e.At.IsZero() {
		e.At = t.cfg.Now()
	}
	e.At = e.At.UTC().Truncate(time.Millisecond)
	data, err := e.encode()
	if err != nil {
		return 0, err
	}
	res, err := t.log.Submit(ctx, statelog.Command[*tail]{
		Propose: func(s *tail) ([]journal.Record, error) {
			if e.Of > s.number {
				return nil, fmt.Errorf("%w: result of an act that is not in the trail", ErrEntry)
			}
			if e.On > s.number {
				return nil, fmt.Errorf("%w: it rests on an act that is not in the trail", ErrEntry)
			}
			return []journal.Record{{Value: data}}, nil
		},
	})
	if err != nil {
		return 0, fmt.Errorf("writing to the audit trail: %w", err)
	}
	return res.First + 1, nil
}

// Recent returns at most n entries, the newest first, of the last 10,000.
func (t *Trail) Recent(n int) []Entry {
	var out []Entry
	t.log.View(func(s *tail) {
		for i := len(s.last) - 1; i >= 0 && len(out) < n; i-- {
			out = append(out, s.last[i])
		}
	})
	return out
}

// Unfinished returns the acts that were announced and of which no result is known, oldest first: they are being done,
// or whoever did them died. At most 10,000 are known.
func (t *Trail) Unfinished() []Entry {
	var out []Entry
	t.log.View(func(s *tail) {
		for _, n := range slices.Sorted(maps.Keys(s.open)) {
			out = append(out, s.open[n])
		}
	})
	return out
}

// Head is what the trail was at a moment: how many entries, and the digest of all of them.
type Head struct {
	Entries int64
	Digest  journal.Digest
}

// Head returns the trail's head as far as it is folded.
func (t *Trail) Head() Head {
	p := t.log.Position()
	return Head{p.To, p.Digest}
}

// kept is how many entries and open acts a trail holds in memory.
const kept = 10_000

// tail is the fold: the last entries and the acts without a result.
type tail struct {
	number int64 // of the last entry
	last   []Entry
	open   map[int64]Entry
}

func newTail() *tail { return &tail{open: map[int64]Entry{}} }

// Apply implements statelog.State. An entry that cannot be read counts and says nothing: Verify reports it.
func (s *tail) Apply(batch journal.Batch) error {
	for i, r := range batch.Records {
		s.number = batch.From + int64(i) + 1
		e, err := Decode(r.Value)
		if err != nil {
			continue
		}
		e.Number = s.number
		switch e.Kind {
		case Intent:
			if len(s.open) < kept {
				s.open[e.Number] = e
			}
		case Done, Failed:
			delete(s.open, e.Of)
		}
		if s.last = append(s.last, e); len(s.last) > 2*kept {
			s.last = slices.Clone(s.last[kept:])
		}
	}
	return nil
}
