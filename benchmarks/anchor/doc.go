// Package anchor measures what anchoring, proving and settling cost: gas on a chain, and time here, beside the same
// work done by a library in the same run.
//
// It knows the parts that it measures and nothing of the pipeline. `make bench-anchor` runs it and prints one figure a
// line.
package anchor
