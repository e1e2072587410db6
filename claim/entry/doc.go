// Package entry has the binary form of the journal's entry, the leaves of its commitment, and its JSON for people.
//
// A record is a list of parts: one for what concerns no party, and one a party, so that a copied journal can leave a
// party out. Each is a protobuf message with packed columns (entrypb). The package knows package claim and the
// registry; it knows nothing of keys, rules, Kafka or hashes. Types with methods keep memory from call to call and
// belong to one goroutine each.
package entry
