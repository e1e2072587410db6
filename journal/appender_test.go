package journal

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"tallystick/journal/fetch"
)

// scripted is a partition whose produce calls do what the test says.
type scripted struct {
	quiet
	// produce is called with the append that a healthy partition would do.
	produce func(records []fetch.Record, do func() int64) (int64, error)
	// fetched, if set, runs before each fetch.
	fetched func() error
}

func (s *scripted) Produce(_ context.Context, h []byte, _ int64, r []Record) (int64, error) {
	records := kafkaRecords(h, r)
	do := func() int64 {
		at := s.add(records)
		s.hw = s.end
		return at
	}
	if s.produce == nil {
		return do(), nil
	}
	return s.produce(records, do)
}

func (s *scripted) Fetch(ctx context.Context, offset int64) (page, error) {
	if s.fetched != nil {
		if err := s.fetched(); err != nil {
			return page{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return page{}, err
	}
	return s.quiet.Fetch(ctx, offset)
}

func newScripted(t *testing.T) (*scripted, *Appender) {
	l := &scripted{quiet: quiet{&simLog{}}}
	return l, must(newAppender(t.Context(), l, simConfig(), 0, Position{}))(t)
}

// history folds the whole partition.
func history(t *testing.T, l *simLog) []Batch {
	t.Helper()
	l.hw = l.end
	f := must(openFold(t.Context(), quiet{l}, simConfig(), 0, Position{}))(t)
	var out []Batch
	if err := f.CatchUp(t.Context(), func(b Batch) error { out = append(out, b); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

var errLost = errors.New("connection lost")

// What may become of one append, and what its author is told. After it the same appender goes on, and the whole source
// must be covered once.
func TestAppendFaults(t *testing.T) {
	rival := func(t *testing.T, l *scripted) Batch {
		t.Helper()
		other := must(newAppender(t.Context(), quiet{l.simLog}, simConfig(), 0, Position{}))(t)
		must(other.CatchUp(t.Context()))(t)
		from := other.Position().To
		return must(other.Append(t.Context(), from, from+2, entries(from, from+2)))(t)
	}
	type answer struct {
		at  int64
		err error
	}
	for _, c := range []struct {
		name string
		// nth answers the produce calls in turn; further ones do well.
		nth   []func(t *testing.T, l *scripted, do func() int64) answer
		want  error // of the append under test
		sends int
	}{
		{"nothing happens", nil, nil, 1},
		{"lost", []func(*testing.T, *scripted, func() int64) answer{
			func(*testing.T, *scripted, func() int64) answer { return answer{err: errLost} },
			func(*testing.T, *scripted, func() int64) answer { return answer{err: errLost} },
		}, nil, 3},
		{"done but reported failed", []func(*testing.T, *scripted, func() int64) answer{
			func(_ *testing.T, _ *scripted, do func() int64) answer { do(); return answer{err: errLost} },
		}, nil, 1},
		{"done but reported failed, seen late", []func(*testing.T, *scripted, func() int64) answer{
			func(_ *testing.T, l *scripted, do func() int64) answer { do(); l.hw = 8; return answer{err: errLost} },
		}, nil, 2},
		{"doubled", []func(*testing.T, *scripted, func() int64) answer{
			func(_ *testing.T, _ *scripted, do func() int64) answer { do(); return answer{at: do()} },
		}, nil, 1},
		{"doubled, the first answers", []func(*testing.T, *scripted, func() int64) answer{
			func(_ *testing.T, _ *scripted, do func() int64) answer { at := do(); do(); return answer{at: at} },
		}, nil, 1},
		{"late: lands after the second copy", []func(*testing.T, *scripted, func() int64) answer{
			func(*testing.T, *scripted, func() int64) answer { return answer{err: errLost} },
			func(_ *testing.T, _ *scripted, do func() int64) answer { at := do(); do(); return answer{at: at} },
		}, nil, 2},
		{"a rival first", []func(*testing.T, *scripted, func() int64) answer{
			func(t *testing.T, l *scripted, do func() int64) answer { rival(t, l); return answer{at: do()} },
		}, ErrSuperseded, 1},
		{"lost, then a rival", []func(*testing.T, *scripted, func() int64) answer{
			func(t *testing.T, l *scripted, do func() int64) answer { rival(t, l); return answer{err: errLost} },
		}, ErrSuperseded, 1},
		{"landed unseen, then a rival on top", []func(*testing.T, *scripted, func() int64) answer{
			func(t *testing.T, l *scripted, do func() int64) answer {
				do()
				rival(t, l)
				return answer{err: errLost}
			},
		}, ErrSuperseded, 1},
		{"foreign records first", []func(*testing.T, *scripted, func() int64) answer{
			func(_ *testing.T, l *scripted, do func() int64) answer {
				l.add([]fetch.Record{{Key: []byte("x")}})
				return answer{at: do()}
			},
		}, nil, 1},
		{"refused", []func(*testing.T, *scripted, func() int64) answer{
			func(*testing.T, *scripted, func() int64) answer {
				return answer{err: fmt.Errorf("%w: too large", ErrRefused)}
			},
		}, ErrRefused, 1},
		{"done but reported failed, then refused", []func(*testing.T, *scripted, func() int64) answer{
			func(_ *testing.T, l *scripted, do func() int64) answer { do(); l.hw = 8; return answer{err: errLost} },
			func(*testing.T, *scripted, func() int64) answer {
				return answer{err: fmt.Errorf("%w: no right", ErrRefused)}
			},
		}, ErrOutcomeUnknown, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, a := newScripted(t)
			for from := int64(0); from < 6; from += 3 {
				must(a.Append(t.Context(), from, from+3, entries(from, from+3)))(t)
			}
			n := 0
			l.produce = func(_ []fetch.Record, do func() int64) (int64, error) {
				n++
				if n > len(c.nth) {
					return do(), nil
				}
				r := c.nth[n-1](t, l, do)
				return r.at, r.err
			}
			b, err := a.Append(t.Context(), 6, 9, entries(6, 9))
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if n != c.sends {
				t.Fatalf("sent %d times, want %d", n, c.sends)
			}
			seen := history(t, l.simLog)[:2]
			var s *SupersededError
			if err == nil {
				seen = append(seen, b)
			} else if errors.As(err, &s) {
				seen = append(seen, s.Batches...)
			}
			l.produce = nil
			for a.Position().To < 20 {
				from := a.Position().To
				b, err := a.Append(t.Context(), from, from+2, entries(from, from+2))
				switch {
				case err == nil:
					seen = append(seen, b)
				case errors.As(err, &s):
					seen = append(seen, s.Batches...)
				default:
					t.Fatal(err)
				}
			}
			all := history(t, l.simLog)
			diff(t, "what the appender was told", seen, all)
			var decided []Record
			for _, b := range all {
				for _, r := range b.Records {
					r.Offset = 0
					decided = append(decided, r)
				}
			}
			diff(t, "entries", decided, entries(0, int64(len(decided))))
		})
	}
}

// A call that ends before the outcome is known leaves an appender that may go on, whether the batch lands or not.
func TestGivenUpAppend(t *testing.T) {
	for _, lands := range []string{"never", "at once", "late"} {
		t.Run(lands, func(t *testing.T) {
			l, a := newScripted(t)
			ctx, cancel := context.WithCancel(t.Context())
			var later func() int64
			l.produce = func(_ []fetch.Record, do func() int64) (int64, error) {
				switch lands {
				case "at once":
					do()
				case "late":
					later = do
				}
				cancel()
				return 0, ctx.Err()
			}
			_, err := a.Append(ctx, 0, 3, entries(0, 3))
			if !errors.Is(err, ErrOutcomeUnknown) || !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			l.produce = nil
			if lands == "late" {
				l.produce = func(_ []fetch.Record, do func() int64) (int64, error) {
					l.produce = nil
					at := do()
					later()
					return at, nil
				}
			}
			_, err = a.Append(t.Context(), 0, 4, entries(0, 4))
			if want := lands == "at once"; errors.Is(err, ErrSuperseded) != want || (err != nil) != want {
				t.Fatal(err)
			}
			if all := history(t, l.simLog); len(all) != 1 || a.Position().Digest != all[0].Digest {
				t.Fatalf("%d batches, appender at %v", len(all), a.Position())
			}
		})
	}
}

// Batches that were folded by a call that then failed are handed over by the next call.
func TestFoldedBatchesAreNotLostWithTheCall(t *testing.T) {
	l, a := newScripted(t)
	ctx, cancel := context.WithCancel(t.Context())
	l.produce = func(_ []fetch.Record, do func() int64) (int64, error) {
		l.produce = nil
		other := must(newAppender(t.Context(), quiet{l.simLog}, simConfig(), 0, Position{}))(t)
		must(other.Append(t.Context(), 0, 2, entries(0, 2)))(t)
		hw := l.hw
		at := do()
		l.hw = hw
		fetches := 0
		l.fetched = func() error {
			if fetches++; fetches == 2 {
				cancel()
			}
			return nil
		}
		return at, nil
	}
	if _, err := a.Append(ctx, 0, 3, entries(0, 3)); !errors.Is(err, ErrOutcomeUnknown) {
		t.Fatal(err)
	}
	l.fetched = nil
	l.hw = l.end
	_, err := a.Append(t.Context(), 2, 3, entries(2, 3))
	var s *SupersededError
	if !errors.As(err, &s) || len(s.Batches) != 1 || s.Batches[0].To != 2 {
		t.Fatal(err)
	}
	must(a.Append(t.Context(), 2, 3, entries(2, 3)))(t)
	if all := history(t, l.simLog); len(all) != 2 {
		t.Fatalf("%d batches", len(all))
	}
}

func TestAppendRefusesWhatCannotCount(t *testing.T) {
	l, a := newScripted(t)
	must(a.Append(t.Context(), 0, 3, entries(0, 3)))(t)
	before := l.end
	for _, r := range [][2]int64{{0, 3}, {4, 5}, {3, 2}, {-1, 3}} {
		if _, err := a.Append(t.Context(), r[0], r[1], nil); !errors.Is(err, ErrNotNext) {
			t.Errorf("%v: %v", r, err)
		}
	}
	if _, err := a.AppendEpoch(t.Context(), -1, nil); !errors.Is(err, ErrNotNext) {
		t.Error(err)
	}
	big := []Record{{Value: make([]byte, defaultMaxBytes)}}
	if _, err := a.Append(t.Context(), 3, 4, big); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if l.end != before {
		t.Fatal("something was sent")
	}
	fits := []Record{{Value: make([]byte, defaultMaxBytes-Size()-RecordSize(Record{}))}}
	must(a.Append(t.Context(), 3, 4, fits))(t)
}

func TestEpochEntry(t *testing.T) {
	l, a := newScripted(t)
	must(a.Append(t.Context(), 0, 30, entries(0, 3)))(t)
	b := must(a.AppendEpoch(t.Context(), 5, []Record{{Key: []byte("reason"), Value: []byte("topic made anew")}}))(t)
	if b.Kind != KindEpoch || b.Epoch != 1 || b.From != 30 || b.Next.To != 5 || b.Next.Epoch != 1 {
		t.Fatalf("%+v", b)
	}
	b = must(a.Append(t.Context(), 5, 6, entries(5, 6)))(t)
	if b.Epoch != 1 || b.Kind != KindData {
		t.Fatalf("%+v", b)
	}
	if all := history(t, l.simLog); len(all) != 3 || all[2].Next != a.Position() {
		t.Fatalf("%d batches", len(all))
	}
}

// Two people take one case in the same second: one append counts, the other author is told.
func TestSimultaneousAppends(t *testing.T) {
	l, _ := newScripted(t)
	const people = 8
	told := make(chan error, people)
	calls := make(chan func())
	go func() {
		for f := range calls {
			f()
		}
	}()
	for i := range people {
		a := must(newAppender(t.Context(), locked{l, calls}, simConfig(), 0, Position{}))(t)
		go func() {
			_, err := a.Append(t.Context(), 0, 1, []Record{{Value: fmt.Appendf(nil, "taken by %d", i)}})
			told <- err
		}()
	}
	won := 0
	for range people {
		err := <-told
		if err == nil {
			won++
		} else if !errors.Is(err, ErrSuperseded) {
			t.Error(err)
		}
	}
	close(calls)
	if all := history(t, l.simLog); won != 1 || len(all) != 1 {
		t.Fatalf("%d won, %d batches count", won, len(all))
	}
}

// locked runs a log's calls on one goroutine.
type locked struct {
	l     *scripted
	calls chan func()
}

func on[T any](calls chan func(), f func() (T, error)) (v T, err error) {
	done := make(chan struct{})
	calls <- func() { v, err = f(); close(done) }
	<-done
	return v, err
}

func (l locked) Start(ctx context.Context) (int64, error) {
	return on(l.calls, func() (int64, error) { return l.l.Start(ctx) })
}

func (l locked) End(ctx context.Context) (int64, error) {
	return on(l.calls, func() (int64, error) { return l.l.End(ctx) })
}

func (l locked) Fetch(ctx context.Context, offset int64) (page, error) {
	return on(l.calls, func() (page, error) { return l.l.Fetch(ctx, offset) })
}

func (l locked) Produce(ctx context.Context, h []byte, created int64, r []Record) (int64, error) {
	return on(l.calls, func() (int64, error) { return l.l.Produce(ctx, h, created, r) })
}

func TestCheckSource(t *testing.T) {
	at := Position{To: 100, Epoch: 2}
	for _, c := range []struct {
		start, end int64
		want       error
	}{
		{0, 100, nil},
		{0, 500, nil},
		{100, 100, nil},
		{100, 500, nil},
		{101, 500, ErrSourceLost},
		{500, 500, ErrSourceLost},
		{40, 99, ErrSourceTruncated},
		{0, 99, ErrSourceRecreated},
		{0, 0, ErrSourceRecreated},
	} {
		err := CheckSource(c.start, c.end, at)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("[%d, %d): got %v, want %v", c.start, c.end, err, c.want)
		}
		var s *SourceError
		if err != nil && (!errors.As(err, &s) || s.To != 100 || s.Start != c.start || s.End != c.end) {
			t.Errorf("[%d, %d): %#v", c.start, c.end, err)
		}
	}
}
