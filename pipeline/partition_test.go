package pipeline

import (
	"strings"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/journal"
)

// follow makes a batch that follows the partition's head.
func follow(p *partition) *Batch {
	head := p.Head()
	next := head
	next.Base, next.Offset, next.To = head.Offset, head.Offset+2, head.To+1
	next.Digest[0], next.Digest[1] = byte(next.To), byte(next.To>>8)
	return &Batch{
		Batch: journal.Batch{Header: journal.Header{Prev: head.Digest, From: head.To, To: next.To},
			Records: []journal.Record{{Value: make([]byte, 100)}}, Digest: next.Digest, Next: next},
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

func TestAFoldedBatchIsDecodedWhenASinkAsks(t *testing.T) {
	value, err := new(entry.Encoder).Append(nil,
		&claim.Entry{Kind: claim.Duplicate, Claim: "C-7", At: time.Unix(1, 0).UTC()})
	if err != nil {
		t.Fatal(err)
	}
	p := newPartition(0, 2000, make(chan struct{}, 1))
	p.head = beginning(0)
	b := follow(p)
	b.Entries, b.Records = nil, []journal.Record{{Value: value, Offset: 1}}
	source := claim.SourceRef{Offset: 5}
	p.advance(b, &source)
	if p.Last() != source || p.Head() != b.Next {
		t.Errorf("the partition is at %v, answered %v", p.Head(), p.Last())
	}
	f := &feeder{cfg: &Config{SinkRows: 10}}
	for range 2 {
		got, err := f.next(t.Context(), p, &cursor{pos: beginning(0)})
		if err != nil || len(got) != 1 || len(got[0].Entries) != 1 || got[0].Entries[0].Claim != "C-7" {
			t.Fatalf("the sink gets %+v, %v", got, err)
		}
	}
	spoilt := follow(p)
	spoilt.Entries, spoilt.Records = nil, []journal.Record{{Value: []byte("{}"), Offset: 4}}
	p.advance(spoilt, nil)
	if _, err := f.next(t.Context(), p, &cursor{pos: b.Next}); err == nil ||
		!strings.Contains(err.Error(), "entry 4 of partition 0") {
		t.Errorf("an entry that does not decode: %v", err)
	}
	if p.Last() != source {
		t.Errorf("a batch without a source record moved the newest to %v", p.Last())
	}
}
