// Package settings is the journal of what an install decides under: models as content-addressed blobs, and which of
// them is live, which runs in the shadow, and where the bands are cut, from a number on. Each partition of
// claims.scored says with an entry from where on it uses which number; that is the desk's. Enter at [State], which
// folds the journal, [Put] and [Activate].
//
// It must not know what a blob means: who reads one parses it.
package settings
