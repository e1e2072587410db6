package entry_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/claim/entry/entrytest"
	"tallystick/claim/fields"
)

var update = flag.Bool("update", false, "write the golden files again")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

var same = cmp.Options{cmpopts.EquateEmpty()}

func encode(t testing.TB, e *claim.Entry) []byte {
	t.Helper()
	data, err := new(entry.Encoder).Append(nil, e)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The form is fixed for ever: the bytes of an entry in which everything is set.
func TestGolden(t *testing.T) {
	e := entrytest.Sample()
	data := encode(t, e)
	golden(t, "entry.hex", hex.Dump(data))
	text, err := entry.JSON(e)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "entry.json", string(text)+"\n")
	var back claim.Entry
	if err := entry.Decode(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, &back, same); diff != "" {
		t.Error(diff)
	}
	if commitment, err := entry.Commitment(data); err != nil || !bytes.Equal(commitment[:], e.Commitment) {
		t.Errorf("commitment %x, %v", commitment, err)
	}
}

// Whatever values a claim has, its entry comes back as it was, and one encoder and decoder serve all.
func TestRoundTrip(t *testing.T) {
	var enc entry.Encoder
	var dec entry.Decoder
	rapid.Check(t, func(t *rapid.T) {
		e := drawEntry(t)
		data, err := enc.Append([]byte("before"), e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := dec.Decode(data[len("before"):])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, back, same); diff != "" {
			t.Fatal(diff)
		}
		again, err := enc.Append([]byte("before"), back)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("written again otherwise: %v", err)
		}
	})
}

// drawEntry draws an entry with values of any fields.
func drawEntry(t *rapid.T) *claim.Entry {
	e := &claim.Entry{
		Kind: rapid.SampledFrom([]claim.Kind{claim.Decided, claim.Duplicate, claim.Dead, claim.Rescored,
			claim.Forwarded, claim.Erased,
			claim.Activated}).Draw(t, "kind"),
		Insurer: rapid.StringN(0, 4, 8).Draw(t, "insurer"), Claim: rapid.StringN(0, 4, 8).Draw(t, "claim"),
		Revision: rapid.IntRange(0, 1<<31-1).Draw(t, "revision"),
		Source: claim.SourceRef{Partition: rapid.IntRange(0, 99).Draw(t, "partition"),
			Offset: rapid.Int64Range(0, 1<<60).Draw(t, "offset")},
		At: time.UnixMilli(rapid.Int64Range(-1e12, 1e13).Draw(t, "at")).UTC(),
	}
	leaves := slices.DeleteFunc(slices.Clone(fields.All()), func(f fields.Field) bool {
		return !f.Leaf() && !f.Derived
	})
	for range rapid.IntRange(0, 30).Draw(t, "values") {
		f := rapid.SampledFrom(leaves).Draw(t, "field")
		path := drawPath(t, &f)
		if slices.ContainsFunc(e.Values, func(v claim.Value) bool { return v.Path.Text == path.Text }) {
			continue
		}
		v := claim.Value{Path: path, Kind: claim.LeafString, Bytes: []byte(rapid.StringN(0, 5, 12).Draw(t, "text"))}
		switch f.Type {
		case fields.TypeNumber, fields.TypeInteger:
			v.Kind, v.Bytes = claim.LeafNumber, []byte("12")
		case fields.TypeFlag:
			v.Kind, v.Bytes = rapid.SampledFrom([]claim.LeafKind{claim.LeafTrue, claim.LeafFalse}).Draw(t, "flag"), nil
		}
		e.Values = append(e.Values, v)
	}
	slices.SortFunc(e.Values, func(a, b claim.Value) int { return strings.Compare(a.Path.Text, b.Path.Text) })
	for i := range rapid.IntRange(0, 3).Draw(t, "tokens") {
		e.Tokens = append(e.Tokens, claim.Token{
			Path: "parties[" + string(rune('0'+i)) + "].phone", Role: claim.Witness,
			Value: entrytest.Token("phn", rapid.StringN(0, 3, 3).Draw(t, "label")),
		})
	}
	if rapid.Bool().Draw(t, "placed") {
		e.Context.Home = rapid.IntRange(0, 99).Draw(t, "home")
		e.Context.Placement = &claim.Placement{Partitions: rapid.IntRange(1, 99).Draw(t, "partitions"),
			Partitioner: "crc32"}
	}
	if rapid.Bool().Draw(t, "decided") {
		e.Decision = entrytest.Sample().Decision
	}
	return entrytest.Complete(e)
}

func drawPath(t *rapid.T, f *fields.Field) *claim.Path {
	var at [2]uint16
	for i := range f.Depth() {
		at[i] = uint16(rapid.IntRange(0, 12).Draw(t, "index"))
	}
	name := ""
	if f.Named() {
		name = rapid.StringMatching(`[a-z][A-Za-z0-9]{0,5}`).Draw(t, "name")
	}
	path, err := claim.PathAt(f.Number, at, name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEncodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*claim.Entry){
		"a kind that there is not":     func(e *claim.Entry) { e.Kind = "raised" },
		"an outcome that there is not": func(e *claim.Entry) { e.Decision.Outcome = "deny" },
		"a score that is no number":    func(e *claim.Entry) { e.Decision.Score /= 0 * e.Decision.Base },
		"a text where a flag belongs":  func(e *claim.Entry) { e.Values[len(e.Values)-1].Kind = claim.LeafString },
		"a token of another form":      func(e *claim.Entry) { e.Tokens[0].Value = "phn_1_short" },
		"a token with leftover bits": func(e *claim.Entry) {
			e.Tokens[0].Value = "phn_1_" + strings.Repeat("a", 25) +
				"b"
		},
		"a party without a section":     func(e *claim.Entry) { e.Sections = e.Sections[1:] },
		"sections in another order":     func(e *claim.Entry) { slices.Reverse(e.Sections) },
		"a year that cannot be written": func(e *claim.Entry) { e.At = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"tokens of one party, two roles": func(e *claim.Entry) {
			e.Tokens = append(e.Tokens[:1:1], claim.Token{Path: "claimant.name", Role: claim.Agent,
				Value: e.Tokens[0].Value})
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := entrytest.Sample()
			change(e)
			if _, err := new(entry.Encoder).Append(nil, e); err == nil {
				t.Error("it was written")
			} else if strings.Contains(err.Error(), "990.00") || strings.Contains(err.Error(), "C-1") {
				t.Errorf("the error quotes a value: %v", err)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	whole := encode(t, entrytest.Sample())
	var e claim.Entry
	for n := range whole {
		if entry.Decode(whole[:n], &e) == nil {
			t.Errorf("the first %d bytes of %d are an entry", n, len(whole))
		}
	}
	if entry.Decode(append(slices.Clone(whole), 0), &e) == nil {
		t.Error("an entry with a byte behind it")
	}
	if err := entry.Decode([]byte(`{"v":2,"kind":"decided"}`), &e); err == nil ||
		!strings.Contains(err.Error(), "version 2") {
		t.Errorf("an entry of version 2: %v", err)
	}
}

// Whatever of a damaged record decodes can be shown, or the error says by name why not.
func TestWhatDecodesIsShown(t *testing.T) {
	whole := encode(t, entrytest.Sample())
	random := rand.New(rand.NewPCG(1, 2))
	decoded := 0
	for range 50_000 {
		data := slices.Clone(whole)
		for range 1 + random.IntN(3) {
			data[random.IntN(len(data))] = byte(random.IntN(256))
		}
		var e claim.Entry
		if entry.Decode(data, &e) != nil {
			continue
		}
		decoded++
		if _, err := entry.JSON(&e); err != nil && !errors.Is(err, entry.ErrText) && !errors.Is(err, entry.ErrNumber) &&
			!errors.Is(err, entry.ErrYear) {
			t.Fatal(err)
		}
	}
	if decoded < 1000 {
		t.Errorf("only %d of them decode", decoded)
	}
}

// Of a damaged record is shown what can be read.
func TestSalvage(t *testing.T) {
	whole := encode(t, entrytest.Sample())
	if e, err := entry.Salvage(whole); err != nil || len(e.Sections) != 3 {
		t.Fatalf("a whole one: %v", err)
	}
	e, err := entry.Salvage(whole[:len(whole)-5])
	if err == nil || e == nil || e.Claim != "C-1" || e.Decision == nil || len(e.Sections) == 3 {
		t.Errorf("cut short: %+v, %v", e, err)
	}
	if e, err := entry.Salvage([]byte("not a record")); e != nil || err == nil {
		t.Errorf("no record: %+v, %v", e, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, entrytest.Sample()))
	f.Add(encode(f, entrytest.Complete(&claim.Entry{Kind: claim.Dead, Dead: &claim.DeadLetter{Code: claim.NotJSON}})))
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		var e claim.Entry
		if entry.Decode(data, &e) != nil {
			return
		}
		_, err := entry.JSON(&e)
		if err != nil && !errors.Is(err, entry.ErrText) && !errors.Is(err, entry.ErrNumber) &&
			!errors.Is(err, entry.ErrYear) {
			t.Fatalf("an entry that decodes cannot be shown: %v", err)
		}
		if err := entry.Divide(&e, func() []byte { return make([]byte, claim.SeedSize) }); err == nil {
			_, _ = new(entry.Builder).Leaves(&e)
		}
		_, _ = entry.Commitment(data)
	})
}

func TestInForce(t *testing.T) {
	at := func(kind claim.Kind, revision int, score float64) *claim.Entry {
		return &claim.Entry{Kind: kind, Revision: revision, Decision: &claim.Decision{Score: score}}
	}
	journal := []*claim.Entry{at(claim.Decided, 1, 0.9), at(claim.Decided, 2, 0.5), at(claim.Rescored, 2, 0.8),
		at(claim.Rescored, 2, 0.1),
		at(claim.Rescored, 1, 0.99), {Kind: claim.Duplicate, Revision: 2}}
	var have *claim.Entry
	for _, e := range journal {
		if entry.InForce(have, e) {
			have = e
		}
	}
	if have != journal[3] {
		t.Errorf("in force is %+v: of the highest revision the last, also when it is lower", have)
	}
}

func BenchmarkEncode(b *testing.B) {
	e := entrytest.Sample()
	var enc entry.Encoder
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = enc.Append(buf[:0], e)
	}
}

func BenchmarkDecode(b *testing.B) {
	data := encode(b, entrytest.Sample())
	var dec entry.Decoder
	b.ReportAllocs()
	for b.Loop() {
		_, _ = dec.Decode(data)
	}
}

// What a decision left out because of a bound stands in its entry and under its commitment. An entry without it is as
// it was before there was such a thing.
func TestWhatIsLeftOutIsCommittedTo(t *testing.T) {
	e := entrytest.Sample()
	leaf := func() string {
		committed, err := new(entry.Builder).Leaves(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range committed.Common {
			if l.Path == "decision.omitted" {
				return hex.EncodeToString(l.Value)
			}
		}
		return ""
	}
	if leaf() != "" {
		t.Fatal("nothing was left out, and yet there is a leaf")
	}
	e.Decision.Omitted = claim.Omitted{Tokens: 30, Digest: claim.Hash{1, 2, 3}, Links: true, Members: 4, Facts: 5}
	seen := map[string]bool{leaf(): true}
	for _, change := range []func(*claim.Omitted){
		func(o *claim.Omitted) { o.Tokens++ }, func(o *claim.Omitted) { o.Digest[0]++ }, func(o *claim.Omitted) {
			o.Links = false
		},
		func(o *claim.Omitted) { o.Members++ }, func(o *claim.Omitted) { o.Facts++ },
	} {
		change(&e.Decision.Omitted)
		if seen[leaf()] {
			t.Fatalf("%+v has the leaf of another", e.Decision.Omitted)
		}
		seen[leaf()] = true
		var back claim.Entry
		if err := entry.Decode(encode(t, e), &back); err != nil || back.Decision.Omitted != e.Decision.Omitted {
			t.Fatalf("%+v came back as %+v, %v", e.Decision.Omitted, back.Decision.Omitted, err)
		}
	}
}
