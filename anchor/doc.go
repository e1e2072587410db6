// Package anchor makes records checkable by people who cannot see them: it commits to a record's fields, closes ranges
// of the journal into batches, publishes the root of each batch in the insurer's log and builds proof bundles.
//
// It must not know what a claim means: paths are strings, values are bytes. The pipeline enters at [Committer], the
// sink at [Closer] and [Publisher], the commands at [Prover]; sub-packages hold the offline verifier (proof), the log's
// directory (tilelog) and the witness. Each type says who may call it concurrently.
package anchor
