package claim

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// taken is an open part with what is in it.
type taken struct {
	open   []byte
	lists  []List
	leaves []Leaf
}

func takeApart(tb testing.TB) taken {
	tb.Helper()
	open := readMotor(tb)
	leaves, err := OpenLeaves(open)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := Decode(open)
	if err != nil {
		tb.Fatal(err)
	}
	lists := []List{{"claimant.nationalIds", len(e.Claimant.NationalIDs)}, {"parties", len(e.Parties)}, {"documents", len(e.Documents)}, {"payments", len(e.Payments)}}
	lists = append(lists, List{"telematics", len(e.Telematics)}, List{"items", len(e.Items)}, List{"policy.endorsements", len(e.Policy.Endorsements)})
	for i := len(lists) - 1; i >= 0; i-- {
		if lists[i].Len == 0 {
			lists = append(lists[:i], lists[i+1:]...)
		}
	}
	return taken{open, lists, leaves}
}

func TestFill(t *testing.T) {
	c := takeApart(t)
	want, err := Decode(c.open)
	if err != nil {
		t.Fatal(err)
	}
	var f Filler
	for range 3 {
		got, err := f.Fill(c.open, c.lists, c.leaves)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equalDecimals); diff != "" {
			t.Fatal(diff)
		}
		empty, err := f.Fill([]byte(`{}`), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&Event{}, empty, equalDecimals); diff != "" {
			t.Fatalf("something is left of the last event:\n%s", diff)
		}
	}
}

func TestFillLeavesDoubtToTheDecoder(t *testing.T) {
	for _, c := range []struct {
		name, open string
		leaves     []Leaf
		code       Code
	}{
		{"a value twice", `{"stage":"a","stage":"b"}`, []Leaf{{Path: "stage", Kind: LeafString, Value: []byte("a")}, {Path: "stage", Kind: LeafString, Value: []byte("b")}}, DuplicateName},
		{"too deep", strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33), []Leaf{{Path: "a" + strings.Repeat(".a", 32), Kind: LeafNumber, Value: []byte("1")}}, TooDeep},
		{"too large", `{"x":"` + strings.Repeat("x", MaxBytes) + `"}`, nil, TooLarge},
		{"an amount without a currency", `{"amounts":{"paid":{"amount":"1"}}}`, []Leaf{{Path: "amounts.paid.amount", Kind: LeafString, Value: []byte("1")}}, Missing},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f Filler
			_, err := f.Fill([]byte(c.open), nil, c.leaves)
			if p, ok := err.(*Problem); !ok || p.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

func TestFillAllocatesLittleForTheSameAgain(t *testing.T) {
	c := takeApart(t)
	c.leaves = slices.DeleteFunc(c.leaves, func(l Leaf) bool { return l.Path == "narrative" }) // a long text is not kept
	least := math.Inf(1)
	for range 10 { // texts may fall on one place, by each filler's own seed
		var f Filler
		least = min(least, testing.AllocsPerRun(20, func() {
			if _, err := f.Fill(c.open, c.lists, c.leaves); err != nil {
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
		if _, err := f.Fill(c.open, c.lists, c.leaves); err != nil {
			b.Fatal(err)
		}
	}
}
