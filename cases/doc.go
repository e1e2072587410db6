// Package cases keeps the cases of a fraud team: a journal of what was found, done and decided, folded in memory. It
// must not know HTTP, the console, Vault, or how a claim is scored; what it needs of a decided entry comes as a
// Finding. Enter at Open; Run keeps it going; Do and Bulk change, Queue, Get, Notes and Watch read. All may be called
// concurrently, and any number of processes may work on one journal.
//
// The one idea: a command carries the version of the case that its author saw. It is checked against the state that its
// entry is appended to, so of two people who take a case one wins, and the other gets a ConflictError that says who was
// first and when.
//
// # Reading
//
//	Queue(ctx, actor, Query{Filter, Sort, Cursor, Limit}) → Page{Rows, Next, Total, Bands, At}
//	Beside(ctx, actor, Query, id) → the neighbours of a case in a queue, for next and previous
//	Get(ctx, actor, id) → Detail{Case, Chronology}: every entry about the case, oldest first, numbered by Seq
//	Notes(ctx, actor, id) → the notes' texts by Seq; an erased one says so
//	ByClaim(ctx, actor, insurer, claim) → the case that holds a claim
//	Workload(ctx, actor) → open cases by person, for the lead's page; People() → the roster
//	Watch(ctx, actor, after) → changes after a Seq, live; a change with Reset asks to read the queue anew
//
// # Changing
//
// Do(ctx, actor, Command{ID, Case, Expect, Act}) with one of the acts Take, Release, Assign, AddNote, AddExhibit, View,
// Snooze, Decide, Determine, Refer, Contest, Reopen, Merge, Detach, SetDeadline, Restrict. Open a case by hand with
// OpenByHand. Bulk(ctx, actor, BulkCommand) does one act on up to 1,000 cases named, or on all that match a filter, and
// answers for each. A command id that was seen before is answered as it was then, and nothing is written.
//
// # Errors
//
// ErrNotFound (or not to be seen by this actor), *RightError, *ConflictError (409: the case moved), *InvalidError (422:
// field and problem), statelog.ErrWaiting (503: the journal does not answer; reads go on).
package cases
