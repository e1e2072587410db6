package detectors

import (
	"math"
	"slices"
	"sync"

	"tallystick/claim"
)

// driftWindow is of how many of the latest scores the drift is told.
const driftWindow = 5_000

// Drift compares the scores of a model with those of the claims that it was fitted on.
type Drift struct {
	mu       sync.Mutex
	cuts     []float64 // deciles of the scores at fitting; empty if the file has none
	latest   []uint8   // deciles of the latest scores, round and round
	next     int
	counts   [10]int
	outcomes map[claim.Outcome]uint64
}

func (d *Drift) init(quantiles []float64) {
	d.outcomes = map[claim.Outcome]uint64{}
	for i := 9; i < len(quantiles) && len(d.cuts) < 9; i += 10 {
		d.cuts = append(d.cuts, quantiles[i])
	}
}

// Count takes a score in.
func (d *Drift) Count(score float64, o claim.Outcome) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.outcomes[o]++
	if len(d.cuts) != 9 {
		return
	}
	at, _ := slices.BinarySearch(d.cuts, score)
	if len(d.latest) < driftWindow {
		d.latest = append(d.latest, uint8(at))
	} else {
		d.counts[d.latest[d.next]]--
		d.latest[d.next] = uint8(at)
		d.next = (d.next + 1) % driftWindow
	}
	d.counts[at]++
}

// Stability returns the population stability index of the latest scores, over the tenths of the scores at fitting, and
// of how many scores it is. Below 0.1 nothing moved, above 0.25 the claims are others than those that the model knows.
// It is 0 below 200 scores.
func (d *Drift) Stability() (psi float64, scores int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.latest)
	if n < 200 {
		return 0, n
	}
	for _, c := range d.counts {
		p := math.Max(float64(c)/float64(n), 1e-4)
		psi += (p - 0.1) * math.Log(p/0.1)
	}
	return psi, n
}

// Outcomes returns how many claims the model alone would have given each outcome.
func (d *Drift) Outcomes() map[claim.Outcome]uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make(map[claim.Outcome]uint64, len(d.outcomes))
	for o, n := range d.outcomes {
		out[o] = n
	}
	return out
}
