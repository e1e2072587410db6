// Package settlement keeps the journal "settlement": what an insurer has decided to pay, to whom, in entries of eight
// fixed fields whose bytes a smart contract can rebuild. An entry is written after the time in which the decision can
// be disputed, and one payment that was decided is one nullifier, which counts once for ever.
//
// It must not know how a chain is reached or a log is kept: the commitment of an entry is a leaf like any other's.
// Enter at [Open]; [State] is the fold. Desk may be used concurrently.
package settlement
