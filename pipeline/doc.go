// Package pipeline moves claims: it reads the topic claims, has each record decided, appends the entries to the journal
// claims.scored and hands them to the sinks. It owns order, batches, ownership of partitions, dead letters and drain,
// and knows neither what a detector is nor what a key is: a [Decider] answers records, a [Sink] takes entries. Enter at
// [Run].
//
// The one idea: the journal is the truth. A position, an index or a sink that is lost is folded from it again, so every
// step may be repeated, and a crash at any line leaves at most work to redo.
package pipeline
