package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"tallystick/claim"
)

// lateEvery is how often what other instances decided is looked at for claims of this one that it raises.
const lateEvery = time.Second

// lateEntries are raised entries that a partition's worker has yet to append. They live as long as the worker keeps its
// place in the journal: what is lost with it is found again, because the partition is fresh then.
type lateEntries struct {
	mu      sync.Mutex
	open    bool // a worker takes them
	fresh   bool // the partition's claims are to be looked through
	waiting map[claim.ClaimRef]claim.Entry
	ready   chan struct{} // of capacity 1
}

// begin lets a worker have the entries from here on; end drops those that it has not appended.
func (l *lateEntries) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open, l.fresh = true, true
}

func (l *lateEntries) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open, l.fresh = false, false
	clear(l.waiting)
}

// put adds an entry, unless one for the claim is waiting.
func (l *lateEntries) put(e claim.Entry) {
	ref := claim.ClaimRef{Insurer: e.Insurer, Claim: e.Claim}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.waiting[ref]; ok || !l.open {
		return
	}
	l.waiting[ref] = e
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// all returns what is waiting, and leaves it there until done: it is not to be added again meanwhile.
func (l *lateEntries) all() []claim.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.waiting))
}

func (l *lateEntries) done(entries []claim.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range entries {
		delete(l.waiting, claim.ClaimRef{Insurer: entries[i].Insurer, Claim: entries[i].Claim})
	}
}

// lookLate hands late entries to the workers until ctx is done.
func (pl *Pipeline) lookLate(ctx context.Context) error {
	decider, ok := pl.cfg.Decider.(LateDecider)
	if !ok {
		return nil
	}
	tick := time.NewTicker(lateEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		var owned, fresh []int
		for _, p := range pl.partitions {
			p.late.mu.Lock()
			if p.late.open {
				owned = append(owned, p.id)
			}
			if p.late.fresh {
				fresh = append(fresh, p.id)
				p.late.fresh = false
			}
			p.late.mu.Unlock()
		}
		entries, err := decider.Late(ctx, owned, fresh)
		if err != nil {
			return fmt.Errorf("raising claims for what other instances decided: %w", err)
		}
		for _, e := range entries {
			pl.partitions[e.Partition].late.put(e.Entry)
		}
	}
}

// appendLate appends the late entries that wait, in a batch that covers no source record.
func (w *worker) appendLate(ctx context.Context) error {
	entries := w.p.late.all()
	if len(entries) == 0 {
		return nil
	}
	at := w.app.Position().To
	if err := w.append(ctx, decided{fetched: fetched{from: at, to: at}, verdicts: Verdicts{Entries: entries},
		late: true}); err != nil {
		return err
	}
	w.p.late.done(entries)
	w.pl.m.late.Add(float64(len(entries)))
	return nil
}
