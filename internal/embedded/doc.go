// Package embedded is a Kafka broker inside a Go process: franz-go's kfake with
// its log on disk. The demo, and tests that need no server, talk to it over the
// same kafka-go client as to a real cluster. It knows nothing of claims, and it
// is the only package that may import franz-go.
//
// Enter at [Start] (or [Run] for a process of its own). A [Broker] may be used
// by any number of goroutines. It listens on loopback alone, has no
// authentication and one broker, and is not meant for production.
package embedded
