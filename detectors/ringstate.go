package detectors

// ringState is what is known of a claim and a ring. It goes from one to the next by the table below alone.
type ringState uint8

const (
	ringUnknown ringState = iota // nothing says that it belongs to one
	// another decision named one with it, while it had no decision that could be scored anew
	ringNamed
	ringSaid // a decision that was made here says so; its entry may never be appended
	ringTold // an entry of the journal says so
	ringStates
)

// ringEvent is what happens to a claim as far as rings go.
type ringEvent uint8

const (
	ringIsNamed   ringEvent = iota // another claim's decision names a ring with it
	ringAsked                      // it is decided once more, because it was named
	decidedAlone                   // it was decided, and no ring is a reason
	decidedInRing                  // it was decided, and a ring is a reason
	ringRaised                     // another claim's decision scores it anew
	ringObserved                   // an entry of the journal scores it anew for a ring
	ringGivenUp                    // the record for which it was said to be in one is given up
	ringDissolved                  // an entry of the journal scores it anew, and no ring is a reason any more
	ringEvents
)

var ringTransitions = [ringStates][ringEvents]ringState{
	ringUnknown: {ringIsNamed: ringNamed, ringAsked: ringUnknown, decidedAlone: ringUnknown, decidedInRing: ringSaid,
		ringRaised: ringSaid, ringObserved: ringTold, ringGivenUp: ringUnknown, ringDissolved: ringUnknown},
	ringNamed: {ringIsNamed: ringNamed, ringAsked: ringUnknown, decidedAlone: ringUnknown, decidedInRing: ringSaid,
		ringRaised: ringSaid, ringObserved: ringTold, ringGivenUp: ringNamed, ringDissolved: ringUnknown},
	ringSaid: {ringIsNamed: ringSaid, ringAsked: ringSaid, decidedAlone: ringSaid, decidedInRing: ringSaid,
		ringRaised: ringSaid, ringObserved: ringTold, ringGivenUp: ringUnknown, ringDissolved: ringUnknown},
	ringTold: {ringIsNamed: ringTold, ringAsked: ringTold, decidedAlone: ringTold, decidedInRing: ringTold,
		ringRaised: ringTold, ringObserved: ringTold, ringGivenUp: ringTold, ringDissolved: ringUnknown},
}

// inRing reports whether something says that the claim belongs to a ring.
func (s ringState) inRing() bool { return s >= ringSaid }

// turn takes a claim to its next state. why is the record that says so, where one does.
func (b *book) turn(no uint32, by ringEvent, why cause) {
	c := b.claims.at(no)
	before := c.ring
	c.ring = ringTransitions[before][by]
	switch {
	case by == ringObserved && before != ringTold, by == decidedInRing && c.ring == ringSaid, by == ringRaised &&
		before < ringSaid:
		b.extra(no).ringedBy = why
	}
}
