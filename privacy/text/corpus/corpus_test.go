package corpus

import (
	"reflect"
	"testing"
)

func TestSpansAreWhereTheirValuesAre(t *testing.T) {
	for _, half := range []Half{Seen, HeldOut} {
		for _, text := range New(half, 1, 200) {
			chars, last := []rune(text.Text), 0
			for _, s := range text.Spans {
				if s.Start < last || s.End <= s.Start || s.End > len(chars) {
					t.Fatalf("span %+v in a text of %d characters", s, len(chars))
				}
				last = s.End
			}
		}
	}
}

func TestASeedGivesTheSameTexts(t *testing.T) {
	if !reflect.DeepEqual(New(HeldOut, 7, 50), New(HeldOut, 7, 50)) {
		t.Error("texts differ")
	}
}

func TestHalfANameIsNotFound(t *testing.T) {
	text := Text{Text: "I met Ann-Lee Poe in May.", Spans: []Span{{6, 17, "person"}}}
	for _, try := range []struct {
		found []Span
		want  Tally
	}{
		{[]Span{{6, 17, "person"}}, Tally{There: 1, Found: 1, Right: 1}},
		{[]Span{{6, 9, "person"}, {10, 17, "organisation"}}, Tally{There: 1, Found: 1, Right: 2}},
		{[]Span{{6, 13, "person"}}, Tally{There: 1, Right: 1}},
		{[]Span{{21, 24, "date"}}, Tally{There: 1, Wrong: 1}},
		{nil, Tally{There: 1}},
	} {
		var s Score
		s.Add(text, try.found, nil)
		if s.All != try.want {
			t.Errorf("%v gives %+v, want %+v", try.found, s.All, try.want)
		}
	}
}
