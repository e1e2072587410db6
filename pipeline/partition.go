package pipeline

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
)

// partition is what an instance knows of one partition of the journal: its folded head and the latest batches before
// it. While the partition is owned here its worker moves the head with what it appends; otherwise a tail folds the
// topic.
type partition struct {
	id     int
	limit  int // bytes kept
	mu     sync.Mutex
	head   journal.Position
	last   claim.SourceRef // the newest source record that has an entry; zero Time before the first
	ring   []*Batch        // contiguous, the last one ends at head
	bytes  int
	moved  chan struct{} // closed and replaced when head moves
	notify chan<- struct{}
	tenure context.Context // of this instance as owner; done when another may have taken over
	end    context.CancelFunc
	late   lateEntries
	room

	placement *Placement       // under which this instance decides; nil forwards nothing
	placed    *claim.Placement // the last one that the journal activated; nil before the first
	astray    int              // claims decided since away from the home that placement gives them
}

func newPartition(id, limit int, notify chan<- struct{}) *partition {
	return &partition{id: id, limit: limit, moved: make(chan struct{}), notify: notify,
		late: lateEntries{waiting: map[claim.ClaimRef]claim.Entry{}, ready: make(chan struct{}, 1)},
		room: room{taken: map[string]int64{}, freed: make(chan struct{})}}
}

// beginning is the position before the first batch of a partition.
func beginning(partition int) journal.Position {
	return journal.Position{Base: -1, Digest: journal.Genesis(JournalName, partition)}
}

// Head returns the folded end.
func (p *partition) Head() journal.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.head
}

// Last returns the newest source record that has an entry. Its Time is zero if there is none.
func (p *partition) Last() claim.SourceRef {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// begin marks the partition as owned by this instance, until finish.
func (p *partition) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tenure, p.end = context.WithCancel(context.Background())
}

func (p *partition) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
}

// owned is the context of the latest tenure. A partition that was lost and regained has another one.
func (p *partition) owned() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tenure
}

// publish moves the head over b. A batch that does not follow the head is a programming error: the journal refuses
// those.
func (p *partition) publish(b *Batch) {
	for i := len(b.Entries) - 1; i >= 0; i-- {
		if b.Entries[i].Kind.Answers() {
			p.advance(b, &b.Entries[i].Source)
			return
		}
	}
	p.advance(b, nil)
}

// advance publishes a batch whose newest source record is last, if it has any.
func (p *partition) advance(b *Batch, last *claim.SourceRef) {
	p.mu.Lock()
	p.head = b.Next
	if last != nil {
		p.last = *last
	}
	p.ring = append(p.ring, b)
	p.bytes += b.size()
	for p.bytes > p.limit && len(p.ring) > 1 {
		p.dropOldest()
	}
	close(p.moved)
	p.moved = make(chan struct{})
	p.mu.Unlock()
	select {
	case p.notify <- struct{}{}:
	default:
	}
}

// after returns batches that follow pos, up to about rows entries; they may have to be decoded. The slice is the
// caller's: the ring goes on moving. known is false when pos is older than what is kept: the topic has it.
func (p *partition) after(pos journal.Position, rows int) (batches []*Batch, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pos.Digest == p.head.Digest {
		return nil, true
	}
	for i, b := range p.ring {
		if b.Header.Prev != pos.Digest {
			continue
		}
		n := 0
		for j, b := range p.ring[i:] {
			if n += len(b.Records); n >= rows {
				return slices.Clone(p.ring[i : i+j+1]), true
			}
		}
		return slices.Clone(p.ring[i:]), true
	}
	return nil, false
}

// tail folds the topic from the head on. With once it returns at the end of the topic, else when ctx is done.
func (p *partition) tail(ctx context.Context, cfg journal.Config, erasures Erasures, once bool,
	observe func(*claim.Entry)) error {
	fold, err := journal.OpenFold(ctx, cfg, p.id, p.Head())
	if err != nil {
		return fmt.Errorf("opening the journal of partition %d: %w", p.id, err)
	}
	var decoder entry.Decoder
	take := func(jb journal.Batch) error {
		b := &Batch{Batch: jb}
		var newest claim.SourceRef
		var last *claim.SourceRef
		for i := range b.Records {
			value, err := without(erasures, &b.Records[i])
			if err != nil {
				return b.unreadable(i, err)
			}
			e, err := decoder.Decode(value)
			if err != nil {
				return b.unreadable(i, err)
			}
			if err := reach(ctx, erasures, e); err != nil {
				return err
			}
			observe(e)
			p.place(e)
			if e.Kind.Answers() {
				newest = e.Source
				last = &newest
			}
		}
		p.advance(b, last)
		return nil
	}
	if once {
		return fold.CatchUp(ctx, take)
	}
	for {
		jb, err := fold.Next(ctx)
		if err != nil {
			return fmt.Errorf("folding the journal of partition %d: %w", p.id, err)
		}
		if err := take(jb); err != nil {
			return err
		}
		if err := p.settled(false); err != nil {
			return err
		}
	}
}
