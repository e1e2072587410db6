// Package statelog keeps a state in memory that is the fold of one journal partition, and appends to that partition
// only what was made from the state as it still is. It must not know what a record means. Enter at Open; Run folds what
// others append and commits what Submit brings, many commands of a moment in one batch; any number of processes may do
// so on one partition. Submit and View may be called concurrently.
//
// The one idea: a batch names the state that it was made from, so of two rival batches one counts. The loser takes the
// other's batch, asks each of its own commands again, and sends those that still hold.
package statelog
