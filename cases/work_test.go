package cases_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/quagmt/udecimal"
	"pgregory.net/rapid"

	"tallystick/cases"
)

func TestBulkAnswersForEachCase(t *testing.T) {
	in := newInstall(t)
	c := in.console()
	var targets []cases.Target
	for n := range 30 {
		targets = append(targets, cases.Target{Case: open(t, c, finding(n, 0.9))})
	}
	do(t, c, minh, 3, cases.Take{})
	do(t, c, lead, 5, cases.Decide{Verdict: cases.Clear, Reasons: []string{"explained"}})
	targets = append(targets, cases.Target{Case: 99})
	bulk := cases.BulkCommand{
		ID:    "b1",
		Cases: targets,
		Act:   cases.Decide{Verdict: cases.Clear, Reasons: []string{"wrong-link"}},
	}
	answers, err := c.Bulk(t.Context(), sofia, bulk)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		var conflict *cases.ConflictError
		switch id := targets[i].Case; id {
		case 3: // another person has it
			if !errors.As(a.Err, &conflict) || conflict.Assignee != "minh" {
				t.Errorf("%s: %v", id, a.Err)
			}
		case 5: // closed meanwhile
			if !errors.As(a.Err, &conflict) || conflict.By != "lena" {
				t.Errorf("%s: %v", id, a.Err)
			}
		case 99:
			if !errors.Is(a.Err, cases.ErrNotFound) {
				t.Errorf("%s: %v", id, a.Err)
			}
		default:
			if a.Err != nil || a.Case != id {
				t.Errorf("%s: %+v", id, a)
			}
		}
	}
	again, err := c.Bulk(t.Context(), sofia, bulk)
	if err != nil || again[0].Err != nil || again[0].Seq != answers[0].Seq {
		t.Errorf("the same bulk command again: %+v, %v; the first time %+v", again[0], err, answers[0])
	}
	d, err := c.Get(t.Context(), sofia, 1)
	if err != nil || d.Assignee != "" {
		t.Errorf("closing in bulk assigned its author: %q, %v", d.Assignee, err)
	}
	for name, b := range map[string]cases.BulkCommand{
		"nothing named": {Act: cases.Take{}},
		"both named":    {Act: cases.Take{}, Cases: targets[:1], All: &cases.Filter{}},
		"notes":         {Act: cases.AddNote{Text: "x"}, Cases: targets[:1]},
		"twice":         {Act: cases.Take{}, Cases: []cases.Target{{Case: 1}, {Case: 1}}},
		"1,001":         {Act: cases.Take{}, Cases: make([]cases.Target, cases.MaxBulk+1)},
	} {
		var invalid *cases.InvalidError
		if _, err := c.Bulk(t.Context(), sofia, b); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAllThatMatchIsMoreThanThePage(t *testing.T) {
	in := newInstall(t)
	c := in.console()
	for n := range 120 {
		open(t, c, finding(n, float64(n%2)*0.5+0.3))
	}
	answers, err := c.Bulk(
		t.Context(),
		lead,
		cases.BulkCommand{All: &cases.Filter{ScoreMin: 0.5}, Act: cases.Assign{To: "sofia"}},
	)
	if err != nil || len(answers) != 60 {
		t.Fatal(len(answers), err)
	}
	page, err := c.Queue(t.Context(), lead, cases.Query{Filter: cases.Filter{Assignees: []string{"sofia"}}})
	if err != nil || page.Total != 60 {
		t.Errorf("%d are assigned, %v", page.Total, err)
	}
}

func TestWhoNeedNotKnowDoesNotSee(t *testing.T) {
	in := newInstall(t)
	_, _, notes := withNotes(t, in)
	c := in.console(notes)
	id := open(t, c, finding(1, 0.9))
	open(t, c, finding(2, 0.9))
	do(t, c, lead, id, cases.Restrict{Group: "employees", Reason: "employee"})
	inside := cases.Actor{Person: "ines", Rights: cases.RightsOf("investigator"), Groups: []string{"employees"}}
	elsewhere := cases.Actor{Person: "otto", Rights: cases.RightsOf("lead"), Insurers: []string{"birch"}}
	for _, who := range []struct {
		actor cases.Actor
		sees  bool
	}{{sofia, false}, {inside, true}, {lead, true}, {elsewhere, false}} {
		name := who.actor.Person
		_, err := c.Get(t.Context(), who.actor, id)
		_, err2 := c.Notes(t.Context(), who.actor, id)
		_, err3 := c.ByClaim(t.Context(), who.actor, finding(1, 0).ClaimRef)
		_, _, err4 := c.Beside(t.Context(), who.actor, cases.Query{}, id)
		_, err5 := c.Do(t.Context(), who.actor, cases.Command{Case: id, Act: cases.View{}})
		for i, err := range []error{err, err2, err3, err4, err5} {
			if (err == nil) != who.sees || err != nil && !errors.Is(err, cases.ErrNotFound) {
				t.Errorf("%s, question %d: %v", name, i, err)
			}
		}
		page, err := c.Queue(t.Context(), who.actor, cases.Query{})
		if err != nil || slices.ContainsFunc(page.Rows, func(r cases.Row) bool { return r.ID == id }) != who.sees {
			t.Errorf("%s, queue: %+v, %v", name, page.Rows, err)
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	for change, err := range c.Watch(ctx, sofia, 0) {
		if err != nil || change.Case == id {
			t.Errorf("sofia is told of %+v, %v", change, err)
		}
	}
}

func TestAssignmentByLoadLineAndAbsence(t *testing.T) {
	in := newInstall(t)
	c := in.console()
	now := time.Now()
	away := []cases.Absence{{From: now.Add(-time.Hour), Until: now.Add(time.Hour)}}
	for _, p := range []cases.Person{
		{ID: "ada", Lines: []string{"motor"}, Capacity: 2},
		{ID: "ben", Lines: []string{"motor"}, Capacity: 4},
		{ID: "cleo", Lines: []string{"health"}},
		{ID: "dan", Absent: away},
		{ID: "eve", Left: true},
	} {
		if err := c.SetPerson(t.Context(), lead, "", p); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]int{}
	var last error
	for n := range 7 {
		id := open(t, c, finding(n, 0.9))
		d, err := c.Get(t.Context(), lead, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, last = c.Do(t.Context(), lead,
			cases.Command{Case: id, Expect: d.Version, Act: cases.Assign{Auto: true}}); last != nil {
			break
		}
		if d, err = c.Get(t.Context(), lead, id); err != nil {
			t.Fatal(err)
		}
		got[d.Assignee]++
	}
	if fmt.Sprint(got) != "map[ada:2 ben:4]" || last == nil {
		t.Errorf("assigned %v, then %v", got, last)
	}
	do(t, c, lead, 1, cases.Decide{Verdict: cases.Clear, Reasons: []string{"explained"}})
	loads, err := c.Workload(t.Context(), lead)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, l := range loads {
		sum += l.Open
		if l.There == (l.Person.ID == "dan" || l.Person.ID == "eve") {
			t.Errorf("%s is there: %t", l.Person.ID, l.There)
		}
	}
	if sum != 5 {
		t.Errorf("%d open cases in the workload, want 5", sum)
	}
}

func TestSnoozeNeverIntoThePastAndANoteWakes(t *testing.T) {
	in := newInstall(t)
	_, _, notes := withNotes(t, in)
	c := in.console(notes)
	id := open(t, c, finding(1, 0.9))
	d, err := c.Get(t.Context(), sofia, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, until := range []time.Time{time.Now().Add(-time.Hour), {}, time.Now().AddDate(2, 0, 0)} {
		var invalid *cases.InvalidError
		if _, err := c.Do(t.Context(), sofia,
			cases.Command{Case: id, Expect: d.Version, Act: cases.Snooze{Until: until}}); !errors.As(
			err,
			&invalid,
		) {
			t.Errorf("until %s: %v", until, err)
		}
	}
	do(t, c, sofia, id, cases.Snooze{Until: time.Now().Add(time.Hour)})
	if d, _ = c.Get(t.Context(), sofia, id); d.Status != cases.Asleep {
		t.Errorf("snoozed: %s", d.Status)
	}
	do(t, c, minh, id, cases.AddNote{Text: "The garage called back."})
	if d, _ = c.Get(t.Context(), sofia, id); d.Status != cases.New {
		t.Errorf("after a note: %s", d.Status)
	}
}

// Whatever the order and the page size, the pages together are the queue: each case once.
func TestPagesAreTheQueue(t *testing.T) {
	in := newInstall(t)
	c := in.console()
	for n := range 60 {
		f := finding(n, float64(n%7)/10)
		if n%3 > 0 {
			f.Money = &cases.Money{Amount: udecimal.MustFromInt64(int64(n%5)*100, 2),
				Currency: []string{"", "EUR", "USD"}[n%3]}
		}
		if n%4 == 0 {
			f = inRing(f, fmt.Sprint("r", n), n)
		}
		f.Line = []string{"motor", "health"}[n%2]
		open(t, c, f)
	}
	sorts := []cases.Sort{
		cases.SortScore, cases.SortMoney, cases.SortOpened, cases.SortMoved, cases.SortDue, cases.SortRing,
		cases.SortLine, cases.SortAssignee, cases.SortReason,
	}
	rapid.Check(t, func(rt *rapid.T) {
		q := cases.Query{
			Sort: rapid.SampledFrom(sorts).
				Draw(rt, "sort"),
			Desc: rapid.Bool().Draw(rt, "desc"), Limit: rapid.IntRange(1, 25).Draw(rt, "limit"),
		}
		var got []cases.ID
		for {
			page, err := c.Queue(t.Context(), lead, q)
			if err != nil {
				rt.Fatal(err)
			}
			for _, r := range page.Rows {
				got = append(got, r.ID)
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		whole := q
		whole.Limit, whole.Cursor = cases.MaxPage, ""
		page, err := c.Queue(t.Context(), lead, whole)
		if err != nil {
			rt.Fatal(err)
		}
		var want []cases.ID
		for _, r := range page.Rows {
			want = append(want, r.ID)
		}
		if !slices.Equal(got, want) || len(got) != 60 {
			rt.Fatalf("pages %v, the queue is %v", got, want)
		}
		i := rapid.IntRange(0, len(want)-1).Draw(rt, "place")
		before, after, err := c.Beside(t.Context(), lead, whole, want[i])
		if err != nil {
			rt.Fatal(err)
		}
		if i > 0 && before != want[i-1] || i == 0 && before != 0 || i < len(want)-1 && after != want[i+1] {
			rt.Fatalf("beside %s: %s and %s in %v", want[i], before, after, want)
		}
	})
}

func TestWatchTellsInOrderAndFromWhereOneWas(t *testing.T) {
	in := newInstall(t)
	a, b := in.console(), in.console()
	open(t, a, finding(1, 0.9))
	eventually(t, func() bool { return b.Seq() == 1 })
	at := b.Seq()
	do(t, a, sofia, 1, cases.Take{})
	do(t, a, sofia, 1, cases.Decide{Verdict: cases.Confirm, Reasons: []string{"billing"}})
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	var got []string
	for change, err := range b.Watch(ctx, minh, at) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(change.Seq, change.Kind))
		if len(got) == 2 {
			if change.Row == nil || change.Row.Status != cases.Closed || change.Row.Verdict != cases.Confirm {
				t.Errorf("the row: %+v", change.Row)
			}
			break
		}
	}
	if !slices.Equal(got, []string{"2assigned", "3disposition"}) {
		t.Errorf("told of %v", got)
	}
}
