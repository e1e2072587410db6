package pipeline

import (
	"testing"
	"testing/synctest"
	"time"

	"tallystick/claim"
	"tallystick/journal"
)

// lingerer is a drawer that would rather take many entries at once.
type lingerer struct{ *drawer }

func (lingerer) Linger() time.Duration { return time.Second }

// grow publishes a batch of rows entries.
func grow(p *partition, n byte, rows int) {
	b := &Batch{Batch: journal.Batch{Records: make([]journal.Record, rows)}, Entries: make([]claim.Entry, rows)}
	b.Header.Prev = p.head.Digest
	b.Digest = journal.Digest{n}
	b.Next = journal.Position{Offset: p.head.Offset + int64(rows) + 1, Digest: b.Digest}
	p.publish(b)
}

func TestALingeringSinkWaitsForMoreButNotForLong(t *testing.T) {
	for name, tc := range map[string]struct {
		rows int
		want time.Duration
	}{
		"few entries":                  {10, time.Second},
		"as many as are taken at once": {100, 0},
		"none":                         {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, p, _ := feed(lingerer{&drawer{}})
				f.cursors[0] = &cursor{p: p, pos: p.head}
				if tc.rows > 0 {
					grow(p, 1, tc.rows)
				}
				start := time.Now()
				f.linger(t.Context(), make(chan struct{}))
				if d := time.Since(start); d != tc.want {
					t.Errorf("lingered %s, want %s", d, tc.want)
				}
			})
		})
	}
}

func TestMemoryThatIsWantedEndsLingering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p, _ := feed(lingerer{&drawer{}})
		f.cursors[0] = &cursor{p: p, pos: p.head}
		p.limit = 1000
		grow(p, 1, 1)
		go func() {
			time.Sleep(200 * time.Millisecond)
			grow(p, 2, 20)
		}()
		start := time.Now()
		f.linger(t.Context(), make(chan struct{}))
		if d := time.Since(start); d != 200*time.Millisecond {
			t.Errorf("lingered %s although the ring was nearly full after 200ms", d)
		}
	})
}
