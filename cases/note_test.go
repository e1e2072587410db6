package cases_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/cases"
	"tallystick/journal"
)

// withNotes gives an install a key topic and a folder for exhibits.
func withNotes(t *testing.T, in *install) (*cases.KeyTopic, string, func(*cases.Config)) {
	t.Helper()
	client := &kafka.Client{Addr: in.cfg.Addr, Transport: in.cfg.Transport}
	if err := cases.CreateKeyTopic(t.Context(), client, "cases.keys", 1); err != nil {
		t.Fatal(err)
	}
	wrapper, err := cases.NewLocalWrapper(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	cfg := in.cfg
	cfg.Topic = "cases.keys"
	keys, err := cases.OpenKeyTopic(cfg, wrapper)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	folder, err := cases.NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return keys, dir, func(c *cases.Config) { c.Keys, c.Exhibits = keys, folder }
}

// wholeTopic is all that a topic holds.
func wholeTopic(t *testing.T, cfg journal.Config) []byte {
	t.Helper()
	var all []byte
	if _, err := journal.Scan(t.Context(), cfg, 0, func(b journal.Batch) error {
		for _, r := range b.Records {
			all = append(append(all, r.Key...), r.Value...)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestANoteIsSealedAndGoneWithItsKey(t *testing.T) {
	in := newInstall(t)
	keys, _, notes := withNotes(t, in)
	a, b := in.console(notes), in.console(notes)
	id := open(t, a, finding(1, 0.9))
	const text = "The garage says that the bumper was old."
	do(t, a, sofia, id, cases.AddNote{Text: text, Subjects: []string{"parties[0]"}})
	do(t, a, minh, id, cases.AddNote{Text: "Called the garage too."})
	if all := wholeTopic(t, in.cfg); bytes.Contains(all, []byte("bumper")) || bytes.Contains(all, []byte("YnVtcGVy")) {
		t.Error("the journal holds a note's text")
	}
	eventually(t, func() bool { d, err := b.Get(t.Context(), minh, id); return err == nil && d.Case.Notes == 2 })
	got, err := b.Notes(t.Context(), minh, id)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Text != text || got[0].By != "sofia" || got[1].By != "minh" {
		t.Fatalf("notes %+v", got)
	}
	d, err := a.Get(t.Context(), sofia, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Forget(t.Context(), d.Chronology[1].Note.Key); err != nil {
		t.Fatal(err)
	}
	got, err = a.Notes(t.Context(), sofia, id)
	if err != nil {
		t.Fatal(err)
	}
	if !got[0].Erased || got[0].Text != "" || got[1].Erased {
		t.Errorf("after the key was forgotten: %+v", got)
	}
	if _, err := a.Notes(t.Context(), cases.Actor{Person: "sam", Rights: cases.RightsOf("supervisor")}, id); err == nil {
		t.Error("a supervisor read notes")
	}
}

func TestNotesThatAreRefused(t *testing.T) {
	in := newInstall(t)
	_, _, notes := withNotes(t, in)
	c := in.console(notes)
	id := open(t, c, finding(1, 0.9))
	for name, act := range map[string]cases.AddNote{
		"empty":         {},
		"too long":      {Text: strings.Repeat("ä", cases.MaxNote+1)},
		"identifier":    {Text: "Paid to DE89 3704 0044 0532 0130 00."},
		"other kind":    {Text: "Paid to DE89 3704 0044 0532 0130 00.", Kept: []string{"phone"}},
		"not UTF-8":     {Text: "\xff"},
		"strange party": {Text: "x", Subjects: []string{"Anna Smith"}},
	} {
		_, err := c.Do(t.Context(), sofia, cases.Command{Case: id, Act: act})
		var invalid *cases.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "3704") {
			t.Errorf("%s: the error quotes the text", name)
		}
	}
	do(t, c, sofia, id, cases.AddNote{Text: strings.Repeat("ä", cases.MaxNote)})
	do(t, c, sofia, id, cases.AddNote{Text: "Paid to DE89 3704 0044 0532 0130 00.", Kept: []string{"iban"}})
	do(t, c, sofia, id, cases.AddNote{Text: "<script>alert(1)</script>"})
}

func TestAnExhibitHasItsCustody(t *testing.T) {
	in := newInstall(t)
	_, dir, notes := withNotes(t, in)
	c := in.console(notes)
	id := open(t, c, finding(1, 0.9))
	png := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("pixel"), 1000)...)
	add := func(act cases.AddExhibit) error {
		_, err := c.Do(t.Context(), sofia, cases.Command{Case: id, Act: act})
		return err
	}
	good := func() cases.AddExhibit {
		return cases.AddExhibit{
			Name: "Bumper of Anna Smith.png", Type: "image/png", Source: "claimant", Collected: time.Now().Add(-time.Hour), Content: bytes.NewReader(png),
		}
	}
	if err := add(good()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*cases.AddExhibit){
		"another type than it says": func(a *cases.AddExhibit) { a.Type = "application/pdf" },
		"a program":                 func(a *cases.AddExhibit) { a.Content = strings.NewReader("\x7fELF\x02\x01\x01"); a.Type = "image/png" },
		"a path for a name":         func(a *cases.AddExhibit) { a.Name = "../../etc/passwd" },
		"a gigabyte":                func(a *cases.AddExhibit) { a.Content = io.MultiReader(bytes.NewReader(png), endless{}) },
		"nothing":                   func(a *cases.AddExhibit) { a.Content = strings.NewReader("") },
		"from tomorrow":             func(a *cases.AddExhibit) { a.Collected = time.Now().Add(24 * time.Hour) },
	} {
		act := good()
		change(&act)
		var invalid *cases.InvalidError
		if err := add(act); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	x, err := c.ReadExhibit(t.Context(), minh, id, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x.Data, png) || x.Name != good().Name || x.Type != "image/png" {
		t.Errorf("exhibit %q of %d bytes", x.Name, len(x.Data))
	}
	if _, err := c.ReadExhibit(t.Context(), sofia, id, 1, "authority"); err != nil {
		t.Fatal(err)
	}
	d, err := c.Get(t.Context(), sofia, id)
	if err != nil {
		t.Fatal(err)
	}
	var custody []string
	for _, e := range d.Chronology[1:] {
		custody = append(custody, string(e.Kind)+" by "+e.By)
	}
	if got := strings.Join(custody, ", "); got != "exhibit by sofia, exhibit-viewed by minh, exhibit-exported by sofia" {
		t.Error("custody:", got)
	}
	if all := wholeTopic(t, in.cfg); bytes.Contains(all, []byte("Anna")) {
		t.Error("the journal holds an exhibit's name")
	}
	damage(t, dir)
	if _, err := c.ReadExhibit(t.Context(), sofia, id, 1, ""); err == nil {
		t.Error("a damaged exhibit was read")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// damage turns one bit of each file.
func damage(t *testing.T, dir string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(data, []byte("pixel")) {
			t.Error("the store holds clear bytes")
		}
		data[len(data)/2] ^= 1
		if err := os.Chmod(path, 0o600); err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o600)
	})
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatal("it did not come to that within 10 s")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestWhatIsAboutAPartyIsFoundAndErased(t *testing.T) {
	in := newInstall(t)
	keys, _, notes := withNotes(t, in)
	c := in.console(notes)
	id := open(t, c, finding(1, 0.9))
	other := open(t, c, finding(2, 0.9))
	do(t, c, sofia, id, cases.AddNote{Text: "About the repairer.", Subjects: []string{"parties[0]"}})
	do(t, c, sofia, id, cases.AddNote{Text: "About the claimant.", Subjects: []string{"claimant"}})
	do(t, c, sofia, id, cases.AddNote{Text: "About nobody in particular."})
	do(t, c, sofia, other, cases.AddNote{Text: "About another claimant.", Subjects: []string{"claimant"}})
	do(t, c, lead, id, cases.Merge{Into: other, Reason: "same-loss"})
	do(t, c, sofia, other, cases.AddNote{Text: "About which of the two claimants?", Subjects: []string{"claimant"}})
	about, err := c.KeysAbout(t.Context(), finding(1, 0).ClaimRef, "claimant")
	if err != nil {
		t.Fatal(err)
	}
	if len(about.Named) != 1 || len(about.Unclear) != 2 {
		t.Fatalf("found %+v", about)
	}
	if err := keys.Forget(t.Context(), about.Named...); err != nil {
		t.Fatal(err)
	}
	got, err := c.Notes(t.Context(), sofia, id)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Erased || !got[1].Erased || got[2].Erased {
		t.Errorf("after the erasure of the claimant: %+v", got)
	}
}

func TestNobodyActsAsTheMachine(t *testing.T) {
	in := newInstall(t)
	c := in.console()
	id := open(t, c, finding(1, 0.9))
	for _, name := range []string{"", cases.Machine, cases.Nobody, strings.Repeat("x", 201)} {
		var invalid *cases.InvalidError
		who := cases.Actor{Person: name, Rights: cases.RightsOf("lead")}
		if _, err := c.Do(t.Context(), who, cases.Command{Case: id, Act: cases.Take{}}); !errors.As(err, &invalid) {
			t.Errorf("%.20q took a case: %v", name, err)
		}
	}
}
