// Package history runs past claims with their outcomes through the features in the order of time, as if each had been
// decided on its day: what is known of a party is what had been recorded and told by then. Its rows are what a model is
// fitted on and judged by. It shares out rows for judging: the last part of the time, or folds.
//
// It must not know where claims come from, nor keys: it sees open fields and tokens. A [History] is for one goroutine.
package history
