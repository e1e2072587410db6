package detectors_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tallystick/claim"
	"tallystick/detectors"
	"tallystick/detectors/rule"
)

// branch is one of several instances that decide the partitions of one journal between them.
type branch struct {
	rs    *detectors.RuleSet
	state *detectors.State
	*detectors.Engine
	read  []int                  // entries of each partition that it has folded
	fresh []int                  // partitions that it has come to own
	vain  map[int][]*claim.Entry // of partitions: what it decided and does not know yet that nobody appended
	kept  *kept
}

// kept is a state in a file, and where the journal was when it was kept.
type kept struct {
	file []byte
	read []int
	next []int64 // record of each partition that had no entry there
}

func newBranch(rs *detectors.RuleSet, partitions int) *branch {
	d := newDesk(rs)
	return &branch{rs: rs, state: d.state, Engine: d.Engine, read: make([]int, partitions),
		vain: map[int][]*claim.Entry{}}
}

// install is a journal and those who write it.
type install struct {
	t        *rapid.T
	rs       *detectors.RuleSet
	source   [][]*detectors.Input
	next     []int // record of each partition that is to be decided
	journal  [][]*claim.Entry
	owner    []int
	branches []*branch
	raised   map[string]int // by claim
}

func (s *install) owned(i int) (partitions []int) {
	for p, o := range s.owner {
		if o == i {
			partitions = append(partitions, p)
		}
	}
	return partitions
}

// fold reads the next entry of a partition, if there is one.
func (s *install) fold(i, p int) bool {
	b := s.branches[i]
	if b.vain[p] != nil || b.read[p] == len(s.journal[p]) {
		return false
	}
	observe(s.t, b.state, s.journal[p][b.read[p]])
	b.read[p]++
	return true
}

// append makes an entry of its own part of the journal. What it decided it knows.
func (s *install) append(i, p int, en *claim.Entry) {
	if s.owner[p] != i || s.branches[i].read[p] != len(s.journal[p]) {
		s.t.Fatalf("instance %d appends to partition %d, which it does not own or has not read", i, p)
	}
	s.journal[p] = append(s.journal[p], en)
	s.branches[i].read[p]++
}

func (s *install) raise(i, p int, by claim.SourceRef, r *detectors.Raise) *claim.Entry {
	en := raisedEntry(by, r)
	s.append(i, p, en)
	s.raised[r.Ref.Claim]++
	return en
}

func (s *install) decide(p int) bool {
	i := s.owner[p]
	if s.next[p] == len(s.source[p]) {
		return false
	}
	in := s.source[p][s.next[p]]
	s.next[p]++
	res := s.branches[i].Decide(context.Background(), in)
	s.append(i, p, entryOf(s.t, in, &res.Decision))
	for j := range res.Raises {
		s.raise(i, p, in.Source, &res.Raises[j])
	}
	return true
}

// decideInVain decides the next record of a partition, which is lost to another instance before anything is appended.
func (s *install) decideInVain(p, to int) {
	i := s.owner[p]
	b := s.branches[i]
	if i == to || s.next[p] == len(s.source[p]) || s.branches[to].vain[p] != nil {
		return
	}
	in := s.source[p][s.next[p]]
	res := b.Decide(context.Background(), in)
	b.vain[p] = append(b.vain[p], entryOf(s.t, in, &res.Decision))
	for j := range res.Raises {
		b.vain[p] = append(b.vain[p], raisedEntry(in.Source, &res.Raises[j]))
	}
	s.move(p, to)
}

// giveUp tells the instance that what it decided was in vain. Only then it reads the partition again.
func (s *install) giveUp(i, p int) {
	for _, en := range s.branches[i].vain[p] {
		s.branches[i].state.Undecided(en)
	}
	delete(s.branches[i].vain, p)
}

// keep keeps the state of an instance, with whatever it has decided in vain.
func (s *install) keep(i int) {
	b := s.branches[i]
	k := &kept{read: slices.Clone(b.read)}
	for p, n := range b.read {
		next := int64(0)
		for _, en := range s.journal[p][:n] {
			if en.Kind == claim.Decided {
				next = en.Source.Offset + 1
			}
		}
		k.next = append(k.next, next)
	}
	var file bytes.Buffer
	if err := b.state.Keep(&file); err != nil {
		s.t.Fatal(err)
	}
	k.file = file.Bytes()
	b.kept = k
}

// look appends what is to be raised late. With lost the instance dies before it has appended anything.
func (s *install) look(i int, lost bool) bool {
	b := s.branches[i]
	lates := b.Late(context.Background(), s.owned(i), b.fresh, time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC))
	b.fresh = nil
	for j := range lates {
		if lost {
			break
		}
		l := &lates[j]
		observe(s.t, b.state, s.raise(i, l.Partition, l.Cause, &l.Raise))
	}
	return len(lates) > 0
}

// restart begins an instance's life again: it folds the whole journal, or what came after the state was kept, the
// partitions in some order.
func (s *install) restart(i int, order []int) {
	k := s.branches[i].kept
	s.branches[i] = newBranch(s.rs, len(s.source))
	if k != nil {
		b := s.branches[i]
		held := func(r claim.SourceRef) bool { return r.Offset < k.next[r.Partition] }
		if err := b.state.Recall(bytes.NewReader(k.file), held); err != nil {
			s.t.Fatal(err)
		}
		copy(b.read, k.read)
		b.kept = k
	}
	for _, p := range order {
		for s.fold(i, p) {
		}
	}
	s.branches[i].fresh = s.owned(i)
}

// move gives a partition to another instance, which folds it to the end first.
func (s *install) move(p, to int) {
	s.giveUp(to, p)
	for s.fold(to, p) {
	}
	s.owner[p] = to
	s.branches[to].fresh = append(s.branches[to].fresh, p)
}

// Whatever claims of a ring several instances decide at whatever moment, and whoever dies or takes over: in the end
// each member's ring is named, by its own decision or by a raise.
func TestRingsBetweenInstancesAreRaised(t *testing.T) {
	rs := defaultRules(t)
	rapid.Check(t, func(t *rapid.T) {
		const rings = 3
		partitions, instances := rapid.IntRange(1, 5).Draw(t, "partitions"), rapid.IntRange(1, 3).Draw(t, "instances")
		s := &install{t: t, rs: rs, source: make([][]*detectors.Input, partitions), next: make([]int, partitions),
			journal: make([][]*claim.Entry, partitions), raised: map[string]int{}}
		members := map[string]int{} // by ring
		ringOf, latest := map[string]string{}, map[string]int{}
		for n := range rapid.IntRange(3, 14).Draw(t, "claims") {
			ring, p := fmt.Sprint(rapid.IntRange(0, rings-1).Draw(t, "ring")),
				rapid.IntRange(0, partitions-1).Draw(t, "partition")
			id := fmt.Sprintf("c%d", n)
			in := input(int64(len(s.source[p])), id, 5+n,
				`{"policy":{"inception":"2024-01-01"},"loss":{"time":"2024-01-03"}}`, "claimant.phone=phn_1_"+ring,
				"claimant.bankAccount=bnk_1_"+ring, "claimant.nationalIds[0].number=nid_1_"+id,
				"policy.number=pol_1_"+id)
			in.Source.Partition = p
			s.source[p] = append(s.source[p], in)
			members[ring]++
			ringOf[id], latest[id] = ring, 1
			if again := *in; rapid.IntRange(0, 4).Draw(t, "revised") == 0 {
				again.Revision, again.Source.Offset = 2, in.Source.Offset+1
				s.source[p] = append(s.source[p], &again)
				latest[id] = 2
			}
		}
		order := func() []int {
			all := make([]int, partitions)
			for p := range all {
				all[p] = p
			}
			return rapid.Permutation(all).Draw(t, "order")
		}
		for range instances {
			s.branches = append(s.branches, newBranch(rs, partitions))
		}
		for p := range partitions {
			s.owner = append(s.owner, p%instances)
		}
		for i := range instances {
			s.branches[i].fresh = s.owned(i)
		}
		troubled := false
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			i, p := rapid.IntRange(0, instances-1).Draw(t, "instance"),
				rapid.IntRange(0, partitions-1).Draw(t, "partition")
			switch rapid.SampledFrom([]string{"decide", "decide", "decide", "fold", "fold", "fold", "fold", "look",
				"die", "move", "vain", "give up", "keep"}).Draw(t, "step") {
			case "decide":
				s.decide(p)
			case "fold":
				s.fold(i, p)
			case "look":
				s.look(i, false)
			case "die":
				troubled = true
				s.look(i, true)
				s.restart(i, order())
			case "move":
				troubled = true
				s.move(p, i)
			case "vain":
				troubled = true
				s.decideInVain(p, i)
			case "give up":
				s.giveUp(i, p)
			case "keep":
				s.keep(i)
			}
		}
		for p := range partitions {
			for s.decide(p) {
			}
			for i := range instances {
				s.giveUp(i, p)
			}
		}
		for again, rounds := true, 0; again; rounds++ {
			if rounds > 20 {
				t.Fatal("instances go on raising")
			}
			again = false
			for i := range instances {
				for p := range partitions {
					for s.fold(i, p) {
						again = true
					}
				}
				again = s.look(i, false) || again
			}
		}

		for i := range instances { // what was raised is known to who begins anew
			s.restart(i, order())
			if s.look(i, false) {
				t.Error("an instance raises again what has been raised")
			}
		}

		named := map[string]bool{}
		for _, entries := range s.journal {
			for _, en := range entries {
				if len(en.Decision.Rings) > 0 && en.Revision == latest[en.Claim] {
					named[en.Claim] = true
				}
			}
		}
		for id, ring := range ringOf {
			if want := members[ring] >= 3; named[id] != want {
				t.Errorf("claim %s of a ring of %d: ring named %v", id, members[ring], named[id])
			}
			if most := instances * latest[id]; !troubled && s.raised[id] > most {
				t.Errorf("claim %s was raised %d times", id, s.raised[id])
			}
		}
	})
}

// A decision can raise claims although no rule on rings holds against its own: that they were raised is known all the
// same.
func TestRaisedByAClaimThatIsNotRaisedItself(t *testing.T) {
	rs := ruleSet(t, `rules:
  - id: ring
    version: 1
    title: t
    lines: [motor]
    when: {ring: ring.claims >= 3}
    weight: 2
    reason: "a ring"
`+cases)
	d := newDesk(rs)
	d.decide(ringClaim("a", 5))
	d.decide(ringClaim("b", 6))
	last := ringClaim("c", 7)
	last.Event.Line = claim.LineProperty
	res := d.decide(last)
	if len(res.Raises) != 2 || len(res.Decision.Reasons) != 0 {
		t.Fatalf("%+v", res)
	}
	if late := d.Late(context.Background(), []int{0}, []int{0}, last.At); len(late) != 0 {
		t.Errorf("raised again: %+v", late)
	}
}

// TestANewVersionOfTheRingRuleCountsNoRingTwice: what the old version said stands in entries that a start observes.
func TestANewVersionOfTheRingRuleCountsNoRingTwice(t *testing.T) {
	load := func(version string) *detectors.RuleSet {
		var files []detectors.File
		for _, name := range []string{"default.yaml", "links.yaml"} {
			text, err := fs.ReadFile(rule.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			renewed := strings.Replace(string(text), "  - id: ring\n    version: 1", "  - id: ring\n    version: "+
				version, 1)
			files = append(files, detectors.File{Name: name, Data: []byte(renewed)})
		}
		rs, err := detectors.LoadFiles(files...)
		if err != nil {
			t.Fatal(err)
		}
		return rs
	}
	before, after := newDesk(load("1")), load("2")
	state := detectors.NewState(after, detectors.StateConfig{})
	for day, id := range []string{"a", "b", "c", "d"} {
		in := ringClaim(id, day)
		res := before.decide(in)
		observe(t, state, entryOf(t, in, &res.Decision))
		for i := range res.Raises {
			observe(t, state, raisedEntry(in.Source, &res.Raises[i]))
		}
	}
	for _, late := range detectors.NewEngine(after, state, detectors.Config{}).Late(context.Background(), []int{0},
		[]int{0}, time.Now()) {
		t.Errorf("%s is raised again: %v", late.Ref.Claim, late.Decision.Reasons)
	}
}

// TestARingThatIsCompletedAtOneMomentIsToldToEachMemberOnce: workers of one instance decide its claims at the same
// time.
func TestARingThatIsCompletedAtOneMomentIsToldToEachMemberOnce(t *testing.T) {
	rs := defaultRules(t)
	for _, before := range []int{0, 1, 2} { // members that were decided in peace
		for range 300 {
			state := detectors.NewState(rs, detectors.StateConfig{})
			e := detectors.NewEngine(rs, state, detectors.Config{})
			e.Late(context.Background(), nil, nil, time.Now()) // the pipeline watches
			told, raised := map[string]bool{}, map[string]int{}
			note := func(id string, r detectors.Result) {
				told[id] = told[id] || len(r.Decision.Rings) > 0
				for _, raise := range r.Raises {
					told[raise.Ref.Claim] = true
					raised[raise.Ref.Claim]++
				}
			}
			for i := range before {
				id := fmt.Sprint("before", i)
				in := ringClaim(id, i)
				in.Source.Offset = int64(i)
				note(id, e.Decide(t.Context(), in))
			}
			var deciding sync.WaitGroup
			results := make([]detectors.Result, 3)
			for p := range results {
				deciding.Go(func() {
					in := ringClaim(fmt.Sprint("c", p), 3)
					in.Source.Partition = p + 1
					results[p] = e.Decide(t.Context(), in)
				})
			}
			deciding.Wait()
			for p, r := range results {
				note(fmt.Sprint("c", p), r)
			}
			late := e.Late(context.Background(), []int{0, 1, 2, 3}, []int{0, 1, 2, 3}, time.Now())
			for _, l := range late {
				told[l.Ref.Claim] = true
				raised[l.Ref.Claim]++
			}
			if len(told) != before+3 {
				t.Fatalf("%d before: %v are told", before, told)
			}
			for id, is := range told {
				if !is {
					t.Fatalf("%d before: %s is not told of its ring", before, id)
				}
			}
			for id, n := range raised {
				if n > 1 {
					t.Fatalf("%d before: %s is raised %d times", before, id, n)
				}
			}
		}
	}
}

// TestWhatIsGivenUpCountsForNothing: c completes the ring of a and b and raises both, and its batch is never appended.
func TestWhatIsGivenUpCountsForNothing(t *testing.T) {
	rs := defaultRules(t)
	d := newDesk(rs)
	d.Late(context.Background(), nil, nil, time.Now()) // the pipeline watches
	for i, id := range []string{"a", "b"} {
		in := ringClaim(id, 5+i)
		in.Source.Partition, in.Source.Offset = 1, int64(i)
		d.Decide(t.Context(), in)
	}
	c := ringClaim("c", 7)
	c.Source.Partition, c.Source.Offset = 1, 7
	res := d.Decide(t.Context(), c)
	if len(res.Raises) != 2 || len(d.Late(context.Background(), []int{0, 1}, []int{0, 1}, time.Now())) != 0 {
		t.Fatalf("%d raises", len(res.Raises))
	}
	var file bytes.Buffer
	if err := d.state.Keep(&file); err != nil {
		t.Fatal(err)
	}
	recalled := newDesk(rs)
	if err := recalled.state.Recall(&file, func(r claim.SourceRef) bool { return r.Offset < 7 }); err != nil {
		t.Fatal(err)
	}

	d.state.Undecided(entryOf(t, c, &res.Decision))
	for i := range res.Raises {
		d.state.Undecided(raisedEntry(c.Source, &res.Raises[i]))
	}
	for who, lates := range map[string][]detectors.Late{
		"who gave it up":            d.Late(context.Background(), []int{0, 1}, nil, time.Now()),
		"who recalled a kept state": recalled.Late(context.Background(), []int{0, 1}, []int{0, 1}, time.Now()),
	} {
		var raised []string
		for _, l := range lates {
			raised = append(raised, l.Ref.Claim)
		}
		slices.Sort(raised)
		if got := fmt.Sprint(raised); got != "[a b]" {
			t.Errorf("%s raises %s, want [a b]: c has no decision", who, got)
		}
	}
}
