package claim

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// failer is what testing and rapid have in common.
type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// skim reads data with Skim and with DecodeEntry, and fails where an entry that DecodeEntry reads is not the same in both.
func skim(t failer, m *Skimmer, data []byte) (*Entry, error) {
	t.Helper()
	var want Entry
	refused := DecodeEntry(data, &want)
	got, err := m.Skim(data)
	if refused != nil {
		return got, errors.Join(refused, err)
	}
	want.leaveOut()
	if err != nil || !reflect.DeepEqual(got, &want) {
		t.Fatalf("of %s\ngot  %+v %+v, %v\nwant %+v %+v", data, got, got.Decision, err, &want, want.Decision)
	}
	return got, nil
}

// followed reports whether data was read without DecodeEntry.
func followed(data []byte) bool {
	s := scan{rest: data}
	new(Skimmer).read(&s)
	return !s.failed && len(s.rest) == 0
}

func TestSkimIsDecodeEntryInPart(t *testing.T) {
	var m Skimmer
	fast, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		e := anEntry(t)
		if rapid.IntRange(0, 3).Draw(t, "content") > 0 {
			e.Content = bytes.Repeat([]byte{byte(e.Revision)}, 32)
		}
		data, err := EncodeEntry(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		skim(t, &m, data)
		if all++; followed(data) {
			fast++
		}
	})
	t.Logf("%d of %d entries were read without DecodeEntry", fast, all)
}

func TestSkimFollowsWhatEncodeEntryWrites(t *testing.T) {
	var m Skimmer
	for name, change := range map[string]func(*Entry){
		"everything":    func(*Entry) {},
		"open escapes":  func(e *Entry) { e.Event = jsontext.Value(`{"a":"\\\"}],\\","b":["]",{"c":"\u00e9"}]}`) },
		"sealed quotes": func(e *Entry) { e.Sealed[0].Party = `],"decision":{"score":` },
		"decided":       func(e *Entry) { e.Dead = nil; e.Decision.Failed, e.Decision.Rings = nil, nil },
		"no reason":     func(e *Entry) { e.Decision.Reasons = nil },
		"raised":        func(e *Entry) { e.Kind, e.Content, e.Event, e.Tokens, e.Sealed = Raised, nil, nil, nil, nil },
		"dead": func(e *Entry) {
			*e = Entry{Version: EntryVersion, Kind: Dead, Source: e.Source, At: e.At, Dead: e.Dead, Seed: e.Seed, Commitment: e.Commitment}
		},
		"other letters": func(e *Entry) { e.Claim, e.Tokens[0].Value = "Ş-1", "é" },
		"first epoch":   func(e *Entry) { e.Source.Epoch = 0; e.Source.Time = e.Source.Time.Local().UTC() },
	} {
		e := sampleEntry()
		change(e)
		data, err := EncodeEntry(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		if !followed(data) {
			t.Errorf("%s: needs DecodeEntry", name)
		}
		skim(t, &m, data)
	}
}

func TestSkimReadsOtherForms(t *testing.T) {
	var m Skimmer
	data, err := EncodeEntry(nil, sampleEntry())
	if err != nil {
		t.Fatal(err)
	}
	spaced := jsontext.Value(bytes.Clone(data))
	if err := spaced.Indent(); err != nil {
		t.Fatal(err)
	}
	sorted := jsontext.Value(bytes.Clone(data))
	if err := sorted.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]string{
		"indented":    string(spaced),
		"other order": string(sorted),
		"new member":  strings.Replace(string(data), `"event":`, `"new":{},"event":`, 1),
		"between":     strings.Replace(string(data), `,"decision":`, `,"new":[],"decision":`, 1),
		"escapes":     strings.Replace(string(data), `"claim":"C-1"`, `"claim":"C\u002d1"`, 1),
		"empty lists": strings.NewReplacer(`"tokens":[{"path":"claimant.phone","token":"phn_1_k7f3"},{"path":"parties[0].bankAccount.iban","role":"repairer","token":"ban_1_x2"}]`, `"tokens":[]`).Replace(string(data)),
		"zone":        strings.Replace(string(data), `"at":"2026-03-04T05:06:07.009Z"`, `"at":"2026-03-04T05:06:07.009+02:00"`, 1),
		"exponent":    strings.Replace(string(data), `"base":-3.2`, `"base":-32e-1`, 1),
		"no object":   strings.Replace(string(data), `AQE=","event":`, `AQE=","event":1,"even":`, 1),
		"null":        strings.Replace(string(data), `"hold":true`, `"hold":null`, 1),
	} {
		if other == string(data) {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, err := skim(t, &m, []byte(other)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSkimRefusesWhatItSees(t *testing.T) {
	var m Skimmer
	data, err := EncodeEntry(nil, sampleEntry())
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty":         "",
		"version":       strings.Replace(string(data), `"v":2`, `"v":3`, 1),
		"cut":           string(data[:len(data)-1]),
		"more":          string(data) + "x",
		"twice":         strings.Replace(string(data), `"claim":"C-1"`, `"claim":"C-1","claim":"secret"`, 1),
		"not text":      strings.Replace(string(data), `"claim":"C-1"`, "\"claim\":\"secret\xff\"", 1),
		"control":       strings.Replace(string(data), `"claim":"C-1"`, "\"claim\":\"secret\n\"", 1),
		"zeros":         strings.Replace(string(data), `"revision":2`, `"revision":02`, 1),
		"fraction":      strings.Replace(string(data), `"revision":2`, `"revision":2.5`, 1),
		"epoch":         strings.Replace(string(data), `"epoch":1`, `"epoch":4294967296`, 1),
		"weight":        strings.Replace(string(data), `"weight":1.25`, `"weight":1.`, 1),
		"weight, large": strings.Replace(string(data), `"weight":1.25`, `"weight":1`+strings.Repeat("0", 400), 1),
		"time":          strings.Replace(string(data), `"at":"2026-03-04T05`, `"at":"2026-03-04T5`, 1),
		"content":       strings.Replace(string(data), `"content":"AQ`, `"content":"!Q`, 1),
		"list goes on":  strings.Replace(string(data), `"token":"ban_1_x2"}]`, `"token":"ban_1_x2"},]`, 1),
		"unclosed":      strings.Replace(string(data), `"sealed":[`, `"sealed":[[`, 1),
	} {
		if bad == string(data) {
			t.Errorf("%s: nothing was changed", name)
		}
		got, err := m.Skim([]byte(bad))
		if err == nil {
			t.Errorf("%s: got %+v", name, got)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error names a value: %v", name, err)
		}
	}
}

func TestSkimKeepsStringsFromEntryToEntry(t *testing.T) {
	var m Skimmer
	first, err := EncodeEntry(nil, sampleEntry())
	if err != nil {
		t.Fatal(err)
	}
	e, err := m.Skim(first)
	if err != nil {
		t.Fatal(err)
	}
	claimID, token := e.Claim, e.Tokens[1].Value
	other := sampleEntry()
	other.Claim, other.Tokens[1].Value = "D-9", "ban_1_y7"
	second, err := EncodeEntry(nil, other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Skim(second); err != nil {
		t.Fatal(err)
	}
	clear(first)
	if claimID != "C-1" || token != "ban_1_x2" {
		t.Errorf("strings of the entry before changed to %q and %q", claimID, token)
	}
}

// Where DecodeEntry reads an entry Skim gives the same; where Skim alone does, what it passed over is not well formed.
func FuzzSkim(f *testing.F) {
	seed, err := EncodeEntry(nil, sampleEntry())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"v":2,"kind":"dead","source":{"partition":0,"offset":1},"at":"2026-01-01T00:00:00Z","seed":"","commitment":""}`))
	f.Add([]byte(`{"v":2,"kind":"raised","source":{"partition":0,"offset":-1},"at":"2026-01-01T00:00:00Z","decision":{"score":-0,"base":0.5,"outcome":"","ruleset":""},"seed":"","commitment":""}`))
	var m Skimmer
	f.Fuzz(func(t *testing.T, data []byte) {
		skim(t, &m, data)
	})
}

func BenchmarkSkim(b *testing.B) {
	data, _ := EncodeEntry(nil, sampleEntry())
	b.SetBytes(int64(len(data)))
	var m Skimmer
	for b.Loop() {
		if _, err := m.Skim(data); err != nil {
			b.Fatal(err)
		}
	}
}
