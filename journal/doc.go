// Package journal keeps chained logs on Kafka: a journal is a topic in which, partition by partition, only a batch that
// names its predecessor counts, so that appends need neither transactions, nor locks, nor an idempotent producer. It
// must not know what a record means. Enter at OpenFold to read and at NewAppender to write; a sink stores the Position
// of the last Batch it has taken and begins there again. A Fold belongs to one goroutine, an Appender may be shared;
// any number of both may work on one partition in any number of processes, which is the point.
//
// The one idea: a reader folds the partition; a batch whose prev, epoch and from equal the fold's state is valid and
// moves it; any other batch is wholly void, for every reader. docs/design/0002-journal.md has the format and
// invariants.
package journal
