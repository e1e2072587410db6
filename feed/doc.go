// Package feed turns files of houses (delimited text, JSON, workbooks, Parquet) into claim events with a declarative
// mapping, and brings the events to Kafka.
//
// It knows the claim event and its paths; it knows nothing of what happens to a claim afterwards, and only kafka.go
// knows Kafka. What a file does not say is left absent: nothing is made up. Start at [Load], [Open] and [Import], or at
// [Draft] for a feed never seen. A [Mapping] may be shared between goroutines, a [Reader] belongs to one. What is
// reported of a refused row is its line, column and reason, never a value.
package feed
