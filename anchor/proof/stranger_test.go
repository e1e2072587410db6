//go:build integration

package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// stranger is what docs/verify/verify.py says of a bundle; an empty step is a valid one.
type stranger struct {
	Step   Step
	Proved struct {
		Commitment    string
		Origin        string
		Size          uint64
		Batch         uint64
		Entries       uint64
		Index         uint64
		HiddenValues  uint64           `json:"hidden_values"`
		HiddenParties uint64           `json:"hidden_parties"`
		NotLookedAt   int              `json:"stamps_not_looked_at"`
		Witnesses     []map[string]any `json:"witnesses"`
		Fields        []strangerField
	}
}

type strangerField struct {
	Section, Path string
	Sealed        bool
	Value         any
}

// askStranger runs the program that was written from docs/verify/bundle.md alone.
func askStranger(t *testing.T, bundles [][]byte, policy Policy) []stranger {
	t.Helper()
	cache := os.Getenv("TALLYSTICK_CACHE")
	if cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(base, "tallystick")
	}
	python := filepath.Join(cache, "clients-1.12.0", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		t.Fatalf("Python for the tests is not here: run `make clients` to make it: %v", err)
	}
	args := []string{"../../docs/verify/verify.py", "--json", "--key=" + policy.LogKey, "--origin=" + policy.Origin,
		fmt.Sprintf("--quorum=%d", policy.Quorum)}
	for _, w := range policy.Witnesses {
		args = append(args, "--witness="+w)
	}
	dir := t.TempDir()
	for i, b := range bundles {
		path := filepath.Join(dir, fmt.Sprintf("%04d.json", i))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	var complaint bytes.Buffer
	cmd := exec.CommandContext(t.Context(), python, args...)
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) || complaint.Len() > 0 {
		t.Fatalf("verify.py: %v\n%s", err, &complaint)
	}
	var said []stranger
	for line := range bytes.Lines(out) {
		var s stranger
		if err := json.Unmarshal(line, &s); err != nil {
			t.Fatal(err)
		}
		said = append(said, s)
	}
	if len(said) != len(bundles) {
		t.Fatalf("%d verdicts on %d bundles", len(said), len(bundles))
	}
	return said
}

// agree holds the stranger's verdicts against ours and counts ours by step.
func agree(t *testing.T, names []string, bundles [][]byte, policy Policy) map[Step]int {
	t.Helper()
	counts := map[Step]int{}
	for i, theirs := range askStranger(t, bundles, policy) {
		report, err := Verify(bundles[i], policy)
		var failed *Error
		if errors.As(err, &failed) {
			counts[failed.Step]++
			if theirs.Step != failed.Step {
				t.Errorf("%s: ours %v, theirs %q", names[i], err, theirs.Step)
			}
			continue
		}
		counts[""]++
		if theirs.Step != "" {
			t.Errorf("%s: we verified it, the stranger failed at %q", names[i], theirs.Step)
			continue
		}
		if ours := asStranger(report); !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%s: ours\n%+v\ntheirs\n%+v", names[i], ours, theirs)
		}
	}
	return counts
}

func asStranger(r *Report) (s stranger) {
	s.Proved.Commitment, s.Proved.Origin, s.Proved.Size = r.Commitment.String(), r.Origin, r.LogSize
	s.Proved.Batch, s.Proved.Entries, s.Proved.Index = r.Batch, r.BatchEntries, r.BatchIndex
	s.Proved.HiddenValues, s.Proved.HiddenParties = r.Hidden.Values, r.Hidden.Sections
	s.Proved.NotLookedAt = r.Unchecked
	s.Proved.Witnesses = []map[string]any{}
	for _, w := range r.Witnesses {
		s.Proved.Witnesses = append(s.Proved.Witnesses,
			map[string]any{"name": w.Name, "key": w.KeyID, "time": float64(w.At.Unix())})
	}
	for _, f := range r.Fields {
		one := strangerField{Section: f.Section, Sealed: f.Sealed}
		if f.Members == nil {
			one.Path, one.Value = f.Path, valueOf(f.Kind, f.Value)
			s.Proved.Fields = append(s.Proved.Fields, one)
		}
		for _, m := range f.Members {
			one.Path, one.Value = f.Path+"."+m.Path, valueOf(m.Kind, textOf(m.Value))
			s.Proved.Fields = append(s.Proved.Fields, one)
		}
	}
	return s
}

func valueOf(kind, text string) any {
	if kind[0] == KindTrue || kind[0] == KindFalse {
		return kind[0] == KindTrue
	}
	return text
}

// Two programs that share nothing but the document say the same of the golden bundle and of 200 mutants of it: 100
// changed in their bytes, 100 in their structure.
func TestStrangerSaysTheSameOfMutants(t *testing.T) {
	golden, policy := goldenBundle(t)
	names, bundles := []string{"golden"}, [][]byte{golden}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 100 {
		names, bundles = append(names, fmt.Sprintf("bytes %d", i)), append(bundles, mutateBytes(random, golden))
	}
	for i := range 100 {
		names, bundles = append(names, fmt.Sprintf("structure %d", i)),
			append(bundles, mutateStructure(t, random, golden))
	}
	counts := agree(t, names, bundles, policy)
	t.Logf("verdicts by step (none: verified): %v", counts)
	for _, step := range []Step{"", StepFormat, StepSignature, StepLogInclusion, StepBatchInclusion, StepFields} {
		if counts[step] == 0 {
			t.Errorf("no mutant ended at step %q: the comparison says nothing of it", step)
		}
	}
}

func mutateBytes(r *rand.Rand, golden []byte) []byte {
	b := bytes.Clone(golden)
	at := r.IntN(len(b))
	switch r.IntN(4) {
	case 0:
		b[at] ^= 1 << r.IntN(8)
	case 1:
		b = append(b[:at], b[min(len(b), at+1+r.IntN(3)):]...)
	case 2:
		b = append(b[:at:at], append([]byte{` ",:}]0A`[r.IntN(8)]}, b[at:]...)...)
	default:
		b[at] = "AZaz09+/=\\\"\n"[r.IntN(12)]
	}
	return b
}

// odd are values that readers of JSON like to disagree on.
var odd = []any{
	nil, "", "s", "g", "A", "claimant", "0.731", "1e5", "01", "\x00", "\ufffd", "990.00\n", true, false, []any{},
	map[string]any{},
	json.Number("0"), json.Number("-0"), json.Number("1"), json.Number("1.0"), json.Number("1e0"), json.Number("-1"),
	json.Number("18446744073709551615"), json.Number("18446744073709551616"),
	json.Number("123456789012345678901234567890"),
}

// mutateStructure changes one value somewhere: another in its place, none, or one more.
func mutateStructure(t *testing.T, r *rand.Rand, golden []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(golden))
	decoder.UseNumber()
	var tree map[string]any
	if err := decoder.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	var changes []func()
	var walk func(v any, set func(any))
	walk = func(v any, set func(any)) {
		changes = append(changes, func() { set(odd[r.IntN(len(odd))]) })
		switch v := v.(type) {
		case map[string]any:
			names := []string{"v", "record", "fields", "batch", "entry", "log", "checkpoint", "leaves", "sections",
				"partition", "offset", "party",
				"digest", "sealed", "count", "index", "hashes", "section", "path", "kind", "members", "value", "salt"}
			for _, name := range names { // a map's own order is another each time
				child, ok := v[name]
				if !ok {
					continue
				}
				walk(child, func(n any) { v[name] = n })
				changes = append(changes, func() { delete(v, name) })
			}
		case []any:
			for i := range v {
				walk(v[i], func(n any) { v[i] = n })
			}
			changes = append(changes, func() { set(v[1:]) }, func() { set(append(v[:1:1], v...)) },
				func() { set(append(v[1:len(v):len(v)], v[0])) })
		case string:
			changes = append(changes, func() { set(v + "\n") }, func() { set(strings.ToLower(v)) },
				func() { set(v + "=") })
		case json.Number:
			changes = append(changes, func() { set(json.Number("1" + string(v))) })
		}
	}
	walk(tree, func(any) {})
	changes[r.IntN(len(changes))]()
	data, err := json.MarshalIndent(tree, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What section 3 of the document says of spellings, case by case.
func TestStrangerReadsSpellingsAlike(t *testing.T) {
	golden, policy := goldenBundle(t)
	replace := func(old, replacement string) []byte {
		changed := bytes.Replace(golden, []byte(old), []byte(replacement), 1)
		if bytes.Equal(changed, golden) {
			t.Fatalf("the golden bundle has no %s", old)
		}
		return changed
	}
	cases := map[string]struct {
		bundle []byte
		step   Step
	}{
		"an escaped name":                   {replace(`"v": 2`, `"\u0076": 2`), ""},
		"an escaped value":                  {replace(`"review"`, `"\u0072\u0065view"`), ""},
		"a lone surrogate is one character": {replace(`"review"`, `"\ud800"`), StepFields},
		"a pair of surrogates":              {replace(`"review"`, `"\ud83d\ude00"`), StepFields},
		"slack bits in a salt":              {replace(`xnZICGlYMcflDvpKJ+ufEA==`, `xnZICGlYMcflDvpKJ+ufEB==`), ""},
		"a line end in a salt":              {replace(`xnZICGlYMcflDvpKJ+ufEA==`, `xnZICGlY\nMcflDvpKJ+ufEA==`), ""},
		"slack bits in a hash": {replace(`WZfeqFvWta7gpVsoPpI9F+ZuFYGiYwaHE6NeoCodt2Q=`,
			`WZfeqFvWta7gpVsoPpI9F+ZuFYGiYwaHE6NeoCodt2R=`), ""},
		"an escape in a hash": {replace(`pVsoPpI9F+ZuFYGiYwaHE6NeoCodt2Q=`,
			`pVsoPpI9F\u002bZuFYGiYwaHE6NeoCodt2Q=`), StepFormat},
		"a salt as numbers": {replace(`"xnZICGlYMcflDvpKJ+ufEA=="`,
			`[198,118,72,8,105,88,49,199,229,14,250,74,39,235,159,16]`), ""},
		"null is absence": {replace(`"partition": 0,`, `"partition": null,`), ""},
		"null in a list of hashes": {replace(`"WZfeqFvWta7gpVsoPpI9F+ZuFYGiYwaHE6NeoCodt2Q="`, `null`),
			StepFormat},
		"a negative offset":            {replace(`"offset": 8`, `"offset": -0`), ""},
		"an index that is minus zero":  {replace(`"index": 0`, `"index": -0`), StepFormat},
		"another offset":               {replace(`"offset": 8`, `"offset": 9`), ""},
		"a control character":          {replace(`"review"`, "\"re\tview\""), StepFormat},
		"white space that is none":     {replace(`"v": 2`, "\"v\":\u00a02"), StepFormat},
		"a byte order mark":            {append([]byte("\ufeff"), golden...), StepFormat},
		"white space behind it":        {append(bytes.Clone(golden), " \r\n\t"...), ""},
		"a trailing comma":             {replace("\"offset\": 8\n", "\"offset\": 8,\n"), StepFormat},
		"a number with a leading zero": {replace(`"offset": 8`, `"offset": 08`), StepFormat},
		"nothing":                      {nil, StepFormat},
		"null":                         {[]byte("null"), StepFormat},
		"nested deeply":                {bytes.Repeat([]byte("["), 100_000), StepFormat},
		"a count with sealed leaves":   {replace(`"count": 3`, `"count": 2`), StepFormat},
		"a mebibyte and a byte": {append(bytes.Clone(golden),
			bytes.Repeat([]byte(" "), MaxBundleBytes)...), StepFormat},
		"members of a kind that has none":     {replace(`"kind": "t",`, `"kind": "t", "members": [],`), StepFormat},
		"a section whose leaves are an empty": {replace(`"digest": "Bw`, `"leaves": [], "digest": "Bw`), StepFormat},
	}
	var names []string
	var bundles [][]byte
	for name, c := range cases {
		names, bundles = append(names, name), append(bundles, c.bundle)
		_, err := Verify(c.bundle, policy)
		var failed *Error
		if errors.As(err, &failed) != (c.step != "") || failed != nil && failed.Step != c.step {
			t.Errorf("%s: got %v, want a failure at step %q", name, err, c.step)
		}
	}
	agree(t, names, bundles, policy)
}

// Whatever is trusted comes from the policy: both programs take and refuse the same ones.
func TestStrangerTakesTheSamePolicies(t *testing.T) {
	golden, policy := goldenBundle(t)
	witness := policy.Witnesses[0]
	plain := vkeyOf(t, witness, 1)
	for name, p := range map[string]Policy{
		"no witnesses":               {LogKey: policy.LogKey},
		"its origin":                 {LogKey: policy.LogKey, Origin: "insurer.example/claims"},
		"another origin":             {LogKey: policy.LogKey, Origin: "other.example"},
		"no key":                     {},
		"another log's key":          {LogKey: otherKey(t, "insurer.example/claims")},
		"a witness as the log":       {LogKey: witness},
		"a plain key of the witness": {LogKey: policy.LogKey, Witnesses: []string{plain}, Quorum: 1},
		"one witness twice":          {LogKey: policy.LogKey, Witnesses: []string{witness, plain}, Quorum: 1},
		"two, of which one signed": {LogKey: policy.LogKey, Witnesses: []string{otherKey(t, "w"), witness},
			Quorum: 1},
		"two that are both needed": {LogKey: policy.LogKey, Witnesses: []string{otherKey(t, "w"), witness},
			Quorum: 2},
		"a quorum of nobody": {LogKey: policy.LogKey, Quorum: 1},
		"no quorum":          {LogKey: policy.LogKey, Witnesses: []string{witness}},
		"an id in capitals": {LogKey: policy.LogKey,
			Witnesses: []string{strings.Replace(witness, "24b5d9fe", "24B5D9FE", 1)}, Quorum: 1},
		"another id": {LogKey: policy.LogKey,
			Witnesses: []string{strings.Replace(witness, "24b5", "24b6", 1)}, Quorum: 1},
	} {
		t.Run(name, func(t *testing.T) { agree(t, []string{name}, [][]byte{golden}, p) })
	}
}

// vkeyOf writes the same key as one of another type.
func vkeyOf(t *testing.T, vkey string, kind byte) string {
	t.Helper()
	parts := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	key[0] = kind
	id := sum(append([]byte(parts[0]+"\n"), key...))
	return fmt.Sprintf("%s+%x+%s", parts[0], id[:4], base64.StdEncoding.EncodeToString(key))
}

// Texts that are signed by the right keys and have another spelling than the document's.
func TestStrangerReadsSignedTextsAlike(t *testing.T) {
	const origin = "insurer.example/claims"
	skey, vkey, err := note.GenerateKey(strings.NewReader(strings.Repeat("k", 64)), origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	wskey, wvkey, err := note.GenerateKey(strings.NewReader(strings.Repeat("w", 64)), "witness.example")
	if err != nil {
		t.Fatal(err)
	}
	witness, err := cosign.NewSignerForCosignatureV1(wskey)
	if err != nil {
		t.Fatal(err)
	}
	value := "review"
	field := Field{Path: "decision.outcome", Kind: "s", Value: &value, Salt: make([]byte, SaltSize)}
	record := Record{Leaves: []Hash{field.Leaf()}}
	commitment := record.Commitment()
	entry := BatchEntry{Origin: origin, Entries: 1, Root: tlog.RecordHash(commitment[:])}.Text()
	head := Checkpoint{Origin: origin, Size: 1, Root: tlog.RecordHash([]byte(entry))}.Text()
	of := func(entry string) string { return Checkpoint{origin, 1, tlog.RecordHash([]byte(entry))}.Text() }
	same := func(s string) string { return s }
	swap := func(old, replacement string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, replacement, 1) }
	}
	lineOf := func(s, prefix string) string {
		for line := range strings.Lines(s) {
			if strings.HasPrefix(line, prefix) {
				return line
			}
		}
		return ""
	}
	cases := map[string]struct {
		entry  string
		text   string
		change func(string) string // of the signed note
	}{
		"as it should be":           {entry, head, same},
		"an extension line":         {entry, head + "more\n", same},
		"an empty line in the text": {entry, head + "\nmore\n", same},
		"a size with a zero":        {entry, strings.Replace(head, "\n1\n", "\n01\n", 1), same},
		"a size beyond 64 bits":     {entry, strings.Replace(head, "\n1\n", "\n18446744073709551616\n", 1), same},
		"a size of nothing":         {entry, strings.Replace(head, "\n1\n", "\n0\n", 1), same},
		"two lines":                 {entry, origin + "\n1\n", same},
		"another origin":            {entry, "o" + head, same},
		"another log's entry":       {"x" + entry, of("x" + entry), same},
		"an entry of another number": {strings.Replace(entry, "\n0\n", "\n1\n", 1),
			of(strings.Replace(entry, "\n0\n", "\n1\n", 1)), same},
		"a number with a sign": {strings.Replace(entry, "\n0\n", "\n+0\n", 1),
			of(strings.Replace(entry, "\n0\n", "\n+0\n", 1)), same},
		"an entry with a line more":  {entry + "x\n", of(entry + "x\n"), same},
		"an entry that is not ended": {entry[:len(entry)-1], of(entry[:len(entry)-1]), same},
		"one line twice":             {entry, head, func(s string) string { return s + lineOf(s, "— "+origin) }},
		"a line of somebody":         {entry, head, func(s string) string { return s + "— somebody AAAAAAA=\n" }},
		"a line that is none":        {entry, head, func(s string) string { return s + "- somebody AAAAAAA=\n" }},
		"a name with a space": {entry, head,
			func(s string) string { return s + "— some\u2003body AAAAAAA=\n" }},
		"a short signature": {entry, head, func(s string) string { return s + "— somebody AAAA\n" }},
		"a hundred and one lines": {entry, head,
			func(s string) string { return s + strings.Repeat("— somebody AAAAAAA=\n", 99) }},
		"a hundred lines": {entry, head,
			func(s string) string { return s + strings.Repeat("— somebody AAAAAAA=\n", 98) }},
		"a carriage return":       {entry, head, swap("\n1\n", "\r\n1\n")},
		"no end of the last line": {entry, head, func(s string) string { return s[:len(s)-1] }},
		"the witness's line is wrong": {entry, head,
			func(s string) string { i := strings.LastIndex(s, "="); return s[:i-8] + "AAAA" + s[i-4:] }},
		"the witness's line is gone": {entry, head,
			func(s string) string { return strings.Replace(s, lineOf(s, "— witness"), "", 1) }},
		"the log's line is gone": {entry, head,
			func(s string) string { return strings.Replace(s, lineOf(s, "— "+origin), "", 1) }},
		"another text": {entry, head, func(s string) string { return "o" + s }},
	}
	var names []string
	var bundles [][]byte
	for name, c := range cases {
		signed, err := note.Sign(&note.Note{Text: c.text}, signer, witness)
		if err != nil {
			t.Fatal(err)
		}
		b := Bundle{Version: Version, Record: record, Fields: []Field{field}, Entry: c.entry,
			Checkpoint: c.change(string(signed))}
		data, err := b.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		names, bundles = append(names, name), append(bundles, data)
	}
	counts := agree(t, names, bundles, Policy{LogKey: vkey, Witnesses: []string{wvkey}, Quorum: 1})
	for _, step := range []Step{"", StepSignature, StepCheckpoint, StepWitnesses, StepBatchEntry} {
		if counts[step] == 0 {
			t.Errorf("no case ended at step %q", step)
		}
	}
}
