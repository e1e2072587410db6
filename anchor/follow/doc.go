// Package follow watches somebody else's log: it checks each checkpoint against the last one kept, copies what it
// covers, and keeps proof if the log shows two histories.
//
// It must not know what an entry means, and holds no key. Enter at [Open]; a [Follower] serves one log, and its methods
// may be called concurrently. The idea: a head is kept, durably, before anything is copied of it, so that what was seen
// binds the log even if the copy was never finished.
package follow
