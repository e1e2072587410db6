package desk

import (
	"bufio"
	"bytes"
	"errors"
	"testing"

	"tallystick/claim"
)

func every(claim.SourceRef) bool { return true }

// flood is a file between whose writes more revisions come.
type flood struct {
	bytes.Buffer
	between func()
}

func (f *flood) Write(p []byte) (int, error) {
	f.between()
	return f.Buffer.Write(p)
}

func TestKnownRevisionsAreRecalled(t *testing.T) {
	k, n := newKnown(), 0
	for ; n < 30_000; n++ {
		k.learn(revision(n, byte(n)))
	}
	file := &flood{between: func() { k.learn(revision(n, 0)); k.forget(revision(n-30_000, 0)); n++ }}
	if err := k.keep(file); err != nil {
		t.Fatal(err)
	}
	if n < 30_000+16 {
		t.Fatalf("written in %d pieces", n-30_000)
	}
	again := newKnown()
	if err := again.recall(bufio.NewReader(bytes.NewReader(file.Bytes())), every); err != nil {
		t.Fatal(err)
	}
	for i := n - 30_000; i < 30_000; i++ {
		e := revision(i, byte(i))
		e.Source.Offset += 1_000_000
		if got := again.check(e.Insurer, e.Claim, e.Revision, e.Content, e.Source); got != duplicate {
			t.Fatalf("revision %d: %v", i, got)
		}
		if i%7 == 0 { // the record itself, decided again
			e = revision(i, byte(i))
			if got := again.check(e.Insurer, e.Claim, e.Revision, e.Content, e.Source); got != fresh {
				t.Fatalf("revision %d, its own record: %v", i, got)
			}
		}
	}
	if err := again.recall(bufio.NewReader(bytes.NewReader(file.Bytes())), every); !errors.Is(err, errKept) {
		t.Errorf("recalled a second time: %v", err)
	}
}

func TestKnownRevisionsAreRecalledWhole(t *testing.T) {
	k := newKnown()
	for n := range 5 {
		k.learn(revision(n, 1))
	}
	var file bytes.Buffer
	if err := k.keep(&file); err != nil {
		t.Fatal(err)
	}
	for n := range file.Len() {
		if err := newKnown().recall(bufio.NewReader(bytes.NewReader(file.Bytes()[:n])), every); !errors.Is(err,
			errKept) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
	twice := append(file.Bytes()[:file.Len()-1:file.Len()-1], file.Bytes()...)
	if err := newKnown().recall(bufio.NewReader(bytes.NewReader(twice)), every); !errors.Is(err, errKept) {
		t.Errorf("each revision twice: %v", err)
	}
}

func TestARevisionWhoseRecordHasNoEntryIsNotRecalled(t *testing.T) {
	k := newKnown()
	for n := range 100 {
		k.learn(revision(n, 1))
	}
	var file bytes.Buffer
	if err := k.keep(&file); err != nil {
		t.Fatal(err)
	}
	again := newKnown()
	if err := again.recall(bufio.NewReader(&file), func(s claim.SourceRef) bool { return s.Offset < 60 }); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]verdict{0: duplicate, 59: duplicate, 60: fresh, 99: fresh} {
		e := revision(n, 1)
		e.Source = claim.SourceRef{Epoch: 1}
		if got := again.check(e.Insurer, e.Claim, e.Revision, e.Content, e.Source); got != want {
			t.Errorf("revision %d: %v, want %v", n, got, want)
		}
	}
}

func FuzzRecallKnown(f *testing.F) {
	k := newKnown()
	var file bytes.Buffer
	f.Add([]byte{0})
	k.learn(revision(1, 1))
	if err := k.keep(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		k := newKnown()
		if k.recall(bufio.NewReader(bytes.NewReader(data)), every) != nil {
			return
		}
		var once, again bytes.Buffer
		if err := k.keep(&once); err != nil {
			t.Fatal(err)
		}
		more := newKnown()
		if err := more.recall(bufio.NewReader(&once), every); err != nil || more.keep(&again) != nil ||
			more.len() != k.len() {
			t.Fatalf("kept and recalled again: %v", err)
		}
	})
}
