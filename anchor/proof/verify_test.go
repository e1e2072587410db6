package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// goldenBundle is made by the test of the package that makes bundles.
func goldenBundle(t testing.TB) ([]byte, Policy) {
	t.Helper()
	keys := strings.Fields(string(testdata(t, "keys.txt")))
	return testdata(t, "bundle.json"), Policy{LogKey: keys[0], Witnesses: keys[1:], Quorum: 1}
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGoldenBundleVerifies(t *testing.T) {
	bundle, policy := goldenBundle(t)
	report, err := Verify(bundle, policy)
	if err != nil {
		t.Fatal(err)
	}
	if got := report.Text(); got != string(testdata(t, "report.txt")) {
		t.Errorf("the report differs:\n%s", got)
	}
	if want := (Hidden{Values: 6, Sections: 1}); report.Hidden != want {
		t.Errorf("hidden %+v, want %+v", report.Hidden, want)
	}
}

func TestUnwitnessedIsSaid(t *testing.T) {
	bundle, policy := goldenBundle(t)
	report, err := Verify(bundle, Policy{LogKey: policy.LogKey})
	if err != nil {
		t.Fatal(err)
	}
	if text := report.Text(); !strings.Contains(text, "UNWITNESSED") || strings.Contains(text, "witness.example") {
		t.Errorf("without witness keys the report says:\n%s", text)
	}
}

// Whatever byte of the file is changed, the proof fails or says exactly the same: there is no byte that changes what is
// proved. What the bundle states without proof may change.
func TestNoByteCanBeChanged(t *testing.T) {
	bundle, policy := goldenBundle(t)
	want, err := Verify(bundle, policy)
	if err != nil {
		t.Fatal(err)
	}
	steps := map[Step]int{}
	same := 0
	for i := range bundle {
		for _, flip := range []byte{0x01, 0x02, 0x20, 0x80, 0xff} {
			changed := bytes.Clone(bundle)
			changed[i] ^= flip
			got, err := Verify(changed, policy)
			var failed *Error
			switch {
			case errors.As(err, &failed):
				steps[failed.Step]++
			case err != nil:
				t.Fatalf("byte %d: an error without a step: %v", i, err)
			default:
				same++
				got.Stated = want.Stated
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("byte %d (%q) changed what is proved", i, bundle[max(0, i-20):min(len(bundle), i+20)])
				}
			}
		}
	}
	for _, step := range []Step{StepFormat, StepSignature, StepWitnesses, StepLogInclusion, StepBatchInclusion,
		StepFields} {
		if steps[step] == 0 {
			t.Errorf("no change failed at step %q: %v", step, steps)
		}
	}
	if same > len(bundle)/4 {
		t.Errorf("%d changes of %d bytes made no difference", same, len(bundle))
	}
	t.Logf("%d changes made no difference; the others failed at %v", same, steps)
}

func TestWhichStepFails(t *testing.T) {
	bundle, policy := goldenBundle(t)
	tests := map[string]struct {
		change func(b *Bundle, p *Policy)
		step   Step
	}{
		"no key":                     {func(_ *Bundle, p *Policy) { p.LogKey = "" }, StepPolicy},
		"a malformed key":            {func(_ *Bundle, p *Policy) { p.LogKey = "x" }, StepPolicy},
		"witnesses without a quorum": {func(_ *Bundle, p *Policy) { p.Quorum = 0 }, StepPolicy},
		"a quorum without witnesses": {func(_ *Bundle, p *Policy) { p.Witnesses = nil }, StepPolicy},
		"one witness twice": {func(_ *Bundle, p *Policy) {
			p.Witnesses, p.Quorum = append(p.Witnesses, p.Witnesses[0]), 2
		}, StepPolicy},
		"the log as its own witness": {func(_ *Bundle, p *Policy) { p.Witnesses = []string{p.LogKey} }, StepPolicy},
		"another log's key": {func(_ *Bundle, p *Policy) { p.LogKey = otherKey(t, "insurer.example/claims") },
			StepSignature},
		"another origin": {func(_ *Bundle, p *Policy) { p.Origin = "other.example" }, StepCheckpoint},
		"an unknown witness": {func(_ *Bundle, p *Policy) { p.Witnesses = []string{otherKey(t, "w")} },
			StepWitnesses},
		"the witness's line is gone": {func(b *Bundle, _ *Policy) {
			b.Checkpoint = withoutLine(b.Checkpoint, "— witness")
		}, StepWitnesses},
		"the log's line is gone": {func(b *Bundle, _ *Policy) {
			b.Checkpoint = withoutLine(b.Checkpoint, "— insurer")
		}, StepSignature},
		"no checkpoint":            {func(b *Bundle, _ *Policy) { b.Checkpoint = "" }, StepSignature},
		"another place in the log": {func(b *Bundle, _ *Policy) { b.Log.Index++ }, StepLogInclusion},
		"a place beyond the log":   {func(b *Bundle, _ *Policy) { b.Log.Index = 1 << 63 }, StepLogInclusion},
		"another batch entry": {func(b *Bundle, _ *Policy) {
			b.Entry = strings.Replace(b.Entry, "\n3\n", "\n4\n", 1)
		}, StepLogInclusion},
		"another place in the batch": {func(b *Bundle, _ *Policy) { b.Batch.Index-- }, StepBatchInclusion},
		"a hash too many": {func(b *Bundle, _ *Policy) { b.Batch.Hashes = append(b.Batch.Hashes, Hash{}) },
			StepBatchInclusion},
		"another commitment": {func(b *Bundle, _ *Policy) { b.Record.Leaves[3][3] ^= 1 }, StepBatchInclusion},
		"another digest of a party": {func(b *Bundle, _ *Policy) { b.Record.Sections[1].Digest[0] ^= 1 },
			StepBatchInclusion},
		"another party's name": {func(b *Bundle, _ *Policy) { rename(b, "record") }, StepBatchInclusion},
		"a leaf less": {func(b *Bundle, _ *Policy) {
			b.Record.Leaves = b.Record.Leaves[:len(b.Record.Leaves)-1]
		}, StepBatchInclusion},
		"another count of sealed": {func(b *Bundle, _ *Policy) { b.Record.Sections[0].Sealed.Count++ }, StepFormat},
		"another member of a group": {func(b *Bundle, _ *Policy) { *b.Fields[0].Members[0].Value = "1.00" },
			StepFields},
		"a member less": {func(b *Bundle, _ *Policy) { b.Fields[0].Members = b.Fields[0].Members[1:] },
			StepFields},
		"members out of order": {func(b *Bundle, _ *Policy) { m := b.Fields[0].Members; m[0], m[1] = m[1], m[0] },
			StepFormat},
		"a sealed value as an open": {func(b *Bundle, _ *Policy) { f := &b.Fields[len(b.Fields)-1]; f.Sealed = false },
			StepFormat},
		"another value":              {func(b *Bundle, _ *Policy) { *b.Fields[2].Value = "settle" }, StepFields},
		"another kind":               {func(b *Bundle, _ *Policy) { b.Fields[1].Kind = "f" }, StepFields},
		"a field under another path": {func(b *Bundle, _ *Policy) { b.Fields[0].Path = "amounts.paid" }, StepFields},
		"a field at another index":   {func(b *Bundle, _ *Policy) { b.Fields[0].Index = 99 }, StepFormat},
		"fields out of order": {func(b *Bundle, _ *Policy) {
			b.Fields[0], b.Fields[1] = b.Fields[1],
				b.Fields[0]
		}, StepFormat},
		"one field twice": {func(b *Bundle, _ *Policy) { b.Fields = append(b.Fields[:1], b.Fields...) },
			StepFormat},
		"a field of no section":    {func(b *Bundle, _ *Policy) { b.Record.Sections = nil }, StepFormat},
		"no field":                 {func(b *Bundle, _ *Policy) { b.Fields = nil }, StepFormat},
		"a kind that there is not": {func(b *Bundle, _ *Policy) { b.Fields[2].Kind = "r" }, StepFormat},
		"a number that is none":    {func(b *Bundle, _ *Policy) { *b.Fields[3].Value = "0.731 " }, StepFormat},
		"a short salt": {func(b *Bundle, _ *Policy) { b.Fields[2].Salt = b.Fields[2].Salt[:15] },
			StepFormat},
		"another version": {func(b *Bundle, _ *Policy) { b.Version = 1 }, StepFormat},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var b Bundle
			if err := json.Unmarshal(bundle, &b); err != nil {
				t.Fatal(err)
			}
			p := policy
			tt.change(&b, &p)
			data, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Verify(data, p)
			var failed *Error
			if !errors.As(err, &failed) || failed.Step != tt.step {
				t.Fatalf("got %v, want a failure at step %q", err, tt.step)
			}
			for _, secret := range []string{"Example", "+4930", "review", "settle"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error quotes a value: %v", err)
				}
			}
		})
	}
}

func otherKey(t testing.TB, name string) string {
	t.Helper()
	_, vkey, err := note.GenerateKey(strings.NewReader(strings.Repeat("o", 64)), name)
	if err != nil {
		t.Fatal(err)
	}
	return vkey
}

func withoutLine(msg, prefix string) string {
	var kept []string
	for line := range strings.Lines(msg) {
		if !strings.HasPrefix(line, prefix) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func rename(b *Bundle, name string) {
	b.Record.Sections[0].Party = name
	for i := range b.Fields {
		if b.Fields[i].Section != "" {
			b.Fields[i].Section = name
		}
	}
}

// A log that signs an entry of another log, or under another number than its place, proves nothing with it.
func TestEntryMustBelongToItsPlace(t *testing.T) {
	skey, vkey, err := note.GenerateKey(strings.NewReader(strings.Repeat("k", 64)), "insurer.example/claims")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	value := "review"
	field := Field{Path: "decision.outcome", Kind: "s", Value: &value, Salt: make([]byte, SaltSize)}
	record := Record{Leaves: []Hash{field.Leaf()}}
	commitment := record.Commitment()
	good := BatchEntry{Origin: "insurer.example/claims", Number: 0, Entries: 1, Root: tlog.RecordHash(commitment[:])}
	for name, tt := range map[string]struct {
		entry BatchEntry
		step  Step
	}{
		"its own":        {good, ""},
		"another number": {BatchEntry{good.Origin, 1, good.Entries, good.Root}, StepBatchEntry},
		"another log":    {BatchEntry{"other.example", 0, good.Entries, good.Root}, StepBatchEntry},
		"no entry":       {BatchEntry{}, StepBatchEntry},
	} {
		head := Checkpoint{Origin: "insurer.example/claims", Size: 1, Root: tlog.RecordHash([]byte(tt.entry.Text()))}
		msg, err := note.Sign(&note.Note{Text: head.Text()}, signer)
		if err != nil {
			t.Fatal(err)
		}
		b := Bundle{Version: Version, Record: record, Fields: []Field{field}, Entry: tt.entry.Text(),
			Checkpoint: string(msg)}
		data, err := b.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		_, err = Verify(data, Policy{LogKey: vkey})
		var failed *Error
		if errors.As(err, &failed) != (tt.step != "") || failed != nil && failed.Step != tt.step {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestParseIsStrict(t *testing.T) {
	good, _ := goldenBundle(t)
	replace := func(old, replacement string) []byte { return bytes.Replace(good, []byte(old), []byte(replacement), 1) }
	for name, data := range map[string][]byte{
		"empty":                         nil,
		"cut short":                     good[:len(good)/2],
		"something after the end":       append(bytes.Clone(good), '1'),
		"an unknown member":             replace(`"v": 2,`, `"v": 2, "key": "trust me",`),
		"a member twice":                replace(`"v": 2,`, `"v": 2, "v": 2,`),
		"a member twice, in other case": replace(`"kind": "t",`, `"kind": "t", "Kind": "f",`),
		"a member twice, in other case of Unicode": replace(`"fields": [`, `"fieldſ": [], "fields": [`),
		"not UTF-8":        replace(`"review"`, "\"revi\xffew\""),
		"a wrong type":     replace(`"count": 3`, `"count": "3"`),
		"a negative index": replace(`"index": 0`, `"index": -1`),
		"deeply nested":    bytes.Repeat([]byte("["), 100_000),
		"too large":        append(bytes.Clone(good), bytes.Repeat([]byte(" "), MaxBundleBytes)...),
		"too many hashes": replace(`"hashes": [`,
			`"hashes": [`+strings.Repeat(`"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",`, 65)),
	} {
		if _, err := Parse(data); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

func TestMarshalAndParse(t *testing.T) {
	good, _ := goldenBundle(t)
	b, err := Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.Marshal()
	if err != nil || !bytes.Equal(again, good) {
		t.Errorf("writing what was read differs: %v", err)
	}
}

func TestReportCannotBeForgedByAValue(t *testing.T) {
	r := Report{Fields: []ProvedField{{Path: "a\nPROVED b", Kind: "s",
		Value: "x\n  witnessed by the regulator\x1b[2J\u202e"}}}
	text := r.Text()
	if strings.Contains(text, "\n  witnessed by the regulator") || strings.ContainsAny(text, "\x1b\u202e") ||
		strings.Contains(text, "\nPROVED b") {
		t.Errorf("a value reached the report unquoted:\n%s", text)
	}
}

func TestBatchEntryHasOneSpelling(t *testing.T) {
	entry := BatchEntry{Origin: "insurer.example/claims", Number: 7, Entries: 12, Root: Hash{1}}
	text := entry.Text()
	if text != "tallystick/batch/v1\ninsurer.example/claims\n7\n12\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" {
		t.Errorf("text %q", text)
	}
	if got, err := ParseBatchEntry(text); err != nil || got != entry {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, changed := range map[string]string{
		"leading zero":       strings.Replace(text, "\n7\n", "\n07\n", 1),
		"sign":               strings.Replace(text, "\n7\n", "\n+7\n", 1),
		"no entries":         strings.Replace(text, "\n12\n", "\n0\n", 1),
		"slack bits":         strings.Replace(text, "AAA=\n", "AAB=\n", 1),
		"no last newline":    strings.TrimSuffix(text, "\n"),
		"a line more":        text + "\n",
		"carriage return":    strings.Replace(text, "\n7\n", "\r\n7\n", 1) + "x",
		"no origin":          strings.Replace(text, "insurer.example/claims", "", 1),
		"another header":     strings.Replace(text, "v1", "v2", 1),
		"a root cut short":   strings.Replace(text, "AAAA=", "=", 1),
		"a number too large": strings.Replace(text, "\n7\n", "\n99999999999999999999\n", 1),
	} {
		if _, err := ParseBatchEntry(changed); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

// The example of the C2SP tlog-checkpoint and tlog-cosignature specifications.
const specCheckpoint = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

func TestCheckpointOfTheSpecification(t *testing.T) {
	got, err := ParseCheckpoint(specCheckpoint)
	if err != nil || got.Origin != "example.com/behind-the-sofa" || got.Size != 20852163 ||
		got.Text() != specCheckpoint {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := ParseCheckpoint(specCheckpoint + "extension\n"); err != nil || got.Text() != specCheckpoint {
		t.Errorf("with an extension line: %+v, %v", got, err)
	}
	for name, text := range map[string]string{
		"leading zero":    strings.Replace(specCheckpoint, "\n2", "\n02", 1),
		"no origin":       "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"a short root":    "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n",
		"no last newline": strings.TrimSuffix(specCheckpoint, "\n"),
		"slack bits":      strings.Replace(specCheckpoint, "q2I=", "q2J=", 1),
	} {
		if _, err := ParseCheckpoint(text); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

func TestWitnessKeyIsChecked(t *testing.T) {
	_, policy := goldenBundle(t)
	vkey := policy.Witnesses[0]
	if _, err := NewWitnessVerifier(vkey); err != nil {
		t.Errorf("a good key: %v", err)
	}
	for name, changed := range map[string]string{
		"another name":    strings.Replace(vkey, "w1", "w2", 1),
		"another id":      strings.Replace(vkey, "+2", "+3", 1),
		"a changed key":   strings.Replace(vkey, "0XJ", "0XK", 1),
		"a cut key":       vkey[:len(vkey)-4],
		"an unknown type": strings.Replace(vkey, "+BP", "+CP", 1),
	} {
		if _, err := NewWitnessVerifier(changed); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}

func FuzzVerify(f *testing.F) {
	bundle, policy := goldenBundle(f)
	want, err := Verify(bundle, policy)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bundle)
	f.Add(bytes.Replace(bundle, []byte("review"), []byte("settle"), 1))
	f.Add([]byte(`{"v":2,"fields":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Verify(data, policy)
		if err != nil {
			var failed *Error
			if !errors.As(err, &failed) {
				t.Fatalf("an error without a step: %v", err)
			}
			return
		}
		// The seed is the only thing that was ever signed: a valid bundle shows some of its fields and nothing else.
		if got.Commitment != want.Commitment || got.Batch != want.Batch || got.LogRoot != want.LogRoot {
			t.Fatal("another record was proved")
		}
		for _, field := range got.Fields {
			found := false
			for _, known := range want.Fields {
				found = found || reflect.DeepEqual(field, known)
			}
			if !found {
				t.Fatalf("a field that was never committed to was proved: %q", field.Path)
			}
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	f.Add(specCheckpoint)
	f.Add("a\n0\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCheckpoint(text)
		if err != nil {
			return
		}
		if !strings.HasPrefix(text, c.Text()) {
			t.Errorf("%q was read as %q", text, c.Text())
		}
	})
}

func FuzzBatchEntry(f *testing.F) {
	f.Add(BatchEntry{Origin: "o", Entries: 1}.Text())
	f.Fuzz(func(t *testing.T, text string) {
		if e, err := ParseBatchEntry(text); err == nil && e.Text() != text {
			t.Errorf("%q was read as %q", text, e.Text())
		}
	})
}
