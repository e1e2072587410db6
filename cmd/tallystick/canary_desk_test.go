package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/detectors"
	"tallystick/detectors/rule"
	"tallystick/install"
	"tallystick/pipeline"
	"tallystick/pipeline/desk"
	"tallystick/privacy"
	"tallystick/privacy/keys/keyring"
)

// bench is a desk whose every output is searched: the same search as on the real servers, for each plain test run.
type bench struct {
	t    *testing.T
	desk *desk.Desk
	log  bytes.Buffer
	next int64
}

// benchKeys are the keys of all benches: making some takes seconds.
var benchKeys = sync.OnceValues(func() (*keyring.Keyring, error) {
	dir, err := os.MkdirTemp("", "keyring")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	dir = filepath.Join(dir, "keys")
	pass := keyring.Passphrases{Keyring: []byte("for the pipeline"), OfficerA: []byte("for officer a"),
		OfficerB: []byte("for officer b")}
	if err := keyring.Create(dir, pass, "acme", "birch"); err != nil {
		return nil, err
	}
	return keyring.Open(dir, pass.Keyring)
})

func newBench(t *testing.T) *bench {
	t.Helper()
	keys, err := benchKeys()
	if err != nil {
		t.Fatal(err)
	}
	protection, err := privacy.New(privacy.Config{Keys: keys,
		Limits: privacy.Limits{Bytes: install.Defaults().MaxBytes}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := detectors.LoadRules(rule.FS)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t}
	state := detectors.NewState(set, detectors.StateConfig{})
	b.desk, err = desk.New(desk.Config{
		Protection: protection, Keys: keys, State: state, Engine: detectors.NewEngine(set, state, detectors.Config{}),
		Log: slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// decide returns all that is written of a message, and whether it was refused.
func (b *bench) decide(m kafka.Message) (written []byte, dead bool) {
	b.t.Helper()
	b.log.Reset()
	r := pipeline.Record{Source: claim.SourceRef{Offset: b.next, Time: time.Now()}, Key: m.Key, Value: m.Value}
	b.next++
	v, err := b.desk.Decide(b.t.Context(), []pipeline.Record{r})
	if err != nil {
		b.t.Fatal(err)
	}
	var out bytes.Buffer
	for i := range v.Entries {
		e := &v.Entries[i]
		data, err := new(entry.Encoder).Append(nil, e)
		if err != nil {
			b.t.Fatal(err)
		}
		out.Write(data)
		if d, ok := claim.Public(e, 0, int64(i)); ok {
			if data, err = d.Encode(); err != nil {
				b.t.Fatal(err)
			}
			out.Write(data)
		}
		dead = dead || e.Kind == claim.Dead
	}
	for _, d := range v.Dead {
		out.Write(d.Value)
	}
	for _, k := range v.Keys {
		out.Write(k.Key)
		out.Write(k.Value)
	}
	out.Write(b.log.Bytes())
	return out.Bytes(), dead
}

// mustNotHold fails the test for each canary in what was written.
func mustNotHold(t *testing.T, s *searcher, written []byte, of string) {
	t.Helper()
	for _, h := range s.find(written) {
		t.Errorf("%s: %s (%q) as %s: %q", of, h.form.canary.name, h.form.canary.value, h.form.how,
			written[max(0, h.offset-60):min(len(written), h.offset+80)])
	}
}

func TestNothingWrittenOfAClaimHoldsAnIdentifier(t *testing.T) {
	a, b := newAviary(t), newBench(t)
	var messages []kafka.Message
	for i, line := range []claim.Line{claim.LineMotor, claim.LineHealth, claim.LineProperty, claim.LineLife,
		claim.LineTravel, claim.LineDevice} {
		e := a.claim("acme", fmt.Sprintf("C-%d", i), line)
		if i%3 == 0 {
			a.strangers(e)
		}
		if i%2 == 0 {
			misplace(e)
		}
		messages = append(messages, a.message(e), a.message(e))
	}
	whole := len(messages)
	messages = append(messages, a.broken()...)
	s := newSearcher(a.canaries)
	taken := 0
	for i, m := range messages {
		written, dead := b.decide(m)
		if i < whole && dead {
			t.Errorf("message %d was refused", i)
		}
		if !dead {
			taken++
		}
		mustNotHold(t, s, written, fmt.Sprintf("message %d", i))
	}
	// What the policy does not name is held to the schema too.
	if taken != whole {
		t.Errorf("%d messages were taken, want %d", taken, whole)
	}
}

// TestAValueInAWrongPlaceIsNotKept puts identifiers where others belong, at each place of a claim and as each type.
func TestAValueInAWrongPlaceIsNotKept(t *testing.T) {
	a, b := newAviary(t), newBench(t)
	e := a.claim("acme", "C-1", claim.LineMotor)
	s := newSearcher(a.canaries)
	n, refused := 0, 0
	try := func(pattern, as string, c *canary) {
		n++
		if pattern != "revision" { // other content under one revision would be refused for that
			e["revision"] = n
		}
		insurer, _ := e["insurer"].(string)
		id, _ := e["claim"].(string)
		written, dead := b.decide(kafka.Message{Key: claim.Key(insurer, id), Value: encoded(t, e)})
		if dead {
			refused++
		}
		// else it is a possible value there, and the policy keeps it
		if !a.keeps(pattern) || dead && pattern != "claim" {
			s.add(c)
		}
		mustNotHold(t, s, written, pattern+" as "+as)
	}
	var walk func(v any, pattern string, set func(any))
	walk = func(v any, pattern string, set func(any)) {
		for _, as := range []string{"text", "number", "list", "object"} {
			c, at := &canary{pattern, randomOf("abcdefghijklmnopqrstuvwxyz", 14)}, pattern
			switch as {
			case "text":
				set(c.value)
			case "number":
				c.value = number(14)
				set(json.Number(c.value))
			case "list":
				at += "[]"
				set([]any{c.value})
			case "object":
				at += ".unknown"
				set(map[string]any{c.value: c.value, "amount": c.value, "currency": c.value})
			}
			try(at, as, c)
		}
		set(v)
		switch v := v.(type) {
		case map[string]any:
			for name, child := range v {
				at := strings.TrimPrefix(pattern+"."+name, ".")
				if pattern == "attributes" {
					at = "attributes.*"
				}
				walk(child, at, func(x any) { v[name] = x })
			}
		case []any:
			walk(v[0], pattern+"[]", func(x any) { v[0] = x })
		}
	}
	for name, child := range e {
		walk(child, name, func(x any) { e[name] = x })
	}
	t.Logf("%d misplaced values, %d refused", n, refused)
}

// TestADamagedClaimIsNotKept damages a claim in one place at a time.
func TestADamagedClaimIsNotKept(t *testing.T) {
	a, b := newAviary(t), newBench(t)
	e := a.claim("acme", "C-1", claim.LineMotor)
	a.strangers(e)
	m := a.message(e)
	s := newSearcher(a.canaries)
	original := m.Value
	damages, refused := 400, 0
	if testing.Short() {
		damages = 200
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	structure := []byte("{}[]\",:\\\x00\xff09eE-+.tfn ")
	for n := range damages {
		whole := bytes.Replace(original, []byte(`"revision":1,`), fmt.Appendf(nil, `"revision":%d,`, n+1), 1)
		i, j := random.IntN(len(whole)), random.IntN(len(whole))
		i, j = min(i, j), max(i, j)
		switch random.IntN(5) {
		case 0: // a byte is another
			m.Value = bytes.Clone(whole)
			m.Value[i] = structure[random.IntN(len(structure))]
		case 1: // a byte is missing
			m.Value = append(bytes.Clone(whole[:i]), whole[i+1:]...)
		case 2: // a byte too many
			m.Value = append(append(bytes.Clone(whole[:i]), structure[random.IntN(len(structure))]), whole[i:]...)
		case 3: // it ends early
			m.Value = whole[:i]
		case 4: // a part comes twice
			j = min(j, i+200)
			m.Value = append(bytes.Clone(whole[:j]), whole[i:]...)
		}
		written, dead := b.decide(m)
		if dead {
			refused++
		}
		mustNotHold(t, s, written, fmt.Sprintf("seed %d", seed))
		if t.Failed() {
			t.Fatalf("the damaged claim is %q", m.Value)
		}
	}
	t.Logf("%d damaged claims, %d refused", damages, refused)
}
