package outcomes

import "slices"

// Learner is told what became of claims, such as the memory of parties. Learn reports whether it knows the claim.
type Learner interface {
	Learn(e *Event) bool
}

// Verdict is what a book made of an event.
type Verdict uint8

// The verdicts.
const (
	Taken    Verdict = iota // the learner has it
	Waits                   // the claim is not known yet
	Replaced                // an outcome known later, or told later with the same day, stands already
	Repeated                // the very same event again
	Dropped                 // too many wait: the one that waited longest made room, or this is it
)

// Limits of a book. Zero means the default.
type Limits struct {
	Waiting int // events of claims that are not known yet; 0 is 100,000
}

type key struct{ insurer, claim string }

// Book folds outcomes in the order of their topic.
type Book struct {
	learner Learner
	limits  Limits
	last    map[key]Event
	waiting map[key]bool
	order   []key // of waiting, the longest first; may name some that wait no more
	dropped uint64
}

// NewBook returns an empty book that tells a learner.
func NewBook(l Learner, limits Limits) *Book {
	if limits.Waiting <= 0 {
		limits.Waiting = 100_000
	}
	return &Book{learner: l, limits: limits, last: map[key]Event{}, waiting: map[key]bool{}}
}

// Add folds an event that was checked. The outcome that was known last stands; of two with one moment, the one told
// last.
func (b *Book) Add(e Event) Verdict {
	k := key{e.Insurer, e.Claim}
	before, have := b.last[k]
	switch {
	case have && before == e:
		return Repeated
	case have && before.KnownAt.After(e.KnownAt):
		return Replaced
	}
	b.last[k] = e
	if b.learner.Learn(&e) {
		delete(b.waiting, k)
		return Taken
	}
	if !b.waiting[k] {
		b.waiting[k] = true
		b.order = append(b.order, k)
	}
	if len(b.waiting) > b.limits.Waiting {
		b.makeRoom()
		return Dropped
	}
	return Waits
}

// makeRoom forgets the event that has waited longest.
func (b *Book) makeRoom() {
	for i, k := range b.order {
		if b.waiting[k] {
			delete(b.waiting, k)
			delete(b.last, k)
			b.order = slices.Delete(b.order, 0, i+1)
			b.dropped++
			return
		}
	}
}

// Arrived says that a claim is known now. It tells the learner what waited for it, if anything did.
func (b *Book) Arrived(insurer, claim string) bool {
	k := key{insurer, claim}
	if !b.waiting[k] {
		return false
	}
	e := b.last[k]
	if !b.learner.Learn(&e) {
		return false
	}
	delete(b.waiting, k)
	return true
}

// Of returns the outcome that stands for a claim.
func (b *Book) Of(insurer, claim string) (Event, bool) {
	e, ok := b.last[key{insurer, claim}]
	return e, ok
}

// Waiting returns how many outcomes wait for their claim, and how many were forgotten to make room.
func (b *Book) Waiting() (waiting int, dropped uint64) { return len(b.waiting), b.dropped }
