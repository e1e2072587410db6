package pipeline

import (
	"testing"

	"tallystick/claim"
	"tallystick/journal"
)

// follow makes a batch that follows the partition's head.
func follow(p *partition) *Batch {
	head := p.Head()
	next := head
	next.Base, next.Offset, next.To = head.Offset, head.Offset+2, head.To+1
	next.Digest[0], next.Digest[1] = byte(next.To), byte(next.To>>8)
	return &Batch{
		Batch:   journal.Batch{Header: journal.Header{Prev: head.Digest, From: head.To, To: next.To}, Records: []journal.Record{{Value: make([]byte, 100)}}, Digest: next.Digest, Next: next},
		Entries: []claim.Entry{{Kind: claim.Decided}},
	}
}

func TestWhatASinkWasHandedStaysWhenMemoryMovesOn(t *testing.T) {
	p := newPartition(0, 2000, make(chan struct{}, 1))
	p.head = beginning(0)
	first := follow(p)
	p.publish(first)
	p.publish(follow(p))
	got, known := p.after(beginning(0), 10)
	if !known || len(got) != 2 {
		t.Fatalf("%d batches, known %t", len(got), known)
	}
	for range 10 { // the first ones are dropped from memory
		p.publish(follow(p))
	}
	if got[0] != first || got[1] == nil {
		t.Error("the batches were taken away from the sink")
	}
	if _, known := p.after(beginning(0), 10); known {
		t.Error("what was dropped passes for known")
	}
}
