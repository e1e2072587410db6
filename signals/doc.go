// Package signals holds the words in which insurers warn each other: identifiers, signals, batches of them, hits,
// causes.
//
// It must not know how pseudonyms are made (oprf), who the members are (consortium), nor anything of fraud rules or
// claims. Everything that crosses a house is a signed text that decodes here, bounded and checked; nothing clear of a
// person is in any of it. All types are values. The rooms below do the work: identifier, evaluator, index, member,
// peer.
package signals
