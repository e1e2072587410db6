package corpus

import "unicode"

// Tally counts truth that was there and found, and finds that hit something and nothing.
type Tally struct{ There, Found, Right, Wrong int }

// Recall is how much of what is there was found; 1 where nothing is.
func (t Tally) Recall() float64 { return ratio(t.Found, t.There) }

// Precision is how many of the finds hit something; 1 where nothing was found.
func (t Tally) Precision() float64 { return ratio(t.Right, t.Right+t.Wrong) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

func (t *Tally) add(o Tally) {
	t.There, t.Found, t.Right, t.Wrong = t.There+o.There, t.Found+o.Found, t.Right+o.Right, t.Wrong+o.Wrong
}

// Score is what a scanner reached, all together and by kind of the truth or, for what hit nothing, of the find.
type Score struct {
	All    Tally
	ByKind map[string]*Tally
}

// Of returns the tally of some kinds together.
func (s *Score) Of(kinds ...string) Tally {
	var t Tally
	for _, k := range kinds {
		if of := s.ByKind[k]; of != nil {
			t.add(*of)
		}
	}
	return t
}

// Miss is told of each truth that was not found and of each find that hit nothing.
type Miss func(text Text, span Span, wrong bool)

// Add counts one text. A truth counts as found if every letter and digit of it is covered, under whatever kind: what
// is covered is not shown, and half a name is.
func (s *Score) Add(text Text, found []Span, miss Miss) {
	if s.ByKind == nil {
		s.ByKind = map[string]*Tally{}
	}
	chars := []rune(text.Text)
	covered, truth := make([]bool, len(chars)), make([]string, len(chars))
	for _, f := range found {
		for i := max(0, f.Start); i < min(f.End, len(chars)); i++ {
			covered[i] = true
		}
	}
	for _, span := range text.Spans {
		whole := true
		for i := span.Start; i < span.End; i++ {
			truth[i] = span.Kind
			whole = whole && (covered[i] || !unicode.IsLetter(chars[i]) && !unicode.IsDigit(chars[i]))
		}
		if span.Kind == Neutral {
			continue
		}
		s.count(span.Kind, Tally{There: 1})
		if whole {
			s.count(span.Kind, Tally{Found: 1})
		} else if miss != nil {
			miss(text, span, false)
		}
	}
	for _, f := range found {
		hit, neutral := "", false
		for i := max(0, f.Start); i < min(f.End, len(chars)); i++ {
			neutral = neutral || truth[i] == Neutral
			if truth[i] != "" && truth[i] != Neutral {
				hit = truth[i]
			}
		}
		switch {
		case hit != "":
			s.count(hit, Tally{Right: 1})
		case !neutral:
			s.count(f.Kind, Tally{Wrong: 1})
			if miss != nil {
				miss(text, f, true)
			}
		}
	}
}

func (s *Score) count(kind string, t Tally) {
	if s.ByKind[kind] == nil {
		s.ByKind[kind] = &Tally{}
	}
	s.ByKind[kind].add(t)
	s.All.add(t)
}
