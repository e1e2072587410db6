package claim

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// taken is an open part with what is in it.
type taken struct {
	open   []byte
	lists  []List
	values []Value
}

func takeApart(tb testing.TB) taken {
	tb.Helper()
	open := readMotor(tb)
	values, err := ValuesOf(open)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := Decode(open)
	if err != nil {
		tb.Fatal(err)
	}
	lists := []List{{"claimant.nationalIds", len(e.Claimant.NationalIDs)}, {"parties", len(e.Parties)},
		{"documents", len(e.Documents)}, {"payments", len(e.Payments)}}
	lists = append(lists, List{"telematics", len(e.Telematics)}, List{"items", len(e.Items)},
		List{"policy.endorsements", len(e.Policy.Endorsements)})
	for i := len(lists) - 1; i >= 0; i-- {
		if lists[i].Len == 0 {
			lists = append(lists[:i], lists[i+1:]...)
		}
	}
	return taken{open, lists, values}
}

func TestFill(t *testing.T) {
	c := takeApart(t)
	want, err := Decode(c.open)
	if err != nil {
		t.Fatal(err)
	}
	var f Filler
	for range 3 {
		got, err := f.Fill(c.lists, c.values)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equalDecimals); diff != "" {
			t.Fatal(diff)
		}
		empty, err := f.Fill(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&Event{}, empty, equalDecimals); diff != "" {
			t.Fatalf("something is left of the last event:\n%s", diff)
		}
	}
}

func TestFillLeavesDoubtToTheDecoder(t *testing.T) {
	stage := ofText(t, "stage", "a")
	for _, c := range []struct {
		name   string
		values []Value
		code   Code
	}{
		{"a number where a text belongs", []Value{{stage.Path, LeafNumber, []byte("1")}}, WrongType},
		{"an amount without a currency", []Value{ofText(t, "amounts.paid.amount", "1")}, Missing},
		{"a day that there is not", []Value{ofText(t, "loss.time", "2026-02-30")}, Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f Filler
			_, err := f.Fill(nil, c.values)
			if p, ok := err.(*Problem); !ok || p.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

func ofText(t *testing.T, path, text string) Value {
	t.Helper()
	p, err := PathOf(path)
	if err != nil {
		t.Fatal(err)
	}
	return Value{p, LeafString, []byte(text)}
}

// Lists that are taken from the values are those of the event, but for elements at their end that hold nothing.
func TestFillFindsTheLists(t *testing.T) {
	c := takeApart(t)
	var given, found Filler
	want, err := given.Fill(c.lists, c.values)
	if err != nil {
		t.Fatal(err)
	}
	got, err := found.Fill(nil, c.values)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, equalDecimals); diff != "" {
		t.Error(diff)
	}
}

// What is rendered of an event's values is read as the event.
func TestRender(t *testing.T) {
	c := takeApart(t)
	want, err := Decode(c.open)
	if err != nil {
		t.Fatal(err)
	}
	text := new(Renderer).Append(nil, c.values)
	got, err := Decode(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if diff := cmp.Diff(want, got, equalDecimals); diff != "" {
		t.Error(diff)
	}
}

func TestFillAllocatesLittleForTheSameAgain(t *testing.T) {
	c := takeApart(t)
	// a long text is not kept
	c.values = slices.DeleteFunc(c.values, func(v Value) bool { return v.Path.Text == "narrative" })
	least := math.Inf(1)
	for range 10 { // texts may fall on one place, by each filler's own seed
		var f Filler
		least = min(least, testing.AllocsPerRun(20, func() {
			if _, err := f.Fill(c.lists, c.values); err != nil {
				t.Fatal(err)
			}
		}))
	}
	if least > 4 {
		t.Errorf("%v allocations", least)
	}
}

func BenchmarkFill(b *testing.B) {
	c := takeApart(b)
	var f Filler
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Fill(c.lists, c.values); err != nil {
			b.Fatal(err)
		}
	}
}
