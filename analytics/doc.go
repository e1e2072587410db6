// Package analytics keeps the journal's entries in ClickHouse as tokens and open fields: migrations, a columnar [Sink],
// and the questions an investigator asks, as views and as methods of [DB].
//
// It must not know how a decision or a token is made, nor what the journal looks like: a position is a string to it.
// Enter at [Open], [DB.Migrate] and [DB.Sink]. A DB may be used concurrently; a Sink belongs to one goroutine. The idea
// behind it: a row's identity is its place in the journal, so that writing it again changes nothing.
package analytics
