package detectors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"tallystick/claim"
)

// testsForm is the cases beside a rule. near and null say only in what they differ from hit (RFC 7396 merge patch).
type testsForm struct {
	Hit  *caseForm `yaml:"hit"`
	Near *caseForm `yaml:"near"`
	Null *caseForm `yaml:"null"`
}

type caseForm struct {
	Event map[string]any `yaml:"event"`
	// place such as claimant.phone or vendor.id, to a token, a list, or {times, token}
	Tokens  map[string]any `yaml:"tokens"`
	History []historyForm  `yaml:"history"`
	Signals *signalsForm   `yaml:"signals"`
}

// signalsForm is what other insurers signal of the case's claim.
type signalsForm struct {
	Members     int    `yaml:"members"`
	Established int    `yaml:"established"`
	Line        string `yaml:"line"`
	Quarter     string `yaml:"quarter"`
}

// historyForm is claims that came before: the hit's event and tokens with differences, times over; {n} in a text is the
// number of the repetition.
type historyForm struct {
	Times  int            `yaml:"times"`
	Claim  string         `yaml:"claim"` // default: one of its own; the same as the case's is "this"
	Event  map[string]any `yaml:"event"`
	Tokens map[string]any `yaml:"tokens"`
}

// RuleTest is one case of a rule's tests and what became of it.
type RuleTest struct {
	Rule  string // id@version
	Where string // file:line of the rule
	Case  string // hit, near or null
	Want  Outcome
	Got   Outcome
	Err   error // the case could not be run
}

// OK reports whether the case passed.
func (t RuleTest) OK() bool { return t.Err == nil && t.Got == t.Want }

func (t RuleTest) String() string {
	if t.Err != nil {
		return fmt.Sprintf("%s: %s: %s: %v", t.Where, t.Rule, t.Case, t.Err)
	}
	return fmt.Sprintf("%s: %s: %s: want %s, got %s", t.Where, t.Rule, t.Case, t.Want, t.Got)
}

// TestRules runs the tests that stand beside the rules.
func TestRules(rs *RuleSet) []RuleTest {
	var out []RuleTest
	for i, r := range rs.rules {
		for _, c := range []struct {
			name string
			form *caseForm
			want Outcome
		}{{"hit", r.tests.Hit, Hit}, {"near", r.tests.Near, NoHit}, {"null", r.tests.Null, Unknown}} {
			t := RuleTest{Rule: r.ref, Where: r.where, Case: c.name, Want: c.want}
			t.Got, t.Err = rs.try(i, r.tests.Hit, c.form)
			out = append(out, t)
		}
	}
	return out
}

// mostTimes bounds what one line of a history repeats.
const mostTimes = 10_000

// try runs one case on a state of its own.
func (rs *RuleSet) try(rule int, base, c *caseForm) (Outcome, error) {
	state := NewState(rs, StateConfig{})
	ctx := context.Background()
	past := NewEngine(rs, state, Config{})
	offset := int64(0)
	history := c.History
	if history == nil {
		history = base.History
	}
	for i, h := range history {
		if h.Times > mostTimes {
			return 0, fmt.Errorf("history %d: times is over %d", i+1, mostTimes)
		}
		for n := range max(h.Times, 1) {
			in, err := testInput(merge(base.Event, h.Event), merge(base.Tokens, h.Tokens), n)
			if err != nil {
				return 0, fmt.Errorf("history %d: %w", i+1, err)
			}
			in.Claim = fmt.Sprintf("h%d-%d", i, n)
			if h.Claim == "this" {
				in.Claim = "this"
			}
			in.Source.Offset, in.Revision = offset, 1
			in.Event.Revision = 1
			offset++
			past.Decide(ctx, &in)
		}
	}
	event, tokens := base.Event, base.Tokens
	if c != base {
		event, tokens = merge(base.Event, c.Event), merge(base.Tokens, c.Tokens)
	}
	in, err := testInput(event, tokens, 0)
	if err != nil {
		return 0, err
	}
	in.Claim, in.Revision, in.Source.Offset = "this", 2, offset
	if g := cmp.Or(c.Signals, base.Signals); g != nil {
		state.Tell(&claim.News{
			Claim:   claim.ClaimRef{Insurer: in.Insurer, Claim: in.Claim},
			Signals: &claim.Signals{Members: g.Members, Established: g.Established, Line: g.Line, Quarter: g.Quarter},
		})
	}
	now := NewEngine(rs, state, Config{})
	now.Decide(ctx, &in)
	for _, o := range []Outcome{Error, Snoozed, Hit, Unknown} {
		if now.counts.sum(rule, o) > 0 {
			return o, nil
		}
	}
	return NoHit, nil
}

func testInput(event, tokens map[string]any, n int) (Input, error) {
	data, err := json.Marshal(numbered(event, n))
	if err != nil {
		return Input{}, fmt.Errorf("writing the event: %w", err)
	}
	var ev claim.Event
	if err := json.Unmarshal(data, &ev, json.RejectUnknownMembers(true)); err != nil {
		return Input{}, fmt.Errorf("reading the event: %w", err)
	}
	if ev.Line == "" {
		ev.Line = claim.LineMotor
	}
	in := Input{Event: &ev, Insurer: "test"}
	for i, p := range slices.Sorted(maps.Keys(tokens)) {
		values, err := testTokens(tokens[p], n)
		if err != nil {
			return Input{}, fmt.Errorf("tokens: %s: %w", p, err)
		}
		if err := checkSelector(p); err != nil {
			return Input{}, fmt.Errorf("tokens: %w", err)
		}
		t := claim.Token{Path: p}
		root, field, _ := strings.Cut(p, ".")
		switch root {
		case "claimant", "policy", "vehicle", "property", "device", "loss", "items", "documents", "payments":
		default:
			t.Path, t.Role = "parties["+strconv.Itoa(i)+"]."+field, claim.Role(root)
		}
		for _, t.Value = range values {
			in.Tokens = append(in.Tokens, t)
		}
	}
	in.At = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	in.Source.Time = in.At
	return in, nil
}

// testTokens reads the tokens of a place: one text, a list of them, or one that is repeated with {n} counting up.
func testTokens(form any, n int) ([]string, error) {
	switch form := form.(type) {
	case string:
		return []string{numbered(form, n).(string)}, nil
	case []any:
		var out []string
		for _, one := range form {
			more, err := testTokens(one, n)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
		return out, nil
	case map[string]any:
		token, isText := form["token"].(string)
		times, err := strconv.Atoi(fmt.Sprint(form["times"]))
		if !isText || err != nil || times < 1 || times > mostTimes || len(form) != 2 {
			break
		}
		out := make([]string, times)
		for i := range out {
			out[i] = numbered(token, i).(string)
		}
		return out, nil
	}
	return nil, errors.New("must be a text, a list of texts, or {times: N, token: TEXT}")
}

// merge applies a merge patch: names of patch replace those of base, objects are merged, null removes.
func merge(base, patch map[string]any) map[string]any {
	out := map[string]any{}
	maps.Copy(out, base)
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(out, k)
		case map[string]any:
			old, _ := out[k].(map[string]any)
			out[k] = merge(old, v)
		default:
			out[k] = v
		}
	}
	return out
}

// numbered replaces {n} in every text.
func numbered(v any, n int) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "{n}", strconv.Itoa(n))
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = numbered(x, n)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = numbered(x, n)
		}
		return out
	default:
		return v
	}
}
