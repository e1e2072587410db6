package text

import (
	"testing"

	"tallystick/privacy/text/corpus"
)

// narratives returns what Scan finds in the texts of a half of the corpus.
func narratives(t testing.TB, half corpus.Half, n int) (s corpus.Score) {
	t.Helper()
	for _, text := range corpus.New(half, 3, n) {
		spans, err := Scan(t.Context(), text.Text, nil)
		if err != nil {
			t.Fatal(err)
		}
		found := make([]corpus.Span, len(spans))
		for i, span := range spans {
			found[i] = corpus.Span{Start: span.Start, End: span.End, Kind: string(span.Kind)}
		}
		s.Add(text, found, nil)
	}
	return s
}

func TestRecallAndPrecision(t *testing.T) {
	for name, half := range map[string]corpus.Half{"seen": corpus.Seen, "held out": corpus.HeldOut} {
		s := narratives(t, half, 500)
		checked := s.Of("card", "iban", "us_ssn", "cn_resident_id", "npi", "vin", "aba_routing")
		t.Logf("%s: recall %.4f, precision %.4f, checked identifiers %.4f", name, s.All.Recall(), s.All.Precision(),
			checked.Recall())
		if checked.Recall() < 0.99 {
			t.Errorf("%s: recall of checked identifiers %.4f, want 0.99", name, checked.Recall())
		}
		if s.All.Recall() < 0.95 {
			t.Errorf("%s: recall %.4f, want 0.95", name, s.All.Recall())
		}
		if s.All.Precision() < 0.90 {
			t.Errorf("%s: precision %.4f, want 0.90", name, s.All.Precision())
		}
	}
}
