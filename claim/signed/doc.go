// Package signed says which producer a claim event comes from. A producer signs the bytes that it sends; the public
// keys of an install's producers are registered for insurers, and an event of an insurer must carry a signature by one
// of its keys. It knows keys and bytes, neither Kafka nor what an event means. Enter at [Signer] and [Keys].
package signed
