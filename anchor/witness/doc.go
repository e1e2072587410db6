// Package witness watches logs it does not run: it cosigns a checkpoint only if the log grew from what it cosigned
// last, so that a log cannot show one history to some and another to others. The protocol is C2SP tlog-witness.
//
// It must not know what a log holds, and runs as a process of its own with its own key and store. Enter at [Run] or
// [New] for the witness and at [Quorum] for a log that asks witnesses. All types may be used concurrently.
package witness
