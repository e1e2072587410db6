package index

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tallystick/signals"
)

var today = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

func keyed() (*Index, []byte) {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	x := New()
	x.AddEpoch(1, key)
	return x, key
}

func entry(action signals.Action, name signals.Pseudonym, g Group) signals.Entry {
	e := signals.Entry{Action: action, Pseudonym: name, Epoch: 1, Domain: g.Domain, Month: g.Month,
		Record: strings.Repeat("a", 64)}
	if action == signals.Raise {
		e.Kind, e.Severity, e.Basis, e.Line, e.Expires = "provider", 3, "established", "health", "2027-06-30"
	}
	return e
}

func apply(x *Index, publisher string, entries ...signals.Entry) error {
	return x.Apply(&signals.Batch{Publisher: publisher, Entries: entries})
}

func TestAMatchSaysWhatWasSaid(t *testing.T) {
	x, key := keyed()
	g := Group{"acme", signals.Account, "2026-11"}
	name := NewNamer(key, g).Name(Digest([]byte("output")))
	if err := apply(x, "acme", entry(signals.Raise, name, g)); err != nil {
		t.Fatal(err)
	}
	want := Match{g, 1, name, "provider", 3, "established", "health", "2027-06-30", false}
	find := func(self string, at time.Time) []Match {
		return x.Matcher().Find(nil, 1, signals.Account, []byte("output"), self, at)
	}
	if got := find("beta", today); len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := find("acme", today); len(got) != 0 {
		t.Error("an own signal is found")
	}
	if got := find("beta", time.Date(2027, 6, 30, 23, 0, 0, 0, time.UTC)); len(got) != 1 {
		t.Error("it does not stand on its last day")
	}
	if got := find("beta", time.Date(2027, 7, 1, 0, 0, 0, 0, time.UTC)); len(got) != 0 {
		t.Error("it stands after its last day")
	}
	if got := x.Matcher().Find(nil, 1, signals.Phone, []byte("output"), "beta", today); len(got) != 0 {
		t.Error("it is found in another domain")
	}
	x.DropEpoch(1)
	if got := find("beta", today); len(got) != 0 {
		t.Error("it outlives its epoch")
	}
	if err := apply(x, "acme", entry(signals.Raise, name, g)); !errors.Is(err, ErrEpoch) {
		t.Errorf("it comes back after its epoch: %v", err)
	}
}

// A batch that is wrong anywhere changes nothing.
func TestABatchIsTakenWholeOrNot(t *testing.T) {
	x, _ := keyed()
	g := Group{"acme", signals.Phone, "2026-11"}
	one, two := signals.Pseudonym{1}, signals.Pseudonym{2}
	err := apply(x, "acme", entry(signals.Raise, one, g), entry(signals.Suspend, one, g),
		entry(signals.Withdraw, two, g))
	if n, _ := x.Size(); !errors.Is(err, ErrUnknown) || n != 0 {
		t.Errorf("%v, and %d signals", err, n)
	}
	if err := apply(x, "acme", entry(signals.Raise, one, g)); err != nil {
		t.Fatal(err)
	}
	if err := apply(x, "beta", entry(signals.Withdraw, one, g)); !errors.Is(err, ErrUnknown) {
		t.Errorf("another member withdrew it: %v", err)
	}
	if err := apply(x, "acme", entry(signals.Withdraw, one, Group{"acme", signals.Email, "2026-11"})); !errors.Is(err,
		ErrUnknown) {
		t.Errorf("withdrawn under another domain: %v", err)
	}
}

// The index agrees with a plain map, whatever comes.
func TestAgainstAPlainMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x, _ := keyed()
		model := map[string]string{}
		for range rapid.IntRange(1, 300).Draw(rt, "steps") {
			publisher := rapid.SampledFrom([]string{"acme", "beta"}).Draw(rt, "publisher")
			name := signals.Pseudonym{rapid.Byte().Draw(rt, "name") % 32}
			action := rapid.SampledFrom([]signals.Action{signals.Raise, signals.Raise, signals.Suspend, signals.Restore,
				signals.Withdraw}).Draw(rt, "action")
			key := publisher + name.String()
			was := model[key]
			ok := (action == signals.Raise) == (was == "") && was != "withdrawn"
			err := apply(x, publisher, entry(action, name, Group{publisher, signals.Phone, "2026-11"}))
			if (err == nil) != ok {
				rt.Fatalf("%s of what is %q: %v", action, was, err)
			}
			if ok {
				model[key] = map[signals.Action]string{signals.Raise: "stands", signals.Restore: "stands",
					signals.Suspend: "suspended", signals.Withdraw: "withdrawn"}[action]
			}
		}
		for key, want := range model {
			var name signals.Pseudonym
			if err := name.UnmarshalText([]byte(key[4:])); err != nil {
				rt.Fatal(err)
			}
			if got := x.State(1, key[:4], name, today); got != want {
				rt.Fatalf("%s is %s, want %s", key, got, want)
			}
		}
		if n, _ := x.Size(); n != len(model) {
			rt.Fatalf("%d signals, want %d", n, len(model))
		}
	})
}

func TestLookUpsWhileBatchesCome(t *testing.T) {
	x, key := keyed()
	var wait sync.WaitGroup
	for p := range 3 {
		wait.Go(func() {
			g := Group{fmt.Sprintf("member%d", p), signals.Phone, "2026-11"}
			namer := NewNamer(key, g)
			for i := range 2000 {
				if err := apply(x, g.Publisher, entry(signals.Raise, namer.Name(Digest(fmt.Append(nil, i))),
					g)); err != nil {
					t.Error(err)
				}
			}
		})
		wait.Go(func() {
			m := x.Matcher()
			for i := range 2000 {
				m.Find(nil, 1, signals.Phone, fmt.Append(nil, i), "nobody", today)
			}
		})
	}
	wait.Wait()
	m := x.Matcher()
	for i := range 2000 {
		if got := m.Find(nil, 1, signals.Phone, fmt.Append(nil, i), "nobody", today); len(got) != 3 {
			t.Fatalf("identifier %d has %d signals", i, len(got))
		}
	}
}
