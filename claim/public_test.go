package claim

import "testing"

func TestPublicDecision(t *testing.T) {
	entry := sampleEntry()
	d, ok := Public(entry, 3, 77)
	if !ok {
		t.Fatal("a decided entry has a public decision")
	}
	got, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "decision.json", got)

	entry.Decision.Hold, entry.Decision.Reasons = false, nil
	if d, _ = Public(entry, 3, 77); d.Action != Release || d.Reasons == nil {
		t.Errorf("got %+v", d)
	}
	entry.Decision = nil
	if _, ok := Public(entry, 3, 77); ok {
		t.Error("an entry without a decision was published")
	}
}
