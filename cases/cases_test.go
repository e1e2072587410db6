package cases_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/segmentio/kafka-go"

	"tallystick/cases"
	"tallystick/internal/embedded"
	"tallystick/journal"
)

// install is a broker and a way to open consoles on it.
type install struct {
	t   *testing.T
	cfg journal.Config
}

func newInstall(t *testing.T) *install {
	broker, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	transport := &kafka.Transport{MetadataTTL: time.Second}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := journal.Config{
		Addr: kafka.TCP(
			broker.Addrs()...), Transport: transport, Topic: "cases", Name: cases.Name, MaxWait: 50 * time.Millisecond,
	}
	if err := journal.CreateTopic(t.Context(), cfg, journal.TopicOptions{Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	return &install{t, cfg}
}

// console opens the cases as one more process would.
func (in *install) console(change ...func(*cases.Config)) *cases.Cases {
	in.t.Helper()
	cfg := cases.Config{Journal: in.cfg}
	for _, f := range change {
		f(&cfg)
	}
	c, err := cases.Open(in.t.Context(), cfg)
	if err != nil {
		in.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	in.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			in.t.Error("run:", err)
		}
	})
	return c
}

var (
	sofia = cases.Actor{Person: "sofia", Rights: cases.RightsOf("investigator")}
	minh  = cases.Actor{Person: "minh", Rights: cases.RightsOf("investigator")}
	lead  = cases.Actor{Person: "lena", Rights: cases.RightsOf("lead")}
)

func finding(n int, score float64) cases.Finding {
	return cases.Finding{
		ClaimRef: cases.ClaimRef{Insurer: "acme", Claim: fmt.Sprintf("M-%06d", n)}, Revision: 1, Line: "motor",
		Score:   score,
		Outcome: "review", Reasons: []cases.Reason{{Rule: "early-loss@1", Weight: 0.9}}, Jurisdiction: "US-CA",
		At:    time.Now(),
		Place: cases.Place{Offset: int64(n)},
	}
}

func open(t *testing.T, c *cases.Cases, f cases.Finding) cases.ID {
	t.Helper()
	a, err := c.OpenByHand(t.Context(), lead, "", cases.ByPerson, f)
	if err != nil {
		t.Fatal(err)
	}
	return a.Case
}

func do(t *testing.T, c *cases.Cases, who cases.Actor, id cases.ID, act cases.Act) cases.Answer {
	t.Helper()
	d, err := c.Get(t.Context(), who, id)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Do(t.Context(), who, cases.Command{Case: id, Expect: d.Version, Act: act})
	if err != nil {
		t.Fatalf("%T: %v", act, err)
	}
	return a
}

func TestOfTwoPeopleWhoTakeACaseOneWinsAndTheOtherIsTold(t *testing.T) {
	in := newInstall(t)
	a, b := in.console(), in.console()
	id := open(t, a, finding(1, 0.9))
	var lost int
	results := make(chan error, 2)
	go func() { _, err := a.Do(t.Context(), sofia, cases.Command{Case: id, Act: cases.Take{}}); results <- err }()
	go func() {
		for {
			_, err := b.Do(t.Context(), minh, cases.Command{Case: id, Act: cases.Take{}})
			if errors.Is(err, cases.ErrNotFound) {
				continue // this console has not read of the case yet
			}
			results <- err
			return
		}
	}()
	for range 2 {
		err := <-results
		var conflict *cases.ConflictError
		switch {
		case err == nil:
		case errors.As(err, &conflict):
			lost++
			d, err := a.Get(t.Context(), lead, id)
			if err != nil {
				t.Fatal(err)
			}
			if conflict.By != d.Assignee || conflict.Assignee != d.Assignee || !conflict.At.Equal(d.TakenAt) {
				t.Errorf("told of %s at %s, the case is %s's since %s", conflict.By, conflict.At, d.Assignee, d.TakenAt)
			}
		default:
			t.Fatal(err)
		}
	}
	if lost != 1 {
		t.Errorf("%d lost, want 1", lost)
	}
}

func TestADayOfAnInvestigator(t *testing.T) {
	in := newInstall(t)
	c := in.console()
	for n := range 20 {
		open(t, c, finding(n, float64(n)/20))
	}
	page, err := c.Queue(t.Context(), sofia, cases.Query{Limit: 8})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Rows) != 8 || page.Total != 20 || page.Rows[0].Claim != "M-000019" || page.Next == "" {
		t.Fatalf("page of %d of %d, first %s", len(page.Rows), page.Total, page.Rows[0].Claim)
	}
	second, err := c.Queue(t.Context(), sofia, cases.Query{Limit: 8, Cursor: page.Next})
	if err != nil {
		t.Fatal(err)
	}
	if second.Rows[0].Claim != "M-000011" {
		t.Errorf("the second page begins with %s", second.Rows[0].Claim)
	}
	id := page.Rows[0].ID
	do(t, c, sofia, id, cases.View{})
	do(t, c, sofia, id, cases.Take{})
	a := do(t, c, sofia, id, cases.Decide{Verdict: cases.Confirm, Reasons: []string{"staged-loss"}})
	_, err = c.Do(t.Context(), sofia, cases.Command{Case: id, Expect: a.Version, Act: cases.Reopen{Reason: "mistake"}})
	var right *cases.RightError
	if !errors.As(err, &right) {
		t.Errorf("an investigator reopened: %v", err)
	}
	do(t, c, sofia, id, cases.Determine{})
	d, err := c.Get(t.Context(), sofia, id)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []cases.Kind
	for _, e := range d.Chronology {
		kinds = append(kinds, e.Kind)
	}
	want := []cases.Kind{cases.Opened, cases.Viewed, cases.Assigned, cases.Disposed, cases.Determined}
	if fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("chronology %v, want %v", kinds, want)
	}
	if got := d.Due.Sub(d.Determined); got != 60*24*time.Hour {
		t.Errorf("to be reported within %s, want 60 days", got)
	}
	do(t, c, lead, id, cases.Reopen{Reason: "new-evidence"})
	if d, _ = c.Get(t.Context(), lead, id); d.Status != cases.New || d.Disposition == nil {
		t.Errorf("reopened: %s, disposition %v", d.Status, d.Disposition)
	}
}

func TestAChronologyThatIsReadFromTheJournal(t *testing.T) {
	in := newInstall(t)
	_, _, notes := withNotes(t, in)
	c := in.console(notes)
	id := open(t, c, finding(1, 0.9))
	do(t, c, sofia, id, cases.AddNote{Text: "The garage called."})
	do(t, c, sofia, id, cases.Decide{Verdict: cases.Clear, Reasons: []string{"explained"}})
	before, err := c.Get(t.Context(), sofia, id)
	if err != nil {
		t.Fatal(err)
	}
	c.UnloadAll()
	after, err := c.Get(t.Context(), sofia, id)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, after, cmpopts.IgnoreUnexported(cases.Case{})); d != "" || len(after.Chronology) != 3 {
		t.Errorf("from memory and from the journal: %s", d)
	}
	if texts, err := c.Notes(t.Context(), sofia, id); err != nil || texts[0].Text != "The garage called." {
		t.Errorf("notes %v, %v", texts, err)
	}
}
