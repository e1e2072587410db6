package detectors

import "strings"

// mostAwaited bounds the raises that wait for their claim.
const mostAwaited = 100_000

// awaited are raises that were observed before the revision of the claim that they raise: its partition is read later
// than that of the cause. The oldest half goes when there are too many; most of these are of claims too old to be
// remembered.
type awaited struct{ older, newer map[string]awaitedRaise }

type awaitedRaise struct {
	revision int
	why      cause
}

// add notes a raise, in place of one of an earlier revision.
func (a *awaited) add(claimID string, raise awaitedRaise) {
	if have, ok := a.find(claimID); ok && have.revision >= raise.revision {
		return
	}
	if a.newer == nil || len(a.newer) == mostAwaited/2 {
		a.older, a.newer = a.newer, map[string]awaitedRaise{}
	}
	delete(a.older, claimID)
	a.newer[strings.Clone(claimID)] = raise
}

func (a *awaited) find(claimID string) (awaitedRaise, bool) {
	if raise, ok := a.newer[claimID]; ok {
		return raise, true
	}
	raise, ok := a.older[claimID]
	return raise, ok
}

// take returns what raised the revision, if that waited, and forgets what waited for it or an earlier one.
func (a *awaited) take(claimID string, revision int) (why cause, ok bool) {
	if a.len() == 0 {
		return why, false
	}
	raise, ok := a.find(claimID)
	if !ok || raise.revision > revision {
		return why, false
	}
	delete(a.newer, claimID)
	delete(a.older, claimID)
	return raise.why, raise.revision == revision
}

func (a *awaited) len() int { return len(a.newer) + len(a.older) }

// each calls do for each raise, older ones first.
func (a *awaited) each(do func(claimID string, raise awaitedRaise)) {
	for id, raise := range a.older {
		do(id, raise)
	}
	for id, raise := range a.newer {
		do(id, raise)
	}
}
