package anchor

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	merkletest "github.com/transparency-dev/merkle/testonly"
	"pgregory.net/rapid"

	"tallystick/journal"
)

var (
	_ ClosingLog = (*journal.Appender)(nil)
	_ BatchFold  = (*journal.Fold)(nil)
)

func newTestCloser(t interface{ Fatal(...any) }, log ClosingLog, change func(*CloserConfig), last *Closing) *Closer {
	cfg := CloserConfig{
		Log: log, Commitment: commitmentOf, MaxEntries: 100,
		Sources: func(context.Context) ([]Source, error) { return []Source{{Partition: 0, DecidedTo: 3, End: 5}}, nil },
	}
	if change != nil {
		change(&cfg)
	}
	c, err := NewCloser(cfg, last)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// closings returns what the journal of closings holds, checked as a chain.
func closings(t interface{ Fatal(...any) }, p *memoryPartition) []Closing {
	var all []Closing
	var chain Chain
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.batches {
		found, err := ClosingsIn(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range found {
			if err := chain.Apply(c); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, found...)
	}
	return all
}

func TestClosingHoldsTheRootInOrderOfPartitionAndOffset(t *testing.T) {
	scored, log := newMemoryJournal(3), &memoryPartition{}
	closer := newTestCloser(t, &memoryAppender{of: log}, nil, nil)
	// Taken in another order than they are hashed in.
	for _, b := range []journal.Batch{scored.write(2, numbered(5)), scored.write(0, numbered(0), numbered(1)),
		scored.write(2, numbered(6)), scored.write(0, numbered(2)), scored.write(1)} {
		if err := closer.Take(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	got, err := closer.Close(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reference := merkletest.New(rfc6962.DefaultHasher)
	for _, n := range []int{0, 1, 2, 5, 6} {
		leaf := numbered(n)
		reference.AppendData(leaf[:])
	}
	if string(got.Root[:]) != string(reference.Hash()) || got.Entries != 5 || len(got.Ranges) != 3 || got.Batch != 0 {
		t.Errorf("closing %+v", got)
	}
	if err := got.Verify(t.Context(), scored.commitments()); err != nil {
		t.Errorf("verifying against the journal: %v", err)
	}
	again, err := closer.Close(t.Context())
	if err != nil || again != nil {
		t.Errorf("closing nothing: %v, %v", again, err)
	}
	// The next one names all partitions, so that it alone says where to go on.
	if err := closer.Take(t.Context(), scored.write(1, numbered(9))); err != nil {
		t.Fatal(err)
	}
	next, err := closer.Close(t.Context())
	if err != nil || len(next.Ranges) != 3 || next.Ranges[0].From != got.Ranges[0].To ||
		next.Ranges[0].To != got.Ranges[0].To {
		t.Errorf("next closing %+v, %v", next, err)
	}
	if err := next.Verify(t.Context(), scored.commitments()); err != nil {
		t.Error(err)
	}
}

func TestCoversIsWhatRangeYields(t *testing.T) {
	scored, all := closedBatches(t, 4)
	next := NextClosing(&memoryFold{of: closingJournal(t, all)})
	for _, want := range all {
		c, err := next(t.Context())
		if err != nil || !sameJSON(c, want) {
			t.Fatalf("reading closing %d: %v", want.Batch, err)
		}
		for p := range scored {
			inBatch := map[int64]bool{}
			for commitment, err := range scored.commitments().Range(t.Context(), c.Ranges[p]) {
				if err != nil {
					t.Fatal(err)
				}
				inBatch[commitment.Offset] = true
			}
			for _, b := range scored[p].batches {
				for _, r := range b.Records {
					if c.Covers(p, r.Offset) != inBatch[r.Offset] {
						t.Errorf("batch %d, partition %d, offset %d: covers %t", c.Batch, p, r.Offset,
							!inBatch[r.Offset])
					}
				}
			}
		}
		if c.Covers(7, 0) {
			t.Error("covers a partition that it does not name")
		}
	}
}

// closingJournal puts all closings into one batch of a journal.
func closingJournal(t *testing.T, all []Closing) *memoryPartition {
	t.Helper()
	var records []journal.Record
	for _, c := range all {
		data, err := c.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, journal.Record{Value: data})
	}
	p := &memoryPartition{}
	p.append(p.end(), int64(len(all)), records)
	return p
}

func TestVerifyNoticesAnotherJournal(t *testing.T) {
	scored, log := newMemoryJournal(1), &memoryPartition{}
	closer := newTestCloser(t, &memoryAppender{of: log}, nil, nil)
	for i := range 3 {
		if err := closer.Take(t.Context(), scored.write(0, numbered(i))); err != nil {
			t.Fatal(err)
		}
	}
	closing, err := closer.Close(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(Closing) Closing{
		"root":          func(c Closing) Closing { c.Root[0] ^= 1; return c },
		"fewer entries": func(c Closing) Closing { c.Entries--; return c },
		"more entries":  func(c Closing) Closing { c.Entries++; return c },
		"an end that the journal does not have": func(c Closing) Closing {
			r := c.Ranges[0]
			r.To.Digest[0] ^= 1
			r.To.Base--
			c.Ranges = []Range{r}
			return c
		},
	} {
		if err := change(*closing).Verify(t.Context(), scored.commitments()); !errors.Is(err, ErrRootMismatch) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Closers race, lose, crash and are started again. Every entry ends in exactly one batch, in order.
func TestRacingClosersCloseEachEntryOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const partitions = 3
		scored, log := newMemoryJournal(partitions), &memoryPartition{}
		type worker struct {
			closer   *Closer
			appender *memoryAppender
			folds    [partitions]*memoryFold
		}
		start := func() *worker {
			w := &worker{appender: &memoryAppender{of: log}}
			var last *Closing
			if all := closings(rt, log); len(all) > 0 {
				last = &all[len(all)-1]
				w.appender.at = log.end()
			}
			w.closer = newTestCloser(rt, w.appender, nil, last)
			for p := range partitions {
				w.folds[p] = &memoryFold{of: scored[p], pos: w.closer.Position(p)}
			}
			return w
		}
		workers := []*worker{start(), start()}
		written := 0
		for range rapid.IntRange(5, 60).Draw(rt, "steps") {
			i := rapid.IntRange(0, 1).Draw(rt, "worker")
			w := workers[i]
			switch rapid.SampledFrom([]string{"write", "take", "take", "take", "close", "close", "lost", "landed",
				"crash"}).Draw(rt, "do") {
			case "write":
				n := rapid.IntRange(0, 3).Draw(rt, "records")
				var hashes []Hash
				for range n {
					hashes = append(hashes, numbered(written))
					written++
				}
				scored.write(rapid.IntRange(0, partitions-1).Draw(rt, "partition"), hashes...)
			case "take":
				p := rapid.IntRange(0, partitions-1).Draw(rt, "partition")
				if b, err := w.folds[p].Next(t.Context()); err == nil {
					if err := w.closer.Take(t.Context(), b); err != nil {
						rt.Fatal(err)
					}
				}
			case "lost":
				w.appender.lost++
			case "landed":
				w.appender.landed++
			case "close":
				if _, err := w.closer.Close(t.Context()); err != nil && !errors.Is(err, errUnknown) {
					rt.Fatal(err)
				}
			case "crash":
				workers[i] = start()
			}
		}
		// One that survives takes and closes the rest.
		w := start()
		for p := range partitions {
			for {
				b, err := w.folds[p].Next(t.Context())
				if err != nil {
					break
				}
				if err := w.closer.Take(t.Context(), b); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if _, err := w.closer.Close(t.Context()); err != nil {
			rt.Fatal(err)
		}
		var closed uint64
		for _, c := range closings(rt, log) {
			closed += c.Entries
			if err := c.Verify(t.Context(), scored.commitments()); err != nil {
				rt.Fatal(err)
			}
		}
		if closed != uint64(written) {
			rt.Fatalf("%d entries are closed, %d were written", closed, written)
		}
	})
}

func TestTakeRefusesAGap(t *testing.T) {
	scored := newMemoryJournal(1)
	closer := newTestCloser(t, &memoryAppender{of: &memoryPartition{}}, nil, nil)
	first, _, third := scored.write(0, numbered(0)), scored.write(0, numbered(1)), scored.write(0, numbered(2))
	if err := closer.Take(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := closer.Take(t.Context(), third); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v", err)
	}
}

func TestClosesBySizeAndByAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scored, log := newMemoryJournal(1), &memoryPartition{}
		closer := newTestCloser(t, &memoryAppender{of: log}, func(c *CloserConfig) {
			c.MaxEntries, c.MaxAge = 3,
				time.Minute
		}, nil)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- closer.Run(ctx) }()
		count := func() int {
			synctest.Wait()
			return len(closings(t, log))
		}
		take := func(n int) {
			if err := closer.Take(t.Context(), scored.write(0, numbered(n))); err != nil {
				t.Fatal(err)
			}
		}
		take(0)
		take(1)
		if count() != 0 {
			t.Error("closed before it was due")
		}
		take(2)
		if count() != 1 {
			t.Error("not closed at its size")
		}
		take(3)
		time.Sleep(59 * time.Second)
		if count() != 1 {
			t.Error("closed before its age")
		}
		time.Sleep(2 * time.Minute)
		if count() != 2 {
			t.Error("not closed at its age")
		}
		time.Sleep(time.Hour)
		if count() != 2 {
			t.Error("an empty batch was closed")
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestTakeWaitsForRoomWhileClosingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scored, log := newMemoryJournal(1), &memoryPartition{}
		appender := &memoryAppender{of: log, lost: 3}
		closer := newTestCloser(t, appender, func(c *CloserConfig) { c.MaxEntries, c.Retry = 2, time.Second }, nil)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- closer.Run(ctx) }()
		for i := range 20 {
			if err := closer.Take(t.Context(), scored.write(0, numbered(i))); err != nil {
				t.Fatal(err)
			}
			closer.mu.Lock()
			held := closer.count
			closer.mu.Unlock()
			if held > 4 {
				t.Fatalf("%d entries are held open, limit 4", held)
			}
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		var closed uint64
		for _, c := range closings(t, log) {
			closed += c.Entries
		}
		if closed != 20 {
			t.Errorf("%d of 20 entries are closed", closed)
		}
		stop()
		<-done
	})
}

func TestChainRefuses(t *testing.T) {
	scored, log := newMemoryJournal(2), &memoryPartition{}
	closer := newTestCloser(t, &memoryAppender{of: log}, nil, nil)
	for i := range 2 {
		for p := range 2 {
			if err := closer.Take(t.Context(), scored.write(p, numbered(2*i+p))); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := closer.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all := closings(t, log)
	for name, change := range map[string]func(c *Closing){
		"a number that is skipped": func(c *Closing) { c.Batch++ },
		"the same number again":    func(c *Closing) { c.Batch-- },
		"another beginning":        func(c *Closing) { c.Ranges[0].From.Digest[0] ^= 1 },
		"a partition left out":     func(c *Closing) { c.Ranges = c.Ranges[:1] },
		"partitions out of order":  func(c *Closing) { c.Ranges[0], c.Ranges[1] = c.Ranges[1], c.Ranges[0] },
		"no entries":               func(c *Closing) { c.Entries = 0 },
		"no time":                  func(c *Closing) { c.ClosedAt = time.Time{} },
		"another version":          func(c *Closing) { c.Version = 2 },
		"an end before the start":  func(c *Closing) { c.Ranges[0].To.Offset = 0 },
	} {
		var chain Chain
		if err := chain.Apply(all[0]); err != nil {
			t.Fatal(err)
		}
		changed := all[1]
		changed.Ranges = append([]Range{}, changed.Ranges...)
		change(&changed)
		if err := chain.Apply(changed); !errors.Is(err, ErrClosing) {
			t.Errorf("%s: got %v", name, err)
		}
		if err := chain.Apply(all[1]); err != nil {
			t.Errorf("%s: a refusal changed the chain: %v", name, err)
		}
	}
}

func sampleClosing() Closing {
	to := journal.Position{Offset: 12, Base: 9, Digest: journal.Digest{1, 2, 3}, To: 8, Epoch: 1}
	return Closing{
		Version: 1, Batch: 4, Entries: 2, Root: numbered(1),
		Ranges:   []Range{{Partition: 0, To: to}, {Partition: 1, From: to, To: to}},
		Sources:  []Source{{Partition: 0, DecidedTo: 8, End: 11}, {Partition: 1, DecidedTo: 8, End: 8}},
		ClosedAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
}

func TestClosingFormIsFixed(t *testing.T) {
	got, err := sampleClosing().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("testdata", "closing.json"), append(got, '\n'))
	back, err := ParseClosing(got)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Marshal()
	if err != nil || string(again) != string(got) {
		t.Errorf("reading and writing again differs: %v", err)
	}
}

// golden compares with a file that fixes a format; TALLYSTICK_UPDATE=1 writes it anew.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if os.Getenv("TALLYSTICK_UPDATE") == "1" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs:\n%s", path, got)
	}
}

func FuzzClosing(f *testing.F) {
	data, err := sampleClosing().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"v":1}`))
	f.Add([]byte(`{"v":1,"batch":0,"ranges":[{"partition":-1}],"entries":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseClosing(data)
		if err != nil {
			return
		}
		out, err := c.Marshal()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if back, err := ParseClosing(out); err != nil || !sameJSON(back, c) {
			t.Errorf("reading again differs: %v", err)
		}
	})
}

func sameJSON(a, b Closing) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}
