package detectors_test

import (
	"fmt"
	"reflect"

	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/detectors"
)

// randomClaims draws claims over few identifiers, so that they meet in windows and links; some are revisions.
func randomClaims(t *rapid.T, most int) []*detectors.Input {
	n := rapid.IntRange(1, most).Draw(t, "claims")
	revision := map[string]int{}
	out := make([]*detectors.Input, 0, n)
	for i := range n {
		pick := func(name string, of int) string { return fmt.Sprint(rapid.IntRange(0, of).Draw(t, name)) }
		id := "c" + pick("id", most)
		event := fmt.Sprintf(`{"line":%q,"policy":{"inception":"2024-01-0%d"},"loss":{"time":"2024-02-1%sT0%s:00:00Z","severity":"minor"},"amounts":{"claimed":{"amount":"1%s000.5","currency":"USD"}}}`,
			[]string{"motor", "property"}[rapid.IntRange(0, 1).Draw(t, "line")],
			rapid.IntRange(1, 9).Draw(t, "inception"), pick("day", 9), pick("hour", 9), pick("amount", 9))
		tokens := []string{"policy.number=pol_1_" + pick("policy", 9), "claimant.address=adr_1_" + pick("address", 5),
			"vendor.id=pid_1_" + pick("vendor", 2)}
		for _, k := range []string{"claimant.phone=phn_1_", "claimant.bankAccount=bnk_1_",
			"claimant.nationalIds[0].number=nid_1_", "witness.phone=phn_1_", "provider.phone=phn_1_"} {
			if rapid.Bool().Draw(t, k) {
				tokens = append(tokens, k+pick(k, 6))
			}
		}
		in := input(int64(i), id, rapid.IntRange(0, 60).Draw(t, "reported"), event, tokens...)
		revision[id]++
		in.Revision, in.Event.Revision = revision[id], revision[id]
		out = append(out, in)
	}
	return out
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

func equalResults(t fataler, a, b detectors.Result) {
	t.Helper()
	if !reflect.DeepEqual(normal(a.Decision), normal(b.Decision)) {
		t.Fatalf("decisions differ:\n%+v\n%+v", a.Decision, b.Decision)
	}
	if len(a.Raises) != len(b.Raises) {
		t.Fatalf("raises differ:\n%+v\n%+v", a.Raises, b.Raises)
	}
	for i := range a.Raises {
		if !reflect.DeepEqual(a.Raises[i], b.Raises[i]) {
			t.Fatalf("raises differ:\n%+v\n%+v", a.Raises[i], b.Raises[i])
		}
	}
}

func normal(d claim.Decision) claim.Decision {
	if len(d.Reasons) == 0 {
		d.Reasons = nil
	}
	return d
}
