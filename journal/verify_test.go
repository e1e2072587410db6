package journal

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tallystick/journal/fetch"
)

// scriptTest is what *testing.T and *rapid.T share.
type scriptTest interface {
	Helper()
	Fatal(...any)
	Context() context.Context
}

// script writes a partition in memory. A valid batch covers three source records.
type script struct {
	t   scriptTest
	log *simLog
	cfg Config
	app *Appender
	at  []Position
}

func newScript(t scriptTest) *script {
	s := &script{t: t, log: &simLog{}, cfg: simConfig()}
	s.app = must(newAppender(t.Context(), quiet{s.log}, s.cfg, 0, Position{}))(t)
	return s
}

// valid appends n batches.
func (s *script) valid(n int) *script {
	s.t.Helper()
	for range n {
		from := s.app.Position().To
		b, err := s.app.Append(s.t.Context(), from, from+3, entries(from, from+3))
		if err != nil {
			s.t.Fatal(err)
		}
		s.at = append(s.at, b.Next)
	}
	return s
}

func (s *script) foreign(n int) *script {
	for range n {
		s.log.add([]fetch.Record{{Key: []byte("other")}})
	}
	s.log.hw = s.log.end
	return s
}

// cut truncates the partition to offset and makes a new owner that knows only what is left.
func (s *script) cut(offset int64) *script {
	s.t.Helper()
	for n := len(s.log.batches); n > 0 && s.log.batches[n-1].base >= offset; n-- {
		s.log.batches = s.log.batches[:n-1]
	}
	s.log.end, s.log.hw = offset, offset
	s.app = must(newAppender(s.t.Context(), quiet{s.log}, s.cfg, 0, Position{}))(s.t)
	must(s.app.CatchUp(s.t.Context()))(s.t)
	return s
}

func (s *script) open(at Position) (*Fold, error) {
	return openFold(s.t.Context(), quiet{s.log}, s.cfg, 0, at)
}

// Offsets: a batch of three records takes four, so the valid batches begin at 0, 4, 8, ...
func TestOpeningComparesThePositionWithThePartition(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(*script) Position
		want error
	}{
		{"nothing happened", func(s *script) Position { s.valid(3); return s.at[1] }, nil},
		{"at the end", func(s *script) Position { s.valid(3); return s.at[2] }, nil},
		{"void batches follow", func(s *script) Position {
			s.valid(2).foreign(3)
			p := s.at[1]
			p.Offset += 2
			return p
		}, nil},
		{"before the first batch, after a void one", func(s *script) Position {
			s.foreign(2).valid(1)
			return Position{Offset: 1, Base: -1, Digest: Genesis("sim", 0)}
		}, nil},
		{"cut off below the position", func(s *script) Position { s.valid(3); p := s.at[2]; s.cut(8); return p }, ErrTruncated},
		{"cut off to nothing", func(s *script) Position { s.valid(3); p := s.at[2]; s.cut(0); return p }, ErrTruncated},
		{"cut off and written over, the same length", func(s *script) Position { s.valid(3); p := s.at[2]; s.cut(8).valid(1); return p }, ErrForked},
		{"cut off and written over, longer", func(s *script) Position { s.valid(3); p := s.at[2]; s.cut(4).valid(9); return p }, ErrForked},
		{"written over across the position", func(s *script) Position {
			s.valid(3)
			p := s.at[2]
			s.cut(8).foreign(1).valid(2)
			return p
		}, ErrForked},
		{"only void batches cut off, a valid one in their place", func(s *script) Position {
			s.valid(1).foreign(4)
			p := s.at[0]
			p.Offset += 4
			s.cut(4).valid(2)
			return p
		}, ErrForked},
		{"only void batches cut off, a longer valid one in their place", func(s *script) Position {
			s.valid(1).foreign(2)
			p := s.at[0]
			p.Offset += 2
			s.cut(4).valid(2)
			return p
		}, ErrForked},
		{"before the first batch, void ones written over", func(s *script) Position {
			s.foreign(4)
			s.cut(0).valid(2)
			return Position{Offset: 4, Base: -1, Digest: Genesis("sim", 0)}
		}, ErrForked},
		{"made anew, and shorter", func(s *script) Position { s.valid(3); p := s.at[2]; s.cut(0).valid(2); return p }, ErrTruncated},
		{"the last batch deleted by retention, nothing after it", func(s *script) Position { s.valid(3); s.log.start = 8; return s.at[1] }, nil},
		{"part of the last batch deleted", func(s *script) Position { s.valid(3); s.log.start = 6; return s.at[1] }, nil},
		{"deleted up to after the position", func(s *script) Position { s.valid(3); s.log.start = 9; return s.at[1] }, ErrRetention},
		{"deleted before a reader began", func(s *script) Position { s.valid(3); s.log.start = 4; return Position{} }, ErrRetention},
		{"another journal's beginning", func(s *script) Position { return Position{Base: -1, Digest: Genesis("sim", 1)} }, ErrForked},
		{"another journal's position", func(s *script) Position {
			other := newScript(t)
			other.cfg.Name = "else"
			other.app = must(newAppender(t.Context(), quiet{other.log}, other.cfg, 0, Position{}))(t)
			s.valid(2)
			return other.valid(1).at[0]
		}, ErrForked},
		{"impossible", func(s *script) Position { s.valid(1); p := s.at[0]; p.Base = 99; return p }, ErrForked},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t)
			at := c.make(s)
			_, err := s.open(at)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			var ce *ChainError
			if err != nil && (!errors.As(err, &ce) || ce.Position.Digest != at.Digest && !at.IsZero()) {
				t.Fatalf("no position in %v", err)
			}
		})
	}
}

// A fold that runs while the partition is cut off and written over must notice, whatever lies at its offset.
func TestRunningFoldNoticesAFork(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(*script)
		want error
	}{
		{"shorter", func(s *script) { s.cut(4) }, ErrTruncated},
		{"a batch that begins at the same offset", func(s *script) { s.cut(8).valid(2) }, ErrForked},
		{"a batch across the offset", func(s *script) { s.cut(8).foreign(1).valid(1) }, ErrForked},
		{"only a void batch at the offset", func(s *script) { s.cut(8).valid(1).foreign(1) }, ErrForked},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t).valid(3)
			f := must(s.open(Position{}))(t)
			for range 3 {
				must(f.Next(t.Context()))(t)
			}
			c.make(s)
			for range 2 { // the error stays
				if b, err := f.Next(t.Context()); !errors.Is(err, c.want) {
					t.Fatalf("got %v %v, want %v", b, err, c.want)
				}
			}
		})
	}
}

// ahead is a batch that claims a state which the journal has not reached.
func ahead() []fetch.Record {
	h := Header{From: 1000, To: 1000, Prev: Digest{1}}
	return kafkaRecords(h.appendTo(nil), nil)
}

func TestBatchAheadOfTheState(t *testing.T) {
	t.Run("the own history is still there", func(t *testing.T) {
		s := newScript(t).valid(2)
		s.log.add(ahead())
		s.valid(1)
		var voids []Void
		s.cfg.OnVoid = func(v Void) { voids = append(voids, v) }
		f := must(s.open(Position{}))(t)
		for range 3 {
			must(f.Next(t.Context()))(t)
		}
		diff(t, "voids", voids, []Void{{Base: 8, Records: 1, Reason: VoidAhead, Header: Header{From: 1000, To: 1000, Prev: Digest{1}}}})
	})
	t.Run("the own history is deleted", func(t *testing.T) {
		s := newScript(t).valid(2)
		s.log.add(ahead())
		s.log.hw = s.log.end
		s.log.start = 8
		f := must(s.open(s.at[1]))(t)
		if _, err := f.Next(t.Context()); !errors.Is(err, ErrForked) {
			t.Fatal(err)
		}
	})
}

func TestAppendBelowTheFoldedEndIsTruncation(t *testing.T) {
	s := newScript(t).valid(3)
	old := s.app
	s.cut(4)
	pos := old.Position()
	if _, err := old.Append(t.Context(), pos.To, pos.To+1, entries(9, 10)); !errors.Is(err, ErrTruncated) {
		t.Fatal(err)
	}
}

func TestVoidReasons(t *testing.T) {
	pos := Position{Offset: 40, Base: 36, Digest: Digest{5}, To: 100, Epoch: 3}
	data := Header{Kind: KindData, Epoch: 3, Prev: pos.Digest, From: 100, To: 110}
	epoch := Header{Kind: KindEpoch, Epoch: 4, Prev: pos.Digest, From: 100, To: 0}
	with := func(h Header, change func(*Header)) []fetch.Record {
		change(&h)
		records := kafkaRecords(h.appendTo(nil), entries(0, int64(h.Count)))
		return records
	}
	none := func(*Header) {}
	for _, c := range []struct {
		name    string
		records []fetch.Record
		want    VoidReason
	}{
		{"data", with(data, none), ""},
		{"data that covers nothing", with(data, func(h *Header) { h.To = 100 }), ""},
		{"epoch", with(epoch, none), ""},
		{"stale", with(data, func(h *Header) { h.Prev = Digest{4}; h.From = 90 }), VoidStale},
		{"stale, of an older epoch but further on", with(data, func(h *Header) { h.Prev = Digest{4}; h.Epoch = 2; h.From = 5000 }), VoidStale},
		{"ahead", with(data, func(h *Header) { h.Prev = Digest{4}; h.From = 101 }), VoidAhead},
		{"ahead by an epoch", with(data, func(h *Header) { h.Prev = Digest{4}; h.Epoch = 4; h.From = 0 }), VoidAhead},
		{"from too early", with(data, func(h *Header) { h.From = 99 }), VoidRange},
		{"from too late", with(data, func(h *Header) { h.From = 101 }), VoidRange},
		{"to before from", with(data, func(h *Header) { h.To = 99 }), VoidRange},
		{"data of another epoch", with(data, func(h *Header) { h.Epoch = 4 }), VoidRange},
		{"epoch not the next", with(epoch, func(h *Header) { h.Epoch = 5 }), VoidRange},
		{"epoch the same", with(epoch, func(h *Header) { h.Epoch = 3 }), VoidRange},
		{"epoch from elsewhere", with(epoch, func(h *Header) { h.From = 99 }), VoidRange},
		{"too few records", with(data, func(h *Header) { h.Count = 3 })[:3], VoidShort},
		{"too many records", append(with(data, none), fetch.Record{}), VoidShort},
		{"unknown version", func() []fetch.Record { r := with(data, none); r[0].Value[0] = 3; return r }(), VoidMalformed},
		{"unknown kind", with(data, func(h *Header) { h.Kind = 2 }), VoidMalformed},
		{"short header", func() []fetch.Record { r := with(data, none); r[0].Value = r[0].Value[:81]; return r }(), VoidMalformed},
		{"long header", func() []fetch.Record { r := with(data, none); r[0].Value = append(r[0].Value, 0); return r }(), VoidMalformed},
		{"negative range", with(data, func(h *Header) { h.From = -1 }), VoidMalformed},
		{"no header", []fetch.Record{{Key: []byte("TSJ1"), Value: with(data, none)[0].Value}}, VoidForeign},
		{"no key", []fetch.Record{{Value: with(data, none)[0].Value}}, VoidForeign},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.records {
				c.records[i].Offset = 50 + int64(i)
			}
			ch := chain{pos: pos}
			kb := &fetch.Batch{Base: 50, Records: c.records}
			b, ok, reason, err := ch.take(kb)
			if err != nil || reason != c.want || ok != (c.want == "") {
				t.Fatalf("valid %t, void %q, %v; want %q", ok, reason, err, c.want)
			}
			if want := 50 + int64(len(c.records)); ch.pos.Offset != want || ok && b.Next != ch.pos {
				t.Fatalf("at %d, want %d", ch.pos.Offset, want)
			}
			if !ok && (ch.pos.Digest != pos.Digest || ch.pos.To != pos.To || ch.pos.Base != pos.Base || ch.pos.Epoch != pos.Epoch) {
				t.Fatal("a void batch moved the state")
			}
			kb.Transactional = true
			ch = chain{pos: pos}
			if _, ok, reason, _ := ch.take(kb); ok || reason != VoidTransactional {
				t.Fatalf("in a transaction: valid %t, %q", ok, reason)
			}
		})
	}
}

func digests(bs []Batch) []Digest {
	out := []Digest{}
	for _, b := range bs {
		out = append(out, b.Digest)
	}
	return out
}

// Whatever is cut off and written over: a reader either sees the history that is there now, or an error. It is never
// silently left behind.
func TestRewrittenHistoryIsNeverPassedInSilence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		s := newScript(t)
		write := func(n int) {
			for range n {
				switch random.IntN(5) {
				case 0:
					s.foreign(1)
				case 1: // a copy of an earlier batch
					if len(s.log.batches) > 0 {
						s.log.add(s.log.batches[random.IntN(len(s.log.batches))].records)
						s.log.hw = s.log.end
					}
				case 2: // a note, which covers nothing
					must(s.app.CatchUp(t.Context()))(t)
					to := s.app.Position().To
					must(s.app.Append(t.Context(), to, to, entries(0, 1)))(t)
				default:
					must(s.app.CatchUp(t.Context()))(t)
					s.valid(1)
				}
			}
		}
		write(rapid.IntRange(0, 8).Draw(t, "batches before"))
		reader := must(s.open(Position{}))(t)
		var seen []Batch
		take := func(b Batch) error { seen = append(seen, b); return nil }
		if err := reader.CatchUp(t.Context(), take); err != nil {
			t.Fatal(err)
		}
		stored := reader.Position()

		// An unclean election leaves some batches and takes the rest.
		keep := random.IntN(len(s.log.batches) + 1)
		end := s.log.end
		if keep < len(s.log.batches) {
			end = s.log.batches[keep].base
		}
		s.cut(end)
		write(rapid.IntRange(0, 12).Draw(t, "batches after"))
		// Then the new history outgrows the old one.
		for i := 0; i < 2 || s.log.end <= stored.Offset; i++ {
			must(s.app.CatchUp(t.Context()))(t)
			from := s.app.Position().To
			must(s.app.Append(t.Context(), from, max(from, stored.To)+1, nil))(t)
		}
		var now []Batch
		if err := must(s.open(Position{}))(t).CatchUp(t.Context(), func(b Batch) error { now = append(now, b); return nil }); err != nil {
			t.Fatal(err)
		}
		k := len(seen)
		lost := len(now) < k || !cmp.Equal(now[:k], seen, cmpopts.EquateEmpty()) || k < len(now) && now[k].Base < stored.Offset

		// One case is neither: only void batches were lost, and of a batch sent twice in their place the first copy ends
		// where the reader stands. It takes the second: the same digest and content at another offset.
		check := func(who string, more []Batch, err error) {
			var broken *ChainError
			switch {
			case err != nil && !errors.As(err, &broken):
				t.Fatalf("%s: %v", who, err)
			case lost && err == nil && !cmp.Equal(digests(append(slices.Clone(seen), more...)), digests(now)):
				t.Fatalf("%s at %v saw %d batches of another history in silence", who, stored, len(more))
			case !lost && err == nil && !cmp.Equal(more, now[k:], cmpopts.EquateEmpty()):
				t.Fatalf("%s saw %d batches, want %d", who, len(more), len(now[k:]))
			}
		}
		var more []Batch
		keepMore := func(b Batch) error { more = append(more, b); return nil }
		err := reader.CatchUp(t.Context(), keepMore)
		check("the running fold", more, err)
		more = nil
		again, err := s.open(stored)
		if err == nil {
			err = again.CatchUp(t.Context(), keepMore)
		}
		check("the opened fold", more, err)
	})
}
