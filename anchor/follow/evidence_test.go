package follow

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"tallystick/anchor/proof"
)

// evidenceOf makes real evidence: the log grew to 300 and then showed another history of that size.
func evidenceOf(t testing.TB, same, size int) (in *insurer, data []byte) {
	t.Helper()
	in = newInsurer(t, "acme")
	in.grow(20)
	f := in.follow(t.TempDir(), proof.Policy{})
	if err := f.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	in.show(in.fork(same, size))
	if err := f.Round(t.Context()); !errors.Is(err, ErrSplitView) {
		t.Fatal(err)
	}
	data, err := f.state.ReadFile(evidenceName(0))
	if err != nil {
		t.Fatal(err)
	}
	return in, data
}

// No log can be convicted of what it did not sign: what the evidence says is changed in each way that would matter.
func TestEvidenceCannotBeForged(t *testing.T) {
	for _, size := range []int{20, 30, 12} {
		in, data := evidenceOf(t, 10, size)
		if _, err := CheckEvidence(data, in.key.VKey()); err != nil {
			t.Fatalf("as it was kept, size %d: %v", size, err)
		}
		honest, _ := in.log.Signed()
		_, honestMsg := in.log.Signed()
		for name, change := range map[string]func(e *Evidence){
			"the same head twice":          func(e *Evidence) { e.Shown = e.Kept },
			"another format":               func(e *Evidence) { e.Format = "v0" },
			"a head that was changed":      func(e *Evidence) { e.Shown = strings.Replace(e.Shown, "acme", "acne", 1) },
			"a head without its signature": func(e *Evidence) { e.Shown, _, _ = strings.Cut(e.Shown, "—") },
			"an earlier head of its own": func(e *Evidence) {
				in.grow(21)
				_, msg := in.log.Signed()
				e.Kept, e.Shown, e.Prefix, e.Path = string(honestMsg), string(msg), &honest.Root, nil
			},
		} {
			var e Evidence
			if err := json.Unmarshal(data, &e); err != nil {
				t.Fatal(err)
			}
			change(&e)
			changed, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := CheckEvidence(changed, in.key.VKey()); err == nil {
				t.Errorf("size %d, %s: it was believed", size, name)
			}
		}
		if size == 20 {
			continue // the heads alone contradict
		}
		for name, change := range map[string]func(e *Evidence){
			"no prefix":      func(e *Evidence) { e.Prefix = nil },
			"another prefix": func(e *Evidence) { e.Prefix = &proof.Hash{1} },
			"no path":        func(e *Evidence) { e.Path = nil },
			"a changed path": func(e *Evidence) { e.Path[0][0] ^= 1 },
			"a longer path":  func(e *Evidence) { e.Path = append(e.Path, proof.Hash{}) },
		} {
			var e Evidence
			if err := json.Unmarshal(data, &e); err != nil {
				t.Fatal(err)
			}
			change(&e)
			changed, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := CheckEvidence(changed, in.key.VKey()); err == nil {
				t.Errorf("size %d, %s: it was believed", size, name)
			}
		}
	}
}

// Whatever is given for evidence convicts nobody unless both heads are signed and differ.
func FuzzCheckEvidence(f *testing.F) {
	in, equal := evidenceOf(f, 10, 20)
	vkey := in.key.VKey()
	f.Add(equal)
	f.Add([]byte(`{"format":"tallystick/split-view/v1","kept":"","shown":""}`))
	for _, size := range []int{12, 30} {
		_, data := evidenceOf(f, 10, size)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := CheckEvidence(data, vkey)
		if err == nil && c.Kept == c.Shown {
			t.Errorf("one head contradicts itself: %+v", c)
		}
	})
}
