package main

import (
	"math/rand/v2"
	"time"
)

// kill is the end of an instance. It comes when so many claims are decided and the pause after that is over, and meets
// the instance named or, while that one loads its state, another. If Loading is above 0 it comes when the instance
// killed last has spent that share of a usual start on loading, and meets that one.
type kill struct {
	Claims   int
	Instance int
	Pause    time.Duration
	Loading  float64
}

const (
	// longestPause spreads kills over what an instance does in turn: fetch, decide, append, feed sinks. That takes some
	// 100 ms; batches are closed every 5 s.
	longestPause = 400 * time.Millisecond
	// whileLoading is the share of kills that meet an instance before it is ready.
	whileLoading = 0.2
)

// schedule draws n kills while the claims from..to are decided: one at a random moment in each of n equal parts. The
// same arguments give the same kills.
func schedule(seed uint64, n, instances, from, to int) []kill {
	random := rand.New(rand.NewPCG(seed, 0x6b696c6c))
	kills := make([]kill, n)
	part := float64(to-from) / float64(n)
	for i := range kills {
		k := kill{
			Claims:   from + int((float64(i)+random.Float64())*part),
			Instance: random.IntN(instances),
			Pause:    time.Duration(random.Int64N(int64(longestPause))),
		}
		if share := random.Float64(); i > 0 && random.Float64() < whileLoading {
			k = kill{Claims: kills[i-1].Claims, Loading: max(share, 0.01)}
		}
		kills[i] = k
	}
	return kills
}
