package reveal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"tallystick/audit"
	"tallystick/claim"
	"tallystick/internal/embedded"
	"tallystick/journal"
	"tallystick/privacy"
	"tallystick/privacy/keys/keyring"
	"tallystick/privacy/reveal"
)

// sealed is one claim as the pipeline seals it, with the two officers of a keyring.
type sealed struct {
	sections map[string]claim.Section
	index    privacy.KeyIndex
	a, b     *keyring.Officer
}

const event = `{"insurer":"acme","claim":"C-1","revision":1,"line":"motor",` +
	`"claimant":{"name":"Ann Canary","phone":"+14155550123"}}`

// seal makes a keyring once: its passphrases are slow on purpose.
var seal = sync.OnceValues(func() (*sealed, error) {
	dir, err := os.MkdirTemp("", "reveal-keyring-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	pass := keyring.Passphrases{Keyring: []byte("the ring's"), OfficerA: []byte("officer a"),
		OfficerB: []byte("officer b")}
	if err := keyring.Create(dir, pass, "acme"); err != nil {
		return nil, err
	}
	ring, err := keyring.Open(dir, pass.Keyring)
	if err != nil {
		return nil, err
	}
	shared, err := privacy.New(privacy.Config{Keys: ring})
	if err != nil {
		return nil, err
	}
	var out privacy.Protected
	if err := shared.Protector().Protect([]byte(event), &out); err != nil {
		return nil, err
	}
	s := &sealed{sections: map[string]claim.Section{}}
	for _, p := range out.Parties {
		s.sections[p.Party] = p.Section
	}
	for _, r := range privacy.AppendKeyRecords(nil, out.Keys) {
		if err := s.index.Take(r.Key, r.Value); err != nil {
			return nil, err
		}
	}
	if s.a, err = keyring.OpenOfficer(filepath.Join(dir, keyring.OfficerAFile), pass.OfficerA); err != nil {
		return nil, err
	}
	s.b, err = keyring.OpenOfficer(filepath.Join(dir, keyring.OfficerBFile), pass.OfficerB)
	return s, err
})

// store is where the claim is kept.
type store struct {
	*sealed
	erased bool
}

func (s *store) Section(_ context.Context, ref claim.ClaimRef, party string) (claim.Section, error) {
	section, ok := s.sections[party]
	if !ok || ref.Claim != "C-1" {
		return section, reveal.ErrNoParty
	}
	return section, nil
}

func (s *store) Key(_ context.Context, id []byte) (privacy.BatchKey, privacy.Halves, error) {
	key, halves, ok := s.index.Find(id)
	if !ok || s.erased {
		return key, halves, reveal.ErrErased
	}
	return key, halves, nil
}

// people have the right to act as officers.
type people []string

func (p people) Allowed(_ context.Context, person, right string, _ audit.Object) (bool, error) {
	return (right == reveal.Right || right == reveal.ApproveRight) && slices.Contains(p, person), nil
}

// office is a desk on an audit trail of its own, with a clock that the test turns.
type office struct {
	*reveal.Desk
	t           *testing.T
	journal     journal.Config
	trail       *audit.Trail
	store       *store
	olga, peter reveal.Officer
	now         time.Time
}

func open(t *testing.T) *office {
	t.Helper()
	s, err := seal()
	if err != nil {
		t.Fatal(err)
	}
	b, err := embedded.StartBroker(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	transport := &kafka.Transport{MetadataTTL: 200 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	o := &office{t: t, store: &store{sealed: s}, now: time.Now()}
	o.journal = journal.Config{
		Addr: kafka.TCP(b.Addrs()...), Transport: transport, Name: audit.Name, Topic: "audit",
		MaxWait: 50 * time.Millisecond,
	}
	if err := journal.CreateTopic(t.Context(), o.journal, journal.TopicOptions{Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	o.olga = reveal.Officer{Person: "olga", Half: reveal.HalfA, Login: s.a}
	o.peter = reveal.Officer{Person: "peter", Half: reveal.HalfB, Login: s.b}
	o.Desk, o.trail = o.desk()
	return o
}

// desk is what a further process has.
func (o *office) desk() (*reveal.Desk, *audit.Trail) {
	o.t.Helper()
	now := func() time.Time { return o.now }
	trail, err := audit.Open(o.t.Context(), audit.Config{Journal: o.journal, Now: now})
	if err != nil {
		o.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- trail.Run(ctx) }()
	o.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			o.t.Error("run:", err)
		}
	})
	return reveal.New(reveal.Config{Trail: trail, Rights: people{"olga", "peter"}, Store: o.store, Now: now}), trail
}

func name() reveal.Ask {
	return reveal.Ask{
		Ref: claim.ClaimRef{Insurer: "acme", Claim: "C-1"}, Party: "claimant", Fields: []string{"claimant.name"},
		Purpose: "court-order", For: time.Hour,
	}
}

func (o *office) request() int64 {
	o.t.Helper()
	n, err := o.Request(o.t.Context(), "olga", name())
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

func (o *office) approved() int64 {
	o.t.Helper()
	n := o.request()
	if err := o.Approve(o.t.Context(), "peter", n); err != nil {
		o.t.Fatal(err)
	}
	return n
}

// none fails the test if anything is shown.
func (o *office) none([]reveal.Value) error {
	o.t.Error("fields were shown")
	return nil
}

func (o *office) acts() []string {
	var out []string
	for _, e := range o.trail.Recent(100) {
		out = append(out, strings.TrimSpace(fmt.Sprint(e.Kind, " ", e.Person, " ", e.Act, " ", e.Result)))
	}
	slices.Reverse(out)
	return out
}

func TestTwoOfficersSeeWhatWasAskedForOnce(t *testing.T) {
	o := open(t)
	n := o.approved()
	shown := map[string]string{}
	err := o.Open(t.Context(), n, o.olga, o.peter, func(values []reveal.Value) error {
		for _, v := range values {
			shown[v.Path] = string(v.Bytes)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(shown) != 1 || shown["claimant.name"] != "Ann Canary" {
		t.Errorf("shown: %v", shown)
	}
	if err := o.Open(t.Context(), n, o.olga, o.peter, o.none); !errors.Is(err, reveal.ErrUsed) {
		t.Errorf("again: %v", err)
	}
	another, _ := o.desk()
	if err := another.Open(t.Context(), n, o.olga, o.peter, o.none); !errors.Is(err, reveal.ErrUsed) {
		t.Errorf("again, in another process: %v", err)
	}
	want := []string{
		"intent olga reveal.request", "done olga reveal.request", "intent peter reveal.approve",
		"done peter reveal.approve",
		"intent olga reveal.open", "done olga reveal.open",
		"intent olga reveal.open", "failed olga reveal.open used",
	}
	if got := o.acts(); !slices.Equal(got[:len(want)], want) {
		t.Errorf("trail %q, want %q", got, want)
	}
	report, err := audit.Verify(t.Context(), o.journal, nil)
	if err != nil || len(report.Findings) > 0 || report.Entries != 10 {
		t.Errorf("%+v, %v", report, err)
	}
	var trail bytes.Buffer
	if _, err := audit.Export(t.Context(), o.journal, &trail); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(trail.Bytes(), []byte("Canary")) {
		t.Error("the trail holds her name")
	}
	if !bytes.Contains(trail.Bytes(), []byte(`"second":"peter","fields":["claimant.name"]`)) {
		t.Errorf("the trail does not say what was opened, and with whom: %s", trail.Bytes())
	}
}

// TestWhatIsNotOpened are the ways in which a request yields nothing. Each is an entry of the trail.
func TestWhatIsNotOpened(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(o *office) error
		want error
		last string
	}{
		{"approved by who asked", func(o *office) error { return o.Approve(o.t.Context(), "olga", o.request()) },
			reveal.ErrSamePerson, "failed olga reveal.approve same-person"},
		{"approved twice", func(o *office) error { return o.Approve(o.t.Context(), "peter", o.approved()) },
			reveal.ErrApproved, "failed peter reveal.approve approved-before"},
		{"approved too late", func(o *office) error {
			n := o.request()
			o.now = o.now.Add(time.Hour)
			return o.Approve(o.t.Context(), "peter", n)
		}, reveal.ErrExpired, "failed peter reveal.approve expired"},
		{"by one officer alone", func(o *office) error {
			return o.Open(o.t.Context(), o.request(), o.olga, o.peter, o.none)
		}, reveal.ErrNotApproved, "failed olga reveal.open not-approved"},
		{"the same person twice", func(o *office) error {
			again := o.peter
			again.Person = "olga"
			return o.Open(o.t.Context(), o.approved(), o.olga, again, o.none)
		}, reveal.ErrSamePerson, "failed olga reveal.open same-person"},
		{"by who approved", func(o *office) error {
			return o.Open(o.t.Context(), o.approved(), o.peter, o.olga, o.none)
		}, reveal.ErrNotYours, "failed peter reveal.open not-yours"},
		{"with a third person", func(o *office) error {
			third := o.peter
			third.Person = "mallory"
			return o.Open(o.t.Context(), o.approved(), o.olga, third, o.none)
		}, reveal.ErrWrongPair, "failed olga reveal.open wrong-pair"},
		{"with another's half", func(o *office) error {
			other := o.peter
			other.Login = o.store.a
			return o.Open(o.t.Context(), o.approved(), o.olga, other, o.none)
		}, reveal.ErrHalf, "failed olga reveal.open half"},
		{"expired", func(o *office) error {
			n := o.approved()
			o.now = o.now.Add(time.Hour)
			return o.Open(o.t.Context(), n, o.olga, o.peter, o.none)
		}, reveal.ErrExpired, "failed olga reveal.open expired"},
		{"withdrawn", func(o *office) error {
			n := o.approved()
			if err := o.Withdraw(o.t.Context(), "peter", n); err != nil {
				return err
			}
			return o.Open(o.t.Context(), n, o.olga, o.peter, o.none)
		}, reveal.ErrWithdrawn, "failed olga reveal.open withdrawn"},
		{"withdrawn before it was approved", func(o *office) error {
			n := o.request()
			if err := o.Withdraw(o.t.Context(), "olga", n); err != nil {
				return err
			}
			return o.Approve(o.t.Context(), "peter", n)
		}, reveal.ErrWithdrawn, "failed peter reveal.approve withdrawn"},
		{"erased", func(o *office) error {
			n := o.approved()
			o.store.erased = true
			return o.Open(o.t.Context(), n, o.olga, o.peter, o.none)
		}, reveal.ErrErased, "failed olga reveal.open erased"},
		{"no request", func(o *office) error {
			return o.Open(o.t.Context(), o.approved()+1, o.olga, o.peter, o.none) // an entry, but no request
		}, reveal.ErrUnknown, "done peter reveal.approve"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := open(t)
			if err := c.do(o); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if got := o.acts(); got[len(got)-1] != c.last {
				t.Errorf("the trail ends with %q, want %q", got[len(got)-1], c.last)
			}
		})
	}
}

func TestWhatCannotBeAskedFor(t *testing.T) {
	o := open(t)
	for _, c := range []struct {
		name string
		edit func(*reveal.Ask)
		want error
	}{
		{"unknown party", func(a *reveal.Ask) { a.Party, a.Fields = "parties[7]", []string{"parties[7].name"} },
			reveal.ErrNoParty},
		{"unknown claim", func(a *reveal.Ask) { a.Ref.Claim = "C-2" }, reveal.ErrNoParty},
		{"no claim", func(a *reveal.Ask) { a.Ref.Claim = "" }, reveal.ErrRequest},
		{"no field", func(a *reveal.Ask) { a.Fields = nil }, reveal.ErrRequest},
		{"another's field", func(a *reveal.Ask) { a.Fields = []string{"parties[0].name"} }, reveal.ErrRequest},
		{"a value as field", func(a *reveal.Ask) { a.Fields = []string{"Ann Canary"} }, reveal.ErrRequest},
		{"unknown purpose", func(a *reveal.Ask) { a.Purpose = "curiosity" }, reveal.ErrRequest},
		{"for ever", func(a *reveal.Ask) { a.For = reveal.MaxExpiry + 1 }, reveal.ErrRequest},
		{"until yesterday", func(a *reveal.Ask) { a.For = -time.Hour }, reveal.ErrRequest},
	} {
		a := name()
		c.edit(&a)
		_, err := o.Request(t.Context(), "olga", a)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "Canary") {
			t.Errorf("%s: the error quotes what was typed: %v", c.name, err)
		}
	}
	var denied *audit.DeniedError
	if _, err := o.Request(t.Context(), "mallory", name()); !errors.As(err, &denied) {
		t.Errorf("without the right: %v", err)
	}
	if got := o.acts(); !slices.Equal(got, []string{"denied mallory reveal.request"}) {
		t.Errorf("trail %q", got)
	}
}

// TestAnOpeningThatShowedNothingLeavesTheRequest tells an officer's login that was over from a terminal that broke.
func TestAnOpeningThatShowedNothingLeavesTheRequest(t *testing.T) {
	o := open(t)
	n := o.approved()
	over := o.peter
	over.Login = o.store.a
	if err := o.Open(t.Context(), n, o.olga, over, o.none); !errors.Is(err, reveal.ErrHalf) {
		t.Fatal(err)
	}
	if err := o.Open(t.Context(), n, o.olga, o.peter, func([]reveal.Value) error {
		return errors.New("broken pipe")
	}); err == nil {
		t.Fatal("the error of showing is gone")
	}
	if err := o.Open(t.Context(), n, o.olga, o.peter, o.none); !errors.Is(err, reveal.ErrUsed) {
		t.Errorf("after something may have been shown: %v", err)
	}
	if got := o.acts(); !slices.Contains(got, "failed olga reveal.open may-be-shown") {
		t.Errorf("trail %q", got)
	}
}

// TestOfOpeningsAtOnceOneShows opens one request in several processes at the same moment.
func TestOfOpeningsAtOnceOneShows(t *testing.T) {
	o := open(t)
	n := o.approved()
	const processes = 4
	var wg sync.WaitGroup
	var mu sync.Mutex
	shown, used := 0, 0
	for range processes {
		desk, _ := o.desk()
		wg.Go(func() {
			err := desk.Open(t.Context(), n, o.olga, o.peter, func([]reveal.Value) error {
				mu.Lock()
				defer mu.Unlock()
				shown++
				return nil
			})
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, reveal.ErrUsed) {
				used++
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if shown != 1 || used != processes-1 {
		t.Errorf("shown %d times, refused %d", shown, used)
	}
}

func TestAnOpeningThatDiedHasUsedTheRequest(t *testing.T) {
	o := open(t)
	n := o.approved()
	died := audit.Entry{Kind: audit.Intent, Person: "olga", Act: "reveal.open", Right: reveal.Right, On: n}
	if _, err := o.trail.Write(t.Context(), died); err != nil {
		t.Fatal(err)
	}
	if err := o.Open(t.Context(), n, o.olga, o.peter, o.none); !errors.Is(err, reveal.ErrUsed) {
		t.Error(err)
	}
	if got := o.List(); len(got) != 1 || got[0].State(o.now) != reveal.Used || got[0].Approver != "peter" {
		t.Errorf("%+v", got)
	}
}
