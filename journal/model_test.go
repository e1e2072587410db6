package journal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tallystick/journal/fetch"
)

// The model: several owners and sinks run the real appender and fold on one partition in memory. A scheduler lets one
// of them go on at a time, decides what becomes of each request, and kills them. The history must come out the same
// for everyone.

const simSource = 14 // records of the source

type simBatch struct {
	base    int64
	records []fetch.Record
}

// simLog is a partition whose high watermark trails.
type simLog struct {
	batches []simBatch
	end, hw int64
	start   int64
}

func (l *simLog) add(records []fetch.Record) int64 {
	base := l.end
	own := make([]fetch.Record, len(records))
	for i, r := range records {
		r.Offset = base + int64(i)
		own[i] = r
	}
	l.batches = append(l.batches, simBatch{base, own})
	l.end += int64(len(own))
	return base
}

func (l *simLog) read(offset int64) (page, error) {
	if offset > l.end || offset < l.start {
		return page{}, &fetch.RangeError{Topic: "sim", Offset: offset, Start: l.start, End: l.end}
	}
	p := page{next: offset, end: l.hw}
	for _, b := range l.batches {
		end := b.base + int64(len(b.records))
		if end <= offset || end > l.hw {
			continue
		}
		records := b.records
		if offset > b.base {
			records = records[offset-b.base:]
		}
		p.batches = append(p.batches, fetch.Batch{Base: b.base, Records: slices.Clone(records)})
		p.next = end
		if len(p.batches) == 3 {
			break
		}
	}
	return p, nil
}

func kafkaRecords(header []byte, records []Record) []fetch.Record {
	out := []fetch.Record{{Key: []byte(headerKey), Value: header}}
	for _, r := range records {
		out = append(out, fetch.Record{Key: orNil(r.Key), Value: orNil(r.Value)})
	}
	return out
}

type simReply struct {
	page  page
	at    int64
	err   error
	crash bool
}

type simCall struct {
	actor   *simActor
	what    string // start, end, fetch, produce, done
	offset  int64
	records []fetch.Record
	reply   chan simReply
}

// sim is one run.
type sim struct {
	random  *rand.Rand
	choices int // how many are left
	log     simLog
	late    [][]fetch.Record
	calls   chan *simCall
	parked  []*simCall
	actors  []*simActor
	running int
	cfg     Config
}

// choose takes the next choice; when they are used up everything goes well.
func (s *sim) choose(n int) int {
	if s.choices == 0 || n <= 1 {
		return 0
	}
	s.choices--
	return s.random.IntN(n)
}

// simActor is one life of an owner or a sink.
type simActor struct {
	sim    *sim
	name   string
	sink   bool
	start  Position
	seen   []Batch
	abort  context.CancelFunc // gives the running call up
	dead   bool
	failed error
}

var errSimCrash = errors.New("crashed")

func (a *simActor) call(ctx context.Context, c simCall) simReply {
	c.actor, c.reply = a, make(chan simReply)
	a.sim.calls <- &c
	r := <-c.reply
	if r.crash {
		a.dead = true
		return simReply{err: errSimCrash}
	}
	if ctx.Err() != nil {
		return simReply{err: ctx.Err()}
	}
	return r
}

func (a *simActor) Start(ctx context.Context) (int64, error) {
	r := a.call(ctx, simCall{what: "start"})
	return r.at, r.err
}

func (a *simActor) End(ctx context.Context) (int64, error) {
	r := a.call(ctx, simCall{what: "end"})
	return r.at, r.err
}

func (a *simActor) Fetch(ctx context.Context, offset int64) (page, error) {
	r := a.call(ctx, simCall{what: "fetch", offset: offset})
	return r.page, r.err
}

func (a *simActor) Produce(ctx context.Context, header []byte, _ int64, records []Record) (int64, error) {
	r := a.call(ctx, simCall{what: "produce", records: kafkaRecords(header, records)})
	if r.crash || errors.Is(r.err, errSimCrash) {
		return 0, backoff.Permanent(r.err)
	}
	return r.at, r.err
}

// owner decides the source from wherever the journal stands.
func (a *simActor) owner(chunks []int) error {
	ctx := context.Background()
	app, err := newAppender(ctx, a, a.sim.cfg, 0, a.start)
	if err != nil {
		return err
	}
	if a.seen, err = app.CatchUp(ctx); err != nil {
		return err
	}
	for i := 0; !a.dead && app.Position().To < simSource; i++ {
		from := app.Position().To
		to := min(from+int64(chunks[i%len(chunks)]), simSource)
		records := entries(from, to)
		if i%3 == 2 {
			// A batch that covers nothing of the source, as the audit trail has them: here only prev tells rivals
			// apart.
			to, records = from, []Record{{Key: []byte("note"), Value: fmt.Appendf(nil, "%s %d", a.name, i)}}
		}
		actx, cancel := context.WithCancel(ctx)
		a.abort = cancel
		b, err := app.Append(actx, from, to, records)
		cancel()
		var s *SupersededError
		var broken *ChainError
		switch {
		case errors.As(err, &broken):
			return err
		case err == nil:
			a.seen = append(a.seen, b)
		case errors.As(err, &s):
			a.seen = append(a.seen, s.Batches...)
		case errors.Is(err, ErrOutcomeUnknown) && !errors.Is(err, errSimCrash):
			// Given up; the same owner goes on.
		case errors.Is(err, ErrRefused):
		default:
			return err
		}
	}
	more, err := app.CatchUp(ctx)
	a.seen = append(a.seen, more...)
	return err
}

func (a *simActor) follow() error {
	ctx := context.Background()
	f, err := openFold(ctx, a, a.sim.cfg, 0, a.start)
	if err != nil {
		return err
	}
	for f.Position().To < simSource {
		b, err := f.Next(ctx)
		if err != nil {
			return err
		}
		a.seen = append(a.seen, b)
	}
	return nil
}

func (s *sim) spawn(name string, sink bool, start Position) {
	a := &simActor{sim: s, name: name, sink: sink, start: start, abort: func() {}}
	s.actors = append(s.actors, a)
	s.running++
	chunks := []int{1 + s.choose(4), 1 + s.choose(4), 1 + s.choose(3)}
	go func() {
		var err error
		if sink {
			err = a.follow()
		} else {
			err = a.owner(chunks)
		}
		a.failed = err
		s.calls <- &simCall{actor: a, what: "done"}
	}()
}

// run schedules until everyone is done.
func (s *sim) run() error {
	for steps := 0; ; steps++ {
		for s.running > 0 {
			c := <-s.calls
			s.running--
			if c.what != "done" {
				s.parked = append(s.parked, c)
				continue
			}
			if err := c.actor.failed; err != nil && !errors.Is(err, errSimCrash) {
				return fmt.Errorf("%s: %w", c.actor.name, err)
			}
			if c.actor.dead {
				// The next life begins at a position that was saved, or at the very beginning.
				start := c.actor.start
				if n := len(c.actor.seen); n > 0 {
					start = c.actor.seen[s.choose(n)].Next
				}
				s.spawn(c.actor.name+"'", c.actor.sink, start)
			}
		}
		if len(s.parked) == 0 {
			return nil
		}
		if steps > 50_000 {
			return errors.New("no progress")
		}
		s.weather()
		i := s.choose(len(s.parked))
		c := s.parked[i]
		s.parked = slices.Delete(s.parked, i, i+1)
		s.running++
		c.reply <- s.answer(c)
	}
}

// weather moves the high watermark and lands late requests.
func (s *sim) weather() {
	switch s.choose(4) {
	case 0:
		s.log.hw = s.log.end
	case 1:
		for _, b := range s.log.batches {
			if b.base >= s.log.hw {
				s.log.hw = b.base + int64(len(b.records))
				break
			}
		}
	}
	if n := len(s.late); n > 0 && s.choose(3) == 1 {
		i := s.choose(n)
		s.log.add(s.late[i])
		s.late = slices.Delete(s.late, i, i+1)
	}
}

func (s *sim) answer(c *simCall) simReply {
	if s.choose(40) == 1 {
		if c.what == "produce" && s.choose(2) == 1 {
			s.late = append(s.late, c.records)
		}
		return simReply{crash: true}
	}
	switch c.what {
	case "start":
		return simReply{at: s.log.start}
	case "end":
		return simReply{at: s.log.hw}
	case "fetch":
		p, err := s.log.read(c.offset)
		return simReply{page: p, err: err}
	}
	lost := simReply{err: errors.New("connection lost")}
	switch s.choose(16) {
	case 1: // lost
		return lost
	case 2: // done but reported failed
		s.log.add(c.records)
		return lost
	case 3: // late
		s.late = append(s.late, c.records)
		return lost
	case 4: // doubled, the second answers
		s.log.add(c.records)
		return simReply{at: s.log.add(c.records)}
	case 5: // doubled, the first answers
		at := s.log.add(c.records)
		s.log.add(c.records)
		return simReply{at: at}
	case 6: // doubled, the second late
		s.late = append(s.late, c.records)
		return simReply{at: s.log.add(c.records)}
	case 7: // done, then the owner dies
		s.log.add(c.records)
		return simReply{crash: true}
	case 8: // given up, landing later
		s.late = append(s.late, c.records)
		c.actor.abort()
		return lost
	case 9: // given up, done
		s.log.add(c.records)
		c.actor.abort()
		return lost
	case 10:
		return simReply{err: fmt.Errorf("%w: simulated", ErrRefused)}
	case 11: // a foreign record just before
		s.log.add([]fetch.Record{{Key: []byte("other"), Value: []byte("foreign")}})
	case 12: // a short batch just before, such as no writer of ours makes
		s.log.add(c.records[:1])
	}
	return simReply{at: s.log.add(c.records)}
}

func simConfig() Config {
	cfg, err := Config{
		Topic: "sim",
		Name:  "sim",
		Now:   func() time.Time { return time.UnixMilli(1) },
		pause: func() backoff.BackOff { return &backoff.ZeroBackOff{} },
	}.fill()
	if err != nil {
		panic(err)
	}
	return cfg
}

func TestEverySourceRecordIsDecidedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &sim{
			// Drawing each choice from rapid would favour small numbers, that is, few of the faults.
			random:  rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)),
			choices: rapid.IntRange(0, 600).Draw(t, "choices"),
			calls:   make(chan *simCall),
			cfg:     simConfig(),
		}
		owners := 1 + s.choose(3)
		for i := range owners {
			s.spawn(fmt.Sprintf("owner %d", i), false, Position{})
		}
		s.spawn("sink", true, Position{})
		if err := s.run(); err != nil {
			t.Fatal(err)
		}
		for _, records := range s.late {
			s.log.add(records)
		}
		s.log.hw = s.log.end
		checkHistory(t, s)
	})
}

// quiet answers at once.
type quiet struct{ *simLog }

func (q quiet) Start(context.Context) (int64, error)                { return q.start, nil }
func (q quiet) End(context.Context) (int64, error)                  { return q.hw, nil }
func (q quiet) Fetch(_ context.Context, offset int64) (page, error) { return q.read(offset) }
func (q quiet) Produce(_ context.Context, h []byte, _ int64, r []Record) (int64, error) {
	at := q.add(kafkaRecords(h, r))
	q.hw = q.end
	return at, nil
}

func checkHistory(t *rapid.T, s *sim) {
	var history []Batch
	voids := 0
	cfg := s.cfg
	cfg.OnVoid = func(Void) { voids++ }
	f, err := openFold(t.Context(), quiet{&s.log}, cfg, 0, Position{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.CatchUp(t.Context(), func(b Batch) error { history = append(history, b); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(history)+voids != len(s.log.batches) {
		t.Fatalf("%d valid and %d void of %d batches", len(history), voids, len(s.log.batches))
	}
	// With a chain of digests no batch can count twice.
	var decided []Record
	index := map[Position]int{{}: 0}
	last := Genesis(cfg.Name, 0)
	for i, b := range history {
		if b.Prev != last {
			t.Fatalf("batch %d does not name its predecessor", i)
		}
		last = b.Digest
		index[b.Next] = i + 1
		if int64(len(decided)) != b.From {
			t.Fatalf("batch from %d after %d records", b.From, len(decided))
		}
		if b.To > b.From {
			decided = append(decided, b.Records...)
		}
	}
	for i := range decided {
		decided[i].Offset = 0
	}
	if d := cmp.Diff(entries(0, simSource), decided); d != "" {
		t.Fatalf("source records and their entries differ:\n%s", d)
	}
	for _, a := range s.actors {
		from, ok := index[a.start]
		if !ok {
			t.Fatalf("%s began at a position outside the history", a.name)
		}
		if from+len(a.seen) > len(history) || !a.dead && from+len(a.seen) != len(history) {
			t.Fatalf("%s was handed %d batches from %d of %d", a.name, len(a.seen), from, len(history))
		}
		if d := cmp.Diff(history[from:from+len(a.seen)], a.seen, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("%s was handed another history:\n%s", a.name, d)
		}
	}
}
