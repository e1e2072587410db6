// Package console is the room in which fraud teams, officers and supervisors work: an HTTP API and the pages that use
// it.
//
// It holds no root of tokens and no key of sealed data, and knows nothing of Kafka, ClickHouse or Vault: what it needs
// comes through the small interfaces of ports.go, which the command wires. Enter at [New]. Every end point passes one
// gate (gate.go): the right of the person, then the entry in the audit journal, then the act. A handler is safe for
// concurrent use.
package console
