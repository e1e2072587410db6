// Package logbook anchors a member's batches of signals in the member's own C2SP log, so that it can prove what it
// published and withdrew, and that nothing was put between.
//
// It must not know what a batch says: it takes numbers and digests. Enter at [Open]. A [Book] may be used concurrently.
// The log is anchor/tilelog's, the cosignatures are anchor/witness's: members witness each other's logs crosswise.
package logbook
