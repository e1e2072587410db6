package claim

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files again")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(bytes.Clone(got), '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, bytes.TrimSuffix(want, []byte("\n"))) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// sampleEntry fills every field that an entry can have.
func sampleEntry() *Entry {
	thirty := func(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }
	return &Entry{
		Version: EntryVersion, Kind: Decided, Insurer: "acme", Claim: "C-1", Revision: 2, Line: LineMotor,
		Source:  SourceRef{Partition: 3, Offset: 1841, Epoch: 1, Time: time.Date(2026, 3, 4, 5, 6, 7, 8e6, time.UTC)},
		At:      time.Date(2026, 3, 4, 5, 6, 7, 9e6, time.UTC),
		Content: thirty(1),
		Event:   jsontext.Value(`{"insurer":"acme","claim":"C-1","revision":2,"line":"motor","amounts":{"claimed":{"amount":"990.00","currency":"EUR"}}}`),
		Tokens:  []Token{{"claimant.phone", "", "phn_1_k7f3"}, {"parties[0].bankAccount.iban", Repairer, "ban_1_x2"}},
		Sealed:  []Sealed{{Party: "claimant", Key: thirty(2)[:16], Root: thirty(3), Data: []byte("ciphertext")}},
		Decision: &Decision{Score: 0.731, Base: -3.2, Outcome: Review, Hold: true, RuleSet: "base@1",
			Reasons: []Reason{{"early-loss@2", []int{1}, 1.25, "Loss 3 days after inception \"<&>\"", []Fact{{"days", "3", "30"}, {"line", "motor", ""}}}},
			Failed:  []Failure{{"weather@1", "no weather"}},
			Rings:   []Ring{{"ring_1", []string{"phn_1_k7f3"}, []ClaimRef{{"acme", "C-0"}, {"acme", "C-1"}}}}},
		Dead: &DeadLetter{Code: Negative, Path: "amounts.claimed", Partition: 1, Offset: 9},
		Seed: thirty(4), Commitment: thirty(5),
	}
}

func TestEntryGolden(t *testing.T) {
	got, err := EncodeEntry(nil, sampleEntry())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "entry.json", got)
	var back Entry
	if err := DecodeEntry(got, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&back, sampleEntry()) {
		t.Errorf("read back %+v", back)
	}
}

func TestEncodeEntryIsTheLibrarys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := anEntry(t)
		want, err := json.Marshal(entry)
		if err != nil {
			t.Fatal(err)
		}
		got, err := EncodeEntry([]byte("before"), entry)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != "before"+string(want) {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
		var back Entry
		if err := DecodeEntry(want, &back); err != nil {
			t.Fatal(err)
		}
		again, err := EncodeEntry(nil, &back)
		if err != nil || !bytes.Equal(again, want) {
			t.Fatalf("read back and written: %s, %v\nwant %s", again, err, want)
		}
	})
}

func TestEncodeEntryRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Entry){
		"score":  func(e *Entry) { e.Decision.Score = nan() },
		"text":   func(e *Entry) { e.Decision.Reasons[0].Text = "\xff" },
		"event":  func(e *Entry) { e.Event = jsontext.Value{} },
		"time":   func(e *Entry) { e.At = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"weight": func(e *Entry) { e.Decision.Reasons[0].Weight = 1 / (e.Decision.Base - e.Decision.Base) },
	} {
		entry := sampleEntry()
		spoil(entry)
		if got, err := EncodeEntry([]byte("kept"), entry); err == nil || string(got) != "kept" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestDecodeEntryRefusesOtherVersions(t *testing.T) {
	var entry Entry
	if err := DecodeEntry([]byte(`{"v":1,"kind":"decided"}`), &entry); err == nil {
		t.Error("version 1 was read")
	}
	if err := DecodeEntry([]byte(`{"v":2,"kind":"decided","insurer":"secret","insurer":"x"}`), &entry); err == nil || bytes.Contains([]byte(err.Error()), []byte("secret")) {
		t.Errorf("got %v", err)
	}
}

func FuzzDecodeEntry(f *testing.F) {
	seed, err := EncodeEntry(nil, sampleEntry())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"v":2,"kind":"dead","source":{"partition":0,"offset":1},"at":"2026-01-01T00:00:00Z","seed":"","commitment":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var entry Entry
		if DecodeEntry(data, &entry) != nil {
			return
		}
		once, err := EncodeEntry(nil, &entry)
		if err != nil {
			t.Skip("a time or event that decodes but is not written: compactness is the writer's duty")
		}
		var back Entry
		if err := DecodeEntry(once, &back); err != nil {
			t.Fatalf("own output refused: %v", err)
		}
		twice, err := EncodeEntry(nil, &back)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("not stable: %s, then %s, %v", once, twice, err)
		}
	})
}

func BenchmarkEncodeEntry(b *testing.B) {
	entry := sampleEntry()
	b.Run("append", func(b *testing.B) {
		var buf []byte
		for b.Loop() {
			buf, _ = EncodeEntry(buf[:0], entry)
		}
	})
	b.Run("library", func(b *testing.B) {
		var buf bytes.Buffer
		for b.Loop() {
			buf.Reset()
			_ = json.MarshalWrite(&buf, entry)
		}
	})
}

func BenchmarkDecodeEntry(b *testing.B) {
	data, _ := EncodeEntry(nil, sampleEntry())
	b.SetBytes(int64(len(data)))
	var entry Entry
	for b.Loop() {
		if err := DecodeEntry(data, &entry); err != nil {
			b.Fatal(err)
		}
	}
}
