package detectors

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestRingStates(t *testing.T) {
	for name, c := range map[string]struct {
		events []ringEvent
		want   ringState
	}{
		"decided alone":                          {[]ringEvent{decidedAlone}, ringUnknown},
		"completes a ring":                       {[]ringEvent{decidedInRing}, ringSaid},
		"completes a ring that is read again":    {[]ringEvent{decidedInRing, ringObserved}, ringTold},
		"named before it was decided":            {[]ringEvent{ringIsNamed}, ringNamed},
		"named, asked again, found":              {[]ringEvent{ringIsNamed, ringAsked, decidedInRing}, ringSaid},
		"named, then alone: the ring went apart": {[]ringEvent{ringIsNamed, ringAsked, decidedAlone}, ringUnknown},
		"raised, but never appended":             {[]ringEvent{decidedAlone, ringRaised, ringGivenUp}, ringUnknown},
		"raised, given up, and appended after all": {[]ringEvent{decidedAlone, ringRaised, ringGivenUp, ringObserved},
			ringTold},
		"told stays told when somebody gives up": {[]ringEvent{ringRaised, ringObserved, ringGivenUp, decidedAlone},
			ringTold},
		"dissolved by news":                 {[]ringEvent{ringRaised, ringObserved, ringDissolved}, ringUnknown},
		"dissolved, and raised for another": {[]ringEvent{ringObserved, ringDissolved, ringRaised}, ringSaid},
		"named while it is in one":          {[]ringEvent{ringRaised, ringIsNamed}, ringSaid},
	} {
		at := ringUnknown
		for _, by := range c.events {
			at = ringTransitions[at][by]
		}
		if at != c.want {
			t.Errorf("%s: %d, want %d", name, at, c.want)
		}
	}
}

// A slow model keeps everything that was said of a claim and works out from it what holds; the table says the same.
func TestRingStatesAreWhatWasSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := ringUnknown
		var heard []ringEvent
		for _, n := range rapid.SliceOf(rapid.IntRange(0, int(ringEvents)-1)).Draw(t, "events") {
			by := ringEvent(n)
			at = ringTransitions[at][by]
			heard = append(heard, by)
			if want := fromAll(heard); at != want {
				t.Fatalf("after %v: %d, want %d", heard, at, want)
			}
		}
	})
}

// fromAll looks at all events since the ring was dissolved last.
func fromAll(events []ringEvent) ringState {
	last := func(of ...ringEvent) int {
		for i := len(events) - 1; i >= 0; i-- {
			if slices.Contains(of, events[i]) {
				return i
			}
		}
		return -1
	}
	events = events[last(ringDissolved)+1:]
	said := last(decidedInRing, ringRaised)
	switch {
	case last(ringObserved) >= 0:
		return ringTold
	case said > last(ringGivenUp):
		return ringSaid
	}
	// What was named counts where nothing was said of the claim at that moment, and no decision came since.
	for i := len(events) - 1; i >= 0; i-- {
		switch events[i] {
		case ringIsNamed:
			if fromAll(events[:i]) < ringSaid {
				return ringNamed
			}
		case ringAsked, decidedAlone, decidedInRing, ringRaised:
			return ringUnknown
		}
	}
	return ringUnknown
}
