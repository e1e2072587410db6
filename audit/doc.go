// Package audit keeps the trail of privileged acts: who wanted to do what with which claim, written before it was done,
// and what came of it. It must not know what an act does, nor who grants rights. Enter at Open; Gate.Do is the one way
// to do something privileged; Verify finds what was edited, removed or moved. All may be called concurrently, by any
// number of processes on one journal.
//
// The one idea: the trail is a chained journal, and the digest of its head is signed and witnessed from time to time.
// An entry names claim and party, never a token or a value.
package audit
