package erasure

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"tallystick/claim"
	"tallystick/journal"
)

// State is what an erasure has come to.
type State string

// The states.
const (
	Waiting   State = "waiting"  // for the second person
	Pending   State = "approved" // to be run
	Cancelled State = "withdrawn"
	Finished  State = "done"
	Attested  State = "certified"
)

// Erasure is what the journal says of one.
type Erasure struct {
	Number    int64 // of the event that requested it
	Trail     int64 // number of the request in the audit trail
	State     State
	Ground    string
	Requester string
	Approver  string
	Asked     time.Time
	Agreed    time.Time
	Finished  time.Time // when the last run was done
	Until     time.Time // when its marks are forgotten
	Approval  int64     // number of the event that approved it
	Targets   []Target
	Marks     []Mark
	Keys      int
	Notes     int
	Digest    []byte // of the last certificate
}

// Hold is a claim of which nothing is erased.
type Hold struct {
	Ref    claim.ClaimRef
	Reason string
	By     string
	At     time.Time
}

// book is the fold of the journal.
type book struct {
	seq      int64
	erasures map[int64]*Erasure
	gone     map[string]map[int][]string // by claim.Key and revision: parties
	strong   map[markOf]time.Time
	domains  map[string]map[string]bool // by insurer: those that strong marks are of
	weak     map[string]map[[16]byte]time.Time
	holds    map[string]Hold
}

type markOf struct {
	insurer string
	sum     [16]byte
}

func newBook() *book {
	return &book{
		erasures: map[int64]*Erasure{}, gone: map[string]map[int][]string{}, strong: map[markOf]time.Time{},
		domains: map[string]map[string]bool{}, weak: map[string]map[[16]byte]time.Time{}, holds: map[string]Hold{},
	}
}

// Apply implements statelog.State.
func (b *book) Apply(batch journal.Batch) error {
	for i, r := range batch.Records {
		b.seq = batch.From + int64(i) + 1
		e, err := Decode(r.Value)
		if err == nil {
			err = b.take(&e)
		}
		if err != nil {
			// An erasure that is not read is a person who stays: nobody goes on without it.
			return fmt.Errorf("entry %d: %w", b.seq, err)
		}
	}
	return nil
}

func (b *book) take(e *Event) error {
	switch e.Kind {
	case Requested:
		b.erasures[b.seq] = &Erasure{
			Number: b.seq, Trail: e.Trail, State: Waiting, Ground: e.Ground, Requester: e.By, Asked: e.At,
			Until:   e.Until,
			Targets: e.Targets, Marks: e.Marks,
		}
		return nil
	case Held:
		ref := claim.ClaimRef{Insurer: e.Insurer, Claim: e.Claim}
		b.holds[keyOf(e.Insurer, e.Claim)] = Hold{ref, e.Ground, e.By, e.At}
		return nil
	case Released:
		delete(b.holds, keyOf(e.Insurer, e.Claim))
		return nil
	}
	x := b.erasures[e.Number]
	if x == nil {
		return fmt.Errorf("%w: it names an erasure that nobody requested", ErrEvent)
	}
	switch e.Kind {
	case Approved:
		x.State, x.Approver, x.Agreed, x.Approval = Pending, e.By, e.At, b.seq
		b.mark(x.Marks, x.Until)
		b.erase(x.Targets)
	case Withdrawn:
		x.State = Cancelled
	case Found:
		for _, t := range e.Targets {
			if !slices.Contains(x.Targets, t) {
				x.Targets = append(x.Targets, t)
			}
		}
		x.Marks = append(x.Marks, e.Marks...)
		if x.State != Waiting && x.State != Cancelled {
			b.mark(e.Marks, x.Until)
			b.erase(e.Targets)
		}
	case Done:
		x.State, x.Finished, x.Keys, x.Notes = Finished, e.At, max(x.Keys, e.Keys), max(x.Notes, e.Notes)
	case Certified:
		x.State, x.Digest = Attested, e.Digest
	}
	return nil
}

func (b *book) mark(marks []Mark, until time.Time) {
	for _, m := range marks {
		sum := [16]byte(m.Sum)
		if m.Claim == "" {
			at := markOf{m.Insurer, sum}
			b.strong[at] = latest(b.strong[at], until)
			if b.domains[m.Insurer] == nil {
				b.domains[m.Insurer] = map[string]bool{}
			}
			b.domains[m.Insurer][m.Domain] = true
			continue
		}
		key := keyOf(m.Insurer, m.Claim)
		if b.weak[key] == nil {
			b.weak[key] = map[[16]byte]time.Time{}
		}
		b.weak[key][sum] = latest(b.weak[key][sum], until)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// erase leaves out what is under legal hold at this place of the journal; a later run finds it again once it was
// released.
func (b *book) erase(targets []Target) {
	for _, t := range targets {
		key := keyOf(t.Insurer, t.Claim)
		if _, held := b.holds[key]; held {
			continue
		}
		if b.gone[key] == nil {
			b.gone[key] = map[int][]string{}
		}
		if parties := b.gone[key][t.Revision]; !slices.Contains(parties, t.Party) {
			b.gone[key][t.Revision] = append(slices.Clone(parties), t.Party)
		}
	}
}

// erased reports whether a target is one that every reader leaves out.
func (b *book) erased(t Target) bool {
	return slices.Contains(b.gone[keyOf(t.Insurer, t.Claim)][t.Revision], t.Party)
}

func keyOf(insurer, id string) string { return string(claim.Key(insurer, id)) }

// caught returns the parties of a record that marks recognise, ascending.
func (b *book) caught(insurer, id string, tokens []claim.Token, mark func(token string) [16]byte,
	now time.Time) []string {
	key := keyOf(insurer, id)
	if _, held := b.holds[key]; held {
		return nil
	}
	domains, weak := b.domains[insurer], b.weak[key]
	if len(domains) == 0 && len(weak) == 0 {
		return nil
	}
	found := map[string]bool{}
	for i := range tokens {
		t := &tokens[i]
		party := claim.PartyOf(t.Path)
		if party == claim.RecordParty || found[party] || weak == nil && !domains[t.Domain()] {
			continue
		}
		sum := mark(t.Value)
		if now.Before(b.strong[markOf{insurer, sum}]) || now.Before(weak[sum]) {
			found[party] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
