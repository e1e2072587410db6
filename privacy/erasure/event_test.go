package erasure

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/journal"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func samples() []Event {
	target := Target{"acme", "C-1", 2, "parties[0]"}
	sum := bytes.Repeat([]byte{7}, 16)
	return []Event{
		{
			Kind: Requested, At: noon, By: "vault/olga", Trail: 17, Ground: "gdpr-17", Targets: []Target{target},
			Until: noon.AddDate(1, 0, 0),
			Marks: []Mark{{Insurer: "acme", Domain: "nid", Sum: sum},
				{Insurer: "acme", Claim: "C-1", Domain: "adr", Sum: sum}},
		},
		{Kind: Approved, Number: 1, At: noon, By: "vault/peter"},
		{Kind: Found, Number: 1, At: noon, By: "vault/peter", Targets: []Target{{"acme", "C-2", 1, "claimant"}}},
		{Kind: Done, Number: 1, At: noon, By: "vault/peter", Keys: 3, Notes: 1},
		{Kind: Certified, Number: 1, At: noon, By: "vault/peter", Digest: bytes.Repeat([]byte{9}, 32)},
		{Kind: Withdrawn, Number: 1, At: noon, By: "vault/olga"},
		{Kind: Held, At: noon, By: "vault/olga", Ground: "litigation", Insurer: "acme", Claim: "C-3"},
		{Kind: Released, At: noon, By: "vault/olga", Insurer: "acme", Claim: "C-3"},
	}
}

// The form of the journal is fixed: what is erased stays erased for whoever reads it later.
func TestEventsAreFixed(t *testing.T) {
	var lines bytes.Buffer
	for _, e := range samples() {
		data, err := e.encode()
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(data, '\n'))
		back, err := Decode(data)
		if err != nil || back.Kind != e.Kind {
			t.Errorf("%s does not come back: %v", e.Kind, err)
		}
	}
	path := filepath.Join("testdata", "events.golden.jsonl")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, lines.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(want, lines.Bytes()) {
		t.Errorf("%s differs: %v\n%s", path, err, lines.String())
	}
}

func TestWhatIsNoEvent(t *testing.T) {
	for name, change := range map[string]func(*Event){
		"nobody":              func(e *Event) { e.By = "" },
		"no time":             func(e *Event) { e.At = time.Time{} },
		"a kind that is none": func(e *Event) { e.Kind = "forgotten" },
		"a party of no claim": func(e *Event) { e.Targets[0].Party = "Ann" },
		"no ground":           func(e *Event) { e.Ground = "" },
		"a ground in words":   func(e *Event) { e.Ground = "she asked" },
		"a short mark":        func(e *Event) { e.Marks[0].Sum = e.Marks[0].Sum[:8] },
		"no end":              func(e *Event) { e.Until = time.Time{} },
		"a revision 0":        func(e *Event) { e.Targets[0].Revision = 0 },
	} {
		e := samples()[0]
		change(&e)
		if _, err := e.encode(); err == nil {
			t.Errorf("%s: it was written", name)
		}
	}
	if _, err := Decode([]byte(`{"kind":"approved","number":1,"at":"2026-03-01T12:00:00Z","by":"x","token":"nid_1_x"}`)); err == nil {
		t.Error("an event with something else in it was read")
	}
}

func FuzzDecode(f *testing.F) {
	for _, e := range samples() {
		data, err := e.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Decode(data)
		if err != nil {
			return
		}
		b := newBook()
		_ = b.take(&e)
		e.Number = 1
		_ = b.take(&e)
		if _, err := json.Marshal(e); err != nil {
			t.Fatal(err)
		}
	})
}

// fold applies events as the journal would have them.
func fold(t *testing.T, events ...Event) *book {
	t.Helper()
	b := newBook()
	for i, e := range events {
		data, err := e.encode()
		if err != nil {
			t.Fatal(err)
		}
		batch := journal.Batch{Header: journal.Header{From: int64(i), To: int64(i) + 1},
			Records: []journal.Record{{Value: data}}}
		if err := b.Apply(batch); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// Nothing is erased before a second person approved it, and nothing of a claim under legal hold; what is found later
// counts from then on.
func TestWhatIsErasedWhen(t *testing.T) {
	request, approve, found := samples()[0], samples()[1], samples()[2]
	first, second := request.Targets[0], found.Targets[0]
	hold := Event{Kind: Held, At: noon, By: "o", Ground: "litigation", Insurer: "acme", Claim: "C-1"}
	release := Event{Kind: Released, At: noon, By: "o", Insurer: "acme", Claim: "C-1"}
	for _, c := range []struct {
		name          string
		events        []Event
		first, second bool
	}{
		{"requested", []Event{request}, false, false},
		{"found before it was approved", []Event{request, found}, false, false},
		{"approved", []Event{request, approve}, true, false},
		{"approved with what was found before", []Event{request, found, approve}, true, true},
		{"found", []Event{request, approve, found}, true, true},
		{"withdrawn", []Event{request, samples()[5], found}, false, false},
	} {
		b := fold(t, c.events...)
		if b.erased(first) != c.first || b.erased(second) != c.second {
			t.Errorf("%s: %t and %t, want %t and %t", c.name, b.erased(first), b.erased(second), c.first, c.second)
		}
	}
	request.Number, approve.Number = 0, 2
	b := fold(t, hold, request, approve)
	if b.erased(first) {
		t.Error("a claim under legal hold is erased")
	}
	again := Event{Kind: Found, Number: 2, At: noon, By: "o", Targets: []Target{first}}
	if b = fold(t, hold, request, approve, release, again); !b.erased(first) || len(b.erasures[2].Targets) != 1 {
		t.Error("released and found again it is not erased, or counted twice")
	}
}

// A person is recognised by what is theirs alone anywhere, and by what others may share in the claim where they were
// erased.
func TestWhoIsCaught(t *testing.T) {
	mark := func(token string) [16]byte { return [16]byte([]byte(strings.Repeat(token+"................", 2))[:16]) }
	sum := func(token string) []byte { m := mark(token); return m[:] }
	request := samples()[0]
	request.Marks = []Mark{
		{Insurer: "acme", Domain: "nid", Sum: sum("nid_1_ann")},
		{Insurer: "acme", Claim: "C-1", Domain: "adr", Sum: sum("adr_1_lane")},
	}
	b := fold(t, request, samples()[1])
	entry := func(party string, tokens ...string) (out []claim.Token) {
		for i, value := range tokens {
			out = append(out, claim.Token{Path: party + "." + []string{"name", "phone"}[i], Value: value})
		}
		return out
	}
	for _, c := range []struct {
		name, insurer, claim string
		tokens               []claim.Token
		now                  time.Time
		want                 string
	}{
		{"her number in another claim", "acme", "C-9", entry("parties[3]", "nid_1_ann"), noon, "parties[3]"},
		{"her address in her claim", "acme", "C-1", entry("claimant", "adr_1_lane"), noon, "claimant"},
		{"her address in another claim", "acme", "C-9", entry("claimant", "adr_1_lane"), noon, ""},
		{"somebody else", "acme", "C-1", entry("claimant", "nid_1_bob"), noon, ""},
		{"another insurer's", "other", "C-1", entry("claimant", "nid_1_ann", "adr_1_lane"), noon, ""},
		{"what concerns nobody", "acme", "C-1", []claim.Token{{Path: "policy.number", Value: "nid_1_ann"}}, noon, ""},
		{"after the marks are forgotten", "acme", "C-9", entry("claimant", "nid_1_ann"), noon.AddDate(2, 0, 0), ""},
	} {
		if got := strings.Join(b.caught(c.insurer, c.claim, c.tokens, mark, c.now), " "); got != c.want {
			t.Errorf("%s: caught %q, want %q", c.name, got, c.want)
		}
	}
	b.holds[keyOf("acme", "C-9")] = Hold{}
	if got := b.caught("acme", "C-9", entry("claimant", "nid_1_ann"), mark, noon); got != nil {
		t.Errorf("a claim under legal hold: caught %v", got)
	}
}
