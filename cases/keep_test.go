package cases

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tallystick/journal"
)

// A state that was kept and read says what the one that was folded says, and goes on as it does.
func TestAKeptStateIsTheFoldedOne(t *testing.T) {
	folded, _ := bigState(t, 300)
	folded.people["sofia"] = Person{
		ID:     "sofia",
		Lines:  []string{"motor"},
		Absent: []Absence{{time.Unix(1, 0).UTC(), time.Unix(2, 0).UTC()}},
	}
	folded.relayed["relay/claims/0"] = "x"
	at := journal.Position{Offset: 77, Base: 70, To: 2400}
	path := filepath.Join(t.TempDir(), "cases.state")
	if err := keepState(path, folded, at); err != nil {
		t.Fatal(err)
	}
	read, pos, err := keptState(path)
	if err != nil || pos != at {
		t.Fatal(pos, err)
	}
	more := []Event{
		{Kind: Assigned, Case: 3, At: time.Unix(9, 0).UTC(), By: "a", To: "b", Command: "c"},
		{
			Kind:        Disposed,
			Case:        4,
			At:          time.Unix(9, 0).UTC(),
			By:          "a",
			Disposition: &Disposition{Verdict: Clear, Reasons: []string{"explained"}},
		},
	}
	rs, err := records(more)
	if err != nil {
		t.Fatal(err)
	}
	b := journal.Batch{Header: journal.Header{From: 2400, To: 2402}, Records: rs}
	for _, s := range []*state{folded, read} {
		if err := s.Apply(b); err != nil {
			t.Fatal(err)
		}
		s.changes = nil // what is kept for watchers begins anew
	}
	same := cmp.Options{
		cmp.AllowUnexported(state{}, Case{}, entry{}, recent{}), cmpopts.EquateEmpty(),
		cmp.Comparer(func(a, b Money) bool { return a.Currency == b.Currency && a.Amount.Equal(b.Amount) }),
	}
	if d := cmp.Diff(folded, read, same); d != "" {
		t.Error("kept and read it is another (-folded +read):", d)
	}
	if _, reset := newChangeLogAt(2400).after(2400, 10); !reset {
		t.Error("who watches from before the kept state is not told to read anew")
	}
}

func newChangeLogAt(seq int64) *changeLog {
	l := newChangeLog(4)
	l.base = seq
	return l
}

func TestAKeptStateThatIsDamagedIsNotUsed(t *testing.T) {
	s, _ := bigState(t, 20)
	path := filepath.Join(t.TempDir(), "cases.state")
	if err := keepState(path, s, journal.Position{Offset: 1}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{nil, whole[:len(whole)/2], bytes.Repeat([]byte{1}, 100),
		append([]byte{0}, whole...)} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := keptState(path); err == nil {
			t.Errorf("%d bytes were read as a state", len(data))
		}
	}
}

func FuzzKeptState(f *testing.F) {
	s, _ := bigState(f, 2)
	var b bytes.Buffer
	if err := s.write(&b, journal.Position{}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newState()
		if _, err := s.read(bytes.NewReader(data)); err != nil {
			return
		}
		for i, c := range s.cases {
			if c.ID != ID(i+1) || len(c.Claims) == 0 || c.lead() == nil {
				t.Fatalf("case %d was read as %+v", i+1, c)
			}
		}
	})
}
