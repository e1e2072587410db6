package cases_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"tallystick/cases"
	"tallystick/journal"
)

// scored is a journal of findings, as the relay's Read takes them.
type scored struct {
	t   *testing.T
	cfg journal.Config
	app *journal.Appender
	n   int64
}

func newScored(t *testing.T, in *install) *scored {
	t.Helper()
	cfg := in.cfg
	cfg.Topic, cfg.Name = "claims.scored", "claims.scored"
	if err := journal.CreateTopic(t.Context(), cfg, journal.TopicOptions{Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	app, err := journal.NewAppender(t.Context(), cfg, 0, journal.Position{})
	if err != nil {
		t.Fatal(err)
	}
	return &scored{t, cfg, app, 0}
}

func (s *scored) append(fs ...cases.Finding) {
	s.t.Helper()
	var records []journal.Record
	for _, f := range fs {
		data, err := json.Marshal(f)
		if err != nil {
			s.t.Fatal(err)
		}
		records = append(records, journal.Record{Value: data})
	}
	n := int64(len(records))
	if _, err := s.app.Append(s.t.Context(), s.n, s.n+n, records); err != nil {
		s.t.Fatal(err)
	}
	s.n += n
}

// relay reads it for cases, as one process does.
func (s *scored) relay(c *cases.Cases) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- c.Relay(ctx, cases.RelayConfig{Journal: s.cfg, Every: time.Millisecond,
			Read: func(p int, r journal.Record) (cases.Finding, bool, error) {
				var f cases.Finding
				err := json.Unmarshal(r.Value, &f)
				f.Place = cases.Place{Partition: p, Offset: r.Offset}
				return f, err == nil, err
			}}, 0)
	}()
	s.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			s.t.Error("relay:", err)
		}
	})
}

func inRing(f cases.Finding, ring string, members ...int) cases.Finding {
	r := cases.RingRef{ID: ring, Size: len(members)}
	for _, n := range members {
		r.Members = append(r.Members, cases.ClaimRef{Insurer: "acme", Claim: fmt.Sprintf("M-%06d", n)})
	}
	f.Rings = append(f.Rings, r)
	return f
}

func later(f cases.Finding, revision int) cases.Finding {
	f.Revision = revision
	return f
}

// all is every case, whatever its status, by number.
func all(t *testing.T, c *cases.Cases) []cases.Row {
	t.Helper()
	page, err := c.Queue(t.Context(), lead, cases.Query{Sort: cases.SortOpened, Limit: cases.MaxPage,
		Filter: cases.Filter{
			Status: []cases.Status{cases.New, cases.Taken, cases.Asleep, cases.Closed, cases.Merging},
		}})
	if err != nil {
		t.Fatal(err)
	}
	return page.Rows
}

func TestCasesOpenOnceHoweverManyProcessesRead(t *testing.T) {
	in := newInstall(t)
	s := newScored(t, in)
	a, b := in.console(), in.console()
	s.relay(a)
	s.relay(b)
	for n := 0; n < 300; n += 3 {
		s.append(finding(n, 0.9), finding(n+1, 0.1), inRing(finding(n+2, 0.2), fmt.Sprint("ring", n/30), n+2))
	}
	eventually(t, func() bool { return len(all(t, b)) == 110 })
	s.append(finding(1000, 0.9)) // and no more afterwards
	eventually(t, func() bool { return len(all(t, a)) == 111 && len(all(t, b)) == 111 })
	claims := 0
	for _, row := range all(t, a) {
		claims += row.Claims
	}
	if claims != 201 {
		t.Errorf("%d claims in cases, want 201", claims)
	}
}

func TestAPersonsAnswerStandsUntilANewCause(t *testing.T) {
	in := newInstall(t)
	s := newScored(t, in)
	c := in.console()
	s.relay(c)
	s.append(finding(1, 0.7))
	eventually(t, func() bool { return len(all(t, c)) == 1 })
	do(t, c, sofia, 1, cases.Decide{Verdict: cases.Clear, Reasons: []string{"explained"}})
	get := func() cases.Detail {
		d, err := c.Get(t.Context(), lead, 1)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	s.append(later(finding(1, 0.72), 2))
	eventually(t, func() bool { return get().Claims[0].Revision == 2 })
	if d := get(); d.Status != cases.Closed || d.Disposition == nil {
		t.Fatalf("a revision that says nothing new: %s", d.Status)
	}
	s.append(later(finding(1, 0.95), 3))
	eventually(t, func() bool { return get().Questioned })
	if d := get(); d.Status != cases.New || d.Disposition.Verdict != cases.Clear {
		t.Errorf("after a new cause: %s, %+v", d.Status, d.Disposition)
	}
}

func TestRingsThatMergeProposeAMerge(t *testing.T) {
	in := newInstall(t)
	s := newScored(t, in)
	c := in.console()
	s.relay(c)
	s.append(inRing(finding(1, 0.9), "r1", 1), inRing(finding(2, 0.9), "r2", 2))
	eventually(t, func() bool { return len(all(t, c)) == 2 })
	s.append(inRing(finding(3, 0.9), "r1", 1, 2, 3))
	eventually(t, func() bool { d, err := c.Get(t.Context(), lead, 1); return err == nil && len(d.Proposed) == 1 })
	a := do(t, c, lead, 2, cases.Merge{Into: 1, Reason: "same-ring"})
	d, err := c.Get(t.Context(), lead, 1)
	if err != nil || len(d.Claims) != 3 || d.Version != a.Seq {
		t.Fatalf("%d claims after the merge, version %d of %d: %v", len(d.Claims), d.Version, a.Seq, err)
	}
	out := do(t, c, lead, 1, cases.Detach{Claim: finding(2, 0).ClaimRef, Reason: "wrong-link"})
	if out.Opened != 3 {
		t.Errorf("the detached claim has the case %s", out.Opened)
	}
	if d, _ = c.Get(t.Context(), lead, 1); len(d.Claims) != 2 {
		t.Errorf("%d claims after one was detached", len(d.Claims))
	}
}

// kept is an Outcomes that keeps each once.
type kept struct {
	mu   sync.Mutex
	told int
	seen map[string]cases.Outcome
}

func (k *kept) Publish(_ context.Context, o cases.Outcome) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told++
	k.seen[fmt.Sprintf("%d/%d/%s", o.Case, o.Seq, o.Claim.Claim)] = o
	return nil
}

func (k *kept) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.seen)
}

func TestAnswersAreToldInOrderAndGoOnAfterARestart(t *testing.T) {
	in := newInstall(t)
	c := in.console()
	for n := range 6 {
		open(t, c, finding(n, 0.9))
	}
	decide := func(id cases.ID) {
		do(t, c, sofia, id, cases.Decide{Verdict: cases.Confirm, Reasons: []string{"staged-loss"}})
	}
	k := &kept{seen: map[string]cases.Outcome{}}
	for round := range 2 {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.RelayAnswers(ctx, "test", k) }()
		for n := range 3 {
			decide(cases.ID(3*round + n + 1))
		}
		eventually(t, func() bool { return k.count() == 3*(round+1) })
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if k.told > 7 { // the last of a round may be told again, never those before
		t.Errorf("%d outcomes told, 6 were given", k.told)
	}
}
