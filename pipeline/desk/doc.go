// Package desk answers claim records with entries: it opens, protects, checks, scores and commits, record by
// record in order. It is where privacy, detectors and anchor meet; it knows neither Kafka nor how entries are kept.
// Enter at [New]; a [Desk] is a pipeline.Decider and may be called for several partitions at once.
//
// What it remembers of a record (known revisions, windows, links) is a function of that record, so deciding a record
// again after a crash or a lost append changes nothing.
package desk
