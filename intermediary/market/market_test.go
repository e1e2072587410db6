package market

import (
	"slices"
	"testing"

	"tallystick/intermediary"
)

func suspects(t *testing.T, m Market) map[string]intermediary.Score {
	t.Helper()
	var b intermediary.Book
	for i := range m.Events {
		e := m.Events[i]
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
		data, err := intermediary.Encode(&e)
		if err != nil {
			t.Fatal(err)
		}
		if v := b.Add(e, data); v != intermediary.Taken {
			t.Fatalf("event %s: verdict %d", e.ID, v)
		}
	}
	out := map[string]intermediary.Score{}
	for _, s := range b.Scores(End, false) {
		if s.Score >= intermediary.Suspect {
			out[s.Name] = s
		}
	}
	return out
}

// The seeds on which thresholds were looked at; `make bench-intermediaries` judges on others.
func TestSchemesAreFoundAndLookalikesAreNot(t *testing.T) {
	found, schemes, wrong := 0, 0, 0
	for seed := range uint64(4) {
		m := New("alpha", seed)
		got := suspects(t, m)
		for name, scheme := range m.Truth {
			schemes++
			if _, ok := got[name]; ok {
				found++
			} else {
				t.Logf("seed %d: %s (%s) is not found", seed, name, scheme)
			}
		}
		for name, s := range got {
			if m.Truth[name] == "" {
				wrong++
				t.Logf("seed %d: %s (%s) is suspected: %v", seed, name, m.Alike[name], s.Reasons)
			}
		}
	}
	if recall, precision := float64(found)/float64(schemes), float64(found)/float64(found+wrong); recall < 0.9 ||
		precision < 0.8 {
		t.Errorf("recall %.2f, want 0.9; precision %.2f, want 0.8", recall, precision)
	}
}

func TestScoresDoNotDependOnTheOrder(t *testing.T) {
	m := New("alpha", 1)
	first := suspects(t, m)
	slices.Reverse(m.Events)
	second := suspects(t, m)
	if len(first) != len(second) {
		t.Fatalf("%d and %d suspects", len(first), len(second))
	}
	for name, s := range first {
		if second[name].Score != s.Score {
			t.Errorf("%s: %d and %d", name, s.Score, second[name].Score)
		}
	}
}
