package pipeline

import (
	"sync"
	"time"
)

// SinkProgress is how far a sink is, for metrics and people.
type SinkProgress struct {
	Name    string
	Behind  map[int]int64 // decided source records that the sink lacks, by partition that it is fed here
	Writing time.Time     // since when the write in progress takes, retries included; zero: there is none
}

// progress is what a feeder notes of its sink. A sink that retries by itself, as ClickHouse's does, is seen by nothing
// else.
type progress struct {
	name string

	mu      sync.Mutex
	decided map[int]int64 // source offset up to which the partition's records are in the sink
	writing time.Time
}

func newProgress(sink Sink) *progress {
	return &progress{name: sink.Name(), decided: map[int]int64{}}
}

func (g *progress) reached(partition int, to int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.decided[partition] = to
}

func (g *progress) left(partition int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.decided, partition)
}

// write notes that a write begins; the function it returns, that it has ended.
func (g *progress) write() (end func()) {
	g.set(time.Now())
	return func() { g.set(time.Time{}) }
}

func (g *progress) set(writing time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writing = writing
}

// SinkProgress returns how far each sink is.
func (pl *Pipeline) SinkProgress() []SinkProgress {
	heads := pl.Heads()
	all := make([]SinkProgress, len(pl.progress))
	for i, g := range pl.progress {
		g.mu.Lock()
		all[i] = SinkProgress{Name: g.name, Behind: map[int]int64{}, Writing: g.writing}
		for p, to := range g.decided {
			if p < len(heads) {
				all[i].Behind[p] = max(0, heads[p].To-to)
			}
		}
		g.mu.Unlock()
	}
	return all
}
