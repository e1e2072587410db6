package outcomes_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tallystick/pipeline/outcomes"
)

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

const good = `{"insurer":"acme","claim":"C-1","outcome":"cleared","knownAt":"2026-05-04T09:00:00Z","by":"m.lee","reason":"papers in order","saved":{"amount":"10.50","currency":"EUR"}}`

func TestEventsAreReadAsTheyWereWritten(t *testing.T) {
	e, err := outcomes.Decode([]byte(good), now)
	if err != nil {
		t.Fatal(err)
	}
	data, err := outcomes.Encode(&e)
	if err != nil || string(data) != good {
		t.Errorf("got %s, %v", data, err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"of the future":       {"2026-05-04T09", "2026-05-05T09", "future"},
		"without a day":       {`"knownAt":"2026-05-04T09:00:00Z",`, "", "knownAt is missing"},
		"an unknown outcome":  {"cleared", "guilty", "outcome is none of"},
		"by nobody":           {"m.lee", "", "by is missing"},
		"of no claim":         {"C-1", "", "claim is missing"},
		"a name twice":        {`"claim":"C-1"`, `"claim":"C-1","claim":"C-2"`, "not an outcome"},
		"an unknown name":     {`"claim"`, `"note":"x","claim"`, "not an outcome"},
		"money below zero":    {"10.50", "-1", "saved"},
		"an endless reason":   {"papers in order", strings.Repeat("x", 3000), "reason is longer"},
		"more than its bytes": {"papers in order", strings.Repeat("x", 9000), "larger than"},
	} {
		_, err := outcomes.Decode([]byte(strings.Replace(good, c.old, c.new, 1)), now)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	future := strings.Replace(good, "2026-05-04", "2027-05-04", 1)
	if _, err := outcomes.Decode([]byte(future), now); !errors.Is(err, outcomes.ErrFuture) {
		t.Errorf("future: %v", err)
	}
}

// What the schema allows is what Decode allows, as far as a schema can say it.
func TestSchemaIsTheDecoders(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(outcomes.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("outcome.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("outcome.json")
	if err != nil {
		t.Fatal(err)
	}
	for text, valid := range map[string]bool{
		good: true,
		strings.Replace(good, "cleared", "guilty", 1):               false,
		strings.Replace(good, `,"by":"m.lee"`, "", 1):               false,
		strings.Replace(good, `"claim"`, `"x":1,"claim"`, 1):        false,
		strings.Replace(good, `"10.50"`, `10.50`, 1):                false,
		strings.Replace(good, `,"reason":"papers in order"`, "", 1): true,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		_, decoded := outcomes.Decode([]byte(text), now)
		if got := schema.Validate(v) == nil; got != valid || (decoded == nil) != valid {
			t.Errorf("%s: schema %v, decoder %v, want %v", text, got, decoded, valid)
		}
	}
}

// learner knows some claims and remembers what it was told.
type learner struct {
	known map[string]bool
	told  []outcomes.Outcome
}

func (l *learner) Learn(e *outcomes.Event) bool {
	if !l.known[e.Claim] {
		return false
	}
	l.told = append(l.told, e.Outcome)
	return true
}

func event(claim string, o outcomes.Outcome, day int) outcomes.Event {
	return outcomes.Event{Insurer: "acme", Claim: claim, Outcome: o, KnownAt: now.AddDate(0, 0, day), By: "t"}
}

func TestAnOutcomeOfAnUnknownClaimWaits(t *testing.T) {
	l := &learner{known: map[string]bool{}}
	b := outcomes.NewBook(l, outcomes.Limits{})
	if got := b.Add(event("C-1", outcomes.FraudConfirmed, -3)); got != outcomes.Waits {
		t.Fatalf("got %v", got)
	}
	if b.Arrived("acme", "C-1") {
		t.Error("told of a claim that the learner does not know")
	}
	l.known["C-1"] = true
	if !b.Arrived("acme", "C-1") || b.Arrived("acme", "C-1") || len(l.told) != 1 {
		t.Errorf("told %v, want it once", l.told)
	}
}

func TestTheOutcomeKnownLastStands(t *testing.T) {
	l := &learner{known: map[string]bool{"C-1": true}}
	b := outcomes.NewBook(l, outcomes.Limits{})
	for _, step := range []struct {
		e    outcomes.Event
		want outcomes.Verdict
	}{
		{event("C-1", outcomes.FraudConfirmed, -3), outcomes.Taken},
		{event("C-1", outcomes.FraudConfirmed, -3), outcomes.Repeated},
		{event("C-1", outcomes.FraudSuspected, -5), outcomes.Replaced},
		{event("C-1", outcomes.Cleared, -1), outcomes.Taken},
	} {
		if got := b.Add(step.e); got != step.want {
			t.Errorf("%s: got %v, want %v", step.e.Outcome, got, step.want)
		}
	}
	if e, ok := b.Of("acme", "C-1"); !ok || e.Outcome != outcomes.Cleared {
		t.Errorf("stands %v", e.Outcome)
	}
}

func TestWaitingIsBounded(t *testing.T) {
	b := outcomes.NewBook(&learner{}, outcomes.Limits{Waiting: 2})
	for _, c := range []string{"a", "b", "c", "d"} {
		b.Add(event(c, outcomes.Cleared, -1))
	}
	if waiting, dropped := b.Waiting(); waiting != 2 || dropped != 2 {
		t.Errorf("%d wait, %d dropped", waiting, dropped)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := outcomes.Decode(data, now)
		if err != nil {
			return
		}
		again, err := outcomes.Encode(&e)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := outcomes.Decode(again, now); err != nil || back.Claim != e.Claim ||
			!back.KnownAt.Equal(e.KnownAt) {
			t.Errorf("%s came back as %s: %v", data, again, err)
		}
	})
}
