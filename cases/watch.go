package cases

import (
	"context"
	"iter"
	"time"
)

// keptChanges is how many changes a watcher may be behind before it has to read anew.
const keptChanges = 16_384

// Change is something that happened to a case.
type Change struct {
	Seq   int64     `json:"seq"`
	Kind  Kind      `json:"kind,omitzero"`
	Case  ID        `json:"case,omitzero"`
	By    string    `json:"by,omitzero"`
	At    time.Time `json:"at,omitzero"`
	Row   *Row      `json:"row,omitzero"`   // the case as it is now
	Reset bool      `json:"reset,omitzero"` // more happened than is kept: read the queue anew
}

// changeLog keeps the last changes in a ring.
type changeLog struct {
	ring  []Change
	total int64 // ever added
	base  int64 // Seq up to which changes are not kept
}

func newChangeLog(n int) *changeLog { return &changeLog{ring: make([]Change, 0, n)} }

func (l *changeLog) add(e *Event) {
	c := Change{Seq: e.Seq, Kind: e.Kind, Case: e.Case, By: e.By, At: e.At}
	if len(l.ring) < cap(l.ring) {
		l.ring = append(l.ring, c)
	} else {
		oldest := &l.ring[l.total%int64(cap(l.ring))]
		l.base = oldest.Seq
		*oldest = c
	}
	l.total++
}

// after returns the changes with a Seq of at least from, oldest first; reset if older ones were dropped.
func (l *changeLog) after(from int64, limit int) (out []Change, reset bool) {
	if from <= l.base {
		return nil, true
	}
	at := func(i int64) *Change { return &l.ring[i%int64(cap(l.ring))] }
	lo, hi := l.total-int64(len(l.ring)), l.total
	for lo < hi {
		mid := (lo + hi) / 2
		if at(mid).Seq < from {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for i := lo; i < l.total && len(out) < limit; i++ {
		out = append(out, *at(i))
	}
	return out, false
}

// Watch yields the changes after an entry (Page.At, or the Seq of the last change seen), each with the case's row as it
// is then, and waits for more until ctx ends. What the actor may not see is left out.
func (c *Cases) Watch(ctx context.Context, actor Actor, after int64) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		if err := actor.need(RightRead); err != nil {
			yield(Change{}, err)
			return
		}
		for {
			changed := c.log.Changed()
			changes, next, more := c.changesAfter(actor, after)
			for _, change := range changes {
				if !yield(change, nil) {
					return
				}
			}
			after = next
			if more {
				continue
			}
			if err := c.log.Err(); err != nil {
				yield(Change{}, err)
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
		}
	}
}

// changesAfter returns some changes, where to go on, and whether there are more.
func (c *Cases) changesAfter(actor Actor, after int64) (out []Change, next int64, more bool) {
	const piece = 256
	now := c.cfg.Now()
	c.log.View(func(s *state) {
		next = s.seq
		changes, reset := s.changes.after(after+1, piece)
		if reset {
			out = []Change{{Seq: s.seq, Reset: true}}
			return
		}
		if more = len(changes) == piece; more {
			next = changes[piece-1].Seq
		}
		for _, change := range changes {
			k := s.get(change.Case)
			if k == nil || !actor.sees(k) {
				continue
			}
			row := k.row(now)
			change.Row = &row
			out = append(out, change)
		}
	})
	return out, next, more
}
