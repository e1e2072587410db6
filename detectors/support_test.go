package detectors_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"tallystick/claim"
	"tallystick/detectors"
	"tallystick/detectors/rule"
)

func defaultRules(t testing.TB) *detectors.RuleSet {
	t.Helper()
	rs, err := detectors.LoadRules(rule.FS)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

const head = `ruleset: test
version: 7
base: -2
bands: {review: 0.2, investigate: 0.6, hold: 0.5}
links:
  phone: {fields: [phone], weight: 1, hub: 5}
  bankAccount: {fields: [bankAccount], weight: 1.5, hub: 5}
`

const cases = `
    tests: {hit: {}, near: {}, "null": {}}
`

// ruleSet loads the head above and rules.
func ruleSet(t testing.TB, rules string) *detectors.RuleSet {
	t.Helper()
	rs, err := detectors.LoadFiles(detectors.File{Name: "test.yaml", Data: []byte(head + rules)})
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// input is a claim of day (since 2024) with tokens given as path=token or role.field=token.
func input(offset int64, id string, day int, event string, tokens ...string) *detectors.Input {
	var ev claim.Event
	if event == "" {
		event = "{}"
	}
	if err := json.Unmarshal([]byte(event), &ev); err != nil {
		panic(err)
	}
	if ev.Line == "" {
		ev.Line = claim.LineMotor
	}
	when := time.Date(2024, 1, 1+day, 12, 0, 0, 0, time.UTC)
	ev.Insurer, ev.ID, ev.Revision = "acme", id, 1
	if ev.Loss.Reported.IsZero() {
		ev.Loss.Reported = claim.On(when)
	}
	in := &detectors.Input{Event: &ev, Insurer: "acme", Claim: id, Revision: 1, At: when,
		Source: claim.SourceRef{Offset: offset, Time: when.Add(time.Hour)}}
	for i, s := range tokens {
		place, value, _ := strings.Cut(s, "=")
		root, field, _ := strings.Cut(place, ".")
		tok := claim.Token{Path: place, Value: value}
		switch root {
		case "claimant", "policy", "vehicle", "items", "documents":
		default:
			tok.Path, tok.Role = fmt.Sprintf("parties[%d].%s", i, field), claim.Role(root)
		}
		in.Tokens = append(in.Tokens, tok)
	}
	return in
}

type desk struct {
	*detectors.Engine
	state *detectors.State
	next  int64
}

func newDesk(rs *detectors.RuleSet) *desk {
	st := detectors.NewState(rs, detectors.StateConfig{})
	return &desk{Engine: detectors.NewEngine(rs, st, detectors.Config{}), state: st}
}

// decide gives the claim the next offset and decides it.
func (d *desk) decide(in *detectors.Input) detectors.Result {
	in.Source.Offset = d.next
	d.next++
	return d.Decide(context.Background(), in)
}

// entryOf is what the journal says of a decided claim.
func entryOf(t fataler, in *detectors.Input, d *claim.Decision) *claim.Entry {
	t.Helper()
	event, err := json.Marshal(in.Event)
	if err != nil {
		t.Fatalf("%v", err)
	}
	values, err := claim.ValuesOf(event)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return &claim.Entry{Kind: claim.Decided, Insurer: in.Insurer, Claim: in.Claim, Revision: in.Revision,
		Line: in.Event.Line, Source: in.Source,
		At: in.At, Values: values, Tokens: in.Tokens, Decision: d}
}

// raisedEntry is what the journal says of a raise.
func raisedEntry(by claim.SourceRef, r *detectors.Raise) *claim.Entry {
	return &claim.Entry{Kind: claim.Rescored, Insurer: r.Ref.Insurer, Claim: r.Ref.Claim, Revision: r.Revision,
		Source: by, Decision: &r.Decision}
}

// observe lets a state read entries of the journal.
func observe(t fataler, s *detectors.State, entries ...*claim.Entry) {
	t.Helper()
	for _, en := range entries {
		if err := s.ObserveEntry(en); err != nil {
			t.Fatalf("%v", err)
		}
	}
}
