package pipeline

import (
	"context"
	"time"

	"tallystick/journal"
)

// patience is how long a partition's worker waits for sinks to take what memory holds, before it goes on without them.
const patience = 2 * time.Second

// room is what sinks have taken of a partition's ring. What all have taken is let go; while all are well and the ring
// is full the worker waits a little, since what leaves the ring too early is read from the topic and decoded again,
// which costs more than it took to decide. Nobody waits for a sink that fails, and not twice for one that is slow
// beyond patience.
type room struct {
	sinks int              // how many there are
	taken map[string]int64 // by sink: the offset of the journal up to which it has everything
	freed chan struct{}    // closed and replaced when taken moves
	spent bool             // patience is, until there is room again
}

// took notes how far a sink is.
func (p *partition) took(sink string, pos journal.Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken[sink] = pos.Offset
	if len(p.taken) < p.sinks {
		return
	}
	least := pos.Offset
	for _, at := range p.taken {
		least = min(least, at)
	}
	for len(p.ring) > 0 && p.ring[0].Next.Offset <= least {
		p.dropOldest()
	}
	if p.bytes <= p.limit/2 {
		p.spent = false
	}
	p.wake()
}

// waiting returns how many entries follow pos, and whether they should not wait any longer: the ring is three quarters
// full, or does not hold them.
func (p *partition) waiting(pos journal.Position) (rows int, pressing bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pos.Digest == p.head.Digest {
		return 0, false
	}
	for i := len(p.ring) - 1; i >= 0; i-- {
		rows += len(p.ring[i].Records)
		if p.ring[i].Header.Prev == pos.Digest {
			return rows, p.bytes > p.limit/4*3
		}
	}
	return rows, true
}

// left notes that a sink fails, or is not fed this partition any more.
func (p *partition) left(sink string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.taken, sink)
	p.wake()
}

// wake and dropOldest must be called with mu held.
func (p *partition) wake() {
	close(p.freed)
	p.freed = make(chan struct{})
}

func (p *partition) dropOldest() {
	p.bytes -= p.ring[0].size()
	p.ring[0] = nil
	p.ring = p.ring[1:]
}

// wait returns when the ring has room for a batch of that size, when there is no use in waiting, or when ctx is done.
func (p *partition) wait(ctx context.Context, size int, patience time.Duration) {
	var late <-chan time.Time
	for {
		p.mu.Lock()
		if p.spent || p.bytes+size <= p.limit || len(p.ring) == 0 || len(p.taken) < p.sinks || p.sinks == 0 {
			p.mu.Unlock()
			return
		}
		freed := p.freed
		p.mu.Unlock()
		if late == nil {
			timer := time.NewTimer(patience)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return
		case <-late:
			p.mu.Lock()
			p.spent = true
			p.mu.Unlock()
			return
		}
	}
}
