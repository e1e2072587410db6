package detectors_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/detectors"
)

// meddler is a file between whose writes claims go on being decided.
type meddler struct {
	bytes.Buffer
	between func()
}

func (m *meddler) Write(p []byte) (int, error) {
	m.between()
	return m.Buffer.Write(p)
}

// Whatever is decided while a state is kept: recalled, and with what was decided since told again, it answers every
// claim as the state does.
func TestRecalledStateAnswersAlike(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		claims := randomClaims(t, 60)
		d := newDesk(rs)
		entries := make([]*claim.Entry, 0, len(claims)) // what a journal would hold
		raises := map[int][]*claim.Entry{}              // after the entry before the number
		next := func() {
			if len(entries) == len(claims) {
				return
			}
			in := claims[len(entries)]
			res := d.decide(in)
			entries = append(entries, entryOf(t, in, &res.Decision))
			for i := range res.Raises {
				raises[len(entries)] = append(raises[len(entries)], raisedEntry(in.Source, &res.Raises[i]))
			}
		}
		for range rapid.IntRange(0, len(claims)).Draw(t, "before") {
			next()
		}
		position := len(entries)
		most := rapid.IntRange(0, 8).Draw(t, "meanwhile")
		file := &meddler{between: func() {
			for range most {
				next()
			}
		}}
		if err := d.state.KeepBy(file, uint32(rapid.IntRange(1, 30).Draw(t, "page"))); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 20).Draw(t, "after") {
			next()
		}

		again := newDesk(rs)
		if err := again.state.Recall(&file.Buffer, func(s claim.SourceRef) bool {
			return s.Offset < int64(position)
		}); err != nil {
			t.Fatal(err)
		}
		if file.Len() != 0 {
			t.Fatalf("%d bytes were left", file.Len())
		}
		for i := position; i < len(entries); i++ {
			observe(t, again.state, entries[i])
			observe(t, again.state, raises[i+1]...)
		}
		a, b := d.state.Stats(), again.state.Stats()
		if a.Claims != b.Claims || a.Keys != b.Keys {
			t.Fatalf("stats differ: %+v %+v", a, b)
		}
		for i, in := range claims[:len(entries)] {
			equalResults(t, d.Score(context.Background(), in), again.Score(context.Background(), in))
			probe := *in
			probe.Claim, probe.Source.Offset = fmt.Sprint("probe", i), 10_000
			equalResults(t, d.Score(context.Background(), &probe), again.Score(context.Background(), &probe))
		}
	})
}

// all says of every record that the journal held it.
func all(claim.SourceRef) bool { return true }

func TestStateIsRecalledOnceAndWhole(t *testing.T) {
	rs := ruleSet(t, countPhone)
	d := newDesk(rs)
	for i := range 5 {
		d.decide(input(0, fmt.Sprint("a claim whose number is longer than most are ", i), i,
			`{"line":"pets","amounts":{"claimed":{"amount":"1","currency":"USD"}}}`,
			"claimant.phone=phn_1_x", "witness.phone=phn_1_x", "claimant.phone=phn_1_k7f3k7f3k7f3k7f3k7f3k7f3ke"))
	}
	var file bytes.Buffer
	if err := d.state.Keep(&file); err != nil {
		t.Fatal(err)
	}
	if err := d.state.Recall(bytes.NewReader(file.Bytes()), all); err == nil {
		t.Error("a state that had observed claims recalled others")
	}
	var again bytes.Buffer
	recalled := detectors.NewState(rs, detectors.StateConfig{})
	for n := range file.Len() {
		if err := recalled.Recall(bytes.NewReader(file.Bytes()[:n]), all); !errors.Is(err, detectors.ErrKept) {
			t.Fatalf("the first %d bytes of %d: %v", n, file.Len(), err)
		}
	}
	if err := recalled.Recall(bytes.NewReader(file.Bytes()), all); err != nil {
		t.Fatal(err)
	}
	if err := recalled.Keep(&again); err != nil || !bytes.Equal(file.Bytes(), again.Bytes()) {
		t.Errorf("kept, recalled and kept again it differs: %v", err)
	}
}

// FuzzRecall recalls bytes of any kind.
func FuzzRecall(f *testing.F) {
	rs := defaultRules(f)
	for _, n := range []int{0, 1, 12} {
		d := newDesk(rs)
		for i := range n {
			d.decide(input(0, fmt.Sprint("c", i%9), i, `{"amounts":{"claimed":{"amount":"1.5","currency":"EUR"}}}`,
				"claimant.phone=phn_1_x", fmt.Sprint("witness.phone=phn_1_", i%3),
				"claimant.bankAccount=bnk_1_k7f3k7f3k7f3k7f3k7f3k7f3ke", "policy.number=pol_1_x"))
		}
		var file bytes.Buffer
		if err := d.state.Keep(&file); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
	}
	probe := input(1, "probe", 3, "", "claimant.phone=phn_1_x")
	f.Fuzz(func(t *testing.T, data []byte) {
		st := detectors.NewState(rs, detectors.StateConfig{})
		if st.Recall(bytes.NewReader(data), all) != nil {
			return
		}
		d := detectors.NewEngine(rs, st, detectors.Config{})
		d.Decide(context.Background(), probe)
		if err := st.Keep(new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
	})
}

// Deciding goes on from several goroutines while the state is kept, over and over.
func TestKeepBesideDeciding(t *testing.T) {
	rs := defaultRules(t)
	st := detectors.NewState(rs, detectors.StateConfig{MaxClaims: 300}) // so that claims are forgotten all the time
	e := detectors.NewEngine(rs, st, detectors.Config{})
	var deciding sync.WaitGroup
	stop := make(chan struct{})
	for g := range 3 {
		deciding.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				in := input(int64(i), fmt.Sprint("c", g, "-", i%500), i%90, "",
					fmt.Sprint("claimant.phone=phn_1_", i%40), fmt.Sprint("claimant.bankAccount=bnk_1_", i%60))
				in.Source.Partition, in.Revision = g, 1+i/500
				e.Decide(context.Background(), in)
			}
		})
	}
	for range 20 {
		var file bytes.Buffer
		if err := st.Keep(&file); err != nil {
			t.Fatal(err)
		}
		if err := detectors.NewState(rs, detectors.StateConfig{MaxClaims: 300}).Recall(&file, all); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	deciding.Wait()
}
