package intermediary

import (
	"cmp"
	"crypto/sha256"
	"errors"

	"tallystick/journal"
)

// ErrConflict says that an event of this insurer and id with other content stands in the book.
var ErrConflict = errors.New(
	"another event with this insurer and id is in the journal: a correction needs an id of its own")

// Verdict is what a book makes of an event.
type Verdict uint8

// The verdicts.
const (
	Taken Verdict = iota
	Repeated
	Conflict
)

type eventKey struct{ insurer, id string }

type policyKey struct{ insurer, policy string }

// Book folds events. The zero Book is empty.
type Book struct {
	seen     map[eventKey][sha256.Size]byte
	policies map[policyKey]*policy
	void     uint64

	next   map[policyKey]string // successors, as of nextAt events
	nextAt int
}

// policy is what is known of one policy, whoever handled it.
type policy struct {
	events []Event
	issued *Event // the first that says so
}

// Judge says what an event would be on the book.
func (b *Book) Judge(e *Event, content []byte) Verdict {
	sum, ok := b.seen[eventKey{e.Insurer, e.ID}]
	switch {
	case !ok:
		return Taken
	case sum == sha256.Sum256(content):
		return Repeated
	}
	return Conflict
}

// Apply implements statelog.State. A record that is no event counts and says nothing.
func (b *Book) Apply(batch journal.Batch) error {
	for _, r := range batch.Records {
		if e, err := Decode(r.Value); err != nil || b.Add(e, r.Value) == Conflict {
			b.void++
		}
	}
	return nil
}

// Add takes an event that was checked, with its encoded form.
func (b *Book) Add(e Event, content []byte) Verdict {
	v := b.Judge(&e, content)
	if v != Taken {
		return v
	}
	if b.seen == nil {
		b.seen, b.policies = map[eventKey][sha256.Size]byte{}, map[policyKey]*policy{}
	}
	b.seen[eventKey{e.Insurer, e.ID}] = sha256.Sum256(content)
	k := policyKey{e.Insurer, e.Policy}
	p := b.policies[k]
	if p == nil {
		p = &policy{}
		b.policies[k] = p
	}
	p.events = append(p.events, e)
	if e.Kind == PolicyIssued && (p.issued == nil || before(&e, p.issued)) {
		p.issued = &e
	}
	return Taken
}

func before(a, b *Event) bool {
	return cmp.Or(cmp.Compare(day(a.At), day(b.At)), cmp.Compare(a.ID, b.ID)) < 0
}

// Void is how many records of the journal were no events or conflicts, and were left out.
func (b *Book) Void() uint64 { return b.void }

// Events is how many events the book has.
func (b *Book) Events() int { return len(b.seen) }
