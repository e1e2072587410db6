package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tallystick/journal"
)

// fullPartition has two sinks and a ring of three batches, which is all that it may hold.
func fullPartition() (p *partition, ends []journal.Position) {
	p = newPartition(0, 0, make(chan struct{}, 1))
	p.sinks = 2
	p.head = beginning(0)
	for i := range 3 {
		b := &Batch{Batch: journal.Batch{Records: []journal.Record{{Value: make([]byte, 100)}}}}
		b.Header.Prev = p.head.Digest
		b.Next = journal.Position{Offset: int64(i+1) * 2, Digest: journal.Digest{byte(i + 1)}}
		p.limit += b.size()
		ends = append(ends, b.Next)
		p.publish(b)
	}
	return p, ends
}

// waits reports how long a worker waits for room for one more batch, with the given patience.
func waits(p *partition, patience time.Duration) time.Duration {
	start := time.Now()
	p.wait(context.Background(), p.limit/3, patience)
	return time.Since(start)
}

func TestAWorkerWaitsForSinksThatAreWellAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, ends := fullPartition()
		if d := waits(p, time.Second); d != 0 {
			t.Errorf("waited %s although no sink is known yet", d)
		}
		p.took("a", ends[2])
		p.took("b", journal.Position{})
		if len(p.ring) != 3 {
			t.Errorf("%d batches are kept, the second sink needs 3", len(p.ring))
		}
		go func() {
			time.Sleep(300 * time.Millisecond)
			p.took("b", ends[0])
		}()
		if d := waits(p, time.Second); d != 300*time.Millisecond {
			t.Errorf("waited %s, the slower sink made room after 300ms", d)
		}
		if len(p.ring) != 2 || p.ring[0].Next != ends[1] {
			t.Errorf("%d batches are kept after both sinks took the first", len(p.ring))
		}
		if got, known := p.after(ends[0], 10); !known || len(got) != 2 {
			t.Errorf("the slower sink finds %d batches (known %v), want 2", len(got), known)
		}
	})
}

func TestAWorkerDoesNotWaitForASinkThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, ends := fullPartition()
		p.took("a", ends[2])
		p.took("b", journal.Position{})
		go func() {
			time.Sleep(100 * time.Millisecond)
			p.left("b")
		}()
		if d := waits(p, time.Second); d != 100*time.Millisecond {
			t.Errorf("waited %s, the sink failed after 100ms", d)
		}
		if d := waits(p, time.Second); d != 0 {
			t.Errorf("waited %s for a sink that had failed", d)
		}
	})
}

func TestAWorkersPatienceIsSpentOnceUntilThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, ends := fullPartition()
		p.took("a", ends[2])
		p.took("b", journal.Position{})
		if d := waits(p, time.Second); d != time.Second {
			t.Errorf("waited %s, want a second", d)
		}
		if d := waits(p, time.Second); d != 0 {
			t.Errorf("waited %s a second time", d)
		}
		p.took("b", ends[1])
		if p.spent {
			t.Error("patience is still spent although the sink caught up")
		}
	})
}
